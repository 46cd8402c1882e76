"""fastavro, held to the Avro specification where it is lenient; both forms of a schema are fastavro's own, made once.

What fastavro lets pass, and why that matters here:

- It counts an index from the end when it is negative, as Python does: one wrong byte would turn a suspect into a
  child present. Reading: an enum's symbols become a table by number, and unions get branches that are of no type
  (which leaves -3 and -4 to be read as 0 and 1: nothing is there to hook into).
- It reads and writes numbers that an int has no room for. A reader in another language would break on them.
- It writes 1.7 as 1, True as 1, null as False, a text as the list of its letters, and a time without a zone as if it
  were in this machine's. Writing: refused.

Logical types are fastavro's own way of hooking in such checks; these carry our name, so that nobody else meets them.
Guarded by tests/unit/test_schemas_strict.py, which fails when a new fastavro changes any of this.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any

from fastavro.read import LOGICAL_READERS
from fastavro.write import LOGICAL_WRITERS

from schemas.check import FIRST_MILLI, LAST_MILLI, TIME

_OURS = "raised-risk-strict"
_TIME = "raised-risk-strict-time"
_GIVEN = "raised-risk-strict-given"  # a boolean outside a union: null is no answer
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLI = timedelta(milliseconds=1)

_NO_BRANCH = ["no such branch"] * 2
"""After a union's real branches: -1 and -2, all that one wrong bit can make of 0 and 1, find these. Two, for each costs
a tenth of a microsecond a record: fastavro walks a union's branches at every value."""


def for_reading(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema (parsed by fastavro) by which bytes of it are read."""
    return _remade(schema, lambda each: {"int": {"type": "int", "logicalType": _OURS}}.get(each, each), reading=True)


def for_writing(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema (parsed by fastavro) by which records of it are written."""
    checked = ("int", "long", "boolean")
    return _remade(schema, lambda each: {"type": each, "logicalType": _OURS} if each in checked else each)


def _remade(schema: dict[str, Any], scalar: Callable[[str], Any], *, reading: bool = False) -> dict[str, Any]:
    def alone(each: Any) -> Any:
        return remake(each) if reading or each != "boolean" else {"type": "boolean", "logicalType": _GIVEN}

    def remake(each: Any) -> Any:
        if isinstance(each, list):
            return [*map(remake, each), *(_NO_BRANCH if reading else ())]
        if isinstance(each, str):
            return scalar(each)
        made = dict(each)
        match each["type"]:
            case "record":
                made["fields"] = [{**field, "type": alone(field["type"])} for field in each["fields"]]
            case "array":
                made["items"] = alone(each["items"])
                if not reading:
                    made["logicalType"] = _OURS
            case "enum" if reading:
                made["symbols"] = dict(enumerate(each["symbols"]))
            case "long" if not reading and each.get("logicalType") == TIME:
                made["logicalType"] = _TIME
        return made

    made: dict[str, Any] = remake(schema)
    made["__named_schemas"] = {name: remake(each) for name, each in schema["__named_schemas"].items()}
    return made


def _fitting_int(number: int, *_: object) -> int:
    if -(2**31) <= number < 2**31:
        return number
    raise OverflowError("an int has 32 bits")


def _long(value: Any, *_: object) -> Any:
    if isinstance(value, bool | float):
        raise TypeError("not a whole number")
    return value  # fastavro itself refuses what 64 bits have no room for


def _int(value: Any, *_: object) -> Any:
    return _fitting_int(value) if isinstance(_long(value), int) else value


def _only(*kinds: type) -> Callable[..., Any]:
    def check(value: Any, *_: object) -> Any:
        if isinstance(value, kinds):
            return value
        raise TypeError("of another type")

    return check


def _time(value: Any, *_: object) -> Any:
    if isinstance(value, datetime):
        return (value - _EPOCH) // _MILLI  # Python itself refuses to take an aware time from one without a zone
    if isinstance(value, bool | float) or (isinstance(value, int) and not FIRST_MILLI <= value <= LAST_MILLI):
        raise TypeError("not a time")
    return value


LOGICAL_READERS[f"int-{_OURS}"] = _fitting_int
LOGICAL_WRITERS[f"int-{_OURS}"] = _int
LOGICAL_WRITERS[f"long-{_OURS}"] = _long
LOGICAL_WRITERS[f"boolean-{_OURS}"] = _only(bool, NoneType)
LOGICAL_WRITERS[f"boolean-{_GIVEN}"] = _only(bool)
LOGICAL_WRITERS[f"array-{_OURS}"] = _only(list, tuple, NoneType)
LOGICAL_WRITERS[f"long-{_TIME}"] = _time
