"""What should become of a case, worked out the long way round: every rule and every escalation anew from all events.

Written from the sentences of the rules, the picture in ``streams/life.py``, ``deploy/policy.toml`` and the principles
P1 to P21, to be proof-read against them: one short function a rule, named after it. It shares no code with what folds
and judges, keeps no file and drops nothing, so it holds for cases that stay within the bounds of a case file and within
the horizon, under one policy, without merges, erasure, or corrected acts and oversight records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from streams.acts import Act, ActKind
from streams.escalation import Awaits, Change, Stage
from streams.events import (
    CaseEvent,
    Level,
    Oversight,
    OversightKind,
)
from streams.policy import Pace, Policy, Urgency
from tests.unit.naive_case import NEVER, NO_OVERSIGHT, Case, Fact, Heard, after, current, meant
from tests.unit.naive_rules import LASTING, NAMES, UNMANAGED, Escalation, Ids, Rules

# ── the life of escalations ────────────────────────────────────────────────────────────────────────────────────────


class After(NamedTuple):
    """What is so after an event: the open escalations by rule, and what was told, by rule and in order."""

    open: dict[str, tuple[object, ...]]
    told: list[tuple[str, str]]


def lives(heard: Sequence[Heard], policy: Policy, names: Mapping[str, tuple[str, int]]) -> list[After]:
    """What is so after each event, from the first one on."""
    return list(_Lives(policy, Ids(names)).through(heard))


class _Lives:
    def __init__(self, policy: Policy, ids: Ids) -> None:
        self.policy, self.ids = policy, ids
        self.open: dict[str, Escalation] = {}
        self.closed: list[Escalation] = []
        self.heard_of: dict[str, set[str]] = {rule: set() for rule in NAMES}
        self.numbers: dict[str, int] = {}
        self.told: list[tuple[str, str]] = []
        self.now = NEVER

    def through(self, heard: Sequence[Heard]) -> Iterator[After]:
        """One event after another, and between them each time at which something can turn."""
        events: list[CaseEvent] = []
        for event, clock in heard:
            if events:
                self._until(clock, events)
            before = current(events).get(event.sender_id)
            events = [*events, event]
            corrects = before is not None and before.content_id != event.content_id
            self._look(events, clock, event, corrected=event.sender_id if corrects else None)
            yield After({rule: escalation.seen() for rule, escalation in self.open.items()}, self.told)
            self.told = []

    def _until(self, clock: datetime, events: list[CaseEvent]) -> None:
        while True:
            times = [
                *Case(events, self.policy, self.now).turns(),
                *(escalation.next_at for escalation in self.open.values()),
            ]
            ahead = [when for when in times if when is not None and self.now < when <= clock]
            if not ahead:
                return
            self._look(events, min(ahead))

    def _look(
        self, events: list[CaseEvent], now: datetime, event: CaseEvent | None = None, corrected: str | None = None
    ) -> None:
        """What a person did; then what each rule says; then what time has done; then what is over."""
        self.now = now
        self.case = Case(events, self.policy, now)
        self.rules = Rules(self.case, self.heard_of, self.open, self.ids)
        if event is not None:
            self._person(event)
        for rule in NAMES:
            self._rule(rule, corrected)
        for escalation in list(self.open.values()):
            self._time(escalation)
            self._over(escalation)

    def _tell(self, escalation: Escalation, change: Change) -> None:
        self.told.append((escalation.rule, change.value))

    def _pace(self, escalation: Escalation) -> Pace:
        return self.policy.pace[escalation.urgency]

    # ── what the rules say ───────────────────────────────────────────────────────────────────────────────────

    def _rule(self, rule: str, corrected: str | None) -> None:
        facts = self.rules.opens(rule)
        news = [fact for fact in facts if fact.key not in self.heard_of[rule] or fact.key == corrected]
        escalation = self.open.get(rule)
        if escalation is not None:
            self._open_still(escalation, news)
        elif facts if rule in LASTING else news:
            self._opens(rule, facts if rule in LASTING else news)
        self.heard_of[rule] |= {fact.key for fact in news}

    def _opens(self, rule: str, facts: list[Fact]) -> None:
        """A new escalation; or the last one again, if it was closed no longer ago than that."""
        old = [escalation for escalation in self.closed if escalation.rule == rule and self._may_reopen(escalation)]
        if old:
            escalation, change = old[-1], Change.REOPENED
            self.closed.remove(escalation)
        else:
            escalation, change = Escalation(rule, self.numbers.get(rule, 0)), Change.RAISED
            self.numbers[rule] = escalation.number + 1
        escalation.listed |= {fact.key: fact for fact in facts}
        escalation.urgency = self._urgency(rule, facts)
        escalation.holds = True
        self._begin(escalation)
        self.open[rule] = escalation
        self._tell(escalation, change)

    def _may_reopen(self, escalation: Escalation) -> bool:
        return escalation.closed is not None and self.now < escalation.closed + self.policy.reopen_within

    def _open_still(self, escalation: Escalation, news: list[Fact]) -> None:
        """News joins; the condition clears, or returns. Nothing of that closes it."""
        escalation.listed |= {fact.key: fact for fact in news}
        held, escalation.holds = escalation.holds, self.rules.stands(escalation)
        if held and not escalation.holds:
            self._tell(escalation, Change.CONDITION_CLEARED)
        elif escalation.holds and not held:
            if news:
                self._joined(escalation, news)
            elif escalation.stage is Stage.OVERSEEN:
                self._begin(escalation)
            self._tell(escalation, Change.CONDITION_RETURNED)
        elif escalation.holds and news:
            self._joined(escalation, news)
            self._tell(escalation, Change.JOINED)

    def _joined(self, escalation: Escalation, news: list[Fact]) -> None:
        """What was seen has not seen this. It can be more urgent now, and it gives nobody more time than was left."""
        urgency = max(escalation.urgency, self._urgency(escalation.rule, news), key=list(Urgency).index)
        graver, escalation.urgency = urgency is not escalation.urgency, urgency
        silent = escalation.suppressed_until is not None
        if escalation.stage is Stage.ACKNOWLEDGED and not graver and not silent:
            escalation.since = self.now
            return
        chain_step, by, oversee_by = escalation.chain_step, escalation.next_at or NEVER, escalation.oversee_by
        waiting = escalation.stage is Stage.RAISED and not silent
        acknowledged = escalation.stage is Stage.ACKNOWLEDGED and not silent
        self._begin(escalation)
        if waiting:
            escalation.chain_step, escalation.next_at = chain_step, min(escalation.next_at or NEVER, by)
        if waiting or acknowledged:
            escalation.oversee_by = min(escalation.oversee_by, oversee_by)

    def _urgency(self, rule: str, facts: list[Fact]) -> Urgency:
        """The rule's own; a serious offence makes it more urgent, and so does a very high level that nobody manages."""
        found = [self.policy.urgency[rule]]
        if any(fact.serious for fact in facts):
            found.append(self.policy.urgency_serious)
        if rule in UNMANAGED and self.case.highest is Level.VERY_HIGH:
            found.append(self.policy.urgency_very_high)
        return max(found, key=list(Urgency).index)

    def _begin(self, escalation: Escalation) -> None:
        """The beginning of its life, or of a new one: nobody has seen it. What an earlier oversight asked for stays."""
        escalation.stage, escalation.awaits, escalation.chain_step = Stage.RAISED, Awaits.ACKNOWLEDGEMENT, 0
        escalation.since = self.now
        escalation.next_at = after(self.now, self._pace(escalation).acknowledge)
        escalation.oversee_by = after(self.now, self._pace(escalation).oversee)
        escalation.suppressed_until = escalation.closed = None

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────

    def _person(self, event: CaseEvent) -> None:
        match event.fact:
            case Act(kind=ActKind.CLAIMED | ActKind.CONFIRMED) as act:
                self._did(act, event.times.effective)
            case Act() as act:
                for escalation in [*self.open.values(), *self.closed]:
                    if act.escalation in self.ids.of(escalation):
                        self._act(escalation, act)
            case Oversight() as record:
                for escalation in list(self.open.values()):
                    self._oversight(escalation, record, event)

    def _act(self, escalation: Escalation, act: Act) -> None:
        closed = escalation.stage is Stage.CLOSED
        match act.kind:
            case ActKind.ACKNOWLEDGED if escalation.stage in (Stage.RAISED, Stage.ACKNOWLEDGED):
                self._acknowledged(escalation)
            case ActKind.SUPPRESSED if not closed:
                self._suppressed(escalation, act)
            case ActKind.SUPPRESSION_ENDED if escalation.suppressed_until is not None:
                self._resumed(escalation)
                self._tell(escalation, Change.SUPPRESSION_ENDED)
            case ActKind.REOPENED if escalation.stage is Stage.OVERSEEN:
                self._begin(escalation)
                self._tell(escalation, Change.REOPENED)
            case ActKind.REOPENED if closed and self._may_reopen(escalation) and escalation.rule not in self.open:
                self.closed.remove(escalation)
                self._begin(escalation)
                self.open[escalation.rule] = escalation
                self._tell(escalation, Change.REOPENED)

    def _acknowledged(self, escalation: Escalation) -> None:
        """Somebody is at it: for so long, and no longer than until oversight is due."""
        if escalation.oversee_by <= self.now:
            escalation.oversee_by = after(self.now, self._pace(escalation).oversee)
        escalation.stage, escalation.awaits, escalation.suppressed_until = Stage.ACKNOWLEDGED, Awaits.OVERSIGHT, None
        escalation.next_at = min(after(self.now, self._pace(escalation).acknowledged_for), escalation.oversee_by)
        self._tell(escalation, Change.ACKNOWLEDGED)

    def _suppressed(self, escalation: Escalation, act: Act) -> None:
        """Silent until then, and never beyond the cap that the first suppression set."""
        unmanaged = escalation.rule in UNMANAGED
        longest = self.policy.suppress_unmanaged_at_most if unmanaged else self.policy.suppress_at_most
        escalation.cap = escalation.cap or self.now + longest
        until = min(act.until or escalation.cap, escalation.cap)
        if until > self.now:
            escalation.awaits, escalation.next_at, escalation.suppressed_until = Awaits.SUPPRESSION_END, until, until
            self._tell(escalation, Change.SUPPRESSED)
            return
        if escalation.suppressed_until is not None:
            self._resumed(escalation)
        self._tell(escalation, Change.SUPPRESSION_ENDED)

    def _resumed(self, escalation: Escalation) -> None:
        """Its stage begins anew; the chain goes on from where it was."""
        escalation.suppressed_until = None
        if escalation.stage is Stage.OVERSEEN:
            self._waits(escalation, anew=True)
        else:
            chain_step = escalation.chain_step
            self._begin(escalation)
            escalation.chain_step = chain_step

    def _oversight(self, escalation: Escalation, record: Oversight, event: CaseEvent) -> None:
        """Naming the escalation, or naming none and later than its last news; by whom it may be, and saying what P9
        wants.
        """
        named = record.escalation in self.ids.of(escalation)
        of_all = record.escalation is None and event.times.effective >= escalation.since
        says = record.practice_assessed and (bool(record.actions) or record.none_needed is not None)
        counts = record.kind not in NO_OVERSIGHT and says and self.case.may_oversee(record.author_grade)
        if (named or of_all) and counts:
            escalation.stage, escalation.overseen_by, escalation.suppressed_until = (
                Stage.OVERSEEN,
                event.sender_id,
                None,
            )
            self._tell(escalation, Change.OVERSEEN)
            self._waits(escalation, anew=True)
        elif named and record.kind is not OversightKind.REFERRAL:
            self._tell(escalation, Change.OVERSIGHT_INSUFFICIENT)

    def _did(self, act: Act, when: datetime) -> None:
        key = meant(act, when, self.case.actions)
        for escalation in list(self.open.values()):
            for action in self.rules.actions_of(escalation):
                if action.fact.key != key:
                    continue
                if act.kind is ActKind.CLAIMED:
                    if action.claimed == (act.author, when):
                        self._tell(escalation, Change.ACTION_CLAIMED)
                elif action.confirmed == (act.author, when):
                    self._tell(escalation, Change.ACTION_CONFIRMED)
                elif action.confirmed is None:
                    self._tell(escalation, Change.CONFIRMATION_REFUSED)

    # ── what time does ───────────────────────────────────────────────────────────────────────────────────────

    def _time(self, escalation: Escalation) -> None:
        """A deadline that passes is told one step up the chain, and sets the next."""
        if escalation.next_at is None or escalation.next_at > self.now:
            return
        if escalation.awaits is Awaits.SUPPRESSION_END:
            self._resumed(escalation)
            self._tell(escalation, Change.SUPPRESSION_ENDED)
            return
        top = len(self.policy.chain) - 1
        chain_step, at_top = min(escalation.chain_step + 1, top), escalation.chain_step == top
        since, oversee_by = escalation.since, escalation.oversee_by
        if escalation.stage is Stage.ACKNOWLEDGED:
            expired = oversee_by > self.now
            self._begin(escalation)
            escalation.since = since
            escalation.oversee_by = oversee_by if expired else escalation.oversee_by
            self._tell(escalation, Change.ACKNOWLEDGEMENT_EXPIRED if expired else Change.OVERDUE)
        else:
            again = at_top or escalation.stage is Stage.OVERSEEN
            span = self._pace(escalation).review if again else self._pace(escalation).acknowledge
            escalation.next_at = after(self.now, span)
            escalation.told = self.now
            self._tell(escalation, Change.OVERDUE)
        escalation.chain_step = chain_step

    def _over(self, escalation: Escalation) -> None:
        """What is overseen and over is closed; what is overseen and not over waits for that."""
        if escalation.stage is not Stage.OVERSEEN or escalation.suppressed_until is not None:
            return
        self._waits(escalation)
        if escalation.awaits is Awaits.NOTHING:
            escalation.stage, escalation.next_at, escalation.closed = Stage.CLOSED, None, self.now
            del self.open[escalation.rule]
            self.closed.append(escalation)
            self._tell(escalation, Change.CLOSED)

    def _waits(self, escalation: Escalation, *, anew: bool = False) -> None:
        """What an overseen escalation waits for: its actions, each by its time; then that a lasting condition ends."""
        left = [one for one in self.rules.actions_of(escalation) if one.confirmed is None]
        awaits = Awaits.CONFIRMATION if left else Awaits.NOTHING
        if not left and escalation.rule in LASTING and escalation.holds:
            awaits = Awaits.CLEARING
        if anew or awaits is not escalation.awaits:
            escalation.told, escalation.next_at = self.now, None
        escalation.awaits = awaits
        ahead = [one.due for one in left if one.due > self.now]
        again = after(escalation.told, self._pace(escalation).review)
        if left and len(ahead) == len(left):
            escalation.next_at = min(ahead)
        elif left and escalation.next_at is not None and escalation.next_at > self.now:
            # Something is late: the time that was set for telling it again stands, whatever else is confirmed.
            escalation.next_at = min([escalation.next_at, *ahead])
        else:
            escalation.next_at = min([again, *ahead])
