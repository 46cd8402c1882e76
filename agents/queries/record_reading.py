"""Verifies the records of cases: what ``raised-risk record verify`` works on.

Partition by partition, in one pass over each topic, and of each case only its hashes and its file are held. What the
worker commits meanwhile is seen in one topic before another: a case with a finding is therefore looked at a second
time, and only what is amiss both times is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from agents import wire
from agents.queries.case_reading import Cases, fold, place, read_policies
from agents.queries.readers import Reader
from agents.records import Record
from agents.settings import Settings
from agents.topics import CASE_EVENTS, ESCALATIONS
from schemas import Codec, NotReadable
from streams.case import Chain
from streams.faults import Unreadable
from streams.policy import Policies
from streams.refolding import Finding, Recorded, Refolded, recorded, remarks
from streams.verifying import Head, unchained, verify

Say = Callable[[str], None]


class Checked(Struct, frozen=True):
    """What was found out about one case's record."""

    case: str
    head: Head  # as the case file has it
    entries: int  # how many there are
    unchained: int  # of these, recorded before there was a chain
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]  # what is no fault of the record, and worth a look

    @property
    def whole(self) -> bool:
        """Whether nothing is amiss."""
        return not self.findings


def check(settings: Settings, codec: Codec, case: str | None, kept: Mapping[str, Head], say: Say) -> Iterator[Checked]:
    """Each case's record checked, or that of one; those of ``kept`` against their heads, too, even where there is none.

    Raises Unreachable, NoTopic.
    """
    with Reader(settings) as reader:
        judging = read_policies(reader, settings)
        numbers = reader.partitions(CASE_EVENTS) if case is None else [None]
        partitions = [Cases(reader, number, case) for number in numbers]
        for number, cases in enumerate(partitions, start=1):
            found = _look(cases, codec, judging, kept, keep=case is not None)
            if any(not each.whole for each in found.values()):
                say("looked at a second time, for something is amiss or was on its way")
                again = _look(cases, codec, judging, kept, keep=case is not None)
                found = {name: each if each.whole else again.get(name, each) for name, each in found.items()}
            say(f"{number} of {len(partitions)} partitions: {len(found):,} cases")
            yield from (found[name] for name in sorted(found))


def _look(cases: Cases, codec: Codec, judging: Policies, kept: Mapping[str, Head], *, keep: bool) -> dict[str, Checked]:
    """One look at the cases. ``keep``: whole records, so that a difference is named by its fields."""
    files = cases.files()
    entries: dict[str, list[Recorded]] = defaultdict(list)
    logs: dict[str, Refolded] = {}
    for name, record in cases.of(ESCALATIONS):
        entries[name].append(_recorded(record, codec, keep=keep))
    for name, record in cases.of(CASE_EVENTS):
        if name not in logs:
            logs[name] = Refolded(entries[name], keep=keep)
        fold(logs[name], record, judging, cases.folded)
    named = (name for name in kept if cases.has(name))
    names = dict.fromkeys((*files, *entries, *logs, *named))
    return {
        name: _checked(name, files.get(name), entries[name], logs.get(name) or Refolded(), kept.get(name))
        for name in names
    }


def _recorded(record: Record, codec: Codec, *, keep: bool) -> Recorded:
    try:
        said = codec.decode("escalation", record.value)
    except NotReadable:
        said = None
    return recorded(place(ESCALATIONS, record), said, keep=keep)


def _checked(name: str, value: bytes | None, entries: list[Recorded], again: Refolded, kept: Head | None) -> Checked:
    try:
        stored = wire.case_file(value) if value is not None else None
        mind = remarks(entries, again, stored)
    except Unreadable:
        stored, mind = None, ("the case file cannot be read by this version",)
    chain = stored.chain if stored is not None else Chain()
    head = Head(name, chain.count, chain.records, chain.events)
    findings = verify(entries, again, stored, kept)
    return Checked(name, head, len(entries), unchained(entries), findings, mind)
