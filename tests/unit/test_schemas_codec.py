"""The codec: what decodes, what does not and why, and that nothing a record says gets into a message."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import schemas
from schemas import Codec, NotReadable, NotWritable
from schemas.catalogue import MARK_BYTES, Catalogue

POLICE: dict[str, Any] = {
    "message_id": "m-1",
    "sender": "Anyshire Police",
    "case": {"crn": "X320741", "youth_case_id": None, "youth_case_issuer": None},
    "kind": "ARREST",
    "role": "SUSPECT",
    "reference": None,
    "grade": None,
    "grade_tool": None,
    "children_present": 2,
    "offences": [{"code": "OF61102", "title": None}],
    "occurred_at": datetime(2026, 11, 2, 8, 15, tzinfo=UTC),
    "recorded_at": None,
}
NAME = "police_notification"
BYTES = schemas.encode(NAME, POLICE)
BODY = BYTES[MARK_BYTES:]
ENDS_EARLY = f"the body ends too early, or a length in it is wrong, at field %s, read as {NAME}"


def refusal(value: bytes | None, codec: Codec | None = None) -> str:
    with pytest.raises(NotReadable) as refused:
        (codec or Codec()).decode(NAME, value)
    assert refused.value.__context__ is None  # fastavro's own error quotes the record
    assert refused.value.remedy
    return refused.value.reason


def replaced(old: bytes, new: bytes) -> bytes:
    assert BYTES.count(old) == 1
    return BYTES.replace(old, new)


def with_role(index: bytes) -> bytes:
    at = len(schemas.encode(NAME, POLICE)) - len(BODY) + BODY.index(b"X320741") + len(b"X320741") + 3
    return BYTES[:at] + index + BYTES[at + 1 :]


def test_a_record_comes_back_as_it_was_with_its_mark_in_front() -> None:
    now = Catalogue(Path(schemas.__file__).parent).current(NAME)
    assert schemas.decode(NAME, BYTES) == POLICE
    assert BYTES[:MARK_BYTES] == now.mark
    assert now.mark[:2] == b"\xc3\x01"


def test_a_field_left_out_takes_its_default() -> None:
    short = {key: POLICE[key] for key in ("message_id", "sender", "kind", "role")} | {"case": {"crn": "X320741"}}
    said = {"children_present": None, "offences": [], "occurred_at": None}
    assert schemas.decode(NAME, schemas.encode(NAME, short)) == POLICE | said


def test_a_time_of_another_zone_is_the_same_moment_in_utc_and_loses_what_is_less_than_a_millisecond() -> None:
    bst = datetime(2026, 7, 1, 9, 0, 0, 1999, tzinfo=timezone(timedelta(hours=1)))
    back = schemas.decode(NAME, schemas.encode(NAME, POLICE | {"occurred_at": bst}))["occurred_at"]
    assert (back, back.tzinfo) == (datetime(2026, 7, 1, 8, 0, 0, 1000, tzinfo=UTC), UTC)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"])
def test_the_first_and_the_last_times_there_are_come_back(moment: str) -> None:
    record = POLICE | {"occurred_at": datetime.fromisoformat(moment)}
    assert schemas.decode(NAME, schemas.encode(NAME, record)) == record


def long(number: int) -> bytes:
    zigzag, out = (number << 1) ^ (number >> 63), bytearray()
    while zigzag > 0x7F:
        out.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    return bytes([*out, zigzag])


STAMP = b"\x02" + long(int(POLICE["occurred_at"].timestamp() * 1000))

BAD = {
    "null": (None, "there is no value (null)"),
    "empty": (b"", "the value is empty"),
    "one byte": (b"\xc3", "begins neither as Avro single-object encoding (C3 01) nor as Confluent framing (00)"),
    "JSON": (b'{"crn": "X320741"}', "looks like JSON, and Avro is expected"),
    "an Avro file": (b"Obj\x01\x04", "is an Avro file, not one record"),
    "the mark alone": (BYTES[:7], "ends within the fingerprint that it begins with"),
    "the fingerprint alone": (BYTES[:10], ENDS_EARLY % "message_id"),
    "the last byte is missing": (BYTES[:-1], ENDS_EARLY % "recorded_at"),
    "cut within a text": (BYTES[: BYTES.index(b"OF61102") + 3], ENDS_EARLY % "offences"),
    "two bytes too many": (BYTES + b"\0\0", f"the body goes on for 2 bytes after its last field, read as {NAME}"),
    "unknown fingerprint": (
        b"\xc3\x01" + bytes(range(8)) + BODY,
        "was written by a schema that is not known here (fingerprint 0001020304050607)",
    ),
    "another feed's": (
        schemas.encode(
            "duty_item",
            dict.fromkeys(["item_id", "kind", "sighting", "reason"], "") | {"state": "OPEN", "received_at": 0},
        ),
        f"is a record of duty_item, and this place takes {NAME}",
    ),
    "a registry's": (b"\0\0\0\0\x07" + BODY, "names its schema by a registry's id, and no registry is configured"),
    "enum number too large": (
        with_role(long(4)),
        f"the body has a choice that the schema does not have, at field role, read as {NAME}",
    ),
    "enum number below zero": (
        with_role(long(-1)),
        f"the body has a choice that the schema does not have, at field role, read as {NAME}",
    ),
    "branch below zero": (
        replaced(b"\x02\x0eX320741", b"\x01\x0eX320741"),
        f"the body has a choice that the schema does not have, at field case, read as {NAME}",
    ),
    "not UTF-8": (
        replaced(b"X320741", b"X32\xff741"),
        f"the body has a text that is not UTF-8, at field case, read as {NAME}",
    ),
    "length of four exabytes": (replaced(b"\x0eX320741", long(2**62) + b"X320741"), ENDS_EARLY % "case"),
    "length below zero": (replaced(b"\x0eX320741", long(-7) + b"X320741"), ENDS_EARLY % "case"),
    "four exa-offences": (replaced(b"\x02\x02\x0eOF61102", long(2**62) + b"\x02\x0eOF61102"), ENDS_EARLY % "offences"),
    "int of 33 bits": (
        replaced(b"\x02\x04\x02\x02\x0eOF", b"\x02" + long(2**32) + b"\x02\x02\x0eOF"),
        f"the body has a time or a number outside the range of its type, at field children_present, read as {NAME}",
    ),
    "year 10000": (
        replaced(STAMP, b"\x02" + long(253_402_300_800_000)),
        f"the body has a time or a number outside the range of its type, at field occurred_at, read as {NAME}",
    ),
    "year 0": (
        replaced(STAMP, b"\x02" + long(-62_135_596_800_001)),
        f"the body has a time or a number outside the range of its type, at field occurred_at, read as {NAME}",
    ),
    "the end of time": (
        replaced(STAMP, b"\x02" + long(2**63 - 1)),
        f"the body has a time or a number outside the range of its type, at field occurred_at, read as {NAME}",
    ),
}


@pytest.mark.parametrize(("value", "reason"), BAD.values(), ids=BAD)
def test_bytes_that_are_no_such_record_are_refused_with_the_reason(value: bytes | None, reason: str) -> None:
    assert refusal(value) == reason


@pytest.mark.parametrize("value", [value for value, _ in BAD.values()], ids=BAD)
def test_a_refusal_quotes_nothing_of_the_record(value: bytes | None) -> None:
    assert "320741" not in refusal(value)


UNFIT = {
    "wrong type": ({"case": {"crn": 7}}, ["case.crn: expected null or string, got int"]),
    "no such symbol": (
        {"kind": "THEFT"},
        ["kind: expected one of ARREST, CHARGE, CALL_OUT, got a text that is none of them"],
    ),
    "no zone": (
        {"occurred_at": datetime.fromisoformat("2026-07-01")},
        ["occurred_at: expected a time with its zone, got one without a zone"],
    ),
    "number for a text": ({"message_id": 320741}, ["message_id: expected string, got int"]),
    "half a number": ({"children_present": 1.5}, ["children_present: expected null or int, got double"]),
    "yes for a number": ({"children_present": True}, ["children_present: expected null or int, got boolean"]),
    "33 bits": ({"children_present": 2**32}, ["children_present: expected int, got a number too large for it"]),
    "an unknown field": ({"X320741": 1}, ["record: has a field that the schema does not know; leave it out"]),
    "in a list": (
        {"offences": [{"code": "OF61102"}, {"code": b"OF61102"}]},
        ["offences[1].code: expected null or string, got bytes"],
    ),
    "a lone surrogate": (
        {"sender": "\ud800"},
        ["sender: expected text, got some that UTF-8 cannot say (half a surrogate pair)"],
    ),
}


@pytest.mark.parametrize(("change", "differences"), UNFIT.values(), ids=UNFIT)
def test_a_record_that_does_not_fit_is_explained_field_by_field(change: dict[str, Any], differences: list[str]) -> None:
    with pytest.raises(NotWritable) as refused:
        schemas.encode(NAME, POLICE | change)
    assert refused.value.differences == tuple(differences)
    assert "320741" not in str(refused.value)
    assert refused.value.__context__ is None


@pytest.mark.parametrize("value", [None, [], "X320741", 7])
def test_what_is_no_record_at_all_is_explained(value: Any) -> None:
    with pytest.raises(NotWritable, match=f"^the record does not fit {NAME}: record: expected record, got "):
        schemas.encode(NAME, value)


@pytest.mark.parametrize(
    "use", [lambda: schemas.decode("crown_court", BYTES), lambda: schemas.encode("crown_court", {})]
)
def test_a_schema_that_there_is_none_of_is_named_with_those_that_there_are(use: Any) -> None:
    with pytest.raises(LookupError, match=r"no schema crown_court; there are assessment_update, .*, quarantined"):
        use()


# ── an older version ─────────────────────────────────────────────────────────────────────────────────────────


def folder_of(path: Path, *versions: dict[str, Any]) -> Catalogue:
    """A folder in which the last of ``versions`` is the schema of now."""
    (path / "past" / "thing").mkdir(parents=True)
    for number, version in enumerate(versions, start=1):
        (path / "past" / "thing" / f"{number}.avsc").write_text(json.dumps(version))
    (path / "thing.avsc").write_text(json.dumps(versions[-1]))
    return Catalogue(path)


def thing(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "Thing", "namespace": "t", "fields": list(fields)}


KIND = {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}}
WIDER_KIND = {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["Z", "B", "A"]}}
AT = {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}], "default": None}
NOTE = {"name": "note", "type": "string", "default": "none"}
GONE = {"name": "gone", "type": "string"}


def test_bytes_of_an_older_version_are_read_as_the_version_of_now(tmp_path: Path) -> None:
    old = Codec(catalogue=folder_of(tmp_path / "old", thing(KIND, GONE, AT)))
    new = Codec(catalogue=folder_of(tmp_path / "new", thing(KIND, GONE, AT), thing(WIDER_KIND, AT, NOTE)))
    at = datetime(2026, 11, 2, tzinfo=UTC)
    written = old.encode("thing", {"kind": "A", "gone": "x", "at": at})
    assert new.decode("thing", written) == {"kind": "A", "at": at, "note": "none"}
    assert new.encode("thing", {"kind": "A"})[:MARK_BYTES] != written[:MARK_BYTES]


def test_an_older_version_that_the_one_of_now_cannot_read_is_refused(tmp_path: Path) -> None:
    old = Codec(catalogue=folder_of(tmp_path / "old", thing(KIND)))
    new = Codec(catalogue=folder_of(tmp_path / "new", thing(KIND), thing({"name": "other", "type": "string"})))
    with pytest.raises(NotReadable, match="SchemaResolutionError"):
        new.decode("thing", old.encode("thing", {"kind": "A"}))


def test_damaged_bytes_of_an_older_version_are_refused_too(tmp_path: Path) -> None:
    old = Codec(catalogue=folder_of(tmp_path / "old", thing(KIND)))
    new = Codec(catalogue=folder_of(tmp_path / "new", thing(KIND), thing(WIDER_KIND, NOTE)))
    with pytest.raises(NotReadable, match="a choice that the schema does not have, at field kind"):
        new.decode("thing", old.encode("thing", {"kind": "A"})[:MARK_BYTES] + b"\x01")
