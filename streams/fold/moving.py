"""Escalations that move with their cases when those are merged and unmerged (P17). Pure.

An escalation that goes to another case with its own keeps its id, and that case counts its revisions on. What its own
case kept is a copy. Where that lives again, it has an id of its own: so one case at a time counts under an id, and id
and revision together are unique. Under its former ids it is still known.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from msgspec.structs import replace

from streams.case import BOUNDS, CaseFile, Escalation
from streams.escalation import Awaits, Stage
from streams.events import CaseEvent
from streams.policy import URGENCY_RANK

Escalations = tuple[Escalation, ...]


def named_anew(escalations: Escalations, event: CaseEvent) -> Escalations:
    """The copies that this case kept, under new ids: under the old ones another case has counted on.

    The ids follow from the first one that each had, and from the event that has them live again, here or in a third
    case.
    """
    lives: Counter[str] = Counter()
    named: list[Escalation] = []
    for one in escalations:
        first, *others = (*one.formerly, one.id)
        said = "\0".join((first, event.case, event.sender_id, event.content_id, str(lives[first])))
        lives[first] += 1  # of one escalation there may be several copies, which came by different ways
        name = blake2b(said.encode(), digest_size=16).hexdigest()
        named.append(replace(one, id=name, formerly=(first, *others[1 - BOUNDS.formerly :])))
    return tuple(named)


def ended_here(escalation: Escalation, now: datetime) -> Escalation:
    """An escalation that goes on elsewhere: here it is over."""
    return replace(escalation, stage=Stage.CLOSED, closed=now, next_at=None, awaits=Awaits.NOTHING)


def open_field(file: CaseFile) -> str:
    """Where a file holds its open escalations: those of a case that lives on elsewhere are suspended."""
    return "open" if file.merged_into is None else "suspended"


def open_ones(file: CaseFile) -> Escalations:
    """The open escalations, suspended or not."""
    return file.open if file.merged_into is None else file.suspended


class Together(NamedTuple):
    """The escalations of two cases that are one now."""

    open: Escalations
    closed: Escalations
    moved: Escalations  # each gets a record
    ids: tuple[str, ...]  # of those that came


def together(file: CaseFile, source: CaseFile, now: datetime) -> Together:
    """Our escalations with the other's. Where we have an open one of the same rule, the other's joins it and closes."""
    ours = open_ones(file)
    by_rule = {one.rule: one for one in ours}
    known = {one.id for one in (*ours, *file.closed)}.union(*(entry.escalations for entry in file.absorbed))
    moved: list[Escalation] = []
    ids: list[str] = []
    for theirs in source.open:
        if theirs.id in known:
            continue
        ids.append(theirs.id)
        held = by_rule.get(theirs.rule)
        by_rule[theirs.rule] = theirs if held is None else _joined(held, theirs)
        moved.append(theirs if held is None else ended_here(theirs, now))
    came = [one for one in source.closed if one.id not in known]
    closed = file.closed
    if came:
        ids += [one.id for one in came]
        in_order = sorted((*file.closed, *came), key=lambda one: (one.closed or one.opened, one.id))
        closed = tuple(in_order[-BOUNDS.closed :])
    return Together(tuple(by_rule.values()), closed, tuple(moved), tuple(ids))


def _joined(held: Escalation, other: Escalation) -> Escalation:
    """Our escalation with the other's facts in it, the higher urgency, and the earlier of the two deadlines."""
    keys = {fact.key for fact in held.listed}
    news = [fact for fact in other.listed if fact.key not in keys]
    room = max(0, BOUNDS.listed - len(held.listed))
    return replace(
        held,
        listed=(*held.listed, *news[:room]),
        left_out=held.left_out + len(news[room:]) + other.left_out,
        holds=held.holds or other.holds,
        known_since=min(held.known_since, other.known_since),
        urgency=max(held.urgency, other.urgency, key=URGENCY_RANK.__getitem__),
        next_at=_earlier(held.next_at, other.next_at),
        oversee_by=_earlier(held.oversee_by, other.oversee_by),
        suppressed_until=None if held.suppressed_until is None else _earlier(held.suppressed_until, other.next_at),
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((time for time in (one, other) if time is not None), default=None)


def parted(escalation: Escalation, keys: frozenset[str]) -> Escalation:
    """The escalation without the facts that have left with their case."""
    left = tuple(fact for fact in escalation.listed if fact.key not in keys)
    return escalation if len(left) == len(escalation.listed) else replace(escalation, listed=left)
