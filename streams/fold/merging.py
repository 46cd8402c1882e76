"""How a case is merged into another one, given back, and erased (P17). Pure.

A merge is told to the case that lives on no more; others.py tells the other one to take over its file. The steps:

- ``merge``, ``unmerge``: what was said of merging is kept like any statement, so that an old one that comes late, or
  twice, merges nothing. The open items of a merged case go; they are kept ``frozen``, and come back with the case.
- ``take_over``: the facts come among ours, under the bounds of the lists; the facts that we let go ourselves do not
  raise the other's, nor the other way round: our floors rise only by what goes here. What we held already stays ours.
- ``give_back``: what came leaves again, with all that came through that case since; what we held stays. A correction
  that the other had of one of our own facts stays, too.
- ``erase``: nothing that any fact said is left. That there was a case, that it was merged, and how many items of each
  rule it had is left, so that the record stays defensible.

Each item in ``Folded.moved`` is as it was before it is told, which counts one revision more; what lies frozen has
counted it. How items move stands in moving.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from streams.case import (
    BOUNDS,
    Absorbed,
    Act,
    Action,
    Assessment,
    CaseFile,
    Done,
    Holder,
    Item,
    Merge,
    OnFile,
)
from streams.circumstances import GivenBack, Merged, TakenOver, Unmerged
from streams.escalation import Change
from streams.events import CaseEvent, cohort_of
from streams.faults import Unfoldable
from streams.fold.acts import acted_on, bounded_actions, bounded_acts, bounded_oversight, settled
from streams.fold.circumstances import (
    bounded_links,
    bounded_registers,
    bounded_services,
    earliest_go,
)
from streams.fold.moving import apart, open_field, open_items, parted, with_items
from streams.fold.placing import Folded, StepOutcome, heading, higher, in_time, place, untouched
from streams.levels import sources
from streams.managers import ended, governing
from streams.matters import Matters
from streams.policy import Policy
from streams.primitives import CaseId
from streams.statements import latest, said_last

_decode = msgspec.msgpack.Decoder(CaseFile).decode

_LISTS = (
    "assessments",
    "holders",
    "signals",
    "deletions",
    "oversight",
    "registers",
    "services",
    "links",
    "linked_news",
    "acts",
    "actions",
)
"""The lists of facts in a case file."""


# ── told to the case that lives on elsewhere ─────────────────────────────────────────────────────────────────


def merge(file: CaseFile, event: CaseEvent, fact: Merged, now: datetime) -> Folded:
    """The case lives on in another. Merged elsewhere since, it is moved there. Raises Unfoldable."""
    del now
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
    return _stated(file, event, fact.into, held=True)


def unmerge(file: CaseFile, event: CaseEvent, fact: Unmerged) -> Folded:
    """The merge was a mistake: this case lives again, and its open items come back."""
    return _stated(file, event, fact.out_of, held=False)


def _stated(file: CaseFile, event: CaseEvent, into: CaseId, *, held: bool) -> Folded:
    new = Merge(*heading(event), into=into, held=held)
    placed = place(file.merges, new, file.floors.merges, in_time)
    if placed.held is file.merges:
        return untouched(placed.outcome)
    merges, floor = earliest_go(placed.held, file.floors.merges, BOUNDS.merges)
    if placed.outcome is StepOutcome.FOLDED and new not in merges:
        return untouched(StepOutcome.HISTORY)
    changes: dict[str, Any] = {"merges": merges, "floors": replace(file.floors, merges=floor)}
    lives_in = _lives_in(file.merged_into, merges)
    if lives_in == file.merged_into:
        return Folded(placed.outcome, changes)
    changes["merged_into"] = lives_in
    moved: tuple[Item, ...] = ()
    if file.merged_into is None:
        moved = file.items
        changes |= {"items": (), "frozen": tuple(replace(item, revision=item.revision + 1) for item in moved)}
    else:
        back = apart(file, file.frozen)
        changes["closed"] = apart(file, file.closed)
        if lives_in is None:
            moved = back
            changes |= {"items": (*file.items, *moved), "frozen": ()}
        else:
            changes["frozen"] = back
    return Folded(placed.outcome, changes, Matters.ALL, tuple((item, Change.MOVED) for item in moved))


def _lives_in(now: CaseId | None, merges: tuple[Merge, ...]) -> CaseId | None:
    """The case in which it lives on by what was said; of a case about which nothing is on file, it stays as it was."""
    about = latest(merges, _into)
    held = [merge for merge in about.values() if merge.held]
    if held:
        return max(held, key=said_last).into
    return None if now in about else now


def _into(merge: Merge) -> str:
    return merge.into


# ── told to the case that lives on ───────────────────────────────────────────────────────────────────────────


def take_over(file: CaseFile, event: CaseEvent, fact: TakenOver, policy: Policy, now: datetime) -> Folded:
    """The case takes over what another one held, with its open items. Raises Unfoldable.

    Where we have an open item of the same rule, the other's facts join it, and the other's is told as moved and closed;
    else the item lives on here under its id. Where we are merged ourselves, the items that came lie frozen with ours.
    More cases than are kept apart can be taken over; the first of them can then not be given back.
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
    ours = open_items(file)
    items, closed, moved, adopted = with_items(ours, file, source, now)
    changes = _with_facts(file, source, {item.rule: item.id for item in ours}, policy, now)
    also = _also_known(file, source)
    withheld = _withheld(file, source)
    changes |= {
        open_field(file): items,
        "closed": closed,
        "also_known": also,
        "comes_of_age": file.comes_of_age or source.comes_of_age,
        "known": file.known or source.known,
        "withheld": withheld[: BOUNDS.withheld],
        "withheld_more": file.withheld_more or source.withheld_more or len(withheld) > BOUNDS.withheld,
    }
    entry = Absorbed(
        fact.source,
        _came(file, changes),
        adopted,
        event.forwarded[0] if event.forwarded else None,  # the one into which it was merged, wherever that lives
        tuple(case for case in also if case not in file.also_known),
        source.comes_of_age if file.comes_of_age is None else None,
    )
    changes["absorbed"] = _with_entry(file.absorbed, entry, source)
    changes = {name: value for name, value in changes.items() if value != getattr(file, name)}
    if not changes:
        return untouched(StepOutcome.DUPLICATE)
    told = () if file.merged_into is not None else moved
    return Folded(StepOutcome.FOLDED, changes, Matters.ALL, tuple((item, Change.MOVED) for item in told))


def _with_facts(
    file: CaseFile, source: CaseFile, ours: Mapping[str, str], policy: Policy, now: datetime
) -> dict[str, Any]:
    """The lists with the other's facts among ours, each within its bound."""
    file, source = _pinned(file), _pinned(source)
    lists: dict[str, Any] = {}
    listed = {fact.key for item in (*source.items, *source.closed) for fact in item.joined}
    for name in _LISTS:
        order: Callable[[Any], Any] = _BY.get(name, in_time)
        held = getattr(file, name)
        for fact in getattr(source, name):
            # of what no item that comes with it lists, ours may not have heard
            placed = fact if fact.key in listed or not fact.told else replace(fact, told=0)
            held = place(held, placed, None, order).held
        lists[name] = held
    joined = {item.id: ours[item.rule] for item in source.items if item.rule in ours}
    lists["actions"] = tuple(
        replace(action, escalation=joined[action.escalation]) if action.escalation in joined else action
        for action in lists["actions"]
    )
    floors = file.floors
    lists["oversight"], floors = bounded_oversight(lists["oversight"], floors)
    bounded: dict[str, tuple[tuple[Any, ...], datetime | None]] = {
        "signals": earliest_go(lists["signals"], floors.signals, BOUNDS.signals),
        "deletions": earliest_go(lists["deletions"], floors.deletions, BOUNDS.deletions),
        "linked_news": earliest_go(lists["linked_news"], floors.linked_news, BOUNDS.linked_news),
        "acts": bounded_acts(lists["acts"], floors.acts),
        "registers": bounded_registers(lists["registers"], floors.registers, now),
        "services": bounded_services(lists["services"], floors.services),
        "links": bounded_links(lists["links"], floors.links),
        "assessments": _bounded_assessments(lists["assessments"], floors.assessments),
        "holders": _bounded_holders(lists["holders"], floors.holders, now),
    }
    for name, (held, floor) in bounded.items():
        lists[name] = held
        floors = replace(floors, **{name: floor})
    actions = settled(lists["actions"], lists["acts"], floors, policy)
    lists["actions"], floors = bounded_actions(actions, floors)
    return {**lists, "floors": floors}


def _pinned(file: CaseFile) -> CaseFile:
    """The file with each act naming the record of the action that it is about, lest it be taken for the other's."""
    found = [acted_on(file.actions, act) for act in file.acts]
    acts = tuple(
        act if about is None else replace(act, action=about.action, record=about.record)
        for act, about in zip(file.acts, found, strict=True)
    )
    return replace(file, acts=acts)


def _by_order(fact: Assessment | Holder) -> Any:
    return fact.order


_BY: Mapping[str, Callable[[Any], Any]] = {"assessments": _by_order, "holders": _by_order}


def _bounded_assessments(
    held: tuple[Assessment, ...], floor: datetime | None
) -> tuple[tuple[Assessment, ...], datetime | None]:
    """Within the bound: whole assessments that set no level go, the least first; what sets one stays beyond it."""
    while len(held) > BOUNDS.assessments:
        needed = {by.assessment for _, by in sources(held).values()}
        needed.update({record.cohort: record.assessment for record in held}.values())
        least = next((record.assessment for record in held if record.assessment not in needed), None)
        if least is None:
            break
        floor = higher(floor, max(record.effective for record in held if record.assessment == least))
        held = tuple(record for record in held if record.assessment != least)
    return held, floor


def _bounded_holders(
    held: tuple[Holder, ...], floor: datetime | None, now: datetime
) -> tuple[tuple[Holder, ...], datetime | None]:
    """Within the bound: whole allocations go, those that have ended first, and the earliest of them."""
    while len(held) > BOUNDS.holders:
        present = governing(held, now)

        def worth(allocation: str, present: Mapping[str, Holder] = present) -> Any:
            return not ended(present[allocation], now), present[allocation].order

        least = min(present, key=worth)
        floor = higher(floor, min(now, max(record.effective for record in held if record.allocation == least)))
        held = tuple(record for record in held if record.allocation != least)
    return held, floor


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


def _keys(file: CaseFile) -> set[str]:
    return {fact.key for name in _LISTS for fact in getattr(file, name)}


def _came(file: CaseFile, changes: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of the facts that the file holds after these changes and not before."""
    before = _keys(file)
    after: dict[str, None] = {}
    for name in _LISTS:
        after.update(dict.fromkeys(fact.key for fact in changes.get(name, ())))
    return tuple(key for key in after if key not in before)


def _with_entry(held: tuple[Absorbed, ...], entry: Absorbed, source: CaseFile) -> tuple[Absorbed, ...]:
    """What came from whom, with one case more, and with those that had been merged into it before."""
    came, items = set(entry.keys), set(entry.items)
    nested = [
        replace(
            inner,
            keys=tuple(key for key in inner.keys if key in came),
            items=tuple(item for item in inner.items if item in items),
            through=inner.through or entry.source,
            also_known=(),
            came_of_age=None,
        )
        for inner in source.absorbed
    ]
    for news in (entry, *nested):
        held = _noted(held, news)
    return held[-BOUNDS.absorbed :]


def _noted(held: tuple[Absorbed, ...], news: Absorbed) -> tuple[Absorbed, ...]:
    """The entries with what else came from a case, and so from those that it came through."""
    known = {entry.source: entry for entry in held}
    entry = known.get(news.source)
    known[news.source] = news if entry is None else _both(entry, news)
    on = replace(news, also_known=(), came_of_age=None)
    case, seen = news.through, {news.source}
    while case in known and case not in seen:
        known[case] = _both(known[case], on)
        seen.add(case)
        case = known[case].through
    return tuple(known.values())


def _both(entry: Absorbed, news: Absorbed) -> Absorbed:
    return replace(
        entry,
        keys=tuple(dict.fromkeys((*entry.keys, *news.keys))),
        items=tuple(dict.fromkeys((*entry.items, *news.items))),
        also_known=tuple(dict.fromkeys((*entry.also_known, *news.also_known))),
        came_of_age=entry.came_of_age or news.came_of_age,
    )


def note_forwarded(file: CaseFile, changes: Mapping[str, Any], event: CaseEvent) -> Mapping[str, Any]:
    """The changes of an event that went through merged cases, with its facts noted as theirs; else the same ones.

    ``file``: before the event. Keys of facts that the file has let go since are forgotten, so that the note is bounded.
    """
    if not event.forwarded or not file.absorbed:
        return changes
    came = _came(file, changes)
    if not came:
        return changes
    after = replace(file, **changes)
    held = _keys(after)
    absorbed = tuple(
        replace(entry, keys=tuple(dict.fromkeys((*(key for key in entry.keys if key in held), *came))))
        if entry.source in event.forwarded
        else entry
        for entry in after.absorbed
    )
    return changes if absorbed == after.absorbed else {**changes, "absorbed": absorbed}


def give_back(file: CaseFile, event: CaseEvent, fact: GivenBack, now: datetime) -> Folded:
    """What came from a case, and through it, leaves again, with what came from cases that it had taken over itself.

    What lies in quarantine stays named: that too much is withheld is safer than too little.
    """
    del event, now
    entry = next((entry for entry in file.absorbed if entry.source == fact.source), None)
    if entry is None:
        return untouched(StepOutcome.DUPLICATE)
    keys, ids = frozenset(entry.keys), frozenset(entry.items)
    changes: dict[str, Any] = {name: _without(getattr(file, name), keys) for name in _LISTS}
    changes["actions"] = _unsaid(changes["actions"], _said(file.acts) - _said(changes["acts"]))
    gone = _through(file.absorbed, fact.source)
    stay = tuple(
        replace(
            other,
            keys=tuple(key for key in other.keys if key not in keys),
            items=tuple(item for item in other.items if item not in ids),
        )
        for other in file.absorbed
        if other.source not in gone
    )
    items = open_items(file)
    moved = tuple(item for item in items if item.id in ids)
    came_with = {case for other in file.absorbed if other.source in gone for case in other.also_known}
    changes |= {
        open_field(file): tuple(parted(item, keys) for item in items if item.id not in ids),
        "closed": tuple(item for item in file.closed if item.id not in ids),
        "absorbed": stay,
        "also_known": tuple(case for case in file.also_known if case not in came_with),
    }
    if entry.came_of_age is not None and entry.came_of_age == file.comes_of_age:
        changes["comes_of_age"] = None
    told = () if file.merged_into is not None else moved
    return Folded(StepOutcome.FOLDED, changes, Matters.ALL, tuple((item, Change.MOVED) for item in told))


def _through(absorbed: tuple[Absorbed, ...], source: CaseId) -> frozenset[CaseId]:
    """The case and all that had been merged into it before."""
    found = {source}
    for _ in absorbed:
        found.update(entry.source for entry in absorbed if entry.through in found)
    return frozenset(found)


def _without(held: tuple[OnFile, ...], keys: frozenset[str]) -> tuple[OnFile, ...]:
    return tuple(fact for fact in held if fact.key not in keys) if any(fact.key in keys for fact in held) else held


def _said(held: tuple[Act, ...]) -> set[Done]:
    return {Done(act.author, act.grade, act.effective, act.evidence, act.reference) for act in held}


def _unsaid(actions: tuple[Action, ...], said: set[Done]) -> tuple[Action, ...]:
    """Our actions without what only acts of the other case said of them."""
    return tuple(
        replace(
            action,
            claimed=None if action.claimed in said else action.claimed,
            confirmed=None if action.confirmed in said else action.confirmed,
        )
        for action in actions
    )
