"""Which classifications need a manager (P6): R5."""

from __future__ import annotations

from streams.circumstances import ClassificationKind, ClassificationState
from streams.events import CaseEvent, HolderRole, OversightKind
from tests.unit.casebook import MS, T0, day, holder, oversight, passed
from tests.unit.table_book import LOW, SPO, classified, mappa, tier
from tests.unit.tables.shape import Example, Table, Told, pairs

R5 = pairs("R5", "RAISED")
CLEARED5 = pairs("R5", "CONDITION_CLEARED")
BACK5 = pairs("R5", "CONDITION_RETURNED")


def _one(says: str, classification: CaseEvent, told: Told = R5) -> Example:
    return Example(says, (LOW, classification), told)


RVHR = classified(day(1), "RVHR")

CLASSIFIED = Table(
    "Classifications that need a manager (R5)",
    ("P6", "P13", "P15"),
    "A tier, a MAPPA level or category, a register or a flag that the policy lists, while it is in force and no "
    "manager is attached. In each example the level is known to be low before.",
    (
        *(_one(f"tier {code} needs a manager", tier(day(1), code)) for code in ("A0", "A3", "a2")),
        *(_one(f"tier {code} does not", tier(day(1), code), ()) for code in ("B3", "D0", "MISSING", "NOT_SUPERVISED")),
        _one("MAPPA level 2 needs a manager", mappa(day(1), "M2", "M1")),
        _one("MAPPA level 3 needs a manager", mappa(day(1), "M3", "M3")),
        _one("MAPPA level 1 does not", mappa(day(1), "M1", "M2"), ()),
        _one("MAPPA level 0 does not", mappa(day(1), "M0", "M1"), ()),
        _one("MAPPA category 4 needs a manager at level 1, too", mappa(day(1), "M1", "M4")),
        _one("MAPPA with its category to be determined does not", mappa(day(1), "M1", "X9"), ()),
        *(
            _one(f"register {code} needs a manager ({what})", classified(day(1), code))
            for code, what in (
                ("RVHR", "very high risk of harm"),
                ("ASFO", "a serious further offence"),
                ("RTAO", "terrorism"),
                ("RCPR", "child protection"),
            )
        ),
        *(
            _one(f"register {code} does not", classified(day(1), code), ())
            for code in ("RLRH", "RMRH", "RHRH", "ALSH", "ADVP")
        ),
        _one("the register of what once was says nothing of now", classified(day(1), "HREG"), ()),
        _one("no flag needs one", classified(day(1), "RVHR", kind=ClassificationKind.FLAG), ()),
        Example("where a manager is attached, it has the manager it needs", (LOW, SPO, RVHR)),
        Example("a case manager alone is not enough for it", (LOW, holder(T0, HolderRole.CASE_MANAGER), RVHR), R5),
        Example(
            "a forum is not enough for it", (LOW, holder(T0, HolderRole.FORUM, staff="MAPPA", grade=None), RVHR), R5
        ),
        Example("a second one joins", (LOW, RVHR, classified(day(2), "ASFO")), R5 + pairs("R5", "JOINED")),
        Example(
            "1 ms before it begins it is not in force",
            (LOW, classified(day(1), "RVHR", started=day(9)), passed(day(9) - MS)),
        ),
        Example("when it begins it is in force", (LOW, classified(day(1), "RVHR", started=day(9)), passed(day(9))), R5),
        Example(
            "1 ms before it ends it is in force still",
            (LOW, classified(day(1), "RVHR", ended=day(3)), passed(day(3) - MS)),
            R5,
        ),
        Example(
            "when it ends the condition is cleared",
            (LOW, classified(day(1), "RVHR", ended=day(3)), passed(day(3))),
            R5 + CLEARED5,
        ),
        Example(
            "a registration that was ended clears it",
            (LOW, RVHR, classified(day(2), "RVHR", state=ClassificationState.ENDED)),
            R5 + CLEARED5,
        ),
        Example(
            "a registration that was deleted clears it: it never was",
            (LOW, RVHR, classified(day(2), "RVHR", state=ClassificationState.DELETED)),
            R5 + CLEARED5,
        ),
        Example(
            "a registration whose review is overdue needs a manager still",
            (LOW, classified(day(1), "RVHR", review_due=day(2)), passed(day(40))),
            R5,
        ),
        Example(
            "a registration that is saved again in the same words is no news",
            (LOW, RVHR, *(classified(day(2 + n), "RVHR", review_due=day(90 + n)) for n in range(6))),
            R5,
        ),
        Example(
            "a registration that was ended and is registered again is news",
            (
                LOW,
                RVHR,
                classified(day(2), "RVHR", state=ClassificationState.ENDED),
                classified(day(3), "RVHR"),
            ),
            R5 + CLEARED5 + BACK5,
        ),
        Example(
            "a MAPPA registration whose level goes up from 2 to 3 is news",
            (LOW, mappa(day(1), "M2", "M1"), mappa(day(2), "M3", "M1")),
            R5 + pairs("R5", "JOINED"),
        ),
        Example(
            "a lower tier in place of tier A clears it", (LOW, tier(day(1), "A2"), tier(day(2), "D2")), R5 + CLEARED5
        ),
        Example("an older tier that comes late changes nothing", (LOW, tier(day(2), "A2"), tier(day(1), "D2")), R5),
        Example("a manager attached clears what the classification opened", (LOW, RVHR, holder(day(2))), R5 + CLEARED5),
        Example(
            "a manager who goes again brings it back",
            (LOW, RVHR, holder(day(2)), holder(day(3), name="m2", allocation="m1", attached=False)),
            R5 + CLEARED5 + BACK5,
        ),
        Example(
            "neither a forum's outcome nor a countersignature clears it",
            (
                LOW,
                RVHR,
                oversight(day(2), OversightKind.FORUM_OUTCOME, forum="MAPPA"),
                oversight(day(3), OversightKind.COUNTERSIGNATURE, name="o2", grade="SPO"),
            ),
            R5,
        ),
    ),
    ("R5",),
)
