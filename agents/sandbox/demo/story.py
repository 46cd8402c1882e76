"""The demo's story: five cases, each ending in an escalation for a reason of its own, or just short of one.

The people are invented. Each step is a message on a feed, sent so many seconds into the story, with a caption for
whoever watches. Times in the messages follow from the start, so the story reads as if it happened today.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from agents import topics
from agents.sandbox.feeds.spoilt import Encode
from agents.sandbox.feeds.synth import Message

PLACEHOLDER = "crn:X900001"
STALE = "crn:X900002"
YOUTH = "youth:Northshire YJS/4711"
HEARING = "crn:X900004"
JUST_SHORT = "crn:X900005"

_DEFENDANT = "5f0e8d4c-7a61-4b0e-a3d5-9c1f20b6e704"
_PNC = "2009/0412307W"


class Ending(Struct, frozen=True):
    """How a case's story ends: which rules have raised it, which of those are cleared and closed, and why."""

    case: str
    title: str
    raised: tuple[str, ...]
    cleared: tuple[str, ...]
    because: str
    closed: tuple[str, ...] = ()


ENDINGS = (
    Ending(
        PLACEHOLDER,
        "A name on the door",
        ("R1", "R2"),
        (),
        "The level is high and the manager's post is held by a placeholder, 'Unallocated Staff'. The case manager has "
        "referred the case; nobody was there to answer. Then the man is arrested.",
    ),
    Ending(
        STALE,
        "The call-out nobody could weigh",
        ("R2", "R8"),
        (),
        "Police are called to his former partner's home; he is the perpetrator. The last complete assessment said low, "
        "but it is older than 55 weeks: the level is not known, and that is not the same as low. That it is stale is "
        "raised by itself, before anything happens.",
    ),
    Ending(
        YOUTH,
        "Fifteen",
        ("R1",),
        ("R1",),
        "For a young person medium is enough, on vulnerability as well as on harm. A case manager and a risk panel are "
        "there; neither is a manager. When one is attached, the condition clears and the escalation stays open. It "
        "closes when the manager records what was found, and why no action is needed.",
        closed=("R1",),
    ),
    Ending(
        HEARING,
        "The hearing that came first",
        ("R2",),
        (),
        "The court lists a robbery under ids that no case is known by: the sighting is parked. Eleven seconds later an "
        "allocation says whose ids they are, and the hearing reaches the case it was always about.",
    ),
    Ending(
        JUST_SHORT,
        "Just in time",
        (),
        (),
        "A call-out in which she was the victim is never read against her. Before the assessment says very high, a "
        "manager is attached; so there is oversight, and nothing to escalate.",
    ),
)


class StoryStep(Struct, frozen=True):
    """One message of the story: when, about which case, what to tell the watcher, and the message itself."""

    at: datetime
    case: str
    caption: str
    message: Message


def tell(start: datetime, encode: Encode, lasting: timedelta = timedelta(seconds=30)) -> tuple[StoryStep, ...]:
    """The steps in their order, squeezed or stretched so that the last comes ``lasting`` after the start. Pure."""
    scale = lasting / timedelta(seconds=_SCRIPT[-1][0])

    def step(after: float, case: str, caption: str, feed: str, record: dict[str, Any]) -> StoryStep:
        at = start + timedelta(seconds=after) * scale
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        filled = _timed(record, start, at)
        if feed == topics.COURT_HEARINGS:
            value = msgspec.json.encode(filled)
        else:
            filled = _named(case) | {"recorded_at": start} | filled
            value = encode(topics.FEEDS[feed], filled)
        return StoryStep(at, case, caption, Message(feed, case.encode(), value, at))

    return tuple(step(*row) for row in _SCRIPT)


def _named(case: str) -> dict[str, Any]:
    kind, _, rest = case.partition(":")
    issuer, _, number = rest.partition("/")
    if kind == "crn":
        return {"sender": "Probation N07", "case": {"crn": rest, "youth_case_id": None, "youth_case_issuer": None}}
    return {"sender": issuer, "case": {"crn": None, "youth_case_id": number, "youth_case_issuer": issuer}}


def _timed(value: Any, start: datetime, at: datetime) -> Any:
    """Every timedelta in the record becomes a time from the start on, so that a message sent twice is the same."""
    if value is _NOW:
        return at
    if isinstance(value, timedelta):
        return start + value
    if isinstance(value, Mapping):
        return {name: _timed(each, start, at) for name, each in value.items()}
    if isinstance(value, list):
        return [_timed(each, start, at) for each in value]
    return value


_NOW = object()
"""In a record: when it is sent. Oversight must be later than the news that it answers, whatever the pace."""


def _ago(**of: float) -> timedelta:
    return -timedelta(**of)


def _allocation(name: str, role: str, staff: tuple[str | None, str | None, str | None], **more: Any) -> dict[str, Any]:
    code, shown, grade = staff
    return {
        "message_id": f"story-{name}",
        "allocation_id": f"story-{name}",
        "change": "ATTACHED",
        "role": role,
        "staff_code": code,
        "staff_name": shown,
        "grade": grade,
        "started_at": _ago(days=30),
        "occurred_at": _ago(hours=2),
        "known_by": [],
        **more,
    }


def _assessment(name: str, status: str, completed: timedelta | None, levels: dict[str, str | None]) -> dict[str, Any]:
    youth = "VULNERABILITY" in levels
    return {
        "message_id": f"story-{name}",
        "assessment_id": f"story-{name}",
        "kind": "FULL",
        "cohort": "YOUTH" if youth else "ADULT",
        "tool": "ASSETPLUS" if youth else "OASYS",
        "status": status,
        "started_at": (completed or timedelta()) - timedelta(days=6),
        "completed_at": completed,
        "levels": [{"domain": domain, "setting": "COMMUNITY", "level": level} for domain, level in levels.items()],
        "indicators": [],
        "occurred_at": completed or _ago(days=6),
    }


def _police(name: str, kind: str, role: str, **more: Any) -> dict[str, Any]:
    return {
        "message_id": f"story-{name}",
        "sender": "Northshire Police",
        "kind": kind,
        "role": role,
        "reference": f"INC-{name}",
        "offences": [],
        "occurred_at": _ago(minutes=40),
        **more,
    }


_CASE_MANAGER = ("N07A114", "R. Birch", "PO")
_YOUTH_WORKER = ("YN1A021", "T. Larch", "YJ OFFICER")
_SENIOR = ("N07A007", "M. Cedar", "SPO")
_TEAM_MANAGER = ("YN1A002", "S. Juniper", "TEAM MANAGER")
_CALL_OUT = _police("domestic", "CALL_OUT", "PERPETRATOR", grade="HIGH", grade_tool="DASH", children_present=2)
_HEARING = {
    "hearing": {
        "id": "9a0b6cf1-3b0f-4a3e-9d55-70c2b1c0a901",
        "jurisdictionType": "MAGISTRATES",
        "type": {"id": "4a0e892d-c0c5-3c51-95b8-704d8c781776", "description": "First hearing"},
        "courtCentre": {"id": "59cb14a6-e8de-4615-9b9e-94bf5ef81ad2", "code": "B10JQ00", "roomName": "Courtroom 05"},
        "hearingDays": [{"sittingDay": timedelta(days=1), "listedDurationMinutes": 20, "listingSequence": 0}],
        "prosecutionCases": [
            {
                "id": "1d1861ed-e18c-429d-bad0-671802f9cdba",
                "initiationCode": "C",
                "prosecutionCaseIdentifier": {"prosecutionAuthorityCode": "NSHPF", "caseURN": "25GD0000004"},
                "defendants": [
                    {
                        "id": _DEFENDANT,
                        "masterDefendantId": _DEFENDANT,
                        "pncId": "09/412307W",
                        "isYouth": False,
                        "personDefendant": {"personDetails": {"firstName": "Reed", "lastName": "Longacre"}},
                        "offences": [
                            {
                                "id": "3e1218c4-1946-429b-9cb6-f497206405a6",
                                "offenceDefinitionId": "062cedf4-b495-3a6c-9148-cec6bef362ed",
                                "offenceCode": "TH68023",
                                "offenceTitle": "Robbery",
                                "wording": "Particulars of the offence.",
                            }
                        ],
                    }
                ],
            }
        ],
    }
}
_REFERRAL = {
    "message_id": "story-referral",
    "kind": "REFERRAL",
    "author_staff_code": "N07A114",
    "author_grade": "PO",
    "decision": "MANAGER_REQUESTED",
    "occurred_at": _ago(hours=20),
}
_PANEL = {
    "message_id": "story-panel",
    "kind": "FORUM_OUTCOME",
    "author_staff_code": "YN1A009",
    "forum": "RISK_PANEL",
    "decision": "PLAN_AGREED",
    "occurred_at": _ago(days=3),
}
_DISCUSSION = {
    "message_id": "story-discussion",
    "kind": "CASE_DISCUSSION",
    "author_staff_code": "YN1A002",
    "author_grade": "TEAM MANAGER",
    "decision": "PLAN_REVIEWED",
    "practice_assessed": True,
    "none_needed": "PLAN_IN_PLACE",
    "occurred_at": _NOW,
    "recorded_at": _NOW,
}
_KNOWN_BY = [{"kind": "DEFENDANT_ID", "value": _DEFENDANT}, {"kind": "PNC", "value": _PNC}]
_ALLOCATIONS, _ASSESSMENTS = topics.CASE_ALLOCATIONS, topics.ASSESSMENT_UPDATES
_POLICE, _OVERSIGHT, _HEARINGS = topics.POLICE_NOTIFICATIONS, topics.OVERSIGHT_RECORDS, topics.COURT_HEARINGS

# (seconds into the story, case, caption, feed, record); a timedelta in a record is a time from the start on.
_SCRIPT: tuple[tuple[float, str, str, str, dict[str, Any]], ...] = (
    (0, PLACEHOLDER, "A probation officer takes the case on.", _ALLOCATIONS,
     _allocation("door-po", "CASE_MANAGER", _CASE_MANAGER)),
    (1, STALE, "A case whose last assessment, low, is 56 weeks old.", _ASSESSMENTS,
     _assessment("old", "COMPLETE", _ago(weeks=56),
                 {"CHILDREN": "LOW", "PUBLIC": "LOW", "KNOWN_ADULT": "LOW", "STAFF": "LOW"})),
    (1, PLACEHOLDER, "The manager's post: 'Unallocated Staff(N07)', code N07UATU.", _ALLOCATIONS,
     _allocation("door-placeholder", "MANAGER", ("N07UATU", "Unallocated Staff(N07)", None))),
    (2, STALE, "A new assessment was begun, and is open.", _ASSESSMENTS,
     _assessment("begun", "OPEN", None, {"PUBLIC": None, "KNOWN_ADULT": None})),
    (2, PLACEHOLDER, "The officer refers the case for a manager's attention.", _OVERSIGHT, _REFERRAL),
    (3, HEARING, "A court lists a robbery: no case is known by these ids.", _HEARINGS, _HEARING),
    (4, YOUTH, "A young person's case: a case manager is there.", _ALLOCATIONS,
     _allocation("fifteen-worker", "CASE_MANAGER", _YOUTH_WORKER)),
    (5, PLACEHOLDER, "The assessment is complete: high, to a known adult.", _ASSESSMENTS,
     _assessment("door", "COMPLETE", _ago(hours=1), {"KNOWN_ADULT": "HIGH", "PUBLIC": "MEDIUM"})),
    (6, JUST_SHORT, "A call-out, graded high: she is the victim.", _POLICE,
     _police("victim", "CALL_OUT", "VICTIM", grade="HIGH", grade_tool="DASH", children_present=1)),
    (7, YOUTH, "A risk panel has agreed a plan.", _OVERSIGHT, _PANEL),
    (8, STALE, "A call-out, graded high: he is the perpetrator, two children there.", _POLICE, _CALL_OUT),
    (10, YOUTH, "The assessment: medium, on vulnerability.", _ASSESSMENTS,
     _assessment("fifteen", "COMPLETE", _ago(hours=3),
                 {"HARM": "LOW", "VULNERABILITY": "MEDIUM", "REOFFENDING": "LOW"})),
    (11, JUST_SHORT, "A senior probation officer is attached as her manager.", _ALLOCATIONS,
     _allocation("short-spo", "MANAGER", _SENIOR)),
    (14, HEARING, "An allocation says whose ids those were.", _ALLOCATIONS,
     _allocation("first-po", "CASE_MANAGER", _CASE_MANAGER, known_by=_KNOWN_BY)),
    (16, JUST_SHORT, "The assessment is complete: very high, to children.", _ASSESSMENTS,
     _assessment("short", "COMPLETE", _ago(hours=1), {"CHILDREN": "VERY_HIGH"})),
    (20, PLACEHOLDER, "He is arrested, as a suspect of assault.", _POLICE,
     _police("arrest", "ARREST", "SUSPECT", offences=[{"code": "CJ88116", "title": "Assault by beating"}])),
    (24, STALE, "The force sends the call-out again: nothing changes.", _POLICE, _CALL_OUT),
    (25, YOUTH, "A manager is attached: the condition clears, the escalation stays open.", _ALLOCATIONS,
     _allocation("fifteen-manager", "MANAGER", _TEAM_MANAGER)),
    (30, YOUTH, "The manager records what was found, and why no action is needed: the escalation closes.", _OVERSIGHT,
     _DISCUSSION),
)  # fmt: skip
