"""Court appearances (P4) from a sender who knows the case. Hearings that name no case come as common_platform."""

from __future__ import annotations

from datetime import datetime

from streams.events import AppearanceDeleted, CourtAppearance, Origin
from streams.feeds.record import Record, offences, read
from streams.sightings import Part


def translate(record: Record, origin: Origin, received: datetime) -> tuple[Part, ...]:
    """The appearance, or that the court took it back. Raises Untranslatable. Pure.

    The sender names no person beside the case, so within the hearing the case stands for the person, and a deletion
    takes back everything of that hearing in this case's file. A sitting may lie ahead.
    """
    reading = read("courts", record, origin, received)
    times = reading.times(reading.planned("occurred_at"))
    hearing = reading.id("hearing_id")
    if record["status"] == "DELETED":
        return (reading.event(AppearanceDeleted(hearing), times),)
    appearance = CourtAppearance(
        hearing=hearing,
        person=reading.case,
        court=record["court_code"],
        kind=record["kind"],
        offences=offences(record),
        application=record["application"],
        remanded=record["remanded"],
        resulted=record["status"] == "RESULTED",
    )
    return (reading.event(appearance, times),)
