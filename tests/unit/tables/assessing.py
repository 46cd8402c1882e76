"""Assessments that are missing or stale, and cases of which no level is known (P1, P5, P11): R8, R13."""

from __future__ import annotations

from streams.circumstances import ClassificationKind
from streams.events import (
    AssessmentKind,
    AssessmentStatus,
    HolderRole,
    PoliceRole,
)
from tests.unit.casebook import (
    MS,
    T0,
    all_low,
    assessed,
    day,
    holder,
    levels,
    overseen,
    passed,
    police,
)
from tests.unit.table_book import (
    HIGH,
    LOW,
    SPO,
    WEEKS_55,
    after,
    at,
    before,
    classified,
    screened,
    utc,
)
from tests.unit.tables.shape import Example, Table, pairs

R8, R13 = (pairs(rule, "RAISED") for rule in ("R8", "R13"))

MISSING = Table(
    "Stale, or a screening without its assessment (R8)",
    ("P5", "P1", "P11"),
    "A level that is 55 weeks old is stale, which is never low. A screening that found indicators is followed by a "
    "full assessment within 15 working days.",
    (
        Example("a low level 1 ms before it is 55 weeks old", (LOW, passed(T0 + WEEKS_55 - MS))),
        Example(
            "a low level at 55 weeks is stale",
            (LOW, passed(T0 + WEEKS_55)),
            R8,
            reason=("the assessment is stale; the level is stale",),
        ),
        Example("a low level 1 ms after 55 weeks", (LOW, passed(T0 + WEEKS_55 + MS)), R8),
        Example(
            "a level in custody as old, that comes late, is no news",
            (
                LOW,
                passed(T0 + WEEKS_55),
                assessed(T0 + MS, levels(staff_custody="very-high"), name="a2", received=day(400)),
            ),
            R8,
        ),
        Example("a high level at 55 weeks is stale, and not low", (HIGH, SPO, passed(T0 + WEEKS_55)), R8),
        Example(
            "a new assessment before it is stale",
            (LOW, assessed(day(300), all_low(), name="a2"), passed(T0 + WEEKS_55)),
        ),
        Example(
            "a new assessment after it was stale clears R8",
            (LOW, passed(T0 + WEEKS_55), assessed(day(400), all_low(), name="a2")),
            R8 + pairs("R8", "CONDITION_CLEARED"),
        ),
        Example(
            "a reoffending level alone that is old is no assessment of harm",
            (assessed(T0, levels(reoffending="low")), passed(T0 + WEEKS_55)),
        ),
        Example(
            "a screening that found indicators: 1 ms before the fifteenth working day ends",
            (screened(T0), before("2026-03-23 17:00")),
        ),
        Example(
            "a screening that found indicators: when the fifteenth working day ends",
            (screened(T0), at("2026-03-23 17:00")),
            R8,
            reason=("no full assessment within 15 working days of a screening that found indicators",),
        ),
        Example("a screening that found indicators: 1 ms after that", (screened(T0), after("2026-03-23 17:00")), R8),
        Example("a screening that found none", (screened(T0, found=0), at("2026-03-23 17:00"))),
        Example(
            "a screening, and a full assessment in time",
            (screened(T0), assessed(day(9), all_low()), at("2026-03-23 17:00")),
        ),
        Example(
            "a screening, and only another screening in time",
            (screened(T0), assessed(day(9), all_low(), kind=AssessmentKind.SCREENING), at("2026-03-23 17:00")),
            R8,
        ),
        Example(
            "a screening, and a full assessment that is only open",
            (screened(T0), assessed(day(9), (), status=AssessmentStatus.OPEN), at("2026-03-23 17:00")),
            R8,
        ),
        Example(
            "a full assessment 1 ms before the screening does not follow it",
            (assessed(T0 - MS, all_low()), screened(T0), at("2026-03-23 17:00")),
            R8,
        ),
        Example(
            "a full assessment at the very time of the screening follows it",
            (assessed(T0, all_low()), screened(T0), at("2026-03-23 17:00")),
        ),
        Example(
            "a screening before Easter: across two bank holidays",
            (screened(utc("2026-03-16 09:00")), before("2026-04-08 16:00")),
        ),
        Example(
            "a screening before Easter: when the office closes in summer time",
            (screened(utc("2026-03-16 09:00")), at("2026-04-08 16:00")),
            R8,
        ),
        Example(
            "a full assessment, late, clears R8",
            (screened(T0), at("2026-03-23 17:00"), assessed(day(30), all_low())),
            R8 + pairs("R8", "CONDITION_CLEARED"),
        ),
        Example(
            "neither oversight nor time clears R8",
            (SPO, screened(T0), at("2026-03-23 17:00"), overseen(day(30)), passed(day(60))),
            R8 + pairs("R8", "OVERSEEN"),
        ),
    ),
    ("R8",),
)

NO_LEVEL = Table(
    "No usable level at all (R13)",
    ("P1", "P7"),
    "Within 15 working days after a case became known to us, by whatever message, a usable level is known for it: "
    "unknown is a state of its own, and never low.",
    (
        Example(
            "a case that is known by its allocation: 1 ms before the fifteenth working day ends",
            (SPO, before("2026-03-23 17:00")),
        ),
        Example(
            "a case that is known by its allocation: when the fifteenth working day ends",
            (SPO, at("2026-03-23 17:00")),
            R13,
            reason=("no assessment", "unknown is not low"),
        ),
        Example("a case that is known by its allocation: 1 ms after that", (SPO, after("2026-03-23 17:00")), R13),
        Example(
            "a case that is known by its case manager's allocation and nothing else",
            (holder(T0, HolderRole.CASE_MANAGER, grade="PO"), at("2026-03-23 17:00")),
            R13,
        ),
        Example(
            "a case that is known by a call-out to a victim and nothing else",
            (police(T0, role=PoliceRole.VICTIM), at("2026-03-23 17:00")),
            R13,
        ),
        Example(
            "a case whose assessment is open",
            (SPO, assessed(T0, (), status=AssessmentStatus.OPEN), at("2026-03-23 17:00")),
            R13,
            reason=("open) gives none",),
        ),
        Example(
            "a case whose assessment is complete and all null",
            (SPO, assessed(T0, levels(public=None)), at("2026-03-23 17:00")),
            R13,
            reason=("complete) gives none",),
        ),
        Example(
            "a case whose assessment is locked incomplete",
            (SPO, assessed(T0, all_low(), status=AssessmentStatus.LOCKED_INCOMPLETE), at("2026-03-23 17:00")),
            R13,
        ),
        Example(
            "a case whose picture is not whole",
            (SPO, assessed(T0, all_low(staff=None)), at("2026-03-23 17:00")),
            R13,
            levels=("staff: not known, the latest assessment (2026-03-02, complete) gives none",),
        ),
        Example("a case that is known to be low", (SPO, LOW, at("2026-03-23 17:00"))),
        Example("a case that is known to be high", (SPO, HIGH, at("2026-03-23 17:00"))),
        Example("a case of which a register in force says high", (SPO, classified(T0, "RHRH"), at("2026-03-23 17:00"))),
        Example(
            "a case of which a register says that the risk to the public is low, and nothing else",
            (SPO, classified(T0, "REG17", level="RSKL"), at("2026-03-23 17:00")),
            R13,
        ),
        Example(
            "a case of which only a tier is known",
            (SPO, classified(T0, "D1", kind=ClassificationKind.TIER), at("2026-03-23 17:00")),
            R13,
        ),
        Example(
            "a level that comes after the deadline clears R13",
            (SPO, at("2026-03-23 17:00"), assessed(day(30), all_low())),
            R13 + pairs("R13", "CONDITION_CLEARED"),
        ),
        Example(
            "an open assessment after the deadline does not clear R13",
            (SPO, at("2026-03-23 17:00"), assessed(day(30), (), status=AssessmentStatus.OPEN)),
            R13,
        ),
        Example(
            "an assessment that is withdrawn leaves the level unknown: R13 at once, for its time is over",
            (
                SPO,
                LOW,
                at("2026-03-23 17:00"),
                assessed(day(30), (), name="a2", assessment="a1", status=AssessmentStatus.WITHDRAWN),
            ),
            R13,
        ),
        Example(
            "a manager who comes does not clear R13",
            (police(T0), at("2026-03-23 17:00"), holder(day(30))),
            R13,
        ),
    ),
    ("R13",),
)
