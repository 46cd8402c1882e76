"""The life of an escalation: raised, acknowledged, overseen, its actions confirmed, closed (P9 to P12). Pure.

    RAISED ──acknowledged──► ACKNOWLEDGED ──oversight──► OVERSEEN ──actions confirmed, condition over──► CLOSED
       ▲  ▲                       │                          │                                             │
       │  └────it expires─────────┘                          │                                             │
       └───────────news joins what was overseen──────────────┴──────────reopened, or the condition returns─┘

Only a manager's oversight leads to the end, and it must say what was found and what must be done (P9): no escalation
closes unseen, whatever becomes of its condition. Each stage has a deadline. When it passes, a record goes one step
further up the chain, and the next deadline is set, so that an open escalation always has one. A suppression stops the
clock, for a reason, up to a cap that later suppressions do not move; news ends it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from streams.acts import ActKind
from streams.case import CaseFile, Escalation
from streams.escalation import Awaits, Change, Stage
from streams.events import Level, OversightKind
from streams.facts import Act, Action, Done, Oversight, Signal
from streams.fold.acts import acted_on
from streams.policy import RANK, URGENCY_RANK, Pace, Policy, Urgency
from streams.rules.rule import Rule
from streams.transitions import By, Transition
from streams.view import CaseView, Fact

_NEVER = datetime.max.replace(tzinfo=UTC)


# ── news ─────────────────────────────────────────────────────────────────────────────────────────────────────


def urgency(rule: Rule, facts: tuple[Fact, ...], view: CaseView) -> Urgency:
    """How soon somebody must look at these facts: the rule's own, or what the policy says of their gravity."""
    policy = view.policy
    found = policy.urgency[rule.id]
    if any(isinstance(fact, Signal) and fact.serious(policy) for fact in facts):
        found = _higher(found, policy.urgency_serious)
    if rule.unmanaged and view.standing.rank >= RANK[Level.VERY_HIGH]:
        found = _higher(found, policy.urgency_very_high)
    return found


def _higher(one: Urgency, other: Urgency) -> Urgency:
    return one if URGENCY_RANK[one] >= URGENCY_RANK[other] else other


def raised(escalation: Escalation, view: CaseView) -> Escalation:
    """The escalation at the beginning of its life, or at a new one: nobody has seen it.

    What an earlier oversight asked for stays this escalation's: see ``belongs``.
    """
    pace = pace_of(escalation, view.policy)
    hours = view.policy.hours
    return replace(
        escalation,
        stage=Stage.RAISED,
        awaits=Awaits.ACKNOWLEDGEMENT,
        chain_step=0,
        since=view.now,
        next_at=hours.after(view.now, pace.acknowledge),
        oversee_by=hours.after(view.now, pace.oversee),
        acknowledged=None,
        suppressed=None,
        suppressed_until=None,
        closed=None,
    )


def joined(escalation: Escalation, rule: Rule, news: tuple[Fact, ...], view: CaseView) -> Escalation:
    """The escalation once news has joined it: what was seen before has not seen this; it can be more urgent now.

    An acknowledgement holds, for somebody is at it, unless it has become more urgent.
    """
    graver = _higher(escalation.urgency, urgency(rule, news, view))
    if escalation.stage is Stage.ACKNOWLEDGED and graver is escalation.urgency and escalation.suppressed is None:
        return replace(escalation, since=view.now)
    anew = raised(replace(escalation, urgency=graver), view)
    if escalation.suppressed is not None or escalation.stage not in (Stage.RAISED, Stage.ACKNOWLEDGED):
        return anew
    # Who is late is late still: news does not give more time than was left.
    anew = replace(anew, oversee_by=min(_by(anew), _by(escalation)))
    if escalation.stage is Stage.ACKNOWLEDGED:
        return anew
    earlier = min(anew.next_at or _NEVER, escalation.next_at or _NEVER)
    return replace(anew, chain_step=escalation.chain_step, next_at=earlier)


def _by(escalation: Escalation) -> datetime:
    return escalation.oversee_by or _NEVER


def pace_of(escalation: Escalation, policy: Policy) -> Pace:
    """How long each step of this escalation may take."""
    return policy.pace[escalation.urgency]


# ── what a person does ───────────────────────────────────────────────────────────────────────────────────────


def acted(escalation: Escalation, act: Act, rule: Rule, view: CaseView, current: Policy) -> Transition | None:
    """What an act on this escalation changes; nothing where it makes no sense any more (seen already, or closed)."""
    by = By(act.author, act.grade, act.reason, act.variance)
    stage = escalation.stage
    match act.kind:
        case ActKind.ACKNOWLEDGED if stage in (Stage.RAISED, Stage.ACKNOWLEDGED):
            return Transition(Change.ACKNOWLEDGED, _acknowledged(escalation, act, view), by)
        case ActKind.SUPPRESSED if stage is not Stage.CLOSED and act.reason:  # whoever let it in without one (P18)
            return _suppressed(escalation, act, rule, view, by)
        case ActKind.SUPPRESSION_ENDED if escalation.suppressed is not None:
            return Transition(Change.SUPPRESSION_ENDED, resumed(escalation, view), by)
        case ActKind.REOPENED if stage in (Stage.OVERSEEN, Stage.CLOSED):
            return Transition(Change.REOPENED, raised(escalation, view), by)
        case ActKind.POLICY_ADOPTED if stage is not Stage.CLOSED and escalation.policy != current.version:
            return Transition(Change.POLICY_ADOPTED, _adopted(escalation, current, view), by)
    return None  # nothing that is left to do; what a claim or a confirmation does, see ``done``


def _acknowledged(escalation: Escalation, act: Act, view: CaseView) -> Escalation:
    pace, hours = pace_of(escalation, view.policy), view.policy.hours
    oversee_by = escalation.oversee_by
    if oversee_by is None or oversee_by <= view.now:
        oversee_by = hours.after(view.now, pace.oversee)
    return replace(
        escalation,
        stage=Stage.ACKNOWLEDGED,
        awaits=Awaits.OVERSIGHT,
        acknowledged=Done(act.author, act.grade, view.now),
        oversee_by=oversee_by,
        next_at=min(hours.after(view.now, pace.acknowledged_for), oversee_by),
        suppressed=None,
        suppressed_until=None,
    )


def _suppressed(escalation: Escalation, act: Act, rule: Rule, view: CaseView, by: By) -> Transition:
    """No suppression of an escalation lasts beyond the cap that its first one set."""
    policy = view.policy
    longest = policy.suppress_unmanaged_at_most if rule.unmanaged else policy.suppress_at_most
    cap = escalation.suppress_cap or view.now + longest
    until = min(act.until or cap, cap)
    capped = replace(escalation, suppress_cap=cap)
    if until <= view.now:
        return Transition(
            Change.SUPPRESSION_ENDED, capped if escalation.suppressed is None else resumed(capped, view), by
        )
    done = Done(act.author, act.grade, view.now, reference=act.reason)
    return Transition(
        Change.SUPPRESSED,
        replace(capped, suppressed=done, suppressed_until=until, awaits=Awaits.SUPPRESSION_END, next_at=until),
        by,
    )


def resumed(escalation: Escalation, view: CaseView) -> Escalation:
    """The escalation once its suppression is over: its stage begins anew."""
    freed = replace(escalation, suppressed=None, suppressed_until=None)
    pace, hours = pace_of(escalation, view.policy), view.policy.hours
    match escalation.stage:
        case Stage.ACKNOWLEDGED | Stage.RAISED:
            # Whoever acknowledged it has put it aside since: it begins anew, as nobody's.
            return replace(raised(freed, view), chain_step=escalation.chain_step)
        case _:
            return replace(freed, awaits=Awaits.CLEARING, next_at=hours.after(view.now, pace.review))


def _adopted(escalation: Escalation, current: Policy, view: CaseView) -> Escalation:
    """The escalation under the policy in force: its present stage begins anew, by that policy's times."""
    now, pace, hours = view.now, current.pace[escalation.urgency], current.hours
    moved = replace(escalation, policy=current.version, chain_step=min(escalation.chain_step, len(current.chain) - 1))
    if escalation.suppressed is not None:
        return moved
    span = {Stage.RAISED: pace.acknowledge, Stage.ACKNOWLEDGED: pace.acknowledged_for}.get(
        escalation.stage, pace.review
    )
    return replace(moved, next_at=hours.after(now, span), oversee_by=hours.after(now, pace.oversee))


def overseen(escalation: Escalation, record: Oversight, rule: Rule, view: CaseView) -> Transition | None:
    """What an oversight record does to this escalation, if it speaks of it: it is seen now, or that is not enough (P9).

    A record that names no escalation speaks of all that its author can have known of: it must be later than the last
    news. A countersignature, a forum's outcome, or a grade below what the level needs gets a record where it names
    the escalation, for somebody may believe that it was enough.
    """
    if escalation.stage is Stage.CLOSED or record.kind is OversightKind.REFERRAL:
        return None
    named = escalation.goes_by(record.escalation)
    if not named and (
        record.escalation is not None or (escalation.since is not None and record.effective < escalation.since)
    ):
        return None
    by = By(record.author, record.grade, record.none_needed, record.variance)
    if not (record.substantive and view.manager_oversight(record)):
        return Transition(Change.OVERSIGHT_INSUFFICIENT, escalation, by) if named else None
    done = Done(record.author or "", record.grade, view.now, reference=record.key)
    after = replace(escalation, stage=Stage.OVERSEEN, overseen=done, suppressed=None, suppressed_until=None)
    after = replace(after, awaits=Awaits.NOTHING, next_at=None)
    waiting = settled(after, rule, view)
    return Transition(Change.OVERSEEN, after if waiting.stage is Stage.CLOSED else waiting, by)


def done(escalation: Escalation, act: Act, view: CaseView) -> Transition | None:
    """What a claim or a confirmation did to this escalation's actions. One that does not count gets a record, too."""
    action = acted_on(view.file.actions, act)
    if action is None or not belongs(action, escalation):
        return None
    by = By(act.author, act.grade, act.reason, act.variance)
    if act.kind is ActKind.CLAIMED:
        return Transition(Change.ACTION_CLAIMED, escalation, by) if _did(action.claimed, act) else None
    if _did(action.confirmed, act):
        return Transition(Change.ACTION_CONFIRMED, escalation, by)
    return Transition(Change.CONFIRMATION_REFUSED, escalation, by) if action.confirmed is None else None


def _did(done: Done | None, act: Act) -> bool:
    return done is not None and (done.by, done.at) == (act.author, act.effective)


def belongs(action: Action, escalation: Escalation) -> bool:
    """Whether an action was asked for in answer to this escalation."""
    return escalation.goes_by(action.escalation) or (
        escalation.overseen is not None and action.record == escalation.overseen.reference
    )


def outstanding(escalation: Escalation, file: CaseFile) -> list[Action]:
    """The actions of an escalation that nobody has confirmed."""
    return [action for action in file.actions if action.confirmed is None and belongs(action, escalation)]


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────


def overdue(escalation: Escalation, view: CaseView) -> Transition | None:
    """What the passing of an escalation's deadline changes; None: it has not passed."""
    now = view.now
    if escalation.next_at is None or escalation.next_at > now:
        return None
    pace, hours = pace_of(escalation, view.policy), view.policy.hours
    if escalation.awaits is Awaits.SUPPRESSION_END:
        return Transition(Change.SUPPRESSION_ENDED, resumed(escalation, view))
    up = replace(escalation, chain_step=min(escalation.chain_step + 1, len(view.policy.chain) - 1))
    match escalation.stage:
        case Stage.ACKNOWLEDGED if escalation.oversee_by is None or escalation.oversee_by > now:
            again = raised(up, view)
            expired = replace(again, chain_step=up.chain_step, since=escalation.since, oversee_by=escalation.oversee_by)
            return Transition(Change.ACKNOWLEDGEMENT_EXPIRED, expired)
        case Stage.ACKNOWLEDGED:
            # Nothing came of it in the time there was: it goes up the chain, as if nobody had it.
            again = raised(up, view)
            return Transition(Change.OVERDUE, replace(again, chain_step=up.chain_step, since=escalation.since))
        case Stage.RAISED:
            # At the head of the chain there is nobody further up: a reminder follows, but not every hour of a night.
            span = pace.acknowledge if up.chain_step > escalation.chain_step else pace.review
            return Transition(Change.OVERDUE, replace(up, next_at=hours.after(now, span)))
        case _:
            return Transition(Change.OVERDUE, replace(up, next_at=hours.after(now, pace.review)))


def settled(escalation: Escalation, rule: Rule, view: CaseView) -> Escalation:
    """An overseen escalation's next deadline as things are now; closed where nothing is left to wait for."""
    if escalation.stage is not Stage.OVERSEEN or escalation.suppressed is not None:
        return escalation
    now = view.now
    review = view.policy.hours.after(now, pace_of(escalation, view.policy).review)
    ahead = escalation.next_at if escalation.next_at is not None and escalation.next_at > now else None
    actions = outstanding(escalation, view.file)
    if actions:
        due = min((action.due for action in actions if action.due > now), default=None)
        if any(action.due <= now for action in actions):
            # What is late got a record when it became so, and gets one at each review until it is confirmed.
            again = ahead if escalation.awaits is Awaits.CONFIRMATION and ahead is not None else review
            due = again if due is None else min(again, due)
        return replace(escalation, awaits=Awaits.CONFIRMATION, next_at=due)
    if rule.lasting and escalation.holds:
        if escalation.awaits is Awaits.CLEARING and ahead is not None:
            return escalation
        return replace(escalation, awaits=Awaits.CLEARING, next_at=review)
    return replace(escalation, stage=Stage.CLOSED, awaits=Awaits.NOTHING, next_at=None, closed=now)


def forgotten(escalation: Escalation, policy: Policy, now: datetime) -> bool:
    """Whether a closed escalation can no longer be reopened: what comes then is a new one."""
    return escalation.closed is None or now - escalation.closed >= max(policy.reopen_within, timedelta())
