"""Who is a manager, and who may hold or oversee which level (P13, P15)."""

from __future__ import annotations

from streams.events import CaseEvent, HolderRole, OversightKind, StaffState
from streams.primitives import CaseId
from tests.unit.casebook import CASE, MS, T0, YOUTH, all_low, assessed, day, holder, levels, oversight, police
from tests.unit.table_book import R1, R2
from tests.unit.tables.shape import Example, Table


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


NOTE = "may not hold a case of this level (P13)"


def _grade(grade: str) -> Example:
    return Example(
        f"an adult's manager of grade {grade} is one", (holder(grade=grade), assessed(day(30), all_low(public="high")))
    )


def _youth_grade(grade: str) -> Example:
    high = assessed(day(30), levels(harm="high", vulnerability="low"), case=YOUTH)
    return Example(f"a young person's manager of grade {grade} is one", (holder(grade=grade, case=YOUTH), high))


_ADULT = {"unknown": None, "high": "high", "very high": "very-high"}


def _holds(grade: str, level: str, may: bool, case: CaseId = CASE) -> Example:
    """Somebody of that grade is the case manager; the level is unknown (as low), or as it says."""
    whose = "a young person's" if case == YOUTH else "an adult's"
    holds = holder(T0, HolderRole.CASE_MANAGER, name="c1", grade=grade, staff="N07A001", case=case)
    given = _ADULT[level]
    if given is None:
        news = police(day(1), case=case)
    elif case == YOUTH:
        news = assessed(day(1), levels(harm=given, vulnerability="low"), case=case)
    else:
        news = assessed(day(1), all_low(public=given))
    return Example(
        f"{grade} {'may' if may else 'may not'} hold {whose} case of level {level}",
        (holds, news),
        (R1,) if given else (R2,),
        notes=() if may else (NOTE,),
        silent=(NOTE,) if may else (),
    )


_ADULT_HOLDERS = {
    "unknown": (("PSO", "PQIP", "TPO", "PO", "SPO"), ("DMY",)),
    "high": (("PO", "SPO"), ("PSO", "PQIP", "TPO", "DMY")),
    "very high": (("PO", "SPO"), ("PSO", "PQIP", "TPO", "DMY")),
}
_SENIOR = ("SOCIAL WORKER", "PO", "SENIOR PRACTITIONER", "TEAM MANAGER")
_YOUTH_HOLDERS = {
    "unknown": (("YJ SUPPORT WORKER", "YJ OFFICER", *_SENIOR), ("PSO",)),
    "high": (("YJ OFFICER", *_SENIOR), ("YJ SUPPORT WORKER",)),
    "very high": (_SENIOR, ("YJ SUPPORT WORKER", "YJ OFFICER")),
}

GRADES = Table(
    "Which grade may hold or oversee which level",
    ("P13",),
    "Managers of the grades that the policy lists; case managers by the highest level that is known. A case manager "
    "whose grade falls short is named in the notes of every escalation of the case.",
    (
        *map(_grade, ("SPO", "ACO", "HEAD OF PDU")),
        *map(_youth_grade, ("TEAM MANAGER", "OPERATIONS MANAGER", "SERVICE MANAGER", "HEAD OF SERVICE")),
        *(
            _holds(grade, level, may, case)
            for case, holders in ((CASE, _ADULT_HOLDERS), (YOUTH, _YOUTH_HOLDERS))
            for level, grades in holders.items()
            for may, named in ((True, grades[0]), (False, grades[1]))
            for grade in named
        ),
    ),
)
