"""Judging a case: what its rules come to now, what becomes of its open items, and what to tell the world. Pure.

One open item for each case and rule. Its id is a hash of case, rule and the contents of the facts that opened it: the
same log gives the same id, and once given it stays. Late news finds the item open; had it come in time, the id would
have been another where it changes which facts those were:

- another assessment that crosses or another live signal, from before the item was opened: it joins instead;
- a correction of one of those facts: what it says is brought up to date;
- a manager who came or went, or a level, a withdrawal or a deletion, by which it would have been opened at another time
  with other facts, or not at all: the condition is cleared, or returns, from now on.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

from msgspec.structs import replace

from streams import reasons
from streams.case import BOUNDS, CaseFile, Item, Joined, OnFile, Told
from streams.deadlines import next_due
from streams.escalation import Change, Escalation
from streams.policy import Policy
from streams.rules import RULES, Fact, Picture, Rule, picture

F = TypeVar("F", bound=OnFile)

_FIRST = 4
"""Of the facts that an item lists, how many of the first always stay: they are why it was opened."""


def judge(file: CaseFile, policy: Policy, now: datetime) -> tuple[CaseFile, tuple[Escalation, ...]]:
    """The judged file, and a record for each item that changed. A function of file, policy and ``now`` alone."""
    seen = picture(file, policy, now)
    items: list[Item] = []
    escalations: list[Escalation] = []
    change: Change | None
    heard: set[str] = set()
    for rule in RULES:
        facts = rule.opens(seen)
        item = next((item for item in file.items if item.rule == rule.id), None)
        if item is None:
            if not facts:
                continue
            item, change, news = _raised(rule, facts, seen), Change.RAISED, facts
        else:
            item, change, news = _advanced(rule, item, facts, seen)
        items.append(item)
        heard.update(fact.key for fact in news)
        if change is not None:
            escalations.append(reasons.escalation(rule, item, change, news, seen))
    due = next_due(seen.standing, seen.attachment)
    quiet = policy.version if seen.quiet else ""
    if not items:
        return (file if due == file.due and quiet == file.quiet else replace(file, due=due, quiet=quiet)), ()
    judged = replace(
        file,
        due=due,
        quiet=quiet,
        items=tuple(items),
        assessments=_told(file.assessments, heard),
        signals=_told(file.signals, heard),
    )
    return judged, tuple(escalations)


def item_id(case: str, rule: str, contents: frozenset[str]) -> str:
    """The id of the item that these facts open: 32 hex digits."""
    return blake2b("\0".join((case, rule, *sorted(contents))).encode(), digest_size=16).hexdigest()


def _raised(rule: Rule, facts: tuple[Fact, ...], seen: Picture) -> Item:
    joined = tuple(_joined(fact, seen) for fact in facts)
    return Item(
        rule.id,
        item_id(seen.file.case, rule.id, frozenset(fact.content for fact in facts)),
        revision=1,
        holds=True,
        opened=seen.now,
        known_since=min(fact.times.received for fact in facts),
        joined=joined[: BOUNDS.listed],
        left_out=len(joined[BOUNDS.listed :]),
    )


def _advanced(
    rule: Rule, item: Item, facts: tuple[Fact, ...], seen: Picture
) -> tuple[Item, Change | None, tuple[Fact, ...]]:
    """The open item as it is now, what changed, and the facts that are news to it."""
    news = tuple(fact for fact in facts if fact.told is not Told.YES)
    joined = _marked(rule, item.joined, seen)
    left_out = item.left_out
    listed = {entry.key for entry in joined}
    for fact in news:
        if fact.key in listed:
            continue  # corrected, and already brought up to date
        joined = (*joined, _joined(fact, seen))
        left_out -= fact.told is Told.CORRECTED  # it was among those that are only counted
        if len(joined) > BOUNDS.listed:
            joined = (*joined[:_FIRST], *joined[_FIRST + 1 :])
            left_out += 1
    now = item if joined == item.joined else replace(item, joined=joined, left_out=left_out)
    holds = rule.stays(seen, now)
    match holds, item.holds:
        case True, True:
            change = Change.JOINED if news else None
        case True, False:
            change = Change.CONDITION_RETURNED
        case False, True:
            change = Change.CONDITION_CLEARED
        case _:
            change = None
    if change is None:
        return now, None, news
    since = min((fact.times.received for fact in news), default=item.known_since)  # what waited in quarantine is older
    now = replace(now, holds=holds, revision=item.revision + 1, known_since=min(item.known_since, since))
    return now, change, news


def _joined(fact: Fact, seen: Picture) -> Joined:
    return Joined(
        fact.key, fact.content, reasons.kind(fact), reasons.summary(fact, seen.policy), fact.times, fact.sighting
    )


def _marked(rule: Rule, joined: tuple[Joined, ...], seen: Picture) -> tuple[Joined, ...]:
    """The listed facts as the file has them now: corrected ones brought up to date, those taken back marked."""
    held: dict[str, Fact] = {fact.key: fact for fact in seen.file.assessments}
    held.update({fact.key: fact for fact in seen.file.signals})
    marked = []
    for entry in joined:
        fact = held.get(entry.key)
        if fact is not None:  # the file may have let it go; the item keeps its own copy
            if fact.content != entry.content:
                entry = _joined(fact, seen)
            taken_back = not rule.stands(seen, fact)
            if entry.taken_back is not taken_back:
                entry = replace(entry, taken_back=taken_back)
        marked.append(entry)
    return tuple(marked)


def _told(held: tuple[F, ...], heard: set[str]) -> tuple[F, ...]:
    if not any(fact.told is Told.CORRECTED or (fact.key in heard and not fact.told) for fact in held):
        return held
    return tuple(
        replace(fact, told=Told.YES) if fact.told is Told.CORRECTED or fact.key in heard else fact for fact in held
    )
