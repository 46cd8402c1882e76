"""Reads the topics as any committed reader sees them, with librdkafka: whole logs afterwards, and live meanwhile."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition
from verifier import Record

from agents import wire
from agents.lane.changelog import POSITION
from agents.timer import now
from agents.topics import (
    CASE_EVENTS,
    CASES_CHANGELOG,
    DUTY_ITEMS,
    ESCALATIONS,
    FEEDS,
    IDENTIFIERS_CHANGELOG,
    IDENTITY_LOOKUPS,
    IDENTITY_SIGHTINGS,
    INTAKE_CHANGELOG,
    QUARANTINE,
    QUARANTINE_REPLAYS,
    SIGHTINGS_CHANGELOG,
)

STEPS: Mapping[str, tuple[str, ...]] = {
    INTAKE_CHANGELOG: (*FEEDS, QUARANTINE_REPLAYS),
    IDENTIFIERS_CHANGELOG: (IDENTITY_LOOKUPS,),
    SIGHTINGS_CHANGELOG: (IDENTITY_SIGHTINGS,),
    CASES_CHANGELOG: (CASE_EVENTS,),
}
"""Changelog to the sources whose positions it holds."""


def consumer(bootstrap: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "nobody",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 100,
            "fetch.message.max.bytes": 10_000_000,
            # Brokers come and go in these tests: ask again soon.
            "reconnect.backoff.max.ms": 1000,
            "log_level": 0,
        }
    )


def read_all(bootstrap: str, namespace: str, topics: Iterable[str]) -> tuple[dict[str, list[Record]], dict[str, int]]:
    """Every committed record of ``topics``, by partition and offset, and how many partitions each has."""
    reader, counts = consumer(bootstrap), {}
    logs: dict[str, list[Record]] = {}
    try:
        there = reader.list_topics(timeout=20).topics
        counts = {topic: len(there[namespace + topic].partitions) for topic in topics if namespace + topic in there}
        logs = {topic: [] for topic in counts}
        waiting = {(namespace + topic, partition) for topic, count in counts.items() for partition in range(count)}
        reader.assign([TopicPartition(topic, partition, 0) for topic, partition in waiting])
        until = time.monotonic() + 120
        while waiting:
            if time.monotonic() > until:
                raise TimeoutError(f"no end within two minutes: {sorted(waiting)}")
            for message in reader.consume(500, 0.1):
                if (error := message.error()) is None:
                    logs[message.topic()[len(namespace) :]].append(
                        Record(
                            message.partition(), message.offset(), message.key(), message.value(),
                            message.timestamp()[1],
                        )
                    )  # fmt: skip
                elif error.code() == KafkaError._PARTITION_EOF:
                    waiting.discard((message.topic(), message.partition()))
    finally:
        reader.close()
    for records in logs.values():
        records.sort(key=lambda record: record[:2])
    return logs, counts


class Watcher(threading.Thread):
    """Reads along while the load flows: how long nothing came out, where the lanes stand, what a person would see.

    ``on_quarantined``, ``on_duty`` and ``on_escalation`` are given the records of those topics, in this thread.
    """

    def __init__(
        self,
        bootstrap: str,
        namespace: str,
        on_quarantined: Callable[[Record], None] = lambda _: None,
        on_duty: Callable[[Record], None] = lambda _: None,
        on_escalation: Callable[[Record], None] = lambda _: None,
    ) -> None:
        super().__init__(name="watcher", daemon=True)
        self.bootstrap, self.namespace = bootstrap, namespace
        self._seen_by = {QUARANTINE: on_quarantined, DUTY_ITEMS: on_duty, ESCALATIONS: on_escalation}
        self.ends: dict[tuple[str, int], int] = defaultdict(int)  # offset after the last committed record
        self.positions: dict[tuple[str, int], int] = {}  # source and partition to where its lane goes on
        self.dues: dict[bytes, datetime] = {}
        self.counts: dict[str, int] = defaultdict(int)
        self.longest = 0.0
        self.loaded = False  # whether load flows: only then silence is a standstill
        self._last: float | None = None
        self.news = time.monotonic()
        self._stop_it = threading.Event()
        self.trouble: BaseException | None = None

    def run(self) -> None:
        reader = consumer(self.bootstrap)
        try:
            there = reader.list_topics(timeout=30).topics
            wanted = {
                CASE_EVENTS, ESCALATIONS, QUARANTINE, DUTY_ITEMS, IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS, *FEEDS,
                QUARANTINE_REPLAYS, *STEPS,
            }  # fmt: skip
            reader.assign(
                [
                    TopicPartition(self.namespace + topic, p, 0)
                    for topic in wanted
                    for p in getattr(there.get(self.namespace + topic), "partitions", ())
                ]
            )
            while not self._stop_it.is_set():
                messages = reader.consume(2000, 0.1)
                self._standstill(messages)
                for message in messages:
                    if message.error() is None:
                        self._take(message)
        except BaseException as exc:
            self.trouble = exc
            raise
        finally:
            reader.close()

    def stop(self) -> None:
        self._stop_it.set()
        self.join(20)

    def _standstill(self, messages: list[Any]) -> None:
        at = time.monotonic()
        if self._last is not None and self.loaded:
            self.longest = max(self.longest, at - self._last)
        effects = {self.namespace + CASE_EVENTS, self.namespace + ESCALATIONS}
        if any(message.error() is None and message.topic() in effects for message in messages):
            self._last = at

    def _take(self, message: Any) -> None:
        topic, partition, key, value = (
            message.topic()[len(self.namespace) :], message.partition(), message.key(), message.value()
        )  # fmt: skip
        self.ends[topic, partition] = message.offset() + 1
        self.counts[topic] += 1
        self.news = time.monotonic()
        if topic in STEPS:
            if key.startswith(POSITION):
                self.positions[key[len(POSITION) :].decode(), partition] = int(value)
            elif topic == CASES_CHANGELOG and not key.startswith(b"\x00"):
                if value is not None and (due := wire.due_of(value)) is not None:
                    self.dues[key] = due
                else:
                    self.dues.pop(key, None)
        elif topic in self._seen_by:
            self._seen_by[topic](Record(partition, message.offset(), key, value, message.timestamp()[1]))

    def behind(self) -> str | None:
        """What the lanes still have to do, as far as can be seen; None when there is nothing."""
        for (topic, partition), end in sorted(self.ends.items()):
            if any(topic in sources for sources in STEPS.values()):
                position = self.positions.get((topic, partition), 0)
                if position < end:
                    return f"{topic}/{partition}: {end - position} records"
        late = [key for key, due in list(self.dues.items()) if due <= now()]
        return f"{len(late)} deadlines are not said" if late else None

    def drained(self, patience: float, tick: Callable[[], None] = lambda: None) -> str | None:
        """Wait until the lanes have nothing left to do and nothing has come for two seconds. What is left, if not."""
        until = time.monotonic() + patience
        left: str | None = "nothing was looked at"
        while time.monotonic() < until:
            tick()
            left = self.behind()
            if left is None and time.monotonic() - self.news > 2:
                return None
            time.sleep(0.2)
        return left or "records still come"

    def quiet(self, seconds: float, patience: float, tick: Callable[[], None] = lambda: None) -> str | None:
        """Wait until nothing has come for so long: for engines of which no more can be seen."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            tick()
            if time.monotonic() - self.news > seconds:
                return None
            time.sleep(0.2)
        return "records still come"
