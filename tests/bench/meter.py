"""How far an engine has come, written by the engine itself: one short line a commit, in a file of its own.

Measured inside, because only the process knows when a commit was done; its CPU is that of all its threads. A line costs
about 3 us and there is one for many records, so what measures does not weigh.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

FILE = "BENCH_METER"
"""The environment variable that names the file."""


@dataclass(frozen=True)
class Mark:
    """A commit: monotonic time (one for all processes of a machine) and CPU so far in s; counts since the start."""

    at: float
    cpu: float
    stepped: int  # events that went through the core
    taken: int  # records taken from Kafka, whatever they were; 0 where the engine does not count them


class Meter:
    """The file of this process."""

    def __init__(self) -> None:
        self._file = os.open(os.environ[FILE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def mark(self, stepped: int, taken: int = 0) -> None:
        """Write a line."""
        os.write(self._file, f"{time.monotonic():.6f} {time.process_time():.6f} {stepped} {taken}\n".encode())


def marks(path: Path) -> list[Mark]:
    """What was written so far; a last line that is only half there is left for the next look."""
    if not path.exists():
        return []
    whole, _, _ = path.read_text(encoding="ascii").rpartition("\n")
    lines = (line.split() for line in whole.splitlines())
    return [Mark(float(at), float(cpu), int(stepped), int(taken)) for at, cpu, stepped, taken in lines]


@dataclass(frozen=True)
class Steady:
    """What was done between the first commit with events and the last: a start does not count."""

    events: int
    seconds: float
    cpu: float

    @property
    def per_second(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU an event."""
        return self.cpu / self.events * 1e6


def worked(found: Sequence[Mark]) -> list[Mark]:
    """The commits that brought events. Pure."""
    return [mark for before, mark in pairwise((Mark(0, 0, 0, 0), *found)) if mark.stepped > before.stepped]


def steady(found: Sequence[Mark]) -> Steady:
    """Between the first commit with events and the last that brought more. Pure. Raises ValueError without two."""
    some = worked(found)
    if len(some) < 2:
        raise ValueError(f"{len(some)} commits with events: nothing lies between; give it more events")
    first, last = some[0], some[-1]
    return Steady(last.stepped - first.stepped, last.at - first.at, last.cpu - first.cpu)
