"""What should become of a case, worked out the long way round: every rule and every item anew from all events.

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
from tests.unit.naive_rules import LASTING, NAMES, UNMANAGED, Ids, Item, Rules

# ── the life of items ────────────────────────────────────────────────────────────────────────────────────────


class After(NamedTuple):
    """What is so after an event: the open items by rule, and what was told, by rule and in order."""

    open: dict[str, tuple[object, ...]]
    told: list[tuple[str, str]]


def lives(heard: Sequence[Heard], policy: Policy, names: Mapping[str, tuple[str, int]]) -> list[After]:
    """What is so after each event, from the first one on."""
    return list(_Lives(policy, Ids(names)).through(heard))


class _Lives:
    def __init__(self, policy: Policy, ids: Ids) -> None:
        self.policy, self.ids = policy, ids
        self.open: dict[str, Item] = {}
        self.closed: list[Item] = []
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
            yield After({rule: item.seen() for rule, item in self.open.items()}, self.told)
            self.told = []

    def _until(self, clock: datetime, events: list[CaseEvent]) -> None:
        while True:
            times = [*Case(events, self.policy, self.now).turns(), *(item.next_at for item in self.open.values())]
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
        for item in list(self.open.values()):
            self._time(item)
            self._over(item)

    def _tell(self, item: Item, change: Change) -> None:
        self.told.append((item.rule, change.value))

    def _pace(self, item: Item) -> Pace:
        return self.policy.pace[item.urgency]

    # ── what the rules say ───────────────────────────────────────────────────────────────────────────────────

    def _rule(self, rule: str, corrected: str | None) -> None:
        facts = self.rules.opens(rule)
        news = [fact for fact in facts if fact.key not in self.heard_of[rule] or fact.key == corrected]
        item = self.open.get(rule)
        if item is not None:
            self._open_still(item, news)
        elif facts if rule in LASTING else news:
            self._opens(rule, facts if rule in LASTING else news)
        self.heard_of[rule] |= {fact.key for fact in news}

    def _opens(self, rule: str, facts: list[Fact]) -> None:
        """A new item; or the last one again, if it was closed no longer ago than that."""
        old = [item for item in self.closed if item.rule == rule and self._may_reopen(item)]
        if old:
            item, change = old[-1], Change.REOPENED
            self.closed.remove(item)
        else:
            item, change = Item(rule, self.numbers.get(rule, 0)), Change.RAISED
            self.numbers[rule] = item.number + 1
        item.listed |= {fact.key: fact for fact in facts}
        item.urgency = self._urgency(rule, facts)
        item.holds = True
        self._begin(item)
        self.open[rule] = item
        self._tell(item, change)

    def _may_reopen(self, item: Item) -> bool:
        return item.closed is not None and self.now < item.closed + self.policy.reopen_within

    def _open_still(self, item: Item, news: list[Fact]) -> None:
        """News joins; the condition clears, or returns. Nothing of that closes it."""
        item.listed |= {fact.key: fact for fact in news}
        held, item.holds = item.holds, self.rules.stands(item)
        if held and not item.holds:
            self._tell(item, Change.CONDITION_CLEARED)
        elif item.holds and not held:
            if news:
                self._joined(item, news)
            elif item.stage is Stage.OVERSEEN:
                self._begin(item)
            self._tell(item, Change.CONDITION_RETURNED)
        elif item.holds and news:
            self._joined(item, news)
            self._tell(item, Change.JOINED)

    def _joined(self, item: Item, news: list[Fact]) -> None:
        """What was seen has not seen this. It can be more urgent now, and it gives nobody more time than was left."""
        urgency = max(item.urgency, self._urgency(item.rule, news), key=list(Urgency).index)
        graver, item.urgency = urgency is not item.urgency, urgency
        silent = item.suppressed_until is not None
        if item.stage is Stage.ACKNOWLEDGED and not graver and not silent:
            item.since = self.now
            return
        chain_step, by, oversee_by = item.chain_step, item.next_at or NEVER, item.oversee_by
        waiting = item.stage is Stage.RAISED and not silent
        acknowledged = item.stage is Stage.ACKNOWLEDGED and not silent
        self._begin(item)
        if waiting:
            item.chain_step, item.next_at = chain_step, min(item.next_at or NEVER, by)
        if waiting or acknowledged:
            item.oversee_by = min(item.oversee_by, oversee_by)

    def _urgency(self, rule: str, facts: list[Fact]) -> Urgency:
        """The rule's own; a serious offence makes it more urgent, and so does a very high level that nobody manages."""
        found = [self.policy.urgency[rule]]
        if any(fact.serious for fact in facts):
            found.append(self.policy.urgency_serious)
        if rule in UNMANAGED and self.case.highest is Level.VERY_HIGH:
            found.append(self.policy.urgency_very_high)
        return max(found, key=list(Urgency).index)

    def _begin(self, item: Item) -> None:
        """The beginning of its life, or of a new one: nobody has seen it. What an earlier oversight asked for stays."""
        item.stage, item.awaits, item.chain_step = Stage.RAISED, Awaits.ACKNOWLEDGEMENT, 0
        item.since = self.now
        item.next_at = after(self.now, self._pace(item).acknowledge)
        item.oversee_by = after(self.now, self._pace(item).oversee)
        item.suppressed_until = item.closed = None

    # ── what people do ───────────────────────────────────────────────────────────────────────────────────────

    def _person(self, event: CaseEvent) -> None:
        match event.fact:
            case Act(kind=ActKind.CLAIMED | ActKind.CONFIRMED) as act:
                self._did(act, event.times.effective)
            case Act() as act:
                for item in [*self.open.values(), *self.closed]:
                    if act.escalation in self.ids.of(item):
                        self._act(item, act)
            case Oversight() as record:
                for item in list(self.open.values()):
                    self._oversight(item, record, event)

    def _act(self, item: Item, act: Act) -> None:
        closed = item.stage is Stage.CLOSED
        match act.kind:
            case ActKind.ACKNOWLEDGED if item.stage in (Stage.RAISED, Stage.ACKNOWLEDGED):
                self._acknowledged(item)
            case ActKind.SUPPRESSED if not closed:
                self._suppressed(item, act)
            case ActKind.SUPPRESSION_ENDED if item.suppressed_until is not None:
                self._resumed(item)
                self._tell(item, Change.SUPPRESSION_ENDED)
            case ActKind.REOPENED if item.stage is Stage.OVERSEEN:
                self._begin(item)
                self._tell(item, Change.REOPENED)
            case ActKind.REOPENED if closed and self._may_reopen(item) and item.rule not in self.open:
                self.closed.remove(item)
                self._begin(item)
                self.open[item.rule] = item
                self._tell(item, Change.REOPENED)

    def _acknowledged(self, item: Item) -> None:
        """Somebody is at it: for so long, and no longer than until oversight is due."""
        if item.oversee_by <= self.now:
            item.oversee_by = after(self.now, self._pace(item).oversee)
        item.stage, item.awaits, item.suppressed_until = Stage.ACKNOWLEDGED, Awaits.OVERSIGHT, None
        item.next_at = min(after(self.now, self._pace(item).acknowledged_for), item.oversee_by)
        self._tell(item, Change.ACKNOWLEDGED)

    def _suppressed(self, item: Item, act: Act) -> None:
        """Silent until then, and never beyond the cap that the first suppression set."""
        unmanaged = item.rule in UNMANAGED
        longest = self.policy.suppress_unmanaged_at_most if unmanaged else self.policy.suppress_at_most
        item.cap = item.cap or self.now + longest
        until = min(act.until or item.cap, item.cap)
        if until > self.now:
            item.awaits, item.next_at, item.suppressed_until = Awaits.SUPPRESSION_END, until, until
            self._tell(item, Change.SUPPRESSED)
            return
        if item.suppressed_until is not None:
            self._resumed(item)
        self._tell(item, Change.SUPPRESSION_ENDED)

    def _resumed(self, item: Item) -> None:
        """Its stage begins anew; the chain goes on from where it was."""
        item.suppressed_until = None
        if item.stage is Stage.OVERSEEN:
            self._waits(item, anew=True)
        else:
            chain_step = item.chain_step
            self._begin(item)
            item.chain_step = chain_step

    def _oversight(self, item: Item, record: Oversight, event: CaseEvent) -> None:
        """Naming the item, or naming none and later than its last news; by whom it may be, and saying what P9 wants."""
        named = record.escalation in self.ids.of(item)
        of_all = record.escalation is None and event.times.effective >= item.since
        says = record.practice_assessed and (bool(record.actions) or record.none_needed is not None)
        counts = record.kind not in NO_OVERSIGHT and says and self.case.may_oversee(record.author_grade)
        if (named or of_all) and counts:
            item.stage, item.overseen_by, item.suppressed_until = Stage.OVERSEEN, event.sender_id, None
            self._tell(item, Change.OVERSEEN)
            self._waits(item, anew=True)
        elif named and record.kind is not OversightKind.REFERRAL:
            self._tell(item, Change.OVERSIGHT_INSUFFICIENT)

    def _did(self, act: Act, when: datetime) -> None:
        key = meant(act, when, self.case.actions)
        for item in list(self.open.values()):
            for action in self.rules.actions_of(item):
                if action.fact.key != key:
                    continue
                if act.kind is ActKind.CLAIMED:
                    if action.claimed == (act.author, when):
                        self._tell(item, Change.ACTION_CLAIMED)
                elif action.confirmed == (act.author, when):
                    self._tell(item, Change.ACTION_CONFIRMED)
                elif action.confirmed is None:
                    self._tell(item, Change.CONFIRMATION_REFUSED)

    # ── what time does ───────────────────────────────────────────────────────────────────────────────────────

    def _time(self, item: Item) -> None:
        """A deadline that passes is told one step up the chain, and sets the next."""
        if item.next_at is None or item.next_at > self.now:
            return
        if item.awaits is Awaits.SUPPRESSION_END:
            self._resumed(item)
            self._tell(item, Change.SUPPRESSION_ENDED)
            return
        top = len(self.policy.chain) - 1
        chain_step, at_top = min(item.chain_step + 1, top), item.chain_step == top
        since, oversee_by = item.since, item.oversee_by
        if item.stage is Stage.ACKNOWLEDGED:
            expired = oversee_by > self.now
            self._begin(item)
            item.since = since
            item.oversee_by = oversee_by if expired else item.oversee_by
            self._tell(item, Change.ACKNOWLEDGEMENT_EXPIRED if expired else Change.OVERDUE)
        else:
            again = at_top or item.stage is Stage.OVERSEEN
            span = self._pace(item).review if again else self._pace(item).acknowledge
            item.next_at = after(self.now, span)
            item.told = self.now
            self._tell(item, Change.OVERDUE)
        item.chain_step = chain_step

    def _over(self, item: Item) -> None:
        """What is overseen and over is closed; what is overseen and not over waits for that."""
        if item.stage is not Stage.OVERSEEN or item.suppressed_until is not None:
            return
        self._waits(item)
        if item.awaits is Awaits.NOTHING:
            item.stage, item.next_at, item.closed = Stage.CLOSED, None, self.now
            del self.open[item.rule]
            self.closed.append(item)
            self._tell(item, Change.CLOSED)

    def _waits(self, item: Item, *, anew: bool = False) -> None:
        """What an overseen item waits for: its actions, each by its time; then that a lasting condition ends."""
        left = [one for one in self.rules.actions_of(item) if one.confirmed is None]
        awaits = Awaits.CONFIRMATION if left else Awaits.NOTHING
        if not left and item.rule in LASTING and item.holds:
            awaits = Awaits.CLEARING
        if anew or awaits is not item.awaits:
            item.told, item.next_at = self.now, None
        item.awaits = awaits
        ahead = [one.due for one in left if one.due > self.now]
        again = after(item.told, self._pace(item).review)
        if left and len(ahead) == len(left):
            item.next_at = min(ahead)
        elif left and item.next_at is not None and item.next_at > self.now:
            # Something is late: the time that was set for telling it again stands, whatever else is confirmed.
            item.next_at = min([item.next_at, *ahead])
        else:
            item.next_at = min([again, *ahead])
