"""The words of an escalation: why, who was there, what was known, since when. Pure.

The same words reach the alert, the log, the page and the test. No name, no address, no free text of the police: codes,
kinds, levels and times. Times are UTC.
"""

from __future__ import annotations

from datetime import datetime

from streams import managers
from streams.case import Action, CaseFile, Item, Joined, Oversight
from streams.escalation import Change, Condition, Escalation, EscalationAction, EscalationSignal
from streams.events import OversightKind
from streams.life import NOBODY, By, belongs
from streams.policy import Policy
from streams.primitives import whole_ms
from streams.reasons.sentence import sentence, turn
from streams.reasons.then import levels, notes
from streams.rules.picture import Fact, Picture, picture
from streams.rules.rule import Rule


def escalation(
    rule: Rule, item: Item, change: Change, news: tuple[Fact, ...], seen: Picture, by: By = NOBODY
) -> Escalation:
    """The record that tells this change of the item."""
    referral = _referral(seen)
    manager = managers.in_words(seen.attachment, seen.present, seen.policy, seen.grades, seen.now)
    return Escalation(
        escalation_id=item.id,
        revision=item.revision,
        case_id=seen.file.case,
        cohort="both" if len(seen.standard.cohorts) > 1 else next(iter(seen.standard.cohorts)).value,
        rule=rule.id,
        principles=rule.principles,
        change=change,
        condition=Condition.HOLDS if item.holds else Condition.CLEARED,
        reason=sentence(rule, item, change, news, seen, manager, referral, by),
        manager=manager,
        levels=tuple(levels(seen)),
        signals=tuple(_signal(joined) for joined in item.joined),
        signals_left_out=item.left_out,
        known_since=whole_ms(item.known_since),
        referred_at=whole_ms(referral.effective) if referral else None,
        referred_by=referral.author if referral else None,
        notes=tuple(notes(item, seen)),
        policy_version=seen.policy.version,
        at=whole_ms(seen.now),
        stage=item.stage,
        urgency=item.urgency.value,
        turn=turn(item, seen.policy),
        awaits=item.awaits,
        next_at=whole_ms(item.next),
        actor=by.author,
        actor_grade=by.grade,
        decision=by.decision,
        variance=by.variance,
        actions=tuple(_action(action) for action in seen.file.actions if belongs(action, item)),
        suppressed_until=whole_ms(item.suppressed_until),
    )


def raised_levels(file: CaseFile, policy: Policy, now: datetime) -> tuple[str, ...]:
    """The levels by which a case is raised, in words, for those whom it tells; none where it has nobody to tell."""
    if file.raised is None or not file.links:
        return ()
    return tuple(f"{known.given.domain}: {known.given.level}" for known in picture(file, policy, now).standing.raised)


def _signal(joined: Joined) -> EscalationSignal:
    return EscalationSignal(
        kind=joined.kind,
        content_id=joined.content,
        sighting=joined.sighting,
        summary=f"taken back: {joined.summary}" if joined.taken_back else joined.summary,
        occurred_at=whole_ms(joined.times.occurred),
        recorded_at=whole_ms(joined.times.recorded),
        received_at=whole_ms(joined.times.received),
    )


def _action(action: Action) -> EscalationAction:
    claimed, confirmed = action.claimed, action.confirmed
    return EscalationAction(
        action=action.action,
        what=action.what,
        owner=action.owner,
        due=whole_ms(action.due),
        claimed_at=whole_ms(claimed.at) if claimed else None,
        claimed_by=claimed.by if claimed else None,
        confirmed_at=whole_ms(confirmed.at) if confirmed else None,
        confirmed_by=confirmed.by if confirmed else None,
        evidence=confirmed.evidence.value if confirmed and confirmed.evidence else None,
        reference=confirmed.reference if confirmed else None,
    )


def _referral(seen: Picture) -> Oversight | None:
    """The latest referral, whatever it was about: for each escalation it says whether the case had been referred."""
    referrals = (record for record in seen.file.oversight if record.kind is OversightKind.REFERRAL)
    return max(referrals, key=lambda record: record.effective, default=None)
