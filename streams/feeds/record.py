"""How a record of our own Avro feeds is read: its case, its sender's id, its times. The same for all five.

The codec has already checked shape and types, so what is left to refuse is what only sense can tell: a case reference
of no known shape, an id that cannot be one, dates that cannot be true.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from streams.events import CaseEvent, CaseId, Fact, Offence, Origin, Times, content_of
from streams.faults import Untranslatable
from streams.identity import LONGEST, case_ids, joined, opaque

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Nothing reported of a living person happened before it: such a date is one that some system left unset."""

CLOCK_SKEW = timedelta(days=1)
"""How far a time of the past may lie after its receipt: a wrong time zone or a fast clock, and no more."""

PLANNED_AHEAD = timedelta(days=3653)
"""How far ahead a planned time may lie (a sitting, the start of an allocation): ten years."""

Record = Mapping[str, Any]
"""A record as fastavro gives it: enums as their symbols, times as aware UTC datetimes."""


class Reading(NamedTuple):
    """A record whose case and sender's id are known, and what its dates may be measured against."""

    feed: str
    record: Record
    origin: Origin
    received: datetime
    case: CaseId
    also_known: CaseId | None
    sender_id: str

    def past(self, *fields: str) -> datetime | None:
        """The first of these times that was given; none of them may lie ahead of its receipt (a day's skew aside)."""
        return self._first(fields, self.received + CLOCK_SKEW)

    def planned(self, *fields: str) -> datetime | None:
        """The first of these times that was given; they may lie ahead."""
        return self._first(fields, self.received + PLANNED_AHEAD)

    def until(self, field: str) -> datetime | None:
        """An end, which may lie as far ahead as the sender likes: systems write 9999 for "no end"."""
        return self._first((field,), None)

    def _first(self, fields: tuple[str, ...], latest: datetime | None) -> datetime | None:
        first = None
        for field in fields:
            value: datetime | None = self.record[field]
            if value is None:
                continue
            if value < EARLIEST or (latest is not None and value > latest):
                raise Untranslatable(
                    f"bad dates: {field} is {value:%Y-%m-%d}, and the record was received {self.received:%Y-%m-%d}",
                    "correct the date at the sender and send the record again under the same message id",
                    case=self.case,
                )
            first = first or value
        return first

    def times(self, occurred: datetime | None) -> Times:
        """The three times of the fact; when it was recorded can never lie ahead."""
        return Times(occurred, self.past("recorded_at"), self.received)

    def event(self, fact: Fact, times: Times) -> CaseEvent:
        """The fact as an event of this record's case."""
        return CaseEvent(
            self.case,
            self.origin,
            self.sender_id,
            content_of(fact, times.occurred),
            times,
            fact,
            self.also_known,
        )

    def id(self, field: str) -> str:
        """An id of the sender's, canonical; one that is empty, unprintable or over-long is refused."""
        value = opaque(self.record[field])
        if value is None:
            raise Untranslatable(
                f"{field} cannot be an id: it is empty, unprintable or longer than {LONGEST} characters",
                "send the id that your own system gave",
                case=self.case,
            )
        return value


def read(feed: str, record: Record, origin: Origin, received: datetime) -> Reading:
    """The record's case and sender's id (message ids are unique per sender only). Raises Untranslatable. Pure."""
    named = record["case"]
    case, also_known = case_ids(named["crn"], named["youth_case_id"], named["youth_case_issuer"])
    reading = Reading(feed, record, origin, received, case, also_known, "")
    return reading._replace(sender_id=joined(feed, record["sender"].strip(), reading.id("message_id")))


def offences(record: Record) -> tuple[Offence, ...]:
    """The offences as named; blanks and case of the code are the sender's habit, not its meaning."""
    return tuple(Offence(code(offence["code"]), offence["title"]) for offence in record["offences"])


def code(text: str | None) -> str | None:
    """A code in canonical form, or None where none was given."""
    return text.strip().upper() or None if text else None
