"""Each rule, the naive way, under its own sentence: for ``naive_model``, which says how they were written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from streams.circumstances import (
    ClassificationKind,
)
from streams.escalation import Awaits, Stage
from streams.events import (
    Assessed,
    AssessmentKind,
    Domain,
    PoliceKind,
    Setting,
)
from streams.policy import Urgency
from tests.unit.naive_case import LEVELS, NEVER, Case, Fact, Required, after, as_given, once

# ── escalations ────────────────────────────────────────────────────────────────────────────────────────────────────


class Escalation:
    """One escalation in its life. Plain and changeable: it is thrown away after each replay."""

    def __init__(self, rule: str, number: int) -> None:
        self.rule, self.number = rule, number
        self.holds = True
        self.listed: dict[str, Fact] = {}
        self.urgency = Urgency.ROUTINE
        self.stage = Stage.RAISED
        self.chain_step = 0
        self.awaits = Awaits.ACKNOWLEDGEMENT
        self.next_at: datetime | None = None
        self.oversee_by = NEVER
        self.since = NEVER
        self.overseen_by: str | None = None  # the last record that did
        self.suppressed_until: datetime | None = None
        self.cap: datetime | None = None
        self.closed: datetime | None = None
        self.told = NEVER  # when it last was told as overdue, or began to wait for what it awaits

    def standing(self, facts: Sequence[Fact]) -> list[Fact]:
        """Of what it was told on, that which is still among these."""
        keys = {fact.key for fact in facts}
        return [fact for fact in self.listed.values() if fact.key in keys]

    def seen(self) -> tuple[object, ...]:
        """What is compared."""
        return (
            self.number,
            self.holds,
            self.urgency.value,
            self.stage.value,
            self.chain_step,
            self.awaits.value,
            self.next_at,
            self.suppressed_until,
        )


class Rules:
    """Each rule twice: on which facts it opens an escalation, and whether what is open stands."""

    def __init__(
        self, case: Case, heard_of: Mapping[str, set[str]], escalations: Mapping[str, Escalation], ids: Ids
    ) -> None:
        self.case, self.heard_of, self.open, self.ids = case, heard_of, escalations, ids

    # R1: the level known for the case is raised and no manager is attached.

    def r1(self) -> list[Fact]:
        return [] if self.case.managed else self.case.raised_by

    def r1_stands(self, escalation: Escalation) -> bool:
        """A stale level keeps up what is raised; it brings back only an escalation that has heard of it."""
        kept = any(escalation.holds or fact.key in self.heard_of["R1"] for fact in self.case.was_raised_by)
        return not self.case.managed and (self.case.state == "raised" or kept)

    # R2: an arrest, charge or call-out as suspect or perpetrator, or a hearing for a serious offence, while the level
    # is raised, unknown or stale and no manager is attached.

    def r2(self) -> list[Fact]:
        """One serious offence is one escalation: not what R4 has told."""
        live = [fact for fact in self.case.signals if self.case.live(fact)]
        return [] if self._quiet() else self._untold("R2", live, "R4")

    def r2_stands(self, escalation: Escalation) -> bool:
        return not self._quiet() and bool(escalation.standing(self.case.signals))

    def _quiet(self) -> bool:
        return self.case.managed or self.case.state == "lower"

    # R3: below the threshold, but on watch (repeat call-outs, a serious offence before the court of somebody whom
    # nobody supervises, adverse news one level below, or a screening that found indicators), and no manager is
    # attached.

    def r3(self) -> list[Fact]:
        case, watch = self.case, self.case.policy.watch
        if case.managed or case.state == "raised":
            return []
        found = self._screened_live()
        if case.state == "lower":
            call_outs = self._together([fact for fact in case.signals if fact.kind == PoliceKind.CALL_OUT])
            rising = self._together(case.signals)
            if len(call_outs) >= watch.call_outs:
                found += call_outs
            if not case.supervised:
                tried = [fact for fact in case.signals if self._tried(fact) and case.live(fact)]
                found += self._untold("R3", tried, "R4")
            if self._one_below() and len(rising) >= watch.rising:
                found += rising
        return once(iter(found))

    def r3_stands(self, escalation: Escalation) -> bool:
        """Of call-outs at least so many; of anything else anything."""
        left = escalation.standing([*self.case.signals, *(fact for fact, _ in self.case.assessments)])
        call_outs = [fact for fact in left if fact.kind == PoliceKind.CALL_OUT]
        enough = len(call_outs) >= self.case.policy.watch.clear_below or len(call_outs) < len(left)
        return not self.case.managed and self.case.state != "raised" and enough

    def _screened_live(self) -> list[Fact]:
        for fact, what in self.case.assessments[-1:]:
            recent = fact.age_from + self.case.policy.police_live > self.case.now
            if what.kind is AssessmentKind.SCREENING and what.indicators and recent:
                return [fact]
        return []

    def _together(self, signals: Sequence[Fact]) -> list[Fact]:
        if not signals or not self.case.live(signals[-1]):
            return []
        return [fact for fact in signals if fact.effective + self.case.policy.watch.within > signals[-1].effective]

    def _one_below(self) -> bool:
        return any(
            LEVELS.index(one.level) == self.case.thresholds[one.domain] - 1 and one.ends > self.case.now
            for one in self.case.counted
        )

    def _untold(self, mine: str, facts: Sequence[Fact], *others: str) -> list[Fact]:
        """Without what one of those rules has told and this one has not."""
        theirs = set().union(*(self.heard_of[rule] for rule in others)) - self.heard_of[mine]
        return [fact for fact in facts if fact.key not in theirs]

    def _tried(self, fact: Fact) -> bool:
        return fact.serious and fact.kind in (PoliceKind.CHARGE, "hearing")

    # R4: somebody under supervision is charged with a serious offence or before the court for one, while a manager is
    # attached or the level is known to be lower (without either, R2 says it).

    def r4(self) -> list[Fact]:
        """One serious offence is one escalation: not what R2 or R3 has told."""
        if not self._quiet() or not self.case.supervised:
            return []
        tried = [fact for fact in self.case.signals if self._tried(fact) and self.case.live(fact)]
        return self._untold("R4", tried, "R2", "R3")

    def r4_stands(self, escalation: Escalation) -> bool:
        return bool(escalation.standing([fact for fact in self.case.signals if self._tried(fact)]))

    # R5: a tier, MAPPA level, register or flag that by guidance needs a manager's involvement is in force, and no
    # manager is attached.

    def r5(self) -> list[Fact]:
        needs = self.case.policy.needs_manager
        wanted = {
            ClassificationKind.TIER: lambda what: what.code in needs.tiers or what.code[:1] in needs.tiers,
            ClassificationKind.MAPPA: lambda what: (
                what.level in needs.mappa_levels or what.category in needs.mappa_categories
            ),
            ClassificationKind.REGISTER: lambda what: what.code in needs.registers,
            ClassificationKind.FLAG: lambda what: what.code in needs.flags,
        }
        return [] if self.case.managed else [fact for fact, what in self.case.in_force if wanted[what.kind](what)]

    def r5_stands(self, _: Escalation) -> bool:
        return bool(self.r5())

    # R6: an assessment lowers a level though adverse news since the one before has not been addressed by a manager.

    def r6(self) -> list[Fact]:
        case = self.case
        if not case.assessments:
            return []
        latest, what = case.assessments[-1]
        if latest.age_from + case.policy.police_live <= case.now:
            return []
        before = self._lowered(what)
        news = [
            fact
            for fact in case.signals
            if before is not None
            and before.effective < fact.effective <= latest.effective
            and all(when < fact.effective for when in case.oversights)
        ]
        return [latest, *news] if news else []

    def _lowered(self, latest: Assessed) -> Fact | None:
        """Going back from the latest, the first assessment that gave a counted domain more than the latest does, and
        was the last word on it."""
        open_domains = dict(self._community(latest))
        for fact, what in reversed(self.case.assessments[:-1]):
            for domain, rank in self._community(what).items():
                if domain in open_domains and rank > open_domains.pop(domain):
                    return fact
        return None

    def _community(self, what: Assessed) -> dict[Domain, int]:
        return {
            domain: LEVELS.index(level)
            for domain, setting, level in as_given(what)
            if setting is Setting.COMMUNITY and domain in self.case.thresholds
        }

    def r6_stands(self, escalation: Escalation) -> bool:
        """Until what lowered the level, or all of the news, is taken back."""
        lowering = escalation.standing([fact for fact, _ in self.case.assessments])
        return bool(lowering) and bool(escalation.standing(self.case.signals))

    # R7: significant news has come and the assessment has not been reviewed within the time for it.

    def r7(self) -> list[Fact]:
        case = self.case
        within = case.policy.review_after_news
        return [fact for fact in self._unreviewed(case.signals) if after(fact.age_from, within) <= case.now]

    def r7_stands(self, escalation: Escalation) -> bool:
        return bool(self._unreviewed(escalation.standing(self.case.signals)))

    def _unreviewed(self, signals: Sequence[Fact]) -> list[Fact]:
        last = [fact.effective for fact, _ in self.case.assessments[-1:]]
        return [fact for fact in signals if all(fact.effective > when for when in last)]

    # R8: the assessment is stale, or a screening found indicators of raised risk and no full assessment has followed
    # within the time for it.

    def r8(self) -> list[Fact]:
        case = self.case
        found = [one.by for one in case.counted if one.ends <= case.now] if case.state == "stale" else []
        full = [fact for fact, what in case.assessments if what.kind is AssessmentKind.FULL]
        for fact, what in case.assessments:
            late = after(fact.age_from, case.policy.assess_after_screening) <= case.now
            followed = any(one.effective >= fact.effective for one in full)
            if what.kind is AssessmentKind.SCREENING and what.indicators and late and not followed:
                found.append(fact)
        return once(iter(found))

    def r8_stands(self, _: Escalation) -> bool:
        return bool(self.r8())

    # R9: the level is raised, a manager is attached, and no oversight of it is on record within the time for it, from
    # when the first of them was there; a countersignature alone is none.

    def r9(self) -> list[Fact]:
        if not self.r9_stands(None):
            return []
        since = min(fact.age_from for fact in self.case.raised_by)
        since = min((max(since, begun) for begun in self.case.managers_until(since)), default=since)
        late = after(since, self.case.policy.oversee_raised) <= self.case.now
        return self.case.raised_by if late else []

    def r9_stands(self, _: Escalation | None) -> bool:
        raised = [fact.effective for fact in self.case.raised_by]
        overseen = any(when >= min(raised) for when in self.case.oversights) if raised else False
        return bool(raised) and self.case.managed and not overseen

    # R10: an action that oversight asked for is past its time, and nobody has confirmed that it was done.

    def r10(self) -> list[Fact]:
        """What an open escalation waits for is told by that escalation."""
        told_by_escalations = {one.fact.key for escalation in self.open.values() for one in self.actions_of(escalation)}
        return [
            one.fact
            for one in self.case.actions
            if one.confirmed is None and one.due <= self.case.now and one.fact.key not in told_by_escalations
        ]

    def r10_stands(self, _: Escalation) -> bool:
        return bool(self.r10())

    def actions_of(self, escalation: Escalation) -> list[Required]:
        """The actions that were asked for in answer to an escalation."""
        me = self.ids.of(escalation)
        return [one for one in self.case.actions if one.escalation in me or one.record == escalation.overseen_by]

    # R11: a service was asked for and has not been delivered by its time.

    def r11(self) -> list[Fact]:
        return [fact for fact, due in self.case.services if due <= self.case.now]

    def r11_stands(self, escalation: Escalation) -> bool:
        return bool(escalation.standing([fact for fact, _ in self.case.services]))

    # R12: a young person is known to somebody whose risk was raised.

    def r12(self) -> list[Fact]:
        case, policy = self.case, self.case.policy
        return [
            fact
            for fact, what in case.linked
            if case.cohorts & policy.linked_cohorts
            and what.relation in policy.linked_relations
            and fact.age_from + policy.police_live > case.now
        ]

    def r12_stands(self, escalation: Escalation) -> bool:
        return bool(escalation.standing([fact for fact, _ in self.case.linked]))

    # R13: the case has been known for longer than the time for it and no usable level is: none, open, null, incomplete.

    def r13(self) -> list[Fact]:
        since = self.case.known_since
        late = after(since, self.case.policy.level_within) <= self.case.now
        known = Fact("known", "known", since, since)
        return [known] if late and self.case.state == "unknown" else []

    def r13_stands(self, _: Escalation) -> bool:
        return self.case.state == "unknown"

    # ── all of them ──────────────────────────────────────────────────────────────────────────────────────────

    def opens(self, rule: str) -> list[Fact]:
        """The facts on which a rule opens an escalation, or that join it."""
        found: list[Fact] = getattr(self, rule.lower())()
        return found

    def stands(self, escalation: Escalation) -> bool:
        """Whether an escalation's condition holds."""
        return bool(getattr(self, f"{escalation.rule.lower()}_stands")(escalation))


NAMES = ("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R11", "R12", "R13", "R10")
"""As they are asked: R10 last, for whose an action is, the others' escalations say."""
LASTING = frozenset({"R1", "R5", "R7", "R8", "R9", "R10", "R11", "R13"})
"""They speak of a state, and their escalations cannot close while it lasts; the others speak of news."""
UNMANAGED = frozenset({"R1", "R2", "R5"})
"""They say that no manager is attached to a raised case."""


class Ids:
    """Which escalation id is which escalation: the ids are given by the program, the escalations are numbered here."""

    def __init__(self, names: Mapping[str, tuple[str, int]]) -> None:
        self.names = names

    def of(self, escalation: Escalation) -> set[str]:
        """The ids of an escalation."""
        return {name for name, which in self.names.items() if which == (escalation.rule, escalation.number)}
