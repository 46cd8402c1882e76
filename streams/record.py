"""The record of a case: what is emitted for each change of an escalation, and two chains of hashes (P17, P18). Pure.

By the chains a missing or changed entry is seen. One runs over the *events* that changed the case's file, in the order
of its log; the other over the *records* that were emitted. A record carries its number, the head of the events' chain
at its time, the hash of the record before it, and its own. The heads are in the case file. Whoever changes or takes out
an entry must change every one after it, and the heads: ``raised-risk record verify`` follows both chains from the
beginning.

A hash is 128 bits of BLAKE2b, in hex. It covers all that is said, in the order of the fields' names, times in whole
milliseconds as Avro gives them back. A field that says nothing (None) it leaves out, so that one which a later version
of the schema appends, null by default, changes no hash of before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from streams import managers, words
from streams.case import Chain, Escalation, Listed
from streams.escalation import Change, Condition, EscalationAction, EscalationRecord, EscalationSignal, Stage
from streams.events import CaseEvent
from streams.facts import Action, Oversight
from streams.life import belongs
from streams.policy import Policy
from streams.rules.rule import Rule
from streams.transitions import Transition
from streams.view import CaseView

# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────


def record(rule: Rule, transition: Transition, view: CaseView) -> EscalationRecord:
    """The record of one change of an escalation. It is sealed later."""
    change, one, by, _ = transition
    referral, levels, notes = words.referral(view), words.levels(view), tuple(words.notes(one, view))
    there = managers.in_words(view.attachment, view.present, view.policy, view.grades, view.now)
    actions = tuple(action for action in view.file.actions if belongs(action, one))
    cohorts = view.standard.cohorts
    return EscalationRecord(
        escalation_id=one.id,
        revision=one.revision,
        case_id=view.file.case,
        cohort="both" if len(cohorts) > 1 else next(iter(cohorts)).value,
        rule=rule.id,
        principles=rule.principles,
        change=change,
        condition=Condition.HOLDS if one.holds else Condition.CLEARED,
        reason=_reason(rule, transition, view, there, referral, actions),
        manager=there,
        levels=levels,
        signals=tuple(map(_signal, one.listed)),
        signals_left_out=one.left_out,
        known_since=whole_ms(one.known_since),
        referred_at=None if referral is None else whole_ms(referral.effective),
        referred_by=None if referral is None else referral.author,
        notes=notes,
        policy_version=view.policy.version,
        at=whole_ms(view.now),
        stage=one.stage,
        urgency=one.urgency.value,
        turn=current_step(one, view.policy),
        awaits=one.awaits,
        next_at=whole_ms(one.next_at),
        actor=by.author,
        actor_grade=by.grade,
        decision=by.decision,
        variance=by.variance,
        actions=tuple(map(_action, actions)),
        suppressed_until=whole_ms(one.suppressed_until),
    )


def current_step(escalation: Escalation, policy: Policy) -> str:
    """Whose turn it is: a step of the policy's chain."""
    return policy.chain[min(escalation.chain_step, len(policy.chain) - 1)]


def _reason(
    rule: Rule,
    transition: Transition,
    view: CaseView,
    there: str,
    referral: Oversight | None,
    actions: tuple[Action, ...],
) -> str:
    """What has changed, why, since when, and whose turn it is, in one paragraph."""
    change, one, _, news = transition
    named = tuple(fact for fact in one.listed if not fact.taken_back)
    if change is Change.JOINED:
        heard = {fact.key for fact in news}
        named = tuple(fact for fact in named if fact.key in heard)
    condition = Condition.HOLDS if one.holds else Condition.CLEARED
    says = rule.says(view, named, there) if one.holds else rule.cleared(view, there)
    listed = words.signals(named, one.left_out)
    said = words.CHANGES[change, condition].format(condition=says, **_about(transition, view, actions))
    known = f"Known since {words.minute(one.known_since)}"
    referred = (
        f"The case was referred {words.minute(referral.effective)} by {referral.author or 'somebody unnamed'}"
        if referral
        else "Nobody has referred the case, which excuses nothing (P7)"
    )
    sentences = [f"{rule.id} ({', '.join(rule.principles)}): {said}"]
    if named:
        sentences.append(f"Signals: {listed}")
    sentences += (known, referred)
    if one.next_at is not None:
        step = current_step(one, view.policy)
        sentences.append(f"It is the turn of the {step}: {words.AWAITS[one.awaits]} {words.minute(one.next_at)}")
    return ". ".join(sentences) + "."


def _about(transition: Transition, view: CaseView, actions: tuple[Action, ...]) -> dict[str, str]:
    """What the words of a change may name besides the condition."""
    change, one, by, _ = transition
    who = " ".join(part for part in (by.grade, by.author) if part) or "somebody unnamed"
    why = f" ({by.decision})" if by.decision else ""
    return {
        "who": who,
        "why": why,
        "by_whom": f" by {who}{why}" if by.author else "",
        "asked": f"{words.many(len(actions), 'action')} required" if actions else f"no action is needed{why}",
        "left": words.many(sum(action.confirmed is None for action in actions), "more")
        if change is Change.ACTION_CONFIRMED
        else "",
        "moved": _moved(one, view),
    }


def _moved(one: Escalation, view: CaseView) -> str:
    """Where an escalation has gone with its case, or how it came."""
    if view.file.merged_into:
        return f"its case was merged into {view.file.merged_into}, where it goes on"
    if one.stage is Stage.CLOSED:
        joined = any(each.rule == one.rule for each in view.file.open)
        return (
            "it came with a case, and goes on in one of this case"
            if joined
            else "its case was given back: it goes on there"
        )
    if one.formerly:
        return f"its case lives again, and it goes on; before, it was {one.formerly[-1]}"
    return "it came with a case, and goes on"


def _signal(fact: Listed) -> EscalationSignal:
    times = fact.times
    return EscalationSignal(
        kind=fact.kind,
        content_id=fact.content,
        sighting=fact.sighting,
        summary=f"taken back: {fact.summary}" if fact.taken_back else fact.summary,
        occurred_at=whole_ms(times.occurred),
        recorded_at=whole_ms(times.recorded),
        received_at=whole_ms(times.received),
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


T = TypeVar("T", datetime, datetime | None)


def whole_ms(at: T) -> T:
    """A time in whole milliseconds, as Avro gives it back; the rest is cut."""
    return at if at is None or not at.microsecond % 1000 else at.replace(microsecond=at.microsecond // 1000 * 1000)


# ── the chains ───────────────────────────────────────────────────────────────────────────────────────────────

_encode = msgspec.msgpack.Encoder().encode
_encode_by_name = msgspec.msgpack.Encoder(order="sorted").encode

SEALS = ("hash",)
"""The fields of a record that its hash does not cover."""


def chained(head: str, event: CaseEvent, at: datetime) -> str:
    """The head of the events' chain after this event, whose time in the case's log is ``at``.

    ``content_id`` stands for the fact: see ``events.content_of``.
    """
    origin, times = event.origin, event.times
    said = (
        head,
        at,
        event.case,
        # By their fields, not as Structs: one that is appended to them later must change no hash of before.
        (origin.topic, origin.partition, origin.offset, origin.path),
        event.sender_id,
        event.content_id,
        (times.occurred, times.recorded, times.received),
        event.forwarded,
        event.also_known,
        event.matched_by,
    )
    return blake2b(_encode(said), digest_size=16).hexdigest()


def sealed(chain: Chain, records: tuple[EscalationRecord, ...]) -> tuple[Chain, tuple[EscalationRecord, ...]]:
    """The records with their place in the chain, and the chain after them."""
    count, head = chain.count, chain.records
    entries: list[EscalationRecord] = []
    for one in records:
        count += 1
        entry = replace(one, entry=count, events_head=chain.events, previous=head, hash=None)
        head = blake2b(_encode_by_name(entry), digest_size=16).hexdigest()  # as digest has it, and much faster
        entries.append(replace(entry, hash=head))
    return Chain(chain.events, head, count), tuple(entries)


def digest(record: Mapping[str, Any]) -> str:
    """The hash of a record, as it was read back from its topic."""
    said = {name: _plain(value) for name, value in record.items() if value is not None and name not in SEALS}
    return blake2b(_encode_by_name(said), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    """The value as Avro gives it back."""
    kind = type(value)  # the values of a record are of these very types, and most are texts
    if kind is str:
        return value
    if kind is datetime:
        return whole_ms(value)
    if kind is dict:
        return {name: _plain(each) for name, each in value.items() if each is not None}
    if kind is list or kind is tuple:
        return [_plain(each) for each in value]
    return value
