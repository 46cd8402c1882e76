"""Everything behind each escalation of a case, now or at a time: the log folded again, beside what was emitted by then.

What was emitted is never worked out anew: it is shown as it was written. That the log, folded by this version of the
program under the policies in force then, comes to the same is checked, and where it does not that is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from agents import wire
from agents.queries.case_reading import KnownCase, fold
from streams.case import CaseFile, Escalation
from streams.escalation import EscalationRecord
from streams.policy import Policies
from streams.principles import PRINCIPLES
from streams.refolding import Refolded, compare, recorded, remarks
from streams.rules import BY_ID
from streams.timeline import Aware, Timeline, timeline


class Explanation(Struct, frozen=True):
    """One escalation, with all that is behind it."""

    escalation_id: str
    rule: str
    sentence: str  # of the rule, as it is now
    principles: dict[str, str]  # by their ids
    item: Escalation | None  # as the file has it; None: closed so long ago that the file has let it go
    life: tuple[EscalationRecord, ...]  # every record of it, in order; the last is how it stands
    aware: Aware | None

    @property
    def state(self) -> str:
        """Whether somebody must still do something about it."""
        if self.item is None:
            return "no longer in the file"
        return "open" if self.item.closed is None else "closed"


class Explained(Struct, frozen=True):
    """A case, explained. After an erasure what was before it is shown to nobody, but that decisions were made, and by
    whom.
    """

    case: str
    as_at: datetime | None  # None: now
    policy_version: str | None  # in force then
    policy_in_force_since: datetime | None
    events: int  # how many of the log were folded
    not_folded: int  # how many lie in the log that the worker has not folded yet
    erased: datetime | None
    file: CaseFile | None  # None: nothing was known of it then
    escalations: tuple[Explanation, ...]  # the open ones first
    timeline: Timeline
    differences: tuple[str, ...]  # where the log folded again and the records disagree


def explain(known: KnownCase, judging: Policies, as_at: datetime | None = None) -> Explained:
    """The case as it is, or as it was at ``as_at``. A function of its arguments alone."""
    until = as_at or datetime.max.replace(tzinfo=UTC)
    records = tuple(one for one in known.records if one.at <= until)
    log = [one for one in known.log if one.offset < known.folded and wire.time_of(one.timestamp) <= until]
    entries = [recorded("", one.record(), keep=True) for one in records]
    again = Refolded(entries, keep=True)
    events = [(wire.time_of(one.timestamp), event) for one in log if (event := fold(again, one, judging, known.folded))]
    file = again.file
    differences = tuple(each.what for each in compare(entries, again))
    differences += remarks(entries, again, known.file if as_at is None else file)
    version, since = _in_force(judging, as_at or (file.at if file is not None else None))
    ahead = sum(record.offset >= known.folded for record in known.log)
    erased = known.erased
    if erased is not None:
        records = tuple(_bare(one) if one.at <= erased else one for one in records)
        events = [(came, event) for came, event in events if came > erased]
        if file is not None and file.erased is None:
            file = None  # as it was before the erasure
    found = timeline(events, records)
    escalations = _explanations(file, records, found)
    return Explained(known.case, as_at, version, since, len(log), ahead, erased, file, escalations, found, differences)


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


def _in_force(judging: Policies, at: datetime | None) -> tuple[str | None, datetime | None]:
    if at is None:
        return None, None
    version = judging.in_force(at).version
    if len(judging.since) == 1 and judging.since[0][0].year == 1:
        return version, None  # the only one, in force from the beginning of time
    return version, max((since for since, each in judging.since if since <= at and each == version), default=None)


def _explanations(
    file: CaseFile | None, records: Iterable[EscalationRecord], found: Timeline
) -> tuple[Explanation, ...]:
    """The open escalations, then the closed ones of the file, then what the file has let go; each with its life."""
    on_file = {one.id: one for one in (*file.open, *file.closed)} if file is not None else {}
    lives: dict[str, list[EscalationRecord]] = {name: [] for name in on_file}
    for one in records:
        lives.setdefault(one.escalation_id, []).append(one)
    aware = {one.escalation: one for one in found.escalations}
    return tuple(_explanation(name, on_file.get(name), life, aware.get(name)) for name, life in lives.items())


def _explanation(name: str, item: Escalation | None, life: list[EscalationRecord], aware: Aware | None) -> Explanation:
    rule = item.rule if item is not None else life[-1].rule
    now = BY_ID.get(rule)
    sentence = now.sentence if now is not None else "(this version has no such rule any more)"
    principles = life[-1].principles if life else now.principles if now is not None else ()
    named = {principle: PRINCIPLES.get(principle, "") for principle in principles}
    return Explanation(name, rule, sentence, named, item, tuple(life), aware)
