"""What is known of one case: its file, its open escalations and the events behind them, read from their topics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents import wire
from agents.desk.readers import Reader, Record, partition_of
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
    escalations: tuple[dict[str, Any], ...]  # the latest record of each
    events: tuple[tuple[datetime, CaseEvent], ...]  # with their time in the case's log

    def latest(self, count: int) -> tuple[tuple[datetime, CaseEvent], ...]:
        """The last ``count`` events, oldest first."""
        return self.events[-count:] if count else ()


def read_case(settings: Settings, codec: Codec, case: str) -> Known:
    """Read all of it. A key lies in one partition, so only that one is read. Raises Unreachable, NoTopic."""
    key = case.encode()
    with Reader(settings) as reader:
        file: bytes | None = None
        for record in _of(reader, CASES_CHANGELOG, key):
            file = record.value
        escalations: dict[str, dict[str, Any]] = {}
        for record in _of(reader, ESCALATIONS, key):
            told = codec.decode("escalation", record.value)
            escalations[told["escalation_id"]] = told
        events = tuple(_events(reader, key))
    return Known(case, wire.case_file(file) if file else None, tuple(escalations.values()), events)


def _events(reader: Reader, key: bytes) -> Iterator[tuple[datetime, CaseEvent]]:
    for record in _of(reader, CASE_EVENTS, key):
        try:
            yield wire.time_of(record.timestamp), wire.case_event(record.value)
        except Unreadable:
            continue  # it lies in quarantine, and the file says so


def _of(reader: Reader, topic: str, key: bytes) -> Iterator[Record]:
    partition = partition_of(key, len(reader.partitions(topic)))
    return (record for record in reader.all(topic, partition) if record.key == key)
