"""When a level is raised, when it is known at all, and what registers say of it (P1)."""

from __future__ import annotations

from datetime import timedelta

from streams.events import AssessmentKind, AssessmentStatus, CaseEvent, Cohort
from tests.unit.casebook import CASE, MS, T0, YOUTH, all_low, assessed, day, levels, passed, police
from tests.unit.table_book import ARREST, CLEARED1, R1, R2, WEEKS_55, comes_of_age
from tests.unit.tables.shape import Example, Table, Told


def _adult(says: str, told: Told = (), **given: str | None) -> Example:
    return Example(says, (assessed(T0, all_low(**given)),), told)


def _youth(says: str, told: Told = (), **given: str | None) -> Example:
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


def _level(says: str, *events: CaseEvent, told: Told = (R2,)) -> Example:
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


def _part(missing: str) -> Example:
    what = missing.replace("_", " ")
    return Example(
        f"an adult's picture without a level for {what} is unknown",
        (assessed(T0, all_low(**{missing: None})), ARREST),
        (R2,),
    )


_WHOLE = dict.fromkeys(("harm", "vulnerability"), "low")

PICTURE = Table(
    "When is the picture whole",
    ("P1",),
    "A case is known to be lower only where every part of one set of domains is known: for adults harm as a whole or "
    "the four groups in the community, for the young harm and vulnerability. An arrest, with nobody there, is told "
    "otherwise.",
    (
        *(_part(domain) for domain in ("children", "public", "known_adult", "staff")),
        Example("an adult's picture that says nothing of prisoners is whole", (assessed(T0, all_low()), ARREST)),
        *(
            Example(
                f"a young person's picture of {domain} alone is unknown",
                (assessed(T0, levels(**{domain: "low"}), case=YOUTH), police(day(1), case=YOUTH)),
                (R2,),
            )
            for domain in _WHOLE
        ),
        Example(
            "a young person's picture of both is whole",
            (assessed(T0, levels(**_WHOLE), case=YOUTH), police(day(1), case=YOUTH)),
        ),
    ),
)

_MEDIUM = levels(children="medium", public="medium", known_adult="medium", staff="medium")


def _young(says: str, told: Told = (), **given: str | None) -> Example:
    return Example(says, (assessed(T0, levels(**{**_WHOLE, **given}), case=YOUTH),), told)


def _seventeen(says: str, *events: CaseEvent, told: Told = ()) -> Example:
    """An adult service's case of somebody who turns 18 on day 30."""
    return Example(says, (comes_of_age(T0, day(30), CASE), *events), told)


AGE = Table(
    "Coming of age: both thresholds",
    ("P1", "P20"),
    "Before the 18th birthday the young person's thresholds count whoever holds the case; after it a youth case that "
    "has not moved has both, of which the lower. Nobody falls in between.",
    (
        *(
            _young(
                f"a medium risk to {domain.replace('_', ' ')} raises a young person",
                (R1,),
                **{domain: "medium"},
            )
            for domain in ("children", "public", "known_adult", "staff", "prisoners")
        ),
        Example(
            "an adult who is a high risk to prisoners is raised", (assessed(T0, all_low(prisoners="high")),), (R1,)
        ),
        Example(
            "an adult who is a medium risk to prisoners is not raised", (assessed(T0, all_low(prisoners="medium")),)
        ),
        Example("an overall medium level of harm does not raise an adult", (assessed(T0, levels(harm="medium")),)),
        _seventeen("at 17 in an adult service, medium: raised", assessed(day(1), _MEDIUM), told=(R1,)),
        _seventeen("1 ms before the 18th birthday still", assessed(day(1), _MEDIUM), passed(day(30) - MS), told=(R1,)),
        _seventeen(
            "on the 18th birthday an adult's threshold counts",
            assessed(day(1), _MEDIUM),
            passed(day(30)),
            told=(R1, CLEARED1),
        ),
        _seventeen("after the 18th birthday, medium: not raised", assessed(day(30) + MS, _MEDIUM)),
        Example(
            "a youth case after the 18th birthday, vulnerability medium: raised still, and noted",
            (
                comes_of_age(T0, day(30)),
                assessed(day(31), levels(harm="low", vulnerability="medium"), case=YOUTH),
            ),
            (R1,),
            notes=("turned 18 on 2026-04-01 and the case has not moved: both thresholds count",),
        ),
        Example(
            "a youth case before the 18th birthday has no such note",
            (
                comes_of_age(T0, day(30)),
                assessed(day(29), levels(harm="low", vulnerability="medium"), case=YOUTH),
            ),
            (R1,),
            silent=("turned 18",),
        ),
    ),
)
