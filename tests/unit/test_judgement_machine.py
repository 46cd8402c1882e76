"""A machine that drives cases through managers, news, deadlines and jumps of the clock, against a naive model.

After each step it holds the promises that need no model (an open escalation always has a deadline, nothing is told
twice, the chain has no gap, …); at the end of a case it compares what was told, and what every escalation was after
each event, with ``naive_model``. ``make hunt`` shows it many more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from streams.acts import Act, ActKind, Evidence, RequiredAction
from streams.case import CaseFile, Escalation
from streams.circumstances import (
    ClassificationKind,
    ClassificationState,
    Classified,
    ComesOfAge,
    LinkedNews,
    Relation,
    Service,
    ServiceState,
)
from streams.escalation import Change, EscalationRecord, Stage
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
    Withheld,
    content_of,
)
from streams.primitives import CaseId
from streams.record import digest
from streams.step import step
from streams.view import CaseView
from tests.unit.casebook import CASE, NOT_SERIOUS, POLICIES, POLICY, SERIOUS, UNLISTED, YOUTH, passed
from tests.unit.examples import TIMES
from tests.unit.naive_case import Case, Heard
from tests.unit.naive_model import lives

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

STARTS = (
    datetime(2026, 3, 2, 9, 0, tzinfo=UTC),  # an ordinary Monday, four weeks before summer time
    datetime(2026, 3, 27, 16, 30, tzinfo=UTC),  # the Friday before the clocks go forward; Easter follows
    datetime(2026, 4, 2, 11, 0, tzinfo=UTC),  # Maundy Thursday
    datetime(2026, 10, 23, 15, 59, tzinfo=UTC),  # the Friday before the clocks go back
    datetime(2026, 12, 23, 13, 20, tzinfo=UTC),  # before Christmas, with a substitute day on the 28th
    datetime(2026, 12, 31, 23, 59, tzinfo=UTC),  # the year's end
)
LANDMARKS = (
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC),  # the last minute of winter time
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 4, 3, 8, 0, tzinfo=UTC),  # Good Friday
    datetime(2026, 4, 7, 8, 0, tzinfo=UTC),  # after Easter Monday, as the office opens
    datetime(2026, 5, 4, 12, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 59, tzinfo=UTC),  # the last minute of summer time
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # half past one for the second time
    datetime(2026, 12, 24, 16, 59, tzinfo=UTC),
    datetime(2026, 12, 28, 10, 0, tzinfo=UTC),  # Boxing Day's substitute
    datetime(2027, 1, 1, 0, 0, tzinfo=UTC),
    datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
)
LONGEST = 200 * DAY
"""No case lasts longer: its news stays within the horizon, which the model does not know."""

AGO = st.sampled_from([timedelta(), timedelta(), MINUTE, 3 * HOUR, DAY, 3 * DAY, 11 * DAY, 30 * DAY])
LAG = st.sampled_from([timedelta(), timedelta(), timedelta(), HOUR, 2 * DAY])
AHEAD = st.sampled_from([HOUR, DAY, 5 * DAY, 30 * DAY])
STAFF = st.sampled_from(["N07B123", "N07B123", "N07A001", "N07C777"])
GRADES = st.sampled_from(["SPO", "SPO", "SPO", "ACO", "TEAM MANAGER", "PO", None])
LEVELS = st.sampled_from([None, "low", "low", "medium", "high", "very-high"])
PROMPT = st.booleans()
FEW = st.integers(0, 5)

MOST = {"signals": 12, "deletions": 12, "oversight": 8, "referrals": 4, "linked": 8, "acts": 30, "actions": 24}
"""So that no list of a case file is over-full: what it would let go, the model would not."""


Escalations = Mapping[str, tuple[object, ...]]
"""What is compared, by rule: an escalation, or the changes that were told."""
Told = list[tuple[str, str]]


class Cases(RuleBasedStateMachine):
    """One case, from its first event on."""

    file: CaseFile | None

    def __init__(self) -> None:
        super().__init__()
        self.file = None
        self.now = self.start = STARTS[0]
        self.case = CASE
        self.heard: list[Heard] = []
        self.afters: list[tuple[Escalations, Told]] = []
        self.untold: list[tuple[str, str]] = []  # told since the last event that was heard
        self.told: list[EscalationRecord] = []
        self.names: dict[str, tuple[str, int]] = {}
        self.count = 0
        self.room = dict(MOST)
        self.sound = True  # else a step has failed already, and there is nothing to compare

    # ── the door ─────────────────────────────────────────────────────────────────────────────────────────────

    def hear(
        self, fact: Fact, occurred: datetime, sender: str, lag: timedelta = timedelta(), also: bool = False
    ) -> None:
        """Something that is new: it changes the file."""
        if isinstance(fact, (Classified, Service)) and self.said_so(content_of(fact, occurred)):
            return  # two statements of the same words and time: which of them is the latest is nobody's question
        received = self.now - lag
        times = Times(occurred, max(occurred, received - HOUR) if occurred <= received else received, received)
        other = (CASE if self.case == YOUTH else YOUTH) if also else None
        self.deliver(
            CaseEvent(self.case, self.origin(), sender, content_of(fact, occurred), times, fact, also_known=other)
        )

    def origin(self) -> Origin:
        """A place in a topic that nothing else has."""
        self.count += 1
        return Origin("feed.v1", 0, self.count)

    def deliver(self, event: CaseEvent) -> None:
        """An event that changes what is on file."""
        before = self.file
        self.through(event, self.now)
        assert self.file is not before, f"nothing became of {event.fact}"
        assert self.file is not None
        clock = self.now if before is None else max(self.now, before.at)
        assert self.file.at == clock
        self.heard.append(Heard(event, clock))
        self.afters.append(({escalation.rule: seen(escalation) for escalation in self.file.open}, self.untold))
        self.untold = []
        self.agrees()

    def ignored(self, event: CaseEvent) -> None:
        """An event that changes nothing and tells nothing."""
        before = self.file
        self.through(event, self.now)
        assert self.file is before, f"something became of {event.fact}"

    def through(self, event: CaseEvent, now: datetime) -> None:
        """One event through the one door."""
        before, self.sound = self.file, False
        after = step(before, event, POLICIES, now)
        self.file = after.file
        if before is not None:
            assert after.file.at >= before.at
        for one in after.escalations:
            self.record(one)
            before_it = sum(which == one.rule for which, _ in self.names.values())
            self.names.setdefault(one.escalation_id, (one.rule, before_it))
            self.untold.append((one.rule, one.change.value))
        self.sound = True

    def record(self, one: EscalationRecord) -> None:
        """What holds of every record that is told."""
        assert all((one.reason, one.rule, one.principles, one.signals)), one
        earlier = [each for each in self.told if each.escalation_id == one.escalation_id]
        assert one.revision == len(earlier) + 1
        assert one.entry == len(self.told) + 1
        assert one.previous == (self.told[-1].hash if self.told else "")
        assert one.hash == digest(one.record())
        assert not self.told or one.at >= self.told[-1].at
        if one.change is Change.CLOSED:
            assert earlier[-1].stage is Stage.OVERSEEN, "closed, and nobody had overseen it"
            assert any(each.change is Change.OVERSEEN for each in earlier)
        self.told.append(one)

    # ── the clock ────────────────────────────────────────────────────────────────────────────────────────────

    def jump(self, to: datetime, prompt: bool) -> None:
        """The clock goes on; the lane says each deadline as it passes, or has not come to it yet."""
        to = min(to, self.start + LONGEST)
        while prompt and self.file is not None and self.file.due is not None and self.file.due <= to:
            due = self.file.due
            self.through(passed(due, self.case), due)
            assert self.file.at == due
        self.now = max(self.now, to)

    @initialize(start=st.sampled_from(STARTS), youth=st.integers(0, 3), quiet=st.booleans())
    def opens(self, start: datetime, youth: int, quiet: bool) -> None:
        self.now = self.start = start
        self.case = CaseId(YOUTH if youth == 0 else CASE)
        flag = Classified("first", ClassificationKind.FLAG, "WEAP", None, None, ClassificationState.IN_FORCE)
        self.hear(Withheld("q1", "intake", "bad dates") if quiet else flag, start, "first")

    @rule(span=st.sampled_from([MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY, 12 * DAY, 29 * DAY]), prompt=PROMPT)
    def waits(self, span: timedelta, prompt: bool) -> None:
        self.jump(self.now + span, prompt)

    @precondition(lambda self: self.file is not None and self.file.due is not None)
    @rule(
        off=st.sampled_from([-MINUTE, timedelta(milliseconds=-1), timedelta(), timedelta(milliseconds=1), MINUTE]),
        prompt=PROMPT,
    )
    def waits_for_the_deadline(self, off: timedelta, prompt: bool) -> None:
        assert self.file is not None
        assert self.file.due is not None
        self.jump(self.file.due + off, prompt)

    @rule(off=st.sampled_from([-MINUTE, timedelta(), 90 * MINUTE]), prompt=PROMPT)
    def waits_for_a_landmark(self, off: timedelta, prompt: bool) -> None:
        ahead = [mark for mark in LANDMARKS if mark + off > self.now]
        if ahead:
            self.jump(ahead[0] + off, prompt)

    @precondition(lambda self: self.told)
    @rule()
    def a_deadline_is_said_again(self) -> None:
        assert self.file is not None
        before = self.file
        self.through(passed(before.at - MINUTE, self.case), before.at)
        assert self.file is before

    # ── levels and classifications ───────────────────────────────────────────────────────────────────────────

    @rule(
        given=st.lists(st.tuples(st.sampled_from(Domain), LEVELS), max_size=4),
        whole=st.sampled_from([None, "low", "low", "medium", "high"]),
        custody=st.sampled_from([None, None, "very-high"]),
        status=st.sampled_from([*AssessmentStatus, *[AssessmentStatus.COMPLETE] * 4]),
        kind=st.sampled_from([AssessmentKind.FULL, AssessmentKind.FULL, AssessmentKind.SCREENING]),
        indicators=st.sampled_from([(), ("WEAPONS",)]),
        name=st.sampled_from("abcde"),
        other_tool=FEW,
        ago=AGO | st.sampled_from([380 * DAY, 384 * DAY, 386 * DAY]),
        lag=LAG,
        also=FEW,
    )
    def is_assessed(
        self,
        given: list[tuple[Domain, str | None]],
        whole: str | None,
        custody: str | None,
        status: AssessmentStatus,
        kind: AssessmentKind,
        indicators: tuple[str, ...],
        name: str,
        other_tool: int,
        ago: timedelta,
        lag: timedelta,
        also: int,
    ) -> None:
        if not self.fits(f"assessment {name}", 3):
            return
        at = self.now - ago
        cohort = Cohort.YOUTH if (self.case == YOUTH) is not (other_tool == 0) else Cohort.ADULT
        picture_of = {
            Cohort.ADULT: (Domain.CHILDREN, Domain.PUBLIC, Domain.KNOWN_ADULT, Domain.STAFF),
            Cohort.YOUTH: (Domain.HARM, Domain.VULNERABILITY),
        }
        chosen: dict[Domain, str | None] = dict.fromkeys(picture_of[cohort] if whole else (), whole)
        levels = [
            DomainLevel(domain, Setting.COMMUNITY, None if level is None else Level(level))
            for domain, level in {**chosen, **dict(given)}.items()
        ]
        if custody:
            levels.append(DomainLevel(Domain.STAFF, Setting.CUSTODY, Level(custody)))
        done = at if status is AssessmentStatus.COMPLETE else None
        fact = Assessed(name, kind, cohort, "TOOL", status, at, done, tuple(levels), indicators)
        self.hear(fact, at, f"assessments/{self.count}", lag, also=also == 0)

    @rule(
        what=st.sampled_from(
            [
                (ClassificationKind.REGISTER, "RVHR", None, None),
                (ClassificationKind.REGISTER, "RHRH", None, None),
                (ClassificationKind.REGISTER, "RLRH", None, None),
                (ClassificationKind.REGISTER, "RCHD", "RSKH", None),
                (ClassificationKind.REGISTER, "RCHD", None, None),
                (ClassificationKind.REGISTER, "HREG", None, None),
                (ClassificationKind.MAPPA, "MAPP", "M2", "M1"),
                (ClassificationKind.MAPPA, "MAPP", "M1", "M4"),
                (ClassificationKind.MAPPA, "MAPP", "M1", "M1"),
                (ClassificationKind.TIER, "A2", None, None),
                (ClassificationKind.TIER, "B1", None, None),
                (ClassificationKind.FLAG, "WEAP", None, None),
            ]
        ),
        name=st.sampled_from("xyz"),
        state=st.sampled_from([ClassificationState.IN_FORCE] * 3 + [*ClassificationState]),
        starts=st.sampled_from([None, -DAY, timedelta(), 2 * DAY]),
        ends=st.sampled_from([None, None, HOUR, 3 * DAY]),
        review=st.sampled_from([None, -DAY, 2 * DAY, 30 * DAY]),
        ago=AGO,
    )
    def is_classified(
        self,
        what: tuple[ClassificationKind, str, str | None, str | None],
        name: str,
        state: ClassificationState,
        starts: timedelta | None,
        ends: timedelta | None,
        review: timedelta | None,
        ago: timedelta,
    ) -> None:
        if not self.fits(f"classification {name}", 3):
            return
        kind, code, level, category = what
        fact = Classified(
            f"{kind}-{name}",
            kind,
            code,
            level,
            category,
            state,
            None if starts is None else self.now + starts,
            None if ends is None else self.now + ends,
            None if review is None else self.now + review,
        )
        self.hear(fact, self.now - ago, f"registrations/{self.count}")

    @precondition(lambda self: self.room.get("age", 2) > 0)
    @rule(off=st.sampled_from([-400 * DAY, -HOUR, HOUR, 5 * DAY, 400 * DAY]))
    def has_a_birthday(self, off: timedelta) -> None:
        if self.fits("age", 2):
            self.hear(ComesOfAge(self.now + off + MINUTE * self.count), self.now, f"births/{self.count}")

    # ── who is there ─────────────────────────────────────────────────────────────────────────────────────────

    @rule(
        name=st.sampled_from("klm"),
        role=st.sampled_from([HolderRole.MANAGER, *HolderRole]),
        attached=st.sampled_from([True, True, False]),
        staff=st.sampled_from(["N07B123", "N07B123", "N07B123", "N07UATU", "N07IAVU", None]),
        grade=GRADES,
        state=st.sampled_from([*[StaffState.ACTIVE] * 3, *StaffState]),
        placeholder=FEW,
        starts=st.sampled_from([None, timedelta(), timedelta(), -DAY, HOUR, 4 * DAY]),
        ends=st.sampled_from([None, None, None, -HOUR, HOUR, 6 * DAY]),
        ago=AGO,
        lag=LAG,
    )
    def is_allocated(
        self,
        name: str,
        role: HolderRole,
        attached: bool,
        staff: str | None,
        grade: str | None,
        state: StaffState,
        placeholder: int,
        starts: timedelta | None,
        ends: timedelta | None,
        ago: timedelta,
        lag: timedelta,
    ) -> None:
        if not self.fits(f"allocation {name}", 3):
            return
        started = self.now + starts if attached and starts is not None else None
        ended = None if ends is None else self.now + ends
        fact = Allocation(name, attached, role, staff, grade, state, placeholder == 0, started, ended)
        self.hear(fact, self.now - ago, f"allocations/{self.count}", lag)

    @rule(attached=st.booleans(), youth=st.booleans())
    def gets_or_loses_a_manager(self, attached: bool, youth: bool) -> None:
        grade = "TEAM MANAGER" if youth else "SPO"
        if self.fits("allocation n", 4):
            fact = Allocation("n", attached, HolderRole.MANAGER, "N07B123", grade, StaffState.ACTIVE, False, None)
            self.hear(fact, self.now, f"allocations/{self.count}")

    # ── news ─────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(
        kind=st.sampled_from([PoliceKind.CALL_OUT, *PoliceKind]),
        role=st.sampled_from([*[PoliceRole.SUSPECT] * 3, *PoliceRole]),
        code=st.sampled_from([None, NOT_SERIOUS, SERIOUS]),
        ago=AGO,
        lag=LAG,
    )
    def is_met_by_the_police(
        self, kind: PoliceKind, role: PoliceRole, code: str | None, ago: timedelta, lag: timedelta
    ) -> None:
        if self.fits("signals"):
            fact = PoliceContact(kind, role, "west-yorkshire", "WY/1", offences=(Offence(code),) if code else ())
            self.hear(fact, self.now - ago, f"police/{self.count}", lag)

    @rule(
        codes=st.lists(st.sampled_from([None, SERIOUS, SERIOUS, NOT_SERIOUS, UNLISTED]), min_size=1, max_size=2),
        name=st.sampled_from("uv"),
        person=st.sampled_from("12"),
        ago=AGO | st.sampled_from([-DAY, -9 * DAY]),
    )
    def is_before_the_court(self, codes: list[str | None], name: str, person: str, ago: timedelta) -> None:
        if self.fits("signals"):
            fact = CourtAppearance(name, person, "B10JQ00", "First hearing", tuple(map(Offence, codes)))
            self.hear(fact, self.now - ago, f"courts/{self.count}")

    @rule(name=st.sampled_from("uv"), person=st.none() | st.sampled_from("12"), ago=AGO)
    def has_a_hearing_taken_back(self, name: str, person: str | None, ago: timedelta) -> None:
        if self.fits("deletions"):
            self.hear(AppearanceDeleted(name, person), self.now - ago, f"deletions/{self.count}")

    @rule(relation=st.sampled_from([Relation.SIBLING, Relation.PEER, Relation.OTHER]), ago=AGO)
    def hears_of_somebody_linked(self, relation: Relation, ago: timedelta) -> None:
        if self.fits("linked"):
            at = self.now - ago
            fact = LinkedNews(CaseId("crn:X320742"), relation, ("public: high",), at)
            self.hear(fact, at, f"linked/{self.count}")

    @rule(
        name=st.sampled_from("st"),
        state=st.sampled_from([ServiceState.REQUESTED, *ServiceState]),
        due=st.none() | AHEAD,
        ago=AGO,
    )
    def has_a_service_asked_for(self, name: str, state: ServiceState, due: timedelta | None, ago: timedelta) -> None:
        if self.fits(f"service {name}", 4):
            fact = Service(name, "ACCOMMODATION", state, "P1", None if due is None else self.now + due)
            self.hear(fact, self.now - ago, f"services/{self.count}")

    @precondition(lambda self: self.heard)
    @rule(kind=st.sampled_from(PoliceKind), days=st.sampled_from([365, 366, 500]))
    def hears_what_is_history(self, kind: PoliceKind, days: int) -> None:
        at = self.now - days * DAY
        fact = PoliceContact(kind, PoliceRole.SUSPECT, "west-yorkshire", "WY/1")
        times = Times(at, at, self.now)
        self.ignored(CaseEvent(self.case, self.origin(), f"police/{self.count}", content_of(fact, at), times, fact))

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────

    @rule(
        kind=st.sampled_from(OversightKind),
        grade=GRADES,
        assessed=st.booleans(),
        none_needed=st.booleans(),
        which=st.integers(0, 4),
        ago=AGO,
        lag=LAG,
    )
    def is_overseen_somehow(
        self,
        kind: OversightKind,
        grade: str | None,
        assessed: bool,
        none_needed: bool,
        which: int,
        ago: timedelta,
        lag: timedelta,
    ) -> None:
        if self.fits("referrals" if kind is OversightKind.REFERRAL else "oversight"):
            why = "PLAN_IN_PLACE" if none_needed else None
            name = f"o{self.count}"
            fact = Oversight(
                name, kind, "N07B123", grade, None, None, self.some_escalation(which), assessed, none_needed=why
            )
            self.hear(fact, self.now - ago, f"oversight/delius/{name}", lag)

    @rule(
        which=st.integers(0, 4),
        actions=st.lists(
            st.tuples(
                st.sampled_from(["a1", "a2"]), st.none() | AHEAD | st.just(-HOUR), st.sampled_from(["N07A001", None])
            ),
            max_size=2,
            unique_by=lambda each: each[0],
        ),
        grade=st.sampled_from(["SPO", "SPO", "TEAM MANAGER"]),
        ago=st.sampled_from([timedelta(), timedelta(), HOUR]),
    )
    def is_overseen(
        self, which: int, actions: list[tuple[str, timedelta | None, str | None]], grade: str, ago: timedelta
    ) -> None:
        if self.fits("oversight"):
            escalation = self.some_escalation(which)
            asked = tuple(
                RequiredAction(action, "HOME_VISIT", owner, "PO", None if due is None else self.now + due)
                for action, due, owner in actions
            )
            name = f"o{self.count}"
            why = None if actions else "PLAN_IN_PLACE"
            kind = OversightKind.CASE_DISCUSSION
            fact = Oversight(name, kind, "N07B123", grade, None, None, escalation, True, actions=asked, none_needed=why)
            self.hear(fact, self.now - ago, f"oversight/delius/{name}")

    @rule(
        kind=st.sampled_from(
            [
                ActKind.ACKNOWLEDGED,
                ActKind.ACKNOWLEDGED,
                ActKind.SUPPRESSED,
                ActKind.SUPPRESSION_ENDED,
                ActKind.REOPENED,
                ActKind.POLICY_ADOPTED,
            ]
        ),
        which=st.integers(0, 9),
        until=st.none() | AHEAD | st.just(-HOUR),
        author=STAFF,
        ago=st.sampled_from([timedelta(), timedelta(), HOUR]),
    )
    def is_acted_on(self, kind: ActKind, which: int, until: timedelta | None, author: str, ago: timedelta) -> None:
        if self.fits("acts"):
            end = None if until is None else self.now + until
            name = f"t{self.count}"
            fact = Act(name, kind, author, "SPO", self.some_escalation(which) or "nothing", reason="R", until=end)
            self.hear(fact, self.now - ago, f"acts/{name}")

    @precondition(lambda self: self.file is not None and self.file.open)
    @rule(kind=st.sampled_from([ActKind.ACKNOWLEDGED, ActKind.SUPPRESSED]), again=st.booleans())
    def has_its_first_escalation_acted_on(self, kind: ActKind, again: bool) -> None:
        """The same escalation time and again; a minute later, so that an end or a cap that moves is seen."""
        for _ in range(1 + again):
            if self.fits("acts"):
                assert self.file is not None
                name = f"t{self.count}"
                escalation = self.file.open[0].id if self.file.open else None
                self.hear(Act(name, kind, "N07B123", "SPO", escalation, reason="R"), self.now, f"acts/{name}")
                self.jump(self.now + MINUTE, prompt=True)

    @precondition(lambda self: self.file is not None and any(escalation.rule == "R2" for escalation in self.file.open))
    @rule(grade=st.sampled_from(["SPO", "TEAM MANAGER"]), before=st.booleans())
    def is_overseen_around_the_news(self, grade: str, before: bool) -> None:
        """Acknowledged; then news; then oversight that speaks of the whole case, from just before or after the news."""
        if self.fits("acts") and self.fits("signals") and self.fits("oversight"):
            assert self.file is not None
            escalation = next(each for each in self.file.open if each.rule == "R2")
            name = f"t{self.count}"
            self.hear(Act(name, ActKind.ACKNOWLEDGED, "N07B123", "SPO", escalation.id), self.now, f"acts/{name}")
            self.jump(self.now + 2 * MINUTE, prompt=True)
            contact = PoliceContact(PoliceKind.ARREST, PoliceRole.SUSPECT, "west-yorkshire", "WY/1")
            self.hear(contact, self.now, f"police/{self.count}")
            self.jump(self.now + MINUTE, prompt=True)
            name, when = f"o{self.count}", self.now - (2 * MINUTE if before else timedelta())
            kind = OversightKind.CASE_DISCUSSION
            record = Oversight(name, kind, "N07B123", grade, practice_assessed=True, none_needed="PLAN_IN_PLACE")
            self.hear(record, when, f"oversight/delius/{name}")

    @precondition(lambda self: self.file is not None and self.file.actions)
    @rule(
        claims=st.booleans(),
        which=st.integers(0, 9),
        author=STAFF,
        names=st.sampled_from(["escalation", "record", "neither", "nothing"]),
        evidence=st.sampled_from([Evidence.DOCUMENT, Evidence.DOCUMENT, Evidence.DOCUMENT, None]),
        ago=st.sampled_from([timedelta(), timedelta(), HOUR, DAY]),
    )
    def has_an_action_done(
        self, claims: bool, which: int, author: str, names: str, evidence: Evidence | None, ago: timedelta
    ) -> None:
        assert self.file is not None
        if self.fits("acts"):
            action = self.file.actions[which % len(self.file.actions)]
            name = f"t{self.count}"
            fact = Act(
                name,
                ActKind.CLAIMED if claims else ActKind.CONFIRMED,
                author,
                "SPO",
                action.escalation if names == "escalation" else None,
                "a9" if names == "nothing" else action.action,
                action.record.removeprefix("oversight/delius/") if names == "record" else None,
                evidence,
            )
            self.hear(fact, self.now - ago, f"acts/{name}")

    # ── the same again, otherwise, and late ──────────────────────────────────────────────────────────────────

    @precondition(lambda self: len(self.heard) > 1)
    @rule(which=st.integers(0, 99))
    def hears_the_same_again(self, which: int) -> None:
        event = self.heard[which % len(self.heard)].event
        if not isinstance(event.fact, ComesOfAge):  # of which what comes last counts
            times = replace(event.times, received=self.now)
            self.ignored(replace(event, origin=self.origin(), times=times))

    @precondition(lambda self: len(self.heard) > 1)
    @rule(
        which=st.integers(0, 99),
        role=st.sampled_from(PoliceRole),
        code=st.sampled_from([SERIOUS, NOT_SERIOUS]),
        level=st.sampled_from(Level),
        grade=st.sampled_from(["SPO", "ACO", "PO"]),
        late=FEW,
    )
    def hears_it_otherwise(self, which: int, role: PoliceRole, code: str, level: Level, grade: str, late: int) -> None:
        """A correction; or, where it was said before what is on file, an old version that comes late."""
        event = self.heard[which % len(self.heard)].event
        fact = event.fact
        match fact:
            case PoliceContact():
                fact = replace(fact, role=role)
            case CourtAppearance():
                fact = replace(fact, offences=(Offence(code),))
            case Assessed(kind=AssessmentKind.FULL):
                fact = replace(fact, levels=(DomainLevel(Domain.PUBLIC, Setting.COMMUNITY, level),))
            case Allocation():
                fact = replace(fact, grade=grade)
            case _:
                return
        versions = [each.event for each in self.heard if each.event.sender_id == event.sender_id]
        content = content_of(fact, event.times.occurred)
        if len(versions) > 3 or content in {each.content_id for each in versions}:
            return
        first = min(each.times.recorded or each.times.received for each in versions)
        recorded = first - MINUTE if late == 0 else self.now
        other = replace(
            event,
            origin=self.origin(),
            content_id=content,
            fact=fact,
            times=Times(event.times.occurred, recorded, self.now),
            also_known=None,
        )
        if late == 0:
            self.ignored(other)
        else:
            self.deliver(other)

    # ── what holds always ────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def every_open_escalation_has_a_deadline_ahead(self) -> None:
        if self.file is None:
            return
        assert len({escalation.rule for escalation in self.file.open}) == len(self.file.open)
        for escalation in self.file.open:
            assert escalation.next_at is not None
            assert escalation.next_at > self.file.at
            assert self.file.due is not None
            assert self.file.at < self.file.due <= escalation.next_at

    @invariant()
    def the_file_reads_back_as_it_was_written(self) -> None:
        if self.file is not None:
            assert msgspec.msgpack.decode(msgspec.msgpack.encode(self.file), type=CaseFile) == self.file

    def agrees(self) -> None:
        """What is known of the level, and who is there, are as the model has them; unknown is never read as lower."""
        assert self.file is not None
        ours = Case([each.event for each in self.heard], POLICY, self.file.at)
        theirs = CaseView(self.file, POLICY, self.file.at)
        assert (theirs.standing.state.value, not theirs.unmanaged, theirs.supervised) == (
            ours.state,
            ours.managed,
            ours.supervised,
        )

    def teardown(self) -> None:
        """What was told of the whole case, and what became of its escalations, are as the model has them."""
        if self.file is None or not self.sound:
            return
        self.hear(Withheld("q2", "intake", "bad dates"), self.now, "last")
        expected = lives(self.heard, POLICY, self.names)
        for number, (ours, theirs) in enumerate(zip(expected, self.afters, strict=True)):
            model, core = (ours.open, _by_rule(ours.told)), (theirs[0], _by_rule(theirs[1]))
            assert core == model, self.story(number, model, core)

    def story(self, number: int, model: tuple[Escalations, Escalations], core: tuple[Escalations, Escalations]) -> str:
        """The events up to the one after which they parted, and in what they differ."""
        lines = [
            f"{each.clock:%a %d %b %H:%M:%S.%f}  of {each.event.times.effective:%d %b %H:%M}  {each.event.fact}"
            for each in self.heard[: number + 1]
        ]
        for ours, theirs in zip(model, core, strict=True):
            for rule_id in sorted(ours.keys() | theirs.keys()):
                if ours.get(rule_id) != theirs.get(rule_id):
                    lines.append(f"{rule_id}: the model has {_words(ours.get(rule_id))}")
                    lines.append(f"{rule_id}: the core has  {_words(theirs.get(rule_id))}")
        return "\n".join(("", *lines))

    # ── choosing ─────────────────────────────────────────────────────────────────────────────────────────────

    def fits(self, kind: str, most: int | None = None) -> bool:
        """Whether one more of a kind can be held; it is counted."""
        left = self.room.setdefault(kind, most or 0)
        self.room[kind] = left - 1
        return left > 0

    def said_so(self, content: str) -> bool:
        """Whether somebody has said the very same."""
        return any(each.event.content_id == content for each in self.heard)

    def some_escalation(self, which: int) -> str | None:
        """An escalation, open ones first, then closed ones; or none."""
        assert self.file is not None
        escalations = [escalation.id for escalation in (*self.file.open, *self.file.closed)]
        return [*escalations, None][which % (len(escalations) + 1)]


def seen(escalation: Escalation) -> tuple[object, ...]:
    """What is compared of an escalation."""
    return (
        escalation.occurrence,
        escalation.holds,
        escalation.urgency.value,
        escalation.stage.value,
        escalation.chain_step,
        escalation.awaits.value,
        escalation.next_at,
        escalation.suppressed_until,
    )


def _words(of: tuple[object, ...] | None) -> str:
    return "nothing" if of is None else ", ".join(map(str, of))


def _by_rule(told: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for rule_id, change in told:
        found[rule_id] = (*found.get(rule_id, ()), change)
    return found


TestCases = Cases.TestCase
TestCases.settings = settings(
    max_examples=150 * TIMES,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
