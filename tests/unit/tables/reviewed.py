"""Levels lowered, and assessments not reviewed, in the face of adverse news (P11, P14): R6, R7."""

from __future__ import annotations

from streams.events import (
    AssessmentStatus,
    CaseEvent,
    OversightKind,
    PoliceKind,
    PoliceRole,
)
from tests.unit.casebook import (
    MS,
    NOT_SERIOUS,
    SERIOUS,
    T0,
    all_low,
    assessed,
    day,
    deleted,
    hearing,
    levels,
    overseen,
    oversight,
    passed,
    police,
)
from tests.unit.table_book import (
    HIGH,
    SPO,
    WINDOW,
    after,
    at,
    before,
    screened,
    utc,
)
from tests.unit.tables.shape import Example, Table, pairs

R6, R7 = pairs("R6", "RAISED"), pairs("R7", "RAISED")

ARREST5 = police(day(5))
DOWN = assessed(day(10), all_low(public="medium"), name="a2")


def _lowered(says: str, *events: CaseEvent, told: tuple[tuple[str, str], ...] = R6) -> Example:
    return Example(says, (SPO, *events), told)


LOWERED = Table(
    "A level lowered in the face of adverse news (R6)",
    ("P14", "P11"),
    "A later assessment gives a domain a lower level though adverse news came since the one before, and no manager "
    "has dealt with that news. In each example a manager is attached.",
    (
        _lowered("high, an arrest, then medium", HIGH, ARREST5, DOWN),
        _lowered("high, no news, then medium", HIGH, DOWN, told=()),
        _lowered(
            "high, an arrest, then high again",
            HIGH,
            ARREST5,
            assessed(day(10), all_low(public="high"), name="a2"),
            told=(),
        ),
        _lowered(
            "medium, an arrest, then high",
            assessed(T0, all_low(public="medium")),
            ARREST5,
            assessed(day(10), all_low(public="high"), name="a2"),
            told=(),
        ),
        _lowered(
            "medium, an arrest, then low: below the threshold, too",
            assessed(T0, all_low(public="medium")),
            ARREST5,
            assessed(day(10), all_low(), name="a2"),
        ),
        _lowered(
            "one group lower, another higher",
            HIGH,
            ARREST5,
            assessed(day(10), all_low(public="medium", staff="high"), name="a2"),
        ),
        _lowered(
            "high, an arrest, then an assessment that is silent about it",
            HIGH,
            ARREST5,
            assessed(day(10), levels(staff="low"), name="a2"),
            told=(),
        ),
        _lowered(
            "a silent one in between does not hide the lowering",
            HIGH,
            ARREST5,
            assessed(day(7), levels(harm=None), name="a2"),
            assessed(day(10), all_low(), name="a3"),
        ),
        _lowered("an arrest 1 ms before the earlier assessment", HIGH, police(T0 - MS), DOWN, told=()),
        _lowered("an arrest at the very time of the earlier assessment", HIGH, police(T0), DOWN, told=()),
        _lowered("an arrest 1 ms after the earlier assessment", HIGH, police(T0 + MS), DOWN),
        _lowered("an arrest at the very time of the later assessment", HIGH, police(day(10)), DOWN),
        _lowered("an arrest 1 ms after the later assessment", HIGH, police(day(10) + MS), DOWN, told=()),
        _lowered("as a victim: no adverse news", HIGH, police(day(5), role=PoliceRole.VICTIM), DOWN, told=()),
        _lowered("dealt with by a manager in between", HIGH, ARREST5, overseen(day(6)), DOWN, told=()),
        _lowered("a manager's oversight before the news", HIGH, overseen(day(4)), ARREST5, DOWN),
        _lowered(
            "a countersignature in between",
            HIGH,
            ARREST5,
            oversight(day(6), OversightKind.COUNTERSIGNATURE, grade="SPO"),
            DOWN,
        ),
        _lowered(
            "a forum's outcome in between",
            HIGH,
            ARREST5,
            oversight(day(6), OversightKind.FORUM_OUTCOME, grade="SPO", forum="MAPPA"),
            DOWN,
        ),
        _lowered("oversight by a PO in between", HIGH, ARREST5, overseen(day(6), grade="PO"), DOWN),
        _lowered(
            "an open assessment lowers nothing",
            HIGH,
            ARREST5,
            assessed(day(10), all_low(), name="a2", status=AssessmentStatus.OPEN),
            told=(),
        ),
        _lowered("the news comes late, after the lowering", HIGH, DOWN, police(day(5), received=day(11))),
        _lowered(
            "the lowering told 1 ms less than 28 days ago, the news now",
            HIGH,
            DOWN,
            police(day(5), received=day(10) + WINDOW - MS),
        ),
        _lowered(
            "the lowering told 28 days ago, the news now",
            HIGH,
            DOWN,
            police(day(5), received=day(10) + WINDOW),
            told=(),
        ),
        _lowered(
            "a withdrawal of what lowered it clears it",
            HIGH,
            ARREST5,
            DOWN,
            assessed(day(11), (), name="a3", assessment="a2", status=AssessmentStatus.WITHDRAWN),
            told=R6 + pairs("R6", "CONDITION_CLEARED"),
        ),
        _lowered(
            "all of the news taken back clears it",
            HIGH,
            ARREST5,
            DOWN,
            police(day(5), role=PoliceRole.VICTIM, recorded=day(11)),
            told=R6 + pairs("R6", "CONDITION_CLEARED"),
        ),
        _lowered("what was lowered: time alone does not clear it", HIGH, ARREST5, DOWN, passed(day(90)), told=R6),
        _lowered(
            "what was lowered: closed once a manager has dealt with it",
            HIGH,
            ARREST5,
            DOWN,
            overseen(day(11)),
            told=pairs("R6", "RAISED", "OVERSEEN", "CLOSED"),
        ),
    ),
    ("R6",),
)


MON = police(T0)  # Monday 2 March 2026, 09:00
FRI = police(utc("2026-03-20 16:59"))  # the tenth working day after it lies behind Easter, and in summer time

REVIEWED = Table(
    "News, and no assessment since (R7)",
    ("P11", "P3", "P4"),
    "Within 10 working days after adverse news an assessment is completed. A deadline in working days ends when the "
    "office closes (17:00 in London) on the last of them; the day of the news is not counted.",
    (
        Example(
            "an arrest on a Monday: 1 ms before the office closes ten working days later",
            (SPO, MON, before("2026-03-16 17:00")),
        ),
        Example(
            "an arrest on a Monday: when it closes",
            (SPO, MON, at("2026-03-16 17:00")),
            R7,
            reason=("within 10 working days",),
        ),
        Example("an arrest on a Monday: 1 ms after", (SPO, MON, after("2026-03-16 17:00")), R7),
        Example(
            "an arrest on a Friday before Easter, across two bank holidays and the change to summer time: 1 ms before",
            (SPO, FRI, before("2026-04-07 16:00")),
        ),
        Example("an arrest on a Friday before Easter: at 17:00 of summer time", (SPO, FRI, at("2026-04-07 16:00")), R7),
        Example(
            "an arrest late in a Friday's evening: the day of the news is not counted",
            (SPO, police(utc("2026-03-20 23:00")), before("2026-04-07 16:00")),
        ),
        Example(
            "an arrest on a Saturday counts from Monday on",
            (SPO, police(utc("2026-03-07 12:00")), before("2026-03-20 17:00")),
        ),
        Example(
            "an arrest on a Saturday: the tenth working day is a Friday",
            (SPO, police(utc("2026-03-07 12:00")), at("2026-03-20 17:00")),
            R7,
        ),
        Example(
            "an arrest before Christmas, across the year end: 1 ms before",
            (SPO, police(utc("2026-12-18 10:00")), before("2027-01-06 17:00")),
        ),
        Example(
            "an arrest before Christmas: ten working days later",
            (SPO, police(utc("2026-12-18 10:00")), at("2027-01-06 17:00")),
            R7,
        ),
        Example(
            "an arrest before the change to winter time: at 17:00 of winter time",
            (SPO, police(utc("2026-10-20 10:00")), before("2026-11-03 17:00")),
        ),
        Example(
            "an arrest before the change to winter time: when the office closes",
            (SPO, police(utc("2026-10-20 10:00")), at("2026-11-03 17:00")),
            R7,
        ),
        Example(
            "an arrest that is told late counts from its receipt",
            (SPO, police(day(-20), received=T0), before("2026-03-16 17:00")),
        ),
        Example(
            "an arrest that is told late: ten working days after its receipt",
            (SPO, police(day(-20), received=T0), at("2026-03-16 17:00")),
            R7,
        ),
        Example(
            "an arrest, and an assessment completed in time",
            (SPO, MON, assessed(day(9), all_low()), at("2026-03-16 17:00")),
        ),
        Example(
            "an arrest, and a screening completed in time",
            (SPO, MON, screened(day(9), found=0), at("2026-03-16 17:00")),
        ),
        Example(
            "an arrest, and an open assessment",
            (SPO, MON, assessed(day(9), (), status=AssessmentStatus.OPEN), at("2026-03-16 17:00")),
            R7,
        ),
        Example(
            "an arrest, and an assessment completed at that very time",
            (SPO, MON, assessed(T0, all_low()), at("2026-03-16 17:00")),
        ),
        Example(
            "an arrest, and an assessment completed 1 ms before it",
            (SPO, MON, assessed(T0 - MS, all_low()), at("2026-03-16 17:00")),
            R7,
        ),
        Example(
            "a victim's call-out asks for no review",
            (SPO, police(T0, PoliceKind.CALL_OUT, PoliceRole.VICTIM), at("2026-03-16 17:00")),
        ),
        Example("a serious hearing asks for a review", (SPO, hearing(T0, SERIOUS), at("2026-03-16 17:00")), R7),
        Example("a hearing that is not serious asks for none", (SPO, hearing(T0, NOT_SERIOUS), at("2026-03-16 17:00"))),
        Example(
            "a serious hearing that is taken back asks for none",
            (SPO, hearing(T0, SERIOUS), deleted(day(2)), at("2026-03-16 17:00")),
        ),
        Example(
            "an assessment after the deadline clears R7",
            (SPO, MON, at("2026-03-16 17:00"), assessed(day(20), all_low())),
            R7 + pairs("R7", "CONDITION_CLEARED"),
        ),
        Example(
            "more news that is not reviewed in time joins R7",
            (SPO, MON, police(day(1), name="p2"), at("2026-03-17 17:00")),
            R7 + pairs("R7", "JOINED"),
        ),
        Example(
            "oversight alone does not close R7: the assessment is still due",
            (SPO, MON, at("2026-03-16 17:00"), overseen(day(20)), passed(day(60))),
            R7 + pairs("R7", "OVERSEEN"),
        ),
    ),
    ("R7",),
)
