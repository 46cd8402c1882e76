"""What is known of one case: its file, what was told of it and the events behind that, read from their topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from agents import wire
from agents.desk.readers import Reader, Record, partition_of
from agents.lane import changelog
from agents.settings import Settings
from agents.topics import CASE_EVENTS, CASES_CHANGELOG, ESCALATIONS
from schemas import Codec
from streams.case import CaseFile
from streams.events import CaseEvent
from streams.faults import Unreadable


@dataclass(frozen=True)
class Known:
    """All that is known of a case."""

    case: str
    file: CaseFile | None  # None: nothing of it is folded yet
    told: tuple[dict[str, Any], ...]  # every escalation record, in order
    log: tuple[Record, ...]  # its part of the log
    folded: int  # how far the worker has folded that partition of the log: the first offset that it has not

    @property
    def erased(self) -> datetime | None:
        """When the person's data were erased: what the topics hold of before is shown to nobody."""
        return self.file.erased if self.file is not None else None

    @property
    def escalations(self) -> tuple[dict[str, Any], ...]:
        """The latest record of each escalation; after an erasure those that were told since."""
        latest = {record["escalation_id"]: record for record in self.told}.values()
        return tuple(record for record in latest if self.erased is None or record["at"] > self.erased)

    @cached_property
    def events(self) -> tuple[tuple[datetime, CaseEvent], ...]:
        """The events that can be read, each with its time in the log."""
        return tuple(_events(self.log))

    def latest(self, count: int) -> tuple[tuple[datetime, CaseEvent], ...]:
        """The last ``count`` events, oldest first; after an erasure those that came since."""
        shown = [(at, event) for at, event in self.events if self.erased is None or at > self.erased]
        return tuple(shown[-count:]) if count else ()


def read_case(reader: Reader, codec: Codec, case: str) -> Known:
    """Read all of it. A key lies in one partition, so only that one is read. Raises Unreachable, NoTopic.

    The file first: what was told and what is in the log is then at least as much as the file knows of.
    """
    key = case.encode()
    position, _ = changelog.position(CASE_EVENTS, 0)
    file: bytes | None = None
    folded = 0
    for record in _partition(reader, CASES_CHANGELOG, key):
        if record.key == key:
            file = record.value
        elif record.key == position and record.value is not None:
            folded = int(record.value)
    told = tuple(codec.decode("escalation", record.value) for record in _of(reader, ESCALATIONS, key))
    log = tuple(_of(reader, CASE_EVENTS, key))
    return Known(case, wire.case_file(file) if file else None, told, log, folded)


def _events(log: tuple[Record, ...]) -> Iterator[tuple[datetime, CaseEvent]]:
    for record in log:
        try:
            yield wire.time_of(record.timestamp), wire.case_event(record.value)
        except Unreadable:
            continue  # it lies in quarantine, and the file says so


def _of(reader: Reader, topic: str, key: bytes) -> Iterator[Record]:
    return (record for record in _partition(reader, topic, key) if record.key == key)


def _partition(reader: Reader, topic: str, key: bytes) -> Iterator[Record]:
    return reader.all(topic, partition_of(key, len(reader.partitions(topic))))


def read_one(settings: Settings, codec: Codec, case: str) -> Known:
    """As ``read_case``, with a reader of its own."""
    with Reader(settings) as reader:
        return read_case(reader, codec, case)
