"""Reads committed records of whole topics, for the commands that people use; the worker has its own reader.

Ends are taken once, at the start, and a topic is read until the reader's *position* reaches its end: a log may end in
transaction markers, so the last offset with a record in it need not be the last offset. kafka-python leaves out what
was aborted and what is still open (tests/integration/test_readers_kafka.py holds it to that).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, OffsetOutOfRangeError
from kafka.partitioner import murmur2

from agents.errors import Unavailable
from agents.records import Record
from agents.settings import Settings

PATIENCE = 60.0  # seconds without a record or a step forward, then the broker counts as gone


class Unreachable(Unavailable):
    """No broker answers, or it stopped answering."""

    def __init__(self, bootstrap: str, why: str) -> None:
        super().__init__(
            f"no answer from {bootstrap} ({why}); is the broker up (`raised-risk broker`), is kafka.bootstrap right?"
        )


@contextmanager
def asking(bootstrap: str) -> Iterator[None]:
    """Whatever keeps the broker from answering becomes Unreachable; that an offset is gone is an answer."""
    try:
        yield
    except OffsetOutOfRangeError:
        raise
    except (KafkaError, OSError) as error:
        raise Unreachable(bootstrap, type(error).__name__) from None


class NoTopic(Unavailable):
    """A topic is not there."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"there is no topic {topic}; make it with `raised-risk topics apply`, or look at kafka.namespace"
        )


class Span(NamedTuple):
    """The part of a partition that was there when we looked: from ``first`` up to, not including, ``end``."""

    first: int
    end: int


Place = tuple[str, int]
"""Topic (without the namespace) and partition."""


def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's own clients put a key. Pure."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


def latest(records: Iterable[Record]) -> dict[bytes, Record]:
    """What a compacted topic says: the latest record of each key; a deleted key is not there. Pure."""
    found: dict[bytes, Record] = {}
    for record in records:
        if record.value is None:
            found.pop(record.key or b"", None)
        else:
            found[record.key or b""] = record
    return found


def looks(wait: float, pause: float = 0.5) -> Iterator[None]:
    """Once now, and again after each pause, until ``wait`` seconds are over."""
    until = time.monotonic() + wait
    yield
    while time.monotonic() < until:
        time.sleep(pause)
        yield


class Reader:
    """Reads committed records, from where to where one says; in no group, leaves no trace. Use it in a ``with``.

    Topics are named without the namespace. Every method may raise Unreachable or NoTopic.
    """

    def __init__(self, settings: Settings) -> None:
        self._named = settings.topic
        self._bootstrap = settings.kafka.bootstrap
        with asking(self._bootstrap):
            self._consumer: Any = KafkaConsumer(
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",
                isolation_level="read_committed",
                allow_auto_create_topics=False,
                max_partition_fetch_bytes=4 << 20,
                fetch_max_wait_ms=50,  # a fetch that waits holds up the next one, of other partitions
                bootstrap_timeout_ms=10_000,
                metrics_enabled=False,
                **settings.clients(),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()

    def partitions(self, topic: str) -> list[int]:
        """The numbers of its partitions."""
        with asking(self._bootstrap):
            found = self._consumer.partitions_for_topic(self._named(topic))
        if not found:
            raise NoTopic(self._named(topic))
        return sorted(found)

    def spans(self, topics: Iterable[str]) -> dict[Place, Span]:
        """What is there now, partition by partition."""
        places = {(topic, number): self._tp(topic, number) for topic in topics for number in self.partitions(topic)}
        with asking(self._bootstrap):
            firsts = self._consumer.beginning_offsets(list(places.values()))
            ends = self._consumer.end_offsets(list(places.values()))
        return {place: Span(firsts[tp], ends[tp]) for place, tp in places.items()}

    def read(self, spans: Mapping[Place, Span]) -> Iterator[Record]:
        """The committed records of these spans, in order within each partition."""
        waiting = {self._tp(*place): span for place, span in spans.items() if span.first < span.end}
        self._place({tp: span.first for tp, span in waiting.items()})
        alive = time.monotonic()
        while waiting:
            for tp, records in self._poll().items():
                alive = time.monotonic()
                end = waiting[tp].end if tp in waiting else 0
                for record in records:
                    if record.offset < end:
                        yield record
            for tp in [tp for tp in waiting if self._consumer.position(tp) >= waiting[tp].end]:
                del waiting[tp]
                self._consumer.pause(tp)
                alive = time.monotonic()
            if time.monotonic() - alive > PATIENCE:
                raise Unreachable(self._bootstrap, f"nothing for {PATIENCE:.0f} seconds")

    def all(self, topic: str, partition: int | None = None) -> Iterator[Record]:
        """All committed records of a topic, or of one of its partitions, up to its end of now."""
        spans = self.spans([topic])
        return self.read({place: span for place, span in spans.items() if partition in (None, place[1])})

    def last_of(self, topic: str, partition: int, key: bytes, span: Span) -> Record | None:
        """The latest record of ``key``, looked for from the end backwards, so that a recent one is found quickly."""
        end, step = span.end, 2_000
        while end > span.first:
            first = max(span.first, end - step)
            found = None
            for record in self.read({(topic, partition): Span(first, end)}):
                if record.key == key:
                    found = record
            if found is not None:
                return found
            end, step = first, step * 4
        return None

    def one(self, topic: str, partition: int, offset: int) -> Record | None:
        """The record at one place; None when it is no longer there, or was never committed."""
        try:
            return next((each for each in self.read({(topic, partition): Span(offset, offset + 1)})), None)
        except OffsetOutOfRangeError:
            return None

    def follow(self, topic: str, *, from_start: bool) -> Iterator[Record | None]:
        """Committed records as they come, without end; None about once a second while nothing comes."""
        spans = {self._tp(*place): span for place, span in self.spans([topic]).items()}
        self._place({tp: span.first if from_start else span.end for tp, span in spans.items()})
        while True:
            found = self._poll()
            for records in found.values():
                yield from records
            if not found:
                yield None

    def _place(self, offsets: Mapping[TopicPartition, int]) -> None:
        self._consumer.assign(list(offsets))
        for tp, offset in offsets.items():
            self._consumer.seek(tp, offset)
            self._consumer.resume(tp)  # one that was assigned before is still paused

    def _tp(self, topic: str, partition: int) -> TopicPartition:
        return TopicPartition(self._named(topic), partition)

    def _poll(self) -> dict[TopicPartition, list[Record]]:
        with asking(self._bootstrap):
            found: dict[TopicPartition, list[Record]] = self._consumer.poll(timeout_ms=1000, max_records=5_000)
        return found
