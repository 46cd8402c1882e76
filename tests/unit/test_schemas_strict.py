"""Where fastavro is lenient: each case shows fastavro as it is, and ours beside it. Red when a new fastavro differs."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer

from schemas import strict

ENUM = {"type": "enum", "name": "E", "symbols": ["A", "B"]}
UNION = ["null", "int"]


def of(kind: Any) -> Any:
    return parse_schema({"type": "record", "name": "R", "fields": [{"name": "a", "type": kind}]})


def read(schema: Any, digits: str) -> Any:
    return schemaless_reader(BytesIO(bytes.fromhex(digits)), schema, None)["a"]


def written(schema: Any, value: Any) -> str:
    stream = BytesIO()
    schemaless_writer(stream, schema, {"a": value})
    return stream.getvalue().hex()


@pytest.mark.parametrize(
    ("kind", "digits", "lenient"),
    [
        pytest.param(ENUM, "01", "B", id="enum -1"),
        pytest.param(ENUM, "03", "A", id="enum -2"),
        pytest.param(UNION, "0104", 2, id="union -1"),
        pytest.param(UNION, "03", None, id="union -2"),
        pytest.param("int", "8080808020", 2**32, id="int of 33 bits"),
    ],
)
def test_what_fastavro_reads_and_the_specification_does_not_is_refused(kind: Any, digits: str, lenient: Any) -> None:
    schema = of(kind)
    assert read(schema, digits) == lenient
    with pytest.raises((LookupError, OverflowError)):
        read(strict.for_reading(schema), digits)


@pytest.mark.parametrize(
    ("kind", "digits"),
    [
        ("long", "8080808080808080808080"),
        ({"type": "array", "items": "int"}, "ffffffffffffffffff0102"),
        ("bytes", "01"),
        ("string", "01"),
        (UNION, "0a"),
        (ENUM, "0a"),
    ],
    ids=["endless number", "least count there is", "bytes of length -1", "text of length -1", "branch 5", "symbol 5"],
)
def test_what_apache_has_every_decoder_refuse_is_refused(kind: Any, digits: str) -> None:
    with pytest.raises((LookupError, EOFError)):
        read(strict.for_reading(of(kind)), digits)


TIME = {"type": "long", "logicalType": "timestamp-millis"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("int", 1.7, id="half a number"),
        pytest.param("int", True, id="true for a number"),
        pytest.param("int", 2**32, id="33 bits"),
        pytest.param("long", 1.7, id="half a long"),
        pytest.param("boolean", "no", id="a word for true"),
        pytest.param("boolean", None, id="null for false"),
        pytest.param({"type": "array", "items": "boolean"}, [True, None], id="null for false in a list"),
        pytest.param({"type": "array", "items": "string"}, "abc", id="a text for a list"),
        pytest.param({"type": "array", "items": "string"}, {"a": 1}, id="a record for a list"),
        pytest.param(TIME, datetime.fromisoformat("2026-07-01"), id="time without zone"),
        pytest.param(["null", TIME], datetime.fromisoformat("2026-07-01"), id="time without zone, or none"),
        pytest.param(TIME, 2**60, id="time that no datetime can say"),
    ],
)
def test_what_fastavro_writes_and_means_something_else_is_refused(kind: Any, value: Any) -> None:
    schema = of(kind)
    assert written(schema, value)
    with pytest.raises((TypeError, ValueError, OverflowError)):
        written(strict.for_writing(schema), value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int", -(2**31)),
        ("long", 2**63 - 1),
        ("boolean", False),
        (["null", "boolean"], None),
        ({"type": "array", "items": "boolean"}, [True, False]),
        (["null", "int"], 7),
        (TIME, datetime(1950, 1, 1, tzinfo=UTC)),
        (["null", TIME], datetime(2026, 7, 1, 1, 2, 3, 456_000, tzinfo=UTC)),
        (["null", TIME], None),
        (TIME, 1_000),
        (ENUM, "B"),
        ({"type": "array", "items": ENUM}, ["A", "B"]),
    ],
)
def test_all_else_is_written_and_read_as_fastavro_does(kind: Any, value: Any) -> None:
    schema = of(kind)
    digits = written(schema, value)
    assert written(strict.for_writing(schema), value) == digits
    assert read(strict.for_reading(schema), digits) == read(schema, digits)
