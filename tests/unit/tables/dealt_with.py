"""What else people do about an open escalation: reopen, silence, adopt a policy; and news that joins it (P11, P18)."""

from __future__ import annotations

from datetime import datetime

from streams.acts import ActKind
from streams.events import CaseEvent
from streams.policy import Policies
from streams.policy.reading import parse
from streams.rules import BY_ID
from tests.unit.casebook import (
    HOLIDAYS,
    MS,
    OFFENCES_TEXT,
    POLICY,
    POLICY_TEXT,
    SERIOUS,
    T0,
    act,
    all_low,
    assessed,
    day,
    holder,
    overseen,
    passed,
    police,
)
from tests.unit.table_book import (
    HIGH,
    SPO,
    WINDOW,
    acknowledged,
    charge,
    id_of,
    reopened,
    suppressed,
    utc,
    wanted,
)
from tests.unit.tables.shape import Example, Table, Told, pairs

ONE = id_of("R1", HIGH)
NINE_30, TEN, NOON = utc("2026-03-02 09:30"), utc("2026-03-02 10:00"), utc("2026-03-02 12:00")
SEEN = overseen(TEN)
MANAGED = holder(day(1))


def _one(*changes: str) -> Told:
    return pairs("R1", "RAISED", *changes)


CHARGE = charge(day(1), SERIOUS)
FOUR = id_of("R4", CHARGE)
CLOSED4 = pairs("R4", "RAISED", "OVERSEEN", "CLOSED")
DEALT = (SPO, CHARGE, overseen(day(2)))
GONE = holder(day(9), name="m2", allocation="m1", attached=False)

REOPENED = Table(
    "Closed, and open again",
    ("P11", "P14", "P18"),
    "An escalation that was closed is reopened by what would have joined it, for 28 days; after that it is a new "
    "escalation. A person may reopen it, too, with a reason.",
    (
        Example(
            "a second serious charge on the next day reopens it",
            (*DEALT, charge(day(3), SERIOUS, name="c2")),
            CLOSED4 + pairs("R4", "REOPENED"),
            urgency="urgent",
        ),
        Example(
            "a second serious charge 1 ms less than 28 days after it was closed",
            (*DEALT, charge(day(2) + WINDOW - MS, SERIOUS, name="c2")),
            CLOSED4 + pairs("R4", "REOPENED"),
        ),
        Example(
            "a second serious charge 28 days after it was closed: a new escalation",
            (*DEALT, charge(day(2) + WINDOW, SERIOUS, name="c2")),
            CLOSED4 + pairs("R4", "RAISED"),
        ),
        Example(
            "a second serious charge 28 days and 1 ms after it was closed: a new escalation",
            (*DEALT, charge(day(2) + WINDOW + MS, SERIOUS, name="c2")),
            CLOSED4 + pairs("R4", "RAISED"),
        ),
        Example("the same charge told again reopens nothing", (*DEALT, CHARGE), CLOSED4),
        Example(
            "reopened by a person, with a reason",
            (*DEALT, reopened(day(3), FOUR)),
            CLOSED4 + pairs("R4", "REOPENED"),
            reason=("it is reopened by SPO N07B123 (NOT_DONE)",),
            next_at="2026-03-05 10:00",
        ),
        Example(
            "reopened by a person while it is overseen and open",
            (SPO, CHARGE, overseen(day(2), wanted()), reopened(day(3), FOUR)),
            pairs("R4", "RAISED", "OVERSEEN", "REOPENED"),
        ),
        Example(
            "an escalation that nobody has seen cannot be reopened",
            (SPO, CHARGE, reopened(day(3), FOUR)),
            pairs("R4", "RAISED"),
        ),
        Example(
            "a person cannot reopen it 28 days after it was closed",
            (*DEALT, reopened(day(2) + WINDOW, FOUR)),
            CLOSED4,
        ),
        Example(
            "reopened, and overseen again: closed again",
            (*DEALT, reopened(day(3), FOUR), overseen(day(4), name="s2")),
            CLOSED4 + pairs("R4", "REOPENED", "OVERSEEN", "CLOSED"),
        ),
        Example(
            "the manager goes within 28 days: R1 is reopened",
            (HIGH, overseen(TEN), MANAGED, GONE),
            _one("OVERSEEN", "CONDITION_CLEARED", "CLOSED", "REOPENED"),
        ),
    ),
    ("R1", "R4"),
)

HUSH = suppressed(TEN, ONE, day(1))
SILENT = _one("SUPPRESSED")


def _four(says: str, until: datetime | None, *then: CaseEvent, told: Told = (), next_at: str | None = None) -> Example:
    return Example(
        says,
        (SPO, CHARGE, suppressed(day(2), FOUR, until), *then),
        pairs("R4", "RAISED", "SUPPRESSED") + told,
        next_at=next_at,
    )


TWO_DAYS = utc("2026-03-04 10:00")
"""When no silence of HIGH's escalation holds any more, where nobody is attached: two days after TEN."""

SUPPRESSED = Table(
    "Silenced, for a reason and for a time",
    ("P18", "P11"),
    "A person may silence an escalation, by name, with a reason and an end, for at most 28 days; where nobody is "
    "attached to a raised case for at most two. The first silence sets that end, and later ones do not move it. News "
    "ends it, and so does its time, and that is told.",
    (
        Example(
            "silenced until tomorrow, by name, with a reason",
            (HIGH, HUSH),
            SILENT,
            reason=("suppressed by SPO N07B123 (PERSON_IN_CUSTODY)",),
            notes=("suppressed by N07B123 until 2026-03-03 09:00 UTC (PERSON_IN_CUSTODY)",),
            next_at="2026-03-03 09:00",
        ),
        Example("1 ms before its end it is silent", (HIGH, HUSH, passed(day(1) - MS)), SILENT),
        Example(
            "at its end it is told",
            (HIGH, HUSH, passed(day(1))),
            _one("SUPPRESSED", "SUPPRESSION_ENDED"),
            next_at="2026-03-03 10:00",
        ),
        Example(
            "no manager: silenced for a month, it is two days",
            (HIGH, suppressed(TEN, ONE, day(30))),
            SILENT,
            next_at="2026-03-04 10:00",
        ),
        Example(
            "no manager: silenced without an end, it is two days",
            (HIGH, suppressed(TEN, ONE)),
            SILENT,
            next_at="2026-03-04 10:00",
        ),
        Example(
            "silenced again, the two days do not move",
            (HIGH, HUSH, suppressed(day(0.5), ONE, day(30))),
            _one("SUPPRESSED", "SUPPRESSED"),
            next_at="2026-03-04 10:00",
        ),
        Example(
            "silenced again after it has ended: what is left of the two days",
            (HIGH, HUSH, passed(day(1)), suppressed(day(1.5), ONE, day(30))),
            _one("SUPPRESSED", "SUPPRESSION_ENDED", "SUPPRESSED"),
            next_at="2026-03-04 10:00",
        ),
        Example(
            "silenced again 1 ms before the two days end",
            (HIGH, HUSH, passed(day(1)), suppressed(TWO_DAYS - MS, ONE, day(30))),
            _one("SUPPRESSED", "SUPPRESSION_ENDED", "SUPPRESSED"),
        ),
        Example(
            "silenced when the two days end: refused, and told",
            (HIGH, HUSH, passed(day(1)), suppressed(TWO_DAYS, ONE, day(30))),
            _one("SUPPRESSED", "SUPPRESSION_ENDED", "SUPPRESSION_ENDED"),
        ),
        Example(
            "silenced once the two days are over: refused, and told",
            (HIGH, HUSH, passed(day(3)), suppressed(day(3), ONE, day(30))),
            _one("SUPPRESSED", "SUPPRESSION_ENDED", "SUPPRESSION_ENDED"),
        ),
        Example("silenced without a reason: it is not", (HIGH, suppressed(TEN, ONE, day(1), reason=None)), _one()),
        _four("a serious charge silenced for three weeks", day(21), next_at="2026-03-23 09:00"),
        _four("a serious charge silenced for three months, it is 28 days", day(90), next_at="2026-04-01 09:00"),
        _four("a serious charge silenced without an end, it is 28 days", None, next_at="2026-04-01 09:00"),
        _four(
            "news ends the silence",
            day(21),
            charge(day(3), SERIOUS, name="c2"),
            told=pairs("R4", "JOINED"),
            next_at="2026-03-05 10:00",
        ),
        _four("oversight ends the silence", day(21), overseen(day(3)), told=pairs("R4", "OVERSEEN", "CLOSED")),
        _four(
            "a person ends the silence",
            day(21),
            act(day(3), ActKind.SUPPRESSION_ENDED, FOUR, reason="BACK"),
            told=pairs("R4", "SUPPRESSION_ENDED"),
        ),
        Example(
            "a person ends a silence that is over already: nothing more",
            (HIGH, HUSH, passed(day(1)), act(day(1.2), ActKind.SUPPRESSION_ENDED, ONE, reason="BACK")),
            _one("SUPPRESSED", "SUPPRESSION_ENDED"),
        ),
        _four(
            "a person ends a silence that news has ended: nothing more",
            day(21),
            charge(day(3), SERIOUS, name="c2"),
            act(day(4), ActKind.SUPPRESSION_ENDED, FOUR, reason="BACK"),
            told=pairs("R4", "JOINED"),
        ),
        Example(
            "silenced until a time that is over: refused, and its time goes on",
            (HIGH, suppressed(utc("2026-03-02 09:45"), ONE, NINE_30)),
            _one("SUPPRESSION_ENDED"),
            next_at="2026-03-02 10:00",
        ),
        Example(
            "silenced anew until a time that is over: the silence ends, and its time begins anew",
            (HIGH, HUSH, suppressed(day(0.5), ONE, day(0.25))),
            _one("SUPPRESSED", "SUPPRESSION_ENDED"),
            next_at="2026-03-02 22:00",
        ),
        Example(
            "silenced at the head of the chain, it is the head's again",
            (HIGH, passed(NOON), suppressed(NOON + MS, ONE, day(1)), passed(day(1))),
            _one("SUPPRESSED", "SUPPRESSION_ENDED"),
            turn="head of unit",
            next_at="2026-03-03 10:00",
        ),
        Example(
            "silenced once it is overseen: at the end it is looked at again after 24 hours",
            (HIGH, SEEN, suppressed(NOON, ONE, day(1)), passed(day(1))),
            _one("OVERSEEN", "SUPPRESSED", "SUPPRESSION_ENDED"),
            next_at="2026-03-04 09:00",
        ),
        Example(
            "what is silenced and cleared is open still",
            (HIGH, HUSH, holder(day(0.5))),
            _one("SUPPRESSED", "CONDITION_CLEARED"),
        ),
    ),
    ("R1", "R4"),
)

ARREST = police(T0)
TWO = id_of("R2", ARREST)

JOINING = Table(
    "News joins an open escalation",
    ("P11", "P14"),
    "One open escalation for each case and rule. News joins it, and can make it more urgent, never less. Who is late "
    "is late still: news gives no more time than was left. Who has acknowledged it is at it, unless it has become "
    "more urgent.",
    (
        Example(
            "an arrest: soon, within four working hours",
            (ARREST,),
            pairs("R2", "RAISED"),
            urgency="soon",
            next_at="2026-03-02 13:00",
        ),
        Example(
            "a serious charge joins: urgent, within the hour",
            (ARREST, charge(TEN, SERIOUS)),
            pairs("R2", "RAISED", "JOINED"),
            urgency="urgent",
            next_at="2026-03-02 11:00",
            reason=("more has come: charge",),
        ),
        Example(
            "a serious charge joins in the last minutes: no more time than was left",
            (ARREST, charge(utc("2026-03-02 12:50"), SERIOUS)),
            pairs("R2", "RAISED", "JOINED"),
            next_at="2026-03-02 13:00",
        ),
        Example(
            "a second arrest joins: the time that was left",
            (ARREST, police(NOON, name="p2")),
            pairs("R2", "RAISED", "JOINED"),
            urgency="soon",
            next_at="2026-03-02 13:00",
        ),
        Example(
            "an arrest joins a serious charge: urgent still",
            (charge(T0, SERIOUS), police(NINE_30, name="p2")),
            pairs("R2", "RAISED", "JOINED"),
            urgency="urgent",
            next_at="2026-03-02 10:00",
        ),
        Example(
            "acknowledged, and a second arrest joins: still acknowledged",
            (ARREST, acknowledged(NINE_30, TWO), police(TEN, name="p2")),
            pairs("R2", "RAISED", "ACKNOWLEDGED", "JOINED"),
            next_at="2026-03-03 17:00",
        ),
        Example(
            "acknowledged, and a serious charge joins: to be acknowledged anew",
            (ARREST, acknowledged(NINE_30, TWO), charge(TEN, SERIOUS)),
            pairs("R2", "RAISED", "ACKNOWLEDGED", "JOINED"),
            urgency="urgent",
            next_at="2026-03-02 11:00",
        ),
        Example(
            "acknowledged, and oversight of before the news does not end what joined since",
            (ARREST, acknowledged(NINE_30, TWO), police(TEN, name="p2"), overseen(utc("2026-03-02 09:45"))),
            pairs("R2", "RAISED", "ACKNOWLEDGED", "JOINED"),
        ),
        Example(
            "oversight of before the news does not end what joined since",
            (ARREST, police(TEN, name="p2"), overseen(NINE_30)),
            pairs("R2", "RAISED", "JOINED"),
        ),
    ),
    ("R2",),
)

STRICTER = parse(POLICY_TEXT.replace('public = "high"', 'public = "very-high"', 1), OFFENCES_TEXT, BY_ID, HOLIDAYS)
BOTH = Policies(
    {POLICY.version: POLICY, STRICTER.version: STRICTER},
    ((utc("2020-01-01 00:00"), POLICY.version), (day(1), STRICTER.version)),
)
ADOPT = act(day(2), ActKind.POLICY_ADOPTED, ONE, reason="AGREED")


STAFF = assessed(T0, all_low(staff="high"))
STAFF_ID = id_of("R1", STAFF)
ADOPT_STAFF = act(day(2), ActKind.POLICY_ADOPTED, STAFF_ID, reason="AGREED")
SHORTER = parse(POLICY_TEXT.replace(', "head of unit"]', "]"), OFFENCES_TEXT, BY_ID, HOLIDAYS)
TO_SHORTER = Policies(
    {POLICY.version: POLICY, SHORTER.version: SHORTER},
    ((utc("2020-01-01 00:00"), POLICY.version), (day(1), SHORTER.version)),
)


def _changed(says: str, *events: CaseEvent, told: Told, next_at: str | None = None) -> Example:
    return Example(says, events, told, next_at=next_at, policies=BOTH)


def _adopted(says: str, *before: CaseEvent, told: Told = (), next_at: str, turn: str | None = None) -> Example:
    """A level that both policies call raised; on day 2 it is moved. ``told``: what came of what was before."""
    events = STAFF, *before, ADOPT_STAFF
    return Example(says, events, (*_one(), *told, ("R1", "POLICY_ADOPTED")), next_at=next_at, turn=turn, policies=BOTH)


ADOPTED = Table(
    "A policy that changes",
    ("P18", "P1"),
    "An open escalation is judged by the policy that it was opened under until a person moves it; whatever is new, "
    "by the policy in force. Here the threshold for harm to the public rises to very high on day 1.",
    (
        _changed("raised under the old policy, it stands after the change", HIGH, passed(day(2)), told=_one()),
        _changed(
            "moved by a person, with a reason: the new threshold clears it",
            HIGH,
            ADOPT,
            told=_one("POLICY_ADOPTED", "CONDITION_CLEARED"),
        ),
        _changed(
            "a high level that comes after the change is not raised", assessed(day(1), all_low(public="high")), told=()
        ),
        _changed(
            "a high level that comes 1 ms before the change is",
            assessed(day(1) - MS, all_low(public="high")),
            told=_one(),
        ),
        _adopted("moved, and nobody has seen it: an hour anew", turn="head of unit", next_at="2026-03-04 10:00"),
        _adopted(
            "moved, and acknowledged: four hours anew",
            acknowledged(day(1.9), STAFF_ID),
            told=pairs("R1", "ACKNOWLEDGED"),
            turn="head of unit",
            next_at="2026-03-04 13:00",
        ),
        _adopted(
            "moved, and overseen: looked at again after 24 hours",
            overseen(TEN),
            told=pairs("R1", "OVERSEEN"),
            next_at="2026-03-05 09:00",
        ),
        _adopted(
            "moved, and silenced: silent as long",
            suppressed(TEN, STAFF_ID, utc("2026-03-04 09:30")),
            told=pairs("R1", "SUPPRESSED"),
            next_at="2026-03-04 09:30",
        ),
        _changed(
            "moved, and acknowledged late in the next 24 hours: not beyond them",
            STAFF,
            ADOPT_STAFF,
            acknowledged(utc("2026-03-05 07:00"), STAFF_ID),
            told=_one("POLICY_ADOPTED", "ACKNOWLEDGED"),
            next_at="2026-03-05 09:00",
        ),
        _changed(
            "moved twice: the second time there is nothing to adopt",
            STAFF,
            ADOPT_STAFF,
            act(day(3), ActKind.POLICY_ADOPTED, STAFF_ID, reason="AGREED"),
            told=_one("POLICY_ADOPTED"),
        ),
        Example(
            "moved to a policy with a shorter chain: the turn of its head",
            (STAFF, ADOPT_STAFF),
            _one("POLICY_ADOPTED"),
            turn="on-call manager",
            policies=TO_SHORTER,
        ),
        _changed(
            "what was raised under the policy in force has nothing to adopt",
            assessed(day(1), all_low(staff="high")),
            act(day(2), ActKind.POLICY_ADOPTED, id_of("R1", assessed(day(1), all_low(staff="high")))),
            told=_one(),
        ),
    ),
    ("R1",),
)
