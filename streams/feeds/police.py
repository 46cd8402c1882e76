"""Police notifications (P3): an arrest, a charge or a call-out, from a sender who knows the case."""

from __future__ import annotations

from datetime import datetime

from streams.events import Origin, PoliceContact, PoliceKind, PoliceRole
from streams.feeds.record import Record, code, offences, read
from streams.sightings import Part


def translate(record: Record, origin: Origin, received: datetime) -> tuple[Part, ...]:
    """The contact, with the role exactly as the force gave it. Raises Untranslatable. Pure."""
    reading = read("police", record, origin, received)
    contact = PoliceContact(
        kind=PoliceKind[record["kind"]],
        role=PoliceRole[record["role"]],
        force=record["sender"],
        reference=record["reference"],
        grade=record["grade"],
        grade_tool=code(record["grade_tool"]),
        children_present=record["children_present"],
        offences=offences(record),
    )
    return (reading.event(contact, reading.times(reading.past("occurred_at"))),)
