"""The ground the engines run on: a broker of our own, topics of each run's own, processes that end with us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psutil
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from load import Keyed
from meter import FILE, Mark, marks
from trees import CHECKOUT, HERE, Tree

from agents.sandbox.broker import running

JARS = CHECKOUT / ".data" / "jars"
POSITION = Keyed(b"\x00position:case.events.v1", b"0")
"""A changelog's entry that says that nothing of case.events has been read yet."""


class Engine:
    """A process at work, and what its meter says."""

    def __init__(self, process: subprocess.Popen[bytes], began: float, meter: Path, words: Path) -> None:
        self.process, self.began, self.meter, self.words = process, began, meter, words

    def marks(self) -> list[Mark]:
        """What it has done so far."""
        return marks(self.meter)

    def wait(self, reached: Callable[[list[Mark]], bool], patience: float, what: str) -> list[Mark]:
        """The marks, once they say so. Raises RuntimeError with its last words when it ends, or takes too long."""
        until = time.monotonic() + patience
        while not reached(found := self.marks()):
            self.see(until, what)
            time.sleep(0.05)
        return found

    def wait_stepped(self, events: int, patience: float, what: str) -> list[Mark]:
        """The marks, once so many events are through the core and committed."""
        return self.wait(lambda found: bool(found) and found[-1].stepped >= events, patience, what)

    def see(self, until: float, what: str) -> None:
        """Raises RuntimeError with its last words when the engine has ended, or the time is over."""
        if self.process.poll() is not None:
            raise RuntimeError(f"{what}: the engine ended with {self.process.returncode}\n{self.last_words()}")
        if time.monotonic() > until:
            raise RuntimeError(f"{what}: not done in time; its last mark: {self.marks()[-1:]}\n{self.last_words()}")

    def cpu(self) -> float:
        """CPU of all its threads so far, in seconds; the system counts in hundredths."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def last_words(self) -> str:
        """The end of what it said on standard output and error."""
        return self.words.read_text(errors="replace")[-3000:]

    def stop(self, number: signal.Signals = signal.SIGTERM, patience: float = 15) -> None:
        """Tell it to end, and see to it."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


def producer(bootstrap: str, **more: str | int) -> Producer:
    """A producer that keeps the order by key, come what may.

    Without idempotence librdkafka has several requests under way, and sends one that failed again behind the others:
    one fill in ten put events of some cases out of order, and then other escalations are raised.
    """
    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "log_level": 0,  # it would tell on standard error that the broker went when we were done
            **more,
        }
    )


def _produce(writer: Producer, topic: str, records: Iterable[Keyed]) -> int:
    size = 0
    for key, value in records:
        size += len(key or b"") + len(value or b"")
        while True:
            try:
                writer.produce(topic, value, key)
                break
            except BufferError:
                writer.poll(0.1)
    return size


class Rig:
    """One broker, and what is needed to run engines against it."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self.bootstrap, self.folder = bootstrap, folder
        self._numbers = count(1)
        self._producer = producer(bootstrap, **{"linger.ms": 5, "queue.buffering.max.messages": 200_000})

    @contextmanager
    def namespace(self, tree: Tree) -> Iterator[str]:
        """All topics as the tree declares them, empty, under a prefix that nobody else has; removed afterwards."""
        name = f"bench{os.getpid()}-{next(self._numbers)}."
        subprocess.run(
            [sys.executable, "-m", "agents.cli", "topics", "apply", "--single", "--feeds"],
            cwd=self.folder, env=tree.environment(self._settings(name)), check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield name
        finally:
            admin = AdminClient({"bootstrap.servers": self.bootstrap})
            ours = [topic for topic in admin.list_topics(timeout=20).topics if name in topic]
            for done in admin.delete_topics(ours).values():
                done.result(30)

    def _settings(self, namespace: str) -> dict[str, str]:
        return {
            "RAISED_RISK_KAFKA_BOOTSTRAP": self.bootstrap,
            "RAISED_RISK_KAFKA_NAMESPACE": namespace,
            "RAISED_RISK_METRICS_PORT": "0",
            "RAISED_RISK_LOGS_LEVEL": "warning",
        }

    def fill(self, topic: str, records: Iterable[Keyed]) -> int:
        """Produce the records, in order by key, and wait until the broker has them; how many bytes they have."""
        size = _produce(self._producer, topic, records)
        if left := self._producer.flush(60):
            raise RuntimeError(f"{topic}: {left} records did not reach the broker")
        return size

    def fill_at_once(self, topic: str, records: Iterable[Keyed]) -> None:
        """The same in one transaction: who reads committed records sees all of them at one moment, or none."""
        writer = producer(self.bootstrap, **{"linger.ms": 5, "transactional.id": topic})
        writer.init_transactions(20)
        writer.begin_transaction()
        _produce(writer, topic, records)
        writer.commit_transaction(60)

    def in_each_partition(self, topic: str, record: Keyed) -> None:
        """The same record in every partition of the topic."""
        for partition in self._producer.list_topics(topic, timeout=20).topics[topic].partitions:
            self._producer.produce(topic, record.value, record.key, partition)
        self._producer.flush(60)

    def start(
        self, script: str, tree: Tree, namespace: str, *, settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None, python: Path | str = sys.executable,
    ) -> Engine:  # fmt: skip
        """Start an engine; ``settings`` as RAISED_RISK_ variables without that prefix."""
        number = next(self._numbers)
        meter, words = self.folder / f"meter-{number}", self.folder / f"words-{number}"
        given = self._settings(namespace) | {f"RAISED_RISK_{key}": value for key, value in (settings or {}).items()}
        variables = tree.environment({**given, FILE: str(meter), **(environment or {})})
        began = time.monotonic()
        with words.open("wb") as said:
            process = subprocess.Popen(
                [str(python), str(HERE / script)],
                cwd=self.folder, env=variables, stdin=subprocess.PIPE, stdout=said, stderr=said,
            )  # fmt: skip
        return Engine(process, began, meter, words)

    @contextmanager
    def engine(self, script: str, tree: Tree, namespace: str, **more: Mapping[str, str]) -> Iterator[Engine]:
        """``start``, and its end afterwards."""
        engine = self.start(script, tree, namespace, **more)
        try:
            yield engine
        finally:
            engine.stop()


@contextmanager
def rig(folder: Path, bootstrap: str = "") -> Iterator[Rig]:
    """A rig on a broker that runs already, or with one of its own, in ``folder``."""
    if bootstrap:
        yield Rig(bootstrap, folder)
        return
    with running(folder / "kafka", jar_cache=JARS, grace=0) as cluster:
        yield Rig(cluster.bootstrap, folder)
