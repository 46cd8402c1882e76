"""The facts that an item lists: why it was opened and what joined it, as the file has them now. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from streams.case import BOUNDS, CORRECTED, Classification, Item, Joined
from streams.reasons.facts import kind, summary
from streams.rules.picture import Fact, Picture
from streams.rules.rule import Rule
from streams.statements import said_before

_FIRST = 4
"""Of the facts that an item lists, how many of the first always stay: they are why it was opened."""


def is_news(fact: Fact, rule: Rule, seen: Picture) -> bool:
    """Whether the item of a rule has not heard of a fact, or not of its correction.

    A classification that is saved again in the same words is no news: its systems save at each review.
    """
    if fact.told & rule.bit:
        return bool(fact.told & CORRECTED)
    if not isinstance(fact, Classification):
        return True
    return not any(one.told & rule.bit for one in said_before(seen.file.registers, fact))


def with_news(item: Item, rule: Rule, news: tuple[Fact, ...], seen: Picture, *, marks: bool) -> Item:
    """The item with what is news to it, and (``marks``) with the facts that it lists as the file has them now."""
    if not news and not marks:
        return item
    joined = _marked(rule, item.joined, seen) if marks else item.joined
    left_out = item.left_out
    listed = {entry.key for entry in joined}
    for fact in news:
        if fact.key in listed:
            continue  # corrected, and already brought up to date
        joined = (*joined, as_listed(fact, seen))
        left_out -= bool(fact.told & rule.bit)  # it was among those that are only counted
        if len(joined) > BOUNDS.listed:
            joined = (*joined[:_FIRST], *joined[_FIRST + 1 :])
            left_out += 1
    return item if joined == item.joined else replace(item, joined=joined, left_out=left_out)


def as_listed(fact: Fact, seen: Picture) -> Joined:
    """A fact as an item lists it."""
    return Joined(fact.key, fact.content, kind(fact), summary(fact, seen.policy), fact.times, fact.sighting)


def _marked(rule: Rule, joined: tuple[Joined, ...], seen: Picture) -> tuple[Joined, ...]:
    """The listed facts as the file has them now: corrected ones brought up to date, those taken back marked."""
    held = seen.on_file
    marked = []
    for entry in joined:
        fact = held.get(entry.key)
        if fact is not None:  # the file may have let it go; the item keeps its own copy
            if fact.content != entry.content:
                entry = as_listed(fact, seen)
            taken_back = not rule.stands(seen, fact)
            if entry.taken_back is not taken_back:
                entry = replace(entry, taken_back=taken_back)
        marked.append(entry)
    return tuple(marked)
