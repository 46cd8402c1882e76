"""The life of an item: raised, acknowledged, overseen, its actions confirmed, closed (P9 to P12). Pure.

    RAISED ──acknowledged──► ACKNOWLEDGED ──oversight──► OVERSEEN ──actions confirmed, condition over──► CLOSED
       ▲  ▲                       │                          │                                             │
       │  └────it expires─────────┘                          │                                             │
       └───────────news joins what was overseen──────────────┴──────────reopened, or the condition returns─┘

Only a manager's oversight leads to the end, and it must say what was found and what must be done (P9): no item closes
unseen, whatever becomes of its condition. Each stage has a deadline; one that passes is told one step further up the
chain and sets the next, so that an open item always has one. A suppression stops the clock, for a reason, up to a cap
that later suppressions do not move; news ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from streams.acts import ActKind
from streams.case import Act, Action, CaseFile, Done, Item, Oversight, Signal
from streams.escalation import Awaits, Change, Stage
from streams.events import Level, OversightKind
from streams.fold.acts import acted_on
from streams.policy import RANK, URGENCY_RANK, Pace, Policy, Urgency
from streams.rules.picture import Fact, Picture
from streams.rules.rule import Rule
from streams.signals import serious

_NEVER = datetime.max.replace(tzinfo=UTC)


class By(NamedTuple):
    """Who made a change, and what they said of it."""

    author: str | None = None
    grade: str | None = None
    decision: str | None = None
    variance: str | None = None


NOBODY = By()


class Turn(NamedTuple):
    """One change of an item: the item after it, and who made it."""

    change: Change
    item: Item
    by: By = NOBODY


# ── news ─────────────────────────────────────────────────────────────────────────────────────────────────────


def urgency(rule: Rule, facts: tuple[Fact, ...], seen: Picture) -> Urgency:
    """How soon somebody must look at these facts: the rule's own, or what the policy says of their gravity."""
    policy = seen.policy
    found = policy.urgency[rule.id]
    if any(isinstance(fact, Signal) and serious(fact, policy) for fact in facts):
        found = _higher(found, policy.urgency_serious)
    if rule.unmanaged and seen.standing.rank >= RANK[Level.VERY_HIGH]:
        found = _higher(found, policy.urgency_very_high)
    return found


def _higher(one: Urgency, other: Urgency) -> Urgency:
    return one if URGENCY_RANK[one] >= URGENCY_RANK[other] else other


def raised(item: Item, seen: Picture) -> Item:
    """The item at the beginning of its life, or at a new one: nobody has seen it.

    What an earlier oversight asked for stays this item's: see ``belongs``.
    """
    pace = pace_of(item, seen.policy)
    hours = seen.policy.hours
    return replace(
        item,
        stage=Stage.RAISED,
        awaits=Awaits.ACKNOWLEDGEMENT,
        rung=0,
        since=seen.now,
        next=hours.after(seen.now, pace.acknowledge),
        oversee_by=hours.after(seen.now, pace.oversee),
        acknowledged=None,
        suppressed=None,
        suppressed_until=None,
        closed=None,
    )


def joined(item: Item, rule: Rule, news: tuple[Fact, ...], seen: Picture) -> Item:
    """The item once news has joined it: what was seen before has not seen this; it can be more urgent now.

    An acknowledgement holds, for somebody is at it, unless the item has become more urgent.
    """
    graver = _higher(item.urgency, urgency(rule, news, seen))
    if item.stage is Stage.ACKNOWLEDGED and graver is item.urgency and item.suppressed is None:
        return replace(item, since=seen.now)
    anew = raised(replace(item, urgency=graver), seen)
    if item.stage is Stage.RAISED and item.suppressed is None:
        # Who is late is late still: news does not give more time than was left.
        earlier = min(anew.next or _NEVER, item.next or _NEVER)
        return replace(anew, rung=item.rung, next=earlier, oversee_by=min(anew.oversee_by or _NEVER, _by(item)))
    return anew


def _by(item: Item) -> datetime:
    return item.oversee_by or _NEVER


def pace_of(item: Item, policy: Policy) -> Pace:
    """How long each step of this item may take."""
    return policy.pace[item.urgency]


# ── what a person does ───────────────────────────────────────────────────────────────────────────────────────


def acted(item: Item, act: Act, rule: Rule, seen: Picture, current: Policy) -> Iterator[Turn]:
    """What an act on this item changes; nothing where it no longer makes sense (it is seen already, or closed)."""
    by = By(act.author, act.grade, act.reason, act.variance)
    match act.kind:
        case ActKind.ACKNOWLEDGED:
            if item.stage in (Stage.RAISED, Stage.ACKNOWLEDGED):
                yield Turn(Change.ACKNOWLEDGED, _acknowledged(item, act, seen), by)
        case ActKind.SUPPRESSED:
            if item.stage is not Stage.CLOSED and act.reason:  # none without its reason (P18), whoever let it in
                yield _suppressed(item, act, rule, seen, by)
        case ActKind.SUPPRESSION_ENDED:
            if item.suppressed is not None:
                yield Turn(Change.SUPPRESSION_ENDED, resumed(item, seen), by)
        case ActKind.REOPENED:
            if item.stage in (Stage.OVERSEEN, Stage.CLOSED):
                yield Turn(Change.REOPENED, raised(item, seen), by)
        case ActKind.POLICY_ADOPTED:
            if item.stage is not Stage.CLOSED and item.policy != current.version:
                yield Turn(Change.POLICY_ADOPTED, _adopted(item, current, seen), by)
        case ActKind.CLAIMED | ActKind.CONFIRMED:
            pass  # see ``done``


def _acknowledged(item: Item, act: Act, seen: Picture) -> Item:
    pace, hours = pace_of(item, seen.policy), seen.policy.hours
    oversee_by = item.oversee_by
    if oversee_by is None or oversee_by <= seen.now:
        oversee_by = hours.after(seen.now, pace.oversee)
    return replace(
        item,
        stage=Stage.ACKNOWLEDGED,
        awaits=Awaits.OVERSIGHT,
        acknowledged=Done(act.author, act.grade, seen.now),
        oversee_by=oversee_by,
        next=min(hours.after(seen.now, pace.acknowledged_for), oversee_by),
        suppressed=None,
        suppressed_until=None,
    )


def _suppressed(item: Item, act: Act, rule: Rule, seen: Picture, by: By) -> Turn:
    """No suppression of an item lasts beyond the cap that its first one set."""
    policy = seen.policy
    longest = policy.suppress_unmanaged_at_most if rule.unmanaged else policy.suppress_at_most
    cap = item.suppress_cap or seen.now + longest
    until = min(act.until or cap, cap)
    capped = replace(item, suppress_cap=cap)
    if until <= seen.now:
        return Turn(Change.SUPPRESSION_ENDED, capped if item.suppressed is None else resumed(capped, seen), by)
    done = Done(act.author, act.grade, seen.now, reference=act.reason)
    return Turn(
        Change.SUPPRESSED,
        replace(capped, suppressed=done, suppressed_until=until, awaits=Awaits.SUPPRESSION_END, next=until),
        by,
    )


def resumed(item: Item, seen: Picture) -> Item:
    """The item once its suppression is over: its stage begins anew."""
    freed = replace(item, suppressed=None, suppressed_until=None)
    pace, hours = pace_of(item, seen.policy), seen.policy.hours
    match item.stage:
        case Stage.ACKNOWLEDGED | Stage.RAISED:
            # Whoever acknowledged it has put it aside since: it is told anew.
            return replace(raised(freed, seen), rung=item.rung)
        case _:
            return replace(freed, awaits=Awaits.CLEARING, next=hours.after(seen.now, pace.review))


def _adopted(item: Item, current: Policy, seen: Picture) -> Item:
    """The item under the policy in force: its present stage begins anew, by that policy's times."""
    now, pace, hours = seen.now, current.pace[item.urgency], current.hours
    moved = replace(item, policy=current.version, rung=min(item.rung, len(current.chain) - 1))
    if item.suppressed is not None:
        return moved
    span = {Stage.RAISED: pace.acknowledge, Stage.ACKNOWLEDGED: pace.acknowledged_for}.get(item.stage, pace.review)
    return replace(moved, next=hours.after(now, span), oversee_by=hours.after(now, pace.oversee))


def overseen(item: Item, record: Oversight, rule: Rule, seen: Picture) -> Turn | None:
    """What an oversight record does to this item, if it speaks of it: ends its being unseen, or is not enough (P9).

    A record that names no escalation speaks of all that its author can have known of: it must be later than the last
    news. A countersignature, a forum's outcome, or a grade below what the level needs is told where it names the item,
    for somebody may believe that it was enough.
    """
    if item.stage is Stage.CLOSED or record.kind is OversightKind.REFERRAL:
        return None
    named = record.escalation == item.id
    if not named and (record.escalation is not None or (item.since is not None and record.effective < item.since)):
        return None
    by = By(record.author, record.grade, record.none_needed, record.variance)
    if not (record.substantive and seen.manager_oversight(record)):
        return Turn(Change.OVERSIGHT_INSUFFICIENT, item, by) if named else None
    done = Done(record.author or "", record.grade, seen.now, reference=record.key)
    after = replace(item, stage=Stage.OVERSEEN, overseen=done, suppressed=None, suppressed_until=None)
    after = replace(after, awaits=Awaits.NOTHING, next=None)
    waiting = settled(after, rule, seen)
    return Turn(Change.OVERSEEN, after if waiting.stage is Stage.CLOSED else waiting, by)


def done(item: Item, act: Act, seen: Picture) -> Turn | None:
    """What a claim or a confirmation did to this item's actions; a confirmation that does not count is told, too."""
    action = acted_on(seen.file.actions, act)
    if action is None or not belongs(action, item):
        return None
    by = By(act.author, act.grade, act.reason, act.variance)
    if act.kind is ActKind.CLAIMED:
        return Turn(Change.ACTION_CLAIMED, item, by) if _did(action.claimed, act) else None
    if _did(action.confirmed, act):
        return Turn(Change.ACTION_CONFIRMED, item, by)
    return Turn(Change.CONFIRMATION_REFUSED, item, by) if action.confirmed is None else None


def _did(done: Done | None, act: Act) -> bool:
    return done is not None and (done.by, done.at) == (act.author, act.effective)


def belongs(action: Action, item: Item) -> bool:
    """Whether an action was asked for in answer to this item."""
    return action.escalation == item.id or (item.overseen is not None and action.record == item.overseen.reference)


def outstanding(item: Item, file: CaseFile) -> list[Action]:
    """The actions of an item that nobody has confirmed."""
    return [action for action in file.actions if action.confirmed is None and belongs(action, item)]


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────


def overdue(item: Item, seen: Picture) -> Turn | None:
    """What the passing of an item's deadline changes; None: it has not passed."""
    now = seen.now
    if item.next is None or item.next > now:
        return None
    pace, hours = pace_of(item, seen.policy), seen.policy.hours
    if item.awaits is Awaits.SUPPRESSION_END:
        return Turn(Change.SUPPRESSION_ENDED, resumed(item, seen))
    up = replace(item, rung=min(item.rung + 1, len(seen.policy.chain) - 1))
    match item.stage:
        case Stage.ACKNOWLEDGED if item.oversee_by is None or item.oversee_by > now:
            again = raised(up, seen)
            expired = replace(again, rung=up.rung, since=item.since, oversee_by=item.oversee_by)
            return Turn(Change.ACKNOWLEDGEMENT_EXPIRED, expired)
        case Stage.ACKNOWLEDGED:
            # Nothing came of it in the time there was: it is told up the chain, as if nobody had it.
            again = raised(up, seen)
            return Turn(Change.OVERDUE, replace(again, rung=up.rung, since=item.since))
        case Stage.RAISED:
            # At the head of the chain there is nobody further to tell: it is told again, but not every hour of a night.
            span = pace.acknowledge if up.rung > item.rung else pace.review
            return Turn(Change.OVERDUE, replace(up, next=hours.after(now, span)))
        case _:
            return Turn(Change.OVERDUE, replace(up, next=hours.after(now, pace.review)))


def settled(item: Item, rule: Rule, seen: Picture) -> Item:
    """An overseen item's next deadline as things are now; closed where nothing is left to wait for."""
    if item.stage is not Stage.OVERSEEN or item.suppressed is not None:
        return item
    now = seen.now
    review = seen.policy.hours.after(now, pace_of(item, seen.policy).review)
    ahead = item.next if item.next is not None and item.next > now else None
    actions = outstanding(item, seen.file)
    if actions:
        due = min((action.due for action in actions if action.due > now), default=None)
        if any(action.due <= now for action in actions):
            # What is late was told when it became so, and is told again at each review until it is confirmed.
            again = ahead if item.awaits is Awaits.CONFIRMATION and ahead is not None else review
            due = again if due is None else min(again, due)
        return replace(item, awaits=Awaits.CONFIRMATION, next=due)
    if rule.lasting and item.holds:
        if item.awaits is Awaits.CLEARING and ahead is not None:
            return item
        return replace(item, awaits=Awaits.CLEARING, next=review)
    return replace(item, stage=Stage.CLOSED, awaits=Awaits.NOTHING, next=None, closed=now)


def forgotten(item: Item, policy: Policy, now: datetime) -> bool:
    """Whether a closed item can no longer be reopened: what comes then is a new one."""
    return item.closed is None or now - item.closed >= max(policy.reopen_within, timedelta())
