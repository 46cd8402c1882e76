"""Worker processes of the real program, under pipes that we hold, to be killed, frozen, stopped and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO


@dataclass
class Worker:
    """One process, and whether it should be there."""

    index: int
    process: subprocess.Popen[bytes]
    log: Path
    frozen: bool = False
    began: float = field(default_factory=time.monotonic)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def says(self) -> str:
        """What it has logged so far."""
        return self.log.read_text(errors="replace")

    def assigned(self) -> list[list[int]]:
        """The groups that it was assigned, each time that they were dealt out."""
        lines = (line for line in self.says().splitlines() if '"groups are assigned"' in line and line[-1] == "}")
        return [json.loads(line)["partitions"] for line in lines]


class Crew:
    """The workers of one run. What ends by itself is started again, as the supervisor would."""

    def __init__(self, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self.folder = folder
        self.become(command, environment)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.workers: dict[int, Worker] = {}
        self.started = 0
        self.kills = 0
        self.ended: list[int | None] = []  # exit codes of those that ended by themselves
        self._again: dict[int, float] = {}

    def become(self, command: list[str], environment: Mapping[str, str], cwd: Path | None = None) -> None:
        """Start this program from now on, in this folder."""
        self.command, self.environment, self.cwd = command, dict(environment), cwd

    def start(self, index: int) -> Worker:
        """Start worker ``index``; its standard input is a pipe, so that it ends when we do."""
        self.started += 1
        log = self.folder / f"{self.started:02}-worker-{index}.log"
        out: IO[bytes]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*self.command, str(index)], stdin=subprocess.PIPE, stdout=out, stderr=out, cwd=self.cwd,
                env={**clean_environment(), **self.environment},
            )  # fmt: skip
        self.workers[index] = Worker(index, process, log)
        return self.workers[index]

    def kill(self, index: int) -> None:
        """kill -9."""
        worker = self.workers.pop(index)
        if worker.alive:
            self.kills += 1
            worker.process.kill()
        _gone(worker.process)

    def stop(self, index: int, patience: float = 25.0) -> float:
        """SIGTERM; how long it took, in seconds. One that does not end in time is killed, and TimeoutError raised."""
        worker, began = self.workers.pop(index), time.monotonic()
        worker.process.terminate()
        try:
            worker.process.wait(patience)
        except subprocess.TimeoutExpired as exc:
            worker.process.kill()
            raise TimeoutError(f"worker {index} did not end within {patience:.0f} s of SIGTERM: {worker.log}") from exc
        finally:
            _gone(worker.process)
        return time.monotonic() - began

    def freeze(self, index: int) -> None:
        self.workers[index].process.send_signal(signal.SIGSTOP)
        self.workers[index].frozen = True

    def thaw(self, index: int) -> None:
        self.workers[index].process.send_signal(signal.SIGCONT)
        self.workers[index].frozen = False

    def keep(self) -> None:
        """Start again what has ended by itself, after a second."""
        for index, worker in list(self.workers.items()):
            if not worker.alive:
                self.ended.append(worker.process.returncode)
                del self.workers[index]
                _gone(worker.process)
                self._again[index] = time.monotonic() + 1
        for index, when in list(self._again.items()):
            if time.monotonic() >= when:
                del self._again[index]
                if index not in self.workers:
                    self.start(index)

    def close(self) -> None:
        """SIGTERM to all, then kill -9."""
        self._again.clear()
        for worker in self.workers.values():
            worker.process.send_signal(signal.SIGCONT)
            worker.process.terminate()
        until = time.monotonic() + 8
        for worker in self.workers.values():
            try:
                worker.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
            _gone(worker.process)
        self.workers.clear()

    def said(self, *words: str) -> int:
        """How many lines of all logs hold all of these words."""
        lines = (line for log in self.folder.glob("*.log") for line in log.read_text(errors="replace").splitlines())
        return sum(all(word in line for word in words) for line in lines)


def _gone(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    if process.stdin:
        process.stdin.close()


def clean_environment() -> dict[str, str]:
    """Ours, without settings of the program that somebody may have set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RAISED_RISK_")}


def python(*words: str | Path) -> list[str]:
    return [sys.executable, *map(str, words)]
