"""Records of our own feeds, as their senders put them, and what becomes of one: builders for the tests of feeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from streams.events import (
    Allocation,
    CaseEvent,
    Fact,
    HolderRole,
    Origin,
    StaffState,
    Times,
    content_of,
)
from streams.feeds import acts, allocations, assessments, circumstances, courts, oversight, police

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


ALLOCATION = Allocation(
    "al-1", True, HolderRole.MANAGER, "N07B123", "TEAM MANAGER", StaffState.ACTIVE, placeholder_name=False, started=None
)
