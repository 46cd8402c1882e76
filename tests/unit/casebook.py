"""Builders for cases: events with all the noise in them, and a way to run them through the one door."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streams.case import CaseFile
from streams.escalation import Escalation
from streams.events import (
    Allocation,
    AppearanceDeleted,
    Assessed,
    AssessmentKind,
    AssessmentStatus,
    CaseEvent,
    CaseId,
    Cohort,
    CourtAppearance,
    DeadlinePassed,
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
from streams.policy import Policy, parse
from streams.step import Step, step

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
POLICY_TEXT = (DEPLOY / "policy.toml").read_text(encoding="utf-8")
OFFENCES_TEXT = (DEPLOY / "serious_offences.csv").read_text(encoding="utf-8")
POLICY: Policy = parse(POLICY_TEXT, OFFENCES_TEXT)

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""Day nought of every history."""
MS = timedelta(milliseconds=1)
CASE = CaseId("crn:X320741")
YOUTH = CaseId("youth:leeds/4711")
SERIOUS, NOT_SERIOUS, UNLISTED = "SX03001", "AV82009", "TH68010"

COUNTED = (Domain.CHILDREN, Domain.PUBLIC, Domain.KNOWN_ADULT, Domain.STAFF)
"""The four groups that together are an adult's whole picture."""


def day(days: float) -> datetime:
    """So many days after day nought."""
    return T0 + timedelta(days=days)


def event(
    fact: Fact,
    at: datetime,
    sender_id: str,
    *,
    case: CaseId = CASE,
    recorded: datetime | None = None,
    received: datetime | None = None,
    also: CaseId | None = None,
) -> CaseEvent:
    """A fact that occurred at ``at``, and unless said otherwise was recorded and received then."""
    times = Times(at, recorded or at, received or recorded or at)
    origin = Origin("feed.v1", 0, int(times.received.timestamp()) % 100_000)
    return CaseEvent(case, origin, sender_id, content_of(fact, at), times, fact, also)


def police(
    at: datetime = T0,
    kind: PoliceKind = PoliceKind.ARREST,
    role: PoliceRole = PoliceRole.SUSPECT,
    *,
    name: str = "p1",
    case: CaseId = CASE,
    recorded: datetime | None = None,
    received: datetime | None = None,
    also: CaseId | None = None,
) -> CaseEvent:
    """A police contact."""
    fact = PoliceContact(kind, role, "west-yorkshire", "WY/1")
    return event(fact, at, f"police/wyp/{name}", case=case, recorded=recorded, received=received, also=also)


def hearing(
    at: datetime = T0,
    *codes: str | None,
    name: str = "h1",
    hearing: str = "hearing-1",
    person: str = "person-1",
    case: CaseId = CASE,
    recorded: datetime | None = None,
    received: datetime | None = None,
    application: str | None = None,
    remanded: bool | None = None,
) -> CaseEvent:
    """An appearance for offences with these codes."""
    fact = CourtAppearance(
        hearing, person, "B10JQ00", "First hearing", tuple(map(Offence, codes)), application, remanded
    )
    return event(fact, at, f"courts/court/{name}", case=case, recorded=recorded, received=received)


def deleted(
    at: datetime,
    *,
    name: str = "d1",
    hearing: str = "hearing-1",
    person: str | None = None,
    recorded: datetime | None = None,
) -> CaseEvent:
    """A hearing taken back."""
    return event(AppearanceDeleted(hearing, person), at, f"courts/court/{name}", recorded=recorded or at)


def levels(**given: str | None) -> tuple[DomainLevel, ...]:
    """``children="high"``, ``staff_custody="very-high"``."""
    found = []
    for key, level in given.items():
        setting = Setting.CUSTODY if key.endswith("_custody") else Setting.COMMUNITY
        domain = Domain(key.removesuffix("_custody").replace("_", "-"))
        found.append(DomainLevel(domain, setting, None if level is None else Level(level)))
    return tuple(found)


def all_low(**instead: str | None) -> tuple[DomainLevel, ...]:
    """An adult's whole picture, low but for what is named."""
    given: dict[str, str | None] = {domain.replace("-", "_"): "low" for domain in COUNTED}
    return levels(**{**given, **instead})


def assessed(
    at: datetime = T0,
    given: tuple[DomainLevel, ...] = (),
    *,
    status: AssessmentStatus = AssessmentStatus.COMPLETE,
    name: str = "a1",
    assessment: str | None = None,
    cohort: Cohort | None = None,
    kind: AssessmentKind = AssessmentKind.FULL,
    case: CaseId = CASE,
    recorded: datetime | None = None,
    received: datetime | None = None,
    also: CaseId | None = None,
) -> CaseEvent:
    """An assessment; a complete one was completed when it occurred."""
    done = at if status is AssessmentStatus.COMPLETE else None
    cohort = cohort or (Cohort.YOUTH if case.startswith("youth:") else Cohort.ADULT)
    fact = Assessed(assessment or name, kind, cohort, "TOOL", status, at, done, given)
    return event(fact, at, f"assessments/tool/{name}", case=case, recorded=recorded, received=received, also=also)


def holder(
    at: datetime = T0,
    role: HolderRole = HolderRole.MANAGER,
    *,
    name: str = "m1",
    allocation: str | None = None,
    attached: bool = True,
    staff: str | None = "N07B123",
    grade: str | None = "SPO",
    state: StaffState = StaffState.ACTIVE,
    placeholder_name: bool = False,
    started: datetime | None = None,
    ended: datetime | None = None,
    case: CaseId = CASE,
    recorded: datetime | None = None,
) -> CaseEvent:
    """An allocation; unless said otherwise, of a manager who counts."""
    fact = Allocation(
        allocation or name,
        attached,
        role,
        staff,
        grade,
        state,
        placeholder_name,
        started or at if attached else None,
        ended,
    )
    return event(fact, at, f"allocations/delius/{name}", case=case, recorded=recorded)


def oversight(
    at: datetime = T0,
    kind: OversightKind = OversightKind.REFERRAL,
    *,
    name: str = "o1",
    author: str = "N07A001",
    forum: str | None = None,
) -> CaseEvent:
    """An oversight record."""
    return event(Oversight(name, kind, author, "PO", forum), at, f"oversight/delius/{name}")


def passed(due: datetime, case: CaseId = CASE) -> CaseEvent:
    """A deadline that has passed, as the lane says it."""
    fact = DeadlinePassed(due)
    return CaseEvent(
        case,
        Origin("case.events.v1", 0, 0),
        f"deadline/{due.isoformat()}",
        content_of(fact, due),
        Times(due, None, due),
        fact,
    )


def run(
    events: Iterable[CaseEvent], *, policy: Policy = POLICY, now: datetime | None = None, file: CaseFile | None = None
) -> tuple[CaseFile, tuple[Escalation, ...]]:
    """Each event through the one door, at ``now`` or else when it was received: the last file and all that was told."""
    told: list[Escalation] = []
    for one in events:
        after: Step = step(file, one, policy, now or one.times.received)
        file = after.file
        told.extend(after.escalations)
    if file is None:
        raise ValueError("no events")
    return file, tuple(told)


def said(told: Iterable[Escalation]) -> tuple[tuple[str, str], ...]:
    """The changes told, as (rule, change)."""
    return tuple((one.rule, one.change.value) for one in told)
