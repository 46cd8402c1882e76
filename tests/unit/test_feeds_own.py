"""Our own seven feeds: what each record says in our words, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from streams.acts import Act, ActKind, Evidence, RequiredAction
from streams.circumstances import (
    ClassificationKind,
    ClassificationState,
    Classified,
    ComesOfAge,
    Erased,
    Linked,
    Merged,
    Relation,
    Service,
    ServiceState,
    Unmerged,
)
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
from streams.feeds import acts, allocations, assessments, circumstances, courts, oversight, police
from streams.identity import Identifier, IdentifierKind
from streams.primitives import CaseId
from streams.sightings import BadPart, Link, Outcome, OutcomeKind

ORIGIN = Origin("feed.v1", 2, 41)
RECEIVED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EARLIER = RECEIVED - timedelta(hours=5)
MS = timedelta(milliseconds=1)
CRN = {"crn": "X320741", "youth_case_id": None, "youth_case_issuer": None}
FEEDS = {
    "police": police,
    "courts": courts,
    "assessments": assessments,
    "allocations": allocations,
    "oversight": oversight,
    "acts": acts,
    "circumstances": circumstances,
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
        "practice_assessed": False,
        "deficits": [],
        "actions": [],
        "none_needed": None,
        "variance": None,
    },
    "acts": HEAD
    | {
        "kind": "ACKNOWLEDGED",
        "author_staff_code": " n07a001 ",
        "author_grade": "spo",
        "escalation_id": "e-1",
        "action_id": None,
        "record_id": None,
        "evidence": None,
        "evidence_reference": None,
        "reason": None,
        "variance": None,
        "until_at": None,
    },
    "circumstances": HEAD
    | dict.fromkeys(["service", "link", "coming_of_age", "merge", "unmerge", "erasure"])
    | {
        "classification": {
            "classification_id": "2500001",
            "kind": "MAPPA",
            "code": "mapp",
            "level": "m2 ",
            "category": "M1",
            "state": "IN_FORCE",
            "started_at": EARLIER,
            "ended_at": None,
            "review_due_at": None,
        },
    },
}

REQUIRED = {"action_id": "a-1", "what": " HOME_VISIT ", "owner_staff_code": None, "owner_grade": None, "due_at": None}
"""A required action of an oversight record."""

OTHER = {"crn": None, "youth_case_id": "4711", "youth_case_issuer": "leeds"}
LINK = {"link_id": "l-1", "other": OTHER, "relation": "SIBLING", "relation_back": None, "held": True}
SERVICE = {"service_id": "s-1", "what": "DRUG_TREATMENT", "state": "REQUESTED", "provider": None, "due_at": None}
CLASSIFICATION = RECORDS["circumstances"]["classification"]


def only(**thing: Any) -> dict[str, Any]:
    """A circumstance that tells this and nothing else."""
    return {"classification": None, **thing}


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
    pytest.param("courts", {"status": "LISTED"}, replace(APPEARANCE, resulted=False), id="a listing"),
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
        replace(ALLOCATION, placeholder_name=True),
        id="unallocated by name",
    ),
    pytest.param(
        "allocations",
        {"staff_code": "unallocated"},
        replace(ALLOCATION, staff="UNALLOCATED", placeholder_name=True),
        id="unallocated written where the code belongs",
    ),
    pytest.param("oversight", {}, Oversight("m-1", OversightKind.REFERRAL, "N07A001", "PO"), id="a referral"),
    pytest.param(
        "oversight",
        {"kind": "FORUM_OUTCOME", "forum": "MARAC"},
        Oversight("m-1", OversightKind.FORUM_OUTCOME, "N07A001", "PO", "MARAC"),
        id="a forum's outcome stays a forum's outcome",
    ),
    pytest.param(
        "oversight",
        {
            "kind": "CASE_DISCUSSION",
            "author_grade": "Team_Manager",
            "decision": " ",
            "escalation_id": " e-1 ",
            "practice_assessed": True,
            "deficits": ["plan_not_updated", " "],
            "actions": [
                REQUIRED,
                REQUIRED | {"action_id": "a-2", "owner_staff_code": "n07b1", "owner_grade": "pqip", "due_at": RECEIVED},
            ],
            "variance": "PI-15",
        },
        Oversight(
            "m-1",
            OversightKind.CASE_DISCUSSION,
            "N07A001",
            "TEAM MANAGER",
            None,
            None,
            "e-1",
            True,
            ("PLAN_NOT_UPDATED",),
            (
                RequiredAction("a-1", "HOME_VISIT", None),
                RequiredAction("a-2", "HOME_VISIT", "N07B1", "PQIP", RECEIVED),
            ),
            None,
            "PI-15",
        ),
        id="what was found and what must be done",
    ),
    pytest.param(
        "oversight",
        {"kind": "CASE_DISCUSSION", "practice_assessed": True, "none_needed": "PLAN_HOLDS"},
        Oversight(
            "m-1",
            OversightKind.CASE_DISCUSSION,
            "N07A001",
            "PO",
            practice_assessed=True,
            none_needed="PLAN_HOLDS",
        ),
        id="nothing needs doing, and why",
    ),
    pytest.param("acts", {}, Act("m-1", ActKind.ACKNOWLEDGED, "N07A001", "SPO", "e-1"), id="an acknowledgement"),
    pytest.param(
        "acts",
        {"kind": "CLAIMED", "author_grade": None, "escalation_id": None, "action_id": "a-1"},
        Act("m-1", ActKind.CLAIMED, "N07A001", None, None, "a-1"),
        id="a claim without its oversight record",
    ),
    pytest.param(
        "acts",
        {
            "kind": "CONFIRMED",
            "action_id": "a-1",
            "record_id": "D2C5A5B0-0000-4000-8000-00000000000A",
            "evidence": "DIRECT_OBSERVATION",
            "evidence_reference": " contact 7 ",
            "reason": " ",
            "variance": "seen by telephone",
        },
        Act(
            "m-1",
            ActKind.CONFIRMED,
            "N07A001",
            "SPO",
            "e-1",
            "a-1",
            "oversight/west-yorkshire/d2c5a5b0-0000-4000-8000-00000000000a",
            Evidence.DIRECT_OBSERVATION,
            "contact 7",
            None,
            "seen by telephone",
        ),
        id="a confirmation with its evidence",
    ),
    pytest.param(
        "acts",
        {"kind": "SUPPRESSED", "reason": "IN_CUSTODY", "until_at": RECEIVED},
        Act("m-1", ActKind.SUPPRESSED, "N07A001", "SPO", "e-1", reason="IN_CUSTODY", until=RECEIVED),
        id="a suppression with its end",
    ),
    pytest.param(
        "acts",
        {"kind": "SUPPRESSION_ENDED"},
        Act("m-1", ActKind.SUPPRESSION_ENDED, "N07A001", "SPO", "e-1"),
        id="the end of a suppression",
    ),
    pytest.param(
        "acts",
        {"kind": "REOPENED", "reason": "closed too soon"},
        Act("m-1", ActKind.REOPENED, "N07A001", "SPO", "e-1", reason="closed too soon"),
        id="a closed item reopened",
    ),
    pytest.param(
        "acts",
        {"kind": "POLICY_ADOPTED"},
        Act("m-1", ActKind.POLICY_ADOPTED, "N07A001", "SPO", "e-1"),
        id="the policy in force adopted",
    ),
    pytest.param(
        "circumstances",
        {},
        Classified(
            "2500001", ClassificationKind.MAPPA, "MAPP", "M2", "M1", ClassificationState.IN_FORCE, EARLIER, None, None
        ),
        id="a MAPPA level",
    ),
    pytest.param(
        "circumstances",
        only(
            classification=CLASSIFICATION
            | {"kind": "TIER", "code": "A2", "level": None, "category": " ", "state": "DELETED", "started_at": None}
        ),
        Classified("2500001", ClassificationKind.TIER, "A2", None, None, ClassificationState.DELETED),
        id="a tier that never was",
    ),
    pytest.param(
        "circumstances",
        only(service=SERVICE),
        Service("s-1", "DRUG_TREATMENT", ServiceState.REQUESTED),
        id="a service requested",
    ),
    pytest.param(
        "circumstances",
        only(service=SERVICE | {"state": "DELIVERED", "provider": " CGL ", "due_at": RECEIVED}),
        Service("s-1", "DRUG_TREATMENT", ServiceState.DELIVERED, "CGL", RECEIVED),
        id="a service delivered",
    ),
    pytest.param("circumstances", only(merge={"into": OTHER}), Merged(CaseId("youth:leeds/4711")), id="a merge"),
    pytest.param(
        "circumstances", only(unmerge={"out_of": OTHER}), Unmerged(CaseId("youth:leeds/4711")), id="a merge taken back"
    ),
    pytest.param(
        "circumstances",
        only(erasure={"author_staff_code": "n07z9", "ground": "gdpr-17-1-d"}),
        Erased("N07Z9", "GDPR-17-1-D"),
        id="an erasure",
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


# ── what must be said, and what cannot be ────────────────────────────────────────────────────────────────────

_SEND_ONE = (
    "give exactly one of classification, service, coming_of_age, merge, unmerge, erasure, link, "
    "each under a message id of its own"
)
_SAY = "say it as a code or a short text, or leave out what it belongs to"
_SHORT = "send a code or a short text, never a report"
_ESCALATION = "the id of the escalation that it is about"
_ACTION = "the id of the action as its oversight record has it"
_EVIDENCE = "how it was confirmed, for asking is not enough (P10)"
_REASON = "why, as a code or a short text (P18)"
_UNTIL = "when the suppression ends, for none is for ever"

REFUSED = [
    pytest.param(
        "oversight",
        {"actions": [REQUIRED, REQUIRED | {"action_id": " a-1 "}]},
        "actions[1].action_id is the id of an action before it",
        "give each action of a record an id of its own: its confirmation names it",
        id="two actions of one id",
    ),
    pytest.param(
        "oversight",
        {"actions": [REQUIRED], "none_needed": "PLAN_HOLDS"},
        "the record asks for actions, and says that none is needed",
        "say one or the other: leave out actions, or none_needed",
        id="actions, and none needed",
    ),
    pytest.param(
        "oversight",
        {"actions": [REQUIRED | {"action_id": f"a-{number}"} for number in range(25)]},
        "actions has 25 entries, and one record may have 24",
        "send the rest in another record, under its own message id",
        id="too many actions",
    ),
    pytest.param(
        "oversight",
        {"deficits": ["X"] * 25},
        "deficits has 25 entries, and one record may have 24",
        "send the rest in another record, under its own message id",
        id="too many deficits",
    ),
    pytest.param("oversight", {"none_needed": " "}, "none_needed is empty", _SAY, id="none needed, and not why"),
    pytest.param(
        "oversight",
        {"actions": [REQUIRED | {"what": ""}]},
        "actions[0].what is empty",
        _SAY,
        id="an action that says nothing",
    ),
    pytest.param(
        "oversight",
        {"actions": [REQUIRED | {"action_id": ""}]},
        "actions[0].action_id cannot be an id: it is empty, unprintable or longer than 100 characters",
        "send the id that your own system gave",
        id="an action without an id",
    ),
    pytest.param(
        "acts",
        {"author_staff_code": " "},
        "author_staff_code is empty: nobody acts unnamed",
        "send the staff code of who did it",
        id="an act of nobody",
    ),
    *(
        pytest.param(
            "acts",
            {"kind": kind, "escalation_id": None, "reason": "R", "until_at": RECEIVED},
            f"an act of kind {kind} must have escalation_id",
            f"send {_ESCALATION}",
            id=f"{kind} of no escalation",
        )
        for kind in ("ACKNOWLEDGED", "REOPENED", "SUPPRESSED", "SUPPRESSION_ENDED", "POLICY_ADOPTED")
    ),
    *(
        pytest.param(
            "acts",
            {"kind": kind, "evidence": "DOCUMENT", "action_id": " "},
            f"an act of kind {kind} must have action_id",
            f"send {_ACTION}",
            id=f"{kind} of no action",
        )
        for kind in ("CLAIMED", "CONFIRMED")
    ),
    pytest.param(
        "acts",
        {"kind": "CONFIRMED", "action_id": "a-1"},
        "an act of kind CONFIRMED must have evidence",
        f"send {_EVIDENCE}",
        id="a confirmation without evidence",
    ),
    pytest.param(
        "acts",
        {"kind": "REOPENED", "reason": " "},
        "an act of kind REOPENED must have reason",
        f"send {_REASON}",
        id="reopened for no reason",
    ),
    pytest.param(
        "acts",
        {"kind": "SUPPRESSED", "reason": "R"},
        "an act of kind SUPPRESSED must have until_at",
        f"send {_UNTIL}",
        id="suppressed for ever",
    ),
    pytest.param(
        "acts",
        {"kind": "SUPPRESSED", "escalation_id": None},
        "an act of kind SUPPRESSED must have escalation_id and reason and until_at",
        f"send {_ESCALATION}; {_REASON}; {_UNTIL}",
        id="all that is missing at once",
    ),
    pytest.param(
        "acts",
        {"kind": "SUPPRESSED", "reason": "R", "until_at": EARLIER},
        "until_at is not after occurred_at: nothing would be suppressed",
        "send the end of the suppression, or when it was decided",
        id="suppressed until it began",
    ),
    pytest.param(
        "acts",
        {"kind": "SUPPRESSED", "reason": "R", "until_at": RECEIVED, "occurred_at": None},
        "until_at is not after the receipt: nothing would be suppressed",
        "send the end of the suppression, or when it was decided",
        id="suppressed until it was received",
    ),
    pytest.param(
        "circumstances", only(), "the record tells nothing; one record tells one thing", _SEND_ONE, id="nothing told"
    ),
    pytest.param(
        "circumstances",
        {"merge": {"into": OTHER}, "link": LINK},
        "the record tells of classification and of merge and of link; one record tells one thing",
        _SEND_ONE,
        id="three things told",
    ),
    pytest.param(
        "circumstances",
        only(link=LINK | {"other": CRN}),
        "link.other is the case itself",
        "name the other person's case",
        id="linked to itself",
    ),
    pytest.param(
        "circumstances",
        {**only(link=LINK), "case": {**OTHER, "crn": "X320741"}},
        "link.other is the case itself",
        "name the other person's case",
        id="linked to itself by its other id",
    ),
    pytest.param(
        "circumstances",
        only(link=LINK | {"other": {**CRN, "crn": "320741"}}),
        "link.other: the CRN is not of either known shape",
        "send one or two capital letters and six digits, or no CRN",
        id="linked to no case",
    ),
    pytest.param(
        "circumstances",
        only(merge={"into": CRN}),
        "merge.into is the case itself",
        "name the case that lives on",
        id="merged into itself",
    ),
    pytest.param(
        "circumstances",
        only(unmerge={"out_of": CRN}),
        "unmerge.out_of is the case itself",
        "name the case that it had been merged into",
        id="unmerged out of itself",
    ),
    pytest.param(
        "circumstances",
        only(erasure={"author_staff_code": "", "ground": "G"}),
        "erasure.author_staff_code is empty: nobody acts unnamed",
        "send the staff code of who did it",
        id="erased by nobody",
    ),
    pytest.param(
        "circumstances",
        only(erasure={"author_staff_code": "N07Z9", "ground": " "}),
        "erasure.ground is empty",
        _SAY,
        id="erased on no ground",
    ),
    pytest.param(
        "circumstances",
        only(classification=CLASSIFICATION | {"code": ""}),
        "classification.code is empty",
        _SAY,
        id="classified as nothing",
    ),
    pytest.param(
        "circumstances", only(service=SERVICE | {"what": " "}), "service.what is empty", _SAY, id="no service"
    ),
]


@pytest.mark.parametrize(("feed", "instead", "reason", "remedy"), REFUSED)
def test_what_makes_no_sense_is_refused_with_what_to_send(
    feed: str, instead: dict[str, Any], reason: str, remedy: str
) -> None:
    with pytest.raises(Untranslatable) as fault:
        translate(feed, **instead)
    assert (fault.value.reason, fault.value.remedy, fault.value.case) == (reason, remedy, "crn:X320741")


def at_its_place(name: str, text: str) -> dict[str, Any]:
    """What stands in place of a text of a record, by the name under which it is refused."""
    match name.split("."):
        case ["actions[0]", field]:
            return {"actions": [REQUIRED | {field: text}]}
        case ["deficits[1]"]:
            return {"deficits": ["X", text]}
        case ["classification", field]:
            return only(classification=CLASSIFICATION | {field: text})
        case ["service", field]:
            return only(service=SERVICE | {field: text})
        case ["erasure", field]:
            return only(erasure={"author_staff_code": "N07Z9", "ground": "G", field: text})
        case _:
            return {name: text}


@pytest.mark.parametrize(
    ("feed", "name"),
    [
        *(("oversight", name) for name in ("forum", "decision", "none_needed", "variance")),
        *(("oversight", name) for name in ("deficits[1]", "actions[0].what")),
        *(("acts", name) for name in ("reason", "variance", "evidence_reference")),
        *(("circumstances", f"classification.{name}") for name in ("code", "level", "category")),
        *(("circumstances", name) for name in ("service.what", "service.provider", "erasure.ground")),
    ],
)
def test_a_text_of_more_than_500_characters_is_a_report_and_refused(feed: str, name: str) -> None:
    translate(feed, **at_its_place(name, f" {'x' * 500} "))
    with pytest.raises(Untranslatable) as fault:
        translate(feed, **at_its_place(name, "x" * 501))
    assert (fault.value.reason, fault.value.remedy) == (f"{name} is longer than 500 characters", _SHORT)


def test_24_actions_and_24_deficits_are_taken() -> None:
    many = [REQUIRED | {"action_id": f"a-{number}"} for number in range(24)]
    (event,) = translate("oversight", actions=many, deficits=["X"] * 24)
    assert (len(event.fact.actions), len(event.fact.deficits)) == (24, 24)


@pytest.mark.parametrize("occurred", [EARLIER, None], ids=["decided", "received"])
def test_a_suppression_ends_after_it_was_decided(occurred: datetime | None) -> None:
    end = (occurred or RECEIVED) + MS
    (event,) = translate("acts", kind="SUPPRESSED", reason="R", until_at=end, occurred_at=occurred)
    assert event.fact.until == end


def test_an_act_names_the_oversight_record_by_the_id_that_its_event_has() -> None:
    (asked,) = translate("oversight", sender=" Any/shire ", message_id=" o/1 ")
    (done,) = translate("acts", kind="CLAIMED", action_id="a-1", sender="Any/shire", record_id="o/1")
    assert done.fact.record == asked.sender_id


# ── a link, of which two cases hear ──────────────────────────────────────────────────────────────────────────

LINKED = Linked("l-1", CaseId("youth:leeds/4711"), Relation.SIBLING, True)
LINKED_BACK = Linked("l-1", CaseId("crn:X320741"), Relation.CO_DEFENDANT, True)


def half(path: str, fact: Linked, case: str = "crn:X320741", also_known: str | None = None) -> CaseEvent:
    return replace(
        as_event("circumstances", fact),
        case=CaseId(case),
        origin=replace(ORIGIN, path=path),
        sender_id=f"circumstances/west-yorkshire/m-1{path}",
        also_known=also_known and CaseId(also_known),
    )


THERE, BACK = half("/link", LINKED), half("/link/back", LINKED_BACK, "youth:leeds/4711")


def test_a_link_is_told_to_the_case_that_it_speaks_of() -> None:
    assert translate("circumstances", **only(link=LINK)) == (THERE,)


def test_a_link_with_its_way_back_is_told_to_both_cases_each_a_sighting_of_its_own() -> None:
    assert translate("circumstances", **only(link=LINK | {"relation_back": "CO_DEFENDANT"})) == (THERE, BACK)


def test_a_link_that_is_held_no_more_is_told_to_both_cases() -> None:
    over = LINK | {"relation_back": "CO_DEFENDANT", "held": False}
    assert translate("circumstances", **only(link=over)) == (
        half("/link", replace(LINKED, held=False)),
        half("/link/back", replace(LINKED_BACK, held=False), "youth:leeds/4711"),
    )


def test_each_half_of_a_link_keeps_the_second_id_of_its_own_case() -> None:
    both = {"crn": "AB123456", "youth_case_id": "7", "youth_case_issuer": "kent"}
    link = LINK | {"other": both, "relation_back": "CO_DEFENDANT"}
    mine = {"crn": "X320741", "youth_case_id": "4711", "youth_case_issuer": "leeds"}
    assert translate("circumstances", **only(link=link), case=mine) == (
        half("/link", replace(LINKED, other=CaseId("crn:AB123456")), also_known="youth:leeds/4711"),
        half("/link/back", LINKED_BACK, "crn:AB123456", also_known="youth:kent/7"),
    )


@pytest.mark.parametrize(
    ("path", "parts"), [("/link", (THERE, BACK)), ("/link/back", (BACK,))], ids=["with what is under it", "alone"]
)
def test_a_half_of_a_link_is_replayed_by_its_path(path: str, parts: tuple[CaseEvent, ...]) -> None:
    link = only(link=LINK | {"relation_back": "CO_DEFENDANT"})
    assert translate("circumstances", **link, origin=replace(ORIGIN, path=path)) == parts


@pytest.mark.parametrize(
    ("path", "instead"),
    [("/link/back", only(link=LINK)), ("/lin", only(link=LINK)), ("/link", {})],
    ids=["no way back", "no whole name", "no link"],
)
def test_what_is_not_there_cannot_be_replayed_by_its_path(path: str, instead: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable) as fault:
        translate("circumstances", **instead, origin=replace(ORIGIN, path=path))
    assert (fault.value.reason, fault.value.remedy, fault.value.case) == (
        "there is nothing at this path of the record",
        "replay the whole record instead",
        "crn:X320741",
    )


# ── the 18th birthday ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "midnight"),
    [
        ("2026-06-14T00:00:00Z", "2026-06-13T23:00:00Z"),
        ("2026-06-13T23:00:00Z", "2026-06-13T23:00:00Z"),
        ("2026-06-13T22:59:59.999Z", "2026-06-12T23:00:00Z"),
        ("2026-12-14T00:00:00Z", "2026-12-14T00:00:00Z"),
        ("2026-12-14T23:59:00Z", "2026-12-14T00:00:00Z"),
        ("2026-03-29T12:00:00Z", "2026-03-29T00:00:00Z"),
        ("2026-10-25T12:00:00Z", "2026-10-24T23:00:00Z"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z"),
        ("2100-12-31T23:59:59Z", "2100-12-31T00:00:00Z"),
    ],
    ids=[
        "summer",
        "as London writes its midnight",
        "a moment before",
        "winter",
        "late in the day",
        "the clocks go forward",
        "the clocks go back",
        "the first day",
        "the last day",
    ],
)
def test_somebody_comes_of_age_at_midnight_in_london(given: str, midnight: str) -> None:
    fact = ComesOfAge(datetime.fromisoformat(midnight))
    turns = {"turns_18_on": datetime.fromisoformat(given)}
    assert translate("circumstances", **only(coming_of_age=turns)) == (as_event("circumstances", fact),)


@pytest.mark.parametrize("given", ["0001-01-01T00:00:00Z", "1899-12-31T23:59:59Z", "2101-01-01T00:00:00Z"])
def test_nobody_comes_of_age_outside_1900_to_2100(given: str) -> None:
    with pytest.raises(Untranslatable) as fault:
        translate("circumstances", **only(coming_of_age={"turns_18_on": datetime.fromisoformat(given)}))
    assert (fault.value.reason, fault.value.remedy, fault.value.case) == (
        f"bad dates: coming_of_age.turns_18_on is {given[:10]}, and not of 1900 to 2100",
        "correct the date at the sender and send the record again under the same message id",
        "crn:X320741",
    )


def test_a_classification_occurred_when_its_system_changed_it_not_when_it_started() -> None:
    (event,) = translate("circumstances", occurred_at=None)
    assert event.times == Times(None, None, RECEIVED)


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
    ("acts", "occurred_at"),
    ("circumstances", "occurred_at"),
    *((feed, "recorded_at") for feed in FEEDS),
]
PLANNED = [
    ("courts", "occurred_at"),
    ("allocations", "occurred_at"),
    ("allocations", "started_at"),
    ("acts", "until_at"),
]
DAY, YEARS = timedelta(days=1), timedelta(days=3653)


def dated(name: str, at: datetime) -> dict[str, Any]:
    """What stands in place of a date inside a record, by the name under which it is refused."""
    thing, _, field = name.partition(".")
    match thing:
        case "actions[0]":
            return {"actions": [REQUIRED | {field: at}]}
        case "service":
            return only(service=SERVICE | {field: at})
        case _:
            return only(classification=CLASSIFICATION | {field: at})


@pytest.mark.parametrize(
    ("feed", "name"),
    [
        ("oversight", "actions[0].due_at"),
        ("circumstances", "classification.started_at"),
        ("circumstances", "classification.review_due_at"),
        ("circumstances", "service.due_at"),
    ],
)
def test_what_is_planned_inside_a_record_may_lie_ten_years_ahead_too(feed: str, name: str) -> None:
    translate(feed, **dated(name, RECEIVED + YEARS))
    with pytest.raises(Untranslatable) as fault:
        translate(feed, **dated(name, RECEIVED + YEARS + MS))
    assert fault.value.reason == f"bad dates: {name} is 2036-03-02, and the record was received 2026-03-02"


def test_a_classification_may_end_as_far_ahead_as_systems_write_it() -> None:
    (event,) = translate("circumstances", **dated("classification.ended_at", datetime(9999, 12, 31, tzinfo=UTC)))
    assert event.fact.ended.year == 9999


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
