"""Deadlines of an open escalation, and whose turn it is when one passes (P11, P12)."""

from __future__ import annotations

from streams.events import CaseEvent, HolderRole, OversightKind
from tests.unit.casebook import T0, all_low, assessed, holder, overseen, oversight, police
from tests.unit.table_book import (
    HIGH,
    SPO,
    acknowledged,
    at,
    before,
    classified,
    id_of,
    utc,
)
from tests.unit.tables.shape import Example, Table, Told, pairs

ONE = pairs("R1", "RAISED")
ONE_ID = id_of("R1", HIGH)
FIRST, SECOND, HEAD = "case manager's manager", "on-call manager", "head of unit"


def _late(rule: str, times: int) -> Told:
    return pairs(rule, "RAISED", *("OVERDUE",) * times)


def _unseen(says: str, *then: CaseEvent, late: int, turn: str, next_at: str) -> Example:
    return Example(says, (HIGH, *then), _late("R1", late), turn=turn, next_at=next_at)


RUNGS = Table(
    "Nobody has seen it: up the chain, by the clock",
    ("P11", "P12"),
    "An urgent escalation is to be acknowledged within an hour, at night and on Sundays, too. Each time that this "
    "passes it is the turn of the next one in the chain, who has an hour again. At the head it is told again every "
    "24 hours. Here a level is raised on Monday 2 March 2026 at 09:00, and nobody does anything.",
    (
        _unseen("raised", late=0, turn=FIRST, next_at="2026-03-02 10:00"),
        _unseen(
            "1 ms before the first hour is over",
            before("2026-03-02 10:00"),
            late=0,
            turn=FIRST,
            next_at="2026-03-02 10:00",
        ),
        _unseen("when the first hour is over", at("2026-03-02 10:00"), late=1, turn=SECOND, next_at="2026-03-02 11:00"),
        _unseen("when the second hour is over", at("2026-03-02 11:00"), late=2, turn=HEAD, next_at="2026-03-02 12:00"),
        _unseen(
            "when the third hour is over it is the head's still",
            at("2026-03-02 12:00"),
            late=3,
            turn=HEAD,
            next_at="2026-03-03 12:00",
        ),
        _unseen(
            "1 ms before the next day's noon", before("2026-03-03 12:00"), late=3, turn=HEAD, next_at="2026-03-03 12:00"
        ),
        _unseen(
            "at the head it is told again at the pace of the review",
            at("2026-03-03 12:00"),
            late=4,
            turn=HEAD,
            next_at="2026-03-04 12:00",
        ),
        _unseen(
            "a lane that was down for two days tells every deadline that passed",
            at("2026-03-04 12:00"),
            late=5,
            turn=HEAD,
            next_at="2026-03-05 12:00",
        ),
        Example(
            "a condition that is cleared, and seen by nobody, goes up the chain all the same",
            (HIGH, holder(utc("2026-03-02 09:30")), at("2026-03-02 10:00")),
            pairs("R1", "RAISED", "CONDITION_CLEARED", "OVERDUE"),
            turn=SECOND,
        ),
    ),
    ("R1",),
    late=True,
)

HALF_PAST = utc("2026-03-02 09:30")
ACK = acknowledged(HALF_PAST, ONE_ID)


def _discussed(when: str, told: str) -> CaseEvent:
    """Oversight of one time, recorded at a later one."""
    return oversight(
        utc(when),
        OversightKind.CASE_DISCUSSION,
        grade="SPO",
        practice_assessed=True,
        none_needed="PLAN_IN_PLACE",
        recorded=utc(told),
    )


ACKNOWLEDGED = Table(
    "Acknowledged, and not yet overseen",
    ("P9", "P11", "P12"),
    "An acknowledgement is somebody's name, and no oversight. It holds for four hours by the clock (urgent), and never "
    "beyond the time for the oversight, 24 hours from when it was raised. Then it is told anew, one step up the chain.",
    (
        Example(
            "acknowledged after half an hour, by name",
            (HIGH, ACK),
            pairs("R1", "RAISED", "ACKNOWLEDGED"),
            turn=FIRST,
            next_at="2026-03-02 13:30",
            reason=("acknowledged by SPO N07B123",),
        ),
        Example(
            "1 ms before the four hours are over",
            (HIGH, ACK, before("2026-03-02 13:30")),
            pairs("R1", "RAISED", "ACKNOWLEDGED"),
        ),
        Example(
            "when the four hours are over it is told anew",
            (HIGH, ACK, at("2026-03-02 13:30")),
            pairs("R1", "RAISED", "ACKNOWLEDGED", "ACKNOWLEDGEMENT_EXPIRED"),
            turn=SECOND,
            next_at="2026-03-02 14:30",
        ),
        Example(
            "acknowledged again, by somebody else",
            (HIGH, ACK, at("2026-03-02 13:30"), acknowledged(utc("2026-03-02 14:00"), ONE_ID, "N07D7")),
            pairs("R1", "RAISED", "ACKNOWLEDGED", "ACKNOWLEDGEMENT_EXPIRED", "ACKNOWLEDGED"),
            turn=SECOND,
            next_at="2026-03-02 18:00",
        ),
        Example(
            "acknowledged late in the 24 hours: not beyond them",
            (HIGH, acknowledged(utc("2026-03-03 07:00"), ONE_ID)),
            pairs("R1", "RAISED", *("OVERDUE",) * 3, "ACKNOWLEDGED"),
            next_at="2026-03-03 09:00",
        ),
        Example(
            "when the 24 hours for the oversight are over",
            (HIGH, acknowledged(utc("2026-03-03 07:00"), ONE_ID), at("2026-03-03 09:00")),
            pairs("R1", "RAISED", *("OVERDUE",) * 3, "ACKNOWLEDGED", "OVERDUE"),
            turn=HEAD,
            next_at="2026-03-03 10:00",
        ),
        Example(
            "acknowledged by the same person again: the four hours begin anew",
            (HIGH, ACK, acknowledged(utc("2026-03-02 11:00"), ONE_ID)),
            pairs("R1", "RAISED", "ACKNOWLEDGED", "ACKNOWLEDGED"),
            next_at="2026-03-02 15:00",
        ),
        Example(
            "acknowledged when the 24 hours are over: the oversight has 24 hours anew",
            (HIGH, acknowledged(utc("2026-03-03 09:00"), ONE_ID)),
            pairs("R1", "RAISED", *("OVERDUE",) * 3, "ACKNOWLEDGED"),
            next_at="2026-03-03 13:00",
        ),
        Example(
            "and when that acknowledgement is over, there is time for the oversight still",
            (HIGH, acknowledged(utc("2026-03-03 09:00"), ONE_ID), at("2026-03-03 13:00")),
            pairs("R1", "RAISED", *("OVERDUE",) * 3, "ACKNOWLEDGED", "ACKNOWLEDGEMENT_EXPIRED"),
            turn=HEAD,
            next_at="2026-03-03 14:00",
        ),
        Example(
            "an acknowledgement that expired moves no time for the oversight",
            (HIGH, ACK, acknowledged(utc("2026-03-03 07:00"), ONE_ID)),
            pairs("R1", "RAISED", "ACKNOWLEDGED", "ACKNOWLEDGEMENT_EXPIRED", "OVERDUE", "OVERDUE", "ACKNOWLEDGED"),
            next_at="2026-03-03 09:00",
        ),
        Example(
            "news gives no more time for the oversight, nor does it go down the chain",
            (
                HIGH,
                assessed(utc("2026-03-02 20:00"), all_low(staff="high"), name="a2"),
                acknowledged(utc("2026-03-03 07:00"), ONE_ID),
            ),
            pairs("R1", "RAISED", *("OVERDUE",) * 3, "JOINED", "OVERDUE", "ACKNOWLEDGED"),
            turn=HEAD,
            next_at="2026-03-03 09:00",
        ),
        Example(
            "oversight of before an acknowledgement expired, told after that, counts",
            (HIGH, ACK, _discussed("2026-03-02 13:00", told="2026-03-02 14:00")),
            pairs("R1", "RAISED", "ACKNOWLEDGED", "ACKNOWLEDGEMENT_EXPIRED", "OVERSEEN"),
        ),
        Example(
            "oversight of before the 24 hours were over, told after that, counts",
            (
                HIGH,
                acknowledged(utc("2026-03-03 07:00"), ONE_ID),
                _discussed("2026-03-03 08:00", told="2026-03-03 09:30"),
            ),
            pairs("R1", "RAISED", *("OVERDUE",) * 3, "ACKNOWLEDGED", "OVERDUE", "OVERSEEN"),
        ),
        Example(
            "the same acknowledgement told twice changes nothing",
            (HIGH, ACK, ACK),
            pairs("R1", "RAISED", "ACKNOWLEDGED"),
        ),
        Example(
            "an acknowledgement of another escalation's id changes nothing",
            (HIGH, acknowledged(HALF_PAST, "0" * 32)),
            ONE,
        ),
        Example(
            "an acknowledgement once overseen changes nothing",
            (HIGH, overseen(HALF_PAST), acknowledged(utc("2026-03-02 10:00"), ONE_ID)),
            pairs("R1", "RAISED", "OVERSEEN"),
        ),
    ),
    ("R1",),
    late=True,
)


def _when(says: str, rule: str, *events: CaseEvent, next_at: str, late: int = 0, turn: str | None = None) -> Example:
    return Example(says, events, _late(rule, late), next_at=next_at, turn=turn)


def _arrest(text: str) -> CaseEvent:
    return police(utc(text))


def _arrest_id(text: str) -> str:
    return id_of("R2", police(utc(text)))


MONDAY_CLOSE = "2026-03-16 17:00"

SOON = Table(
    "Soon: in the hours of the office",
    ("P11", "P12"),
    "News where nobody is there is to be acknowledged within four working hours, 09:00 to 17:00 in London, Monday to "
    "Friday, bank holidays left out. Times are UTC.",
    (
        _when("an arrest on a Monday morning", "R2", _arrest("2026-03-02 09:00"), next_at="2026-03-02 13:00"),
        _when("an arrest before the office opens", "R2", _arrest("2026-03-02 05:00"), next_at="2026-03-02 13:00"),
        _when(
            "an arrest on a Friday at 16:00, across the weekend",
            "R2",
            _arrest("2026-03-06 16:00"),
            next_at="2026-03-09 12:00",
        ),
        _when("an arrest on a Saturday", "R2", _arrest("2026-03-07 12:00"), next_at="2026-03-09 13:00"),
        _when("an arrest on a Tuesday at 16:00", "R2", _arrest("2026-03-03 16:00"), next_at="2026-03-04 12:00"),
        _when("an arrest on a Wednesday at 16:00", "R2", _arrest("2026-03-04 16:00"), next_at="2026-03-05 12:00"),
        _when(
            "an arrest on the Thursday before Easter at 16:00 in London, across two bank holidays",
            "R2",
            _arrest("2026-04-02 15:00"),
            next_at="2026-04-07 11:00",
        ),
        _when(
            "an arrest on the Friday before the change to summer time",
            "R2",
            _arrest("2026-03-27 16:00"),
            next_at="2026-03-30 11:00",
        ),
        _when(
            "an arrest on the Friday before the change to winter time",
            "R2",
            _arrest("2026-10-23 15:00"),
            next_at="2026-10-26 12:00",
        ),
        _when(
            "an arrest on New Year's Eve at 16:00, across the year end",
            "R2",
            _arrest("2026-12-31 16:00"),
            next_at="2027-01-04 12:00",
        ),
        _when(
            "an arrest at 13:00 has until the office closes",
            "R2",
            _arrest("2026-03-02 13:00"),
            next_at="2026-03-02 17:00",
        ),
        _when(
            "the four working hours are over",
            "R2",
            _arrest("2026-03-02 09:00"),
            at("2026-03-02 13:00"),
            next_at="2026-03-02 17:00",
            late=1,
            turn=SECOND,
        ),
        _when(
            "the next four are over: it is the head's in the morning",
            "R2",
            _arrest("2026-03-02 09:00"),
            at("2026-03-02 17:00"),
            next_at="2026-03-03 13:00",
            late=2,
            turn=HEAD,
        ),
        _when(
            "the head's four working hours are over: again two working days later",
            "R2",
            _arrest("2026-03-02 09:00"),
            at("2026-03-03 13:00"),
            next_at="2026-03-05 17:00",
            late=3,
            turn=HEAD,
        ),
        Example(
            "soon, acknowledged: until the next working day ends",
            (_arrest("2026-03-06 09:00"), acknowledged(utc("2026-03-06 10:00"), _arrest_id("2026-03-06 09:00"))),
            pairs("R2", "RAISED", "ACKNOWLEDGED"),
            next_at="2026-03-09 17:00",
        ),
        Example(
            "soon, acknowledged on the next working day: the oversight is due that evening",
            (_arrest("2026-03-06 16:00"), acknowledged(utc("2026-03-09 10:00"), _arrest_id("2026-03-06 16:00"))),
            pairs("R2", "RAISED", "ACKNOWLEDGED"),
            next_at="2026-03-09 17:00",
        ),
    ),
    ("R2",),
    late=True,
)

NEWS = police(T0)
UNREVIEWED = id_of("R7", NEWS)
RAISED7 = pairs("R7", "RAISED")

ROUTINE = Table(
    "Routine: by working days",
    ("P11", "P12"),
    "What is late, and urgent to nobody's safety today, is to be acknowledged within one working day and overseen "
    "within five. Here a review after an arrest is overdue on Monday 16 March 2026, when the office closes.",
    (
        _when(
            "routine: until the office closes on the Tuesday",
            "R7",
            SPO,
            NEWS,
            at(MONDAY_CLOSE),
            next_at="2026-03-17 17:00",
            turn=FIRST,
        ),
        _when(
            "routine: the Wednesday",
            "R7",
            SPO,
            NEWS,
            at("2026-03-17 17:00"),
            next_at="2026-03-18 17:00",
            late=1,
            turn=SECOND,
        ),
        _when(
            "routine: the Thursday",
            "R7",
            SPO,
            NEWS,
            at("2026-03-18 17:00"),
            next_at="2026-03-19 17:00",
            late=2,
            turn=HEAD,
        ),
        _when(
            "routine, at the head: ten working days later, in summer time",
            "R7",
            SPO,
            NEWS,
            at("2026-03-19 17:00"),
            next_at="2026-04-02 16:00",
            late=3,
            turn=HEAD,
        ),
        Example(
            "routine, acknowledged: for three working days",
            (SPO, NEWS, at(MONDAY_CLOSE), acknowledged(utc("2026-03-17 10:00"), UNREVIEWED)),
            RAISED7 + pairs("R7", "ACKNOWLEDGED"),
            next_at="2026-03-20 17:00",
        ),
        Example(
            "routine, acknowledged on the Thursday: not beyond the fifth working day after it was raised",
            (SPO, NEWS, at(MONDAY_CLOSE), acknowledged(utc("2026-03-19 10:00"), UNREVIEWED)),
            RAISED7 + pairs("R7", "OVERDUE", "OVERDUE", "ACKNOWLEDGED"),
            next_at="2026-03-23 17:00",
        ),
        Example(
            "routine, acknowledged on Christmas Eve: across the bank holidays and the year end",
            (
                SPO,
                police(utc("2026-12-09 10:00")),
                at("2026-12-23 17:00"),
                acknowledged(utc("2026-12-24 10:00"), id_of("R7", police(utc("2026-12-09 10:00")))),
            ),
            RAISED7 + pairs("R7", "ACKNOWLEDGED"),
            next_at="2026-12-31 17:00",
        ),
        Example(
            "routine, overseen: the assessment is still due, looked at again ten working days later",
            (SPO, NEWS, at(MONDAY_CLOSE), overseen(utc("2026-03-17 10:00"))),
            RAISED7 + pairs("R7", "OVERSEEN"),
            next_at="2026-03-31 16:00",
        ),
    ),
    ("R7",),
    late=True,
)

HIGH_MARCH = assessed(utc("2026-03-28 11:00"), all_low(public="high"))

BY_CLOCK = Table(
    "Urgent: by the clock, whatever the clock does",
    ("P11",),
    "An hour is an hour on a bank holiday, through both clock changes and at the year end. Times are UTC.",
    (
        *(
            Example(f"a level raised {what}", (assessed(utc(begun), all_low(public="high")),), ONE, next_at=ends)
            for what, begun, ends in (
                ("on a Sunday", "2026-03-08 23:30", "2026-03-09 00:30"),
                ("half an hour before the change to summer time", "2026-03-29 00:30", "2026-03-29 01:30"),
                ("half an hour before the change to winter time", "2026-10-25 00:30", "2026-10-25 01:30"),
                ("on Good Friday", "2026-04-03 12:00", "2026-04-03 13:00"),
                ("on New Year's Eve", "2026-12-31 23:30", "2027-01-01 00:30"),
            )
        ),
        Example(
            "overseen, and nobody attached yet: looked at again after 24 hours, through the change to summer time",
            (
                HIGH_MARCH := assessed(utc("2026-03-28 11:00"), all_low(public="high")),
                overseen(utc("2026-03-28 11:30")),
            ),
            pairs("R1", "RAISED", "OVERSEEN"),
            next_at="2026-03-29 11:30",
        ),
        Example(
            "a case manager who comes meanwhile moves no review",
            (
                HIGH_MARCH,
                overseen(utc("2026-03-28 11:30")),
                holder(utc("2026-03-28 20:00"), HolderRole.CASE_MANAGER, grade="PO"),
                at("2026-03-29 11:30"),
            ),
            pairs("R1", "RAISED", "OVERSEEN", "OVERDUE"),
            next_at="2026-03-30 11:30",
        ),
        Example(
            "looked at again after 24 hours, and again",
            (HIGH_MARCH, overseen(utc("2026-03-28 11:30")), at("2026-03-30 11:30")),
            pairs("R1", "RAISED", "OVERSEEN", "OVERDUE", "OVERDUE"),
            next_at="2026-03-31 11:30",
            turn=HEAD,
        ),
        Example(
            "soon, overseen, and nobody attached yet: looked at again after two working days",
            (classified(T0, "ASFO"), overseen(utc("2026-03-02 10:00"))),
            pairs("R5", "RAISED", "OVERSEEN"),
            next_at="2026-03-04 17:00",
        ),
    ),
    ("R1", "R5"),
    late=True,
)
