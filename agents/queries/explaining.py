"""Everything behind each escalation of a case, now or at a time: the log folded again, beside what was emitted by then.

What was emitted is never worked out anew: it is shown as it was written. That the log, folded by this version of the
program under the policies in force then, comes to the same is checked, and where it does not that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from agents import wire
from agents.queries.case_reading import KnownCase
from agents.queries.refolding import fold
from streams.case import CaseFile, Escalation
from streams.escalation import EscalationRecord
from streams.policy import Policies, Policy
from streams.principles import PRINCIPLES
from streams.refolding import Refolded, compare, recorded, remarks
from streams.rules import BY_ID
from streams.timeline import Aware, Timeline, timeline


@dataclass(frozen=True)
class Explanation:
    """One escalation, with all that is behind it."""

    escalation: str
    rule: str
    sentence: str  # of the rule, as it is now
    principles: tuple[tuple[str, str], ...]  # id and sentence
    on_file: Escalation | None  # as the file has it; None: closed so long ago that the file has let it go
    life: tuple[EscalationRecord, ...]  # every record records, in order; the last is how it stands
    aware: Aware | None

    @property
    def is_open(self) -> bool:
        """Whether somebody must still do something about it."""
        return self.on_file is not None and self.on_file.closed is None


@dataclass(frozen=True)
class Explained:
    """A case, explained. After an erasure what was before it is shown to nobody, but that decisions were made, and by
    whom.
    """

    case: str
    as_at: datetime | None  # None: now
    file: CaseFile | None  # None: nothing was known of it then
    policy: Policy | None  # in force then
    in_force_since: datetime | None
    events: int  # how many of the log were folded
    not_folded: int  # how many lie in the log that the worker has not folded yet
    escalations: tuple[Explanation, ...]  # the open ones first
    timeline: Timeline
    differences: tuple[str, ...]  # where the log folded again and the records disagree
    erased: datetime | None = None


def explain(known: KnownCase, judging: Policies, as_at: datetime | None = None) -> Explained:
    """The case as it is, or as it was at ``as_at``. A function of its arguments alone."""
    until = as_at or datetime.max.replace(tzinfo=UTC)
    records = tuple(one for one in map(escalation_of, known.records) if one.at <= until)
    log = [one for one in known.log if one.offset < known.folded and wire.time_of(one.timestamp) <= until]
    entries = [recorded("", one.record(), keep=True) for one in records]
    again = Refolded(entries, keep=True)
    events = [(wire.time_of(one.timestamp), event) for one in log if (event := fold(again, one, judging, known.folded))]
    file = again.file
    differences = tuple(each.what for each in compare(entries, again))
    differences += remarks(entries, again, known.file if as_at is None else file)
    at = as_at or (file.at if file is not None else None)
    policy, since = _in_force(judging, at)
    ahead = sum(record.offset >= known.folded for record in known.log)
    erased = known.erased
    if erased is not None:
        records = tuple(_bare(one) if one.at <= erased else one for one in records)
        events = [(came, event) for came, event in events if came > erased]
        if file is not None and file.erased is None:
            file = None  # as it was before the erasure
    found = timeline(events, records)
    escalations = tuple(_explanations(file, records, found))
    return Explained(known.case, as_at, file, policy, since, len(log), ahead, escalations, found, differences, erased)


GONE = "(erased)"
"""In place of what was erased."""


def _bare(one: EscalationRecord) -> EscalationRecord:
    """What an erasure leaves of a record: that it was made, when, by whom, and with what decision."""
    return replace(
        one,
        reason=GONE,
        manager=GONE,
        levels=(),
        signals=(),
        signals_left_out=0,
        referred_at=None,
        referred_by=None,
        notes=(),
        actions=(),
    )


def escalation_of(record: Mapping[str, Any]) -> EscalationRecord:
    """An escalation as its record was read back."""
    return msgspec.convert(record, EscalationRecord)


def _in_force(judging: Policies, at: datetime | None) -> tuple[Policy | None, datetime | None]:
    if at is None:
        return None, None
    policy = judging.in_force(at)
    if len(judging.since) == 1 and judging.since[0][0].year == 1:
        return policy, None  # the only one, in force from the beginning of time
    began = [since for since, version in judging.since if since <= at and version == policy.version]
    return policy, began[-1] if began else None


def _explanations(file: CaseFile | None, records: Iterable[EscalationRecord], found: Timeline) -> list[Explanation]:
    """The open escalations, then the closed ones of the file, then what the file has let go; each with its life."""
    lives: dict[str, list[EscalationRecord]] = {}
    for one in records:
        lives.setdefault(one.escalation_id, []).append(one)
    on_file = {one.id: one for one in (*file.open, *file.closed)} if file is not None else {}
    aware = {one.escalation: one for one in found.escalations}
    names = [*on_file, *(name for name in lives if name not in on_file)]
    return [_explanation(name, on_file.get(name), tuple(lives.get(name, ())), aware.get(name)) for name in names]


def _explanation(
    name: str, on_file: Escalation | None, life: tuple[EscalationRecord, ...], aware: Aware | None
) -> Explanation:
    rule = on_file.rule if on_file is not None else life[-1].rule
    now = BY_ID.get(rule)
    principles = life[-1].principles if life else now.principles if now is not None else ()
    return Explanation(
        name,
        rule,
        now.sentence if now is not None else "(this version has no such rule any more)",
        tuple((principle, PRINCIPLES.get(principle, "")) for principle in principles),
        on_file,
        life,
        aware,
    )
