"""What is watched below the threshold (P2, P5), and serious offences of somebody who is supervised (P4): R3, R4."""

from __future__ import annotations

from datetime import datetime, timedelta

from streams.events import CaseEvent, HolderRole, OversightKind, PoliceKind, PoliceRole
from tests.unit.casebook import (
    MS,
    NOT_SERIOUS,
    SERIOUS,
    T0,
    UNLISTED,
    YOUTH,
    all_low,
    assessed,
    day,
    deleted,
    hearing,
    holder,
    levels,
    overseen,
    oversight,
    passed,
    police,
)
from tests.unit.table_book import HIGH, LOW, PO, SPO, WINDOW, call_out, charge, id_of, screened
from tests.unit.tables.shape import Example, Table, Told, pairs

R3, R4 = pairs("R3", "RAISED"), pairs("R4", "RAISED")
CLEARED3, CLEARED4 = pairs("R3", "CONDITION_CLEARED"), pairs("R4", "CONDITION_CLEARED")
JOINED3 = pairs("R3", "JOINED")
MEDIUM = assessed(T0, all_low(public="medium"))
"""One below the threshold of an adult."""


def _call_outs(*days: float) -> tuple[CaseEvent, ...]:
    return tuple(call_out(day(when), f"k{number}") for number, when in enumerate(days, 1))


def _apart(length: timedelta, first: datetime = T0) -> tuple[CaseEvent, ...]:
    return (call_out(first, "k1"), call_out(first + timedelta(days=9), "k2"), call_out(first + length, "k3"))


THREE = (LOW, *_call_outs(1, 2, 3))

CALL_OUTS = Table(
    "On watch: repeat call-outs (R3)",
    ("P2", "P3"),
    "Three call-outs within 28 days put a case that is known to be low on watch, at a lower urgency, where no manager "
    "is there to be told. It leaves when fewer than two of them still stand.",
    (
        Example("one call-out of a low case is not told", (LOW, *_call_outs(1))),
        Example("two call-outs of a low case are not told", (LOW, *_call_outs(1, 2))),
        Example(
            "the third call-out puts a low case on watch",
            THREE,
            R3,
            urgency="routine",
            reason=("on watch for call-out", "known to be lower"),
        ),
        Example("the fourth call-out joins the watch", (LOW, *_call_outs(1, 2, 3, 4)), R3 + JOINED3),
        Example("three call-outs, of which the first is 1 ms less than 28 days back", (LOW, *_apart(WINDOW - MS)), R3),
        Example("three call-outs, of which the first is 28 days back", (LOW, *_apart(WINDOW))),
        Example("three call-outs, of which the first is 28 days and 1 ms back", (LOW, *_apart(WINDOW + MS))),
        Example(
            "three call-outs that are told late, within 28 days of each other",
            (LOW, *(call_out(day(when), f"k{when}", received=day(100)) for when in (1, 9, 20))),
            R3,
        ),
        Example(
            "the same call-outs told in another order",
            (LOW, *(call_out(day(when), f"k{when}", received=day(20)) for when in (20, 1, 9))),
            R3,
        ),
        Example(
            "two call-outs as perpetrator and one as victim are no three",
            (LOW, *_call_outs(1, 2), call_out(day(3), "k3", PoliceRole.VICTIM)),
        ),
        Example(
            "two call-outs and an arrest are no three call-outs",
            (LOW, *_call_outs(1, 2), police(day(3))),
        ),
        Example("three call-outs where a manager is attached are not told", (SPO, *THREE)),
        Example("three call-outs where only a case manager is there", (PO, *THREE), R3),
        Example("three call-outs of a case of unknown level are R2's, not the watch's", _call_outs(1, 2, 3)),
        Example("three call-outs of a raised case are R2's, not the watch's", (HIGH, *_call_outs(1, 2, 3))),
        Example(
            "one of three call-outs turns out to be a victim's: two are left, and the watch stands",
            (*THREE, call_out(day(3), "k3", PoliceRole.VICTIM, recorded=day(4))),
            R3,
        ),
        Example(
            "two of three call-outs turn out to be a victim's: one is left, and the watch is cleared",
            (
                *THREE,
                call_out(day(3), "k3", PoliceRole.VICTIM, recorded=day(4)),
                call_out(day(2), "k2", PoliceRole.VICTIM, recorded=day(5)),
            ),
            R3 + CLEARED3,
        ),
        Example("a manager attached clears the watch", (*THREE, holder(day(4))), R3 + CLEARED3),
        Example(
            "a raised level ends the watch: it is R1's now",
            (*THREE, assessed(day(4), all_low(public="high"), name="a2")),
            R3 + CLEARED3,
        ),
        Example("growing old does not clear a watch", (*THREE, passed(day(60))), R3),
        Example("a forum does not clear a watch", (*THREE, holder(day(4), HolderRole.FORUM)), R3),
        Example(
            "a countersignature does not clear a watch",
            (*THREE, oversight(day(4), OversightKind.COUNTERSIGNATURE, grade="SPO")),
            R3,
        ),
        Example(
            "a watch is closed once a manager has dealt with it",
            (*THREE, overseen(day(4))),
            pairs("R3", "RAISED", "OVERSEEN", "CLOSED"),
        ),
    ),
    ("R3",),
)


RISING = Table(
    "On watch: adverse news one level below, and screenings (R3)",
    ("P2", "P5"),
    "Two adverse signals within 28 days, while a level lies one below its threshold; and a screening that found any "
    "indicator of raised risk, whatever the level, even when no full assessment follows.",
    (
        Example("one arrest one level below the threshold is not told", (MEDIUM, police(day(1)))),
        Example(
            "a second arrest one level below the threshold is told",
            (MEDIUM, police(day(1)), police(day(2), name="p2")),
            R3,
        ),
        Example(
            "a call-out and a charge one level below are rising, too",
            (MEDIUM, *_call_outs(1), charge(day(2), NOT_SERIOUS)),
            R3,
        ),
        Example(
            "a hearing for a serious offence that rises with an arrest is one matter, and told once",
            (MEDIUM, PO, police(day(1)), hearing(day(2), SERIOUS)),
            R3,
        ),
        Example(
            "two arrests two levels below the threshold are not rising",
            (LOW, police(day(1)), police(day(2), name="p2")),
        ),
        Example(
            "two arrests 28 days apart are not rising",
            (MEDIUM, police(day(1)), police(day(1) + WINDOW, name="p2")),
        ),
        Example(
            "two arrests 1 ms less than 28 days apart are rising",
            (MEDIUM, police(day(1)), police(day(1) + WINDOW - MS, name="p2")),
            R3,
        ),
        Example(
            "two arrests of a young person who is low, which is one below a young person's threshold",
            (
                assessed(T0, levels(harm="low", vulnerability="low"), case=YOUTH),
                police(day(1), case=YOUTH),
                police(day(2), name="p2", case=YOUTH),
            ),
            R3,
        ),
        Example("a screening that found an indicator, and sets no level", (screened(T0),), R3, reason=("assessment",)),
        Example("a screening that found an indicator of a case known to be low", (LOW, screened(day(1))), R3),
        Example("a screening that found no indicator", (LOW, screened(day(1), found=0))),
        Example("a screening that found an indicator where a manager is attached", (SPO, screened(day(1)))),
        Example(
            "a screening that a full assessment followed before we heard of it",
            (assessed(day(2), all_low()), screened(day(1))),
        ),
        Example(
            "a screening that is told 1 ms less than 28 days before anybody is missing",
            (holder(T0, ended=T0 + WINDOW - MS), screened(T0), passed(T0 + WINDOW - MS)),
            R3,
        ),
        Example(
            "a screening of 28 days before puts nobody on watch any more",
            (holder(T0, ended=T0 + WINDOW), screened(T0), passed(T0 + WINDOW)),
        ),
    ),
    ("R3",),
)


def _charged(
    says: str, *before: CaseEvent, told: Told = (), code: str = SERIOUS, urgency: str | None = None
) -> Example:
    return Example(says, (*before, charge(day(1), code)), told, urgency=urgency)


CASE_MANAGER = HolderRole.CASE_MANAGER

SERIOUS_OFFENCE = Table(
    "A serious offence is one escalation (R2, R3, R4)",
    ("P4", "P2", "P7"),
    "A charge for a serious offence, or a hearing for one. Level raised, stale or unknown, and no manager: R2. "
    "Otherwise, somebody under supervision: R4. Known to be low and held by nobody: on watch, R3. Never two of them "
    "for one offence.",
    (
        _charged("a serious charge, level unknown, nobody there: R2", told=pairs("R2", "RAISED"), urgency="urgent"),
        _charged("a serious charge, level raised, nobody there: R2", HIGH, told=pairs("R2", "RAISED")),
        _charged(
            "a serious charge, level unknown, a case manager alone: R2",
            PO,
            told=pairs("R2", "RAISED"),
            urgency="urgent",
        ),
        _charged("a serious charge, level unknown, a manager attached: R4", SPO, told=R4, urgency="urgent"),
        _charged("a serious charge, level raised, a manager attached: R4", SPO, HIGH, told=R4),
        _charged("a serious charge, known to be low, a case manager alone: R4", PO, LOW, told=R4, urgency="urgent"),
        _charged("a serious charge, known to be low, held by nobody: on watch, R3", LOW, told=R3, urgency="urgent"),
        _charged(
            "a serious charge of a low case that only a forum holds: on watch, R3",
            LOW,
            holder(T0, HolderRole.FORUM),
            told=R3,
        ),
        *(
            _charged(f"a serious charge of a low case whose case manager {what}", LOW, held, told=told)
            for what, held, told in (
                ("begins at that time: R4", holder(T0, CASE_MANAGER, grade="PO", started=day(1)), R4),
                ("begins 1 ms later: R3", holder(T0, CASE_MANAGER, grade="PO", started=day(1) + MS), R3),
                ("ends 1 ms later: R4", holder(T0, CASE_MANAGER, grade="PO", ended=day(1) + MS), R4),
                ("ends at that time: R3", holder(T0, CASE_MANAGER, grade="PO", ended=day(1)), R3),
            )
        ),
        _charged("a charge that is not serious, a manager attached: nothing", SPO, code=NOT_SERIOUS),
        _charged("a charge whose seriousness is unknown, a manager attached: nothing", SPO, code=UNLISTED),
        _charged("a charge that is not serious of a low case held by nobody: nothing", LOW, code=NOT_SERIOUS),
        Example("a serious hearing, a manager attached: R4", (SPO, hearing(day(1), SERIOUS)), R4),
        Example("a serious hearing, known to be low, held by nobody: R3", (LOW, hearing(day(1), SERIOUS)), R3),
        Example(
            "an arrest for a serious offence is no charge: a manager who is attached hears of the charge",
            (SPO, charge(day(1), SERIOUS, kind=PoliceKind.ARREST)),
        ),
        Example(
            "a charge and then the hearing for it: the hearing joins",
            (SPO, charge(day(1), SERIOUS), hearing(day(2), SERIOUS)),
            pairs("R4", "RAISED", "JOINED"),
        ),
        Example(
            "R2 has said it, and a manager comes: R4 does not say it again",
            (charge(day(1), SERIOUS), holder(day(2))),
            pairs("R2", "RAISED", "CONDITION_CLEARED"),
        ),
        Example(
            "R3 has said it, and a case manager comes: R4 does not say it again",
            (LOW, charge(day(1), SERIOUS), holder(day(2), HolderRole.CASE_MANAGER, grade="PO")),
            R3,
        ),
        Example(
            "R4 has said it, and the case manager goes: R3 does not say it again",
            (
                LOW,
                PO,
                charge(day(1), SERIOUS),
                holder(day(2), HolderRole.CASE_MANAGER, name="c2", allocation="c1", attached=False, grade="PO"),
            ),
            R4,
        ),
        Example(
            "known to be low since a serious charge, and the case manager's time ends though nothing comes: R3",
            (
                holder(T0, CASE_MANAGER, grade="PO", ended=day(9)),
                charge(day(1), SERIOUS),
                assessed(day(2), all_low()),
                passed(day(9)),
            ),
            (*pairs("R2", "RAISED", "CONDITION_CLEARED"), *R3),
        ),
        Example(
            "known to be low since a serious charge, and the case manager's time ends in 1 ms: nothing yet",
            (
                holder(T0, CASE_MANAGER, grade="PO", ended=day(9) + MS),
                charge(day(1), SERIOUS),
                assessed(day(2), all_low()),
                passed(day(9)),
            ),
            pairs("R2", "RAISED", "CONDITION_CLEARED"),
        ),
        Example(
            "R4 has said it, and the manager goes: R2 does not say it again",
            (HIGH, SPO, charge(day(1), SERIOUS), holder(day(2), name="m2", allocation="m1", attached=False)),
            R4,
        ),
        Example(
            "a serious charge that is told 1 ms less than 28 days before somebody holds the case",
            (LOW, SPO, charge(day(1), SERIOUS)),
            R4,
            now=day(1) + WINDOW - MS,
        ),
        Example(
            "a serious charge that was told 28 days before is no news any more",
            (LOW, SPO, charge(day(1), SERIOUS)),
            (),
            now=day(1) + WINDOW,
        ),
        Example(
            "a serious hearing taken back clears R4",
            (SPO, hearing(day(1), SERIOUS), deleted(day(2))),
            R4 + CLEARED4,
        ),
        Example("a serious charge: growing old does not clear R4", (SPO, charge(day(1), SERIOUS), passed(day(90))), R4),
        Example(
            "a serious charge: a countersignature does not clear R4",
            (SPO, charge(day(1), SERIOUS), oversight(day(2), OversightKind.COUNTERSIGNATURE, grade="SPO")),
            R4,
        ),
        Example(
            "a serious charge: a forum's outcome that names R4's escalation does not end it, and is told",
            (
                SPO,
                charge(day(1), SERIOUS),
                oversight(
                    day(2),
                    OversightKind.FORUM_OUTCOME,
                    grade="SPO",
                    forum="MAPPA",
                    escalation=id_of("R4", charge(day(1), SERIOUS)),
                ),
            ),
            pairs("R4", "RAISED", "OVERSIGHT_INSUFFICIENT"),
            reason=("a countersignature, a forum or a grade",),
        ),
        Example(
            "a serious charge: closed once a manager has dealt with it",
            (SPO, charge(day(1), SERIOUS), overseen(day(2))),
            pairs("R4", "RAISED", "OVERSEEN", "CLOSED"),
        ),
    ),
    ("R2", "R3", "R4"),
)
