"""The demo itself, as a person starts it: with a broker of its own, from the story to the last line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import psutil
import pytest

from tests.processes import still_running

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]


def start(data: Path, *options: str) -> subprocess.Popen[str]:
    """The demo as ``raised-risk demo``, its data in ``data``. The jars stay in the checkout's own cache."""
    return subprocess.Popen(
        [sys.executable, "-m", "agents.cli", "demo", *options],
        cwd=ROOT,
        env={**os.environ, "RAISED_RISK_WORKER_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def until(out: IO[str], words: str) -> list[str]:
    lines = []
    for line in out:
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError(f"{words!r} never came:\n" + "".join(lines))


def test_the_demo_ends_by_itself_and_its_last_line_adds_up(tmp_path: Path) -> None:
    out, _ = start(tmp_path, "--minutes", "0.35", "--rate", "60", "--seed", "7").communicate(timeout=380)
    *lines, last = out.strip().splitlines()
    sums = json.loads(last)
    headlines = [line for line in lines if line.startswith("! ") and " raised: " in line]
    wanted = {"adds_up", "bad", "escalations", "in", "quarantined", "raised", "sent", "story"}
    assert set(sums) == wanted
    assert (sums["adds_up"], sums["story"]) == (True, True), out
    assert sum(sums["sent"].values()) > 1000
    assert sums["quarantined"] == sum(sums["bad"].values())
    assert len(headlines) == sum(sums["raised"].values()) >= 5
    assert all(sums["raised"][rule] >= 2 for rule in ("R1", "R2"))


def test_ctrl_c_ends_the_demo_cleanly_and_leaves_nothing_running(tmp_path: Path) -> None:
    demo = start(tmp_path)
    assert demo.stdout is not None
    until(demo.stdout, "publishing")
    family = psutil.Process(demo.pid).children(recursive=True)
    os.killpg(demo.pid, signal.SIGINT)  # as a terminal does
    out, _ = demo.communicate(timeout=90)
    assert (demo.returncode, still_running(family, timeout=10)) == (0, []), out
    assert len(family) >= 4  # supervisor, worker process, the broker and its watcher
    assert out.strip().splitlines()[-1] == "ended by Ctrl-C"


@pytest.mark.slow
def test_a_killed_demo_leaves_nothing_running(tmp_path: Path) -> None:
    demo = start(tmp_path)
    assert demo.stdout is not None
    until(demo.stdout, "publishing")
    family = psutil.Process(demo.pid).children(recursive=True)
    demo.kill()
    demo.communicate(timeout=30)
    assert still_running(family, timeout=40) == []
