"""How far an engine has come, written by the engine itself: one short line a commit, in a file of its own.

Measured inside, because only the process knows when a commit was done; its CPU is that of all its threads. A line costs
about 3 us and there is one for a run of records, so what measures does not weigh.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FILE = "BENCH_METER"
"""The environment variable that names the file."""


@dataclass(frozen=True)
class Mark:
    """So many records are done for good; monotonic time (one for all processes of a machine) and CPU so far, in s."""

    at: float
    cpu: float
    what: str
    records: int


class Meter:
    """The file of this process."""

    def __init__(self, path: str = "") -> None:
        self._file = os.open(path or os.environ[FILE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def mark(self, what: str, records: int = 0) -> None:
        """Write a line."""
        os.write(self._file, f"{time.monotonic():.6f} {time.process_time():.6f} {what} {records}\n".encode())


def marks(path: Path) -> list[Mark]:
    """What was written so far; a last line that is only half there is left for the next look."""
    if not path.exists():
        return []
    whole, _, _ = path.read_text(encoding="ascii").rpartition("\n")
    lines = (line.split() for line in whole.splitlines())
    return [Mark(float(at), float(cpu), what, int(records)) for at, cpu, what, records in lines]


@dataclass(frozen=True)
class Steady:
    """What was done between the first commit and the last: start-up does not count, nor does the first run."""

    records: int
    seconds: float
    cpu: float
    commits: int

    @property
    def per_second(self) -> float:
        """Records a second."""
        return self.records / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU a record."""
        return self.cpu / self.records * 1e6


def steady(found: Iterable[Mark], what: str) -> Steady:
    """Between the first and the last commit of ``what``. Pure. Raises ValueError when there are not two."""
    some = [mark for mark in found if mark.what == what and mark.records]
    if len(some) < 2:
        raise ValueError(f"{len(some)} commits of {what}: nothing between the first and the last; give it more events")
    first, last = some[0], some[-1]
    return Steady(sum(mark.records for mark in some[1:]), last.at - first.at, last.cpu - first.cpu, len(some) - 1)
