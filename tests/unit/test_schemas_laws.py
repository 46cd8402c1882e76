"""Laws of the codec, for every schema: what is written comes back; damage is read or refused, nothing else."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import schemas
from schemas import NotReadable, NotWritable
from schemas.catalogue import MARK_BYTES, Catalogue

CATALOGUE = Catalogue(Path(schemas.__file__).parent)
GOLDEN = Path(__file__).parent.parent / "golden" / "avro"
EVERY_SCHEMA = pytest.mark.parametrize("name", CATALOGUE.names)
MODERATE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TIMES = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))


def values(schema: Any) -> st.SearchStrategy[Any]:
    """Everything that fits ``schema`` (avro-python3's)."""
    match schema.type:
        case "record":
            return st.fixed_dictionaries({field.name: values(field.type) for field in schema.fields})
        case "array":
            return st.lists(values(schema.items), max_size=3)
        case "union":
            return st.one_of(*map(values, schema.schemas))
        case "enum":
            return st.sampled_from(schema.symbols)
        case "long" if schema.props.get("logicalType"):
            return TIMES
        case "long":
            return st.integers(-(2**63), 2**63 - 1)
        case "int":
            return st.integers(-(2**31), 2**31 - 1)
        case kind:
            return {"null": st.none(), "string": TEXTS, "bytes": st.binary(max_size=12), "boolean": st.booleans()}[kind]


def records(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return values(CATALOGUE.current(name).checked)


def golden(name: str) -> bytes:
    return bytes.fromhex((GOLDEN / f"{name}.{CATALOGUE.current(name).number}.hex").read_text())


def read_or_refused(name: str, value: bytes) -> None:
    try:
        record = schemas.decode(name, value)
    except NotReadable:
        return
    assert schemas.explain(name, record) == ()  # what is read from damaged bytes is a record all the same


@EVERY_SCHEMA
@MODERATE
@given(data=st.data())
def test_every_record_that_fits_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    record = data.draw(records(name))
    assert schemas.explain(name, record) == ()
    assert schemas.decode(name, schemas.encode(name, record)) == record


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(-(2**70), 2**70),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.datetimes(),
    TIMES,
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=1),
)


@EVERY_SCHEMA
@MODERATE
@given(data=st.data())
def test_a_record_is_written_exactly_when_there_is_nothing_to_explain(name: str, data: st.DataObject) -> None:
    record = data.draw(records(name))
    place = data.draw(st.sampled_from(sorted(record)))
    record[place] = data.draw(JUNK)
    differences = schemas.explain(name, record)
    if differences:
        with pytest.raises(NotWritable) as refused:
            schemas.encode(name, record)
        assert refused.value.differences == differences
        assert all(each.startswith(place) for each in differences)
    else:
        schemas.decode(name, schemas.encode(name, record))


@EVERY_SCHEMA
def test_every_truncation_is_refused(name: str) -> None:
    whole = golden(name)
    for length in range(len(whole)):
        with pytest.raises(NotReadable):
            schemas.decode(name, whole[:length])


@EVERY_SCHEMA
def test_every_wrong_bit_and_every_edge_byte_is_read_or_refused(name: str) -> None:
    whole = golden(name)
    for at, byte in enumerate(whole):
        for wrong in {0x00, 0x01, 0x7F, 0x80, 0xFF, *(byte ^ (1 << bit) for bit in range(8))}:
            read_or_refused(name, whole[:at] + bytes([wrong]) + whole[at + 1 :])


@EVERY_SCHEMA
def test_an_absurd_number_anywhere_costs_no_memory(name: str) -> None:
    whole = golden(name)
    tracemalloc.start()
    try:
        for number in (2**62, 2**31, 10**6, -(2**62)):
            absurd = varint(number)
            for at in range(MARK_BYTES, len(whole), 3):
                read_or_refused(name, whole[:at] + absurd + whole[at + 1 :])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1_000_000


def varint(number: int) -> bytes:
    zigzag, out = (number << 1) ^ (number >> 63), bytearray()
    while zigzag > 0x7F:
        out.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    return bytes([*out, zigzag])


@EVERY_SCHEMA
@MODERATE
@given(data=st.data(), noise=st.binary(min_size=1, max_size=12))
def test_noise_anywhere_in_a_body_is_read_or_refused(name: str, data: st.DataObject, noise: bytes) -> None:
    whole = golden(name)
    at = data.draw(st.integers(MARK_BYTES, len(whole)))
    until = data.draw(st.integers(at, len(whole)))
    read_or_refused(name, whole[:at] + noise + whole[until:])


@MODERATE
@given(value=st.binary(max_size=64))
def test_any_bytes_at_all_are_read_or_refused(value: bytes) -> None:
    read_or_refused("duty_item", value)
    read_or_refused("duty_item", CATALOGUE.current("duty_item").mark + value)


def test_a_time_in_a_read_record_is_aware_and_utc() -> None:
    read = schemas.decode("escalation", golden("escalation"))
    assert read["signals"][0]["received_at"] == datetime(2026, 11, 2, 8, 20, tzinfo=UTC)
    assert read["at"].tzinfo is UTC
