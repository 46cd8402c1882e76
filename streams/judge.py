"""Judging a case: the rules that are due are evaluated, and its escalations follow. Pure.

view → the rules that are due → the escalations as they follow from acts, rules and time → records and file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from streams import inputs, reconcile, rules, schedule
from streams.case import CaseFile, Escalation, Schedule
from streams.escalation import Change, EscalationRecord
from streams.events import CaseEvent
from streams.facts import CORRECTED, OnFile
from streams.policy import Policies
from streams.record import record
from streams.rules import BY_ID, RULES
from streams.transitions import Escalations
from streams.view import CaseView


def judge(
    file: CaseFile,
    policies: Policies,
    now: datetime,
    changed: int = inputs.EVERYTHING,
    event: CaseEvent | None = None,
    moved: tuple[tuple[Escalation, Change], ...] = (),
    *,
    corrected: bool = False,
) -> tuple[CaseFile, tuple[EscalationRecord, ...]]:
    """The judged file, and a record for each change of an escalation.

    ``changed``: the inputs that have changed since the last evaluation; what time has changed is found here.
    ``event``: what was just folded, for a person's act changes escalations besides the file. ``moved``: escalations
    that came or went with a case. ``corrected``: whether the event corrected a fact that was on file. A case that was
    merged into another is judged there.
    """
    views = _Views(file, policies, now)
    view = views[views.current]
    found = reconcile.before(file)
    if moved:
        found = reconcile.move(found, moved, event)
    if file.merged_into is not None:
        return replace(file, due=None, schedule=Schedule()), _records(found, views)
    due, times = schedule.due(file.schedule, changed, view.policy, now), schedule.times(file.schedule)
    if event is not None and changed & (inputs.ACTS | inputs.OVERSIGHT):
        found = reconcile.act(found, event, view, views.of)
        due = due._replace(rules=due.rules.union(each.escalation.rule for each in found.transitions))
    gates = schedule.gates_at(file.schedule, due.changed, view)
    changes_at: dict[str, datetime | None] = {}
    for rule in rules.after(due.changed | inputs.ESCALATIONS, due.rules):
        changed = due.changed | inputs.ESCALATIONS if found.transitions else due.changed
        if rule.id not in due.rules:
            if not changed & rule.heeds:
                continue
            if rule.id not in found.open:
                ahead = times.get(rule.id)
                if gates & rule.behind != rule.behind:
                    if ahead is not None:
                        changes_at[rule.id] = None
                    continue
                if rule.sooner and ahead and schedule.is_timed(rule, changed, ahead, event, view.policy):
                    continue
        marks = rule.id in due.rules or bool(changed & rule.stands_on)
        found, changes_at[rule.id] = reconcile.follow(found, rule, view, views.of, marks=marks)
    if not (changes_at or found.transitions or due.steps or due.changed & schedule.TIMED):
        return file, ()
    found = reconcile.let_pass(found, now, views.of)
    escalations = tuple(found.open.values())
    if len(escalations) > 1:
        escalations = tuple(found.open[rule.id] for rule in RULES if rule.id in found.open)
    closed = reconcile.remembered(found.closed, view, now)
    next_ = schedule.scheduled(file, due, gates, times, changes_at, escalations, views.values())
    changes: dict[str, Any] = {
        "due": next_.entries[0][0] if next_.entries else None,
        "schedule": next_,
        "open": escalations,
        "closed": closed,
        "brief": (),
    }
    if found.transitions:
        changes["occurrences"] = tuple(sorted(found.occurrences.items()))
    if due.changed & inputs.LEVELS:
        changes["raised"] = (file.raised or now) if view.raised else None
    if found.heard or corrected:
        changes |= _marked(file, found.heard)
    return replace(file, **changes), _records(found, views)


class _Views(dict[str, CaseView]):
    """The case as each policy sees it that judges something of it; the policy in force comes first."""

    def __init__(self, file: CaseFile, policies: Policies, now: datetime) -> None:
        super().__init__()
        self.file, self.policies, self.now = file, policies, now
        current = policies.in_force(now)
        self.current = current.version
        self[current.version] = CaseView(file, current, now)

    def __missing__(self, version: str) -> CaseView:
        view = self[version] = CaseView(self.file, self.policies.of(version, self.now), self.now)
        return view

    def of(self, escalation: Escalation) -> CaseView:
        """The case as the policy sees it by which an escalation is judged."""
        return self[escalation.policy or self.current]


def _records(found: Escalations, views: _Views) -> tuple[EscalationRecord, ...]:
    return tuple([record(BY_ID[one.escalation.rule], one, views.of(one.escalation)) for one in found.transitions])


_LISTED = ("assessments", "signals", "registers", "services", "linked_news", "actions")
"""The lists whose facts an escalation can list."""


def _marked(file: CaseFile, heard: Mapping[str, int]) -> dict[str, Any]:
    """The lists with what has been heard of each fact."""
    changes: dict[str, Any] = {name: _heard(getattr(file, name), heard) for name in _LISTED}
    if file.known is not None:
        changes["known"] = _heard((file.known,), heard)[0]
    return changes


def _heard(facts: tuple[OnFile, ...], heard: Mapping[str, int]) -> tuple[OnFile, ...]:
    if not [fact for fact in facts if fact.key in heard or fact.heard_by & CORRECTED]:
        return facts
    return tuple(
        replace(fact, heard_by=(fact.heard_by | heard.get(fact.key, 0)) & ~CORRECTED)
        if fact.key in heard or fact.heard_by & CORRECTED
        else fact
        for fact in facts
    )
