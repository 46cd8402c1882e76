"""Bad records of the kinds that real feeds bring, made from good ones: each must end in quarantine, alone.

A spoilt record stands beside the good one it was made from, never in its place: with the same seed, the good
messages are the same with and without them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from enum import StrEnum
from importlib.resources import files
from typing import Any, assert_never

import fastavro

from agents import topics
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.population import Draft

_SINGLE_OBJECT = b"\xc3\x01"
_BEYOND_ALL_CALENDARS = 2**60  # milliseconds


Encode = Callable[[str, dict[str, Any]], bytes]
"""How a record of one of our own feeds becomes bytes: the schema's name, the record."""


class Spoilt(StrEnum):
    """What is wrong with the record."""

    TRUNCATED = "truncated-avro"
    WRONG_SCHEMA = "wrong-schema-id"
    NOT_UTF8 = "not-utf8"
    TOO_LARGE = "as-large-as-the-broker-takes"
    EMPTY = "empty"
    NULL = "null"
    WRONG_TYPES = "wrong-types"
    UNKNOWN_ENUM = "unknown-enum"
    BAD_DATE = "bad-date"
    DUPLICATE_KEYS = "duplicate-keys"
    NO_CASE = "no-case"


EVERYDAY = tuple(kind for kind in Spoilt if kind is not Spoilt.TOO_LARGE)
"""All but the large ones, which would be most of the traffic."""

IN_HEARINGS = frozenset({Spoilt.NOT_UTF8, Spoilt.WRONG_TYPES, Spoilt.DUPLICATE_KEYS})
"""The kinds that need a hearing to spoil; those in ``ANYWHERE`` take any feed, the rest one of our own Avro feeds."""
ANYWHERE = frozenset({Spoilt.EMPTY, Spoilt.NULL, Spoilt.TOO_LARGE})

_WITH_ENUMS = ("classification", "service", "link")
"""What a circumstance can tell of in words of a closed list; a birthday or a merge has none."""


def fits(kind: Spoilt, draft: Draft) -> bool:
    """Whether this message can be spoilt in this way."""
    if kind is Spoilt.NULL:
        return draft.key is not None  # kafka-python sends no record that has neither key nor value
    if kind in ANYWHERE:
        return True
    if kind is Spoilt.UNKNOWN_ENUM and draft.feed == topics.CASE_CIRCUMSTANCES:
        return any(draft.record[field] is not None for field in _WITH_ENUMS)
    hearing = draft.feed == topics.COURT_HEARINGS
    return (kind in IN_HEARINGS) == hearing and not (hearing and "Message" in draft.record)


def spoil(chance: Chance, kind: Spoilt, draft: Draft, good: bytes, encode: Encode, largest: int) -> bytes | None:
    """The spoilt value; ``good`` is the good one, ``largest`` the bytes of a record as large as the broker takes."""
    match kind:
        case Spoilt.TRUNCATED:
            return good[: chance.between(len(good) // 2, len(good) - 1)]
        case Spoilt.WRONG_SCHEMA:
            return good[:2] + chance.randbytes(8) + good[10:]
        case Spoilt.NOT_UTF8:
            return good.replace(b'"hearing"', b'"h\xe9aring"', 1)  # Latin-1: a mainframe's export
        case Spoilt.TOO_LARGE:
            return b"{" * largest
        case Spoilt.EMPTY:
            return b""
        case Spoilt.NULL:
            return None
        case Spoilt.WRONG_TYPES:
            return json.dumps({"hearing": [draft.record["hearing"]["id"], 1]}).encode()
        case Spoilt.UNKNOWN_ENUM:
            return _forged(draft, good, _unknown_symbol)
        case Spoilt.BAD_DATE:
            return _forged(draft, good, _no_date)
        case Spoilt.DUPLICATE_KEYS:
            return good.replace(b'{"hearing":{', b'{"hearing":{"id":"one","id":"two",', 1)
        case Spoilt.NO_CASE:
            nobody = {"crn": "40-ABC", "youth_case_id": None, "youth_case_issuer": None}
            return encode(topics.FEEDS[draft.feed], draft.record | {"case": nobody})
        case _:
            assert_never(kind)


def _forged(draft: Draft, good: bytes, change: Callable[[Any, dict[str, Any]], None]) -> bytes:
    """The record as a sender would write it whose schema has moved on and whose schema id has not."""
    header = 10 if good[:2] == _SINGLE_OBJECT else 5  # Confluent framing: a zero byte and four of the id
    schema = json.loads(files("schemas").joinpath(f"{topics.FEEDS[draft.feed]}.avsc").read_text(encoding="utf-8"))
    record = dict(draft.record)
    change(schema, record)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
    return good[:header] + out.getvalue()


def _unknown_symbol(schema: Any, record: dict[str, Any]) -> None:
    for field in schema["fields"]:
        if isinstance(field["type"], dict) and field["type"]["type"] == "enum":
            field["type"]["symbols"].append("SOMETHING_NEW")
            record[field["name"]] = "SOMETHING_NEW"
            return
    for field in schema["fields"]:
        if field["name"] in _WITH_ENUMS and record[field["name"]] is not None:
            record[field["name"]] = dict(record[field["name"]])
            _unknown_symbol(field["type"][1], record[field["name"]])
            return


def _no_date(schema: Any, record: dict[str, Any]) -> None:
    for field in schema["fields"]:
        if field["name"] == "recorded_at":
            field["type"] = ["null", "long"]
            record["recorded_at"] = _BEYOND_ALL_CALENDARS
