"""Our own feeds, record by record: what each says in our words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from streams.acts import Act, ActKind, Evidence, RequiredAction
from streams.circumstances import (
    ClassificationKind,
    ClassificationState,
    Classified,
    Erased,
    Merged,
    Service,
    ServiceState,
    Unmerged,
)
from streams.events import (
    AppearanceDeleted,
    Assessed,
    AssessmentKind,
    AssessmentStatus,
    Cohort,
    CourtAppearance,
    Domain,
    DomainLevel,
    Fact,
    Level,
    Offence,
    Oversight,
    OversightKind,
    PoliceContact,
    PoliceKind,
    PoliceRole,
    Setting,
)
from streams.primitives import CaseId
from tests.unit.feed_book import (
    ALLOCATION,
    CLASSIFICATION,
    EARLIER,
    OTHER,
    RECEIVED,
    REQUIRED,
    SERVICE,
    as_event,
    only,
    translate,
)

APPEARANCE = CourtAppearance(
    hearing="h-1",
    person="crn:X320741",
    court="B10JQ00",
    kind="First hearing",
    offences=(Offence("SX03001"), Offence(None, "Words only")),
    resulted=True,
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
