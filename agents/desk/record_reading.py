"""Reads the records of cases and follows their chains: what ``raised-risk record verify`` works on.

Partition by partition, in one pass over each topic, and of each case only its hashes and its file are held. What the
worker commits meanwhile is seen in one topic before another: a case with a finding is therefore looked at a second
time, and only what is amiss both times is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from agents import wire
from agents.cases import advance
from agents.desk.explaining import read_policies
from agents.desk.readers import Reader, Record, partition_of
from agents.lane import changelog
from agents.settings import Settings
from agents.topics import CASE_EVENTS, CASES_CHANGELOG, ESCALATIONS
from schemas import Codec, NotReadable
from streams.case import CaseFile, Chain
from streams.faults import Unreadable
from streams.policy import Policies
from streams.verifying import Finding, Head, Logged, Told, is_sound, told, unchained, verify

Say = Callable[[str], None]


@dataclass(frozen=True)
class Checked:
    """What was found out about one case's record."""

    case: str
    head: Head  # as the case file has it
    entries: int  # that were told
    unchained: int  # of these, told before there was a chain
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]  # what is no fault of the record, and worth a look

    @property
    def whole(self) -> bool:
        """Whether nothing is amiss."""
        return not self.findings


@dataclass
class _Case:
    """What is held of one case while its partition is read."""

    value: bytes | None = None  # its file, as the changelog has it
    entries: list[Told] = field(default_factory=list)
    log: list[Logged] = field(default_factory=list)
    file: CaseFile | None = None  # as folded again
    folded: bytes | None = None  # the same, encoded, as of how far the worker is


def check(settings: Settings, codec: Codec, case: str | None, kept: Mapping[str, Head], say: Say) -> Iterator[Checked]:
    """Each case's record checked, or that of one; those of ``kept`` against their heads, too, even where there is none.

    Raises Unreachable, NoTopic.
    """
    with Reader(settings) as reader:
        ruled = read_policies(reader, settings)
        partitions = reader.partitions(CASE_EVENTS)
        if case is not None:
            partitions = [partition_of(case.encode(), len(partitions))]
        for partition in partitions:
            look = _Look(reader, codec, ruled, partition, case, kept)
            found = look.all()
            if any(not each.whole for each in found.values()):
                say(f"{CASE_EVENTS}/{partition}: looked at a second time, for something is amiss or was on its way")
                again = look.all()
                found = {name: each if each.whole else again.get(name, each) for name, each in found.items()}
            say(f"{CASE_EVENTS}/{partition}: {len(found):,} cases")
            yield from (found[name] for name in sorted(found))


@dataclass(frozen=True)
class _Look:
    """One look at one partition of the cases."""

    reader: Reader
    codec: Codec
    ruled: Policies
    partition: int
    only: str | None
    kept: Mapping[str, Head]

    def all(self) -> dict[str, Checked]:
        cases: dict[str, _Case] = {}
        count = len(self.reader.partitions(CASE_EVENTS))
        for name in self.kept:
            if self.only in (None, name) and partition_of(name.encode(), count) == self.partition:
                cases[name] = _Case()
        # The files first, then what was told, then the log: each knows at least as much as the one before it.
        position, _ = changelog.position(CASE_EVENTS, 0)
        upto = 0
        for record in self._records(CASES_CHANGELOG):
            if record.key == position:
                upto = int(record.value or b"0")
            elif (found := self._case(cases, record, count)) is not None:
                found.value = record.value
        for record in self._records(ESCALATIONS):
            if (found := self._case(cases, record, count)) is not None:
                found.entries.append(self._told(record))
        for record in self._records(CASE_EVENTS):
            if (found := self._case(cases, record, count)) is not None:
                self._fold(found, record, upto)
        return {name: self._checked(name, each) for name, each in cases.items()}

    def _records(self, topic: str) -> Iterator[Record]:
        """The partition's records; all of them where that topic is cut in another way."""
        alike = len(self.reader.partitions(topic)) == len(self.reader.partitions(CASE_EVENTS))
        return self.reader.all(topic, self.partition if alike else None)

    def _case(self, cases: dict[str, _Case], record: Record, count: int) -> _Case | None:
        key = record.key or b""
        if not key or changelog.is_own(key):
            return None
        name = key.decode(errors="replace")
        if self.only not in (None, name) or partition_of(key, count) != self.partition:
            return None
        return cases.setdefault(name, _Case())

    def _told(self, record: Record) -> Told:
        try:
            said = self.codec.decode("escalation", record.value)
        except NotReadable:
            return told(_place(ESCALATIONS, record), None)
        return told(_place(ESCALATIONS, record), said)

    def _fold(self, found: _Case, record: Record, upto: int) -> None:
        """One event; held where it changed the file, or is not what its content id says."""
        since = record.offset >= upto
        if since and found.folded is None:
            found.folded = wire.encode(found.file)
        done, event, _ = advance(found.file, record, self.ruled)
        before = found.file.chain.events if found.file is not None else ""
        found.file = done.file
        sound = event is None or is_sound(record.value or b"", event)
        if done.file.chain.events != before or not sound:
            clock = done.file.at.replace(microsecond=done.file.at.microsecond // 1000 * 1000)
            found.log.append(Logged(_place(CASE_EVENTS, record), clock, done.file.chain.events, sound, since))

    def _checked(self, name: str, found: _Case) -> Checked:
        remarks: list[str] = []
        file: CaseFile | None = None
        try:
            file = wire.case_file(found.value) if found.value is not None else None
        except Unreadable:
            remarks.append("the case file cannot be read by this version")
        chain = file.chain if file is not None else None
        if found.value is None and found.log and not found.log[0].since:
            remarks.append("there is no case file, and the log has events of it")
        again = found.folded if found.folded is not None else wire.encode(found.file)
        if file is not None and found.value != again:
            remarks.append("the case file is not what the log folds to: another version wrote it, or it was changed")
        if chain is not None and file is not None and not chain.events and file.events:
            remarks.append("the file is of before there was a chain")
        heads = chain or Chain()
        findings = verify(found.entries, found.log, chain, self.kept.get(name))
        return Checked(
            name,
            Head(name, heads.count, heads.records, heads.events),
            len(found.entries),
            unchained(found.entries),
            findings,
            tuple(remarks),
        )


def _place(topic: str, record: Record) -> str:
    return f"{topic}/{record.partition}/{record.offset}"
