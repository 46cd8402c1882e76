"""Bytes that a release wrote stay readable: tests/golden/avro, which only grows.

``<name>.<n>.json`` is an invented record as version n of the schema says it (times as ISO 8601, bytes as
``{"hex": …}``), ``<name>.<n>.hex`` the bytes that the release wrote for it. To add a version: record it in
schemas/past (docs/schemas.md), write its .json by hand and run this test; its failure says the line to keep as .hex,
written by avro-python3 by that version's schema, so that the bytes do not come from the code that they guard.
Where the schema of now has more fields than version n, ``<name>.<n>.now.json`` says what the old bytes mean today.
"""

import json
import re
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import avro.io
import pytest

import schemas
from schemas.catalogue import Catalogue, Version

GOLDEN = Path(__file__).parent.parent / "golden" / "avro"
CATALOGUE = Catalogue(Path(schemas.__file__).parent)
VERSIONS = [version for name in CATALOGUE.names for version in CATALOGUE.versions(name)]
ISO = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")


def revived(value: Any) -> Any:
    match value:
        case {"hex": digits}:
            return bytes.fromhex(digits)
        case dict():
            return {name: revived(each) for name, each in value.items()}
        case list():
            return [revived(each) for each in value]
        case str() if ISO.fullmatch(value):
            return datetime.fromisoformat(value)
        case _:
            return value


def in_millis(value: Any) -> Any:
    match value:
        case dict():
            return {name: in_millis(each) for name, each in value.items()}
        case list():
            return [in_millis(each) for each in value]
        case datetime():
            return (value - datetime.fromisoformat("1970-01-01T00:00:00Z")) // timedelta(milliseconds=1)
        case _:
            return value


def golden_record(version: Version, kind: str = "json") -> dict[str, Any]:
    return revived(json.loads((GOLDEN / f"{version.name}.{version.number}.{kind}").read_text(encoding="utf-8")))


def by_avro_python3(version: Version) -> bytes:
    """The bytes of the golden record as another implementation of Avro writes them."""
    stream = BytesIO()
    writer = avro.io.DatumWriter(version.checked)
    writer.write(in_millis(golden_record(version)), avro.io.BinaryEncoder(stream))
    return version.mark + stream.getvalue()


def called(version: Version) -> str:
    return f"{version.name}.{version.number}"


@pytest.mark.parametrize("version", VERSIONS, ids=called)
def test_every_version_of_every_schema_has_golden_bytes_that_say_which_version_wrote_them(version: Version) -> None:
    kept = GOLDEN / f"{version.name}.{version.number}.hex"
    assert kept.exists(), f"keep this as {kept.name}:\n{by_avro_python3(version).hex()}"
    # A version that was edited after it was recorded has another fingerprint than its bytes.
    assert bytes.fromhex(kept.read_text())[: len(version.mark)] == version.mark


@pytest.mark.parametrize("kept", sorted(GOLDEN.glob("*.hex")), ids=lambda kept: kept.stem)
def test_bytes_that_a_release_wrote_still_say_what_they_said(kept: Path) -> None:
    name, number = kept.stem.split(".")
    version = next(each for each in CATALOGUE.versions(name) if each.number == int(number))
    now = (GOLDEN / f"{kept.stem}.now.json").exists()
    assert schemas.decode(name, bytes.fromhex(kept.read_text())) == golden_record(
        version, "now.json" if now else "json"
    )


@pytest.mark.parametrize("name", CATALOGUE.names)
def test_what_is_written_now_is_what_was_written_for_the_same_record(name: str) -> None:
    version = CATALOGUE.current(name)
    kept = bytes.fromhex((GOLDEN / f"{name}.{version.number}.hex").read_text())
    assert schemas.encode(name, golden_record(version)) == kept == by_avro_python3(version)
