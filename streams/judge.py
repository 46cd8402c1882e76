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
    current = policies.in_force(now)
    view = CaseView(file, current, now)
    views = {current.version: view}

    def view_of(escalation: Escalation) -> CaseView:
        """The case as the policy sees it by which an escalation is judged."""
        version = escalation.policy or current.version
        if version not in views:
            views[version] = CaseView(file, policies.of(version, now), now)
        return views[version]

    found = reconcile.before(file)
    if moved:
        found = reconcile.move(found, moved, event)
    if file.merged_into is not None:
        # What is handed over to the other case hangs on no chance, such as when this one was last evaluated.
        closed = reconcile.remembered(found.closed, view, now)
        return replace(file, due=None, schedule=Schedule(), closed=closed), _records(found, view_of)
    due, times = schedule.due(file.schedule, changed, current, now), schedule.times(file.schedule)
    changed, timed = due.changed, due.rules
    if event is not None and changed & (inputs.ACTS | inputs.OVERSIGHT):
        found = reconcile.act(found, event, view, view_of)
        timed = timed.union(each.escalation.rule for each in found.transitions)
    gates = schedule.gates_at(file.schedule, changed, view)
    changes_at: dict[str, datetime | None] = {}
    for rule in rules.after(changed | inputs.ESCALATIONS, timed):
        id_, reads = rule.id, changed | inputs.ESCALATIONS if found.transitions else changed
        if id_ not in timed:
            if not reads & rule.heeds:
                continue
            if id_ not in found.open:
                ahead = times.get(id_)
                if gates & rule.behind != rule.behind:
                    if ahead is not None:
                        changes_at[id_] = None
                    continue
                if ahead and rule.sooner and schedule.is_timed(rule, reads, ahead, event, current):
                    continue
        marks = id_ in timed or bool(reads & rule.stands_on)
        found, changes_at[id_] = reconcile.follow(found, rule, view, view_of, marks=marks)
    if not (changes_at or found.transitions or due.steps or changed & schedule.TIMED):
        return file, ()
    found = reconcile.let_pass(found, now, view_of)
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
        "occurrences": found.occurrences,
    }
    if changed & inputs.LEVELS:
        changes["raised"] = (file.raised or now) if view.raised else None
    if found.heard or corrected:
        changes |= _marked(file, found.heard)
    return replace(file, **changes), _records(found, view_of)


def _records(found: Escalations, view_of: reconcile.ViewOf) -> tuple[EscalationRecord, ...]:
    return tuple([record(BY_ID[one.escalation.rule], one, view_of(one.escalation)) for one in found.transitions])


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
