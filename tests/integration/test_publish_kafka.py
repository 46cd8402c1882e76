"""Publishing to a real broker: every good line arrives once, under its key and in order; a bad one is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agents.cli.exits import Exit
from agents.cli.group import cli
from agents.settings import Settings, load
from schemas import Codec

Topics = Callable[..., None]
CODEC = Codec()


@pytest.fixture
def settings(kafka: str, namespace: str) -> Settings:
    return load(environ={}, overrides={"kafka.bootstrap": kafka, "kafka.namespace": namespace})


@pytest.fixture
def run(settings: Settings) -> Callable[..., Result]:
    def run(*words: str) -> Result:
        kafka = settings.kafka
        return CliRunner().invoke(cli, ["--bootstrap", kafka.bootstrap, "--namespace", kafka.namespace, *words])

    return run


def _arrest(number: int, crn: str = "X320741") -> str:
    record = {"message_id": f"M{number}", "sender": "S", "case": {"crn": crn}, "kind": "ARREST", "role": "SUSPECT"}
    return json.dumps(record)


def test_every_good_line_arrives_once_in_order_and_a_bad_one_is_named(
    run: Callable[..., Result], topics: Topics, wire: Any, namespace: str, tmp_path: Path
) -> None:
    topics(3)
    lines = [_arrest(number, f"X{number % 7:06}") for number in range(2_000)]
    lines[700] = "bad"
    file = tmp_path / "police.jsonl"
    file.write_text("\n".join(lines))
    result = run("publish", "police", str(file), "--json")
    assert result.exit_code == Exit.AMISS
    assert list(map(json.loads, result.stdout.splitlines())) == [
        {"file": str(file), "line": 701, "refused": "not JSON: Expecting value at column 1"},
        {"topic": f"{namespace}police.notifications.v1", "sent": 1_999, "refused": 1},
    ]
    by_key: dict[bytes, list[int]] = {}
    for record in wire.read(f"{namespace}police.notifications.v1"):
        said = CODEC.decode("police_notification", record.value)
        assert said["case"]["crn"].encode() == record.key
        by_key.setdefault(record.key, []).append(int(said["message_id"][1:]))
    assert by_key == {
        f"X{rest:06}".encode(): [number for number in range(rest, 2_000, 7) if number != 700] for rest in range(7)
    }


def test_hearings_arrive_byte_for_byte(
    run: Callable[..., Result], topics: Topics, wire: Any, namespace: str, tmp_path: Path
) -> None:
    topics(2)
    values = [b'{ "hearing":\r\n\t{"id": "h-%d"}}\n' % number for number in range(2)]
    files = [tmp_path / f"{number}.json" for number in range(2)]
    for file, value in zip(files, values, strict=True):
        file.write_bytes(value)
    assert run("publish", "hearings", *map(str, files)).exit_code == Exit.OK
    found = {record.key: record.value for record in wire.read(f"{namespace}court.hearings.v1")}
    assert found == {b"h-0": values[0], b"h-1": values[1]}


def test_a_message_that_the_broker_does_not_take_is_refused_and_the_others_go_on(
    run: Callable[..., Result], topics: Topics, wire: Any, namespace: str, tmp_path: Path
) -> None:
    topics(1)
    large = json.dumps({"hearing": {"id": "large"}, "x": "0" * 18_000_000})
    file = tmp_path / "hearings.jsonl"
    file.write_text("\n".join(['{"hearing": {"id": "before"}}', large, '{"hearing": {"id": "after"}}']))
    result = run("publish", "hearings", str(file))
    assert result.exit_code == Exit.AMISS
    assert re.search(rf"{file}:2: refused: it has 18,000,\d+ bytes, and the topic takes [\d,]+ at most", result.stderr)
    assert {record.key for record in wire.read(f"{namespace}court.hearings.v1")} == {b"before", b"after"}


def test_a_feed_that_has_no_topic_is_said_so_with_the_remedy(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "police.jsonl"
    file.write_text(_arrest(1))
    result = run("publish", "police", str(file))
    assert result.exit_code == Exit.UNAVAILABLE
    assert "raised-risk topics apply" in result.stderr
