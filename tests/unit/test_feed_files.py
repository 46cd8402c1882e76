"""Files of feed messages: what becomes a message and under which key, and why a line is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import fastavro
import pytest

from agents import topics
from agents.cli.publish import TopicName
from agents.queries.feed_files import NAMES, FeedMessage, Refusal, hearing_key, messages
from schemas import Codec

CODEC = Codec()
ARREST: dict[str, Any] = {
    "message_id": "M1",
    "sender": "Northshire Police",
    "case": {"crn": "X320741"},
    "kind": "ARREST",
    "role": "SUSPECT",
    "offences": [{"code": "OF61102"}],
    "occurred_at": "2026-11-02T09:00:00Z",
}
READ = {
    **ARREST,
    "case": {"crn": "X320741", "youth_case_id": None, "youth_case_issuer": None},
    "reference": None,
    "grade": None,
    "grade_tool": None,
    "children_present": None,
    "offences": [{"code": "OF61102", "title": None}],
    "occurred_at": datetime(2026, 11, 2, 9, tzinfo=UTC),
    "recorded_at": None,
}


def _read(topic: str, path: Path) -> list[FeedMessage | Refusal]:
    return list(messages(topic, path, CODEC, moved=lambda _: None))


def _lines(tmp_path: Path, *lines: Any) -> list[FeedMessage | Refusal]:
    path = tmp_path / "police.jsonl"
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    )
    return _read(topics.POLICE_NOTIFICATIONS, path)


def test_a_line_becomes_the_record_that_its_schema_wants_under_its_cases_key(tmp_path: Path) -> None:
    (found,) = _lines(tmp_path, ARREST)
    assert isinstance(found, FeedMessage)
    assert (found.line, found.key) == (1, b"X320741")
    assert CODEC.decode("police_notification", found.value) == READ


@pytest.mark.parametrize(
    "time", ["2026-11-02T09:00:00Z", "2026-11-02T09:00:00+00:00", "2026-11-02T10:00:00.000+01:00", 1_793_610_000_000]
)
def test_a_time_is_iso_8601_with_its_zone_or_milliseconds(tmp_path: Path, time: object) -> None:
    (found,) = _lines(tmp_path, {**ARREST, "occurred_at": time})
    assert isinstance(found, FeedMessage)
    assert CODEC.decode("police_notification", found.value) == READ


CIRCUMSTANCE: dict[str, Any] = {"message_id": "M1", "sender": "Eastvale YJS", "case": {"crn": "X320741"}}
NOTHING = dict.fromkeys(["classification", "service", "link", "coming_of_age", "merge", "unmerge", "erasure"])


def test_what_a_record_gives_inside_another_is_read_there_too(tmp_path: Path) -> None:
    path = tmp_path / "circumstances.jsonl"
    of_age = {**CIRCUMSTANCE, "coming_of_age": {"turns_18_on": "2026-06-14T00:00:00+01:00"}}
    linked = {**CIRCUMSTANCE, "link": {"link_id": "L1", "other": {"crn": "X320742"}, "relation": "SIBLING"}}
    path.write_text("\n".join(map(json.dumps, (of_age, linked))))
    read = [CODEC.decode("case_circumstance", each.value) for each in _read(topics.CASE_CIRCUMSTANCES, path)]  # type: ignore[union-attr]
    nobody = {"youth_case_id": None, "youth_case_issuer": None}
    common = {
        **CIRCUMSTANCE, **NOTHING, "case": {"crn": "X320741", **nobody}, "occurred_at": None, "recorded_at": None
    }  # fmt: skip
    link = {**linked["link"], "other": {"crn": "X320742", **nobody}, "relation_back": None, "held": True}
    assert read == [
        {**common, "coming_of_age": {"turns_18_on": datetime(2026, 6, 13, 23, tzinfo=UTC)}},
        {**common, "link": link},
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"kind', "not JSON: Unterminated string starting at at column 2"),
        (b"{", "not JSON: a message must be on one line (`jq -c .` puts it there)"),
        (b'"\xff"', "not JSON: not UTF-8"),
        (b"[" * 100_000, "not JSON: too deep"),
        (b'{"message_id": ' + b"9" * 5_000 + b"}", "not JSON that can be read: a number is too long"),
        ({**ARREST, "kin": "ARREST"}, "kin: there is no such field"),
        ({**ARREST, "case": {"crm": "X320741"}}, "case.crm: there is no such field"),
        ({**ARREST, "offences": [{}, {"codes": "X"}]}, "offences[1].codes: there is no such field"),
        (
            {**ARREST, "occurred_at": "yesterday"},
            "occurred_at: is neither an ISO 8601 time nor milliseconds since 1970",
        ),
        ({**ARREST, "occurred_at": "2026-11-02T09:00:00"}, "occurred_at: the time does not say its zone"),
    ],
    ids=[
        "cut",
        "spread",
        "not UTF-8",
        "too deep",
        "too long",
        "field",
        "field within",
        "field in a list",
        "time",
        "zone",
    ],
)
def test_a_bad_line_is_refused_with_the_field_and_without_what_stands_in_it(
    tmp_path: Path, line: object, reason: str
) -> None:
    assert _lines(tmp_path, ARREST, b"", line, ARREST)[1] == Refusal(3, reason)


@pytest.mark.parametrize(
    "line", [{**ARREST, "kind": "STOP"}, {**ARREST, "message_id": 1}, {"message_id": "M1"}, [], 7, None]
)
def test_what_does_not_fit_the_schema_is_refused_in_the_codecs_words(tmp_path: Path, line: object) -> None:
    (found,) = _lines(tmp_path, line)
    assert isinstance(found, Refusal)


def test_a_bad_line_leaves_its_neighbours_alone(tmp_path: Path) -> None:
    found = _lines(tmp_path, ARREST, b"bad", ARREST)
    assert [type(each) for each in found] == [FeedMessage, Refusal, FeedMessage]


@pytest.mark.parametrize(
    ("case", "key"),
    [
        ({"crn": "X320741"}, b"X320741"),
        ({"youth_case_id": "YC/7", "youth_case_issuer": "Eastvale YJS"}, b"Eastvale YJS/YC/7"),
        ({"crn": "X320741", "youth_case_id": "YC/7", "youth_case_issuer": "Eastvale YJS"}, b"X320741"),
        ({}, None),
    ],
    ids=["adult", "youth", "both", "neither"],
)
def test_a_message_is_keyed_by_its_case_reference(tmp_path: Path, case: dict[str, str], key: bytes | None) -> None:
    (found,) = _lines(tmp_path, {**ARREST, "case": case})
    assert isinstance(found, FeedMessage)
    assert found.key == key


def test_a_byte_order_mark_and_the_ends_of_other_systems_lines_are_no_part_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "police.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(ARREST).encode() + b"\r\n\r\n" + json.dumps(ARREST).encode())
    assert [(type(each), each.line) for each in _read(topics.POLICE_NOTIFICATIONS, path)] == [
        (FeedMessage, 1),
        (FeedMessage, 3),
    ]


def test_a_file_of_another_encoding_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "police.jsonl"
    path.write_bytes(f"{json.dumps(ARREST)}\n".encode("utf-16"))
    assert _read(topics.POLICE_NOTIFICATIONS, path)[0] == Refusal(1, "not JSON: not UTF-8")


def _avro(path: Path, *records: dict[str, Any]) -> Path:
    with path.open("wb") as file:
        fastavro.writer(file, CODEC.catalogue.current("police_notification").parsed, records, sync_interval=1)
    return path


def test_an_avro_file_is_read_record_by_record(tmp_path: Path) -> None:
    found = _read(topics.POLICE_NOTIFICATIONS, _avro(tmp_path / "police.avro", READ, READ))
    assert [(each.line, isinstance(each, FeedMessage)) for each in found] == [(1, True), (2, True)]
    assert isinstance(found[0], FeedMessage)
    assert CODEC.decode("police_notification", found[0].value) == READ


def test_a_damaged_avro_file_is_refused_from_where_it_is_damaged(tmp_path: Path) -> None:
    path = _avro(tmp_path / "police.avro", READ, READ, READ)
    path.write_bytes(path.read_bytes()[:-40])
    found = _read(topics.POLICE_NOTIFICATIONS, path)
    assert [type(each) for each in found] == [FeedMessage, FeedMessage, Refusal]
    assert found[2].line == 3


def test_an_avro_container_is_known_by_its_first_bytes_whatever_its_name(tmp_path: Path) -> None:
    path = _avro(tmp_path / "police.bin", READ)
    assert [type(each) for each in _read(topics.POLICE_NOTIFICATIONS, path)] == [FeedMessage]


HEARING = b'{ "hearing":\n  {"id": "h-1"}}\n'


def test_a_hearings_file_is_one_message_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "hearing.json"
    path.write_bytes(HEARING)
    assert _read(topics.COURT_HEARINGS, path) == [FeedMessage(1, b"h-1", HEARING)]


def test_a_file_of_hearings_by_line_is_a_message_a_line(tmp_path: Path) -> None:
    path = tmp_path / "hearings.jsonl"
    path.write_bytes(b'{"hearing": {"id": "h-1"}}\r\n{"x": 1}\nnot JSON\n')
    assert _read(topics.COURT_HEARINGS, path) == [
        FeedMessage(1, b"h-1", b'{"hearing": {"id": "h-1"}}'),
        FeedMessage(2, None, b'{"x": 1}'),
        Refusal(3, "not JSON: Expecting value at column 1"),
    ]


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (b'{"hearing": {"id": "h-1"}}', b"h-1"),
        (json.dumps({"Type": "Notification", "Message": '{"hearing": {"id": "h-1"}}'}).encode(), b"h-1"),
        (b'{"Message": "no JSON"}', None),
        (b'{"hearing": {"id": 7}}', None),
        (b'{"hearing": []}', None),
        (b'{"hearing": {"id": "\\ud800"}}', None),
        (json.dumps({"Message": '{"hearing": ' + "9" * 5_000 + "}"}).encode(), None),
        (b"[]", None),
    ],
    ids=[
        "bare",
        "in its envelope",
        "an envelope with something else",
        "an id that is none",
        "no object",
        "half a pair",
        "a number too long",
        "a list",
    ],
)
def test_a_hearing_is_keyed_by_its_id_and_what_is_wrong_with_it_is_left_to_intake(value: bytes, key: bytes) -> None:
    assert hearing_key(value) == key


def test_how_many_bytes_are_done_is_told_and_adds_up_to_the_file(tmp_path: Path) -> None:
    for path in (tmp_path / "police.jsonl", tmp_path / "police.avro"):
        path.write_text(json.dumps(ARREST) + "\n\n" + json.dumps(ARREST))
        if path.suffix == ".avro":
            _avro(path, READ, READ)
        moved: list[int] = []
        assert len(list(messages(topics.POLICE_NOTIFICATIONS, path, CODEC, moved=moved.append))) == 2
        assert sum(moved) == path.stat().st_size


def test_every_feed_has_one_short_name() -> None:
    assert sorted(NAMES.values()) == sorted(topics.FEEDS)


def test_a_feed_has_a_short_name_and_its_own() -> None:
    feed = TopicName(topics.FEEDS)
    assert (
        feed.convert("hearings", None, None) == feed.convert("court.hearings.v1", None, None) == topics.COURT_HEARINGS
    )
    with pytest.raises(click.BadParameter, match=f"there are {', '.join(NAMES)}$"):
        feed.convert("polce", None, None)
