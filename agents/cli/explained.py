"""An explained case in words, and as rows for programs: what ``raised-risk case --explain`` prints.

The reasons are those of the escalation records, word for word. Nothing here reads or decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agents.cli.session import many, when
from agents.cli.words import details, fact, file, named, said, span
from agents.queries.explaining import GONE, Explained, Explanation
from streams.escalation import EscalationRecord
from streams.timeline import Aware, Entry, Version
from streams.words import short


def rows(found: Explained) -> Iterator[dict[str, Any]]:
    """One row a thing: the file, each escalation, each entry of the timeline, each difference."""
    apart = {"escalations", "timeline", "differences"}  # in rows of their own
    shown = [name for name in found.__struct_fields__ if name not in apart]
    yield {"what": "explained"} | {name: named(getattr(found, name)) for name in shown}
    for one in found.escalations:
        row = {"what": "escalation", "state": one.state, **named(one)}
        if one.aware is not None:
            row["aware"]["told_after_seconds"] = one.aware.told_after.total_seconds()
        yield row
    for entry in found.timeline.entries:
        told = {"sighting": entry.sighting, "fact": _fact(entry), **named(entry.event.times)}
        yield {"what": "timeline", **told, **named(entry)}
    for difference in found.differences:
        yield {"what": "difference", "difference": difference}


def lines(found: Explained) -> Iterator[str]:
    """All of it for people."""
    at = f" as it was {when(found.as_at)}" if found.as_at else ""
    yield f"{found.case}{at}, by {many(found.events, 'event')} of its log{said(_OF_ALL, found)}"
    yield ""
    if found.file is not None:
        yield from file(found.file)
    for one in found.escalations:
        yield ""
        yield from _explanation(one)
    yield ""
    yield "awareness timeline (UTC; delivered and seen: nothing tells yet):"
    for entry in found.timeline.entries:
        yield from _entry(entry)


_OF_ALL = (
    "[\n  policy {policy_version}][, in force since {policy_in_force_since}]"
    "[\n  what came before {erased} is erased, and shown to nobody; that decisions were made stays]"
    "[\n  events in the log that are not folded yet: {not_folded}]"
)


# ── an escalation ────────────────────────────────────────────────────────────────────────────────────────────


def _explanation(one: Explanation) -> Iterator[str]:
    yield said("{rule} {escalation_id} ({state})\n  rule: {sentence}", one)
    yield from (f"  {principle}: {sentence}" for principle, sentence in one.principles.items())
    if not one.life:
        yield "  nothing was emitted of it by then"
        return
    last = one.life[-1]
    yield f"  why: {one.life[0].reason}"
    if len(one.life) > 1:
        yield f"  now: {last.reason}"
    if one.state == "open":
        yield said("  turn: {turn}[, {awaits} {next_at}]", last)
    yield said("  urgency: {urgency}; policy {policy_version}", last)
    yield said("  signals[, and {signals_left_out} more that are only counted]{signals::/: none}", last)
    yield from (f"    {fact(signal)}" for signal in last.signals)
    yield "  its life so far:"
    for before, record in zip((None, *one.life), one.life, strict=False):
        yield from _change(record, before)
    if one.aware is not None:
        yield from _aware(one.aware)


def _change(record: EscalationRecord, before: EscalationRecord | None) -> Iterator[str]:
    """One change; and what was known then, where that was not so at the change before."""
    by = said("{actor: by/}[ {actor_grade}][ {actor}][; decision: {decision}][; variance: {variance}]", record)
    yield f"    {when(record.at)}  {record.revision}. {short(record.change).upper()}{by}"
    if record.manager != GONE:
        yield from (f"      {each}" for each in details(record, before))


_ACKNOWLEDGED = "acknowledged: [{acknowledged}][ by {acknowledged_by}]{acknowledged:/by nobody}"


def _aware(aware: Aware) -> Iterator[str]:
    yield said("  known since {known_since}, emitted {told}, {told_after} later\n  " + _ACKNOWLEDGED, aware)
    if aware.referred_before is None and aware.referred_after is None:
        yield "  referred: by nobody, which excuses nothing (P7)"
    if aware.referred_before is not None:
        yield f"  referred: {fact(aware.referred_before)}, before it was known here"
    if aware.referred_after is not None:
        later = span(aware.referred_after.at - aware.known_since)
        yield f"  referred: {fact(aware.referred_after)}, {later} after it was known here (P7)"


# ── the timeline ─────────────────────────────────────────────────────────────────────────────────────────────

_VERSIONS = {
    Version.AGAIN: "a second delivery of",
    Version.CORRECTION: "a correction of",
    Version.OLDER: "an older version, come late, of",
}


def _entry(entry: Entry) -> Iterator[str]:
    yield f"  {_fact(entry)}  ({entry.sighting})"
    if entry.version in _VERSIONS:
        yield f"    {_VERSIONS[entry.version]} {entry.of}"
    lag = entry.reached_us_after
    after = f", {span(lag)} {'after' if lag.total_seconds() >= 0 else 'before'} it occurred" if lag is not None else ""
    yield f"    {fact(entry.event.times)}{after}, processed {when(entry.processed)}"
    for one in entry.told:
        emitted = said("    emitted with {rule} {escalation}, {change}, {at}", one)
        heard = said("delivered: {delivered:not known yet}; seen: {seen:not known yet}; " + _ACKNOWLEDGED, one)
        yield f"{emitted}, {span(entry.told_after(one))} after receipt; {heard}"


def _fact(entry: Entry) -> str:
    return entry.summary or fact(entry.event.fact)
