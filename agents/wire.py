"""From bytes to values and back, topic by topic. What cannot be read raises Unreadable.

Avro where others read or write (feeds, escalations, quarantine, duty items); the domain's own Structs as msgpack where
only we read.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Any

import msgspec

from agents import topics
from schemas import Codec, NotReadable
from streams.case import CaseFile
from streams.events import CaseEvent, Origin
from streams.faults import Unreadable
from streams.feeds import acts, allocations, assessments, circumstances, common_platform, courts, oversight, police
from streams.identifiers import Book
from streams.resolution import SightingFile
from streams.sightings import Part, ToIdentifiers, ToSightings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

encode = msgspec.msgpack.Encoder().encode
"""Any of our own values as msgpack."""


def _decoder(type_: Any, what: str) -> Callable[[bytes | None], Any]:
    decode = msgspec.msgpack.Decoder(type_).decode

    def read(value: bytes | None) -> Any:
        try:
            return decode(value or b"")
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise Unreadable(f"not a {what} of ours: {exc}", "find out who else writes to this topic") from exc

    return read


case_event: Callable[[bytes | None], CaseEvent] = _decoder(CaseEvent, "case event")
case_file: Callable[[bytes | None], CaseFile] = _decoder(CaseFile, "case file")
to_identifiers: Callable[[bytes | None], ToIdentifiers] = _decoder(ToIdentifiers, "message to the identifiers")
to_sightings: Callable[[bytes | None], ToSightings] = _decoder(ToSightings, "message to the sightings")
book: Callable[[bytes | None], Book] = _decoder(Book, "identifier's book")
sighting_file: Callable[[bytes | None], SightingFile] = _decoder(SightingFile, "sighting's file")


def part_of(of: type, name: str) -> Callable[[bytes], Any]:
    """Reads one field of an encoded value: those before it are left as bytes, and those after it are not read."""
    fields = {field.name: field for field in msgspec.structs.fields(of)}
    before = [(each, msgspec.Raw) for each in takewhile(lambda each: each != name, fields)]
    up_to = msgspec.defstruct("UpTo", [*before, (name, fields[name].type, fields[name].default)], array_like=True)
    decode = msgspec.msgpack.Decoder(up_to).decode
    return lambda value: getattr(decode(value), name)


due_of: Callable[[bytes], datetime | None] = part_of(CaseFile, "due")
"""The next deadline of an encoded case file."""


@lru_cache(1024)  # the broker gives the records of a batch one time
def time_of(milliseconds: int) -> datetime:
    """A record's timestamp as a time."""
    return _EPOCH + milliseconds * _MILLISECOND


_OWN: dict[str, Callable[[dict[str, Any], Origin, datetime], tuple[Part, ...]]] = {
    topics.POLICE_NOTIFICATIONS: police.translate,
    topics.COURT_APPEARANCES: courts.translate,
    topics.ASSESSMENT_UPDATES: assessments.translate,
    topics.CASE_ALLOCATIONS: allocations.translate,
    topics.OVERSIGHT_RECORDS: oversight.translate,
    topics.CASE_ACTS: acts.translate,
    topics.CASE_CIRCUMSTANCES: circumstances.translate,
}


def translate(topic: str, value: bytes | None, origin: Origin, received: datetime, codec: Codec) -> tuple[Part, ...]:
    """A feed record in our words; ``origin.path``, where given, says which part of it alone. Raises Fault."""
    if value is None:
        raise Unreadable("the record has no value (null)", "ask the sender: a deletion is a message of its own here")
    if topic == topics.COURT_HEARINGS:
        return common_platform.translate(value, origin, received)
    try:
        record = codec.decode(topics.FEEDS[topic], value)
    except NotReadable as exc:
        raise Unreadable(exc.reason, exc.remedy) from exc
    return _OWN[topic](record, origin, received)
