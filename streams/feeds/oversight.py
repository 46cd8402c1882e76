"""Oversight records (P7, P9, P15, P19): referrals, discussions, countersignatures, forum outcomes."""

from __future__ import annotations

from datetime import datetime

from streams.events import Origin, Oversight, OversightKind
from streams.feeds.record import Record, code, read
from streams.sightings import Part


def translate(record: Record, origin: Origin, received: datetime) -> tuple[Part, ...]:
    """The record under its own kind: a forum's outcome stays a forum's outcome. Raises Untranslatable. Pure."""
    reading = read("oversight", record, origin, received)
    oversight = Oversight(
        record=reading.id("message_id"),
        kind=OversightKind[record["kind"]],
        author=code(record["author_staff_code"]),
        author_grade=code(record["author_grade"]),
        forum=record["forum"],
        decision=record["decision"],
        escalation=record["escalation_id"],
    )
    return (reading.event(oversight, reading.times(reading.past("occurred_at"))),)
