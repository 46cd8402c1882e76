"""A case explained and its record verified on a real broker: as a worker wrote them, and as somebody changed them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agents import policies
from agents.cases import advance
from agents.cli.exits import Exit
from agents.cli.group import cli
from agents.lane import changelog
from agents.settings import Settings, load
from agents.wire import encode
from schemas import Codec
from streams.case import CaseFile
from streams.events import CaseEvent
from tests.unit import casebook as book

CODEC = Codec()


class Here:
    """The commands and the topics of one test."""

    def __init__(self, settings: Settings, wire: Any) -> None:
        self.settings, self.wire = settings, wire

    def run(self, *words: str) -> Result:
        kafka = self.settings.kafka
        return CliRunner().invoke(cli, ["--bootstrap", kafka.bootstrap, "--namespace", kafka.namespace, *words])

    def rows(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*words, "--json").stdout.splitlines()]

    def send(self, topic: str, key: str | bytes, value: bytes, partition: int = -1) -> None:
        self.wire.send(self.settings.topic(topic), key.encode() if isinstance(key, str) else key, value,
                       partition=partition)  # fmt: skip

    def read(self, topic: str) -> list[Any]:
        return list(self.wire.read(self.settings.topic(topic)))

    def work(self, *events: CaseEvent) -> None:
        """What the worker does with these events, told and kept as it does: by its own step, without a lane."""
        for event in events:
            self.send("case.events.v1", event.case, encode(event))
        ruled = policies.own(self.settings)
        files: dict[bytes, CaseFile] = {}
        ends: dict[int, int] = {}
        for record in self.read("case.events.v1"):
            done, _, fault = advance(files.get(record.key), record, ruled)
            assert fault is None
            files[record.key] = done.file
            ends[record.partition] = record.offset + 1
            for escalation in done.escalations:
                self.send("escalations.v1", record.key, CODEC.encode("escalation", escalation.record()))
        for key, file in files.items():
            self.send("cases.changelog.v1", key, encode(file))
        for partition, end in ends.items():
            self.send("cases.changelog.v1", *changelog.position("case.events.v1", end), partition=partition)


@pytest.fixture
def here(kafka: str, namespace: str, topics: Callable[..., None], wire: Any) -> Here:
    topics(2)
    overrides = {"kafka.bootstrap": kafka, "kafka.namespace": namespace, "worker.session_s": "6"}
    return Here(load(environ={}, overrides=overrides), wire)


NOW = datetime.now(UTC)  # noqa: TID251 - the broker writes its own time, and what happened is not later than that
RAISED = book.assessed(NOW - timedelta(hours=2), book.all_low(public="high"))
YOUTH = book.assessed(NOW - timedelta(hours=1), book.levels(harm="medium"), case=book.YOUTH, name="y1")


def test_whole_records_are_whole_and_their_heads_stay_on_the_chain(here: Here, tmp_path: Path) -> None:
    here.work(RAISED, YOUTH, book.police(NOW - timedelta(minutes=30)))
    result = here.run("record", "verify", "--heads")
    assert (result.exit_code, result.stderr.splitlines()[-1].partition(",")[0]) == (Exit.OK, "2 cases")
    kept = tmp_path / "heads.txt"
    kept.write_text("# kept today\n" + result.stdout)
    assert len(result.stdout.splitlines()) == 2
    again = here.run("record", "verify", "--against", str(kept))
    assert (again.exit_code, again.stderr.splitlines()[-1].endswith("and 2 kept heads still on the chains")) == (
        0,
        True,
    )
    (row,) = here.rows("record", "verify", "X320741")
    assert (row["whole"], row["entries"], row["remarks"]) == (True, row["head"]["entries"], [])
    kept.write_text("7 " + "a" * 32 + " " + "b" * 32 + " crn:X999999\n")
    lost = here.run("record", "verify", "--against", str(kept))
    assert lost.exit_code == Exit.AMISS
    assert "crn:X999999: (the kept head): entry 7 is not the one whose hash was kept" in lost.stderr


def test_an_entry_told_twice_and_one_that_was_changed_are_named_by_their_place(here: Here) -> None:
    here.work(RAISED)
    first = next(each for each in here.read("escalations.v1"))
    here.send("escalations.v1", book.CASE, first.value)
    result = here.run("record", "verify", "X320741")
    assert result.exit_code == Exit.AMISS
    place = f"escalations.v1/{first.partition}/"
    assert f"crn:X320741: {place}" in result.stderr
    assert "entry 1 is there a second time" in result.stderr
    record = CODEC.decode("escalation", first.value)
    here.send("escalations.v1", book.CASE, CODEC.encode("escalation", {**record, "manager": "another"}))
    (row,) = here.rows("record", "verify", "X320741")
    assert {each["amiss"] for each in row["findings"]} == {"doubled", "changed"}
    assert all(each["remedy"] for each in row["findings"])


def test_a_case_of_which_nothing_is_known_cannot_be_verified_nor_explained(here: Here) -> None:
    assert here.run("record", "verify", "X999999").exit_code == Exit.AMISS
    assert here.run("case", "X999999", "--explain").exit_code == Exit.AMISS
    assert here.run("record", "verify").stderr.splitlines()[-1] == "there are no cases"


# ── beside a real worker ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def worker(here: Here, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environ = {**os.environ, **here.settings.variables(), "RAISED_RISK_METRICS_PORT": "0"}
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "agents.cli", "worker"], stdin=subprocess.PIPE, stderr=log, env=environ
        )
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def _changes(here: Here, wanted: str) -> list[dict[str, Any]]:
    """What was told of the case once a change of this kind was; at most a minute later."""
    until = time.monotonic() + 60
    while True:
        told = [CODEC.decode("escalation", record.value) for record in here.read("escalations.v1")]
        if any(one["change"] == wanted for one in told) or time.monotonic() > until:
            assert wanted in {one["change"] for one in told}
            return told
        time.sleep(0.5)


def test_what_a_worker_told_is_explained_now_and_as_at_and_its_record_is_whole(
    here: Here, worker: subprocess.Popen[bytes]
) -> None:
    case = {"crn": "X320741"}
    assessment = {
        "message_id": "A1", "sender": "oasys", "case": case, "assessment_id": "1", "kind": "FULL", "cohort": "ADULT",
        "status": "COMPLETE", "completed_at": NOW - timedelta(hours=2), "recorded_at": NOW - timedelta(hours=1),
        "levels": [{"domain": "PUBLIC", "setting": "COMMUNITY", "level": "HIGH"}],
    }  # fmt: skip
    here.send("assessment.updates.v1", "k", CODEC.encode("assessment_update", assessment))
    (raised, *_) = _changes(here, "RAISED")
    act = {
        "message_id": "K1", "sender": "desk", "case": case, "kind": "ACKNOWLEDGED", "author_staff_code": "N07B123",
        "author_grade": "SPO", "escalation_id": raised["escalation_id"], "reason": "on my way",
    }  # fmt: skip
    here.send("case.acts.v1", "k", CODEC.encode("case_act", act))
    acknowledged = next(one for one in _changes(here, "ACKNOWLEDGED") if one["change"] == "ACKNOWLEDGED")
    between = raised["at"] + (acknowledged["at"] - raised["at"]) / 2
    assert here.run("account", "--wait", "60").exit_code == Exit.OK

    text = here.run("case", "X320741", "--explain")
    assert text.exit_code == Exit.OK
    assert f"why: {raised['reason']}" in text.stdout
    assert "ACKNOWLEDGED by SPO N07B123; decision: on my way" in text.stdout
    assert "mind:" not in text.stderr, "the log folded again agrees with what was told"

    rows = here.rows("case", "X320741", "--explain", "--as-at", between.isoformat())
    (item,) = [row for row in rows if row["what"] == "escalation"]
    assert [one["change"] for one in item["life"]] == ["RAISED"]
    assert item["item"]["stage"] == "RAISED"
    (entry,) = [row for row in rows if row["what"] == "timeline"]
    assert (entry["told"][0]["acknowledged"], entry["told"][0]["delivered"]) == (None, None)

    (record,) = here.rows("record", "verify")
    assert (record["whole"], record["remarks"]) == (True, [])
    assert record["entries"] >= 2
