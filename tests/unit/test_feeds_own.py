"""Our own five feeds: what each record says in our words, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from streams.events import (
    Allocation,
    AppearanceDeleted,
    Assessed,
    AssessmentKind,
    AssessmentStatus,
    CaseEvent,
    Cohort,
    CourtAppearance,
    Domain,
    DomainLevel,
    Fact,
    HolderRole,
    Level,
    Offence,
    Origin,
    Oversight,
    OversightKind,
    PoliceContact,
    PoliceKind,
    PoliceRole,
    Setting,
    StaffState,
    Times,
    content_of,
)
from streams.faults import Untranslatable
from streams.feeds import allocations, assessments, courts, oversight, police
from streams.identity import Identifier, IdentifierKind
from streams.sightings import BadPart, Link, Outcome, OutcomeKind

ORIGIN = Origin("feed.v1", 2, 41)
RECEIVED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EARLIER = RECEIVED - timedelta(hours=5)
CRN = {"crn": "X320741", "youth_case_id": None, "youth_case_issuer": None}
FEEDS = {
    "police": police,
    "courts": courts,
    "assessments": assessments,
    "allocations": allocations,
    "oversight": oversight,
}

HEAD = {"message_id": "m-1", "sender": "west-yorkshire", "case": CRN, "occurred_at": EARLIER, "recorded_at": None}
RECORDS: dict[str, dict[str, Any]] = {
    "police": HEAD
    | {
        "kind": "CALL_OUT",
        "role": "CHILD_PRESENT",
        "reference": "WY/1",
        "grade": "STANDARD",
        "grade_tool": "dash",
        "children_present": 2,
        "offences": [{"code": " th68010 ", "title": "Theft"}],
    },
    "courts": HEAD
    | {
        "hearing_id": "h-1",
        "court_code": "B10JQ00",
        "kind": "First hearing",
        "application": None,
        "offences": [{"code": "SX03001", "title": None}, {"code": None, "title": "Words only"}],
        "remanded": None,
        "status": "RESULTED",
    },
    "assessments": HEAD
    | {
        "assessment_id": "9630348",
        "kind": "FULL",
        "cohort": "ADULT",
        "tool": "OASYS",
        "status": "COMPLETE",
        "started_at": None,
        "completed_at": EARLIER,
        "levels": [
            {"domain": "KNOWN_ADULT", "setting": "COMMUNITY", "level": None},
            {"domain": "STAFF", "setting": "CUSTODY", "level": "VERY_HIGH"},
        ],
        "indicators": [],
    },
    "allocations": HEAD
    | {
        "allocation_id": "al-1",
        "change": "ATTACHED",
        "role": "MANAGER",
        "staff_code": "n07b123",
        "staff_name": "Jo Bloggs",
        "grade": "Team_Manager",
        "staff_state": "ACTIVE",
        "started_at": None,
        "ended_at": None,
        "known_by": [],
    },
    "oversight": HEAD
    | {
        "kind": "REFERRAL",
        "author_staff_code": "N07A001",
        "author_grade": "PO",
        "forum": None,
        "decision": None,
        "escalation_id": None,
    },
}


def translate(feed: str, **instead: Any) -> tuple[Any, ...]:
    origin = instead.pop("origin", ORIGIN)
    parts: tuple[Any, ...] = FEEDS[feed].translate(RECORDS[feed] | instead, origin, RECEIVED)
    return parts


def as_event(feed: str, fact: Fact) -> CaseEvent:
    return CaseEvent(
        case="crn:X320741",  # type: ignore[arg-type]
        origin=ORIGIN,
        sender_id=f"{feed}/west-yorkshire/m-1",
        content_id=content_of(fact, EARLIER),
        times=Times(EARLIER, None, RECEIVED),
        fact=fact,
    )


APPEARANCE = CourtAppearance(
    hearing="h-1",
    person="crn:X320741",
    court="B10JQ00",
    kind="First hearing",
    offences=(Offence("SX03001"), Offence(None, "Words only")),
    resulted=True,
)
ALLOCATION = Allocation(
    "al-1", True, HolderRole.MANAGER, "N07B123", "TEAM MANAGER", StaffState.ACTIVE, placeholder_name=False, started=None
)

TRANSLATED = [
    pytest.param(
        "police",
        {},
        PoliceContact(
            PoliceKind.CALL_OUT,
            PoliceRole.CHILD_PRESENT,
            "west-yorkshire",
            "WY/1",
            "STANDARD",
            "DASH",
            2,
            (Offence("TH68010", "Theft"),),
        ),
        id="a call-out with a child present stays that",
    ),
    pytest.param("courts", {}, APPEARANCE, id="a result"),
    pytest.param("courts", {"status": "LISTED"}, msgspec.structs.replace(APPEARANCE, resulted=False), id="a listing"),
    pytest.param("courts", {"status": "DELETED"}, AppearanceDeleted("h-1"), id="a listing taken back"),
    pytest.param(
        "assessments",
        {},
        Assessed(
            "9630348",
            AssessmentKind.FULL,
            Cohort.ADULT,
            "OASYS",
            AssessmentStatus.COMPLETE,
            None,
            EARLIER,
            (
                DomainLevel(Domain.KNOWN_ADULT, Setting.COMMUNITY, None),
                DomainLevel(Domain.STAFF, Setting.CUSTODY, Level.VERY_HIGH),
            ),
        ),
        id="a level that was not given stays unknown",
    ),
    pytest.param("allocations", {}, ALLOCATION, id="a manager attached"),
    pytest.param(
        "allocations",
        {"staff_name": "Unallocated Staff(N07)"},
        msgspec.structs.replace(ALLOCATION, placeholder_name=True),
        id="unallocated by name",
    ),
    pytest.param(
        "allocations",
        {"staff_code": "unallocated"},
        msgspec.structs.replace(ALLOCATION, staff="UNALLOCATED", placeholder_name=True),
        id="unallocated written where the code belongs",
    ),
    pytest.param("oversight", {}, Oversight("m-1", OversightKind.REFERRAL, "N07A001", "PO"), id="a referral"),
    pytest.param(
        "oversight",
        {"kind": "FORUM_OUTCOME", "forum": "MARAC"},
        Oversight("m-1", OversightKind.FORUM_OUTCOME, "N07A001", "PO", "MARAC"),
        id="a forum's outcome stays a forum's outcome",
    ),
]


@pytest.mark.parametrize(("feed", "instead", "fact"), TRANSLATED)
def test_a_record_in_our_words(feed: str, instead: dict[str, Any], fact: Fact) -> None:
    assert translate(feed, **instead) == (as_event(feed, fact),)


def test_the_name_of_a_holder_is_not_kept() -> None:
    assert b"Bloggs" not in msgspec.msgpack.encode(translate("allocations"))


def test_an_assessment_without_a_time_of_its_own_occurred_at_its_completion() -> None:
    (event,) = translate("assessments", occurred_at=None)
    assert event.times.occurred == EARLIER


def test_a_detachment_takes_effect_when_it_happened_not_at_the_start_it_repeats() -> None:
    (event,) = translate("allocations", change="DETACHED", occurred_at=None, started_at=EARLIER, ended_at=RECEIVED)
    assert event.times.occurred == RECEIVED


def test_an_attachment_without_a_time_of_its_own_occurred_at_its_start() -> None:
    (event,) = translate("allocations", occurred_at=None, started_at=EARLIER)
    assert event.times.occurred == EARLIER


def test_message_ids_are_unique_per_sender_only() -> None:
    (one,), (other,) = translate("police"), translate("police", sender="kent")
    assert one.sender_id != other.sender_id


# ── whose case ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("feed", FEEDS)
def test_both_ids_at_once_are_kept(feed: str) -> None:
    both = {"crn": "AB123456", "youth_case_id": "4711", "youth_case_issuer": "leeds"}
    (event,) = translate(feed, case=both)
    assert (event.case, event.also_known) == ("crn:AB123456", "youth:leeds/4711")


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("crn", ["x320741", "X32074", "", None, "ABC123456"], ids=repr)
def test_a_case_reference_of_no_known_shape_is_refused(feed: str, crn: str | None) -> None:
    with pytest.raises(Untranslatable):
        translate(feed, case={"crn": crn, "youth_case_id": None, "youth_case_issuer": None})


# ── dates ────────────────────────────────────────────────────────────────────────────────────────────────────

PAST = [
    ("police", "occurred_at"),
    ("assessments", "occurred_at"),
    ("assessments", "started_at"),
    ("assessments", "completed_at"),
    ("oversight", "occurred_at"),
    *((feed, "recorded_at") for feed in FEEDS),
]
PLANNED = [("courts", "occurred_at"), ("allocations", "occurred_at"), ("allocations", "started_at")]
DAY, YEARS = timedelta(days=1), timedelta(days=3653)
MS = timedelta(milliseconds=1)


@pytest.mark.parametrize(("feed", "field"), PAST)
def test_what_has_happened_lies_at_most_a_day_ahead(feed: str, field: str) -> None:
    translate(feed, **{field: RECEIVED + DAY})
    with pytest.raises(Untranslatable, match="bad dates") as fault:
        translate(feed, **{field: RECEIVED + DAY + MS})
    assert fault.value.case == "crn:X320741"
    assert fault.value.remedy


@pytest.mark.parametrize(("feed", "field"), PLANNED)
def test_what_is_planned_may_lie_ten_years_ahead(feed: str, field: str) -> None:
    translate(feed, **{field: RECEIVED + YEARS})
    with pytest.raises(Untranslatable, match="bad dates"):
        translate(feed, **{field: RECEIVED + YEARS + MS})


def test_an_end_may_lie_as_far_ahead_as_systems_write_it() -> None:
    (event,) = translate("allocations", ended_at=datetime(9999, 12, 31, tzinfo=UTC))
    assert event.fact.ended.year == 9999


@pytest.mark.parametrize(("feed", "field"), [*PAST, *PLANNED, ("allocations", "ended_at")])
def test_nothing_was_before_1900(feed: str, field: str) -> None:
    translate(feed, **{field: datetime(1900, 1, 1, tzinfo=UTC)})
    with pytest.raises(Untranslatable, match="bad dates"):
        translate(feed, **{field: datetime(1900, 1, 1, tzinfo=UTC) - MS})


@pytest.mark.parametrize(
    ("feed", "field"),
    [
        *((feed, "message_id") for feed in FEEDS),
        ("courts", "hearing_id"),
        ("assessments", "assessment_id"),
        ("allocations", "allocation_id"),
    ],
)
@pytest.mark.parametrize("text", ["", "  ", "x" * 101, "a\x00b"], ids=["empty", "blank", "too long", "unprintable"])
def test_what_cannot_be_an_id_is_refused(feed: str, field: str, text: str) -> None:
    with pytest.raises(Untranslatable, match=field) as fault:
        translate(feed, **{field: text})
    assert fault.value.case == "crn:X320741"


# ── what the case is known by ────────────────────────────────────────────────────────────────────────────────

GOOD = {"kind": "PNC", "value": "2002/0073319Z", "state": "HELD"}
BAD = {"kind": "PNC", "value": "2002/0073319A", "state": "HELD"}
WRONG = {"kind": "DEFENDANT_ID", "value": "d-1", "state": "WITHDRAWN"}


def link(kind: IdentifierKind, value: str, held: bool = True, origin: Origin = ORIGIN) -> Link:
    return Link(Identifier(kind, value), "crn:X320741", held, EARLIER, origin)  # type: ignore[arg-type]


PNC = link(IdentifierKind.PNC, "2002/0073319Z")
BAD_PART = BadPart(
    "/known_by/1",
    "the identifier (PNC) is not well formed, or its check letter is wrong",
    "correct the identifier at the sender, then replay this part or send the record again",
    "crn:X320741",  # type: ignore[arg-type]
)


def test_an_allocation_gives_its_event_and_its_links() -> None:
    event, *links = translate("allocations", known_by=[GOOD, WRONG])
    assert event.fact == ALLOCATION
    assert links == [PNC, link(IdentifierKind.DEFENDANT, "d-1", held=False)]


def test_of_a_bad_identifier_only_that_part_is_bad() -> None:
    event, *links = translate("allocations", known_by=[GOOD, BAD])
    assert event.fact == ALLOCATION
    assert links == [PNC, BAD_PART]


def test_links_only_changes_nobody() -> None:
    (outcome, link) = translate("allocations", change="LINKS_ONLY", known_by=[GOOD])
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, link) == (OutcomeKind.NOTHING_TO_DO, PNC)


def test_links_only_without_a_link_is_nothing_to_do() -> None:
    (outcome,) = translate("allocations", change="LINKS_ONLY")
    assert isinstance(outcome, Outcome)
    assert (outcome.origin, outcome.kind) == (ORIGIN, OutcomeKind.NOTHING_TO_DO)


def test_a_part_replayed_alone_gives_that_part_alone() -> None:
    path = Origin("feed.v1", 2, 41, "/known_by/1")
    again = translate("allocations", origin=path, known_by=[WRONG, GOOD])
    assert again == (link(IdentifierKind.PNC, "2002/0073319Z", origin=path),)
    assert translate("allocations", origin=path, known_by=[GOOD, BAD]) == (BAD_PART,)


@pytest.mark.parametrize(
    ("occurred", "recorded", "as_of"),
    [
        (EARLIER, None, EARLIER),
        (EARLIER, RECEIVED - MS, RECEIVED - MS),
        (None, None, RECEIVED),
        (RECEIVED + DAY, None, RECEIVED),
    ],
    ids=["when it happened", "rather when it was recorded", "else when it was received", "never ahead"],
)
def test_as_of_when_a_link_is_said(occurred: datetime | None, recorded: datetime | None, as_of: datetime) -> None:
    _, one = translate("allocations", known_by=[GOOD], occurred_at=occurred, recorded_at=recorded)
    assert one.as_of == as_of
