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

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from load import Keyed
from meter import FILE, Mark, marks

from agents.sandbox import topics
from agents.sandbox.broker import running

HERE = Path(__file__).parent
JARS = HERE.parent.parent / ".data" / "jars"


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
        while True:
            found = self.marks()
            if reached(found):
                return found
            if self.process.poll() is not None:
                raise RuntimeError(f"{what}: the engine ended with {self.process.returncode}\n{self.last_words()}")
            if time.monotonic() > until:
                done = sum(mark.records for mark in found)
                raise RuntimeError(f"{what}: not done after {patience:.0f} s, {done} records\n{self.last_words()}")
            time.sleep(0.05)

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


class Rig:
    """One broker, and what is needed to run engines against it."""

    def __init__(self, bootstrap: str, folder: Path) -> None:
        self.bootstrap, self.folder = bootstrap, folder
        self._numbers = count(1)
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "queue.buffering.max.messages": 200_000,
                "log_level": 0,  # it would tell on standard error that the broker went when we were done
            }
        )

    @contextmanager
    def namespace(self, partitions: int) -> Iterator[str]:
        """All topics, empty, under a prefix that nobody else has; removed afterwards."""
        name = f"bench{os.getpid()}-{next(self._numbers)}."
        topics.create({"bootstrap_servers": self.bootstrap}, name, partitions=partitions)
        try:
            yield name
        finally:
            admin = AdminClient({"bootstrap.servers": self.bootstrap})
            ours = [topic for topic in admin.list_topics(timeout=20).topics if topic.startswith(name)]
            for done in admin.delete_topics(ours).values():
                done.result(30)

    def fill(self, topic: str, records: Iterable[Keyed], partition: int = -1) -> None:
        """Produce the records, in order by key, and wait until the broker has them."""
        for key, value in records:
            while True:
                try:
                    self._producer.produce(topic, value, key, partition)
                    break
                except BufferError:
                    self._producer.poll(0.1)
        if left := self._producer.flush(60):
            raise RuntimeError(f"{topic}: {left} records did not reach the broker")

    def start(
        self,
        script: str,
        namespace: str,
        partitions: int,
        *,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Engine:
        """Start an engine; ``settings`` as RAISED_RISK_ variables without that prefix."""
        number = next(self._numbers)
        meter, words = self.folder / f"meter-{number}", self.folder / f"words-{number}"
        given = {
            "KAFKA_BOOTSTRAP": self.bootstrap,
            "KAFKA_NAMESPACE": namespace,
            "METRICS_PORT": "0",
            "LOGS_LEVEL": "warning",
            **(settings or {}),
        }
        variables = {key: value for key, value in os.environ.items() if not key.startswith("RAISED_RISK_")}
        variables |= {f"RAISED_RISK_{key}": value for key, value in given.items()}
        variables |= {FILE: str(meter), "BENCH_PARTITIONS": str(partitions), **(environment or {})}
        began = time.monotonic()
        with words.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, str(HERE / script)],
                cwd=self.folder, env=variables, stdin=subprocess.PIPE, stdout=said, stderr=said,
            )  # fmt: skip
        return Engine(process, began, meter, words)

    @contextmanager
    def engine(
        self,
        script: str,
        namespace: str,
        partitions: int,
        *,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[Engine]:
        """``start``, and its end afterwards."""
        engine = self.start(script, namespace, partitions, settings=settings, environment=environment)
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
