"""Confluent framing, against the mock registry that confluent-kafka brings."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import schemas
from schemas import Codec, NotReadable, RegistryUnavailable
from schemas.catalogue import MARK_BYTES, Catalogue
from schemas.registry import Registered, Registry

pytest.importorskip("confluent_kafka.schema_registry", reason="the extra `registry` is not installed")
from confluent_kafka.schema_registry import Schema

HERE = Path(schemas.__file__).parent
AT = datetime(2026, 11, 2, tzinfo=UTC)
ITEM: dict[str, Any] = {
    "item_id": "d00d",
    "state": "OPEN",
    "kind": "ambiguous",
    "sighting": "s",
    "reason": "two cases",
    "possible_cases": ["crn:X320741"],
    "settled_case": None,
    "received_at": AT,
}


@pytest.fixture
def registry() -> Registry:
    return Registry("mock://registry")


@pytest.fixture
def codec(registry: Registry) -> Codec:
    return Codec(registry)


def duty_item(**change: Any) -> dict[str, Any]:
    return json.loads((HERE / "duty_item.avsc").read_text()) | change


def framed(schema_id: int, record: dict[str, Any] = ITEM) -> bytes:
    return b"\0" + schema_id.to_bytes(4, "big") + schemas.encode("duty_item", record)[MARK_BYTES:]


def test_with_a_registry_a_record_is_framed_with_the_id_of_its_schema(codec: Codec, registry: Registry) -> None:
    value = codec.encode("duty_item", ITEM)
    schema_id = int.from_bytes(value[1:5], "big")
    assert value == framed(schema_id)
    assert codec.decode("duty_item", value) == ITEM
    assert registry.look_up(schema_id) == Registered("AVRO", (HERE / "duty_item.avsc").read_text(), False)


def test_the_same_schema_keeps_its_id(registry: Registry) -> None:
    assert Codec(registry).encode("duty_item", ITEM) == Codec(registry).encode("duty_item", ITEM)


def test_with_a_registry_single_object_encoding_is_understood_too(codec: Codec) -> None:
    assert codec.decode("duty_item", schemas.encode("duty_item", ITEM)) == ITEM


def test_a_schema_that_only_the_registry_knows_is_resolved_to_ours(
    codec: Codec, registry: Registry, tmp_path: Path
) -> None:
    fields = duty_item()["fields"]
    older = duty_item(fields=[each for each in fields if each["name"] not in ("possible_cases", "settled_case")])
    schema_id = registry.register("raised_risk.DutyItem", json.dumps(older))
    (tmp_path / "duty_item.avsc").write_text(json.dumps(older))
    old = Codec(catalogue=Catalogue(tmp_path))
    body = old.encode("duty_item", {key: ITEM[key] for key in ITEM if key not in ("possible_cases", "settled_case")})
    value = b"\0" + schema_id.to_bytes(4, "big") + body[MARK_BYTES:]
    expected = ITEM | {"possible_cases": [], "settled_case": None}
    assert [codec.decode("duty_item", value), codec.decode("duty_item", value)] == [expected, expected]


def in_micros(schema: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(schema).replace("timestamp-millis", "timestamp-micros"))


def in_bare_numbers(schema: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(schema).replace(', "logicalType": "timestamp-millis"', ""))


REFUSED = {
    "another message": (
        duty_item(name="Other"),
        "was written by schema id %d, raised_risk.Other, and this place takes raised_risk.DutyItem",
    ),
    "times in another unit": (
        in_micros(duty_item()),
        "received_at: logical type timestamp-micros on long, and only timestamp-millis on long is in use here",
    ),
    "times as bare numbers": (
        in_bare_numbers(duty_item()),
        "schema id %d says received_at as a bare number, ours is timestamp-millis",
    ),
    "a schema that ours cannot read": (
        duty_item(fields=[duty_item()["fields"][0]]),
        "the body is not what the schema describes (SchemaResolutionError), read as duty_item",
    ),
    "no schema at all": ("gibberish", "schema id of the registry: is no valid Avro schema"),
}


@pytest.mark.parametrize(("schema", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_registered_schema_that_is_not_ours_to_read_is_refused(
    codec: Codec, registry: Registry, schema: Any, reason: str
) -> None:
    schema_id = registry.register("theirs", schema if isinstance(schema, str) else json.dumps(schema))
    with pytest.raises(NotReadable) as refused:
        codec.decode("duty_item", framed(schema_id))
    assert (reason % schema_id if "%d" in reason else reason) in refused.value.reason.replace(
        f"id {schema_id} of", "id of"
    )


def test_a_schema_of_another_kind_is_refused(codec: Codec, registry: Registry) -> None:
    schema_id = registry._client.register_schema("theirs", Schema("{}", "JSON"))
    with pytest.raises(NotReadable, match=f"was written by schema id {schema_id}, which is JSON"):
        codec.decode("duty_item", framed(schema_id))


def test_an_id_that_the_registry_does_not_know_is_the_records_fault(codec: Codec) -> None:
    with pytest.raises(NotReadable, match="was written by schema id 4711, which the registry does not know"):
        codec.decode("duty_item", framed(4711))


def test_a_frame_that_ends_within_its_id_is_refused(codec: Codec) -> None:
    with pytest.raises(NotReadable, match="ends within the schema id"):
        codec.decode("duty_item", b"\0\0\0")


class Silent:
    """A registry client whose registry is down."""

    def get_schema(self, schema_id: int) -> None:
        raise ConnectionError("refused")

    def register_schema(self, subject: str, schema: Any) -> int:
        raise ConnectionError("refused")


def test_a_registry_that_does_not_answer_is_not_the_records_fault(codec: Codec, registry: Registry) -> None:
    value = codec.encode("duty_item", ITEM)
    assert codec.decode("duty_item", value) == ITEM
    registry._client = Silent()
    assert codec.decode("duty_item", value) == ITEM  # looked up once
    with pytest.raises(
        RegistryUnavailable, match=r"does not answer as it should \(ConnectionError\); look at registry.url"
    ):
        codec.decode("duty_item", framed(4711))
    with pytest.raises(RegistryUnavailable):
        codec.encode("escalation", {})


def test_without_the_extra_a_registry_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka.schema_registry", None)
    with pytest.raises(RegistryUnavailable, match=r"is not installed; pip install 'raised-risk\[registry\]'"):
        Codec("http://127.0.0.1:8081")


def test_an_empty_address_means_no_registry() -> None:
    assert Codec("").encode("duty_item", ITEM) == schemas.encode("duty_item", ITEM)
