"""Assessment updates (P1, P5): screenings and full assessments, adult and youth, at any status."""

from __future__ import annotations

from datetime import datetime

from streams.events import (
    Assessed,
    AssessmentKind,
    AssessmentStatus,
    Cohort,
    Domain,
    DomainLevel,
    Level,
    Origin,
    Setting,
)
from streams.feeds.record import Record, code, read
from streams.sightings import Part


def translate(record: Record, origin: Origin, received: datetime) -> tuple[Part, ...]:
    """The assessment as far as it got; a level that was not given stays None, which is never low.

    It occurred when the judgement was made: as the sender says, else at its completion. Raises Untranslatable. Pure.
    """
    reading = read("assessments", record, origin, received)
    assessed = Assessed(
        assessment=reading.id("assessment_id"),
        kind=AssessmentKind[record["kind"]],
        cohort=Cohort[record["cohort"]],
        tool=code(record["tool"]),
        status=AssessmentStatus[record["status"]],
        started=reading.past("started_at"),
        completed=reading.past("completed_at"),
        levels=tuple(
            DomainLevel(
                Domain[given["domain"]],
                Setting[given["setting"]],
                None if given["level"] is None else Level[given["level"]],
            )
            for given in record["levels"]
        ),
        indicators=tuple(record["indicators"]),
    )
    return (reading.event(assessed, reading.times(reading.past("occurred_at", "completed_at"))),)
