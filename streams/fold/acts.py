"""How oversight records, the actions that they ask for, and people's acts change a case file (P7, P9, P10, P15). Pure.

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

from streams import acts, events
from streams.acts import ActKind, RequiredAction
from streams.case import BOUNDS, Act, Action, CaseFile, Done, Floors, Oversight
from streams.events import CaseEvent, OversightKind
from streams.fold.circumstances import TELLS, Bounded, earliest_go
from streams.fold.placing import (
    Folded,
    StepOutcome,
    comparable,
    heading,
    higher,
    in_time,
    place,
    shown,
    untouched,
)
from streams.matters import Matters
from streams.policy import Policy

# ── oversight records ────────────────────────────────────────────────────────────────────────────────────────


def fold_oversight(file: CaseFile, event: CaseEvent, fact: events.Oversight, policy: Policy, now: datetime) -> Folded:
    """The file with an oversight record in it, and with the actions that it asks for.

    A corrected record replaces its actions: those that stay keep their claims and confirmations. Referrals are counted
    apart, so that many other records cannot hide that somebody referred the case; no rule reads them.
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
    placed = place(file.oversight, new, _floor(file.floors, fact.kind), in_time)
    if placed.held is file.oversight:
        return untouched(placed.outcome)
    held, floors = bounded_oversight(placed.held, file.floors)
    if placed.outcome is StepOutcome.FOLDED and new not in held:
        return untouched(StepOutcome.HISTORY)
    changes: dict[str, Any] = {"oversight": held, "floors": floors}
    if placed.outcome not in _SPEAKS:
        return Folded(placed.outcome, changes)
    asked = _asked_for(file.actions, new, event, fact, policy)
    if asked is not file.actions:
        actions, floors = bounded_actions(settled(asked, file.acts, floors, policy), floors)
        changes = {"oversight": held, "floors": floors, "actions": actions}
    # Oversight ends and clears; it opens nothing but by what it asks for.
    awaited = fact.kind is not OversightKind.REFERRAL and (file.items or file.raised is not None)
    if "actions" in changes:
        return Folded(placed.outcome, changes, Matters.ALL)
    return Folded(placed.outcome, changes, Matters.OVERSIGHT if awaited else Matters.NOTHING)


_SPEAKS = frozenset({StepOutcome.FOLDED, StepOutcome.CORRECTED})


def _floor(floors: Floors, kind: OversightKind) -> datetime | None:
    return floors.referrals if kind is OversightKind.REFERRAL else floors.oversight


def bounded_oversight(held: tuple[Oversight, ...], floors: Floors) -> tuple[tuple[Oversight, ...], Floors]:
    """The latest records, and apart from them the latest referrals."""
    for referral, bound in ((True, BOUNDS.referrals), (False, BOUNDS.oversight)):
        alike = [record for record in held if (record.kind is OversightKind.REFERRAL) is referral]
        gone = {id(record) for record in alike[:-bound]}
        if gone:
            latest = alike[len(gone) - 1].effective
            if referral:
                floors = replace(floors, referrals=higher(floors.referrals, latest))
            else:
                floors = replace(floors, oversight=higher(floors.oversight, latest))
            held = tuple(record for record in held if id(record) not in gone)
    return held, floors


# ── required actions ─────────────────────────────────────────────────────────────────────────────────────────


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
    _, content, times, sighting, superseded, told = heading(event)
    return Action(
        comparable(f"{record.key}/{wanted.action}"),
        content,
        times,
        sighting,
        superseded,
        told,
        action=comparable(wanted.action),
        record=record.key,
        what=shown(wanted.what) or "",
        owner=shown(wanted.owner),
        owner_grade=shown(wanted.owner_grade),
        due=wanted.due or usual,
        escalation=record.escalation,
    )


def bounded_actions(held: tuple[Action, ...], floors: Floors) -> tuple[tuple[Action, ...], Floors]:
    """Within the bound: confirmed ones go first, then those that are due first.

    The acts that named a confirmed one may still be on file: the floor says up to when an act that does not name its
    oversight record is not taken for one on another action.
    """
    over = len(held) - BOUNDS.actions
    if over <= 0:
        return held, floors
    gone = sorted(held, key=lambda action: (action.confirmed is None, action.due, action.key))[:over]
    for action in gone:
        for done in (action.claimed, action.confirmed):
            if done is not None:
                floors = replace(floors, actions=higher(floors.actions, done.at))
    names = {action.key for action in gone}
    return tuple(action for action in held if action.key not in names), floors


# ── acts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def fold_act(file: CaseFile, event: CaseEvent, fact: acts.Act, policy: Policy) -> Folded:
    """The file with a person's act in it, and what that says of a required action. The life of an item is not here."""
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
    placed = place(file.acts, new, file.floors.acts, in_time)
    if placed.held is file.acts:
        return untouched(placed.outcome)
    held, floor = bounded_acts(placed.held, file.floors.acts)
    if placed.outcome is StepOutcome.FOLDED and new not in held:
        return untouched(StepOutcome.HISTORY)
    floors = replace(file.floors, acts=floor)
    changes: dict[str, Any] = {"acts": held, "floors": floors}
    actions = settled(file.actions, held, floors, policy)
    if actions is not file.actions:
        changes["actions"] = actions
    return Folded(placed.outcome, changes, TELLS[placed.outcome])


def bounded_acts(held: tuple[Act, ...], floor: datetime | None) -> Bounded:
    """Within the bound: the earliest go."""
    return earliest_go(held, floor, BOUNDS.acts)


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


def settled(actions: tuple[Action, ...], held: tuple[Act, ...], floors: Floors, policy: Policy) -> tuple[Action, ...]:
    """The actions with what the acts on file say of them, by the time of the acts; the same ones where nothing changes.

    The earliest claim stands, and one after the confirmation says nothing. What was said by an act that the list has
    let go stays. A confirmation says nothing of a claim.
    """
    about: dict[str, list[Act]] = {}
    for act in held:
        named = act.record is not None or floors.actions is None or act.effective > floors.actions
        action = acted_on(actions, act) if named else None
        if action is not None:
            about.setdefault(action.key, []).append(act)
    now = tuple(_settled(action, about.get(action.key, []), floors, policy) for action in actions)
    return actions if now == actions else now


def _settled(action: Action, held: list[Act], floors: Floors, policy: Policy) -> Action:
    claimed, confirmed = (_kept(done, floors) for done in (action.claimed, action.confirmed))
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


def _kept(done: Done | None, floors: Floors) -> Done | None:
    """What an act said that may be gone from the file; all others say it anew."""
    gone = [floor for floor in (floors.acts, floors.actions) if floor is not None]
    return done if done is not None and gone and done.at <= max(gone) else None


def _by_time(act: Act) -> Any:
    return act.effective, act.kind is ActKind.CONFIRMED, act.said, act.key
