"""What is known of a case at a time, the naive way: see ``naive_model``, which says how it was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from streams.acts import Act, ActKind
from streams.circumstances import (
    ClassificationKind,
    ClassificationState,
    Classified,
    ComesOfAge,
    LinkedNews,
    Service,
    ServiceState,
)
from streams.events import (
    Allocation,
    AppearanceDeleted,
    Assessed,
    AssessmentStatus,
    CaseEvent,
    Cohort,
    CourtAppearance,
    Domain,
    HolderRole,
    Level,
    Oversight,
    OversightKind,
    PoliceContact,
    PoliceRole,
    Setting,
    StaffState,
)
from streams.policy import Policy
from streams.policy.working_time import Counting, Span

# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────

LONDON = ZoneInfo("Europe/London")
BANK_HOLIDAYS = frozenset(
    map(
        date.fromisoformat,
        [
            "2025-01-01",
            "2025-04-18",
            "2025-04-21",
            "2025-05-05",
            "2025-05-26",
            "2025-08-25",
            "2025-12-25",
            "2025-12-26",
            "2026-01-01",
            "2026-04-03",
            "2026-04-06",
            "2026-05-04",
            "2026-05-25",
            "2026-08-31",
            "2026-12-25",
            "2026-12-28",
            "2027-01-01",
            "2027-03-26",
            "2027-03-29",
            "2027-05-03",
            "2027-05-31",
            "2027-08-30",
            "2027-12-27",
            "2027-12-28",
        ],
    )
)
"""GOV.UK, England and Wales, copied by hand."""
MINUTE = timedelta(minutes=1)
NEVER, EVER = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)


def works(day: date) -> bool:
    """Whether the office is open on that day."""
    return day.isoweekday() <= 5 and day not in BANK_HOLIDAYS


def is_open(moment: datetime) -> bool:
    """Whether the office is open then: nine to five by the clock on its wall."""
    local = moment.astimezone(LONDON)
    return works(local.date()) and 9 <= local.hour < 17


@cache
def after(start: datetime, span: Span) -> datetime:
    """When a span begun at ``start`` is over, by walking there: day by day, or minute by minute."""
    match span.counting:
        case Counting.CLOCK:
            return start + span.length
        case Counting.WORKING_DAYS:
            day, left = start.astimezone(LONDON).date(), span.days
            while left:
                day += timedelta(days=1)
                left -= works(day)
            return datetime(day.year, day.month, day.day, 17, tzinfo=LONDON).astimezone(UTC)
        case Counting.WORKING_HOURS:
            moment, time_left = start, span.length
            while time_left:
                step = MINUTE - timedelta(seconds=moment.second, microseconds=moment.microsecond)
                step = min(step, time_left) if is_open(moment) else step
                time_left -= step if is_open(moment) else timedelta()
                moment += step
            return moment


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────


class Heard(NamedTuple):
    """An event that changed what is on file, and the case's clock when it came."""

    event: CaseEvent
    clock: datetime


def said(event: CaseEvent) -> datetime:
    """When the sender said it."""
    return event.times.recorded or event.times.received


def current(events: Sequence[CaseEvent]) -> dict[str, CaseEvent]:
    """Of the versions of each message the one said last. Said again in the same words, it came when it first did."""
    found: dict[str, CaseEvent] = {}
    for event in events:
        old = found.get(event.sender_id)
        if old is not None and old.content_id == event.content_id:
            event = replace(event, times=replace(event.times, received=old.times.received))
        if old is None or said(event) >= said(old):
            found[event.sender_id] = event
    return found


class Fact(NamedTuple):
    """Something that can open an escalation."""

    key: str
    kind: str
    effective: datetime
    received: datetime
    serious: bool = False

    @property
    def age_from(self) -> datetime:
        """From when on it could be acted on: it had happened, and it had reached us."""
        return max(self.effective, self.received)


class Given(NamedTuple):
    """A level that somebody gave."""

    domain: Domain
    setting: Setting
    level: Level
    by: Fact
    ends: datetime  # when it is stale


class Required(NamedTuple):
    """A required action."""

    fact: Fact
    action: str
    record: str
    owner: str | None
    due: datetime
    escalation: str | None
    claimed: tuple[str, datetime] | None
    confirmed: tuple[str, datetime] | None


LEVELS = list(Level)
ADVERSE = (PoliceRole.SUSPECT, PoliceRole.PERPETRATOR)
NO_OVERSIGHT = (OversightKind.REFERRAL, OversightKind.COUNTERSIGNATURE, OversightKind.FORUM_OUTCOME)


class Case:
    """What all that was heard comes to at a time."""

    def __init__(self, events: Sequence[CaseEvent], policy: Policy, now: datetime) -> None:
        self.events, self.policy, self.now = events, policy, now

    @cached_property
    def messages(self) -> list[CaseEvent]:
        return list(current(self.events).values())

    @property
    def known_since(self) -> datetime:
        """When the first word of the case reached us, though another was heard before it (P7)."""
        return min(event.times.received for event in self.events)

    # ── whose thresholds ─────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def cohorts(self) -> set[Cohort]:
        """By the case id, the ids also named, the tools that assessed, and the age: from 18 on both."""
        ids = [self.events[0].case, *(event.also_known for event in self.events if event.also_known)]
        found = {Cohort.YOUTH if name.startswith("youth:") else Cohort.ADULT for name in ids}
        found |= {event.fact.cohort for event in self.messages if isinstance(event.fact, Assessed)}
        birthdays = [event.fact.on for event in self.events if isinstance(event.fact, ComesOfAge)]
        if birthdays:
            found.add(Cohort.ADULT if birthdays[-1] <= self.now else Cohort.YOUTH)
        return found

    @cached_property
    def thresholds(self) -> dict[Domain, int]:
        """The lower of the cohorts' thresholds, by domain."""
        found: dict[Domain, int] = {}
        for cohort in self.cohorts:
            for domain, level in self.policy.thresholds[cohort].items():
                found[domain] = min(found.get(domain, 99), LEVELS.index(level))
        return found

    # ── levels ───────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def assessments(self) -> list[tuple[Fact, Assessed]]:
        """The complete ones, not withdrawn when they were said or since; the one that counts for most comes last."""
        every = [(event, event.fact) for event in self.messages if isinstance(event.fact, Assessed)]
        found = []
        for event, fact in every:
            withdrawn = [
                said(other)
                for other, what in every
                if what.assessment == fact.assessment and what.status is AssessmentStatus.WITHDRAWN
            ]
            if fact.status is AssessmentStatus.COMPLETE and all(when < said(event) for when in withdrawn):
                made = fact.completed or event.times.effective
                order = made.date(), made, len(fact.assessment), fact.assessment, said(event), event.content_id
                found.append((order, Fact(event.sender_id, "assessment", made, event.times.received), fact))
        return [(fact, what) for _, fact, what in sorted(found, key=lambda each: each[0])]

    @cached_property
    def given(self) -> list[Given]:
        """For each domain and setting the level that the latest assessment gave which gave one; and the registers'."""
        found: dict[tuple[Domain, Setting], Given] = {}
        for fact, what in self.assessments:
            for domain, setting, level in as_given(what):
                found[domain, setting] = Given(domain, setting, level, fact, fact.effective + self.policy.stale_after)
        return [*found.values(), *self._registered()]

    def _registered(self) -> Iterator[Given]:
        for fact, what in self.in_force:
            says = self.policy.registers.get(what.code) if what.kind is ClassificationKind.REGISTER else None
            level = says and (says.level or self.policy.register_levels.get(what.level or ""))
            if says and level:
                ends = what.review_due or fact.effective + self.policy.stale_after
                raised = LEVELS.index(level) >= self.thresholds.get(says.domain, 99)
                yield Given(says.domain, Setting.COMMUNITY, level, fact, NEVER if raised else ends)

    @cached_property
    def counted(self) -> list[Given]:
        """Those of a domain that counts, in the community."""
        return [one for one in self.given if one.domain in self.thresholds and one.setting is Setting.COMMUNITY]

    def crosses(self, one: Given) -> bool:
        """At or over the threshold."""
        return LEVELS.index(one.level) >= self.thresholds[one.domain]

    @cached_property
    def raised_by(self) -> list[Fact]:
        """What says now that the level is raised."""
        return once(one.by for one in self.counted if self.crosses(one) and one.ends > self.now)

    @cached_property
    def was_raised_by(self) -> list[Fact]:
        """What said so, and is stale."""
        return once(one.by for one in self.counted if self.crosses(one) and one.ends <= self.now)

    @cached_property
    def state(self) -> str:
        """Raised; stale; lower, if the picture is whole and nothing raised; else unknown, which is never low."""
        fresh = {one.domain for one in self.counted if one.ends > self.now}
        if self.raised_by:
            return "raised"
        if self.was_raised_by:
            return "stale"
        if self._whole(fresh):
            return "lower"
        return "stale" if self._whole({one.domain for one in self.counted}) else "unknown"

    def _whole(self, domains: set[Domain]) -> bool:
        return all(any(part <= domains for part in self.policy.pictures[cohort]) for cohort in self.cohorts)

    @cached_property
    def highest(self) -> Level:
        """The highest level known, stale or not; low where none is."""
        return max((one.level for one in self.counted), key=LEVELS.index, default=Level.LOW)

    # ── classifications, services, linked people ─────────────────────────────────────────────────────────────

    @cached_property
    def in_force(self) -> list[tuple[Fact, Classified]]:
        """Of each classification the latest statement, where it has begun and is not over; of tiers the latest."""
        latest: dict[str, tuple[CaseEvent, Classified]] = {}
        for event in sorted(self.messages, key=_statement):
            if isinstance(event.fact, Classified):
                latest[event.fact.classification] = (event, event.fact)
        found = [
            (event, what)
            for event, what in sorted(latest.values(), key=lambda each: _statement(each[0]))
            if what.state is ClassificationState.IN_FORCE
            and what.code != "HREG"
            and (what.started is None or what.started <= self.now)
            and (what.ended is None or self.now < what.ended)
        ]
        tiers = [event for event, what in found if what.kind is ClassificationKind.TIER]
        return [
            (_fact(event, "classification")._replace(key=self._words(what)), what)
            for event, what in found
            if what.kind is not ClassificationKind.TIER or event is tiers[-1]
        ]

    def _words(self, what: Classified) -> str:
        """What is said of a classification, whenever it was saved; said again after something else, it is new.

        What came late and says nothing of the present makes nothing new.
        """
        said: list[object] = []
        latest: CaseEvent | None = None
        for event in self.messages:
            fact = event.fact
            if isinstance(fact, Classified) and fact.classification == what.classification:
                latest = event if latest is None else max(latest, event, key=_statement)
                now = latest.fact
                assert isinstance(now, Classified)
                words = (now.kind, now.code, now.level, now.category, now.state)
                said += [words] if said[-1:] != [words] else []
        return f"{what.classification}: {said[-1]}, {said.count(said[-1])}"

    @cached_property
    def services(self) -> list[tuple[Fact, datetime]]:
        """Those that were asked for and have not come, with their time."""
        statements: dict[str, list[CaseEvent]] = {}
        for event in sorted(self.messages, key=_statement):
            if isinstance(event.fact, Service):
                statements.setdefault(event.fact.service, []).append(event)
        found = []
        for events in statements.values():
            last = events[-1].fact
            assert isinstance(last, Service)
            if last.state is ServiceState.REQUESTED:
                due = last.due or after(events[0].times.effective, self.policy.deliver_within)
                found.append((_fact(events[-1], "service"), due))
        return found

    # ── who is there ─────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def holders(self) -> list[Allocation]:
        """Who holds the case now, in whatever role: of each allocation the record that is in effect."""
        found = []
        for name in {event.fact.allocation for event in self.messages if isinstance(event.fact, Allocation)}:
            records = [(event, what) for event in self.messages if isinstance(what := event.fact, Allocation)]
            records = [(event, what) for event, what in records if what.allocation == name]
            begun = [(event, what) for event, what in records if event.times.effective <= self.now]
            if begun:
                event, what = max(begun, key=lambda each: _says_last(*each))
                over = what.ended or (NEVER if what.attached else event.times.effective)
                if (what.started is None or what.started <= self.now) and self.now < over:
                    found.append(what)
        return found

    @cached_property
    def supervised(self) -> bool:
        """Whether anybody holds it; a forum is nobody (P15)."""
        return any(holder.role is not HolderRole.FORUM for holder in self.holders)

    def may_oversee(self, grade: str | None) -> bool:
        """Whether a grade may oversee a case of the highest level that is known (P13)."""
        return any(grade in self.policy.manager_grades[cohort][self.highest] for cohort in self.cohorts)

    @cached_property
    def managed(self) -> bool:
        """Whether a real, active manager of a sufficient grade is attached (P13)."""
        return any(map(self._manages, self.holders))

    def _manages(self, holder: Allocation) -> bool:
        unreal = (*self.policy.placeholder_endings, *self.policy.inactive_endings)
        return (
            holder.role is HolderRole.MANAGER
            and holder.state is StaffState.ACTIVE
            and holder.staff is not None
            and not holder.staff.endswith(unreal)
            and not holder.placeholder_name
            and self.may_oversee(holder.grade)
        )

    def managers_until(self, time: datetime) -> list[datetime]:
        """Since when those managers have been there, or were, who were there still after a time."""
        found = []
        for event in self.messages:
            what = event.fact
            if isinstance(what, Allocation) and self._manages(what):
                begun = max(what.started or EVER, event.times.effective if what.attached else EVER)
                over = what.ended or (NEVER if what.attached else event.times.effective)
                if over > time and begun <= self.now:
                    found.append(begun)
        return found

    # ── news ─────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def signals(self) -> list[Fact]:
        """Police contacts as suspect or perpetrator, and hearings for a serious offence that stand; in time."""
        found = []
        for event in self.messages:
            match event.fact:
                case PoliceContact() as what if what.role in ADVERSE:
                    found.append(_fact(event, what.kind.value, serious=self._serious(what.offences)))
                case CourtAppearance() as what if self._serious(what.offences) and not self._taken_back(event, what):
                    found.append(_fact(event, "hearing", serious=True))
        return sorted(found, key=lambda fact: (fact.effective, fact.key))

    def _serious(self, offences: Sequence[object]) -> bool:
        return any(self.policy.offences.get(getattr(offence, "code", None) or "") is True for offence in offences)

    def _taken_back(self, event: CaseEvent, what: CourtAppearance) -> bool:
        return any(
            isinstance(other.fact, AppearanceDeleted)
            and other.fact.hearing == what.hearing
            and other.fact.person in (None, what.person)
            and said(other) >= said(event)
            for other in self.messages
        )

    def live(self, fact: Fact) -> bool:
        """Whether it can open an escalation still."""
        span = self.policy.hearing_live if fact.kind == "hearing" else self.policy.police_live
        return fact.age_from + span > self.now

    @cached_property
    def linked(self) -> list[tuple[Fact, LinkedNews]]:
        """News of linked people."""
        return [(_fact(event, "linked"), event.fact) for event in self.messages if isinstance(event.fact, LinkedNews)]

    # ── oversight and what it asked for ──────────────────────────────────────────────────────────────────────

    @cached_property
    def oversights(self) -> list[datetime]:
        """When somebody who may oversee the case did; a countersignature or a forum is not that (P9, P15)."""
        return [
            event.times.effective
            for event in self.messages
            if isinstance(what := event.fact, Oversight)
            and what.kind not in NO_OVERSIGHT
            and self.may_oversee(what.author_grade)
        ]

    @cached_property
    def actions(self) -> list[Required]:
        """What oversight asked for, with what people said of it since."""
        asked = []
        for event in self.messages:
            if isinstance(what := event.fact, Oversight):
                for one in what.actions:
                    due = one.due or after(event.times.effective, self.policy.act_within)
                    fact = _fact(event, "action")._replace(key=f"{event.sender_id}/{one.action}")
                    asked.append(
                        Required(fact, one.action, event.sender_id, one.owner, due, what.escalation, None, None)
                    )
        return [self._done(action, asked) for action in asked]

    def _done(self, action: Required, asked: list[Required]) -> Required:
        """By the time of the acts: the first claim stands, and the first confirmation by somebody who may confirm."""
        about = [
            (event.times.effective, what.kind is ActKind.CONFIRMED, said(event), event.sender_id, what)
            for event in self.messages
            if isinstance(what := event.fact, Act) and meant(what, event.times.effective, asked) == action.fact.key
        ]
        for when, confirms, _, _, what in sorted(about, key=lambda each: each[:4]):  # said at once: by their ids
            if not confirms and action.claimed is None and action.confirmed is None:
                action = action._replace(claimed=(what.author, when))
            if confirms and action.confirmed is None and self._may_confirm(action, what):
                action = action._replace(confirmed=(what.author, when))
        return action

    def _may_confirm(self, action: Required, act: Act) -> bool:
        """With evidence, and somebody else than who was to do it or says that it is done (P10)."""
        own = act.author in (action.owner, action.claimed and action.claimed[0])
        return act.evidence is not None and (not own or act.author_grade in self.policy.self_confirming)

    # ── when something can turn ──────────────────────────────────────────────────────────────────────────────

    def turns(self) -> Iterator[datetime]:
        """Every time at which anything could be otherwise though nothing comes: more of them do no harm."""
        policy = self.policy
        yield after(self.known_since, policy.level_within)
        for event in self.messages:
            yield event.times.effective
            for name in getattr(event.fact, "__struct_fields__", ()):
                if isinstance(said_time := getattr(event.fact, name), datetime):
                    yield said_time
            if isinstance(event.fact, Allocation):
                yield after(max(event.times.effective, event.fact.started or EVER), policy.oversee_raised)
        for fact, _ in self.assessments:
            yield fact.effective + policy.stale_after
            yield after(fact.age_from, policy.assess_after_screening)
            yield after(fact.age_from, policy.oversee_raised)
        for fact, _ in self.in_force:
            yield fact.effective + policy.stale_after
            yield after(fact.age_from, policy.oversee_raised)
        for fact in self.signals:
            yield after(fact.age_from, policy.review_after_news)
        for _, due in self.services:
            yield due
        for action in self.actions:
            yield action.due


def as_given(what: Assessed) -> Iterator[tuple[Domain, Setting, Level]]:
    for level in Level:  # from low up: of one that was given twice the higher comes last
        for one in what.levels:
            if one.level is level:
                yield one.domain, one.setting, level


def once(facts: Iterator[Fact]) -> list[Fact]:
    return list(dict.fromkeys(facts))


def _statement(event: CaseEvent) -> tuple[datetime, datetime, str, str]:
    return event.times.effective, said(event), event.content_id, event.sender_id


def _says_last(event: CaseEvent, what: Allocation) -> tuple[datetime, datetime, bool, str]:
    return event.times.effective, said(event), not what.attached, event.content_id


def _fact(event: CaseEvent, kind: str, *, serious: bool = False) -> Fact:
    return Fact(event.sender_id, kind, event.times.effective, event.times.received, serious)


def meant(act: Act, when: datetime, asked: Sequence[Required]) -> str | None:
    """Which action a claim or a confirmation is about: by its id, its record and its escalation, where the act names
    them.

    Of several the latest one asked for by the time of the act, else the first one asked for after it.
    """
    if act.kind not in (ActKind.CLAIMED, ActKind.CONFIRMED):
        return None
    fits = [one for one in asked if act.action == one.action and _in_record(act, one)]
    if act.record is None and act.escalation is not None:
        fits = [one for one in fits if one.escalation == act.escalation] or fits
    fits.sort(key=lambda one: (one.fact.effective, one.fact.key))
    before = [one for one in fits if one.fact.effective <= when]
    return before[-1].fact.key if before else fits[0].fact.key if fits else None


def _in_record(act: Act, one: Required) -> bool:
    return act.record is None or one.record == act.record or one.record.endswith(f"/{act.record}")
