"""``raised-risk worker``: checks what the promise stands on, then keeps worker processes running.

A process that ends (a defect, a broker gone at start, the watch) is started again after a pause that grows while it
keeps failing. SIGTERM and SIGINT end all of them in good order. If this supervisor itself is killed, its processes see
their pipe close and end at once: no orphan goes on working. Where standard input is a pipe, its closing ends it, too,
so that whoever started it (the demo, a test) leaves nothing behind.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from types import FrameType

from kafka.errors import KafkaError

from agents import logs, parent, policies, selfcheck
from agents.errors import Misconfigured
from agents.settings import Settings

HEALTHY_AFTER = 60.0  # seconds; a process that ran so long begins with a short pause again
LONGEST_PAUSE = 30.0
GRACE = 20.0  # seconds to stop in good order

_log = logs.get("worker")


@dataclass
class Child:
    """One worker process and how often it has failed of late."""

    index: int
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    failures: int = 0
    again_at: float = 0.0

    def look(self, now: float) -> None:
        """See whether it has ended, and start it (again) when its pause is over."""
        if self.process is not None and (code := self.process.poll()) is not None:
            self.failures = 0 if now - self.began > HEALTHY_AFTER else self.failures + 1
            pause = min(2.0 ** min(self.failures, 5) / 2, LONGEST_PAUSE)
            _log.error("process ended and is started again", process=self.index, code=code, seconds=pause)
            if self.process.stdin:
                self.process.stdin.close()
            self.process, self.again_at = None, now + pause
        if self.process is None and now >= self.again_at:
            command = [*self.command, str(self.index)]
            # Its standard input is the pipe that tells it we are here.
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, env=self.environment)
            self.began = now
            _log.info("process started", process=self.index, pid=self.process.pid)


def main(settings: Settings, command: list[str] | None = None) -> int:
    """Run the worker until it is told to stop; the exit code. ``command`` starts one process (tests give another)."""
    stop = threading.Event()

    def asked(number: int, _frame: FrameType | None) -> None:
        _log.info("worker stops", signal=signal.Signals(number).name)
        stop.set()

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        threading.Thread(target=parent.when_gone, args=(stop.set,), name="stdin", daemon=True).start()
    if not fit(settings, stop):
        return 0 if stop.is_set() else Misconfigured.exit_code
    environment = {**os.environ, **settings.variables()}
    command = command or [sys.executable, "-m", "agents.process"]
    children = [Child(index, command, environment) for index in range(settings.worker.processes)]
    while not stop.is_set():
        for child in children:
            child.look(time.monotonic())
        stop.wait(0.2)
    return _stop(children)


def fit(settings: Settings, stop: threading.Event) -> bool:
    """Whether policy, codecs, topics and settings hold what the promise needs; waits for the broker. Tells all at once.

    Where they do, the policy that this worker was given is put in force.
    """
    own = [*selfcheck.policy(settings), *selfcheck.codecs()]
    while not stop.is_set():
        try:
            problems = [*own, *selfcheck.checked(settings)]
            if not problems:
                policies.put_in_force(settings)
        except (KafkaError, policies.PolicyUnheard) as exc:
            if not (problems := own):
                broker, why = settings.kafka.bootstrap, exc.__cause__ or exc
                _log.warning("the broker does not answer; trying again", broker=broker, exc_info=why, seconds=5)
                stop.wait(5)
                continue
        for problem in problems:
            _log.error("the worker will not start", reason=problem.what, remedy=problem.remedy)
        return not problems
    return False


def _stop(children: list[Child]) -> int:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.send_signal(signal.SIGTERM)
    until = time.monotonic() + GRACE
    for process in running:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return 0
