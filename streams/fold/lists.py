"""The lists of facts in a case file, as one table: their order, their bound, and what is let go first. Pure.

Fold, merge, unmerge and erasure all use ``LISTS``, and nobody bounds a list in another way. How a fact is put in its
list stands in placing.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from streams import managers, statements
from streams.case import BOUNDS, Watermarks
from streams.circumstances import ClassificationKind
from streams.events import AssessmentStatus, HolderRole, OversightKind
from streams.facts import Assessment, Classification, Holder, OnFile, Oversight
from streams.levels import sources

# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────

Facts = tuple[Any, ...]
Bounded = tuple[Facts, Watermarks]
Bound = Callable[[Facts, Watermarks, datetime], Bounded]
"""The list and the watermarks in, at a time; the list within its bound and the watermarks after that out."""


def in_time(fact: OnFile) -> tuple[datetime, str]:
    """The order of most lists: when it happened (``OnFile.effective``, spelt out for speed), then the key."""
    times = fact.times
    return times.occurred or times.recorded or times.received, fact.key


def _by_order(fact: Assessment | Holder) -> Any:
    return fact.order


class FactList(Struct, frozen=True):
    """One list of facts: what holds for it in fold, merge, unmerge and erasure alike."""

    bound: int  # up to so many nothing goes
    bounded: Bound  # what goes first where there are more
    order: Callable[[Any], Any] = in_time
    about: Callable[[Any], str] | None = None  # the id of what several messages speak of
    pruned: Callable[[Facts, Any, datetime, frozenset[str]], Facts] | None = None  # without messages that count no more
    moves: bool = True  # whether it goes with its case into another one
    watermark: Callable[[Any], str] | None = None  # which one a fact is held against; None: the list's own


def _higher(mark: datetime | None, dropped: datetime) -> datetime:
    return dropped if mark is None or dropped > mark else mark


def raised_to(marks: Watermarks, name: str, dropped: datetime) -> Watermarks:
    """The watermarks after a list has let go a fact of that time."""
    now = _higher(getattr(marks, name), dropped)
    return marks if now == getattr(marks, name) else replace(marks, **{name: now})


def earliest_go(name: str, bound: int) -> FactList:
    """Within the bound, of a list in the order of time: the earliest go."""

    def bounded(held: Facts, marks: Watermarks, _now: datetime) -> Bounded:
        over = len(held) - bound
        return (held[over:], raised_to(marks, name, held[over - 1].effective)) if over > 0 else (held, marks)

    return FactList(bound, bounded)


def _one_by_one(name: str, bound: int, least: Callable[[Facts, datetime], tuple[Facts, datetime | None]]) -> Bound:
    """Within the bound: ``least`` says which facts go next (none: no more can), and to where the watermark rises."""

    def bounded(held: Facts, marks: Watermarks, now: datetime) -> Bounded:
        while len(held) > bound:
            gone, mark = least(held, now)
            if not gone:
                break
            ids = set(map(id, gone))
            held = tuple(fact for fact in held if id(fact) not in ids)
            if mark is not None:
                marks = raised_to(marks, name, mark)
        return held, marks

    return bounded


# assessments: whole assessments go, lest a withdrawal go alone


def _least_assessment(held: Facts, _now: datetime) -> tuple[Facts, datetime | None]:
    """The one that counts for least. One that still sets a level stays, and so does the latest of each cohort."""
    latest = {record.cohort: record.assessment for record in held}
    needed = {by.assessment for _, by in sources(held).values()}.union(latest.values())
    least = next((record.assessment for record in held if record.assessment not in needed), None)
    gone = tuple(record for record in held if record.assessment == least)
    return gone, max((record.effective for record in gone), default=None)


def _live_messages(held: Facts, new: Any, _now: datetime, _came: frozenset[str]) -> Facts:
    """Of this assessment only the latest few messages, and of the others those that set a level or take it back.

    No watermark rises: drafts that are saved every minute must not make history of another assessment.
    """
    messages = tuple(record for record in held if record.assessment == new.assessment)
    old = {record.key for record in messages[: -BOUNDS.messages]}
    if not old:
        return held
    withdrawn = [record for record in messages if record.status is AssessmentStatus.WITHDRAWN]
    last = sorted(withdrawn, key=lambda record: (record.said, record.key))[-1:]
    dead = old.difference(record.key for record in (*(by for _, by in sources(messages).values()), *last))
    return tuple(record for record in held if record.key not in dead)


# holders: whole allocations go


def _least_holder(held: Facts, now: datetime) -> tuple[Facts, datetime | None]:
    """An ended allocation first, a manager's last, of these the oldest."""
    present = managers.governing(held, now)
    manages = {record.allocation for record in held if record.role is HolderRole.MANAGER}

    def worth(allocation: str) -> Any:
        record = present[allocation]
        return not managers.ended(record, now), allocation in manages, record.order

    least = min(present, key=worth)
    gone = tuple(record for record in held if record.allocation == least)
    return gone, min(now, max(record.effective for record in gone))


def _live_records(held: Facts, new: Any, now: datetime, _came: frozenset[str]) -> Facts:
    """Of this allocation only what can still speak: the record in effect, the few before it, and those to come.

    Those before stay for a correction that moves the present one, and for a second delivery by a sender who gives no
    time at all.
    """
    records = [record for record in held if record.allocation == new.allocation]
    past = [record for record in records if record.effective <= now]
    dead = {id(record) for record in (*past[: -BOUNDS.messages], *records[len(past) :][BOUNDS.upcoming :])}
    return tuple(record for record in held if id(record) not in dead) if dead else held


# classifications, services, links: what is told of in several statements


def _statements(
    name: str, bound: int, about: Callable[[Any], str], standing: Callable[[Facts, datetime], Callable[[Any], bool]]
) -> FactList:
    """First go statements about what stands no more, then those that a later one replaced; of each the earliest.

    Of one id the latest statement goes last. What was replaced raises no watermark: the later statement is there.
    """

    def least(held: Facts, now: datetime) -> tuple[Facts, datetime | None]:
        last, stands = statements.latest(held, about), standing(held, now)

        def worth(fact: Any) -> Any:
            counts = last[about(fact)]
            return stands(counts), counts is fact, in_time(fact)

        gone = min(held, key=worth)
        return (gone,), gone.effective if last[about(gone)] is gone else None

    def pruned(held: Facts, new: Any, _now: datetime, came: frozenset[str]) -> Facts:
        """Of one id the first and the latest few; what came from a merged case is counted apart."""
        theirs = new.key in came
        alike = (fact for fact in held if about(fact) == about(new) and (fact.key in came) is theirs)
        dead = {id(fact) for fact in sorted(alike, key=statements.said_last)[1 : 1 - BOUNDS.messages]}
        return tuple(fact for fact in held if id(fact) not in dead) if dead else held

    return FactList(bound, _one_by_one(name, bound, least), about=about, pruned=pruned)


def _in_force(held: Facts, now: datetime) -> Callable[[Any], bool]:
    """Whether a classification is in force or to come; of the tiers in force only the latest is."""
    tiers = [fact for fact in held if fact.kind is ClassificationKind.TIER and statements.holds(fact, now)]
    tier = max(tiers, key=statements.said_last, default=None)

    def stands(fact: Classification) -> bool:
        if not statements.ever_holds(fact) or (fact.ended is not None and fact.ended <= now):
            return False
        return fact.kind is not ClassificationKind.TIER or fact is tier or not statements.holds(fact, now)

    return stands


# oversight: referrals are counted apart, so that many other records cannot hide that somebody referred the case (P7)


def _oversight_mark(record: Oversight) -> str:
    return "referrals" if record.kind is OversightKind.REFERRAL else "oversight"


def _bounded_oversight(held: Facts, marks: Watermarks, _now: datetime) -> Bounded:
    for name, bound in (("referrals", BOUNDS.referrals), ("oversight", BOUNDS.oversight)):
        alike = [record for record in held if _oversight_mark(record) == name]
        gone = {id(record) for record in alike[:-bound]}
        if gone:
            marks = raised_to(marks, name, alike[len(gone) - 1].effective)
            held = tuple(record for record in held if id(record) not in gone)
    return held, marks


# required actions


def _bounded_actions(held: Facts, marks: Watermarks, _now: datetime) -> Bounded:
    """Confirmed ones go first, then those that are due first.

    The acts that named a confirmed one may still be on file: the watermark says up to when an act that does not name
    its oversight record is not taken for one on another action.
    """
    over = len(held) - BOUNDS.actions
    if over <= 0:
        return held, marks
    gone = sorted(held, key=lambda action: (action.confirmed is None, action.due, action.key))[:over]
    for action in gone:
        for done in (action.claimed, action.confirmed):
            if done is not None:
                marks = raised_to(marks, "actions", done.at)
    names = {action.key for action in gone}
    return tuple(action for action in held if action.key not in names), marks


LISTS: Mapping[str, FactList] = {
    "assessments": FactList(
        BOUNDS.assessments,
        _one_by_one("assessments", BOUNDS.assessments, _least_assessment),
        _by_order,
        pruned=_live_messages,
    ),
    "holders": FactList(
        BOUNDS.holders,
        _one_by_one("holders", BOUNDS.holders, _least_holder),
        _by_order,
        about=lambda fact: fact.allocation,
        pruned=_live_records,
    ),
    "signals": earliest_go("signals", BOUNDS.signals),
    "deletions": earliest_go("deletions", BOUNDS.deletions),
    "oversight": FactList(BOUNDS.referrals, _bounded_oversight, watermark=_oversight_mark),
    "registers": _statements("registers", BOUNDS.registers, statements.classification_of, _in_force),
    "services": _statements(
        "services", BOUNDS.services, statements.service_of, lambda held, now: statements.is_outstanding
    ),
    "links": _statements("links", BOUNDS.links, statements.link_of, lambda held, now: statements.is_held),
    "linked_news": earliest_go("linked_news", BOUNDS.linked_news),
    "acts": earliest_go("acts", BOUNDS.acts),
    "actions": FactList(BOUNDS.actions, _bounded_actions),
    "merges": replace(earliest_go("merges", BOUNDS.merges), moves=False),
}
"""By the name of the field in the case file; its watermark has the same name."""

MOVING = tuple(name for name, each in LISTS.items() if each.moves)
