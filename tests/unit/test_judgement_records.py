"""What a record of an escalation says: whole records, compared whole; deadlines; the door's own promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import fastavro.validation
import msgspec
import pytest
from msgspec.structs import replace

from streams.acts import ActKind, Evidence
from streams.case import CaseFile, Chain, Schedule
from streams.escalation import Awaits, Change, Condition, EscalationAction, EscalationRecord, EscalationSignal, Stage
from streams.events import AssessmentStatus, Cohort, HolderRole, OversightKind, PoliceKind, PoliceRole
from streams.facts import CaseKnown
from streams.faults import Unfoldable
from streams.policy import only
from streams.policy.reading import parse
from streams.reconcile import escalation_id
from streams.record import chained, digest, sealed
from streams.rules import BY_ID, EDITION
from streams.rules.gates import NO_MANAGER, NOT_LOWER, NOT_RAISED
from streams.step import Step, StepOutcome, step
from streams.view import CaseView
from tests.unit.casebook import (
    CALM,
    DEPLOY,
    HOLIDAYS,
    MS,
    NOT_SERIOUS,
    OFFENCES_TEXT,
    POLICIES,
    POLICY,
    POLICY_TEXT,
    SERIOUS,
    T0,
    UNLISTED,
    YOUTH,
    act,
    all_low,
    assessed,
    day,
    hearing,
    holder,
    levels,
    overseen,
    oversight,
    passed,
    police,
    required,
    run,
    said,
)

HIGH = assessed(T0, all_low(public="high", staff_custody="very-high"), received=T0 + timedelta(hours=2))
SCHEMA = fastavro.schema.load_schema(DEPLOY.parent / "schemas" / "escalation.avsc")
HOUR = timedelta(hours=1)
SOON = T0 + HOUR / 2
CASE_MANAGER = holder(T0, HolderRole.CASE_MANAGER, name="c1", grade="PO", staff="N07A001")


def unsealed(told: tuple[EscalationRecord, ...]) -> list[EscalationRecord]:
    """The records without their seals, once those were checked."""
    previous = ""
    for number, one in enumerate(told, 1):
        assert (one.entry, one.previous, one.hash) == (number, previous, digest(one.record()))
        assert len(one.events_head) == 32
        previous = one.hash
    return [replace(one, entry=None, events_head=None, previous=None, hash=None) for one in told]


def test_a_record_says_rule_principles_signals_with_their_times_known_since_and_who_referred() -> None:
    events = (CASE_MANAGER, oversight(day(-1)), police(day(-2), PoliceKind.CALL_OUT, PoliceRole.PERPETRATOR))
    _, told = run((*events, HIGH), now=day(1))
    arrest, raised = events[2], unsealed(told)[1]
    assert said(told) == (("R2", "RAISED"), ("R1", "RAISED"))
    assert raised == EscalationRecord(
        escalation_id=escalation_id("crn:X320741", "R1", frozenset({HIGH.content_id})),
        revision=1,
        case_id="crn:X320741",
        cohort="adult",
        rule="R1",
        principles=("P1", "P7", "P13", "P15"),
        change=Change.RAISED,
        condition=Condition.HOLDS,
        reason=(
            "R1 (P1, P7, P13, P15): the level is raised (public: high, assessed 2026-03-02) and no manager is attached "
            "(there is: a case manager alone (PO N07A001)). Signals: full assessment of 2026-03-02: "
            "children low (community), public high (community), known-adult low (community), staff low (community), "
            "staff very-high (custody) (occurred 2026-03-02 09:00 UTC, recorded 2026-03-02 09:00 UTC, "
            "received 2026-03-02 11:00 UTC). Known since 2026-03-02 11:00 UTC. "
            "The case was referred 2026-03-01 09:00 UTC by N07A001. "
            "It is the turn of the case manager's manager: to be acknowledged by 2026-03-03 10:00 UTC."
        ),
        manager="a case manager alone (PO N07A001)",
        levels=(
            "children: low, assessed 2026-03-02",
            "public: high, assessed 2026-03-02",
            "known-adult: low, assessed 2026-03-02",
            "staff: low, assessed 2026-03-02",
            "staff: very-high, in custody: shown, does not cross",
        ),
        signals=(
            EscalationSignal(
                kind="assessment",
                content_id=HIGH.content_id,
                sighting=str(HIGH.origin),
                summary=(
                    "full assessment of 2026-03-02: children low (community), public high (community), "
                    "known-adult low (community), staff low (community), staff very-high (custody)"
                ),
                occurred_at=T0,
                recorded_at=T0,
                received_at=T0 + timedelta(hours=2),
            ),
        ),
        signals_left_out=0,
        known_since=T0 + timedelta(hours=2),
        referred_at=day(-1),
        referred_by="N07A001",
        notes=(),
        policy_version=POLICY.version,
        at=day(1),
        stage=Stage.RAISED,
        urgency="urgent",
        turn="case manager's manager",
        awaits=Awaits.ACKNOWLEDGEMENT,
        next_at=day(1) + HOUR,
        actor=None,
        actor_grade=None,
        decision=None,
        variance=None,
        actions=(),
        suppressed_until=None,
    )
    assert told[0].known_since == arrest.times.received


REASONS = [
    pytest.param(
        (police(T0),),
        "R2 (P3, P4, P7, P13, P15): arrest while the level is unknown and no manager is attached (there is: nobody). "
        "Signals: arrest as suspect, west-yorkshire (occurred 2026-03-02 09:00 UTC, recorded 2026-03-02 09:00 UTC, "
        "received 2026-03-02 09:00 UTC). Known since 2026-03-02 09:00 UTC. "
        "Nobody has referred the case, which excuses nothing (P7). "
        "It is the turn of the case manager's manager: to be acknowledged by 2026-03-02 13:00 UTC.",
        id="nobody referred it",
    ),
    pytest.param(
        (police(T0), hearing(SOON, SERIOUS, NOT_SERIOUS, remanded=True)),
        "R2 (P3, P4, P7, P13, P15): more has come: hearing while the level is unknown and no manager is attached "
        f"(there is: nobody). Signals: hearing at B10JQ00; First hearing; SX03001, {NOT_SERIOUS}: serious; "
        "remanded in custody (occurred 2026-03-02 09:30 UTC, recorded 2026-03-02 09:30 UTC, "
        "received 2026-03-02 09:30 UTC). Known since 2026-03-02 09:00 UTC. "
        "Nobody has referred the case, which excuses nothing (P7). "
        "It is the turn of the case manager's manager: to be acknowledged by 2026-03-02 10:30 UTC.",
        id="what has joined",
    ),
    pytest.param(
        (police(T0), holder(SOON)),
        "R2 (P3, P4, P7, P13, P15): the condition is cleared, for a manager is attached (SPO N07B123); the escalation "
        "stays open. Signals: arrest as suspect, west-yorkshire (occurred 2026-03-02 09:00 UTC, recorded 2026-03-02 "
        "09:00 UTC, received 2026-03-02 09:00 UTC). Known since 2026-03-02 09:00 UTC. "
        "Nobody has referred the case, which excuses nothing (P7). "
        "It is the turn of the case manager's manager: to be acknowledged by 2026-03-02 13:00 UTC.",
        id="cleared by a manager",
    ),
    pytest.param(
        (police(T0), police(T0, role=PoliceRole.VICTIM, recorded=SOON)),
        "R2 (P3, P4, P7, P13, P15): the condition is cleared, for what opened it was taken back or superseded; "
        "the level is unknown, which is not low; the escalation stays open. Known since 2026-03-02 09:00 UTC. "
        "Nobody has referred the case, which excuses nothing (P7). "
        "It is the turn of the case manager's manager: to be acknowledged by 2026-03-02 13:00 UTC.",
        id="cleared by a correction",
    ),
]


@pytest.mark.parametrize(("events", "reason"), REASONS)
def test_the_reason_in_words(events: tuple, reason: str) -> None:  # type: ignore[type-arg]
    _, told = run(events)
    assert told[-1].reason == reason


def test_what_was_taken_back_is_marked_and_stays_listed() -> None:
    _, told = run((police(T0), police(T0, role=PoliceRole.VICTIM, recorded=day(1))))
    assert [signal.summary for signal in told[-1].signals] == ["taken back: arrest as victim, west-yorkshire"]


def test_known_since_is_the_earliest_receipt_also_of_what_joins_out_of_quarantine() -> None:
    held_up = police(day(1), name="p1", received=day(1))
    _, told = run((police(day(2), name="p2"), held_up))
    assert [one.known_since for one in told] == [day(2), day(1)]
    assert "Known since 2026-03-03 09:00 UTC" in told[1].reason


def test_of_many_hearings_for_unlisted_offences_the_latest_are_named_and_the_others_counted() -> None:
    _, told = run((*(hearing(day(n), UNLISTED, name=f"h{n}") for n in range(6)), police(day(7))))
    about = [note for note in told[-1].notes if "the table does not list" in note]
    days = [f"(2026-03-0{day} 09:00 UTC)" for day in (4, 5, 6, 7)]
    assert [when for when, note in zip(days, about, strict=False) if when in note] == days
    assert about[-1] == "and 2 earlier hearings for an offence that the table does not list"


NOTES = [
    pytest.param(
        hearing(T0, UNLISTED, name="h9"),
        "hearing at B10JQ00; First hearing; TH68010: seriousness unknown (2026-03-02 09:00 UTC): "
        "an offence that the table does not list",
        id="an unlisted offence is unknown and not silently harmless",
    ),
    pytest.param(
        oversight(T0, OversightKind.FORUM_OUTCOME, forum="MARAC"),
        "a forum (MARAC) was concerned on 2026-03-02: it attaches no manager (P15)",
        id="a forum is shown",
    ),
    pytest.param(
        assessed(T0, (), status=AssessmentStatus.OPEN),
        "the latest assessment is open: it lowers nothing",
        id="an open assessment is shown",
    ),
]


@pytest.mark.parametrize(("before", "note"), NOTES)
def test_what_the_reader_must_know_besides(before, note: str) -> None:  # type: ignore[no-untyped-def]
    _, told = run((before, police(day(1))))
    assert told[-1].notes == (note,)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), ("harm: not known, no assessment",)),
        (
            (assessed(T0, (), status=AssessmentStatus.OPEN),),
            ("harm: not known, the latest assessment (2026-03-02, open) gives none",),
        ),
        (
            (assessed(T0, all_low(staff=None)),),
            (
                "children: low, assessed 2026-03-02",
                "public: low, assessed 2026-03-02",
                "known-adult: low, assessed 2026-03-02",
                "staff: not known, the latest assessment (2026-03-02, complete) gives none",
            ),
        ),
        ((assessed(day(-400), levels(harm="low")),), ("harm: low, stale: assessed 2025-01-26",)),
    ],
    ids=["none", "open", "one not given", "stale"],
)
def test_the_levels_known_then_in_words(given: tuple, expected: tuple[str, ...]) -> None:  # type: ignore[type-arg]
    _, told = run((*given, police(day(1))), now=day(1))
    assert told[-1].levels == expected


def test_a_record_fits_the_schema() -> None:
    _, told = run((HIGH, police(day(1)), holder(day(2)), oversight(day(3))))
    assert {"RAISED", "OVERDUE", "CONDITION_CLEARED"} == {one.change.value for one in told}
    for one in told:
        assert fastavro.validation.validate(one.record(), SCHEMA)
    assert [field["name"] for field in SCHEMA["fields"]] == list(EscalationRecord.__struct_fields__)


def test_the_id_is_a_hash_of_case_rule_and_contents_in_any_order() -> None:
    assert escalation_id("crn:X320741", "R1", frozenset("fedcba")) == "e17454262b1b2e2b78f058c1a5038787"
    different = {
        escalation_id("crn:X320741", "R1", frozenset({"a"})),
        escalation_id("crn:X320741", "R2", frozenset({"a"})),
        escalation_id("crn:X320742", "R1", frozenset({"a"})),
        escalation_id("crn:X320741", "R1", frozenset({"b"})),
    }
    assert len(different) == 4


def test_a_custody_level_is_never_called_raised() -> None:
    file, _ = run((assessed(T0, levels(staff_custody="very-high", staff="low")),))
    assert [known.raised for known in CaseView(file, POLICY, T0).standing.known] == [False, False]


# ── a life, record by record ─────────────────────────────────────────────────────────────────────────────────

ARREST = police(T0)
R2_ID = escalation_id("crn:X320741", "R2", frozenset({ARREST.content_id}))
ALONE = "arrest while the level is unknown and no manager is attached (there is: nobody)"


def reason(what: str, turn: str | None = None) -> str:
    """A reason about the arrest: what changed, and whose turn it is."""
    sentences = (
        f"R2 (P3, P4, P7, P13, P15): {what}. Signals: arrest as suspect, west-yorkshire "
        "(occurred 2026-03-02 09:00 UTC, recorded 2026-03-02 09:00 UTC, received 2026-03-02 09:00 UTC). "
        "Known since 2026-03-02 09:00 UTC. "
        "Nobody has referred the case, which excuses nothing (P7)."
    )
    return sentences if turn is None else f"{sentences} It is the turn of the {turn} UTC."


RAISED = EscalationRecord(
    escalation_id=R2_ID,
    revision=1,
    case_id="crn:X320741",
    cohort="adult",
    rule="R2",
    principles=("P3", "P4", "P7", "P13", "P15"),
    change=Change.RAISED,
    condition=Condition.HOLDS,
    reason=reason(ALONE, "case manager's manager: to be acknowledged by 2026-03-02 13:00"),
    manager="nobody",
    levels=("harm: not known, no assessment",),
    signals=(
        EscalationSignal(
            kind="arrest",
            content_id=ARREST.content_id,
            sighting=str(ARREST.origin),
            summary="arrest as suspect, west-yorkshire",
            occurred_at=T0,
            recorded_at=T0,
            received_at=T0,
        ),
    ),
    signals_left_out=0,
    known_since=T0,
    referred_at=None,
    referred_by=None,
    notes=(),
    policy_version=POLICY.version,
    at=T0,
    stage=Stage.RAISED,
    urgency="soon",
    turn="case manager's manager",
    awaits=Awaits.ACKNOWLEDGEMENT,
    next_at=T0 + 4 * HOUR,
    actor=None,
    actor_grade=None,
    decision=None,
    variance=None,
    actions=(),
    suppressed_until=None,
)
TUESDAY_EVENING, WEDNESDAY = day(1) + 8 * HOUR, day(2)
ACKNOWLEDGED = replace(
    RAISED,
    revision=2,
    change=Change.ACKNOWLEDGED,
    reason=reason(
        "acknowledged by SPO N07B123 (MINE), who has still to see to it that the case is overseen",
        "case manager's manager: to be overseen, or acknowledged again, by 2026-03-03 17:00",
    ),
    at=T0 + HOUR,
    stage=Stage.ACKNOWLEDGED,
    awaits=Awaits.OVERSIGHT,
    next_at=TUESDAY_EVENING,
    actor="N07B123",
    actor_grade="SPO",
    decision="MINE",
)
OVERDUE = replace(
    RAISED,
    revision=3,
    change=Change.OVERDUE,
    reason=reason(
        f"a deadline has passed, and it goes up the line (P11, P12): {ALONE}",
        "on-call manager: to be acknowledged by 2026-03-04 13:00",
    ),
    at=TUESDAY_EVENING,
    turn="on-call manager",
    next_at=WEDNESDAY + 4 * HOUR,
)
SUPPRESSED = replace(
    OVERDUE,
    revision=4,
    change=Change.SUPPRESSED,
    reason=reason("suppressed by SPO N07B900 (KNOWN_TO_POLICE)", "on-call manager: suppressed until 2026-03-06 10:00"),
    notes=("suppressed by N07B900 until 2026-03-06 10:00 UTC (KNOWN_TO_POLICE)",),
    at=WEDNESDAY + HOUR,
    awaits=Awaits.SUPPRESSION_END,
    next_at=day(4) + HOUR,
    actor="N07B900",
    actor_grade="SPO",
    decision="KNOWN_TO_POLICE",
    suppressed_until=day(4) + HOUR,  # two days, whatever end was named: nobody is attached
)
ASKED = EscalationAction(
    action="a1",
    what="HOME_VISIT",
    owner="N07A001",
    due=day(4),
    claimed_at=None,
    claimed_by=None,
    confirmed_at=None,
    confirmed_by=None,
    evidence=None,
    reference=None,
)
OVERSEEN = replace(
    OVERDUE,
    revision=5,
    change=Change.OVERSEEN,
    reason=reason(
        "overseen by SPO N07B123: 1 action is required",
        "on-call manager: its required actions are to be confirmed by 2026-03-06 09:00",
    ),
    at=WEDNESDAY + 2 * HOUR,
    stage=Stage.OVERSEEN,
    awaits=Awaits.CONFIRMATION,
    next_at=day(4),
    actor="N07B123",
    actor_grade="SPO",
    actions=(ASKED,),
)
CLAIMED = replace(
    OVERSEEN,
    revision=6,
    change=Change.ACTION_CLAIMED,
    reason=reason(
        "PO N07A001 says that a required action is done; somebody has yet to confirm it (P10)",
        "on-call manager: its required actions are to be confirmed by 2026-03-06 09:00",
    ),
    at=day(3),
    actor="N07A001",
    actor_grade="PO",
    actions=(replace(ASKED, claimed_at=day(3), claimed_by="N07A001"),),
)
SEEN = replace(CLAIMED.actions[0], confirmed_at=day(3) + HOUR, confirmed_by="N07B123", evidence="direct-observation")
CONFIRMED = replace(
    OVERSEEN,
    revision=7,
    change=Change.ACTION_CONFIRMED,
    reason=reason(
        "SPO N07B123 has confirmed a required action; 0 more are to be confirmed",
        "on-call manager: its required actions are to be confirmed by 2026-03-06 09:00",
    ),
    at=day(3) + HOUR,
    actions=(SEEN,),
)
CLOSED = replace(
    CONFIRMED,
    revision=8,
    change=Change.CLOSED,
    reason=reason("closed: overseen by SPO N07B123, nothing is left to be done"),
    stage=Stage.CLOSED,
    awaits=Awaits.NOTHING,
    next_at=None,
)
REOPENED = replace(
    RAISED,
    revision=9,
    change=Change.REOPENED,
    reason=reason(
        f"it is reopened by SPO N07B900 (NEW_CONCERN): {ALONE}",
        "case manager's manager: to be acknowledged by 2026-03-06 15:00",
    ),
    at=day(4) + 2 * HOUR,
    next_at=day(4) + 6 * HOUR,
    actor="N07B900",
    actor_grade="SPO",
    decision="NEW_CONCERN",
    actions=(SEEN,),
)
ANSWERS = (
    act(ACKNOWLEDGED.at, ActKind.ACKNOWLEDGED, R2_ID, reason="MINE"),
    passed(TUESDAY_EVENING),
    act(SUPPRESSED.at, ActKind.SUPPRESSED, R2_ID, author="N07B900", reason="KNOWN_TO_POLICE", until=day(20)),
    overseen(OVERSEEN.at, required(due=day(4)), escalation=R2_ID),
    act(CLAIMED.at, ActKind.CLAIMED, R2_ID, author="N07A001", grade="PO", action="a1"),
    act(CONFIRMED.at, ActKind.CONFIRMED, R2_ID, action="a1", evidence=Evidence.DIRECT_OBSERVATION),
    act(REOPENED.at, ActKind.REOPENED, R2_ID, author="N07B900", reason="NEW_CONCERN"),
)
LIFE = (RAISED, ACKNOWLEDGED, OVERDUE, SUPPRESSED, OVERSEEN, CLAIMED, CONFIRMED, CLOSED, REOPENED)


def test_the_life_of_an_escalation_is_told_record_by_record() -> None:
    _, told = run((ARREST, *ANSWERS))
    assert [one.change for one in told] == [one.change for one in LIFE]
    for one, expected in zip(unsealed(told), LIFE, strict=True):
        assert one == expected


@pytest.mark.parametrize("one", LIFE, ids=lambda one: one.change.value)
def test_each_record_of_a_life_fits_the_schema(one: EscalationRecord) -> None:
    _, (told,) = sealed(Chain(), (one,))
    assert fastavro.validation.validate(told.record(), SCHEMA)


# ── deadlines ────────────────────────────────────────────────────────────────────────────────────────────────

STALE = POLICY.stale_after
LEVEL_DUE = datetime(2026, 3, 23, 17, 0, tzinfo=UTC)
"""Fifteen working days after day nought, when the office closes."""
OVERSIGHT_DUE = datetime(2026, 3, 16, 17, 0, tzinfo=UTC)
"""Ten working days after a raised level of day nought became known, likewise."""
DUE = [
    pytest.param((police(T0),), T0 + 5 * HOUR, id="an escalation is to be acknowledged within four working hours"),
    pytest.param((police(T0, role=PoliceRole.VICTIM),), LEVEL_DUE, id="some level is to be known"),
    pytest.param((assessed(T0, all_low()),), T0 + STALE, id="a level turns stale"),
    pytest.param(
        (assessed(T0, all_low()), assessed(day(9), levels(public="low"), name="a2")),
        T0 + STALE,
        id="the earliest of several levels does",
    ),
    pytest.param((assessed(T0, levels(staff_custody="high")),), LEVEL_DUE, id="a custody level may grow old"),
    pytest.param((assessed(T0, levels(reoffending="high")),), LEVEL_DUE, id="so may one that never counts"),
    pytest.param((holder(T0, ended=day(3)),), day(3), id="a manager's end"),
    pytest.param((holder(T0, started=day(2)),), day(2), id="a manager's start"),
    pytest.param((holder(T0, HolderRole.CASE_MANAGER, ended=day(3)),), LEVEL_DUE, id="not a case manager's"),
    pytest.param(
        (holder(T0), holder(day(5), name="m2", allocation="m1", attached=False, recorded=T0)),
        day(5),
        id="a detachment told ahead",
    ),
    pytest.param((holder(T0, ended=day(3)), assessed(T0, all_low())), day(3), id="the earliest of both"),
]


@pytest.mark.parametrize(("events", "due"), DUE)
def test_when_the_case_must_be_judged_again(events: tuple, due: object) -> None:  # type: ignore[type-arg]
    file, _ = run(events, now=T0 + timedelta(hours=1))
    assert file.due == due


def test_a_managers_end_raises_at_its_moment_and_not_before() -> None:
    file, told = run((holder(T0, ended=day(3)), HIGH))
    assert (file.due, told) == (day(3), ())
    early = step(file, police(day(2), name="p2"), POLICIES, day(3) - MS)
    assert early.escalations == ()
    at_end = step(file, passed(day(3)), POLICIES, day(3))
    assert said(at_end.escalations) == (("R1", "RAISED"),)
    assert at_end.file.due == day(3) + HOUR  # by when that is to be acknowledged


def test_any_event_after_the_deadline_judges_the_case() -> None:
    file, _ = run((holder(T0, ended=day(3)), HIGH), policy=CALM)
    after = step(file, oversight(day(4)), only(CALM), day(4))
    assert said(after.escalations) == (("R1", "RAISED"),)
    assert step(after.file, passed(day(3)), only(CALM), day(4)) == Step(after.file, StepOutcome.DUPLICATE)


def test_a_manager_who_becomes_the_case_manager_ahead_is_one_until_then() -> None:
    other_role = holder(day(5), HolderRole.CASE_MANAGER, name="m2", allocation="m1", recorded=day(1))
    file, told = run((holder(T0), HIGH, other_role), policy=CALM)
    assert (file.due, told) == (day(5), ())
    assert said(step(file, passed(day(5)), only(CALM), day(5)).escalations) == (("R1", "RAISED"),)


LATE = [
    pytest.param((passed(day(3)),), (("R1", "RAISED"), ("R2", "RAISED")), id="by the lane, when the window has ended"),
    pytest.param(
        (holder(day(39), name="m2"),),
        (("R1", "RAISED"), ("R2", "RAISED"), ("R1", "CONDITION_CLEARED"), ("R2", "CONDITION_CLEARED")),
        id="by the news of another manager, who came after",
    ),
    pytest.param((oversight(day(40)),), (("R1", "RAISED"), ("R2", "RAISED")), id="by news that no rule reads"),
    pytest.param((HIGH,), (), id="by a duplicate, which changes nothing"),
]


@pytest.mark.parametrize(("events", "expected"), LATE)
def test_a_deadline_that_is_told_late_is_judged_as_of_its_moment(events: tuple, expected: tuple) -> None:  # type: ignore[type-arg]
    before, told = run((holder(T0, ended=day(3)), HIGH, police(T0)), policy=CALM)
    assert told == ()
    file, told = run(events, file=before, now=day(40), policy=CALM)
    assert said(told, "R1", "R2") == expected
    assert {one.at for one in told} <= {day(40)}  # when it was told, which nobody may backdate
    assert (file.at, file.due) == ((day(40), day(303)) if told else (before.at, day(3)))


def test_two_deadlines_told_late_are_judged_each_as_of_its_moment() -> None:
    file, told = run((holder(T0, ended=day(3)), holder(day(1), name="m2", started=day(5)), HIGH), policy=CALM)
    assert (file.due, told) == (day(3), ())
    after = step(file, passed(day(3)), only(CALM), day(9))
    assert said(after.escalations) == (("R1", "RAISED"), ("R1", "CONDITION_CLEARED"))
    assert (after.file.at, after.file.due, after.file.events) == (day(9), OVERSIGHT_DUE, file.events + 1)


def test_a_detachment_told_ahead_leaves_the_manager_until_then() -> None:
    detached = holder(day(5), name="m2", allocation="m1", attached=False, recorded=day(1))
    file, told = run((holder(T0), HIGH, detached), policy=CALM)
    assert told == ()
    assert said(step(file, passed(day(5)), only(CALM), day(5)).escalations) == (("R1", "RAISED"),)


def test_a_manager_who_starts_clears_at_that_moment() -> None:
    file, told = run((holder(T0, started=day(2)), HIGH), policy=CALM)
    assert said(told) == (("R1", "RAISED"),)
    assert said(step(file, passed(day(2)), only(CALM), day(2)).escalations) == (("R1", "CONDITION_CLEARED"),)


# ── the policy is an argument ────────────────────────────────────────────────────────────────────────────────


def test_under_another_policy_a_case_that_was_quiet_is_judged_again() -> None:
    stricter = parse(POLICY_TEXT.replace('public = "high"', 'public = "medium"'), OFFENCES_TEXT, BY_ID, HOLIDAYS)
    file, told = run((assessed(T0, all_low(public="medium")),))
    assert (told, file.schedule.policy) == ((), POLICY.version)
    after = step(file, police(day(1)), only(stricter), day(1))
    assert said(after.escalations) == (("R1", "RAISED"), ("R2", "RAISED"))
    assert {one.policy_version for one in after.escalations} == {stricter.version}


def test_a_young_persons_case_says_so() -> None:
    _, told = run((assessed(T0, levels(harm="medium", vulnerability="low"), case=YOUTH, cohort=Cohort.YOUTH),))
    assert (told[0].cohort, told[0].case_id) == ("youth", "youth:leeds/4711")


def test_a_file_holds_what_came_since_when_the_case_is_known_and_no_more() -> None:
    contact = police(T0, role=PoliceRole.VICTIM)
    file, _ = run((contact,))
    gates = NO_MANAGER.bit | NOT_LOWER.bit | NOT_RAISED.bit
    assert file == CaseFile(
        LEVEL_DUE,
        file.case,
        T0,
        1,
        signals=file.signals,
        schedule=Schedule(POLICY.version, EDITION, gates, ((LEVEL_DUE, "R13"),)),
        known=CaseKnown(f"known:{file.case}", contact.content_id, contact.times, str(contact.origin), (), 0),
        chain=Chain(chained("", contact, T0)),
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(file), type=CaseFile) == file


def test_an_action_is_told_by_its_escalation_alone_where_that_is_reopened_in_the_same_moment() -> None:
    first, second = day(0), datetime(2026, 3, 18, 9, tzinfo=UTC)
    manager = holder(T0 - timedelta(days=1))
    file, told = run((manager, police(first)))
    review_due = datetime(2026, 3, 16, 17, tzinfo=UTC)
    file, told = run((passed(review_due),), file=file)
    (raised,) = [one for one in told if one.rule == "R7"]
    seen_to = datetime(2026, 3, 17, 9, tzinfo=UTC)
    file, told = run((overseen(seen_to), assessed(seen_to + timedelta(hours=1), all_low())), file=file)
    assert ("R7", "CLOSED") in said(told)
    asks = overseen(second + timedelta(hours=1), required(), name="s2", escalation=raised.escalation_id)
    file, _ = run((police(second, name="p2"), asks), file=file)
    due = datetime(2026, 4, 1, 16, tzinfo=UTC)  # summer time: five in the afternoon
    assert (file.due, file.actions[0].due) == (due, due)
    _, told = run((passed(due),), file=file)
    assert said(told, "R7", "R10") == (("R7", "REOPENED"),)


def test_a_deadline_that_does_not_move_on_is_said_and_does_not_keep_the_worker_for_ever() -> None:
    file, _ = run((HIGH,))
    stuck = patch("streams.step.judge", lambda file, *rest, **more: (file, ()))
    with stuck, pytest.raises(Unfoldable, match="did not move on"):
        step(file, passed(day(60)), only(POLICY), day(60))
