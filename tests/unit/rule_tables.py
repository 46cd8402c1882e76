"""The rules as tables of examples: a sentence, what came in, what was told. Run by tests, shown in docs/rules.md."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from streams.events import (
    AssessmentKind,
    AssessmentStatus,
    CaseEvent,
    Cohort,
    HolderRole,
    OversightKind,
    PoliceKind,
    PoliceRole,
    StaffState,
)
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
    oversight,
    passed,
    police,
)

R1 = ("R1", "RAISED")
R2 = ("R2", "RAISED")
JOINED = ("R2", "JOINED")
CLEARED1, CLEARED2 = ("R1", "CONDITION_CLEARED"), ("R2", "CONDITION_CLEARED")
BACK1, BACK2 = ("R1", "CONDITION_RETURNED"), ("R2", "CONDITION_RETURNED")
WEEKS_55 = timedelta(weeks=55)
WINDOW = timedelta(days=28)


class Example(NamedTuple):
    """What is said, the events in the order in which they come, and the changes told, as (rule, change)."""

    says: str
    events: tuple[CaseEvent, ...]
    told: tuple[tuple[str, str], ...] = ()
    now: datetime | None = None  # when all are judged; None: each when it was received
    manager: str | None = None  # what the last record says of who is there


class Table(NamedTuple):
    """Examples of one part of the guidance."""

    title: str
    principles: tuple[str, ...]
    text: str
    examples: tuple[Example, ...]


def _adult(says: str, told: tuple[tuple[str, str], ...] = (), **given: str | None) -> Example:
    return Example(says, (assessed(T0, all_low(**given)),), told)


def _youth(says: str, told: tuple[tuple[str, str], ...] = (), **given: str | None) -> Example:
    return Example(says, (assessed(T0, levels(**given), case=YOUTH),), told)


THRESHOLDS = Table(
    "When is a level raised",
    ("P1",),
    "Adults: high or very high risk of harm to others, in the community. Youth: medium or higher, on harm to others or "
    "vulnerability. Where the sources disagree which of the two it is, the lower threshold counts.",
    (
        _adult("an adult at low is not raised"),
        _adult("an adult at medium is not raised", public="medium"),
        _adult("an adult at high is raised", (R1,), public="high"),
        _adult("an adult at very high is raised", (R1,), public="very-high"),
        _adult("an adult who is a high risk to children is raised", (R1,), children="high"),
        _adult("an adult who is a high risk to a known adult is raised", (R1,), known_adult="high"),
        _adult("an adult who is a high risk to staff is raised", (R1,), staff="high"),
        _adult("an overall high level of harm is raised too", (R1,), harm="high"),
        _adult("a level that is very high in custody only is shown and does not cross", staff_custody="very-high"),
        _adult("one that is high in custody and in the community crosses", (R1,), staff="high", staff_custody="high"),
        _adult("reoffending is not harm and never counts", reoffending="very-high"),
        _adult("an adult's vulnerability has no threshold", vulnerability="very-high"),
        _youth("a young person at low is not raised", harm="low", vulnerability="low"),
        _youth("a young person at medium for harm is raised", (R1,), harm="medium", vulnerability="low"),
        _youth("a young person at medium for vulnerability is raised", (R1,), harm="low", vulnerability="medium"),
        _youth("a young person at high is raised", (R1,), harm="high", vulnerability="low"),
        _youth("a young person at very high is raised", (R1,), harm="very-high", vulnerability="low"),
        _youth(
            "a young person likely to reoffend is not for that raised",
            harm="low",
            vulnerability="low",
            reoffending="high",
        ),
        _youth("a young person's custody level does not cross", harm="low", vulnerability="low", harm_custody="high"),
        Example(
            "an adult at medium who has a youth case too is raised",
            (assessed(T0, all_low(public="medium"), also=YOUTH),),
            (R1,),
        ),
        Example(
            "an adult at medium by a youth tool is raised",
            (assessed(T0, levels(harm="medium", vulnerability="low"), cohort=Cohort.YOUTH),),
            (R1,),
        ),
        Example(
            "a young person at medium by an adult tool is raised",
            (assessed(T0, levels(public="medium"), case=YOUTH, cohort=Cohort.ADULT),),
            (R1,),
        ),
        Example(
            "a screening that is complete sets a level as a full assessment does",
            (assessed(T0, all_low(public="high"), kind=AssessmentKind.SCREENING),),
            (R1,),
        ),
    ),
)

ARREST = police(day(1))


def _level(says: str, *events: CaseEvent, told: tuple[tuple[str, str], ...] = (R2,)) -> Example:
    return Example(says, (*events, ARREST), told)


UNKNOWN = Table(
    "Unknown, open, null and stale are never low",
    ("P1",),
    "An arrest of somebody with no manager is told unless the level is known to be lower: complete, recent and whole.",
    (
        _level("no assessment at all: the level is unknown"),
        _level("known to be low: nothing is raised", assessed(T0, all_low()), told=()),
        _level("an overall low level of harm is a whole picture too", assessed(T0, levels(harm="low")), told=()),
        _level("an open assessment sets no level", assessed(T0, all_low(), status=AssessmentStatus.OPEN)),
        _level("a locked incomplete one sets none", assessed(T0, all_low(), status=AssessmentStatus.LOCKED_INCOMPLETE)),
        _level("a withdrawn one sets none", assessed(T0, all_low(), status=AssessmentStatus.WITHDRAWN)),
        _level(
            "a complete one that gives no level sets none",
            assessed(T0, all_low(public=None, children=None, staff=None, known_adult=None)),
        ),
        _level("three groups low and one not given: the level is unknown", assessed(T0, all_low(staff=None))),
        _level("low in custody says nothing of the community", assessed(T0, levels(harm_custody="low"))),
        _level("low reoffending says nothing of harm", assessed(T0, levels(reoffending="low"))),
        _level(
            "known low, and a later assessment that is open: still known to be low",
            assessed(T0, all_low()),
            assessed(day(0.5), (), name="a2", status=AssessmentStatus.OPEN),
            told=(),
        ),
        Example(
            "a later complete assessment with all null does not erase a high level",
            (assessed(T0, all_low(public="high")), assessed(day(9), levels(public=None), name="a2")),
            (R1,),
        ),
        Example(
            "a later locked incomplete one on the same day does not lower a high level",
            (
                assessed(T0, all_low(public="high")),
                assessed(T0 + timedelta(hours=3), all_low(), name="a2", status=AssessmentStatus.LOCKED_INCOMPLETE),
            ),
            (R1,),
        ),
        Example(
            "of two complete ones on one day the later counts",
            (assessed(T0, all_low(public="high")), assessed(T0 + timedelta(hours=3), all_low(), name="a2")),
            (R1, CLEARED1),
        ),
        Example(
            "of two completed at the same moment the larger id counts",
            (assessed(T0, all_low(), name="99"), assessed(T0, all_low(public="high"), name="100")),
            (R1,),
        ),
        Example(
            "and the larger id counts also when it comes first",
            (assessed(T0, all_low(), name="100"), assessed(T0, all_low(public="high"), name="99")),
        ),
        Example(
            "1 ms before 55 weeks a low level is still known",
            (assessed(T0, all_low()), police(T0 + WEEKS_55 - MS)),
        ),
        Example("at 55 weeks it is stale", (assessed(T0, all_low()), police(T0 + WEEKS_55)), (R2,)),
        Example("1 ms after 55 weeks it is stale", (assessed(T0, all_low()), police(T0 + WEEKS_55 + MS)), (R2,)),
        Example(
            "1 ms before 55 weeks a high level raises by itself",
            (assessed(T0, all_low(public="high")),),
            (R1,),
            T0 + WEEKS_55 - MS,
        ),
        Example(
            "at 55 weeks a high level that nobody told before raises nothing by itself",
            (assessed(T0, all_low(public="high")),),
            (),
            T0 + WEEKS_55,
        ),
        Example(
            "but with an arrest it does, for stale is never low",
            (assessed(T0, all_low(public="high")), police(T0 + WEEKS_55)),
            (R2,),
            T0 + WEEKS_55,
        ),
    ),
)


def _held(says: str, manager: str, *holders: CaseEvent) -> Example:
    return Example(says, (*holders, assessed(day(30), all_low(public="high"))), (R1,), manager=manager)


def _managed(says: str, *holders: CaseEvent) -> Example:
    return Example(says, (*holders, assessed(day(30), all_low(public="high"))))


CM = holder(T0, HolderRole.CASE_MANAGER, name="c1", grade="PO", staff="N07A001")

MANAGERS = Table(
    "Who is a manager",
    ("P13", "P15"),
    "An active, real holder in the role of manager, of a grade that the policy accepts, whose allocation has started "
    "and not ended. In each example the case is assessed high on day 30; the reason says who was there instead.",
    (
        _managed("an SPO as manager is a manager", holder()),
        _managed("a head of PDU is a manager", holder(grade="HEAD OF PDU")),
        _managed("a manager beside a case manager is a manager", CM, holder()),
        _managed(
            "a new manager after an ended one is a manager",
            holder(ended=day(9)),
            holder(day(9), name="m2", staff="N07B9"),
        ),
        _managed("a manager until tomorrow is one today", holder(ended=day(31))),
        _held("nobody at all", "nobody"),
        _held("a case manager alone is no manager", "a case manager alone (PO N07A001)", CM),
        _held(
            "an SPO who is the case manager is no manager of it",
            "a case manager alone (SPO N07A001)",
            holder(T0, HolderRole.CASE_MANAGER, staff="N07A001"),
        ),
        _held("a placeholder by its code", "a placeholder as manager (SPO N07UATU)", holder(staff="N07UATU")),
        _held("a placeholder by its name", "a placeholder as manager (SPO N07B123)", holder(placeholder_name=True)),
        _held("an inactive placeholder", "an inactive placeholder as manager (SPO N07IAVU)", holder(staff="N07IAVU")),
        _held("a manager without a staff code", "nobody by staff code as manager (SPO)", holder(staff=None)),
        _held("a leaver", "a leaver as manager (SPO N07B123)", holder(state=StaffState.LEFT)),
        _held(
            "an inactive member of staff",
            "an inactive member of staff as manager (SPO N07B123)",
            holder(state=StaffState.INACTIVE),
        ),
        _held("a PO in the role of manager", "an unsuitable grade as manager (PO N07B123)", holder(grade="PO")),
        _held("a grade that is not known", "an unsuitable grade as manager (N07B123)", holder(grade=None)),
        _held(
            "a manager by a youth service's grade",
            "an unsuitable grade as manager (TEAM MANAGER N07B123)",
            holder(grade="TEAM MANAGER"),
        ),
        _held(
            "an allocation that ended the day before",
            "an ended allocation as manager (SPO N07B123, until 2026-03-31)",
            holder(ended=day(29)),
        ),
        _held(
            "one that ends at this very moment",
            "an ended allocation as manager (SPO N07B123, until 2026-04-01)",
            holder(ended=day(30)),
        ),
        _managed("one that ends 1 ms later", holder(ended=day(30) + MS)),
        _held(
            "a manager who was detached",
            "an ended allocation as manager (SPO N07B123, until 2026-03-12)",
            holder(),
            holder(day(10), name="m2", allocation="m1", attached=False),
        ),
        _held(
            "a manager who was detached, told the other way round",
            "an ended allocation as manager (SPO N07B123, until 2026-03-12)",
            holder(day(10), name="m2", allocation="m1", attached=False),
            holder(),
        ),
        _held(
            "a manager who starts tomorrow",
            "an allocation that has not started as manager (SPO N07B123)",
            holder(started=day(31)),
        ),
        _managed("one who starts at this very moment", holder(started=day(30))),
        _held(
            "a forum is no substitute",
            "a forum, which is no substitute (MAPPA)",
            holder(T0, HolderRole.FORUM, staff="MAPPA", grade=None),
        ),
        _held(
            "a forum beside a case manager",
            "a case manager alone (PO N07A001); a forum, which is no substitute (MAPPA)",
            CM,
            holder(T0, HolderRole.FORUM, staff="MAPPA", grade=None),
        ),
        _held(
            "a placeholder as case manager",
            "a placeholder as case manager (PO N07UATU)",
            holder(T0, HolderRole.CASE_MANAGER, grade="PO", staff="N07UATU"),
        ),
        _held(
            "of many of one kind the latest is named first, and then one of every other kind",
            "an ended allocation as manager (SPO N07B5, until 2026-03-08); a case manager alone (PO N07A001); "
            "a forum, which is no substitute (MAPPA); an ended allocation as manager (SPO N07B4, until 2026-03-07); "
            "and 3 more",
            CM,
            holder(T0, HolderRole.FORUM, name="f1", staff="MAPPA", grade=None),
            *(holder(day(n), name=f"e{n}", staff=f"N07B{n}", ended=day(n + 1)) for n in range(1, 6)),
        ),
        Example(
            "a young person's team manager is a manager",
            (
                holder(grade="TEAM MANAGER", case=YOUTH),
                assessed(day(30), levels(harm="high", vulnerability="low"), case=YOUTH),
            ),
        ),
        Example(
            "an SPO is no manager of a young person's case",
            (holder(case=YOUTH), assessed(day(30), levels(harm="high", vulnerability="low"), case=YOUTH)),
            (R1,),
            manager="an unsuitable grade as manager (SPO N07B123)",
        ),
        Example(
            "a forum's outcome on record attaches nobody",
            (
                oversight(T0, OversightKind.FORUM_OUTCOME, forum="MARAC"),
                assessed(day(30), all_low(public="high")),
            ),
            (R1,),
            manager="nobody",
        ),
    ),
)


def _contact(says: str, kind: PoliceKind, role: PoliceRole, told: tuple[tuple[str, str], ...]) -> Example:
    return Example(says, (police(T0, kind, role),), told)


def _before_court(
    says: str, *codes: str | None, told: tuple[tuple[str, str], ...] = (), application: str | None = None
) -> Example:
    return Example(says, (hearing(T0, *codes, application=application),), told)


SIGNALS = Table(
    "Which news is a signal",
    ("P3", "P4"),
    "An arrest, a charge or a call-out as suspect or perpetrator; a hearing for a serious offence. In each example the "
    "level is unknown and nobody is there.",
    (
        _contact("an arrest as suspect", PoliceKind.ARREST, PoliceRole.SUSPECT, (R2,)),
        _contact("an arrest as perpetrator", PoliceKind.ARREST, PoliceRole.PERPETRATOR, (R2,)),
        _contact("a charge as suspect", PoliceKind.CHARGE, PoliceRole.SUSPECT, (R2,)),
        _contact("a charge as perpetrator", PoliceKind.CHARGE, PoliceRole.PERPETRATOR, (R2,)),
        _contact("a call-out as suspect", PoliceKind.CALL_OUT, PoliceRole.SUSPECT, (R2,)),
        _contact("a call-out as perpetrator", PoliceKind.CALL_OUT, PoliceRole.PERPETRATOR, (R2,)),
        *(
            _contact(
                f"{kind} as {role}: says nothing of the person's own conduct",
                kind,
                role,
                (),
            )
            for kind in PoliceKind
            for role in (PoliceRole.VICTIM, PoliceRole.CHILD_PRESENT)
        ),
        _before_court("a hearing for a serious offence", SERIOUS, told=(R2,)),
        _before_court("a hearing for an offence that the table says is not serious", NOT_SERIOUS),
        _before_court("a serious offence among others", NOT_SERIOUS, UNLISTED, SERIOUS, told=(R2,)),
        _before_court(
            "an offence that the table does not list is unknown: it is noted, and opens nothing by itself", UNLISTED
        ),
        _before_court("an offence without a code is unknown too", None),
        _before_court("a breach application without an offence", application="Breach of community order"),
        Example(
            "a hearing that is listed weeks ahead counts when we hear of it",
            (hearing(day(60), SERIOUS, recorded=T0),),
            (R2,),
        ),
        Example("a hearing taken back before it came to us", (deleted(day(1)), hearing(T0, SERIOUS)), ()),
        Example(
            "a hearing taken back in the moment in which it was listed",
            (hearing(T0, SERIOUS), deleted(T0)),
            (R2, CLEARED2),
        ),
        Example(
            "a hearing taken back for somebody else in it",
            (deleted(day(1), person="person-2"), hearing(T0, SERIOUS)),
            (R2,),
        ),
        Example(
            "one taken back and listed again in the same words, recorded later",
            (hearing(T0, SERIOUS), deleted(day(1)), hearing(T0, SERIOUS, recorded=day(2))),
            (R2, CLEARED2, BACK2),
        ),
        Example("one taken back and listed again", (deleted(day(1)), hearing(day(2), SERIOUS)), (R2,)),
        Example(
            "news opens an escalation for 28 days: 1 ms before their end",
            (police(T0), holder(T0, name="m1", ended=T0 + WINDOW - MS), passed(T0 + WINDOW - MS)),
            (R2, CLEARED2, BACK2),
        ),
        Example(
            "1 ms before the end of 28 days it can still open one",
            (holder(T0, ended=T0 + WINDOW - MS), police(T0), passed(T0 + WINDOW - MS)),
            (R2,),
        ),
        Example(
            "at 28 days it can open none any more",
            (holder(T0, ended=T0 + WINDOW), police(T0), passed(T0 + WINDOW)),
        ),
        Example("news that reaches us late counts from its receipt", (police(T0, received=day(200)),), (R2,)),
        Example("news of a year ago is history", (police(T0, received=day(365)),)),
        Example("1 ms less than a year ago it is not", (police(T0, received=day(365) - MS),), (R2,)),
    ),
)

HIGH = assessed(T0, all_low(public="high"))

LIFE = Table(
    "What becomes of an open item",
    ("P7", "P11"),
    "One open item for each case and rule; further signals join it. A lower level or a manager attached clears its "
    "condition, and it stays open. Growing old clears nothing.",
    (
        Example("a raised level, then an arrest: one item of each rule", (HIGH, ARREST), (R1, R2)),
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

TABLES = (THRESHOLDS, UNKNOWN, MANAGERS, SIGNALS, LIFE)
