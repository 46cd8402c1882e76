"""Which news is a signal (P3, P4)."""

from __future__ import annotations

from streams.events import PoliceKind, PoliceRole
from tests.unit.casebook import MS, NOT_SERIOUS, SERIOUS, T0, UNLISTED, day, deleted, hearing, holder, passed, police
from tests.unit.table_book import BACK2, CLEARED2, R2, WINDOW
from tests.unit.tables.shape import Example, Table, Told


def _contact(says: str, kind: PoliceKind, role: PoliceRole, told: Told) -> Example:
    return Example(says, (police(T0, kind, role),), told)


def _before_court(says: str, *codes: str | None, told: Told = (), application: str | None = None) -> Example:
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
        Example(
            "a hearing of 1 ms less than 28 days ago can still open one",
            (hearing(T0, SERIOUS),),
            (R2,),
            T0 + WINDOW - MS,
        ),
        Example(
            "a hearing of 28 days ago opens none any more",
            (hearing(T0, SERIOUS),),
            (),
            T0 + WINDOW,
        ),
        Example("news that reaches us late counts from its receipt", (police(T0, received=day(200)),), (R2,)),
        Example("news of a year ago is history", (police(T0, received=day(365)),)),
        Example("1 ms less than a year ago it is not", (police(T0, received=day(365) - MS),), (R2,)),
    ),
)
