"""Builders for cases: events with all the noise in them, and a way to run them through the one door."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agents.bank_holidays import england_and_wales
from streams.acts import Act, ActKind, Evidence, RequiredAction
from streams.case import CaseFile
from streams.escalation import EscalationRecord
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
from streams.policy import Policies, Policy, only
from streams.policy.reading import parse
from streams.rules import BY_ID
from streams.step import Step, step

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
POLICY_TEXT = (DEPLOY / "policy.toml").read_text(encoding="utf-8")
OFFENCES_TEXT = (DEPLOY / "serious_offences.csv").read_text(encoding="utf-8")
HOLIDAYS = england_and_wales()
POLICY: Policy = parse(POLICY_TEXT, OFFENCES_TEXT, BY_ID, HOLIDAYS)
POLICIES: Policies = only(POLICY)

_CALM = re.sub(r'^(review|acknowledge|acknowledged-for) = ".*"', r'\1 = "300 days"', POLICY_TEXT, flags=re.MULTILINE)
_CALM = re.sub(r'^oversee = ".*"', 'oversee = "301 days"', _CALM, flags=re.MULTILINE)
CALM: Policy = parse(_CALM, OFFENCES_TEXT, BY_ID, HOLIDAYS)
"""The shipped policy, but that an escalation that nobody answers is told again once a year or so: for histories of
years.
"""

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
    grade: str | None = "PO",
    forum: str | None = None,
    escalation: str | None = None,
    practice_assessed: bool = False,
    actions: tuple[RequiredAction, ...] = (),
    none_needed: str | None = None,
    variance: str | None = None,
    case: CaseId = CASE,
    recorded: datetime | None = None,
) -> CaseEvent:
    """An oversight record."""
    fact = Oversight(
        name,
        kind,
        author,
        grade,
        forum,
        escalation=escalation,
        practice_assessed=practice_assessed,
        actions=actions,
        none_needed=none_needed,
        variance=variance,
    )
    return event(fact, at, f"oversight/delius/{name}", case=case, recorded=recorded)


def overseen(
    at: datetime,
    *actions: RequiredAction,
    name: str = "s1",
    escalation: str | None = None,
    grade: str | None = "SPO",
    author: str = "N07B123",
    none_needed: str | None = None,
    kind: OversightKind = OversightKind.CASE_DISCUSSION,
    case: CaseId = CASE,
) -> CaseEvent:
    """Oversight as P9 wants it: practice assessed, and actions, or why none is needed."""
    why = none_needed or (None if actions else "PLAN_IN_PLACE")
    return oversight(
        at,
        kind,
        name=name,
        author=author,
        grade=grade,
        escalation=escalation,
        practice_assessed=True,
        actions=actions,
        none_needed=why,
        case=case,
    )


def required(action: str = "a1", due: datetime | None = None, owner: str | None = "N07A001") -> RequiredAction:
    """An action that oversight asks for."""
    return RequiredAction(action, "HOME_VISIT", owner, "PO", due)


def act(
    at: datetime,
    kind: ActKind,
    escalation: str | None = None,
    *,
    name: str | None = None,
    author: str = "N07B123",
    grade: str | None = "SPO",
    action: str | None = None,
    evidence: Evidence | None = None,
    reason: str | None = None,
    until: datetime | None = None,
    case: CaseId = CASE,
) -> CaseEvent:
    """What a person does about an escalation or an action."""
    if kind is ActKind.CONFIRMED and evidence is None:
        evidence = Evidence.CASE_RECORD
    name = name or f"{kind}-{at.isoformat()}"
    fact = Act(name, kind, author, grade, escalation, action, None, evidence, None, reason, None, until)
    return event(fact, at, f"acts/desk/{name}", case=case)


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
    events: Iterable[CaseEvent],
    *,
    policy: Policy = POLICY,
    policies: Policies | None = None,
    now: datetime | None = None,
    file: CaseFile | None = None,
) -> tuple[CaseFile, tuple[EscalationRecord, ...]]:
    """Each event through the one door, at ``now`` or else when it was received: the last file and all that was told."""
    told: list[EscalationRecord] = []
    for one in events:
        after: Step = step(file, one, policies or only(policy), now or one.times.received)
        file = after.file
        told.extend(after.escalations)
    if file is None:
        raise ValueError("no events")
    return file, tuple(told)


def said(told: Iterable[EscalationRecord], *rules: str) -> tuple[tuple[str, str], ...]:
    """The changes told, as (rule, change); of these rules only, where any are named."""
    return tuple((one.rule, one.change.value) for one in told if not rules or one.rule in rules)
