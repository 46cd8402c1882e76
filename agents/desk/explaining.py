"""Everything behind each escalation of a case, now or at a time: the log folded again, beside what was told by then.

What was told is never worked out anew: it is shown as it was written. That the log, folded by this version of the
program under the policies in force then, comes to the same is checked, and where it does not that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from agents import policies, wire
from agents.cases import advance
from agents.desk.case_reading import Known
from agents.desk.readers import Reader
from agents.settings import Settings
from agents.topics import POLICIES
from streams.case import CaseFile, Escalation
from streams.escalation import EscalationRecord
from streams.events import CaseEvent
from streams.policy import Policies, Policy
from streams.principles import PRINCIPLES
from streams.record import digest
from streams.rules import BY_ID
from streams.timeline import Aware, Timeline, timeline

_SEALS = frozenset({"entry", "events_head", "previous", "hash"})
"""Fields that follow from all that was told before: one difference would show in each record after it."""


@dataclass(frozen=True)
class Explanation:
    """One escalation, with all that is behind it."""

    escalation: str
    rule: str
    sentence: str  # of the rule, as it is now
    principles: tuple[tuple[str, str], ...]  # id and sentence
    item: Escalation | None  # as the file has it; None: closed so long ago that the file has let it go
    life: tuple[EscalationRecord, ...]  # every record told, in order; the last is how it stands
    aware: Aware | None

    @property
    def is_open(self) -> bool:
        """Whether somebody must still do something about it."""
        return self.item is not None and self.item.closed is None


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
    items: tuple[Explanation, ...]  # the open ones first
    timeline: Timeline
    differences: tuple[str, ...]  # where the log folded again and what was told disagree
    erased: datetime | None = None


def explain(known: Known, ruled: Policies, as_at: datetime | None = None) -> Explained:
    """The case as it is, or as it was at ``as_at``. A function of its arguments alone."""
    log = [record for record in known.log if record.offset < known.folded]
    if as_at is not None:
        log = [record for record in log if wire.time_of(record.timestamp) <= as_at]
    told = tuple(map(escalation_of, known.told))
    if as_at is not None:
        told = tuple(one for one in told if one.at <= as_at)
    file: CaseFile | None = None
    events: list[tuple[datetime, CaseEvent]] = []
    again: list[EscalationRecord] = []
    for record in log:
        done, event, _ = advance(file, record, ruled)
        file = done.file
        again += done.escalations
        if event is not None:
            events.append((wire.time_of(record.timestamp), event))
    differences = _differences(told, again)
    if as_at is None:
        differences += _of_files(known.file, file)
    at = as_at or (file.at if file is not None else None)
    policy, since = _in_force(ruled, at)
    ahead = sum(record.offset >= known.folded for record in known.log)
    erased = known.erased
    if erased is not None:
        told = tuple(_bare(one) if one.at <= erased else one for one in told)
        events = [(came, event) for came, event in events if came > erased]
        if file is not None and file.erased is None:
            file = None  # as it was before the erasure
    found = timeline(events, told)
    items = tuple(_explanations(file, told, found))
    return Explained(known.case, as_at, file, policy, since, len(log), ahead, items, found, tuple(differences), erased)


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


def read_policies(reader: Reader, settings: Settings) -> Policies:
    """The policies that were ever in force, from their topic. Raises Unreachable, NoTopic, PolicyFaults."""
    return policies.judging(policies.known(reader.all(POLICIES)), settings)


def escalation_of(record: Mapping[str, Any]) -> EscalationRecord:
    """An escalation as its record was read back."""
    return msgspec.convert(record, EscalationRecord)


def _in_force(ruled: Policies, at: datetime | None) -> tuple[Policy | None, datetime | None]:
    if at is None:
        return None, None
    policy = ruled.in_force(at)
    if len(ruled.since) == 1 and ruled.since[0][0].year == 1:
        return policy, None  # the only one, in force from the beginning of time
    began = [since for since, version in ruled.since if since <= at and version == policy.version]
    return policy, began[-1] if began else None


def _explanations(file: CaseFile | None, told: Iterable[EscalationRecord], found: Timeline) -> list[Explanation]:
    """The open items, then the closed ones of the file, then what the file has let go; each with its life."""
    lives: dict[str, list[EscalationRecord]] = {}
    for one in told:
        lives.setdefault(one.escalation_id, []).append(one)
    items = {item.id: item for item in (*file.open, *file.closed)} if file is not None else {}
    aware = {one.escalation: one for one in found.escalations}
    names = [*items, *(name for name in lives if name not in items)]
    return [_explanation(name, items.get(name), tuple(lives.get(name, ())), aware.get(name)) for name in names]


def _explanation(
    name: str, item: Escalation | None, life: tuple[EscalationRecord, ...], aware: Aware | None
) -> Explanation:
    rule = item.rule if item is not None else life[-1].rule
    now = BY_ID.get(rule)
    principles = life[-1].principles if life else now.principles if now is not None else ()
    return Explanation(
        name,
        rule,
        now.sentence if now is not None else "(this version has no such rule any more)",
        tuple((principle, PRINCIPLES.get(principle, "")) for principle in principles),
        item,
        life,
        aware,
    )


# ── the log folded again, and what was told ──────────────────────────────────────────────────────────────────


def _differences(told: Iterable[EscalationRecord], again: Iterable[EscalationRecord]) -> list[str]:
    """Where they disagree, in words; the first twelve fields of each record at most, for a rule may have new words."""
    was = {(one.escalation_id, one.revision): one for one in told}
    now = {(one.escalation_id, one.revision): one for one in again}
    found: list[str] = []
    for (name, revision), one in was.items():
        record = f"{one.rule} {name}, revision {revision} ({one.change})"
        other = now.get((name, revision))
        if other is None:
            found.append(f"{record} was told, and the log folded again does not tell it")
            continue
        fields = [field for field in _differing(one, other) if field not in _SEALS]
        if fields:
            found.append(f"{record}: the log folded again says otherwise of {', '.join(fields[:12])}")
    for (name, revision), one in now.items():
        if (name, revision) not in was:
            found.append(f"{one.rule} {name}, revision {revision} ({one.change}) follows from the log and was not told")
    return found


def _differing(one: EscalationRecord, other: EscalationRecord) -> list[str]:
    was, now = one.record(), other.record()
    return [name for name in was if digest({name: was[name]}) != digest({name: now[name]})]


def _of_files(held: CaseFile | None, folded: CaseFile | None) -> list[str]:
    if wire.encode(held) == wire.encode(folded):
        return []
    names = [
        name
        for name in CaseFile.__struct_fields__
        if held is None or folded is None or getattr(held, name) != getattr(folded, name)
    ]
    return [f"the case file is not what the log folds to: {', '.join(names[:12])}"]
