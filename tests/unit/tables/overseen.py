"""Oversight of an open escalation, and the actions that it asks for (P9, P10, P16)."""

from __future__ import annotations

from streams.acts import Act, ActKind
from streams.events import CaseEvent, OversightKind
from tests.unit.casebook import (
    MS,
    T0,
    all_low,
    assessed,
    day,
    event,
    holder,
    overseen,
    oversight,
    passed,
)
from tests.unit.table_book import (
    HIGH,
    acknowledged,
    claimed,
    confirmed,
    id_of,
    utc,
    wanted,
)
from tests.unit.tables.shape import Example, Table, Told, pairs

ONE = id_of("R1", HIGH)
TEN, NOON = utc("2026-03-02 10:00"), utc("2026-03-02 12:00")
SEEN = overseen(TEN)
MANAGED = holder(day(1))


def _one(*changes: str) -> Told:
    return pairs("R1", "RAISED", *changes)


def _not_enough(says: str, record: CaseEvent) -> Example:
    return Example(
        f"{says}: told, for somebody may believe that it was enough",
        (HIGH, record),
        _one("OVERSIGHT_INSUFFICIENT"),
        reason=("is no oversight, and oversight says what was found and what must be done (P9, P13, P15)",),
    )


OVERSEEN = Table(
    "Overseen: more than countersigned",
    ("P9", "P13", "P15", "P18"),
    "Only oversight by a manager of a suitable grade, that says that practice was assessed and what must be done, or "
    "why nothing, ends an escalation's being unseen. What is not enough is told where it names the escalation. "
    "Cleared is not closed: an escalation is closed once it is overseen and over.",
    (
        Example(
            "overseen, no action needed, nobody attached yet: it stays",
            (HIGH, SEEN),
            _one("OVERSEEN"),
            reason=("overseen by SPO N07B123: no action is needed (PLAN_IN_PLACE)",),
        ),
        Example(
            "overseen, and then a manager is attached: closed",
            (HIGH, SEEN, MANAGED),
            _one("OVERSEEN", "CONDITION_CLEARED", "CLOSED"),
        ),
        Example(
            "a manager is attached, and nobody has overseen it: cleared, and open",
            (HIGH, MANAGED),
            _one("CONDITION_CLEARED"),
        ),
        Example("cleared, unseen, for a year: open", (HIGH, MANAGED, passed(day(365))), _one("CONDITION_CLEARED")),
        Example(
            "cleared, and then overseen: closed",
            (HIGH, MANAGED, overseen(day(2))),
            _one("CONDITION_CLEARED", "OVERSEEN", "CLOSED"),
            reason=("closed: overseen by SPO N07B123, nothing is left to be done",),
        ),
        Example(
            "acknowledged and cleared is not closed",
            (HIGH, acknowledged(TEN, ONE), MANAGED),
            _one("ACKNOWLEDGED", "CONDITION_CLEARED"),
        ),
        _not_enough(
            "a countersignature by the SPO that names it",
            oversight(TEN, OversightKind.COUNTERSIGNATURE, grade="SPO", escalation=ONE),
        ),
        _not_enough(
            "a forum's outcome that names it",
            oversight(TEN, OversightKind.FORUM_OUTCOME, grade="SPO", forum="MAPPA", escalation=ONE),
        ),
        _not_enough("oversight by a PO that names it", overseen(TEN, escalation=ONE, grade="PO")),
        _not_enough(
            "oversight by a grade of the youth service that names it",
            overseen(TEN, escalation=ONE, grade="TEAM MANAGER"),
        ),
        _not_enough(
            "a case discussion that names it and says nothing of what was found",
            oversight(TEN, OversightKind.CASE_DISCUSSION, grade="SPO", escalation=ONE),
        ),
        Example(
            "a countersignature that names no escalation ends nothing, silently",
            (HIGH, oversight(TEN, OversightKind.COUNTERSIGNATURE, grade="SPO")),
            _one(),
        ),
        Example(
            "a referral that names it ends nothing, silently",
            (HIGH, oversight(TEN, OversightKind.REFERRAL, grade="SPO", escalation=ONE)),
            _one(),
        ),
        Example(
            "oversight of the case 1 ms before the escalation was raised does not know of it",
            (overseen(T0 - MS), HIGH),
            _one(),
        ),
        Example("oversight of the case that tells of a time 1 ms before it, late", (HIGH, overseen(T0 - MS)), _one()),
        Example("oversight of the case at the very time of the raising", (HIGH, overseen(T0)), _one("OVERSEEN")),
        Example("oversight that names another escalation", (HIGH, overseen(TEN, escalation="0" * 32)), _one()),
        Example(
            "news after the oversight is unseen: the escalation begins anew",
            (HIGH, SEEN, assessed(day(1), all_low(staff="high"), name="a2")),
            _one("OVERSEEN", "JOINED"),
            next_at="2026-03-03 10:00",
        ),
    ),
    ("R1",),
)

ASKED = overseen(TEN, wanted(due=day(3)), escalation=ONE)
CLAIM, DONE = claimed(day(1), ONE), confirmed(day(2), ONE)

ACTIONS = Table(
    "Required actions of an escalation",
    ("P10", "P16"),
    "Asking for an action is not enough: its owner claims it, and somebody else confirms it with evidence. Until then "
    "the escalation stays open though its condition is cleared; an action past its time is told up the chain.",
    (
        Example(
            "overseen, with an action due on day 3",
            (HIGH, ASKED),
            _one("OVERSEEN"),
            reason=("overseen by SPO N07B123: 1 action is required",),
            next_at="2026-03-05 09:00",
        ),
        Example(
            "an action without a time is due on the tenth working day",
            (HIGH, overseen(TEN, wanted(), escalation=ONE)),
            _one("OVERSEEN"),
            next_at="2026-03-16 17:00",
        ),
        Example(
            "cleared, with the action outstanding: open", (HIGH, ASKED, MANAGED), _one("OVERSEEN", "CONDITION_CLEARED")
        ),
        Example(
            "claimed by its owner, and cleared: open",
            (HIGH, ASKED, MANAGED, claimed(day(2), ONE)),
            _one("OVERSEEN", "CONDITION_CLEARED", "ACTION_CLAIMED"),
            reason=("PO N07A001 says that a required action is done",),
        ),
        Example(
            "claimed, confirmed by the manager, and cleared: closed",
            (HIGH, ASKED, CLAIM, MANAGED, DONE),
            _one("OVERSEEN", "ACTION_CLAIMED", "CONDITION_CLEARED", "ACTION_CONFIRMED", "CLOSED"),
        ),
        Example(
            "confirmed, and not cleared: open, and looked at again",
            (HIGH, ASKED, CLAIM, DONE),
            _one("OVERSEEN", "ACTION_CLAIMED", "ACTION_CONFIRMED"),
        ),
        Example(
            "confirmed by its owner: refused",
            (HIGH, ASKED, confirmed(day(2), ONE, author="N07A001", grade="PO")),
            _one("OVERSEEN", "CONFIRMATION_REFUSED"),
            reason=("what PO N07A001 said confirms no action: it takes evidence, and somebody other than who did it",),
        ),
        Example(
            "confirmed by whoever claimed it: refused",
            (HIGH, ASKED, claimed(day(1), ONE, author="N07B123"), DONE),
            _one("OVERSEEN", "ACTION_CLAIMED", "CONFIRMATION_REFUSED"),
        ),
        Example(
            "confirmed by the manager without evidence: refused",
            (HIGH, ASKED, event(Act("b1", ActKind.CONFIRMED, "N07B123", "SPO", ONE, "a1"), day(2), "acts/desk/b1")),
            _one("OVERSEEN", "CONFIRMATION_REFUSED"),
        ),
        Example(
            "refused, and then confirmed by another",
            (HIGH, ASKED, confirmed(day(1), ONE, author="N07A001"), DONE),
            _one("OVERSEEN", "CONFIRMATION_REFUSED", "ACTION_CONFIRMED"),
        ),
        Example(
            "of two actions one is confirmed: open",
            (HIGH, overseen(TEN, wanted(due=day(3)), wanted("a2", day(4)), escalation=ONE), MANAGED, DONE),
            _one("OVERSEEN", "CONDITION_CLEARED", "ACTION_CONFIRMED"),
            reason=("1 more",),
        ),
        Example(
            "confirmed twice: the second says nothing",
            (HIGH, ASKED, DONE, confirmed(day(3), ONE, author="N07D7")),
            _one("OVERSEEN", "ACTION_CONFIRMED"),
        ),
        Example(
            "a claim of an action that nobody asked for", (HIGH, ASKED, claimed(day(1), action="a9")), _one("OVERSEEN")
        ),
    ),
    ("R1",),
)

IN_TIME = overseen(utc("2026-03-02 09:30"), wanted(due=day(3)), escalation=ONE)

LATE_ACTIONS = Table(
    "Required actions past their time",
    ("P10", "P11", "P12"),
    "An unconfirmed action of an escalation past its time is told up that escalation's chain, and again at the pace "
    "of the review.",
    (
        Example(
            "1 ms before the action's time",
            (HIGH, IN_TIME, passed(day(3) - MS)),
            _one("OVERSEEN"),
            turn="case manager's manager",
        ),
        Example(
            "at the action's time",
            (HIGH, IN_TIME, passed(day(3))),
            _one("OVERSEEN", "OVERDUE"),
            turn="on-call manager",
            next_at="2026-03-06 09:00",
        ),
        Example(
            "a day after the action's time",
            (HIGH, IN_TIME, passed(day(4))),
            _one("OVERSEEN", "OVERDUE", "OVERDUE"),
            turn="head of unit",
            next_at="2026-03-07 09:00",
        ),
        Example(
            "a claim moves no review",
            (HIGH, IN_TIME, passed(day(3)), claimed(day(3.5), ONE), passed(day(4))),
            _one("OVERSEEN", "OVERDUE", "ACTION_CLAIMED", "OVERDUE"),
            next_at="2026-03-07 09:00",
        ),
        Example(
            "another action is due before the review: told at its own time",
            (
                HIGH,
                overseen(TEN, wanted(due=day(3)), wanted("a2", day(3.5)), escalation=ONE),
                passed(day(3)),
                passed(day(3.5)),
            ),
            _one("OVERDUE", "OVERSEEN", "OVERDUE", "OVERDUE"),
            next_at="2026-03-06 21:00",
        ),
        Example(
            "another action is due after the review",
            (HIGH, overseen(TEN, wanted(due=day(3)), wanted("a2", day(6)), escalation=ONE), passed(day(3))),
            _one("OVERDUE", "OVERSEEN", "OVERDUE"),
            next_at="2026-03-06 09:00",
        ),
        Example(
            "a claim does not stop it",
            (HIGH, IN_TIME, CLAIM, passed(day(3))),
            _one("OVERSEEN", "ACTION_CLAIMED", "OVERDUE"),
        ),
    ),
    ("R1",),
    late=True,
)
