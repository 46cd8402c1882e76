"""What a case holds of cases that were merged into it: which facts and escalations came from whom (P17). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from streams.case import BOUNDS, Absorbed, CaseFile, Escalation
from streams.events import CaseEvent
from streams.fold.lists import MOVING
from streams.primitives import CaseId


def keys_of(file: CaseFile) -> set[str]:
    """The keys of all facts in the lists of a file."""
    return {fact.key for name in MOVING for fact in getattr(file, name)}


def new_keys(file: CaseFile, changes: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of the facts that the file holds after these changes and not before."""
    before = keys_of(file)
    after: dict[str, None] = {}
    for name in MOVING:
        after.update(dict.fromkeys(fact.key for fact in changes.get(name, ())))
    return tuple(key for key in after if key not in before)


def with_entry(held: tuple[Absorbed, ...], entry: Absorbed, source: CaseFile) -> tuple[Absorbed, ...]:
    """What came from whom, with one case more, and with those that had been merged into it before."""
    came, escalations = set(entry.keys), set(entry.escalations)
    nested = [
        replace(
            inner,
            keys=tuple(key for key in inner.keys if key in came),
            escalations=tuple(one for one in inner.escalations if one in escalations),
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
        escalations=tuple(dict.fromkeys((*entry.escalations, *news.escalations))),
        also_known=tuple(dict.fromkeys((*entry.also_known, *news.also_known))),
        came_of_age=entry.came_of_age or news.came_of_age,
    )


def note_forwarded(file: CaseFile, changes: Mapping[str, Any], event: CaseEvent) -> Mapping[str, Any]:
    """The changes of an event that went through merged cases, with its facts noted as theirs; else the same ones.

    ``file``: before the event. Keys of facts that the file has let go since are forgotten, so that the note is bounded.
    """
    if not event.forwarded or not file.absorbed:
        return changes
    came = new_keys(file, changes)
    if not came:
        return changes
    after = replace(file, **changes)
    held = keys_of(after)
    absorbed = tuple(
        replace(entry, keys=tuple(dict.fromkeys((*(key for key in entry.keys if key in held), *came))))
        if entry.source in event.forwarded
        else entry
        for entry in after.absorbed
    )
    return changes if absorbed == after.absorbed else {**changes, "absorbed": absorbed}


def renamed(absorbed: tuple[Absorbed, ...], escalations: tuple[Escalation, ...]) -> tuple[Absorbed, ...]:
    """What came from whom, with the present ids of escalations that have just been given them."""
    now = {one.formerly[-1]: one.id for one in escalations}
    return tuple(
        replace(entry, escalations=tuple(now.get(id_, id_) for id_ in entry.escalations)) for entry in absorbed
    )


def all_through(absorbed: tuple[Absorbed, ...], source: CaseId) -> frozenset[CaseId]:
    """The case and all that had been merged into it before."""
    found = {source}
    for _ in absorbed:
        found.update(entry.source for entry in absorbed if entry.through in found)
    return frozenset(found)
