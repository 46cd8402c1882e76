"""A gauge of the states of open lanes: kept by key as states change, for metrics only. Nothing is decided here.

A lane that opens is counted in the background, some states at a time, so that counting never delays an event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Generic, TypeVar

from agents.lane.changelog import is_own

_SOME = 100  # states counted before others get their turn

T = TypeVar("T")


class StateGauge(Generic[T]):
    """What of the states of this worker's partitions is worth a figure; a state that has none of it is not kept."""

    def __init__(self, of: Callable[[bytes], T | None], report: Callable[[Iterable[T], datetime], None]) -> None:
        self._of, self._report = of, report
        self._found: dict[int, dict[bytes, T | None]] = {}
        self._counting: dict[int, asyncio.Task[None]] = {}

    def begin(self, partition: int, states: Iterator[tuple[bytes, bytes]]) -> None:
        """A partition is open: count its states in the background."""
        self._found[partition] = {}
        self._counting[partition] = asyncio.create_task(self._count(self._found[partition], states))

    async def _count(self, found: dict[bytes, T | None], states: Iterator[tuple[bytes, bytes]]) -> None:
        for number, (key, state) in enumerate(states):
            if not is_own(key) and key not in found and (what := self._of(state)):
                found[key] = what
            if number % _SOME == 0:
                await asyncio.sleep(0)

    def end(self, partition: int) -> None:
        """A partition is closed: its states are another worker's to count."""
        if self._found.pop(partition, None) is not None:
            self._counting.pop(partition).cancel()

    def note(self, partition: int, key: bytes, what: T | None) -> None:
        """A state has changed; None where there is nothing of it to count any more."""
        found = self._found.get(partition)
        if found is not None and (what or key in found):
            found[key] = what  # nothing stays as None: the count in the background must not bring back what is over

    def set(self, now: datetime) -> None:
        """Set the gauges."""
        self._report((what for found in self._found.values() for what in list(found.values()) if what), now)
