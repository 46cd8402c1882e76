"""What can happen to a case, in the field's words: the values of the case-events topic.

Every event names its case, where it came from, the times it carries, and one fact. Facts are frozen msgspec Structs
in array form: positions are the wire format. How they may change: fields are only ever appended, each with a default;
a tag is never reused; bytes that a release wrote stay readable (tests/golden).

Every time says which it is: *occurred* in the world, *recorded* by the sender, *received* by us (the broker's time of
the feed record). None means "not known", never "no".
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import get_args

import msgspec
from msgspec import Struct

from streams.acts import Act, RequiredAction
from streams.circumstances import Circumstance, FromAnotherCase
from streams.primitives import CaseId as CaseId
from streams.primitives import Time as Time


class Cohort(StrEnum):
    """Whose thresholds apply (P1)."""

    ADULT = "adult"
    YOUTH = "youth"


def cohort_of(case: str) -> Cohort:
    """The cohort that a case id speaks of: a CRN means adult, a youth case id youth. Pure."""
    return Cohort.YOUTH if case.startswith("youth:") else Cohort.ADULT


class Origin(Struct, frozen=True, array_like=True, gc=False):
    """Where a fact was read: the feed record, and inside it the path (a JSON pointer; empty for the whole record).

    As text it is the id of a *sighting*, the unit in which ``raised-risk account`` adds up what came in.
    """

    topic: str
    partition: int
    offset: int
    path: str = ""

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}#{self.path}"


class Times(Struct, frozen=True, array_like=True, gc=False):
    """When it happened, when the sender wrote it down, when the feed's broker took it. Aware, UTC."""

    occurred: Time | None
    recorded: Time | None
    received: Time

    @property
    def effective(self) -> datetime:
        """The time by which facts are ordered: occurred, else recorded, else received."""
        return self.occurred or self.recorded or self.received


class Offence(Struct, frozen=True, array_like=True, gc=False):
    """An offence as named by the sender. Whether it is serious is for the policy's code table to say."""

    code: str | None
    title: str | None = None


# ── police (P3) ──────────────────────────────────────────────────────────────────────────────────────────────


class PoliceKind(StrEnum):
    """What the police did."""

    ARREST = "arrest"
    CHARGE = "charge"
    CALL_OUT = "call-out"


class PoliceRole(StrEnum):
    """What the person of the case was in it. A victim or a child present is never read as a perpetrator."""

    SUSPECT = "suspect"
    PERPETRATOR = "perpetrator"
    VICTIM = "victim"
    CHILD_PRESENT = "child-present"


class PoliceContact(Struct, frozen=True, array_like=True, tag="police", gc=False):
    """An arrest, a charge or a call-out."""

    kind: PoliceKind
    role: PoliceRole
    force: str
    reference: str | None
    grade: str | None = None  # STANDARD, MEDIUM, HIGH of the tool below
    grade_tool: str | None = None  # DASH, DARA, …
    children_present: int | None = None
    offences: tuple[Offence, ...] = ()


# ── courts (P4) ──────────────────────────────────────────────────────────────────────────────────────────────


class CourtAppearance(Struct, frozen=True, array_like=True, tag="court", gc=False):
    """One person before one court: listed or resulted, for offences or on an application (a breach, a review)."""

    hearing: str
    person: str  # the sender's id of this person in this hearing (and of the application, where there is one)
    court: str | None
    kind: str | None  # the hearing type in the sender's words
    offences: tuple[Offence, ...] = ()
    application: str | None = None  # the application's type in the sender's words
    remanded: bool | None = None
    resulted: bool | None = None
    is_youth: bool | None = None


class AppearanceDeleted(Struct, frozen=True, array_like=True, tag="court-deleted", gc=False):
    """The court took the hearing back. ``person`` None: for everybody in it."""

    hearing: str
    person: str | None = None


# ── assessments (P1, P5) ─────────────────────────────────────────────────────────────────────────────────────


class Level(StrEnum):
    """A level that somebody gave. Not known is None, and never low."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very-high"


class Domain(StrEnum):
    """What the level speaks of. Adults: harm, by group at risk. Youth: harm to others, vulnerability, reoffending."""

    CHILDREN = "children"
    PUBLIC = "public"
    KNOWN_ADULT = "known-adult"
    STAFF = "staff"
    PRISONERS = "prisoners"
    HARM = "harm"
    VULNERABILITY = "vulnerability"
    REOFFENDING = "reoffending"


class Setting(StrEnum):
    """Where the level holds; a custody-only level is shown and does not cross."""

    COMMUNITY = "community"
    CUSTODY = "custody"


class AssessmentKind(StrEnum):
    """An initial screening, or a full assessment."""

    SCREENING = "screening"
    FULL = "full"


class AssessmentStatus(StrEnum):
    """How far the assessor got. Only a complete one sets a level."""

    OPEN = "open"
    COMPLETE = "complete"
    LOCKED_INCOMPLETE = "locked-incomplete"
    WITHDRAWN = "withdrawn"


class DomainLevel(Struct, frozen=True, array_like=True, gc=False):
    """One domain's level in one setting; None where the assessor gave none."""

    domain: Domain
    setting: Setting
    level: Level | None


class Assessed(Struct, frozen=True, array_like=True, tag="assessed", gc=False):
    """A screening or a full assessment, at some status."""

    assessment: str
    kind: AssessmentKind
    cohort: Cohort
    tool: str | None
    status: AssessmentStatus
    started: Time | None
    completed: Time | None
    levels: tuple[DomainLevel, ...] = ()
    indicators: tuple[str, ...] = ()


# ── who holds and who oversees the case (P13, P15) ───────────────────────────────────────────────────────────


class HolderRole(StrEnum):
    """What the holder is to the case. A forum (MAPPA, MARAC, a risk panel) is never its manager (P15)."""

    CASE_MANAGER = "case-manager"
    MANAGER = "manager"
    FORUM = "forum"


class StaffState(StrEnum):
    """Whether the member of staff is there at all."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    LEFT = "left"


class Allocation(Struct, frozen=True, array_like=True, tag="allocation", gc=False):
    """A holder attached to the case, or detached from it. ``ended`` may lie in the future."""

    allocation: str
    attached: bool
    role: HolderRole
    staff: str | None  # staff code
    grade: str | None
    state: StaffState
    placeholder_name: bool  # the sender's name or code for the holder says "unallocated"; the name itself is not kept
    started: Time | None
    ended: Time | None = None


class OversightKind(StrEnum):
    """What was done by way of oversight, or in its place (P7, P9, P15, P19)."""

    REFERRAL = "referral"
    CASE_DISCUSSION = "case-discussion"
    DIRECT_OBSERVATION = "direct-observation"
    ASSESSMENT_ROLLED_BACK = "assessment-rolled-back"
    AGENCY_COMMUNICATION = "agency-communication"
    COUNTERSIGNATURE = "countersignature"
    FORUM_OUTCOME = "forum-outcome"


class Oversight(Struct, frozen=True, array_like=True, tag="oversight", gc=False):
    """An oversight record. A forum's outcome is shown, and neither attaches a manager nor closes anything."""

    record: str
    kind: OversightKind
    author: str | None  # staff code
    author_grade: str | None
    forum: str | None = None
    decision: str | None = None
    escalation: str | None = None
    practice_assessed: bool = False  # that the practice in the case was looked at, which a countersignature is not
    deficits: tuple[str, ...] = ()  # codes of what was found wanting
    actions: tuple[RequiredAction, ...] = ()
    none_needed: str | None = None  # why no action is needed, where none is
    variance: str | None = None  # from which procedure this departs, and why


# ── what we ourselves say of a case ──────────────────────────────────────────────────────────────────────────


class DeadlinePassed(Struct, frozen=True, array_like=True, tag="deadline", gc=False):
    """The deadline that the case file carried has passed: look again."""

    due: Time


class Withheld(Struct, frozen=True, array_like=True, tag="withheld", gc=False):
    """Something about this case lies in quarantine: what the file says may be incomplete."""

    quarantine: str
    step: str
    reason: str


class Restored(Struct, frozen=True, array_like=True, tag="restored", gc=False):
    """What lay in quarantine went on its way: what it says follows as an event of its own."""

    quarantine: str


OurOwn = DeadlinePassed | Withheld | Restored | FromAnotherCase
"""What no sender sends: it follows from other facts, and is no sighting of a feed."""

News = PoliceContact | CourtAppearance | AppearanceDeleted
Fact = News | Assessed | Allocation | Oversight | Act | Circumstance | OurOwn

OUR_OWN: tuple[type, ...] = get_args(OurOwn)


class CaseEvent(Struct, frozen=True, array_like=True, gc=False):
    """One fact about one case.

    ``sender_id`` is the sender's own name for the thing: the same id with the same ``content_id`` changes nothing, the
    same id with another is a correction. ``also_known`` is a second case id in the same message (a CRN and a youth
    case id at once: flagged). ``matched_by`` is the kind of identifier that found a case which no message names.
    """

    case: CaseId
    origin: Origin
    sender_id: str
    content_id: str
    times: Times
    fact: Fact
    also_known: CaseId | None = None
    matched_by: str | None = None
    forwarded: tuple[CaseId, ...] = ()  # the cases that it went through since they were merged, the first one first


_encode = msgspec.msgpack.Encoder().encode


def content_of(fact: Fact, occurred: datetime | None) -> str:
    """The identity of a content, 32 hex digits: two deliveries of the same thing have the same one. Pure.

    It covers the fact and when it happened; not what changes from one delivery to the next.
    """
    return blake2b(_encode((fact, occurred)), digest_size=16).hexdigest()
