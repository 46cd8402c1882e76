"""How urgent an escalation of each rule is (P11, P2)."""

from __future__ import annotations

from streams.events import CaseEvent
from tests.unit.casebook import SERIOUS, T0, all_low, assessed, day, levels, overseen, police
from tests.unit.table_book import (
    HIGH,
    LOW,
    SPO,
    VERY_HIGH,
    at,
    call_out,
    charge,
    classified,
    linked_news,
    screened,
    service,
    wanted,
)
from tests.unit.tables.shape import Example, Table, pairs

NEWS = police(T0)
MONDAY_CLOSE = "2026-03-16 17:00"


def _urgent(rule: str, urgency: str, why: str, *events: CaseEvent) -> Example:
    return Example(f"{rule}, {why}: {urgency}", events, pairs(rule, "RAISED"), urgency=urgency)


def _table(rule: str, *examples: Example) -> Table:
    """One table for each rule: of the others nothing is compared."""
    return Table(
        f"How urgent is {rule}",
        ("P11", "P2"),
        "What may be happening to somebody now is urgent, what is late is routine; a serious offence or a very high "
        "level makes it more urgent, never less.",
        examples,
        (rule,),
    )


THREE = (LOW, *(call_out(day(n), f"k{n}") for n in (1, 2, 3)))

URGENCIES = (
    _table(
        "R1", _urgent("R1", "urgent", "a high level", HIGH), _urgent("R1", "urgent", "a very high level", VERY_HIGH)
    ),
    _table(
        "R2",
        _urgent("R2", "soon", "an arrest, level unknown", police(day(1))),
        _urgent("R2", "urgent", "a serious charge, level unknown", charge(day(1), SERIOUS)),
        _urgent("R2", "urgent", "an arrest, level very high", VERY_HIGH, police(day(1))),
        _urgent("R2", "soon", "an arrest, level high", HIGH, police(day(1))),
    ),
    _table(
        "R3",
        _urgent("R3", "routine", "three call-outs", *THREE),
        _urgent("R3", "urgent", "a serious charge of somebody low", LOW, charge(day(1), SERIOUS)),
    ),
    _table("R4", _urgent("R4", "urgent", "a serious charge under supervision", SPO, charge(day(1), SERIOUS))),
    _table(
        "R5",
        _urgent("R5", "soon", "a serious further offence on the register", LOW, classified(T0, "ASFO")),
        _urgent("R5", "urgent", "very high on the register", LOW, classified(T0, "RVHR")),
    ),
    _table(
        "R6",
        _urgent(
            "R6", "soon", "lowered after an arrest", SPO, HIGH, police(day(5)), assessed(day(9), all_low(), name="a2")
        ),
    ),
    _table("R7", _urgent("R7", "routine", "a review is overdue", SPO, NEWS, at(MONDAY_CLOSE))),
    _table("R8", _urgent("R8", "routine", "a full assessment is overdue", SPO, screened(T0), at("2026-03-23 17:00"))),
    _table("R9", _urgent("R9", "routine", "oversight is overdue", SPO, HIGH, at(MONDAY_CLOSE))),
    _table("R10", _urgent("R10", "soon", "an action is overdue", LOW, overseen(T0, wanted()), at(MONDAY_CLOSE))),
    _table("R11", _urgent("R11", "routine", "a service is overdue", SPO, service(T0), at("2026-03-30 16:00"))),
    _table("R12", _urgent("R12", "urgent", "a sibling was raised", linked_news(day(1)))),
    _table(
        "R13",
        _urgent("R13", "routine", "no level is known", SPO, assessed(T0, levels(public=None)), at("2026-03-23 17:00")),
    ),
)
