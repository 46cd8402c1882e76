"""The account beside a real worker: it adds up, also when the worker was killed in between, and after a replay."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result

from agents.cli.exits import Exit
from agents.cli.group import cli
from agents.sandbox.feeds import files
from agents.settings import Settings, load


@pytest.fixture
def settings(kafka: str, namespace: str, topics: Callable[..., None]) -> Settings:
    topics(2)
    return load(environ={}, overrides={"kafka.bootstrap": kafka, "kafka.namespace": namespace, "worker.session_s": "6"})


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environ = {**os.environ, **settings.variables(), "RAISED_RISK_METRICS_PORT": "0"}
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "agents.cli", "worker"], stdin=subprocess.PIPE, stderr=log, env=environ
        )
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(60)


@pytest.fixture
def run(settings: Settings) -> Callable[..., Result]:
    def run(*words: str) -> Result:
        kafka = settings.kafka
        return CliRunner().invoke(cli, ["--bootstrap", kafka.bootstrap, "--namespace", kafka.namespace, *words])

    return run


def _total(result: Result) -> dict[str, Any]:
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == Exit.OK, [row for row in rows if row["what"] == "finding"]
    return next(row for row in rows if row["what"] == "sum")


def test_everything_that_came_in_has_one_outcome_though_a_worker_was_killed(
    settings: Settings, worker: subprocess.Popen[bytes], run: Callable[..., Result], wire: Any, tmp_path: Path
) -> None:
    written = files.write(tmp_path, seed=3, cases=60, messages=1_500)
    names = list(written)
    for number, name in enumerate(names):
        assert run("publish", name.split(".")[0], str(tmp_path / name)).exit_code == Exit.OK
        if number == 1:
            assert run("account", "--wait", "120").exit_code == Exit.OK  # so it is at work
            for child in psutil.Process(worker.pid).children():
                child.kill()
    for offset in range(3):
        wire.send(settings.topic("police.notifications.v1"), b"k", b"bad %d" % offset)
    total = _total(run("account", "--wait", "120", "--json"))
    assert (total["records"], total["quarantined"], total["adds_up"]) == (1_503, 3, True)
    assert total["folded"] > 500

    record = {"message_id": "R1", "sender": "S", "case": {"crn": "X320741"}, "kind": "ARREST", "role": "SUSPECT"}
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(record))
    held = [json.loads(line)["quarantine_id"] for line in run("quarantine", "list", "--json").stdout.splitlines()]
    assert run("quarantine", "replay", held[0], "--value", str(mended), "--wait", "60").exit_code == Exit.OK
    assert run("quarantine", "replay", held[1], "--wait", "60").exit_code == Exit.AMISS  # as bad as before
    again = _total(run("account", "--wait", "60", "--json"))
    assert {name: again[name] - total[name] for name in ("sightings", "folded", "quarantined")} == {
        "sightings": 0,
        "folded": 1,
        "quarantined": -1,
    }
