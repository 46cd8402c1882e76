"""How people's acts change a case file, and what they say of required actions (P10). Pure.

What is known of an action follows from the acts on file by *their* time, not by when they came: a claim that came
before the oversight record that asked for the action is applied when the record comes, and either order ends alike, as
long as no list has let anything go.

An act names its action by the action's id, with the oversight record where that alone is not unique. Without the record
it is taken for the latest one asked for by the time of the act, else for the first one asked for after it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from streams import acts, inputs
from streams.acts import ActKind
from streams.case import CaseFile, Watermarks
from streams.events import CaseEvent
from streams.facts import Act, Action, Done
from streams.fold.lists import in_time
from streams.fold.placing import Folded, StepOutcome, comparable, heading, put, shown
from streams.policy import Policy


def fold_act(file: CaseFile, event: CaseEvent, fact: acts.Act, policy: Policy, now: datetime) -> Folded:
    """The file with a person's act in it, and what that says of a required action. What it does to an escalation
    stands in life.py.
    """
    new = Act(
        *heading(event),
        kind=fact.kind,
        author=shown(fact.author) or "",
        grade=shown(fact.author_grade),
        escalation=shown(fact.escalation),
        action=None if fact.action is None else comparable(fact.action),
        record=None if fact.record is None else comparable(fact.record),
        evidence=fact.evidence,
        reference=shown(fact.reference),
        reason=shown(fact.reason),
        variance=shown(fact.variance),
        until=fact.until,
    )
    outcome, changes, _ = put(file, "acts", new, event, now)
    if not changes:
        return Folded(outcome, changes)
    changed = inputs.ACTS if outcome in (StepOutcome.FOLDED, StepOutcome.CORRECTED) else inputs.NOTHING
    actions = settled(file.actions, changes["acts"], changes.get("watermarks", file.watermarks), policy)
    if actions is not file.actions:
        changes, changed = {**changes, "actions": actions}, changed | inputs.ACTIONS
    return Folded(outcome, changes, changed)


def may_confirm(action: Action, act: Act, policy: Policy) -> bool:
    """Whether this confirms it: with evidence, and not by who did it, unless their grade confirms itself (P10)."""
    claimed = None if action.claimed is None else action.claimed.by
    another = act.author not in (action.owner, claimed) or act.grade in policy.self_confirming
    return another and act.evidence is not None


def acted_on(actions: tuple[Action, ...], act: Act) -> Action | None:
    """The action that a claim or a confirmation is about; None: it is not on file (yet). Pure."""
    if act.kind not in _ON_ACTIONS:
        return None
    fits = [action for action in actions if _fits(action, act)]
    if act.escalation is not None and act.record is None:
        fits = [action for action in fits if action.escalation == act.escalation] or fits
    if not fits:
        return None
    asked = [action for action in fits if action.effective <= act.effective]
    return max(asked, key=in_time) if asked else min(fits, key=in_time)


_ON_ACTIONS = (ActKind.CLAIMED, ActKind.CONFIRMED)


def _fits(action: Action, act: Act) -> bool:
    if act.action is None:
        return act.escalation is not None and act.escalation == action.escalation
    if act.action != action.action:
        return False
    return act.record is None or act.record == action.record or action.record.endswith(f"/{act.record}")


def settled(
    actions: tuple[Action, ...], held: tuple[Act, ...], marks: Watermarks, policy: Policy
) -> tuple[Action, ...]:
    """The actions with what the acts on file say of them, by the time of the acts; the same ones where nothing changes.

    The earliest claim stands; a claim after the confirmation does not count. What an act did that the list has let go
    since stays done. A confirmation makes no claim.
    """
    about: dict[str, list[Act]] = {}
    for act in held:
        named = act.record is not None or marks.actions is None or act.effective > marks.actions
        action = acted_on(actions, act) if named else None
        if action is not None:
            about.setdefault(action.key, []).append(act)
    now = tuple(_settled(action, about.get(action.key, []), marks, policy) for action in actions)
    return actions if now == actions else now


def _settled(action: Action, held: list[Act], marks: Watermarks, policy: Policy) -> Action:
    claimed, confirmed = (_kept(done, marks) for done in (action.claimed, action.confirmed))
    now = replace(action, claimed=claimed, confirmed=confirmed)
    for act in sorted(held, key=_by_time):
        done = Done(act.author, act.grade, act.effective, act.evidence, act.reference)
        if act.kind is ActKind.CLAIMED:
            earlier = now.claimed is None or done.at < now.claimed.at
            if earlier and (now.confirmed is None or done.at <= now.confirmed.at):
                now = replace(now, claimed=done)
        elif may_confirm(now, act, policy) and (now.confirmed is None or done.at < now.confirmed.at):
            now = replace(now, confirmed=done)
    return action if now == action else now


def _kept(done: Done | None, marks: Watermarks) -> Done | None:
    """A claim or confirmation whose act may be gone from the file; those of the acts on file are applied anew."""
    gone = [mark for mark in (marks.acts, marks.actions) if mark is not None]
    return done if done is not None and gone and done.at <= max(gone) else None


def _by_time(act: Act) -> Any:
    return act.effective, act.kind is ActKind.CONFIRMED, act.said, act.key
