"""How oversight records, and the actions that they ask for, change a case file (P7, P9, P10, P15). Pure."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from streams import events, inputs
from streams.acts import RequiredAction
from streams.case import CaseFile
from streams.events import CaseEvent, OversightKind
from streams.facts import Action, Oversight
from streams.fold.acts import settled
from streams.fold.lists import LISTS, in_time
from streams.fold.placing import Folded, StepOutcome, comparable, heading, put, shown
from streams.policy import Policy


def fold_oversight(file: CaseFile, event: CaseEvent, fact: events.Oversight, policy: Policy, now: datetime) -> Folded:
    """The file with an oversight record in it, and with the actions that it asks for.

    A corrected record replaces its actions: those that stay keep their claims and confirmations. No rule reads a
    referral.
    """
    new = Oversight(
        *heading(event),
        kind=fact.kind,
        author=shown(fact.author),
        forum=shown(fact.forum),
        grade=shown(fact.author_grade),
        escalation=shown(fact.escalation),
        practice_assessed=fact.practice_assessed,
        deficits=len(fact.deficits),
        actions=len(fact.actions),
        none_needed=shown(fact.none_needed),
        variance=shown(fact.variance),
    )
    outcome, changes, _ = put(file, "oversight", new, event, now)
    if not changes or outcome not in (StepOutcome.FOLDED, StepOutcome.CORRECTED):
        return Folded(outcome, changes)
    changed = inputs.NOTHING
    # Oversight ends and clears; it opens nothing but by what it asks for.
    if fact.kind is not OversightKind.REFERRAL and (file.open or file.raised is not None):
        changed = inputs.OVERSIGHT
    asked = _asked_for(file.actions, new, event, fact, policy)
    if asked is not file.actions:
        marks = changes.get("watermarks", file.watermarks)
        asked = settled(asked, file.acts, marks, policy)
        actions, marks = LISTS["actions"].bounded(asked, marks, now)
        changes = {**changes, "watermarks": marks, "actions": actions}
        changed = inputs.OVERSIGHT | inputs.ACTIONS
    return Folded(outcome, changes, changed)


def _asked_for(
    held: tuple[Action, ...], record: Oversight, event: CaseEvent, fact: events.Oversight, policy: Policy
) -> tuple[Action, ...]:
    """The actions with those of this record in place of what it asked for before; the same ones where it asks none."""
    before = {action.key: action for action in held if action.record == record.key}
    if not before and not fact.actions:
        return held
    usual = policy.hours.after(record.effective, policy.act_within)
    asked: dict[str, Action] = {}
    for wanted in fact.actions:
        action = _action(wanted, record, event, usual)
        old = before.get(action.key)
        if old is not None:
            action = replace(action, claimed=old.claimed, confirmed=old.confirmed)
        asked.setdefault(action.key, action)
    others = (action for action in held if action.record != record.key)
    return tuple(sorted((*others, *asked.values()), key=in_time))


def _action(wanted: RequiredAction, record: Oversight, event: CaseEvent, usual: datetime) -> Action:
    return Action(
        comparable(f"{record.key}/{wanted.action}"),
        *heading(event)[1:],
        action=comparable(wanted.action),
        record=record.key,
        what=shown(wanted.what) or "",
        owner=shown(wanted.owner),
        owner_grade=shown(wanted.owner_grade),
        due=wanted.due or usual,
        escalation=record.escalation,
    )
