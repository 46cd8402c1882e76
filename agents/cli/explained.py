"""An explained case in words, and as rows for programs: what ``raised-risk case --explain`` prints.

The reasons are those of the escalation records, word for word. Nothing here reads or decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from agents.cli import words
from agents.cli.session import many, when
from agents.queries.explaining import GONE, Explained, Explanation
from streams.escalation import EscalationRecord
from streams.timeline import Aware, Emission, Entry, Referral, Version
from streams.words import short

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
    for one in found.escalations:
        yield {
            "what": "escalation",
            "escalation_id": one.escalation,
            "rule": one.rule,
            "sentence": one.sentence,
            "principles": dict(one.principles),
            "state": _state(one),
            "item": words.named(one.on_file),
            "life": [record.record() for record in one.life],
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
            "told": [words.named(record) for record in entry.told],
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
    for one in found.escalations:
        yield ""
        yield from _explanation(one)
    yield ""
    yield "awareness timeline (UTC; delivered and seen: nothing tells yet):"
    for entry in found.timeline.entries:
        yield from _entry(entry)


def _state(one: Explanation) -> str:
    if one.on_file is None:
        return "no longer in the file"
    return "open" if one.is_open else "closed"


# ── an escalation ────────────────────────────────────────────────────────────────────────────────────────────


def _explanation(one: Explanation) -> Iterator[str]:
    yield f"{one.rule} {one.escalation} ({_state(one)})"
    yield f"  rule: {one.sentence}"
    for principle, sentence in one.principles:
        yield f"  {principle}: {sentence}"
    if not one.life:
        yield "  nothing was emitted of it by then"
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
        for record in one.life:
            yield from _change(record, before)
            before = record
    if one.aware is not None:
        yield from _aware(one.aware)


def _signals(last: EscalationRecord) -> Iterator[str]:
    left_out = f", and {last.signals_left_out} more that are only counted" if last.signals_left_out else ""
    yield f"  signals{left_out}:" if last.signals else f"  signals: none{left_out}"
    for signal in last.signals:
        times = _times(signal.occurred_at, signal.recorded_at, signal.received_at)
        yield f"    {signal.summary} ({times}; {signal.sighting})"


def _times(occurred: datetime | None, recorded: datetime | None, received: datetime) -> str:
    return f"occurred {_or_unknown(occurred)}, recorded {_or_unknown(recorded)}, received {when(received)}"


def _or_unknown(at: Any) -> str:
    return when(at) if at is not None else "not known"


def _change(record: EscalationRecord, before: EscalationRecord | None) -> Iterator[str]:
    """One change; and what was known then, where that was not so at the change before."""
    change = short(record.change).upper()
    who = " ".join(part for part in (record.actor_grade, record.actor) if part)
    by = f" by {who}" if who else ""
    said = "".join(
        f"; {name}: {value}" for name, value in (("decision", record.decision), ("variance", record.variance)) if value
    )
    yield f"    {when(record.at)}  {record.revision}. {change}{by}{said}"
    if record.manager == GONE:
        return
    if before is None or before.levels != record.levels:
        yield f"      levels known then: {'; '.join(record.levels) or 'none'}"
    if before is None or before.manager != record.manager:
        yield f"      manager then: {record.manager}"
    if record.notes and (before is None or before.notes != record.notes):
        yield from (f"      note: {note}" for note in record.notes)
    if before is not None and before.policy_version != record.policy_version:
        yield f"      policy {record.policy_version}"
    if record.actions and (before is None or before.actions != record.actions):
        yield from (f"      required: {words.required(action)}" for action in words.named(record.actions))


def _aware(aware: Aware) -> Iterator[str]:
    yield f"  known since {when(aware.known_since)}, emitted {when(aware.told)}, {words.span(aware.told_after)} later"
    yield f"  acknowledged: {_acknowledged(aware)}"
    if aware.referred_before is None and aware.referred_after is None:
        yield "  referred: by nobody, which excuses nothing (P7)"
    if aware.referred_before is not None:
        yield f"  referred: {_referral(aware.referred_before)}, before it was known here"
    if aware.referred_after is not None:
        later = words.span(aware.referred_after.at - aware.known_since)
        yield f"  referred: {_referral(aware.referred_after)}, {later} after it was known here (P7)"


def _acknowledged(one: Aware | Emission) -> str:
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
    yield f"    {_times(times.occurred, times.recorded, times.received)}{after}, processed {when(entry.processed)}"
    for record in entry.told:
        yield (
            f"    emitted with {record.rule} {record.escalation}, {record.change.value.replace('_', ' ').lower()}, "
            f"{when(record.at)}, {words.span(entry.told_after(record))} after receipt; "
            f"delivered: {when(record.delivered) if record.delivered else _UNKNOWN}; "
            f"seen: {when(record.seen) if record.seen else _UNKNOWN}; acknowledged: {_acknowledged(record)}"
        )
