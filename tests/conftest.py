"""What every test may ask for: Apache Kafka (started when the first test asks), topics of its own, bytes in and out.

    def test_something(kafka, namespace, topics, wire):
        topics(2, {"police.notifications.v1": 3})                      # all declared topics, in this test's namespace
        wire.send(namespace + "police.notifications.v1", b"key", b"value")
        assert wire.read(namespace + "case.events.v1") == ()

``kafka`` is the bootstrap address of one broker that the whole run shares; ``RAISED_RISK_TEST_BOOTSTRAP`` names one
that runs already. ``three_brokers`` is a cluster of the test module's own, whose brokers may be killed. Tests that ask
for either are marked ``kafka``.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from agents.sandbox.broker import Cluster, running

JARS = Path(__file__).parent.parent / ".data" / "jars"
RUN = secrets.token_hex(2)  # a broker that runs already may still hold the topics of an earlier run


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    for item in items:
        if {"kafka", "three_brokers"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("kafka")


class Record(NamedTuple):
    """One record as it lies in the log. ``timestamp`` in milliseconds; headers as a tuple of pairs."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Wire:
    """Bytes in, bytes out, with librdkafka: quick, and none of the clients under test."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._producer: Producer | None = None

    @property
    def producer(self) -> Producer:
        """An idempotent producer that chooses partitions as Kafka's own clients do."""
        if self._producer is None:
            self._producer = Producer(
                {
                    "bootstrap.servers": self.bootstrap,
                    "partitioner": "murmur2_random",
                    "enable.idempotence": True,
                    "linger.ms": 2,
                    "message.max.bytes": 10_000_000,  # the broker is to say what is too large
                    "log_level": 2,  # that a broker is gone is what some tests are about
                }
            )
        return self._producer

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        partition: int = -1,
        headers: Mapping[str, bytes] | None = None,
    ) -> None:
        """Send one record and wait for the broker's word; raises when it refuses."""
        self.send_all(topic, [(key, value)], partition=partition, headers=headers)

    def send_all(
        self,
        topic: str,
        records: Iterable[tuple[bytes | None, bytes | None]],
        *,
        partition: int = -1,
        headers: Mapping[str, bytes] | None = None,
    ) -> None:
        """Send (key, value) pairs in order and wait for the broker's word on all; raises when it refuses one."""
        refused: list[KafkaError] = []

        def heard(error: KafkaError | None, _: object) -> None:
            if error is not None:
                refused.append(error)

        for key, value in records:
            while True:
                try:
                    self.producer.produce(
                        topic, value, key, partition, on_delivery=heard, headers=dict(headers) if headers else None
                    )
                    break
                except BufferError:
                    self.producer.poll(0.1)
            self.producer.poll(0)
        left = self.producer.flush(60)
        if refused or left:
            raise RuntimeError(f"{topic}: the broker took {left} records too late and refused {refused[:3]}")

    def read(self, topic: str, *, committed: bool = True, start: Mapping[int, int] | None = None) -> tuple[Record, ...]:
        """All records of ``topic`` now, by partition and offset; from ``start`` (partition to offset) where named."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "nobody",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed" if committed else "read_uncommitted",
                "fetch.message.max.bytes": 10_000_000,
            }
        )
        try:
            described = consumer.list_topics(topic, timeout=20).topics[topic]
            if described.error is not None:
                raise RuntimeError(f"{topic}: {described.error}")
            waiting = set(described.partitions)
            consumer.assign([TopicPartition(topic, p, (start or {}).get(p, 0)) for p in waiting])
            found: list[Record] = []
            patience = time.monotonic() + 30
            while waiting:
                if time.monotonic() > patience:
                    raise RuntimeError(f"{topic}: no end of partitions {sorted(waiting)} within 30 s")
                for message in consumer.consume(1000, 0.05):  # it waits for all of them, or for so long
                    if (error := message.error()) is None:
                        kind, at = message.timestamp()
                        found.append(
                            Record(
                                message.partition(),
                                message.offset(),
                                message.key(),
                                message.value(),
                                None if kind == TIMESTAMP_NOT_AVAILABLE else at,
                                tuple((name, value) for name, value in message.headers() or ()),
                            )
                        )
                    elif error.code() == KafkaError._PARTITION_EOF:
                        waiting.discard(message.partition())
                    else:
                        raise RuntimeError(f"{topic}: {error}")
            return tuple(sorted(found, key=lambda record: record[:2]))
        finally:
            consumer.close()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of one Apache Kafka that the whole run shares; never stop or freeze it."""
    if there := os.environ.get("RAISED_RISK_TEST_BOOTSTRAP"):
        yield there
        return
    with running(tmp_path_factory.mktemp("kafka"), jar_cache=JARS, grace=0) as cluster:
        yield cluster.bootstrap


@pytest.fixture(scope="module")
def three_brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three brokers of this test module's own (replication 3, min.insync.replicas 2), to be killed at will."""
    with running(tmp_path_factory.mktemp("three"), 3, jar_cache=JARS, grace=0) as cluster:
        yield cluster
        for number in cluster.pids:  # nobody wants its data: three that hand over to each other take five seconds
            cluster.kill(number)


@pytest.fixture
def wire(kafka: str) -> Wire:
    """Bytes in and out of the shared broker."""
    return Wire(kafka)


@pytest.fixture
def wire_to() -> Callable[[str], Wire]:
    """Bytes in and out of another broker: ``wire_to(cluster.bootstrap)``."""
    return Wire


@pytest.fixture
def namespace(request: pytest.FixtureRequest) -> str:
    """A prefix for topics, groups and transactional ids that no other test has."""
    return f"t{blake2b(request.node.nodeid.encode(), digest_size=4).hexdigest()}{RUN}."


@pytest.fixture
def topics_gone(kafka: str, namespace: str) -> Iterator[None]:
    """Removes the topics of this test's namespace after the test."""
    yield
    admin = AdminClient({"bootstrap.servers": kafka})
    if ours := [name for name in admin.list_topics(timeout=20).topics if name.startswith(namespace)]:
        for done in admin.delete_topics(ours).values():
            done.result(30)


@pytest.fixture
def topics(kafka: str, namespace: str, topics_gone: None) -> Callable[..., None]:
    """Call it to create all declared topics in this test's namespace; they are removed after the test.

    ``topics(partitions=2, feeds=None, groups=1)``: ``feeds`` gives single feeds another count, by name without
    namespace (0: the sender has not made it yet). Changelogs get as many partitions as the largest of their sources.
    """
    from agents.sandbox.topics import create

    def made(partitions: int = 2, feeds: Mapping[str, int] | None = None, groups: int = 1) -> None:
        create({"bootstrap_servers": kafka}, namespace, partitions=partitions, feeds=feeds, groups=groups)

    return made
