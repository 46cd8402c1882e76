"""Writes records for the commands that people use: idempotent, acknowledged by all, keyed as Kafka's own clients do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, Self

from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, KafkaTimeoutError

from agents.errors import Failure
from agents.queries.readers import NoTopic, Unreachable, asking
from agents.settings import Settings
from agents.topics.cluster import admin

FRAMING = 1024  # bytes that a batch of one record needs beside it
LARGEST = 64 << 20  # bytes; how large a record may be is for the broker to say, topic by topic
UNHEARD = 10_000  # records sent and not heard of at most: kafka-python itself knows no limit to what it buffers


class RecordTooLarge(Failure):
    """A record is over what its topic takes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"it has {size:,} bytes, and the topic takes {limit:,} at most")


class Writer:
    """Writes records; topics are named without the namespace. Use it in a ``with``: leaving it waits for the broker.

    Every method may raise Unreachable.
    """

    def __init__(self, settings: Settings) -> None:
        self._named = settings.topic
        self._clients = settings.clients()
        self._bootstrap = settings.kafka.bootstrap
        self._limits: dict[str, int] = {}
        self._room = threading.BoundedSemaphore(UNHEARD)
        with asking(self._bootstrap):
            self._producer: Any = KafkaProducer(
                acks="all",
                enable_idempotence=True,
                allow_auto_create_topics=False,
                compression_type="gzip",  # kafka-python's checksum is pure Python: fewer bytes, a third more records/s
                batch_size=128 << 10,
                linger_ms=10,
                max_request_size=LARGEST,
                max_block_ms=20_000,
                delivery_timeout_ms=60_000,
                bootstrap_timeout_ms=10_000,
                metrics_enabled=False,
                **self._clients,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._producer.close(timeout=30 if kind is None else 1)

    def check(self, topic: str) -> int:
        """See that the topic is there, before anything is sent; how many bytes a record may have. Raises NoTopic."""
        if topic not in self._limits:
            name = self._named(topic)
            with asking(self._bootstrap), admin(self._clients) as client:
                if client.describe_topics([name])[0]["error_code"]:
                    raise NoTopic(name)
                wanted = ConfigResource(ConfigResourceType.TOPIC, name)
                found = client.describe_configs([wanted], config_filter="all")["topic"][name]
            self._limits[topic] = int(found["max.message.bytes"]["value"])
        return self._limits[topic]

    def begin(
        self, topic: str, key: bytes | None, value: bytes | None, heard: Callable[[Exception | None], None]
    ) -> None:
        """Send without waiting; ``heard`` is told, maybe in another thread, None when the broker has it, else why not.

        What is too large is refused here: kafka-python gives up all that is under way when the broker refuses it.
        """
        size, limit = len(key or b"") + len(value or b""), self.check(topic)
        if size > limit - FRAMING:
            heard(RecordTooLarge(size, limit - FRAMING))
            return
        self._room.acquire()

        def answer(error: Exception | None) -> None:
            self._room.release()
            heard(error)

        try:
            future = self._producer.send(self._named(topic), value, key)
        except KafkaTimeoutError as error:
            raise Unreachable(self._bootstrap, type(error).__name__) from None
        except KafkaError as error:  # refused before it was sent
            answer(error)
            return
        future.add_callback(lambda _: answer(None))
        future.add_errback(answer)

    def send(self, topic: str, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Send keys with their values, and wait until the broker has them all. Raises why it does not take one."""
        failed: list[Exception] = []
        for key, value in records:
            self.begin(topic, key, value, lambda error: failed.append(error) if error else None)
        self.flush()
        if failed:
            raise failed[0]

    def flush(self) -> None:
        """Wait until all that was begun is heard of."""
        with asking(self._bootstrap):
            self._producer.flush(timeout=120)
