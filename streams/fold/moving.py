"""Open and closed items that move with their cases when those are merged and unmerged (P17). Pure.

While an item lives with another case its revisions are that case's to count: it comes back, or goes on to a third case,
so many revisions later that no two cases tell the same one.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from streams.case import BOUNDS, CaseFile, Item
from streams.escalation import Awaits, Stage
from streams.policy import URGENCY_RANK

APART = (20_000_000, 400_000, 8_000, 160)
"""How far apart are the revisions of an item that two cases counted: of one's own item; of one that came with a merged
case; of one that had come to that with another; and so on. Each is fifty times the next, so id and revision together
are unique until somebody has merged and unmerged a case fifty times.
"""


def apart(file: CaseFile, items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Items that were another case's to count, as they come back or go on to a third."""
    return tuple(replace(item, revision=item.revision + APART[_depth(file, item)]) for item in items)


def _depth(file: CaseFile, item: Item) -> int:
    """Through how many merged cases an item came to this one."""
    through = {entry.source: entry.through for entry in file.absorbed}
    deepest = 0
    for entry in file.absorbed:
        if item.id in entry.items:
            depth, case = 1, entry.through
            while case is not None and depth < len(through):
                depth, case = depth + 1, through.get(case)
            deepest = max(deepest, depth)
    return min(deepest, len(APART) - 1)


def open_field(file: CaseFile) -> str:
    """Where a file holds its open items: those of a case that lives on elsewhere lie frozen."""
    return "items" if file.merged_into is None else "frozen"


def open_items(file: CaseFile) -> tuple[Item, ...]:
    """The open items, frozen or not."""
    return file.items if file.merged_into is None else file.frozen


def with_items(
    ours: tuple[Item, ...], file: CaseFile, source: CaseFile, now: datetime
) -> tuple[tuple[Item, ...], tuple[Item, ...], tuple[Item, ...], tuple[str, ...]]:
    """The open items and the closed ones with the other's, which to tell, and the ids of those that came."""
    items = {item.rule: item for item in ours}
    known = {item.id for item in (*ours, *file.closed)}.union(*(entry.items for entry in file.absorbed))
    moved: list[Item] = []
    adopted: list[str] = []
    for item in source.items:
        if item.id in known:
            continue
        theirs = item
        adopted.append(item.id)
        held = items.get(item.rule)
        if held is None:
            items[item.rule] = theirs
        else:
            items[item.rule] = _joined(held, item)
            theirs = replace(theirs, stage=Stage.CLOSED, closed=now, next=None, awaits=Awaits.NOTHING)
        moved.append(theirs)
    came = [item for item in source.closed if item.id not in known]
    if not came:
        return tuple(items.values()), file.closed, tuple(moved), tuple(adopted)
    closed = sorted((*file.closed, *came), key=lambda item: (item.closed or item.opened, item.id))
    adopted += [item.id for item in came]
    return tuple(items.values()), tuple(closed[-BOUNDS.closed :]), tuple(moved), tuple(adopted)


def _joined(held: Item, other: Item) -> Item:
    """Our item with the other's facts in it, the higher urgency, and the earlier of the two deadlines."""
    listed = {fact.key for fact in held.joined}
    news = [fact for fact in other.joined if fact.key not in listed]
    room = max(0, BOUNDS.listed - len(held.joined))
    return replace(
        held,
        joined=(*held.joined, *news[:room]),
        left_out=held.left_out + len(news[room:]) + other.left_out,
        holds=held.holds or other.holds,
        known_since=min(held.known_since, other.known_since),
        urgency=max(held.urgency, other.urgency, key=URGENCY_RANK.__getitem__),
        next=_earlier(held.next, other.next),
        oversee_by=_earlier(held.oversee_by, other.oversee_by),
        suppressed_until=None if held.suppressed_until is None else _earlier(held.suppressed_until, other.next),
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((time for time in (one, other) if time is not None), default=None)


def parted(item: Item, keys: frozenset[str]) -> Item:
    """The item without the facts that have left with their case."""
    left = tuple(fact for fact in item.joined if fact.key not in keys)
    return item if len(left) == len(item.joined) else replace(item, joined=left)
