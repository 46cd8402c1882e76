"""avro-python3's part: every schema is checked when it is loaded, and a record is explained field by field."""

import json
from importlib import metadata
from pathlib import Path
from typing import Any

import avro
import pytest

import schemas
from schemas import BrokenSchema, check
from schemas.catalogue import Catalogue

FOLDER = Path(schemas.__file__).parent


def test_no_other_distribution_shadows_the_package_of_avro_python3() -> None:
    assert metadata.packages_distributions()["avro"] == ["avro-python3"]
    assert Path(avro.__file__).parent == Path(str(metadata.distribution("avro-python3").locate_file("avro")))


@pytest.mark.parametrize("package", ["streams", "schemas", "agents"])
def test_no_other_distribution_brings_a_package_of_ours(package: str) -> None:
    # Installed from a wheel the three are raised-risk's; from a checkout they belong to no distribution.
    assert set(metadata.packages_distributions().get(package, ())) <= {"raised-risk"}


def record(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": list(fields)}


def field(kind: Any, **more: Any) -> dict[str, Any]:
    return {"name": "a", "type": kind} | more


def enum(*symbols: str, **more: Any) -> dict[str, Any]:
    return {"type": "enum", "name": "E", "symbols": symbols} | more


BROKEN = {
    "no JSON": ("{", "JSONDecodeError"),
    "no record": ('"string"', "describes string, and a message is a record"),
    "a list": ("[]", "describes"),
    "no fields": (json.dumps(record()), "R: has no fields"),
    "a key twice": ('{"type": "record", "type": "record", "name": "R", "fields": []}', "says type twice in one place"),
    "a field twice": (json.dumps(record(field("int"), field("int"))), "Duplicate record field name 'a'"),
    "a field without a name": (json.dumps(record({"type": "int"})), "KeyError"),
    "a field that is a number": (json.dumps(record(3)), "TypeError"),  # type: ignore[arg-type]
    "a name with a space": (json.dumps(record({"name": "a b", "type": "int"})), "a b: is no valid field name"),
    "an unknown type": (json.dumps(record(field("inty"))), "Unknown named schema 'inty'"),
    "a type twice": (json.dumps(record(field(enum("A")), {"name": "b", "type": enum("A")})), "'E' already exists"),
    "a symbol twice": (json.dumps(record(field(enum("A", "A")))), "Invalid symbols"),
    "a branch twice": (json.dumps(record(field(["null", "null"]))), "duplicate type"),
    "a default that does not fit": (json.dumps(record(field("int", default="x"))), "a: its default does not fit int"),
    "a default of the second branch": (
        json.dumps(record(field(["string", "null"], default=None))),
        "a: its default does not fit string or null",
    ),
    "a default that is no symbol": (json.dumps(record(field(enum("A", default="B")))), "none of its symbols"),
    "a misspelt logical type": (
        json.dumps(record(field({"type": "long", "logicalType": "timestamp-milis"}))),
        "a: logical type timestamp-milis on long",
    ),
    "a logical type on another": (
        json.dumps(record(field([{"type": "int", "logicalType": "timestamp-millis"}, "null"]))),
        "a: logical type timestamp-millis on int",
    ),
    "a map": (json.dumps(record(field({"type": "map", "values": "int"}))), "a: map is not in use here"),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_schema_is_refused_with_its_file_the_reason_and_a_remedy(
    tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "broken.avsc").write_text(text)
    with pytest.raises(BrokenSchema) as refused:
        Catalogue(tmp_path)
    assert refused.value.file == "broken.avsc"
    assert reason in refused.value.reason
    assert refused.value.remedy in str(refused.value)


def test_a_broken_past_version_is_refused_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "thing.avsc").write_text(json.dumps(record(field("int"))))
    (tmp_path / "past" / "thing").mkdir(parents=True)
    (tmp_path / "past" / "thing" / "1.avsc").write_text("{")
    with pytest.raises(BrokenSchema, match=r"^past/thing/1.avsc: "):
        Catalogue(tmp_path)


CASE = {
    "type": "record",
    "name": "R",
    "fields": [
        {"name": "case", "type": record(field(["null", "string"]))},
        {"name": "kinds", "type": {"type": "array", "items": enum("A", "B")}},
        {"name": "grade", "type": ["null", {"type": "enum", "name": "G", "symbols": ["HIGH"]}], "default": None},
        {"name": "when", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}], "default": None},
    ],
}
CASE["fields"][0]["type"]["name"] = "Case"  # type: ignore[index]
FITS = {"case": {"a": "x"}, "kinds": ["A"]}


@pytest.mark.parametrize(
    ("value", "differences"),
    [
        pytest.param(FITS, (), id="it fits"),
        pytest.param(None, ("record: expected record, got null",), id="nothing"),
        pytest.param(
            FITS | {"case": {"a": 7}}, ("case.a: expected null or string, got int",), id="a number for a text"
        ),
        pytest.param(
            {"kinds": []}, ("case: is missing, and has no default; expected record",), id="a field is missing"
        ),
        pytest.param(
            FITS | {"case": {}}, ("case.a: is missing, and has no default; expected null or string",), id="in it"
        ),
        pytest.param(
            FITS | {"kinds": ["A", "C", 1]},
            (
                "kinds[1]: expected one of A, B, got a text that is none of them",
                "kinds[2]: expected one of A, B, got int",
            ),
            id="symbols",
        ),
        pytest.param(FITS | {"kinds": "A"}, ("kinds: expected array, got string",), id="one in place of a list"),
        pytest.param(
            FITS | {"grade": "LOW"}, ("grade: expected one of HIGH, got a text that is none of them",), id="in a union"
        ),
        pytest.param(
            FITS | {"when": "2026"}, ("when: expected null or a time with its zone, got string",), id="a time"
        ),
        pytest.param(
            FITS | {"when": 10**15},
            ("when: expected a time with its zone, got one outside the years 1 to 9999",),
            id="far",
        ),
        pytest.param(
            FITS | {"gradee": "HIGH"},
            ("record: has a field that the schema does not know; is grade misspelt?",),
            id="misspelt",
        ),
        pytest.param(
            FITS | {"kinds": [0] * 99}, ("kinds[%d]: expected one of A, B, got int",) * 20, id="twenty at most"
        ),
    ],
)
def test_an_explanation_names_path_expectation_and_kind_of_what_is_there(
    value: Any, differences: tuple[str, ...]
) -> None:
    expected = tuple(each % index if "%d" in each else each for index, each in enumerate(differences))
    assert check.explain(check.parse("case.avsc", json.dumps(CASE)), value) == expected


def named(schema: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Every named type in a schema, without its words."""
    if isinstance(schema, list):
        for each in schema:
            named(each, found)
    elif isinstance(schema, dict):
        if "name" in schema and schema["type"] in ("record", "enum"):
            found[schema["name"]] = {key: value for key, value in schema.items() if key not in ("doc", "namespace")}
        for each in schema.values():
            named(each, found)
    return found


def test_a_type_that_several_schemas_name_is_the_same_in_all() -> None:
    seen: dict[str, Any] = {}
    for file in sorted(FOLDER.glob("*.avsc")):
        for name, definition in named(json.loads(file.read_text()), {}).items():
            assert seen.setdefault(name, definition) == definition, f"{file.name}: {name}"


def test_every_time_in_every_schema_says_which_time_it_is() -> None:
    catalogue = Catalogue(FOLDER)
    words = ("Occurred", "Recorded", "Received", "Time in the case's log", "The first moment at which")
    for name in catalogue.names:
        text = json.loads((FOLDER / f"{name}.avsc").read_text())
        for each in fields_of(text):
            if "timestamp-millis" in json.dumps(each["type"]) and "fields" not in json.dumps(each["type"]):
                assert each["doc"].startswith(words), f"{name}: {each['name']}"


def fields_of(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for each in schema for found in fields_of(each)]
    if not isinstance(schema, dict):
        return []
    return [*schema.get("fields", []), *(found for each in schema.values() for found in fields_of(each))]
