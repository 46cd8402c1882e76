"""Files of feed messages, as ``raised-risk publish`` takes them: line by line, key and bytes, or why a line is refused.

Our own feeds: JSON lines (one record a line, in the schema's field names; times in ISO 8601 or milliseconds since
1970, enums as their symbols) or Avro object container files. Common Platform hearings: a file is one message, byte for
byte as it is; a file that ends in ``.jsonl`` has one a line. A reason names fields and never quotes what stands in
them.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias, cast

import fastavro
from msgspec import Struct

from agents import topics
from schemas import Codec, NotWritable

NAMES = {
    "police": topics.POLICE_NOTIFICATIONS,
    "courts": topics.COURT_APPEARANCES,
    "assessments": topics.ASSESSMENT_UPDATES,
    "allocations": topics.CASE_ALLOCATIONS,
    "oversight": topics.OVERSIGHT_RECORDS,
    "hearings": topics.COURT_HEARINGS,
    "acts": topics.CASE_ACTS,
    "circumstances": topics.CASE_CIRCUMSTANCES,
}
"""The feeds by the short names that people type."""

_SPREAD = (b"{", b"[", b"[{")  # a line of JSON that goes on on the next
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FeedMessage(Struct, frozen=True):
    """One message: the line it stands on (from 1), and what is to be sent."""

    line: int
    key: bytes | None
    value: bytes


class Refusal(Struct, frozen=True):
    """A line that is not sent, and why."""

    line: int
    reason: str


class Unfit(ValueError):
    """A line cannot be a message; the text says why, by field, without quoting it."""


Found: TypeAlias = tuple[int, bytes | dict[str, Any] | Unfit]
"""A line with what stands on it: as it is, as a record of Avro, or why it is none."""


def messages(
    topic: str, path: Path, codec: Codec, *, moved: Callable[[int], None] = lambda _: None
) -> Iterator[FeedMessage | Refusal]:
    """What is in one file, in order; ``moved`` is told how many more bytes of it are done. Raises OSError."""
    if topic == topics.COURT_HEARINGS and path.suffix != ".jsonl":
        whole = path.read_bytes()
        found: Iterator[Found] = iter([(1, whole)])
        moved(len(whole))
    elif path.suffix == ".avro" or (path.is_file() and fastavro.is_avro(str(path))):  # a pipe cannot be read twice
        found = _container(topic, path, codec, moved)
    else:
        found = _lines(path, moved)
    for line, content in found:
        try:
            yield FeedMessage(line, *_keyed(topic, content, codec))
        except Unfit as why:
            yield Refusal(line, str(why))


def _lines(path: Path, moved: Callable[[int], None]) -> Iterator[Found]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            moved(len(line))
            text = (line.removeprefix(codecs.BOM_UTF8) if number == 1 else line).rstrip(b"\r\n")
            if text.strip() in _SPREAD:
                yield number, Unfit("not JSON: a message must be on one line (`jq -c .` puts it there)")
            elif text.strip():
                yield number, text


def _keyed(topic: str, content: bytes | dict[str, Any] | Unfit, codec: Codec) -> tuple[bytes | None, bytes]:
    """Key and value of a message. Raises Unfit."""
    if isinstance(content, Unfit):
        raise content
    if topic == topics.COURT_HEARINGS and isinstance(content, bytes):
        return hearing_key(content), content
    schema = topics.FEEDS[topic]
    fields = codec.catalogue.current(schema).parsed
    record = from_json(fields, _json(content)) if isinstance(content, bytes) else content
    try:
        value = codec.encode(schema, record)
    except NotWritable as error:
        raise Unfit("; ".join(error.differences)) from None
    return case_key(record), value


def _container(topic: str, path: Path, codec: Codec, moved: Callable[[int], None]) -> Iterator[Found]:
    if topic == topics.COURT_HEARINGS:
        yield 1, Unfit("hearings are JSON as the sender writes it, not Avro")
        return
    schema = topics.FEEDS[topic]
    number = done = 0
    with path.open("rb") as file:
        try:
            for number, record in enumerate(fastavro.reader(file, codec.catalogue.current(schema).parsed), start=1):
                moved(file.tell() - done)
                done = file.tell()
                yield number, cast("dict[str, Any]", record)
        except Exception as error:  # noqa: BLE001 - fastavro raises what Python raises; nothing after it can be read
            kind = type(error).__name__
            yield number + 1, Unfit(f"from here on the file cannot be read as {schema} ({kind})")
        moved(path.stat().st_size - done)


def _json(text: bytes) -> Any:
    if text.startswith(codecs.BOM_UTF8):
        raise Unfit("not JSON: it begins with a byte order mark; save it as UTF-8 without one")
    try:
        return json.loads(text.decode())
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise Unfit(f"not JSON: {error.msg} at {line}column {error.colno}") from None
    except UnicodeDecodeError:
        raise Unfit("not JSON: not UTF-8") from None
    except RecursionError:
        raise Unfit("not JSON: too deep") from None
    except ValueError:  # Python reads no whole number of more than 4,300 digits
        raise Unfit("not JSON that can be read: a number is too long") from None


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────


def case_key(record: dict[str, Any]) -> bytes | None:
    """What senders of our own feeds key by: the message's case reference. Pure."""
    case = record.get("case") or {}
    if crn := case.get("crn"):
        return str(crn).encode()
    if youth := case.get("youth_case_id"):
        return f"{case.get('youth_case_issuer') or ''}/{youth}".encode()
    return None


def hearing_key(value: bytes) -> bytes | None:
    """What a hearing is keyed by: its id, bare or in its envelope; None where it has none. Raises Unfit: not JSON."""
    message = _json(value)
    with suppress(ValueError, RecursionError):  # no JSON in the envelope, half a surrogate pair: for intake to judge
        if isinstance(message, dict) and isinstance(inner := message.get("Message"), str):
            message = json.loads(inner)
        match message:
            case {"hearing": {"id": str(name)}} if name:
                return name.encode()
    return None


# ── from JSON to what the schema wants ───────────────────────────────────────────────────────────────────────


def from_json(schema: Any, value: Any, path: str = "") -> Any:
    """A JSON value in the types that the schema wants: times read, the rest as it is. Pure.

    Raises Unfit for a field that the schema does not have and a time that is none; what else is wrong the codec says.
    """
    match schema:
        case list():
            if value is None:
                return None
            return from_json(next((each for each in schema if each != "null"), "null"), value, path)
        case {"logicalType": "timestamp-millis"}:
            return _time(value, path)
        case {"type": "record", "fields": fields} if isinstance(value, dict):
            known = {field["name"]: field["type"] for field in fields}
            if strange := sorted(set(value) - set(known)):
                raise Unfit(f"{_at(path, strange[0])}: there is no such field")
            return {name: from_json(known[name], each, _at(path, name)) for name, each in value.items()}
        case {"type": "array", "items": items} if isinstance(value, list):
            return [from_json(items, each, f"{path}[{number}]") for number, each in enumerate(value)]
        case _:
            return value


def _time(value: Any, path: str) -> datetime:
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return _EPOCH + timedelta(milliseconds=value)
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError, OverflowError):
        raise Unfit(f"{path}: is neither an ISO 8601 time nor milliseconds since 1970") from None
    if time.tzinfo is None:
        raise Unfit(f"{path}: the time does not say its zone")
    return time


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
