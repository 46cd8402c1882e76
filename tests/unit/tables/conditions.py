"""What becomes of an open escalation while nobody has dealt with it."""

from __future__ import annotations

from streams.events import AssessmentStatus, HolderRole, OversightKind, PoliceKind, PoliceRole
from tests.unit.casebook import (
    MS,
    SERIOUS,
    T0,
    all_low,
    assessed,
    day,
    deleted,
    hearing,
    holder,
    levels,
    oversight,
    passed,
    police,
)
from tests.unit.table_book import ARREST, BACK1, BACK2, CLEARED1, CLEARED2, HIGH, JOINED, R1, R2, WEEKS_55
from tests.unit.tables.shape import Example, Table

LIFE = Table(
    "What becomes of an open escalation",
    ("P7", "P11"),
    "One open escalation for each case and rule; further signals join it. A lower level or a manager attached clears "
    "its condition, and it stays open. Growing old clears nothing.",
    (
        Example("a raised level, then an arrest: one escalation of each rule", (HIGH, ARREST), (R1, R2)),
        Example("a second arrest joins", (HIGH, ARREST, police(day(2), name="p2")), (R1, R2, JOINED)),
        Example(
            "a second raised assessment joins",
            (HIGH, assessed(day(1), all_low(staff="high"), name="a2")),
            (R1, ("R1", "JOINED")),
        ),
        Example("a manager attached clears both", (HIGH, ARREST, holder(day(2))), (R1, R2, CLEARED1, CLEARED2)),
        Example(
            "nothing joins what is cleared",
            (HIGH, ARREST, holder(day(2)), police(day(3), name="p2")),
            (R1, R2, CLEARED1, CLEARED2),
        ),
        Example(
            "a manager detached brings both back, with what has come since",
            (
                HIGH,
                ARREST,
                holder(day(2)),
                police(day(3), name="p2"),
                holder(day(4), name="m2", allocation="m1", attached=False),
            ),
            (R1, R2, CLEARED1, CLEARED2, BACK1, BACK2),
        ),
        Example(
            "an end that was another allocation's, by a correction, gives the manager back",
            (
                HIGH,
                holder(day(1)),
                holder(day(2), HolderRole.FORUM, name="m2", allocation="m1", attached=False),
                holder(day(2), HolderRole.FORUM, name="m2", allocation="m9", attached=False, recorded=day(3)),
            ),
            (R1, CLEARED1, BACK1, CLEARED1),
        ),
        Example("a lower level clears R1", (HIGH, assessed(day(1), all_low(), name="a2")), (R1, CLEARED1)),
        Example("a lower level clears R2", (ARREST, assessed(day(2), all_low())), (R2, CLEARED2)),
        Example(
            "a new crossing brings R1 back",
            (HIGH, assessed(day(1), all_low(), name="a2"), assessed(day(2), all_low(public="high"), name="a3")),
            (R1, CLEARED1, BACK1),
        ),
        Example(
            "a case manager attached clears nothing", (HIGH, holder(day(1), HolderRole.CASE_MANAGER, grade="PO")), (R1,)
        ),
        Example("a forum clears nothing", (HIGH, holder(day(1), HolderRole.FORUM)), (R1,)),
        Example("a countersignature clears nothing", (HIGH, oversight(day(1), OversightKind.COUNTERSIGNATURE)), (R1,)),
        Example(
            "an open assessment clears nothing",
            (HIGH, assessed(day(1), all_low(), name="a2", status=AssessmentStatus.OPEN)),
            (R1,),
        ),
        Example(
            "a high level that was stale before anybody told it brings nothing back",
            (
                HIGH,
                assessed(day(1), (), name="a2", assessment="a1", status=AssessmentStatus.WITHDRAWN),
                assessed(day(-400), levels(public="high"), name="a0", received=day(2)),
            ),
            (R1, CLEARED1),
        ),
        Example(
            "but one that was told, and has turned stale since, is back when the manager has gone",
            (
                HIGH,
                holder(day(1)),
                holder(T0 + WEEKS_55 + MS, name="m2", allocation="m1", attached=False),
            ),
            (R1, CLEARED1, BACK1),
        ),
        Example("turning stale clears nothing", (HIGH, passed(T0 + WEEKS_55)), (R1,)),
        Example(
            "a lower level that turns stale brings R2 back",
            (ARREST, assessed(day(2), all_low()), passed(day(2) + WEEKS_55)),
            (R2, CLEARED2, BACK2),
        ),
        Example(
            "an arrest corrected to a victim's clears R2",
            (ARREST, police(day(1), role=PoliceRole.VICTIM, recorded=day(2))),
            (R2, CLEARED2),
        ),
        Example(
            "a victim corrected to a suspect raises R2",
            (police(day(1), role=PoliceRole.VICTIM), police(day(1), recorded=day(2))),
            (R2,),
        ),
        Example("a hearing taken back clears R2", (hearing(T0, SERIOUS), deleted(day(1))), (R2, CLEARED2)),
        Example(
            "of two hearings one taken back clears nothing",
            (hearing(T0, SERIOUS), hearing(T0, SERIOUS, name="h2", hearing="hearing-2"), deleted(day(1))),
            (R2, JOINED),
        ),
        Example(
            "an assessment withdrawn clears R1, and the level is unknown, not low",
            (HIGH, assessed(day(1), (), name="a2", assessment="a1", status=AssessmentStatus.WITHDRAWN)),
            (R1, CLEARED1),
        ),
        Example(
            "a corrected arrest that still stands is told",
            (ARREST, police(day(1), PoliceKind.CHARGE, recorded=day(2))),
            (R2, JOINED),
        ),
    ),
)
