"""Whether what was asked for has been done (P8, P9, P10, P12, P20): R9, R10, R11, R12."""

from __future__ import annotations

from streams.circumstances import Relation, ServiceState
from streams.events import CaseEvent, HolderRole, OversightKind
from tests.unit.casebook import CASE, MS, T0, YOUTH, all_low, assessed, day, event, holder, overseen, oversight, passed
from tests.unit.table_book import (
    HIGH,
    LOW,
    SPO,
    WINDOW,
    after,
    at,
    before,
    claimed,
    classified,
    confirmed,
    linked_news,
    service,
    utc,
    wanted,
)
from tests.unit.tables.shape import Example, Table, Told, pairs

R9, R10, R11, R12 = (pairs(rule, "RAISED") for rule in ("R9", "R10", "R11", "R12"))

DUE9 = "2026-03-16 17:00"
DUE9_OF_DAY_30 = "2026-04-17 16:00"
"""Ten working days after 1 April, Easter among them, in summer time."""


def _overseen(says: str, *between: CaseEvent, told: Told = R9, reason: tuple[str, ...] = ()) -> Example:
    return Example(says, (SPO, HIGH, *between, at(DUE9)), told, reason=reason)


ENDED_THEN = holder(day(-5), ended=T0)
ENDED_AFTER = holder(day(-5), ended=T0 + MS)

NOT_OVERSEEN = Table(
    "Raised, a manager attached, and no oversight (R9)",
    ("P9", "P8", "P11", "P19"),
    "Within 10 working days after the raised level became known and a manager was there, a manager of a grade that the "
    "level needs has overseen it. A countersignature alone is no oversight. Unless said otherwise, in each example an "
    "SPO is attached and the level is high on Monday 2 March 2026.",
    (
        Example("no oversight, 1 ms before the tenth working day ends", (SPO, HIGH, before(DUE9))),
        _overseen("no oversight when the tenth working day ends", reason=("SPO N07B123 has not overseen it",)),
        Example("no oversight 1 ms after the tenth working day", (SPO, HIGH, after(DUE9)), R9),
        _overseen("a case discussion with what was found, and why nothing is needed", overseen(day(9)), told=()),
        _overseen(
            "direct observation with an action",
            overseen(day(9), wanted(), kind=OversightKind.DIRECT_OBSERVATION),
            told=(),
        ),
        _overseen("an assessment rolled back", overseen(day(9), kind=OversightKind.ASSESSMENT_ROLLED_BACK), told=()),
        _overseen(
            "communication with another agency", overseen(day(9), kind=OversightKind.AGENCY_COMMUNICATION), told=()
        ),
        _overseen("oversight at the very time of the assessment", overseen(T0), told=()),
        _overseen("oversight 1 ms before the assessment is not of this level", overseen(T0 - MS)),
        _overseen(
            "a countersignature by the manager, and nothing else",
            oversight(day(9), OversightKind.COUNTERSIGNATURE, grade="SPO", author="N07B123"),
            reason=("the countersignature of 2026-03-11 is none",),
        ),
        _overseen(
            "a forum's outcome, and nothing else",
            oversight(day(9), OversightKind.FORUM_OUTCOME, forum="MAPPA", grade="SPO"),
        ),
        _overseen("a referral, and nothing else", oversight(day(9), OversightKind.REFERRAL, grade="SPO")),
        _overseen("oversight by a PO", overseen(day(9), grade="PO")),
        _overseen("oversight by somebody of unknown grade", overseen(day(9), grade=None)),
        _overseen(
            "a case discussion that says nothing of what was found: evidence of oversight, which ends no escalation "
            "(P19)",
            oversight(day(9), OversightKind.CASE_DISCUSSION, grade="SPO"),
            told=(),
        ),
        Example("no manager attached: R1 says it, and R9 does not", (HIGH, at(DUE9))),
        Example("known to be low: nothing is to be overseen", (SPO, LOW, at(DUE9))),
        Example("a level raised by a register is to be overseen, too", (SPO, classified(T0, "RHRH"), at(DUE9)), R9),
        Example(
            "a level that is told late counts from its receipt",
            (SPO, assessed(day(-20), all_low(public="high"), received=T0), before(DUE9)),
        ),
        Example(
            "oversight, late, clears R9 and ends it",
            (SPO, HIGH, at(DUE9), overseen(day(15))),
            pairs("R9", "RAISED", "OVERSEEN", "CONDITION_CLEARED", "CLOSED"),
        ),
        Example(
            "a lower level clears R9, and its escalation stays open",
            (SPO, HIGH, at(DUE9), assessed(day(15), all_low(), name="a2")),
            pairs("R9", "RAISED", "CONDITION_CLEARED"),
        ),
        Example(
            "a manager who goes clears R9: it is R1's now",
            (SPO, HIGH, at(DUE9), holder(day(15), name="m2", allocation="m1", attached=False)),
            pairs("R9", "RAISED", "CONDITION_CLEARED"),
        ),
        Example(
            "a manager who comes when the time was over, 1 ms before their own is over",
            (HIGH, holder(day(30)), before(DUE9_OF_DAY_30)),
        ),
        Example(
            "a manager who comes when the time was over has the same time from then on",
            (HIGH, holder(day(30)), at(DUE9_OF_DAY_30)),
            R9,
        ),
        Example(
            "a manager who follows another has no time of their own",
            (
                SPO,
                HIGH,
                holder(day(5), name="m2", allocation="m1", attached=False),
                holder(day(6), name="g2", allocation="k2"),
                at(DUE9),
            ),
            R9,
        ),
        Example(
            "a placeholder takes none of the manager's time",
            (HIGH, holder(T0, staff="N07UATU"), holder(day(30), name="g2", allocation="k2"), at(DUE9_OF_DAY_30)),
            R9,
        ),
        Example(
            "a placeholder takes none of the manager's time: 1 ms before theirs is over",
            (HIGH, holder(T0, staff="N07UATU"), holder(day(30), name="g2", allocation="k2"), before(DUE9_OF_DAY_30)),
        ),
        Example(
            "a case manager takes none of the manager's time",
            (
                HIGH,
                holder(T0, HolderRole.CASE_MANAGER, allocation="k1"),
                holder(day(30), name="g2", allocation="k2"),
                before(DUE9_OF_DAY_30),
            ),
        ),
        Example(
            "a manager who ended when the level was raised takes none of the next one's time",
            (ENDED_THEN, HIGH, holder(day(30), name="g2", allocation="k2"), before(DUE9_OF_DAY_30)),
        ),
        Example(
            "a manager who ended 1 ms after the level was raised takes it",
            (ENDED_AFTER, HIGH, holder(day(30), name="g2", allocation="k2"), before(DUE9_OF_DAY_30)),
            R9,
        ),
        Example(
            "neither time nor a countersignature clears R9",
            (SPO, HIGH, at(DUE9), oversight(day(15), OversightKind.COUNTERSIGNATURE, grade="SPO"), passed(day(60))),
            R9,
        ),
    ),
    ("R9",),
)

ASKED = overseen(T0, wanted())
ASKED_BY = overseen(T0, wanted(due=utc("2026-03-05 12:00")))

UNCONFIRMED = Table(
    "A required action that nobody has confirmed (R10)",
    ("P10", "P16"),
    "An action that an oversight record asks for is confirmed by its time; by the tenth working day where it names "
    "none. Somebody else confirms it than whoever owns or claims it. Actions of an open escalation are told by that "
    "escalation.",
    (
        Example("an action without a time: 1 ms before the tenth working day ends", (LOW, ASKED, before(DUE9))),
        Example(
            "an action without a time: when the tenth working day ends",
            (LOW, ASKED, at(DUE9)),
            R10,
            reason=("HOME_VISIT of N07A001",),
        ),
        Example("an action without a time: 1 ms after that", (LOW, ASKED, after(DUE9)), R10),
        Example("an action with a time of its own: 1 ms before it", (LOW, ASKED_BY, before("2026-03-05 12:00"))),
        Example("an action with a time of its own: at that time", (LOW, ASKED_BY, at("2026-03-05 12:00")), R10),
        Example(
            "an action that the manager confirmed in time", (LOW, ASKED, claimed(day(1)), confirmed(day(2)), at(DUE9))
        ),
        Example("an action that was confirmed and never claimed", (LOW, ASKED, confirmed(day(2)), at(DUE9))),
        Example(
            "an action that its owner claims, and nobody has confirmed", (LOW, ASKED, claimed(day(1)), at(DUE9)), R10
        ),
        Example(
            "an action that its owner confirms: it takes two",
            (LOW, ASKED, confirmed(day(2), author="N07A001"), at(DUE9)),
            R10,
        ),
        Example(
            "an action that somebody claims and then confirms: it takes two",
            (LOW, ASKED, claimed(day(1), author="N07B123"), confirmed(day(2)), at(DUE9)),
            R10,
        ),
        Example(
            "an action of nobody's that somebody confirms",
            (LOW, overseen(T0, wanted(owner=None)), confirmed(day(2)), at(DUE9)),
        ),
        Example(
            "of two actions one is confirmed",
            (LOW, overseen(T0, wanted(), wanted("a2")), confirmed(day(2)), at(DUE9)),
            R10,
            reason=("HOME_VISIT",),
        ),
        Example(
            "a confirmation after its time clears R10, and its escalation stays open: nobody has seen it",
            (LOW, ASKED, at(DUE9), confirmed(day(15))),
            R10 + pairs("R10", "CONDITION_CLEARED"),
        ),
        Example("a claim after its time does not clear R10", (LOW, ASKED, at(DUE9), claimed(day(15))), R10),
        Example("time alone does not clear R10", (LOW, ASKED, at(DUE9), passed(day(90))), R10),
        Example(
            "oversight of R10's escalation does not close it while the action is unconfirmed",
            (LOW, ASKED, at(DUE9), overseen(day(15), name="s2")),
            R10 + pairs("R10", "OVERSEEN"),
        ),
        Example(
            "oversight of R10's escalation, and then the confirmation",
            (LOW, ASKED, at(DUE9), overseen(day(15), name="s2"), confirmed(day(16))),
            R10 + pairs("R10", "OVERSEEN", "CONDITION_CLEARED", "CLOSED"),
        ),
        Example(
            "a second action that is late joins R10",
            (LOW, ASKED_BY, overseen(day(1), wanted(due=utc("2026-03-06 12:00")), name="s2"), at("2026-03-06 12:00")),
            R10 + pairs("R10", "JOINED"),
        ),
        Example(
            "a record that is corrected to ask for nothing clears R10",
            (LOW, ASKED, at(DUE9), event(overseen(T0).fact, T0, "oversight/delius/s1", recorded=day(15))),
            R10 + pairs("R10", "CONDITION_CLEARED"),
        ),
    ),
    ("R10",),
)

ASKED_FOR = service(T0)
ASKED_FOR_BY = service(T0, due=utc("2026-03-05 12:00"))
DUE11 = "2026-03-30 16:00"  # 17:00 in London, a day after the change to summer time

UNDELIVERED = Table(
    "A service that has not come (R11)",
    ("P12",),
    "A service that was asked for is delivered by its time; by the twentieth working day where it names none.",
    (
        Example(
            "a service without a time: 1 ms before the twentieth working day ends, in summer time",
            (SPO, ASKED_FOR, before(DUE11)),
        ),
        Example(
            "a service without a time: when the twentieth working day ends",
            (SPO, ASKED_FOR, at(DUE11)),
            R11,
            reason=("service BBR by provider-7",),
        ),
        Example("a service without a time: 1 ms after that", (SPO, ASKED_FOR, after(DUE11)), R11),
        Example("a service with a time of its own: 1 ms before it", (SPO, ASKED_FOR_BY, before("2026-03-05 12:00"))),
        Example("a service with a time of its own: at that time", (SPO, ASKED_FOR_BY, at("2026-03-05 12:00")), R11),
        Example(
            "a service that was delivered in time", (SPO, ASKED_FOR, service(day(9), ServiceState.DELIVERED), at(DUE11))
        ),
        Example("a service that was called off", (SPO, ASKED_FOR, service(day(9), ServiceState.CANCELLED), at(DUE11))),
        Example("a delivery that is told first", (SPO, service(day(9), ServiceState.DELIVERED), ASKED_FOR, at(DUE11))),
        Example(
            "a service asked for again counts from the first time on", (SPO, ASKED_FOR, service(day(9)), at(DUE11)), R11
        ),
        Example(
            "a service that comes late clears R11, and its escalation stays open",
            (SPO, ASKED_FOR, at(DUE11), service(day(40), ServiceState.DELIVERED)),
            R11 + pairs("R11", "CONDITION_CLEARED"),
        ),
        Example(
            "a second service that is late joins R11",
            (SPO, ASKED_FOR, service(day(1), name="s2"), at("2026-03-31 16:00")),
            R11 + pairs("R11", "JOINED"),
        ),
        Example(
            "neither time nor oversight clears R11",
            (SPO, ASKED_FOR, at(DUE11), overseen(day(40)), passed(day(90))),
            R11 + pairs("R11", "OVERSEEN"),
        ),
    ),
    ("R11",),
)

NEWS = linked_news(day(1))


def _relation(relation: Relation, told: Told = R12) -> Example:
    verb = "is told" if told else "is not told"
    return Example(
        f"a young person who is the {relation.replace('-', ' ')} of somebody raised {verb}",
        (linked_news(day(1), relation),),
        told,
    )


LINKED = Table(
    "Known to somebody whose risk was raised (R12)",
    ("P20", "P7"),
    "The news that somebody's risk was raised reaches the case of each young person who is known to them. It changes "
    "no level there.",
    (
        Example(
            "a sibling's risk was raised",
            (NEWS,),
            R12,
            reason=(
                "a young person is known to somebody whose risk was raised",
                "sibling of the person of crn:X320742",
            ),
            urgency="urgent",
        ),
        *(_relation(relation) for relation in Relation if relation is not Relation.OTHER),
        _relation(Relation.OTHER, ()),
        Example(
            "it is told where a manager is attached, too", (holder(T0, grade="TEAM MANAGER", case=YOUTH), NEWS), R12
        ),
        Example("an adult is not told of it", (linked_news(day(1), case=CASE),)),
        Example(
            "an adult's case of a person who is assessed by a youth tool is told",
            (assessed(T0, all_low(), also=YOUTH), linked_news(day(1), case=CASE)),
            R12,
        ),
        Example("the same news a second time", (NEWS, NEWS), R12),
        Example("it was raised a second time: that joins", (NEWS, linked_news(day(5))), R12 + pairs("R12", "JOINED")),
        Example(
            "the news 1 ms less than 28 days before the person was known to be young",
            (linked_news(T0, case=CASE), assessed(T0 + WINDOW - MS, all_low(), also=YOUTH)),
            R12,
        ),
        Example(
            "the news 28 days before the person was known to be young",
            (linked_news(T0, case=CASE), assessed(T0 + WINDOW, all_low(), also=YOUTH)),
        ),
        Example("growing old does not clear R12", (NEWS, passed(day(90), YOUTH)), R12),
        Example("a forum does not clear R12", (NEWS, holder(day(2), HolderRole.FORUM, case=YOUTH)), R12),
        Example(
            "R12 is closed once a manager has dealt with it",
            (NEWS, overseen(day(2), grade="TEAM MANAGER", case=YOUTH)),
            pairs("R12", "RAISED", "OVERSEEN", "CLOSED"),
        ),
    ),
    ("R12",),
)
