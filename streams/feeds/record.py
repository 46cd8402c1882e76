"""How a record of our own Avro feeds is read: its case, its sender's id, its times. The same for all seven.

The codec has already checked shape and types, so what is left to refuse is what only sense can tell: a case reference
of no known shape, an id that cannot be one, dates that cannot be true.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from streams.events import CaseEvent, Fact, Offence, Origin, Times, content_of
from streams.faults import Untranslatable
from streams.identity import LONGEST, case_ids, joined, opaque
from streams.primitives import CaseId

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Nothing reported of a living person happened before it: such a date is one that some system left unset."""

CLOCK_SKEW = timedelta(days=1)
"""How far a time of the past may lie after its receipt: a wrong time zone or a fast clock, and no more."""

PLANNED_AHEAD = timedelta(days=3653)
"""How far ahead a planned time may lie (a sitting, the start of an allocation): ten years."""

TEXT_AT_MOST = 500
"""Characters of a code or a short text. Longer ones are reports, and belong where the sender keeps its records."""

Record = Mapping[str, Any]
"""A record as fastavro gives it: enums as their symbols, times as aware UTC datetimes."""


class Reading(NamedTuple):
    """A record whose case and sender's id are known, and what its dates may be measured against."""

    record: Record
    origin: Origin
    received: datetime
    case: CaseId
    also_known: CaseId | None
    sender_id: str
    inside: str = ""  # the field of the record that ``record`` stands in, with a dot

    def refused(self, reason: str, remedy: str) -> Untranslatable:
        """What to raise when the record makes no sense; it says whose case it is."""
        return Untranslatable(reason, remedy, case=self.case)

    def wrong(self, field: str, what: str, remedy: str) -> Untranslatable:
        """The same of one field: what is wrong with it."""
        return self.refused(f"{self.inside}{field} {what}", remedy)

    def misdated(self, field: str, what: str) -> Untranslatable:
        """The same of a date: what it is."""
        remedy = "correct the date at the sender and send the record again under the same message id"
        return self.refused(f"bad dates: {self.inside}{field} is {what}", remedy)

    def within(self, field: str, record: Record) -> Reading:
        """The same reading of a record inside this one, for its ids, texts and dates; its times are this one's."""
        return self._replace(record=record, inside=f"{self.inside}{field}.")

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
                raise self.misdated(field, f"{value:%Y-%m-%d}, and the record was received {self.received:%Y-%m-%d}")
            first = first or value
        return first

    def times(self, occurred: datetime | None) -> Times:
        """The three times of the fact; when it was recorded can never lie ahead."""
        return Times(occurred, self.past("recorded_at"), self.received)

    def event(self, fact: Fact, times: Times) -> CaseEvent:
        """The fact as an event of this record's case."""
        content = content_of(fact, times.occurred)
        return CaseEvent(self.case, self.origin, self.sender_id, content, times, fact, self.also_known)

    def id(self, field: str) -> str:
        """An id of the sender's, canonical; one that is empty, unprintable or over-long is refused."""
        value = opaque(self.record[field])
        if value is None:
            what = f"cannot be an id: it is empty, unprintable or longer than {LONGEST} characters"
            raise self.wrong(field, what, "send the id that your own system gave")
        return value

    def id_given(self, field: str) -> str | None:
        """An id that may be left out: None where it was, or is blank; else as ``id``."""
        return self.id(field) if (self.record[field] or "").strip() else None

    def text(self, field: str) -> str | None:
        """A code or a short text as it was written, blanks around it aside; None where it was left out, or is blank."""
        return self._short(field, self.record[field])

    def required(self, field: str) -> str:
        """A code or a short text that must say something."""
        text = self.text(field)
        if text is None:
            raise self.wrong(field, "is empty", "say it as a code or a short text, or leave out what it belongs to")
        return text

    def code(self, field: str) -> str:
        """A code in canonical form that must say something."""
        return self.required(field).upper()

    def codes(self, field: str) -> tuple[str, ...]:
        """A list of codes in canonical form; blank ones say nothing and are left out."""
        texts = (self._short(f"{field}[{index}]", each) for index, each in enumerate(self.record[field]))
        return tuple(found for text in texts if (found := code(text)))

    def staff(self, field: str) -> str:
        """The staff code of who decided: nobody acts unnamed."""
        found = code(self.record[field])
        if found is None:
            raise self.wrong(field, "is empty: nobody acts unnamed", "send the staff code of who did it")
        return found

    def _short(self, field: str, text: str | None) -> str | None:
        text = (text or "").strip()
        if len(text) > TEXT_AT_MOST:
            what = f"is longer than {TEXT_AT_MOST} characters"
            raise self.wrong(field, what, "send a code or a short text, never a report")
        return text or None


def read(feed: str, record: Record, origin: Origin, received: datetime) -> Reading:
    """The record's case and sender's id (message ids are unique per sender only). Raises Untranslatable. Pure."""
    named = record["case"]
    case, also_known = case_ids(named["crn"], named["youth_case_id"], named["youth_case_issuer"])
    reading = Reading(record, origin, received, case, also_known, "")
    return reading._replace(sender_id=joined(feed, record["sender"].strip(), reading.id("message_id")))


def offences(record: Record) -> tuple[Offence, ...]:
    """The offences as named; blanks and case of the code are the sender's habit, not its meaning."""
    return tuple(Offence(code(offence["code"]), offence["title"]) for offence in record["offences"])


def grade(text: str | None) -> str | None:
    """A staff grade in canonical form: ``Team_Manager`` and ``TEAM MANAGER`` are one."""
    return (code(text) or "").replace("_", " ") or None


def code(text: str | None) -> str | None:
    """A code in canonical form, or None where none was given."""
    return text.strip().upper() or None if text else None
