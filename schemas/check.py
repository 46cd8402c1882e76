"""avro-python3's part: it parses every schema when it is loaded, and says field by field why a record does not fit one.

fastavro is quick and forgiving: it takes a schema whose default does not fit, and refuses a record with the first
thing that it trips over. This module is slow and exact, and runs once a schema and once a refused record. What
avro-python3 itself lets pass (defaults, field names, logical types, repeated JSON keys) is checked here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from itertools import islice
from typing import Any

import avro.io
import avro.schema

MOST_DIFFERENCES = 20
"""An explanation names this many differences at most: a record of another kind differs in everything."""

TIME = "timestamp-millis"
FIRST_MILLI, LAST_MILLI = -62_135_596_800_000, 253_402_300_799_999  # the years 1 to 9999, all that a datetime can say
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKELY: dict[str, tuple[type, ...]] = {  # the branch of a union that a value is after, to say what is wrong inside
    "record": (Mapping,),
    "array": (list, tuple),
    "enum": (str,),
    "string": (str,),
    "int": (int,),
    "long": (int, datetime),
}
_KINDS = {type(None): "null", str: "string", bool: "boolean", float: "double", dict: "record", list: "array"}


class Refused(Exception):
    """Something that cannot be used: why, and what to do. Says nothing of what a record says."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason = reason
        self.remedy = remedy


class BrokenSchema(Refused):
    """A schema that must not be used: which file, why, and what to do."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}", "mend the file, or take the one from the release")
        self.file = file


def parse(file: str, text: str) -> Any:
    """The schema as avro-python3 sees it. Raises BrokenSchema, which names ``file`` and everything found wrong."""
    try:
        json.loads(text, object_pairs_hook=_unrepeated)
        schema = avro.schema.parse(text)
    except (avro.schema.Error, ValueError, TypeError, KeyError, AttributeError) as error:
        # avro-python3 has errors of its own for half of what can be wrong, and trips over the rest.
        reason = " ".join(str(error).split())[:300]
        raise BrokenSchema(file, f"is no valid Avro schema ({type(error).__name__}: {reason})") from None
    if schema.type != "record":
        raise BrokenSchema(file, f"describes {_words(schema)}, and a message is a record")
    faults = [fault for path, each in _parts(schema, schema.name) for fault in _faults(each, path)]
    if faults:
        raise BrokenSchema(file, "; ".join(faults))
    return schema


def explain(schema: Any, record: object) -> tuple[str, ...]:
    """Why ``record`` does not fit ``schema`` (of ``parse``), field by field; empty: it fits.

    Paths, types and the schema's own words only, never what the record says: ``case.crn: expected null or string,
    got int``. At most ``MOST_DIFFERENCES``. Pure.
    """
    return tuple(islice(_differences(schema, record, ""), MOST_DIFFERENCES))


def leaves(schema: Any) -> dict[str, str | None]:
    """Every path of a schema without its own inner fields, and its logical type where it has one. Pure."""
    inner = ("record", "array", "union", "null")
    return {at: each.props.get("logicalType") for at, each in _parts(schema, "") if each.type not in inner}


# ── a schema ─────────────────────────────────────────────────────────────────────────────────────────────────


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs) - Counter(found.keys())
        raise ValueError(f"says {', '.join(sorted(twice))} twice in one place")
    return found


def _parts(schema: Any, path: str, above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The schema and every one inside it, each with its path; a record inside itself is not gone into."""
    yield path, schema
    match schema.type:
        case "record" if schema.fullname not in above:
            for field in schema.fields:
                yield from _parts(field.type, _join(path, field.name), (*above, schema.fullname))
        case "array":
            yield from _parts(schema.items, path + "[]", above)
        case "union":
            for branch in schema.schemas:
                yield from _parts(branch, path, above)


def _faults(schema: Any, path: str) -> Iterator[str]:
    logical = schema.props.get("logicalType")
    if logical is not None and (logical, schema.type) != (TIME, "long"):
        # Avro says to ignore an unknown logical type: a misspelt one would turn times into bare numbers.
        yield f"{path}: logical type {logical} on {schema.type}, and only {TIME} on long is in use here"
    match schema.type:
        case "record":
            if not schema.fields:
                yield f"{path}: has no fields"
            for field in schema.fields:
                inner = _join(path, field.name)
                if not _FIELD.fullmatch(field.name):
                    yield f"{inner}: is no valid field name"
                if field.has_default and not _fits(field.type, field.default):
                    yield f"{inner}: its default does not fit {_words(field.type)}"
        case "enum" if "default" in schema.props and schema.props["default"] not in schema.symbols:
            yield f"{path}: its default is none of its symbols"
        case "map" | "fixed" | "float" | "double" | "error" | "error_union":
            yield f"{path}: {schema.type} is not in use here; teach schemas/check.py and schemas/strict.py first"


def _fits(schema: Any, default: Any) -> bool:
    """A default is written as JSON: of a union, it belongs to the first branch; bytes are text."""
    first = schema.schemas[0] if schema.type == "union" else schema
    return isinstance(default, str) if first.type == "bytes" else bool(avro.io.Validate(first, default))


# ── a record ─────────────────────────────────────────────────────────────────────────────────────────────────


def _differences(schema: Any, value: Any, path: str) -> Iterator[str]:
    match schema.type:
        case "record" if isinstance(value, Mapping):
            for field in schema.fields:
                inner = _join(path, field.name)
                if field.name in value:
                    yield from _differences(field.type, value[field.name], inner)
                elif not field.has_default:
                    yield f"{inner}: is missing, and has no default; expected {_words(field.type)}"
            yield from _strangers({field.name for field in schema.fields}, value, path)
        case "array" if isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from _differences(schema.items, item, f"{path}[{index}]")
        case "union":
            if any(not any(_differences(branch, value, path)) for branch in schema.schemas):
                return
            likely = [branch for branch in schema.schemas if isinstance(value, _LIKELY.get(branch.type, ()))]
            if len(likely) == 1 and not isinstance(value, bool):
                yield from _differences(likely[0], value, path)
            else:
                yield _wrong(schema, value, path)
        case "long" if schema.props.get("logicalType") == TIME:
            if isinstance(value, datetime):
                if value.tzinfo is None:
                    yield f"{path}: expected {_words(schema)}, got one without a zone"
            elif type(value) is not int:
                yield _wrong(schema, value, path)
            elif not FIRST_MILLI <= value <= LAST_MILLI:
                yield f"{path}: expected {_words(schema)}, got one outside the years 1 to 9999"
        case _:
            yield from _scalar(schema, value, path)


def _scalar(schema: Any, value: Any, path: str) -> Iterator[str]:
    # A bool is an int to Python and to avro-python3; in Avro it is not.
    if (isinstance(value, bool) and schema.type != "boolean") or not avro.io.Validate(schema, value):
        yield _wrong(schema, value, path)
    elif schema.type == "string":
        try:
            value.encode()
        except UnicodeEncodeError:
            yield f"{path}: expected text, got some that UTF-8 cannot say (half a surrogate pair)"


def _strangers(names: set[str], value: Mapping[Any, Any], path: str) -> Iterator[str]:
    # Not quoted: what stands in the place of a field's name may be anything.
    for name in value:
        if name not in names:
            near = get_close_matches(str(name), sorted(names - value.keys()), n=1)
            hint = f"is {near[0]} misspelt?" if near else "leave it out"
            yield f"{path or 'record'}: has a field that the schema does not know; {hint}"


def _wrong(schema: Any, value: object, path: str) -> str:
    if schema.type == "enum" and isinstance(value, str):
        got = "a text that is none of them"
    elif schema.type in ("int", "long") and type(value) is int:
        got = "a number too large for it"
    else:
        got = _KINDS.get(type(value), type(value).__name__)
    return f"{path or 'record'}: expected {_words(schema)}, got {got}"


def _words(schema: Any) -> str:
    match schema.type:
        case "union":
            return " or ".join(map(_words, schema.schemas))
        case "enum":
            return "one of " + ", ".join(schema.symbols)
        case "long" if schema.props.get("logicalType") == TIME:
            return "a time with its zone"
        case kind:
            return str(kind)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
