"""How a case is merged into another one, and given back (P17). Pure.

A merge is an event of the case that lives on no more; others.py has the other one take over its file. The steps:

- ``merge``, ``unmerge``: the statement is kept like any other, so that an old one that comes late, or twice, merges
  nothing. The open escalations of a merged case are ``suspended``, and open again with the case.
- ``take_over``: the other's facts come among ours, under the bounds of the lists. Our watermarks rise only by what goes
  here, and the other's do not come with it. What we held already stays ours.
- ``give_back``: what came leaves again, with all that came through that case since; what we held stays. A correction
  that the other had of one of our own facts stays, too.

Each escalation in ``Folded.moved`` is as it was before its record, which counts one revision more; what is suspended
has counted it. How escalations move stands in moving.py, what came from whom in absorbed.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from streams import inputs
from streams.case import BOUNDS, Absorbed, CaseFile, Escalation
from streams.circumstances import GivenBack, Merged, TakenOver, Unmerged
from streams.escalation import Change
from streams.events import CaseEvent, cohort_of
from streams.facts import Act, Action, Done, Merge, OnFile
from streams.faults import Unfoldable
from streams.fold.absorbed import all_through, new_keys, note_forwarded, renamed, with_entry
from streams.fold.acts import acted_on, settled
from streams.fold.lists import LISTS, MOVING
from streams.fold.moving import ended_here, named_anew, open_field, open_ones, parted, together
from streams.fold.placing import Folded, StepOutcome, heading, place, put, untouched
from streams.policy import Policy
from streams.primitives import CaseId
from streams.statements import latest, said_last

__all__ = ["give_back", "merge", "note_forwarded", "take_over", "unmerge"]

_decode = msgspec.msgpack.Decoder(CaseFile).decode


# ── of the case that lives on elsewhere ─────────────────────────────────────────────────────────────────────


def merge(file: CaseFile, event: CaseEvent, fact: Merged, _policy: Policy, now: datetime) -> Folded:
    """The case lives on in another. Merged elsewhere since, it is moved there. Raises Unfoldable."""
    if fact.into == file.case:
        raise Unfoldable(
            "the case would be merged into itself",
            "name the case that it lives on in, and send it again",
            case=file.case,
        )
    if any(absorbed.source == fact.into for absorbed in file.absorbed):
        raise Unfoldable(
            "the cases would be merged in a ring, and none of them would live",
            "undo the other merge first, then replay this",
            case=file.case,
        )
    return _stated(file, event, fact.into, now, held=True)


def unmerge(file: CaseFile, event: CaseEvent, fact: Unmerged, _policy: Policy, now: datetime) -> Folded:
    """The merge was a mistake: this case lives again, and its escalations are open again."""
    return _stated(file, event, fact.out_of, now, held=False)


def _stated(file: CaseFile, event: CaseEvent, into: CaseId, now: datetime, *, held: bool) -> Folded:
    outcome, changes, _ = put(file, "merges", Merge(*heading(event), into=into, held=held), event, now)
    lives_in = _lives_in(file.merged_into, changes.get("merges", file.merges))
    if not changes or lives_in == file.merged_into:
        return Folded(outcome, changes)
    moved: tuple[Escalation, ...] = ()
    if file.merged_into is None:
        moved = file.open
        suspended = tuple(replace(one, revision=one.revision + 1) for one in moved)
        changes = {**changes, "merged_into": lives_in, "open": (), "suspended": suspended}
    else:
        lives = named_anew((*file.suspended, *file.closed), event)
        back, closed = lives[: len(file.suspended)], lives[len(file.suspended) :]
        changes = {**changes, "merged_into": lives_in, "closed": closed, "absorbed": renamed(file.absorbed, lives)}
        if lives_in is None:
            moved = back
            changes |= {"open": (*file.open, *moved), "suspended": ()}
        else:
            changes["suspended"] = back
    return Folded(outcome, changes, inputs.EVERYTHING, tuple((one, Change.MOVED) for one in moved))


def _lives_in(now: CaseId | None, merges: tuple[Merge, ...]) -> CaseId | None:
    """The case in which it lives on, by the statements on file; as it was (``now``), where there is none about that."""
    about = latest(merges, _into)
    held = [merge for merge in about.values() if merge.held]
    if held:
        return max(held, key=said_last).into
    return None if now in about else now


def _into(merge: Merge) -> str:
    return merge.into


# ── of the case that lives on ───────────────────────────────────────────────────────────────────────────────


def take_over(file: CaseFile, event: CaseEvent, fact: TakenOver, policy: Policy, now: datetime) -> Folded:
    """The case takes over what another one held, with its open escalations. Raises Unfoldable.

    Where we have an open escalation of the same rule, the other's facts join it, and the other's record says that it
    moved and is closed; else it lives on here under its id. Where we are merged ourselves, those that came are
    suspended with ours. More cases than are kept apart can be taken over; the first of them can then not be given back.
    """
    if fact.source == file.case:
        raise Unfoldable(
            "the case would take itself over: cases are merged in a ring",
            "undo one of the merges, at whichever case was wrongly merged",
            case=file.case,
        )
    try:
        source = _decode(fact.file)
    except (msgspec.DecodeError, ValueError) as error:
        raise Unfoldable(
            "the file that the case would take over cannot be read",
            "rebuild the other case's state from the log, then merge it again",
            case=file.case,
        ) from error
    escalations = together(file, source, now)
    changes = _with_facts(file, source, policy, now)
    also = _also_known(file, source)
    withheld = _withheld(file, source)
    changes |= {
        open_field(file): escalations.open,
        "closed": escalations.closed,
        "also_known": also,
        "comes_of_age": file.comes_of_age or source.comes_of_age,
        "known": file.known or source.known,
        "withheld": withheld[: BOUNDS.withheld],
        "withheld_more": file.withheld_more or source.withheld_more or len(withheld) > BOUNDS.withheld,
    }
    entry = Absorbed(
        fact.source,
        new_keys(file, changes),
        escalations.ids,
        event.forwarded[0] if event.forwarded else None,  # the one into which it was merged, wherever that lives
        tuple(case for case in also if case not in file.also_known),
        source.comes_of_age if file.comes_of_age is None else None,
    )
    changes["absorbed"] = with_entry(file.absorbed, entry, source)
    changes = {name: value for name, value in changes.items() if value != getattr(file, name)}
    if not changes:
        return untouched(StepOutcome.DUPLICATE)
    moved = () if file.merged_into is not None else escalations.moved
    return Folded(StepOutcome.FOLDED, changes, inputs.EVERYTHING, tuple((one, Change.MOVED) for one in moved))


def _with_facts(file: CaseFile, source: CaseFile, policy: Policy, now: datetime) -> dict[str, Any]:
    """The lists with the other's facts among ours, each within its bound."""
    ours, theirs = _pinned(file), _pinned(source)
    lists: dict[str, Any] = {}
    listed = {fact.key for one in (*source.open, *source.closed) for fact in one.listed}
    for name in MOVING:
        held = getattr(ours, name)
        for fact in getattr(theirs, name):
            # None of theirs lists it: our escalations may not have listed it either, so it counts as news.
            placed = fact if fact.key in listed or not fact.heard_by else replace(fact, heard_by=0)
            held = place(held, placed, None, LISTS[name].order).held
        lists[name] = held
    by_rule = {one.rule: one.id for one in open_ones(file)}
    joined = {one.id: by_rule[one.rule] for one in source.open if one.rule in by_rule}
    lists["actions"] = tuple(
        replace(action, escalation=joined[action.escalation]) if action.escalation in joined else action
        for action in lists["actions"]
    )
    marks = file.watermarks
    for name in MOVING:  # actions come last: what the acts that stay say of them is settled before
        if name == "actions":
            lists[name] = settled(lists[name], lists["acts"], marks, policy)
        lists[name], marks = LISTS[name].bounded(lists[name], marks, now)
    return {**lists, "watermarks": marks}


def _pinned(file: CaseFile) -> CaseFile:
    """The file with each act naming its action's record, lest it be taken for an action of the other file."""
    found = [acted_on(file.actions, act) for act in file.acts]
    acts = tuple(
        act if about is None else replace(act, action=about.action, record=about.record)
        for act, about in zip(file.acts, found, strict=True)
    )
    return replace(file, acts=acts)


def _also_known(file: CaseFile, source: CaseFile) -> tuple[CaseId, ...]:
    """Our other ids with the other case's own; where there is no room, one of another cohort takes the last place."""
    also = file.also_known
    for case in (source.case, *source.also_known):
        if case in (file.case, *also):
            continue
        if len(also) < BOUNDS.also_known:
            also = (*also, case)
        elif cohort_of(case) not in {cohort_of(known) for known in (file.case, *also)}:
            also = (*also[:-1], case)
    return also


def _withheld(file: CaseFile, source: CaseFile) -> Any:
    noted = {held.quarantine for held in file.withheld}
    news = [held for held in source.withheld if held.quarantine not in noted]
    return (*file.withheld, *news)


def give_back(file: CaseFile, _event: CaseEvent, fact: GivenBack, _policy: Policy, now: datetime) -> Folded:
    """What came from a case, and through it, leaves again, with what came from cases that it had taken over itself.

    What lies in quarantine stays named: that too much is withheld is safer than too little.
    """
    entry = next((entry for entry in file.absorbed if entry.source == fact.source), None)
    if entry is None:
        return untouched(StepOutcome.DUPLICATE)
    keys, ids = frozenset(entry.keys), frozenset(entry.escalations)
    changes: dict[str, Any] = {name: _without(getattr(file, name), keys) for name in MOVING}
    changes["actions"] = _unsaid(changes["actions"], _said(file.acts) - _said(changes["acts"]))
    gone = all_through(file.absorbed, fact.source)
    stay = tuple(
        replace(
            other,
            keys=tuple(key for key in other.keys if key not in keys),
            escalations=tuple(one for one in other.escalations if one not in ids),
        )
        for other in file.absorbed
        if other.source not in gone
    )
    ours = open_ones(file)
    came_with = {case for other in file.absorbed if other.source in gone for case in other.also_known}
    changes |= {
        open_field(file): tuple(parted(one, keys) for one in ours if one.id not in ids),
        "closed": tuple(one for one in file.closed if one.id not in ids),
        "absorbed": stay,
        "also_known": tuple(case for case in file.also_known if case not in came_with),
    }
    if entry.came_of_age is not None and entry.came_of_age == file.comes_of_age:
        changes["comes_of_age"] = None
    moved = () if file.merged_into is not None else tuple(ended_here(one, now) for one in ours if one.id in ids)
    return Folded(StepOutcome.FOLDED, changes, inputs.EVERYTHING, tuple((one, Change.MOVED) for one in moved))


def _without(held: tuple[OnFile, ...], keys: frozenset[str]) -> tuple[OnFile, ...]:
    return tuple(fact for fact in held if fact.key not in keys) if any(fact.key in keys for fact in held) else held


def _said(held: tuple[Act, ...]) -> set[Done]:
    return {Done(act.author, act.grade, act.effective, act.evidence, act.reference) for act in held}


def _unsaid(actions: tuple[Action, ...], said: set[Done]) -> tuple[Action, ...]:
    """Our actions without the claims and confirmations that came with the other case's acts alone."""
    return tuple(
        replace(
            action,
            claimed=None if action.claimed in said else action.claimed,
            confirmed=None if action.confirmed in said else action.confirmed,
        )
        for action in actions
    )
