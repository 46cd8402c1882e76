"""What the topics hold of the cases of one partition, or of one case: files, records, and the log to fold again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import cached_property

import msgspec
from msgspec import Struct

from agents import policies, wire
from agents.cases import advance
from agents.lane import changelog
from agents.queries.readers import Reader, partition_of
from agents.records import Record
from agents.settings import Settings
from agents.topics import CASE_EVENTS, CASES_CHANGELOG, ESCALATIONS, POLICIES
from schemas import Codec
from streams.case import CaseFile
from streams.escalation import EscalationRecord
from streams.events import CaseEvent
from streams.faults import Unreadable
from streams.policy import Policies
from streams.refolding import Refolded, is_sound


class Cases:
    """The cases of one partition of the log, or one of them. Every method may raise Unreachable or NoTopic.

    Read the files first, then the records, then the log: each then knows at least as much as the one before it.
    """

    def __init__(self, reader: Reader, partition: int | None = None, only: str | None = None) -> None:
        self._reader, self._only = reader, only
        self._count = len(reader.partitions(CASE_EVENTS))
        self._partition = partition_of(only.encode(), self._count) if only is not None else partition
        self.folded = 0  # the first offset of the log that the worker has not folded; known once ``files`` were read

    def has(self, case: str) -> bool:
        """Whether the case is among these."""
        return self._only in (None, case) and partition_of(case.encode(), self._count) == self._partition

    def files(self) -> dict[str, bytes | None]:
        """The case files as the changelog has them; None: it was deleted."""
        found: dict[str, bytes | None] = {}
        position, _ = changelog.position(CASE_EVENTS, 0)
        for record in self._records(CASES_CHANGELOG):
            if record.key == position and record.value is not None:
                self.folded = int(record.value)
            elif (case := self._case(record)) is not None:
                found[case] = record.value
        return found

    def of(self, topic: str) -> Iterator[tuple[str, Record]]:
        """The records of a topic that is keyed by case, each with its case."""
        return ((case, record) for record in self._records(topic) if (case := self._case(record)) is not None)

    def _records(self, topic: str) -> Iterator[Record]:
        """The partition's records; all of them where that topic is cut in another way."""
        alike = len(self._reader.partitions(topic)) == self._count
        return self._reader.all(topic, self._partition if alike else None)

    def _case(self, record: Record) -> str | None:
        key = record.key or b""
        case = key.decode(errors="replace")
        return case if key and not changelog.is_own(key) and self.has(case) else None


class KnownCase(Struct, frozen=True, dict=True):
    """All that is known of a case."""

    case: str
    file: CaseFile | None  # None: nothing of it is folded yet
    records: tuple[EscalationRecord, ...]  # in order
    log: tuple[Record, ...]  # its part of the log
    folded: int  # how far the worker has folded that partition of the log: the first offset that it has not

    @property
    def erased(self) -> datetime | None:
        """When the person's data were erased: what the topics hold of before is shown to nobody."""
        return self.file.erased if self.file is not None else None

    @property
    def escalations(self) -> tuple[EscalationRecord, ...]:
        """The latest record of each escalation; after an erasure those that were recorded since."""
        latest = {record.escalation_id: record for record in self.records}.values()
        return tuple(record for record in latest if self.erased is None or record.at > self.erased)

    @cached_property
    def events(self) -> tuple[tuple[datetime, CaseEvent], ...]:
        """The events that can be read, each with its time in the log."""
        found: list[tuple[datetime, CaseEvent]] = []
        for record in self.log:
            with suppress(Unreadable):  # it lies in quarantine, and the file says so
                found.append((wire.time_of(record.timestamp), wire.case_event(record.value)))
        return tuple(found)

    def latest(self, count: int) -> tuple[tuple[datetime, CaseEvent], ...]:
        """The last ``count`` events, oldest first; after an erasure those that came since."""
        shown = [(at, event) for at, event in self.events if self.erased is None or at > self.erased]
        return tuple(shown[-count:]) if count else ()


def read_case(reader: Reader, codec: Codec, case: str) -> KnownCase:
    """Read all of one case. Raises Unreachable, NoTopic."""
    cases = Cases(reader, only=case)
    file = cases.files().get(case)
    records = tuple(record_of(record, codec) for _, record in cases.of(ESCALATIONS))
    log = tuple(record for _, record in cases.of(CASE_EVENTS))
    return KnownCase(case, wire.case_file(file) if file else None, records, log, cases.folded)


def record_of(record: Record, codec: Codec) -> EscalationRecord:
    """What is recorded there of an escalation. Raises NotReadable."""
    return msgspec.convert(codec.decode("escalation", record.value), EscalationRecord)


def fold(again: Refolded, record: Record, judging: Policies, upto: int) -> CaseEvent | None:
    """One event more; None: it cannot be read. The stored file covers what lies before the offset ``upto``."""
    done, event, _ = advance(again.last, record, judging)
    sound = event is None or is_sound(record.value or b"", event)
    again.fold(place(CASE_EVENTS, record), done, sound=sound, since=record.offset >= upto)
    return event


def place(topic: str, record: Record) -> str:
    """Where a record lies, in words."""
    return f"{topic}/{record.partition}/{record.offset}"


def read_policies(reader: Reader, settings: Settings) -> Policies:
    """The policies that were ever in force, from their topic. Raises Unreachable, NoTopic, PolicyFaults."""
    return policies.judging(policies.known(reader.all(POLICIES)), settings)
