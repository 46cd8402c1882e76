"""The mark in front of a record: fingerprints as the Avro project's own test cases give them."""

import json
from typing import Any

import pytest
from fastavro.schema import fingerprint as fastavro_fingerprint
from fastavro.schema import parse_schema, to_parsing_canonical_form

from schemas.catalogue import MARK, version

# Apache Avro, share/test/data/schema-tests.txt: the schema and its 64-bit fingerprint as a signed number.
APACHE: dict[str, tuple[Any, int]] = {
    "null": ("null", 7195948357588979594),
    "boolean": ("boolean", -6970731678124411036),
    "int": ("int", 8247732601305521295),
    "long": ("long", -3434872931120570953),
    "float": ("float", 5583340709985441680),
    "double": ("double", -8181574048448539266),
    "bytes": ("bytes", 5746618253357095269),
    "string": ("string", -8142146995180207161),
    "a union": (["int", {"type": "boolean"}], 5392556393470105090),
    "an array": ({"items": {"type": "null"}, "type": "array"}, -589620603366471059),
    "an enum": ({"type": "enum", "name": "foo", "symbols": ["A1"]}, -6342190197741309591),
    "an enum with words": (
        {"namespace": "x.y.z", "type": "enum", "name": "foo", "doc": "foo bar", "symbols": ["A1", "A2"]},
        -4448647247586288245,
    ),
    "a record": (
        {"fields": [{"type": {"type": "boolean"}, "name": "f1"}], "type": "record", "name": "foo"},
        7843277075252814651,
    ),
}


@pytest.mark.parametrize(("schema", "fingerprint"), APACHE.values(), ids=APACHE)
def test_fastavro_gives_the_fingerprints_of_apache_least_significant_byte_first(schema: Any, fingerprint: int) -> None:
    found = bytes.fromhex(fastavro_fingerprint(to_parsing_canonical_form(parse_schema(schema)), "CRC-64-AVRO"))
    assert found == fingerprint.to_bytes(8, "little", signed=True)


def test_a_version_is_marked_with_the_fingerprint_of_its_schema() -> None:
    schema, fingerprint = APACHE["a record"]
    mark = version("foo", 1, json.dumps(schema), "foo.avsc").mark
    assert mark == MARK + fingerprint.to_bytes(8, "little", signed=True)
