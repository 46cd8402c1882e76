"""Judging a case: what its rules come to now, what becomes of its open items, and what to tell the world. Pure.

One open item for each case and rule. Its id is a hash of case, rule and the contents of the facts that opened it: the
same log gives the same id, and once given it stays. In whatever order the events of a case come, an item that rests on
the same fact alone has the same id (R13 excepted: that the case is known is what came first). Late news finds the item
open; had it come in time, the id would have been another where it changes which facts those were:

- another assessment that crosses or another live signal, from before the item was opened: it joins instead;
- a correction of one of those facts: what it says is brought up to date;
- a manager who came or went, or a level, a withdrawal or a deletion, by which it would have been opened at another time
  with other facts, or not at all: the condition is cleared, or returns, from now on;
- a serious offence that one of R2, R3, R4 has told: the others do not tell it again.

An item that was closed is reopened by what would have joined it, for as long as the policy says; later, that is a new
item. An open item is judged by the policy that it was opened under, until a person moves it; whatever is new, by the
policy in force.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

from msgspec.structs import replace

from streams import life, reasons, statements
from streams.acts import Act, ActKind
from streams.case import BOUNDS, CORRECTED, Brief, CaseFile, Item, OnFile
from streams.circumstances import Erased
from streams.escalation import Change, Escalation, Stage
from streams.events import CaseEvent, Oversight
from streams.fold.placing import comparable
from streams.life import NOBODY, By, Turn
from streams.listing import as_listed, is_news, with_news
from streams.matters import Matters
from streams.policy import Policies, Policy
from streams.rules import ASKED, BY_ID, BY_MANAGER, EDITION, RULES
from streams.rules.of_duties import R10
from streams.rules.of_levels import R7, lowered, review_due
from streams.rules.picture import Fact, Picture, picture, with_items_of
from streams.rules.rule import Rule

F = TypeVar("F", bound=OnFile)


def judge(
    file: CaseFile,
    policies: Policies,
    now: datetime,
    event: CaseEvent | None = None,
    moved: tuple[tuple[Item, Change], ...] = (),
    *,
    matters: Matters = Matters.ALL,
    corrected: bool = True,
) -> tuple[CaseFile, tuple[Escalation, ...]]:
    """The judged file, and a record for each change of an item. A function of its arguments alone.

    ``event``: what has just been folded, for a person's act changes items besides the file. ``moved``: items that came
    or went with a case. ``matters``: what has changed since the last judgement; rules that read nothing of it are not
    asked, for they would say what they said. ``corrected``: whether a fact may have been corrected since then. A case
    that was merged into another is judged there.
    """
    sitting = _Sitting(file, policies, now, matters, corrected)
    for item, change in moved:
        sitting.moved(item, change, event)
    if file.merged_into is not None:
        return replace(file, due=None, brief=Brief()), tuple(sitting.told)
    if event is not None:
        sitting.acted(event)
    sitting.heard()
    sitting.passed()
    return sitting.judged(), tuple(sitting.told)


def noted(file: CaseFile, event: CaseEvent, policy: Policy, now: datetime) -> CaseFile | None:
    """The file with ordinary news on it that opens and joins nothing; None: it must be judged.

    Such news asks for a review of the assessment and no more, and most of it not even that, for one is due before.
    """
    brief = file.brief
    if not (brief.quiet and _holds(brief, policy)):
        return None
    signal = _held(file.signals, event)
    if signal is None:
        return file
    if brief.assessed is not None and signal.effective <= brief.assessed:
        return None if brief.lowered else file
    due = review_due(max(signal.effective, signal.times.received), policy)
    if due <= now:
        return None
    turns = dict(brief.turns)
    if R7.id in turns and turns[R7.id] <= due:
        return file
    turns[R7.id] = due
    brief = replace(brief, turns=tuple(sorted(turns.items())))
    return replace(file, due=due if file.due is None else min(due, file.due), brief=brief)


def _holds(brief: Brief, policy: Policy) -> bool:
    """Whether what the last judgement came to holds still: it was made under this policy, by these rules."""
    return brief.policy == policy.version and brief.edition == EDITION


def item_id(case: str, rule: str, contents: frozenset[str], occurrence: int = 0) -> str:
    """The id of the item that these facts open: 32 hex digits. ``occurrence``: how many the rule had before."""
    again = (str(occurrence),) if occurrence else ()
    return blake2b("\0".join((case, rule, *again, *sorted(contents))).encode(), digest_size=16).hexdigest()


class _Sitting:
    """One judgement: the items as they change, and what is told of it."""

    def __init__(self, file: CaseFile, policies: Policies, now: datetime, matters: Matters, corrected: bool) -> None:
        self.corrected = corrected
        self.file, self.policies, self.now = file, policies, now
        self.current = policies.in_force(now)
        self.matters = matters if _holds(file.brief, self.current) else Matters.ALL
        self.asked = ASKED[self.matters]
        # A fact more changes what no other says; nor does who holds the case.
        self.marks = corrected or self.matters >= Matters.LEVELS
        if file.actions and R10 not in self.asked:
            self.asked = (*self.asked, R10)  # whose the actions are, the items say
        self.items = {item.rule: item for item in file.items}
        self.closed = file.closed
        self.told: list[Escalation] = []
        self._pictures: dict[str, Picture] = {}
        self._bits: dict[str, int] = {}

    def seen(self, item: Item | None = None) -> Picture:
        """The case as an item's policy sees it, or the policy in force."""
        version = item.policy if item is not None and item.policy else self.current.version
        if version not in self._pictures:
            self._pictures[version] = picture(self.file, self.policies.of(version, self.now), self.now, self._bits)
        return self._pictures[version]

    # ── what people did ──────────────────────────────────────────────────────────────────────────────────────

    def moved(self, item: Item, change: Change, event: CaseEvent | None) -> None:
        """An item came with a case, or went with one, or was erased; its revision goes on."""
        erased = event.fact if event is not None and isinstance(event.fact, Erased) else None
        by = By(erased.author, decision=erased.ground) if erased is not None else NOBODY
        told = self._tell(BY_ID[item.rule], Turn(change, item, by))
        if item.rule in self.items and self.items[item.rule].id == item.id:
            self.items[item.rule] = told

    def acted(self, event: CaseEvent) -> None:
        """A person's act, or an oversight record, as it bears on each item."""
        fact = event.fact
        match fact:
            case Act():
                act = _held(self.file.acts, event)
                if act is None:
                    return
                for item in tuple(self.items.values()):
                    rule, seen = BY_ID[item.rule], self.seen(item)
                    if act.kind in (ActKind.CLAIMED, ActKind.CONFIRMED):
                        self._take(rule, life.done(item, act, seen))
                    elif act.escalation == item.id:
                        self._take(rule, *life.acted(item, act, rule, seen, self.current))
                for item in self.closed:
                    asked = act.escalation == item.id and act.kind is ActKind.REOPENED
                    if asked and item.rule not in self.items and not life.forgotten(item, self.current, self.now):
                        again = replace(item, policy=self.current.version)
                        rule = BY_ID[item.rule]
                        self._take(rule, *life.acted(again, act, rule, self.seen(), self.current))
            case Oversight():
                record = _held(self.file.oversight, event)
                if record is not None:
                    for item in tuple(self.items.values()):
                        rule = BY_ID[item.rule]
                        self._take(rule, life.overseen(item, record, rule, self.seen(item)))
            case _:
                return
        self._seen_anew()

    def _seen_anew(self) -> None:
        """What the rules read of the items is what has become of them in this sitting."""
        self.file = replace(self.file, items=self._listed())
        self._pictures = {version: with_items_of(self.file, seen) for version, seen in self._pictures.items()}

    # ── what the rules come to ───────────────────────────────────────────────────────────────────────────────

    def heard(self) -> None:
        """Each rule that is asked: its item is raised, or advanced, or there is none."""
        seen, items = self.seen(), self.items
        for rule in self._left_to_ask(seen):
            if rule is R10 and self.file.actions:
                self._seen_anew()
                seen = self.seen()
            item = items.get(rule.id)
            if item is not None:
                under = self.seen(item)
                self._advanced(rule, item, rule.opens(under), under)
            elif facts := rule.opens(seen):
                self._opened(rule, facts, seen)

    def _left_to_ask(self, seen: Picture) -> tuple[Rule, ...]:
        """Of the rules that read what has changed those that can say anything else than at the last judgement."""
        holds_on = self.matters in (Matters.HOLDERS, Matters.LEVELS) and self.file.brief.quiet and not seen.unmanaged
        if not holds_on:
            return self.asked
        return tuple(rule for rule in self.asked if rule.id not in BY_MANAGER or rule.id in self.items)

    def _opened(self, rule: Rule, facts: tuple[Fact, ...], seen: Picture) -> None:
        news = facts if rule.lasting else tuple(fact for fact in facts if is_news(fact, rule, seen))
        if not news:
            return
        old = next((each for each in reversed(self.closed) if each.rule == rule.id), None)
        if old is not None and not life.forgotten(old, self.current, self.now):
            self._reopened(rule, old, news, seen)
        else:
            self._raised(rule, news, seen)

    def _raised(self, rule: Rule, facts: tuple[Fact, ...], seen: Picture) -> None:
        joined = tuple(as_listed(fact, seen) for fact in facts)
        before = dict(self.file.occurrences).get(rule.id, 0)
        contents = frozenset(fact.content for fact in facts)
        item = Item(
            rule.id,
            item_id(seen.file.case, rule.id, contents, before),
            revision=0,
            holds=True,
            opened=seen.now,
            known_since=min(fact.times.received for fact in facts),
            joined=joined[: BOUNDS.listed],
            left_out=len(joined[BOUNDS.listed :]),
            policy=seen.policy.version,
            urgency=life.urgency(rule, facts, seen),
            occurrence=before,
        )
        counted = {**dict(self.file.occurrences), rule.id: before + 1}
        self.file = replace(self.file, occurrences=tuple(sorted(counted.items())))
        self._take(rule, Turn(Change.RAISED, life.raised(item, seen)), news=facts)

    def _reopened(self, rule: Rule, old: Item, news: tuple[Fact, ...], seen: Picture) -> None:
        current = replace(
            with_news(old, rule, news, seen, marks=True),
            holds=True,
            policy=seen.policy.version,
            urgency=life.urgency(rule, news, seen),
        )
        self._take(rule, Turn(Change.REOPENED, life.raised(current, seen)), news=news)

    def _advanced(self, rule: Rule, item: Item, facts: tuple[Fact, ...], seen: Picture) -> None:
        """The open item as it is now, what changed, and the facts that are news to it."""
        news = tuple(fact for fact in facts if is_news(fact, rule, seen))
        now = with_news(item, rule, news, seen, marks=self.marks)
        for fact in facts:
            if not fact.told & rule.bit or fact.told & CORRECTED:
                self._bits[fact.key] = self._bits.get(fact.key, 0) | rule.bit
        holds = rule.stays(seen, now)
        match holds, item.holds:
            case True, True:
                change = Change.JOINED if news else None
            case True, False:
                change = Change.CONDITION_RETURNED
            case False, True:
                change = Change.CONDITION_CLEARED
            case _:
                change = None
        if change is None:
            self.items[rule.id] = now
            return
        since = min((fact.times.received for fact in news), default=item.known_since)  # from quarantine: older
        now = replace(now, holds=holds, known_since=min(item.known_since, since))
        if news and holds:
            now = life.joined(now, rule, news, seen)
        elif change is Change.CONDITION_RETURNED and now.stage is Stage.OVERSEEN:
            now = life.raised(now, seen)
        self._take(rule, Turn(change, now), news=news)

    # ── what time has done ───────────────────────────────────────────────────────────────────────────────────

    def passed(self) -> None:
        """Deadlines of items that have passed; then what is overseen and over is closed."""
        for item in tuple(self.items.values()):
            rule, seen = BY_ID[item.rule], self.seen(item)
            self._take(rule, life.overdue(item, seen))
            now = self.items[item.rule]
            after = life.settled(now, rule, seen)
            if after.stage is Stage.CLOSED:
                closing = By(*((after.overseen.by, after.overseen.grade) if after.overseen else ()))
                self._take(rule, Turn(Change.CLOSED, after, closing))
            elif after is not now:
                self.items[item.rule] = after

    def judged(self) -> CaseFile:
        """The file after it all."""
        if self.file.actions:
            self._seen_anew()
        seen = self.seen()
        items = self._listed()
        brief = self._brief(seen, items)
        due = self._due(seen, items, brief)
        raised = (self.file.raised or self.now) if seen.raised else None
        closed = tuple(each for each in self.closed if not life.forgotten(each, self.current, self.now))
        closed = closed[-BOUNDS.closed :]
        file = self.file
        if not self._bits and not self.corrected:
            same = (due, raised, brief, items, closed) == (file.due, file.raised, file.brief, file.items, file.closed)
            if same:
                return file
            return replace(file, due=due, raised=raised, brief=brief, items=items, closed=closed)
        return replace(
            file,
            due=due,
            raised=raised,
            brief=brief,
            items=items,
            closed=closed,
            assessments=_told(file.assessments, self._bits),
            signals=_told(file.signals, self._bits),
            registers=_told(file.registers, self._bits),
            services=_told(file.services, self._bits),
            linked_news=_told(file.linked_news, self._bits),
            actions=_told(file.actions, self._bits),
            known=None if file.known is None else _told((file.known,), self._bits)[0],
        )

    def _brief(self, seen: Picture, items: tuple[Item, ...]) -> Brief:
        before, version = self.file.brief, self.current.version
        turns = dict(before.turns)
        for rule in self.asked:
            if rule.turns is not None:
                turn = rule.turns(seen)
                if turn is not None:
                    turns[rule.id] = turn
                else:
                    turns.pop(rule.id, None)
        assessed, is_lowered = before.assessed, before.lowered
        if self.matters >= Matters.LEVELS:
            last = seen.assessed_last
            assessed, is_lowered = None if last is None else last.effective, lowered(seen) is not None
        return Brief(
            version,
            quiet=not seen.unmanaged and all(item.policy == version for item in items),
            assessed=assessed,
            lowered=is_lowered,
            turns=tuple(sorted(turns.items())),
            edition=EDITION,
        )

    def _due(self, seen: Picture, items: tuple[Item, ...], brief: Brief) -> datetime | None:
        """When the case must be judged again though nothing comes. Each turn lies ahead, so that it is said once."""
        age = seen.file.comes_of_age
        turns = (
            seen.standing.turns_stale,
            seen.attachment.turns,
            statements.turns(seen.file, seen.now) if seen.file.registers else None,
            age if age is not None and age > seen.now else None,
            *[turn for _, turn in brief.turns],
            *(item.next for item in items),
        )
        return min((turn for turn in turns if turn is not None), default=None)

    def _take(self, rule: Rule, *turns: Turn | None, news: tuple[Fact, ...] = ()) -> None:
        for turn in turns:
            if turn is None:
                continue
            item = self._tell(rule, turn, news)
            if item.stage is Stage.CLOSED:
                self.items.pop(rule.id, None)
                self.closed = (*(each for each in self.closed if each.id != item.id), item)
            else:
                self.items[rule.id] = item
                self.closed = tuple(each for each in self.closed if each.id != item.id)

    def _tell(self, rule: Rule, turn: Turn, news: tuple[Fact, ...] = ()) -> Item:
        for fact in news:
            self._bits[fact.key] = self._bits.get(fact.key, 0) | rule.bit
        item = replace(turn.item, revision=turn.item.revision + 1)
        seen = self.seen(item)
        self.told.append(reasons.escalation(rule, item, turn.change, news, seen, turn.by))
        return item

    def _listed(self) -> tuple[Item, ...]:
        """The open items, in the order of the rules."""
        if not self.items:
            return ()
        return tuple(self.items[rule.id] for rule in RULES if rule.id in self.items)


def _held(facts: tuple[F, ...], event: CaseEvent) -> F | None:
    """The fact of an event that was folded, as the file holds it."""
    key = comparable(event.sender_id)
    return next((fact for fact in reversed(facts) if fact.key == key), None)


def _told(held: tuple[F, ...], bits: dict[str, int]) -> tuple[F, ...]:
    if not any(fact.told & CORRECTED or bits.get(fact.key, 0) & ~fact.told for fact in held):
        return held
    return tuple(
        replace(fact, told=(fact.told | bits.get(fact.key, 0)) & ~CORRECTED)
        if fact.told & CORRECTED or fact.key in bits
        else fact
        for fact in held
    )
