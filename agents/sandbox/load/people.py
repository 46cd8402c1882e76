"""The people around the cases: what they do about a record, and when. Three kinds of managers.

``acting``: each step is taken well within its time: in the hours of the office where that is in time, else at half of
the time that there is. An escalation is acknowledged after half an hour of work and overseen after three hours; every
second one asks for an action, the others say why none is needed. Its owner claims an action a working day later, and a
manager confirms it on the day after. What the record asks for besides is done some days after it was overseen:
somebody is attached as manager after two working days, an assessment is made after five.

``late``: the same, but of all steps 72 in 100 come after their time, when half as much time again has gone by, and not
before the office opens; what takes days takes twice as many. The share is the one of cases in which management
oversight was insufficient (``rates.OVERSEEN``). How late is ours: late enough that such a step is told again.

``absent``: nobody does anything.

Who acts has the grade that the policy asks for at the highest level. What a record asks for is told by its ``awaits``
and ``next_at``, as a person reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from agents.sandbox.feeds import rates
from agents.sandbox.feeds.chance import Chance
from agents.topics import ASSESSMENT_UPDATES, CASE_ACTS, CASE_ALLOCATIONS, OVERSIGHT_RECORDS
from streams import inputs
from streams.acts import Act, ActKind, Evidence, RequiredAction
from streams.case import CaseFile
from streams.escalation import Awaits, Change, Condition, EscalationRecord
from streams.events import (
    Allocation,
    Assessed,
    AssessmentKind,
    AssessmentStatus,
    CaseEvent,
    CaseId,
    Cohort,
    Domain,
    DomainLevel,
    Fact,
    HolderRole,
    Level,
    Origin,
    Oversight,
    OversightKind,
    Setting,
    StaffState,
    Times,
    cohort_of,
    content_of,
)
from streams.policy import Policy
from streams.policy.working_time import Counting, Span
from streams.rules import BY_ID
from streams.rules.gates import NO_MANAGER
from streams.rules.rule import Rule
from streams.view import CaseView


class Managers(StrEnum):
    """How the managers are."""

    ACTING = "acting"
    LATE = "late"
    ABSENT = "absent"


class What(StrEnum):
    """What a person does."""

    ACKNOWLEDGE = "acknowledge"
    OVERSEE = "oversee"
    CLAIM = "claim"
    CONFIRM = "confirm"
    ATTACH = "attach"
    ASSESS = "assess"
    HAND_OVER = "hand over"


class Deed(NamedTuple):
    """What is planned."""

    what: What
    case: CaseId
    escalation: str = ""
    action: str = ""


def asks(rule: Rule) -> What | None:
    """What ends the condition of a rule, besides oversight.

    Where it stands behind the gate that no manager is there, a manager; where it lasts and asks what is known of the
    level, whoever holds the case, an assessment.
    """
    if NO_MANAGER in rule.gates:
        return What.ATTACH
    of_the_level = rule.reads & inputs.LEVELS and not rule.reads & inputs.HOLDERS
    return What.ASSESS if rule.lasting and of_the_level else None


def _work(hours: float) -> Span:
    return Span(Counting.WORKING_HOURS, timedelta(hours=hours))


EFFORT = {
    What.ACKNOWLEDGE: _work(0.5),
    What.OVERSEE: _work(3),
    What.CLAIM: _work(8),
    What.CONFIRM: _work(16),
    What.ATTACH: _work(16),
    What.ASSESS: _work(40),
}
"""After how much time of the office each is done. A working day of the shipped policy has eight hours."""

LATE = 1 - rates.OVERSEEN.share
"""The share of steps that late managers take after their time."""

MANAGER, OWNER = "N99A001", "N99A042"
"""Staff codes of an area that the synthetic feeds do not have."""


@dataclass
class People:
    """What they have done and mean to do. One for all cases of a run."""

    managers: Managers
    policy: Policy
    seed: int
    planned: dict[Deed, datetime] = field(default_factory=dict)
    overseen: set[str] = field(default_factory=set)
    attached: dict[CaseId, str] = field(default_factory=dict)  # the allocation of the manager that they attached
    done: int = 0

    def turned(self, managers: Managers) -> People:
        """The same people with the same plans, who from now on are of another kind."""
        planned, overseen, attached = dict(self.planned), set(self.overseen), dict(self.attached)
        return replace(self, managers=managers, planned=planned, overseen=overseen, attached=attached)

    # ── plans ────────────────────────────────────────────────────────────────────────────────────────────────

    def respond(self, record: EscalationRecord, now: datetime) -> Iterator[tuple[datetime, Deed]]:
        """What is planned because of a record, and for when."""
        if self.managers is Managers.ABSENT:
            return
        case, escalation = CaseId(record.case_id), record.escalation_id
        match record.awaits:
            case Awaits.ACKNOWLEDGEMENT:
                yield from self._plan(Deed(What.ACKNOWLEDGE, case, escalation), now, record.next_at)
            case Awaits.OVERSIGHT:
                yield from self._plan(Deed(What.OVERSEE, case, escalation), now, record.next_at)
            case Awaits.CONFIRMATION:
                for action in record.actions:
                    if action.confirmed_at is None:
                        for what in (What.CLAIM, What.CONFIRM):
                            yield from self._plan(Deed(what, case, escalation, action.action), now, action.due)
            case _:
                pass
        asked = asks(BY_ID[record.rule])
        seen = record.change is Change.OVERSEEN or record.awaits is Awaits.CLEARING
        if asked is not None and seen and record.condition is Condition.HOLDS:
            yield from self._plan(Deed(asked, case), now, None)

    def hear(self, event: CaseEvent) -> Iterator[Deed]:
        """What follows at once from what a feed says: a manager of the service's own choice takes over from ours."""
        fact = event.fact
        if isinstance(fact, Allocation) and fact.role is HolderRole.MANAGER and event.case in self.attached:
            yield Deed(What.HAND_OVER, event.case)

    def _plan(self, deed: Deed, now: datetime, due: datetime | None) -> Iterator[tuple[datetime, Deed]]:
        when = self._when(deed, now, due)
        if deed not in self.planned or when < self.planned[deed]:
            self.planned[deed] = when
            yield when, deed

    def _when(self, deed: Deed, now: datetime, due: datetime | None) -> datetime:
        at = self._exactly(deed, now, due)
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def _exactly(self, deed: Deed, now: datetime, due: datetime | None) -> datetime:
        hours = self.policy.hours
        wanted = hours.after(now, EFFORT[deed.what])
        if self._is_late(deed, now):
            if due is None:
                return hours.after(wanted, EFFORT[deed.what])
            return hours.after(max(due + (due - now) / 2, wanted), _work(0))
        if due is None or wanted < due:
            return wanted
        return now + max(due - now, timedelta()) / 2

    def _is_late(self, deed: Deed, now: datetime) -> bool:
        if self.managers is not Managers.LATE or deed.what is What.CLAIM:
            return False
        return Chance("/".join((str(self.seed), *deed, now.isoformat()))).random() < LATE

    # ── deeds ────────────────────────────────────────────────────────────────────────────────────────────────

    def does(self, deed: Deed, file: CaseFile, now: datetime) -> CaseEvent | None:
        """The event of a deed whose time has come; None where it was done earlier, or there is nothing left to do."""
        if self.planned.get(deed, now) != now:
            return None
        self.planned.pop(deed, None)
        self.done += 1
        name = f"{deed.what.replace(' ', '-')}-{self.done}"
        match deed.what:
            case What.ACKNOWLEDGE:
                return self._acted(deed, name, ActKind.ACKNOWLEDGED, now)
            case What.CLAIM:
                owner = {"author": OWNER, "author_grade": "PO"}
                return self._acted(deed, name, ActKind.CLAIMED, now, action=deed.action, **owner)
            case What.CONFIRM:
                seen = {"evidence": Evidence.CASE_RECORD, "reference": f"{name}-entry"}
                return self._acted(deed, name, ActKind.CONFIRMED, now, action=deed.action, **seen)
            case What.OVERSEE:
                return self._oversees(deed, name, now)
            case What.ATTACH:
                return self._attaches(deed.case, name, file, now)
            case What.HAND_OVER:
                held = self.attached.pop(deed.case, None)
                return None if held is None else self._allocated(deed.case, name, held, False, now)
            case What.ASSESS:
                return self._assesses(deed.case, name, file, now)

    def _event(self, case: CaseId, topic: str, name: str, fact: Fact, now: datetime) -> CaseEvent:
        times = Times(now, now, now)
        return CaseEvent(case, Origin(topic, 0, self.done, "/people"), name, content_of(fact, now), times, fact)

    def _grade(self, case: CaseId) -> str:
        return min(self.policy.standards[frozenset({cohort_of(case)})].grades[-1])

    def _acted(self, deed: Deed, name: str, kind: ActKind, now: datetime, **said: Any) -> CaseEvent:
        said = {"author": MANAGER, "author_grade": self._grade(deed.case), **said}
        act = Act(act=name, kind=kind, escalation=deed.escalation, **said)
        return self._event(deed.case, CASE_ACTS, name, act, now)

    def _oversees(self, deed: Deed, name: str, now: datetime) -> CaseEvent:
        first = deed.escalation not in self.overseen
        self.overseen.add(deed.escalation)
        asks = first and int(deed.escalation[:8], 16) % 2 == 0
        fact = Oversight(
            record=name, kind=OversightKind.CASE_DISCUSSION, author=MANAGER, author_grade=self._grade(deed.case),
            decision="ACTIONS_SET" if asks else "NO_ACTION", escalation=deed.escalation, practice_assessed=True,
            actions=(RequiredAction(f"{name}-1", "REVIEW_PLAN", OWNER, "PO"),) if asks else (),
            none_needed=None if asks else "PLAN_IS_SOUND",
        )  # fmt: skip
        return self._event(deed.case, OVERSIGHT_RECORDS, name, fact, now)

    def _attaches(self, case: CaseId, name: str, file: CaseFile, now: datetime) -> CaseEvent | None:
        if not CaseView(file, self.policy, now).unmanaged:
            return None
        self.attached[case] = name
        return self._allocated(case, name, name, True, now)

    def _allocated(self, case: CaseId, name: str, allocation: str, attached: bool, now: datetime) -> CaseEvent:
        fact = Allocation(
            allocation=allocation, attached=attached, role=HolderRole.MANAGER, staff=MANAGER, grade=self._grade(case),
            state=StaffState.ACTIVE, placeholder_name=False, started=now if attached else None,
            ended=None if attached else now,
        )  # fmt: skip
        return self._event(case, CASE_ALLOCATIONS, name, fact, now)

    def _assesses(self, case: CaseId, name: str, file: CaseFile, now: datetime) -> CaseEvent:
        """A full assessment: each level as it was known, and where none was, one by the shares of the feeds."""
        view, cohort = CaseView(file, self.policy, now), cohort_of(case)
        known = {
            entry.given.domain: entry.given.level
            for entry in view.standing.known
            if entry.given.setting is Setting.COMMUNITY
        }
        wanted = {domain for sets in view.standard.pictures for domain in max(sets, key=lambda one: _known(one, known))}
        chance = Chance(f"{self.seed}/{case}/{now.isoformat()}")
        levels = tuple(
            DomainLevel(domain, Setting.COMMUNITY, known.get(domain) or _picked(cohort, chance))
            for domain in Domain
            if domain in wanted or domain in known
        )
        fact = Assessed(
            assessment=name, kind=AssessmentKind.FULL, cohort=cohort, tool=None, status=AssessmentStatus.COMPLETE,
            started=now, completed=now, levels=levels,
        )  # fmt: skip
        return self._event(case, ASSESSMENT_UPDATES, name, fact, now)


def _known(domains: frozenset[Domain], known: dict[Domain, Level | None]) -> tuple[int, list[Domain]]:
    return len(domains & known.keys()), sorted(domains)


def _picked(cohort: Cohort, chance: Chance) -> Level:
    mix = rates.YOUTH_LEVEL if cohort is Cohort.YOUTH else rates.ADULT_LEVEL
    return Level(mix.pick(chance).lower().replace("_", "-"))
