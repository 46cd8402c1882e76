"""Builders for the tables of examples: what ``casebook`` does not build, the ids of escalations, and histories used
often.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streams.acts import ActKind, RequiredAction
from streams.circumstances import (
    ClassificationKind,
    ClassificationState,
    Classified,
    ComesOfAge,
    Linked,
    LinkedNews,
    Relation,
    Service,
    ServiceState,
)
from streams.events import (
    Assessed,
    AssessmentKind,
    AssessmentStatus,
    CaseEvent,
    Cohort,
    DomainLevel,
    HolderRole,
    Offence,
    PoliceContact,
    PoliceKind,
    PoliceRole,
)
from streams.primitives import CaseId
from streams.reconcile import escalation_id
from tests.unit.casebook import (
    CASE,
    MS,
    T0,
    YOUTH,
    act,
    all_low,
    assessed,
    day,
    event,
    holder,
    overseen,
    passed,
    police,
)

R1, R2 = ("R1", "RAISED"), ("R2", "RAISED")
JOINED = ("R2", "JOINED")
CLEARED1, CLEARED2 = ("R1", "CONDITION_CLEARED"), ("R2", "CONDITION_CLEARED")
BACK1, BACK2 = ("R1", "CONDITION_RETURNED"), ("R2", "CONDITION_RETURNED")
WEEKS_55 = timedelta(weeks=55)
WINDOW = timedelta(days=28)

OTHER = CaseId("crn:X320742")
"""The case of somebody who is known to the person."""


def utc(text: str) -> datetime:
    """``utc("2026-03-16 17:00")``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def before(text: str, case: CaseId = CASE) -> CaseEvent:
    """The lane looks 1 ms before that time."""
    return passed(utc(text) - MS, case)


def at(text: str, case: CaseId = CASE) -> CaseEvent:
    """The lane looks at that very time."""
    return passed(utc(text), case)


def after(text: str, case: CaseId = CASE) -> CaseEvent:
    """The lane looks 1 ms after that time."""
    return passed(utc(text) + MS, case)


def id_of(rule: str, *facts: CaseEvent, case: CaseId = CASE, occurrence: int = 0) -> str:
    """The id of the escalation that these facts open."""
    return escalation_id(case, rule, frozenset(fact.content_id for fact in facts), occurrence)


# ── what else is so ──────────────────────────────────────────────────────────────────────────────────────────


def classified(
    when: datetime,
    code: str,
    *,
    kind: ClassificationKind = ClassificationKind.REGISTER,
    name: str | None = None,
    level: str | None = None,
    category: str | None = None,
    state: ClassificationState = ClassificationState.IN_FORCE,
    started: datetime | None = None,
    ended: datetime | None = None,
    review_due: datetime | None = None,
    case: CaseId = CASE,
) -> CaseEvent:
    """A statement about a classification, under a sender's id of its own."""
    name = name or code.lower()
    fact = Classified(name, kind, code, level, category, state, started or when, ended, review_due)
    return event(fact, when, f"delius/registration/{name}/{when:%y%m%d%H%M%S}/{state}", case=case)


def tier(when: datetime, code: str) -> CaseEvent:
    """A tier."""
    return classified(when, code, kind=ClassificationKind.TIER, name=f"tier-{when:%y%m%d%H%M}")


def mappa(when: datetime, level: str | None, category: str | None = None) -> CaseEvent:
    """A MAPPA registration."""
    return classified(when, "MAPP", kind=ClassificationKind.MAPPA, level=level, category=category)


def screened(when: datetime, given: tuple[DomainLevel, ...] = (), found: int = 1, *, name: str = "s1") -> CaseEvent:
    """A complete screening that found so many indicators of raised risk (P5)."""
    indicators = tuple(f"indicator-{number}" for number in range(found))
    status, kind = AssessmentStatus.COMPLETE, AssessmentKind.SCREENING
    fact = Assessed(name, kind, Cohort.ADULT, "TOOL", status, when, when, given, indicators)
    return event(fact, when, f"assessments/tool/{name}")


def charge(when: datetime, *codes: str, name: str = "c1", kind: PoliceKind = PoliceKind.CHARGE) -> CaseEvent:
    """A charge, or another contact, for offences with these codes."""
    fact = PoliceContact(kind, PoliceRole.SUSPECT, "west-yorkshire", "WY/1", offences=tuple(map(Offence, codes)))
    return event(fact, when, f"police/wyp/{name}")


def call_out(
    when: datetime,
    name: str,
    role: PoliceRole = PoliceRole.PERPETRATOR,
    *,
    recorded: datetime | None = None,
    received: datetime | None = None,
) -> CaseEvent:
    """A call-out."""
    return police(when, PoliceKind.CALL_OUT, role, name=name, recorded=recorded, received=received)


def service(
    when: datetime,
    state: ServiceState = ServiceState.REQUESTED,
    *,
    due: datetime | None = None,
    name: str = "s1",
) -> CaseEvent:
    """A statement about a service."""
    return event(Service(name, "BBR", state, "provider-7", due), when, f"delius/nsi/{name}/{state}/{when:%y%m%d%H%M}")


def linked(when: datetime, relation: Relation = Relation.SIBLING, *, held: bool = True) -> CaseEvent:
    """Somebody with a case of their own is known to the person."""
    return event(Linked("l1", OTHER, relation, held), when, f"delius/contact/l1/{held}/{when:%y%m%d%H%M}")


def linked_news(
    when: datetime, relation: Relation = Relation.SIBLING, *, source: CaseId = OTHER, case: CaseId = YOUTH
) -> CaseEvent:
    """The news that the risk of somebody was raised who is known to the person."""
    fact = LinkedNews(source, relation, ("public: high",), when)
    return event(fact, when, f"linked/{source}/{when.isoformat()}", case=case)


def comes_of_age(when: datetime, on: datetime, case: CaseId = YOUTH) -> CaseEvent:
    """When the person turns 18."""
    return event(ComesOfAge(on), when, f"youth/age/{on:%y%m%d}", case=case)


# ── what people do ───────────────────────────────────────────────────────────────────────────────────────────


def acknowledged(when: datetime, of: str, author: str = "N07B123", *, name: str | None = None) -> CaseEvent:
    """Somebody acknowledges an escalation."""
    return act(when, ActKind.ACKNOWLEDGED, of, author=author, name=name)


def suppressed(
    when: datetime,
    of: str,
    until: datetime | None = None,
    *,
    reason: str | None = "PERSON_IN_CUSTODY",
    author: str = "N07B123",
) -> CaseEvent:
    """Somebody silences an escalation."""
    return act(when, ActKind.SUPPRESSED, of, until=until, reason=reason, author=author)


def reopened(when: datetime, of: str, reason: str = "NOT_DONE") -> CaseEvent:
    """Somebody reopens an escalation."""
    return act(when, ActKind.REOPENED, of, reason=reason)


def wanted(
    name: str = "a1", due: datetime | None = None, owner: str | None = "N07A001", what: str = "HOME_VISIT"
) -> RequiredAction:
    """A required action."""
    return RequiredAction(name, what, owner, "PO", due)


def claimed(when: datetime, of: str | None = None, action: str = "a1", author: str = "N07A001") -> CaseEvent:
    """The owner says that an action is done."""
    return act(when, ActKind.CLAIMED, of, action=action, author=author, grade="PO")


def confirmed(
    when: datetime, of: str | None = None, action: str = "a1", author: str = "N07B123", grade: str = "SPO"
) -> CaseEvent:
    """Somebody says that they have seen that an action is done."""
    return act(when, ActKind.CONFIRMED, of, action=action, author=author, grade=grade)


# ── histories that many examples begin with ──────────────────────────────────────────────────────────────────

HIGH = assessed(T0, all_low(public="high"))
VERY_HIGH = assessed(T0, all_low(public="very-high"))
LOW = assessed(T0, all_low())
ARREST = police(day(1))
SPO = holder(T0)
"""A manager."""
PO = holder(T0, HolderRole.CASE_MANAGER, name="c1", grade="PO", staff="N07A001")
"""A case manager, who is no manager."""
SEEN = overseen(day(1))
"""Oversight of the case as a whole that asks for no action."""
