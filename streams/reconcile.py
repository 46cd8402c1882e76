"""What becomes of the open escalations: a person's act, what a rule finds, and time, one after the other. Pure.

A case has at most one open escalation of each rule. Its id is a hash of case, rule and the contents of the facts that
opened it: the same log gives the same id, and once given it stays. In whatever order the events of a case come, an
escalation that rests on the same fact alone has the same id (R13 excepted: that the case is known is what came first).
Late news finds the escalation open; had it come in time, the id would have been another where it changes which facts
those were:

- Another assessment that crosses or other live news, from before it was opened, joins instead.
- A correction of one of those facts brings what it lists up to date.
- A manager who came or went, or a level, a withdrawal or a deletion, by which it would have been opened at another time
  with other facts, or not at all: the condition is cleared, or returns, from now on.
- A serious offence that one of R2, R3, R4 has told is not told again by the others.

A closed escalation is reopened by what would have joined it, for as long as the policy says; later, that is a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar

from msgspec.structs import replace

from streams import life, words
from streams.acts import ActKind
from streams.case import BOUNDS, CaseFile, Escalation, Listed
from streams.circumstances import Erased
from streams.escalation import Change, Stage
from streams.events import CaseEvent
from streams.facts import CORRECTED, Act, Classification, OnFile, Oversight
from streams.fold.placing import comparable
from streams.rules import BY_ID
from streams.rules.rule import Facts, Rule
from streams.statements import said_before
from streams.transitions import NOBODY, By, Escalations, Transition
from streams.view import CaseView, Fact

F = TypeVar("F", bound=OnFile)

_FIRST = 4
"""Of the facts that an escalation lists, how many of the first always stay: they are why it was opened."""

ViewOf = Callable[[Escalation], CaseView]
"""The case as an escalation's own policy sees it."""


def before(file: CaseFile) -> Escalations:
    """The escalations of a file, before anything is done."""
    return Escalations({one.rule: one for one in file.open}, file.closed, file.occurrences, {}, ())


def _take(now: Escalations, transition: Transition | None) -> Escalations:
    """The escalations after one more transition."""
    if transition is None:
        return now
    one = replace(transition.escalation, revision=transition.escalation.revision + 1)
    open_ = dict(now.open)
    closed = tuple(each for each in now.closed if each.id != one.id)
    if one.stage is Stage.CLOSED:
        open_.pop(one.rule, None)
        closed = (*closed, one)
    else:
        open_[one.rule] = one
    if transition.news:
        now = _heard(now, transition.news, BY_ID[one.rule].bit)
    transitions = (*now.transitions, transition._replace(escalation=one))
    return now._replace(open=open_, closed=closed, transitions=transitions)


def _heard(now: Escalations, facts: Iterable[Fact], bit: int) -> Escalations:
    """The escalations, once the rule of that bit has heard of the facts."""
    return now._replace(heard={**now.heard, **{fact.key: now.heard.get(fact.key, 0) | bit for fact in facts}})


def _with(now: Escalations, one: Escalation) -> Escalations:
    """The escalations with one of the open ones changed, of which nothing is told."""
    return now if now.open.get(one.rule) is one else now._replace(open={**now.open, one.rule: one})


# ── what people did ──────────────────────────────────────────────────────────────────────────────────────────


def move(now: Escalations, moved: tuple[tuple[Escalation, Change], ...], event: CaseEvent | None) -> Escalations:
    """Escalations that came with a case, or went with one, or were erased; their revisions go on."""
    erased = event.fact if event is not None and isinstance(event.fact, Erased) else None
    by = NOBODY if erased is None else By(erased.author, decision=erased.ground)
    for escalation, change in moved:
        one = replace(escalation, revision=escalation.revision + 1)
        now = now._replace(transitions=(*now.transitions, Transition(change, one, by)))
        held = now.open.get(one.rule)
        if held is not None and held.id == one.id:
            now = _with(now, one)
    return now


def act(now: Escalations, event: CaseEvent, view: CaseView, view_of: ViewOf) -> Escalations:
    """What a person's act, or an oversight record, that was just folded does to each escalation."""
    done = _on_file(view.file.acts, event) or _on_file(view.file.oversight, event)
    if isinstance(done, Oversight):
        for one in tuple(now.open.values()):
            now = _take(now, life.overseen(one, done, BY_ID[one.rule], view_of(one)))
    elif isinstance(done, Act) and done.kind in (ActKind.CLAIMED, ActKind.CONFIRMED):
        for one in tuple(now.open.values()):
            now = _take(now, life.done(one, done, view_of(one)))
    elif isinstance(done, Act):
        for one in (*now.open.values(), *now.closed):
            if one.goes_by(done.escalation) and _may_act(now, one, done, view):
                moved = one if one.closed is None else replace(one, policy=view.policy.version)
                now = _take(now, life.acted(moved, done, BY_ID[one.rule], view_of(moved), view.policy))
    return now


def _may_act(now: Escalations, one: Escalation, done: Act, view: CaseView) -> bool:
    """An open escalation, or a closed one that is reopened in time where none of its rule is open."""
    if one.closed is None:
        return True
    in_time = not life.forgotten(one, view.policy, view.now)
    return done.kind is ActKind.REOPENED and one.rule not in now.open and in_time


def _on_file(facts: tuple[F, ...], event: CaseEvent) -> F | None:
    """The fact of an event that was folded, as the file holds it."""
    key = comparable(event.sender_id)
    return next((fact for fact in reversed(facts) if fact.key == key), None)


# ── what a rule finds ────────────────────────────────────────────────────────────────────────────────────────


def follow(
    now: Escalations, rule: Rule, view: CaseView, view_of: ViewOf, *, marks: bool
) -> tuple[Escalations, datetime | None]:
    """The rule's escalation after it was evaluated (raised or reopened, joined, cleared or returned, or there is none),
    and when the rule may next find more.

    ``marks``: whether a listed fact may stand no longer, or again. An open escalation is judged by the policy that it
    was opened under; what is new, by the one in force (``view``).
    """
    facts, changes_at = rule.finds(view, now)
    held = now.open.get(rule.id)
    if held is not None:
        under = view_of(held)
        if under is not view:
            facts, _ = rule.finds(under, now)
        return _advanced(now, rule, held, facts, under, marks=marks), changes_at
    if facts:
        news = facts if rule.lasting else tuple(fact for fact in facts if is_news(fact, rule, view))
        now = _opened(now, rule, news, view) if news else now
    return now, changes_at


def _opened(now: Escalations, rule: Rule, news: Facts, view: CaseView) -> Escalations:
    """A new escalation, or the last one again where it closed not long ago."""
    old = next((each for each in reversed(now.closed) if each.rule == rule.id), None)
    if old is None or life.forgotten(old, view.policy, view.now):
        return _raised(now, rule, news, view)
    again = replace(
        with_news(old, rule, news, view, marks=True),
        holds=True,
        policy=view.policy.version,
        urgency=life.urgency(rule, news, view),
    )
    return _take(now, Transition(Change.REOPENED, life.raised(again, view), news=news))


def _raised(now: Escalations, rule: Rule, news: Facts, view: CaseView) -> Escalations:
    listed = tuple(as_listed(fact, view) for fact in news)
    occurrences = dict(now.occurrences)
    occurrence = occurrences.get(rule.id, 0)
    one = Escalation(
        rule.id,
        escalation_id(view.file.case, rule.id, frozenset(fact.content for fact in news), occurrence),
        revision=0,
        holds=True,
        opened=view.now,
        known_since=min(fact.times.received for fact in news),
        listed=listed[: BOUNDS.listed],
        left_out=len(listed[BOUNDS.listed :]),
        policy=view.policy.version,
        urgency=life.urgency(rule, news, view),
        occurrence=occurrence,
    )
    occurrences[rule.id] = occurrence + 1
    now = now._replace(occurrences=tuple(sorted(occurrences.items())))
    return _take(now, Transition(Change.RAISED, life.raised(one, view), news=news))


def escalation_id(case: str, rule: str, contents: frozenset[str], occurrence: int = 0) -> str:
    """The id of the escalation that these facts open: 32 hex digits. ``occurrence``: how many the rule had before."""
    again = (str(occurrence),) if occurrence else ()
    return blake2b("\0".join((case, rule, *again, *sorted(contents))).encode(), digest_size=16).hexdigest()


def _advanced(
    now: Escalations, rule: Rule, held: Escalation, facts: Facts, view: CaseView, *, marks: bool
) -> Escalations:
    """The open escalation after what its rule has found: with the news, and with its condition as it is."""
    bit = rule.bit
    unheard = [fact for fact in facts if not fact.heard_by & bit or fact.heard_by & CORRECTED]
    news = tuple([fact for fact in unheard if is_news(fact, rule, view)])
    one = with_news(held, rule, news, view, marks=marks)
    if unheard:
        now = _heard(now, unheard, bit)
    holds = rule.stays(view, one, facts)
    match holds, held.holds:
        case True, True if news:
            change = Change.JOINED
        case True, False:
            change = Change.CONDITION_RETURNED
        case False, True:
            change = Change.CONDITION_CLEARED
        case _:
            return _with(now, one)
    since = min((fact.times.received for fact in news), default=one.known_since)  # from quarantine: older
    one = replace(one, holds=holds, known_since=min(one.known_since, since))
    if news and holds:
        one = life.joined(one, rule, news, view)
    elif change is Change.CONDITION_RETURNED and one.stage is Stage.OVERSEEN:
        one = life.raised(one, view)
    return _take(now, Transition(change, one, news=news))


def is_news(fact: Fact, rule: Rule, view: CaseView) -> bool:
    """Whether the escalation of a rule has not listed a fact, or not its correction.

    A classification that is saved again in the same words is no news: its systems save at each review.
    """
    if fact.heard_by & rule.bit:
        return bool(fact.heard_by & CORRECTED)
    if not isinstance(fact, Classification):
        return True
    return not any(one.heard_by & rule.bit for one in said_before(view.file.registers, fact))


def with_news(escalation: Escalation, rule: Rule, news: Facts, view: CaseView, *, marks: bool) -> Escalation:
    """The escalation with what is news to it, and (``marks``) with the facts that it lists as the file has them now."""
    if not news and not marks:
        return escalation
    listed = tuple(_up_to_date(fact, rule, view) for fact in escalation.listed) if marks else escalation.listed
    left_out = escalation.left_out
    keys = {fact.key for fact in listed}
    for fact in news:
        if fact.key in keys:
            continue  # corrected, and already brought up to date
        listed = (*listed, as_listed(fact, view))
        left_out -= bool(fact.heard_by & rule.bit)  # it was among those that are only counted
        if len(listed) > BOUNDS.listed:
            listed = (*listed[:_FIRST], *listed[_FIRST + 1 :])
            left_out += 1
    return escalation if listed == escalation.listed else replace(escalation, listed=listed, left_out=left_out)


def _up_to_date(entry: Listed, rule: Rule, view: CaseView) -> Listed:
    """A listed fact as the file has it now: brought up to date, and marked where it was taken back."""
    fact = view.on_file.get(entry.key)
    if fact is None:  # the file has let it go; the escalation keeps its own copy
        return entry
    if fact.content != entry.content:
        entry = as_listed(fact, view)
    taken_back = not rule.stands(view, fact)
    return entry if entry.taken_back is taken_back else replace(entry, taken_back=taken_back)


def as_listed(fact: Fact, view: CaseView) -> Listed:
    """A fact as an escalation lists it."""
    return Listed(fact.key, fact.content, words.kind(fact), words.summary(fact, view.policy), fact.times, fact.sighting)


# ── what time has done ───────────────────────────────────────────────────────────────────────────────────────


def let_pass(now: Escalations, at: datetime, view_of: ViewOf) -> Escalations:
    """Steps of escalations whose time has passed; then what is overseen and over is closed."""
    for held in tuple(now.open.values()):
        if held.stage is not Stage.OVERSEEN and (held.next_at is None or held.next_at > at):
            continue
        view = view_of(held)
        now = _take(now, life.overdue(held, view))
        one = now.open[held.rule]
        after = life.settled(one, BY_ID[one.rule], view)
        if after.stage is Stage.CLOSED:
            by = By(after.overseen.by, after.overseen.grade) if after.overseen else NOBODY
            now = _take(now, Transition(Change.CLOSED, after, by))
        else:
            now = _with(now, after)
    return now


def remembered(closed: tuple[Escalation, ...], view: CaseView, now: datetime) -> tuple[Escalation, ...]:
    """The closed escalations that may yet be reopened."""
    if not closed:
        return ()
    return tuple(one for one in closed if not life.forgotten(one, view.policy, now))[-BOUNDS.closed :]
