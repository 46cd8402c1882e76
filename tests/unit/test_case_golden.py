"""Bytes that a release wrote stay readable, and say what they said."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from streams.case import CaseFile, Due, Schedule
from streams.events import CaseEvent
from streams.step import step
from tests.unit.casebook import POLICIES, POLICY, all_low, assessed
from tests.unit.golden_structs import EVENTS, FOLDER, latest

GOLDEN = sorted(FOLDER.glob("*.msgpack"))


def read(path: Path) -> CaseEvent | CaseFile:
    kind: type[CaseEvent | CaseFile] = CaseFile if path.stem.startswith("case-file") else CaseEvent
    return msgspec.msgpack.decode(path.read_bytes(), type=kind)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_bytes_say_what_they_said(path: Path) -> None:
    value = read(path)
    said = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=type(value))
    # Both by way of JSON: a field that is used no more has no type, and its times are texts there.
    assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == said


@pytest.mark.parametrize(
    "path", sorted({latest(path.name.split(".")[0]) for path in GOLDEN}), ids=lambda path: path.stem
)
def test_what_we_write_now_is_what_the_latest_golden_bytes_show(path: Path) -> None:
    assert msgspec.msgpack.encode(read(path)) == path.read_bytes()


def test_every_kind_of_fact_has_its_golden_bytes() -> None:
    tags = {type(value.fact) for value in map(read, GOLDEN) if isinstance(value, CaseEvent)}
    assert tags == {type(event.fact) for event in EVENTS.values()}
    union = msgspec.inspect.type_info(CaseEvent).fields[5].type  # type: ignore[attr-defined]
    assert tags == {kind.cls for kind in union.types}


def test_the_deadline_alone_can_be_read_from_the_bytes_of_a_file() -> None:
    path = latest("case-file")
    file = read(path)
    assert isinstance(file, CaseFile)
    assert msgspec.msgpack.decode(path.read_bytes(), type=Due).due == file.due


def test_every_list_of_a_case_file_has_its_golden_bytes() -> None:
    files = [file for file in map(read, GOLDEN) if isinstance(file, CaseFile)]
    lists = {field for file in files for field in file.__struct_fields__ if isinstance(getattr(file, field), tuple)}
    assert lists == set().union(*map(_filled, files)) & lists


def _filled(file: CaseFile) -> set[str]:
    """The fields that say something."""
    return {field for field in file.__struct_fields__ if getattr(file, field)}


def test_a_field_that_a_later_release_appends_is_no_trouble_for_this_one() -> None:
    path = latest("case-event-police")
    grown = msgspec.msgpack.encode([*msgspec.msgpack.decode(path.read_bytes()), "a field of later"])
    assert msgspec.msgpack.decode(grown, type=CaseEvent) == read(path)


@pytest.mark.parametrize("edition", [1, 2, 3])
def test_a_file_of_before_there_was_a_schedule_is_evaluated_whole_at_its_next_event(edition: int) -> None:
    file = read(FOLDER / f"case-file.{edition}.msgpack")
    assert isinstance(file, CaseFile)
    assert file.schedule == Schedule()
    assert file.due is None or file.due > file.at
    at = file.due or file.at
    after = step(file, replace(assessed(at, all_low(), name="new"), case=file.case), POLICIES, at).file
    assert (after.schedule.policy, after.brief) == (POLICY.version, ())
    assert after.due == after.schedule.entries[0][0] > at
