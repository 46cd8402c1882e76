"""Builders for what else is so about a case: a policy by hand, events with the noise in them, and ways to fold them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from msgspec.structs import replace

from streams.acts import Act, ActKind, Evidence, RequiredAction
from streams.case import CaseFile, Escalation, Listed
from streams.circumstances import (
    ClassificationKind,
    ClassificationState,
    Classified,
    Erased,
    Linked,
    LinkedNews,
    Merged,
    Relation,
    Service,
    ServiceState,
    Unmerged,
)
from streams.escalation import Change
from streams.events import (
    CaseEvent,
    Cohort,
    Domain,
    Fact,
    Level,
    Origin,
    Oversight,
    OversightKind,
    Times,
    content_of,
)
from streams.fold import FOLDS
from streams.fold.merging import note_forwarded
from streams.fold.placing import Folded
from streams.others import tells_others
from streams.policy import NeedsManager, Pace, Policy, Unlisted, Urgency, Watch
from streams.policy.working_time import Counting, Span, WorkingTime
from streams.primitives import CaseId

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""Day nought of every history: a Monday."""
CASE, OTHER, THIRD = CaseId("crn:X320741"), CaseId("crn:X320742"), CaseId("crn:X320743")
YOUTH = CaseId("youth:leeds/4711")

ACT_WITHIN, DELIVER_WITHIN = timedelta(days=10), timedelta(days=28)


def _clock(**length: int) -> Span:
    return Span(Counting.CLOCK, timedelta(**length))


_PACE = Pace(_clock(hours=4), _clock(days=3), _clock(days=5), _clock(days=28))
_EVERY = frozenset({"SPO"})

POLICY = Policy(
    version="by-hand",
    thresholds={cohort: {Domain.HARM: Level.MEDIUM} for cohort in Cohort},
    pictures={cohort: (frozenset({Domain.HARM}),) for cohort in Cohort},
    custody_crosses=False,
    stale_after=timedelta(days=365),
    manager_grades={cohort: dict.fromkeys(Level, _EVERY) for cohort in Cohort},
    holder_grades={cohort: dict.fromkeys(Level, _EVERY) for cohort in Cohort},
    placeholder_endings=(),
    inactive_endings=(),
    police_live=timedelta(days=90),
    hearing_live=timedelta(days=90),
    horizon=timedelta(days=365),
    unlisted=Unlisted.NOTED,
    offences={},
    registers={},
    register_levels={},
    needs_manager=NeedsManager(frozenset({"A"}), frozenset(), frozenset(), frozenset({"RVHR"}), frozenset()),
    watch=Watch(3, 2, timedelta(days=28), 2, serious_charge=True, indicators=True),
    review_after_news=_clock(days=5),
    assess_after_screening=_clock(days=20),
    level_within=_clock(days=20),
    oversee_raised=_clock(days=10),
    act_within=Span(Counting.CLOCK, ACT_WITHIN),
    deliver_within=Span(Counting.CLOCK, DELIVER_WITHIN),
    hours=WorkingTime("Europe/London", frozenset(range(5)), time(9), time(17), frozenset()),
    urgency={},
    urgency_serious=Urgency.URGENT,
    urgency_very_high=Urgency.URGENT,
    pace=dict.fromkeys(Urgency, _PACE),
    chain=("manager", "head"),
    suppress_at_most=timedelta(days=28),
    suppress_unmanaged_at_most=timedelta(days=2),
    reopen_within=timedelta(days=28),
    self_confirming=frozenset({"SPO"}),
    linked_cohorts=frozenset({Cohort.YOUTH}),
    linked_relations=frozenset({Relation.SIBLING}),
)
"""Clock spans throughout, so that a test reads its times off the table; working time has its own tests."""


def day(days: float) -> datetime:
    """So many days after day nought."""
    return T0 + timedelta(days=days)


def event(
    fact: Fact, at: datetime, sender_id: str, *, case: CaseId = CASE, recorded: datetime | None = None
) -> CaseEvent:
    """A fact that occurred at ``at``, and unless said otherwise was recorded and received then."""
    times = Times(at, recorded or at, recorded or at)
    origin = Origin("feed.v1", 0, int(times.received.timestamp()) % 100_000)
    return CaseEvent(case, origin, sender_id, content_of(fact, at), times, fact)


def classified(
    at: datetime,
    name: str = "r1",
    state: ClassificationState = ClassificationState.IN_FORCE,
    *,
    kind: ClassificationKind = ClassificationKind.REGISTER,
    code: str = "RVHR",
    started: datetime | None = None,
    ended: datetime | None = None,
    sender_id: str | None = None,
    recorded: datetime | None = None,
) -> CaseEvent:
    """A statement about the classification ``name``, under a sender's id of its own."""
    fact = Classified(name, kind, code, None, None, state, started, ended)
    return event(fact, at, sender_id or f"classified/{name}/{state}/{at:%d%H%M%S%f}", recorded=recorded)


def tier(at: datetime, code: str, name: str, state: ClassificationState = ClassificationState.IN_FORCE) -> CaseEvent:
    """A statement about a tier."""
    return classified(at, name, state, kind=ClassificationKind.TIER, code=code)


def service(
    at: datetime,
    state: ServiceState = ServiceState.REQUESTED,
    name: str = "s1",
    *,
    due: datetime | None = None,
    sender_id: str | None = None,
    recorded: datetime | None = None,
) -> CaseEvent:
    """A statement about the service ``name``."""
    fact = Service(name, "BBR", state, None, due)
    return event(fact, at, sender_id or f"service/{name}/{state}/{at:%d%H%M%S%f}", recorded=recorded)


def linked(
    at: datetime, other: CaseId = YOUTH, name: str = "l1", *, held: bool = True, case: CaseId = CASE
) -> CaseEvent:
    """A statement that somebody is known to the person of the case, or no longer is."""
    fact = Linked(name, other, Relation.SIBLING, held)
    return event(fact, at, f"linked/{name}/{held}/{at:%d%H%M%S%f}", case=case)


def linked_news(at: datetime, source: CaseId = OTHER) -> CaseEvent:
    """The news that the risk of ``source`` was raised."""
    fact = LinkedNews(source, Relation.SIBLING, ("harm: high",), at)
    return event(fact, at, f"linked-news/{source}/{at.isoformat()}")


def action(name: str = "a1", owner: str | None = "PO7", *, due: datetime | None = None) -> RequiredAction:
    """A required action."""
    return RequiredAction(name, "home-visit", owner, "PO", due)


def oversight(
    at: datetime,
    *actions: RequiredAction,
    name: str = "o1",
    kind: OversightKind = OversightKind.CASE_DISCUSSION,
    escalation: str | None = None,
    recorded: datetime | None = None,
) -> CaseEvent:
    """An oversight record that asks for these actions."""
    fact = Oversight(
        name,
        kind,
        "SPO1",
        "SPO",
        escalation=escalation,
        practice_assessed=True,
        deficits=("plan-out-of-date",),
        actions=actions,
        none_needed=None if actions else "all-done",
        variance="late",
    )
    return event(fact, at, f"oversight/delius/{name}", recorded=recorded)


def act(
    at: datetime,
    kind: ActKind = ActKind.CLAIMED,
    author: str = "PO7",
    *,
    grade: str | None = "PO",
    action: str | None = "a1",
    record: str | None = None,
    escalation: str | None = None,
    name: str | None = None,
    recorded: datetime | None = None,
) -> CaseEvent:
    """An act of a person."""
    evidence = Evidence.CASE_RECORD if kind is ActKind.CONFIRMED else None
    name = name or f"{kind}-{author}-{at:%d%H%M%S%f}"
    fact = Act(name, kind, author, grade, escalation, action, record, evidence, "note 4")
    return event(fact, at, f"act/{name}", recorded=recorded)


def empty(case: CaseId = CASE) -> CaseFile:
    """A case's file before anything came."""
    return CaseFile(None, case, T0)


def folded(file: CaseFile, event: CaseEvent, now: datetime | None = None) -> Folded:
    """What one event does to a file, at its receipt unless said otherwise."""
    now = now or event.times.received
    return FOLDS[type(event.fact)](file, event, event.fact, POLICY, now)


def after(file: CaseFile, events: Iterable[CaseEvent], now: datetime | None = None) -> CaseFile:
    """The file after these events, in this order of arrival; the very same one where nothing changes."""
    for one in events:
        changes = folded(file, one, now).changes
        file = replace(file, **changes) if changes else file
    return file


# ── several cases ────────────────────────────────────────────────────────────────────────────────────────────


def joined(key: str, at: datetime) -> Listed:
    """A fact as an escalation lists it."""
    return Listed(key, f"content of {key}", "police", "an arrest", Times(at, at, at), "feed.v1/0/1#")


def escalation(rule: str, name: str, *keys: str, at: datetime = T0, **life: Any) -> Escalation:
    """An open escalation of a rule."""
    waits = {"next_at": at + timedelta(days=1), **life}
    return Escalation(rule, name, 1, True, at, at, tuple(joined(key, at) for key in keys), **waits)


class World:
    """Cases that tell each other; every event goes through here as it would through the lane, in order."""

    def __init__(self, *files: CaseFile) -> None:
        self.files = {file.case: file for file in files}
        self.told: list[tuple[CaseId, Escalation, Change]] = []
        self.sent: list[CaseEvent] = []

    def __call__(self, *events: CaseEvent, now: datetime | None = None) -> World:
        """Take these events, each with all that follows from it."""
        for event in events:
            waiting = [event]
            while waiting:
                waiting += self._take(waiting.pop(0), now or event.times.received)
        return self

    def _take(self, event: CaseEvent, now: datetime) -> tuple[CaseEvent, ...]:
        before = self.files.get(event.case) or CaseFile(None, event.case, now)
        did = folded(before, event, now)
        changes = note_forwarded(before, did.changes, event) if event.forwarded else did.changes
        file = replace(before, **changes) if changes else before
        for moved, change in did.moved:  # telling counts a revision, as judging does
            told = replace(moved, revision=moved.revision + 1)
            self.told.append((event.case, told, change))
            file = replace(file, open=tuple(told if held is moved else held for held in file.open))
        self.files[event.case] = file
        return self._tell(before, event, now)

    def raised(self, case: CaseId, at: datetime | None) -> World:
        """The level of a case is raised from then on (None: no more), as a judgement would say."""
        before = self.files[case]
        self.files[case] = replace(before, raised=at)
        news = classified(at or day(0), "harm")
        return self(*self._tell(before, replace(news, case=case), at or day(0)))

    def _tell(self, before: CaseFile, event: CaseEvent, now: datetime) -> tuple[CaseEvent, ...]:
        others = tells_others(before, self.files[event.case], event, now, POLICY)
        self.sent += others
        return others


def merged(at: datetime, into: CaseId = OTHER, case: CaseId = CASE) -> CaseEvent:
    """The case lives on in another."""
    return event(Merged(into), at, f"merged/{case}/{into}/{at:%d%H%M%S%f}", case=case)


def unmerged(at: datetime, out_of: CaseId = OTHER, case: CaseId = CASE) -> CaseEvent:
    """The merge was a mistake."""
    return event(Unmerged(out_of), at, f"unmerged/{case}/{out_of}/{at:%d%H%M%S%f}", case=case)


def erased(at: datetime, case: CaseId = CASE) -> CaseEvent:
    """The person asks to be forgotten."""
    return event(Erased("DPO1", "art-17"), at, f"erased/{case}/{at:%d%H%M%S%f}", case=case)


def of(event: CaseEvent, case: CaseId) -> CaseEvent:
    """The same event of another case, under a name of its own."""
    return replace(event, case=case, sender_id=f"{event.sender_id}/{case}")
