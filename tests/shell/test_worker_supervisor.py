"""The supervisor: starts again what ended, stops in good order, and leaves no orphan, however it ends itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from kafka.errors import KafkaTimeoutError

from agents import settings, worker

# A supervisor whose check is content and whose processes only wait for their parent to go.
SUPERVISOR = """
import sys
from agents import policies, selfcheck, settings, worker
selfcheck.checked = lambda settings: PROBLEMS
policies.put_in_force = lambda settings: None
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


def test_it_will_not_start_on_a_policy_that_cannot_be_read_whether_or_not_a_broker_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy.toml").write_bytes(b"\xff\xfe")
    given = settings.load(environ={}, overrides={"files.policy": str(tmp_path / "policy.toml")})

    def nobody(_: object) -> None:
        raise KafkaTimeoutError

    monkeypatch.setattr("agents.selfcheck.checked", nobody)
    assert worker.fit(given, threading.Event()) is False
    assert "policy.toml: is not text in UTF-8" in capsys.readouterr().err


def test_it_will_not_start_where_a_codec_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("aiokafka.codec.has_zstd", lambda: False)
    monkeypatch.setattr("agents.selfcheck.checked", lambda _: [])
    assert worker.fit(settings.load(environ={}), threading.Event()) is False
    assert "aiokafka cannot read records that are compressed in zstd" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("setting", "reason"),
    [("METRICS_PORT", "metrics and health cannot be served"), ("WORKER_DATA", "the worker's folder cannot be used")],
)
def test_a_process_that_cannot_begin_says_why_and_shows_no_traceback(setting: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        value = {"METRICS_PORT": str(taken.getsockname()[1]), "WORKER_DATA": str(tmp_path / "file")}[setting]
        given = {**os.environ, "RAISED_RISK_WORKER_STORE": "disk", f"RAISED_RISK_{setting}": value}
        given.setdefault("RAISED_RISK_WORKER_DATA", str(tmp_path / "data"))
        with subprocess.Popen(
            [sys.executable, "-m", "agents.process", "0"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=given
        ) as process:
            assert process.wait(60) == 1
            assert process.stderr is not None
            told = [json.loads(line) for line in process.stderr]
    assert (told[-1]["reason"], told[-1]["level"]) == (reason, "error")
    assert told[-1]["remedy"]
