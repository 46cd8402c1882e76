"""The small process between us and a broker, tried on something that starts faster than a broker does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from agents.sandbox.broker import watch
from tests.processes import still_running

SLEEPER = "import time; time.sleep(300)"


def watched(code, grace="0", parent=None):
    """The watcher, and the process it watches."""
    watcher = subprocess.Popen(
        [sys.executable, "-IS", watch.__file__, grace, str(parent or os.getpid()), sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return watcher, psutil.Process(int(watcher.stdout.readline()))


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        pytest.param("raise SystemExit(3)", 3, id="by itself"),
        pytest.param("import os; os.kill(os.getpid(), 9)", 137, id="killed"),
    ],
)
def test_the_exit_code_is_the_commands(code, exit_code):
    with subprocess.Popen(
        [sys.executable, "-IS", watch.__file__, "0", str(os.getpid()), sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as watcher:
        assert watcher.wait(20) == exit_code


def test_it_ends_when_the_pipe_closes():
    watcher, process = watched(SLEEPER)
    watcher.stdin.close()
    assert watcher.wait(20) == 128 + signal.SIGTERM
    assert still_running([process], timeout=0) == []


def test_a_frozen_one_ends_too():
    watcher, process = watched(SLEEPER)
    process.suspend()
    watcher.stdin.close()
    assert watcher.wait(9) == 128 + signal.SIGTERM  # sooner than SIGKILL would have come
    assert still_running([process], timeout=0) == []


def test_it_dies_with_the_watcher():
    watcher, process = watched(SLEEPER)
    watcher.kill()
    watcher.wait(20)
    assert still_running([process], timeout=20) == []


def test_a_polite_end_of_the_watcher_is_passed_on():
    watcher, process = watched(SLEEPER)
    watcher.terminate()
    assert watcher.wait(20) == 128 + signal.SIGTERM
    assert still_running([process], timeout=0) == []


def test_it_ends_with_its_parent_though_somebody_else_holds_the_pipe():
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys, time\n"
            f"w = subprocess.Popen([sys.executable, '-IS', {watch.__file__!r}, '0', str(os.getpid()), sys.executable,"
            f" '-c', {SLEEPER!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)\n"
            "pid = int(w.stdout.readline())\n"
            "other = os.fork()\n"
            "if other == 0:\n"
            "    os.close(1); time.sleep(300); os._exit(0)\n"
            "print(pid, other, flush=True)\n"
            "time.sleep(300)\n",  # until it is killed: both must be seen alive first
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    watched_one, holder = (psutil.Process(int(pid)) for pid in parent.stdout.readline().split())
    try:
        parent.kill()
        parent.wait(20)
        assert still_running([watched_one], timeout=20) == []
        assert holder.is_running()
    finally:
        holder.kill()
