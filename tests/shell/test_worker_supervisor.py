"""The supervisor: starts again what ended, stops in good order, and leaves no orphan, however it ends itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

# A supervisor whose check is content and whose processes only wait for their parent to go.
SUPERVISOR = """
import sys
from agents import selfcheck, settings, worker
selfcheck.checked = lambda settings: PROBLEMS
sys.exit(worker.main(settings.load(environ={}, overrides={"worker.processes": "2"}), [sys.executable, sys.argv[1]]))
"""
PROCESS = """
import os, pathlib, sys, threading
from agents import parent
threading.Thread(target=parent.end_with_it, daemon=True).start()
pathlib.Path(sys.argv[0]).with_name(f"pid-{sys.argv[1]}-{os.getpid()}").touch()
threading.Event().wait()
"""


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    (tmp_path / "process.py").write_text(PROCESS)
    started: list[subprocess.Popen[bytes]] = []

    def start(problems: str = "[]", **more: object) -> subprocess.Popen[bytes]:
        (tmp_path / "supervisor.py").write_text(SUPERVISOR.replace("PROBLEMS", problems))
        command = [sys.executable, str(tmp_path / "supervisor.py"), str(tmp_path / "process.py")]
        more.setdefault("stdin", subprocess.DEVNULL)
        started.append(subprocess.Popen(command, **more))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


def pids(folder: Path) -> list[int]:
    return [int(path.name.rpartition("-")[2]) for path in folder.glob("pid-*")]


def alive(folder: Path) -> list[int]:
    return [pid for pid in pids(folder) if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]


def test_a_process_that_is_killed_is_started_again(supervisor: Callable[..., object], tmp_path: Path) -> None:
    supervisor()
    until(lambda: len(alive(tmp_path)) == 2)
    first = alive(tmp_path)[0]
    os.kill(first, signal.SIGKILL)
    until(lambda: len(pids(tmp_path)) == 3 and len(alive(tmp_path)) == 2)


def test_a_killed_supervisor_leaves_no_orphan(
    supervisor: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    supervised = supervisor()
    until(lambda: len(alive(tmp_path)) == 2)
    supervised.kill()
    supervised.wait()
    until(lambda: alive(tmp_path) == [])


def test_sigterm_stops_all_in_good_order(supervisor: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    supervised = supervisor()
    until(lambda: len(alive(tmp_path)) == 2)
    supervised.terminate()
    assert supervised.wait(60) == 0
    assert alive(tmp_path) == []


def test_it_ends_when_the_pipe_of_whoever_started_it_closes(
    supervisor: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    supervised = supervisor(stdin=subprocess.PIPE)
    until(lambda: len(alive(tmp_path)) == 2)
    assert supervised.stdin is not None
    supervised.stdin.close()
    assert supervised.wait(60) == 0
    assert alive(tmp_path) == []


def test_it_will_not_start_on_topics_that_would_break_the_promise(
    supervisor: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    supervised = supervisor(
        "[selfcheck.Problem('topic x is missing', 'run: raised-risk topics apply')]", stderr=subprocess.PIPE
    )
    assert supervised.wait(60) == 78
    assert supervised.stderr is not None
    assert b"topic x is missing" in supervised.stderr.read()
    assert pids(tmp_path) == []
