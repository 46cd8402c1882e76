"""An explained case in words, and as rows for programs: what ``raised-risk case --explain`` prints.

The reasons are those of the escalation records, word for word. Nothing here reads or decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agents.cli import words
from agents.cli.session import many, when
from agents.desk.explaining import GONE, Explained, Explanation
from streams.escalation import EscalationRecord, EscalationSignal
from streams.timeline import Aware, Entry, Referral, Told, Version

_UNKNOWN = "not known yet"
"""Of delivery and sight, which nothing tells yet: never "no"."""


def rows(found: Explained) -> Iterator[dict[str, Any]]:
    """One row a thing: the file, each escalation, each entry of the timeline, each difference."""
    yield {
        "what": "explained",
        "case": found.case,
        "as_at": found.as_at,
        "policy_version": found.policy.version if found.policy else None,
        "policy_in_force_since": found.in_force_since,
        "events": found.events,
        "not_folded": found.not_folded,
        "erased": found.erased,
        "file": words.named(found.file),
    }
    for one in found.items:
        yield {
            "what": "escalation",
            "escalation_id": one.escalation,
            "rule": one.rule,
            "sentence": one.sentence,
            "principles": dict(one.principles),
            "state": _state(one),
            "item": words.named(one.item),
            "life": [told.record() for told in one.life],
            "aware": _aware_row(one.aware),
        }
    for entry in found.timeline.entries:
        yield {
            "what": "timeline",
            "sighting": entry.sighting,
            "fact": entry.summary or words.fact(entry.event.fact),
            "occurred": entry.event.times.occurred,
            "recorded": entry.event.times.recorded,
            "received": entry.event.times.received,
            "processed": entry.processed,
            "version": entry.version.value,
            "of": entry.of,
            "told": [words.named(told) for told in entry.told],
        }
    for difference in found.differences:
        yield {"what": "difference", "difference": difference}


def _aware_row(aware: Aware | None) -> dict[str, Any] | None:
    if aware is None:
        return None
    return {**words.named(aware), "told_after_seconds": aware.told_after.total_seconds()}


def lines(found: Explained) -> Iterator[str]:
    """All of it for people."""
    at = f" as it was {when(found.as_at)}" if found.as_at else ""
    yield f"{found.case}{at}, by {many(found.events, 'event')} of its log"
    if found.policy is not None:
        since = f", in force since {when(found.in_force_since)}" if found.in_force_since else ""
        yield f"  policy {found.policy.version}{since}"
    if found.erased:
        yield f"  what came before {when(found.erased)} is erased, and shown to nobody; that decisions were made stays"
    if found.not_folded:
        yield f"  {many(found.not_folded, 'event')} in the log not folded yet"
    yield ""
    if found.file is not None:
        yield from words.file(found.file)
    for one in found.items:
        yield ""
        yield from _explanation(one)
    yield ""
    yield "awareness timeline (UTC; delivered and seen: nothing tells yet):"
    for entry in found.timeline.entries:
        yield from _entry(entry)


def _state(one: Explanation) -> str:
    if one.item is None:
        return "no longer in the file"
    return "open" if one.is_open else "closed"


# ── an escalation ────────────────────────────────────────────────────────────────────────────────────────────


def _explanation(one: Explanation) -> Iterator[str]:
    yield f"{one.rule} {one.escalation} ({_state(one)})"
    yield f"  rule: {one.sentence}"
    for principle, sentence in one.principles:
        yield f"  {principle}: {sentence}"
    if not one.life:
        yield "  nothing was told of it by then"
    else:
        last = one.life[-1]
        yield f"  why: {one.life[0].reason}"
        if len(one.life) > 1:
            yield f"  now: {last.reason}"
        if one.is_open:
            yield f"  turn: {last.turn}, {words.awaited(last.awaits, last.next_at)}"
        yield f"  urgency: {last.urgency}; policy {last.policy_version}"
        yield from _signals(last)
        yield "  its life so far:"
        before: EscalationRecord | None = None
        for told in one.life:
            yield from _change(told, before)
            before = told
    if one.aware is not None:
        yield from _aware(one.aware)


def _signals(last: EscalationRecord) -> Iterator[str]:
    left_out = f", and {last.signals_left_out} more that are only counted" if last.signals_left_out else ""
    yield f"  signals{left_out}:" if last.signals else f"  signals: none{left_out}"
    yield from (f"    {signal.summary} ({_signal_times(signal)}; {signal.sighting})" for signal in last.signals)


def _signal_times(signal: EscalationSignal) -> str:
    return (
        f"occurred {_or_unknown(signal.occurred_at)}, recorded {_or_unknown(signal.recorded_at)}, "
        f"received {when(signal.received_at)}"
    )


def _or_unknown(at: Any) -> str:
    return when(at) if at is not None else "not known"


def _change(told: EscalationRecord, before: EscalationRecord | None) -> Iterator[str]:
    """One change; and what was known then, where that was not so at the change before."""
    change = told.change.value.replace("_", " ")
    who = " ".join(part for part in (told.actor_grade, told.actor) if part)
    by = f" by {who}" if who else ""
    said = "".join(
        f"; {name}: {value}" for name, value in (("decision", told.decision), ("variance", told.variance)) if value
    )
    yield f"    {when(told.at)}  {told.revision}. {change}{by}{said}"
    if told.manager == GONE:
        return
    if before is None or before.levels != told.levels:
        yield f"      levels known then: {'; '.join(told.levels) or 'none'}"
    if before is None or before.manager != told.manager:
        yield f"      manager then: {told.manager}"
    if told.notes and (before is None or before.notes != told.notes):
        yield from (f"      note: {note}" for note in told.notes)
    if before is not None and before.policy_version != told.policy_version:
        yield f"      policy {told.policy_version}"
    if told.actions and (before is None or before.actions != told.actions):
        yield from (f"      required: {words.required(action)}" for action in words.named(told.actions))


def _aware(aware: Aware) -> Iterator[str]:
    yield f"  known since {when(aware.known_since)}, told {when(aware.told)}, {words.span(aware.told_after)} later"
    yield f"  acknowledged: {_acknowledged(aware)}"
    if aware.referred_before is None and aware.referred_after is None:
        yield "  referred: by nobody, which excuses nothing (P7)"
    if aware.referred_before is not None:
        yield f"  referred: {_referral(aware.referred_before)}, before it was known here"
    if aware.referred_after is not None:
        later = words.span(aware.referred_after.at - aware.known_since)
        yield f"  referred: {_referral(aware.referred_after)}, {later} after it was known here (P7)"


def _acknowledged(one: Aware | Told) -> str:
    if one.acknowledged is None:
        return "by nobody"
    return f"{when(one.acknowledged)} by {one.acknowledged_by or 'somebody unnamed'}"


def _referral(referral: Referral) -> str:
    return f"{when(referral.at)} by {referral.by or 'somebody unnamed'} (received {when(referral.received)})"


# ── the timeline ─────────────────────────────────────────────────────────────────────────────────────────────

_VERSIONS = {
    Version.AGAIN: "a second delivery of",
    Version.CORRECTION: "a correction of",
    Version.OLDER: "an older version, come late, of",
}


def _entry(entry: Entry) -> Iterator[str]:
    times = entry.event.times
    yield f"  {entry.summary or words.fact(entry.event.fact)}  ({entry.sighting})"
    if entry.version in _VERSIONS:
        yield f"    {_VERSIONS[entry.version]} {entry.of}"
    lag = entry.reached_us_after
    after = (
        "" if lag is None else f", {words.span(lag)} {'after' if lag.total_seconds() >= 0 else 'before'} it occurred"
    )
    yield (
        f"    occurred {_or_unknown(times.occurred)}, recorded {_or_unknown(times.recorded)}, "
        f"received {when(times.received)}{after}, processed {when(entry.processed)}"
    )
    for told in entry.told:
        yield (
            f"    told with {told.rule} {told.escalation}, {told.change.value.replace('_', ' ').lower()}, "
            f"{when(told.at)}, {words.span(entry.told_after(told))} after receipt; "
            f"delivered: {when(told.delivered) if told.delivered else _UNKNOWN}; "
            f"seen: {when(told.seen) if told.seen else _UNKNOWN}; acknowledged: {_acknowledged(told)}"
        )
