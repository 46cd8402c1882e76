"""Which case wants to be looked at next: the index of the deadlines of one partition.

A case file carries its next deadline as data; the index is only a way to find the earliest, and is rebuilt from the
files on recovery. When a deadline has passed, an event says so to the case. That it was emitted is remembered (in the
changelog) until the event has been read back, so that it comes once, whoever is killed in between. A case can have
several of them on their way: its deadline moves to one that has passed as well, and back, before the first is read.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from heapq import heapify, heappop, heappush


class Due:
    """The deadlines of one partition."""

    def __init__(self) -> None:
        self._at: dict[bytes, datetime] = {}
        self._heap: list[tuple[datetime, bytes]] = []
        self._emitted: dict[bytes, frozenset[datetime]] = {}

    def load(self, dues: dict[bytes, datetime], emitted: dict[bytes, frozenset[datetime]]) -> None:
        """Begin anew with these deadlines, of which some are emitted already."""
        self._at = dues
        self._emitted = emitted
        self._heap = [(due, key) for key, due in dues.items()]
        heapify(self._heap)

    def __len__(self) -> int:
        return len(self._at)

    def set(self, key: bytes, due: datetime | None) -> None:
        """The case's next deadline is now ``due``."""
        if due is None:
            self._at.pop(key, None)
        elif self._at.get(key) != due:
            self._at[key] = due
            heappush(self._heap, (due, key))

    def earliest(self) -> datetime | None:
        """The earliest deadline that is not emitted yet."""
        while self._heap:
            due, key = self._heap[0]
            if self._at.get(key) == due and due not in self._emitted.get(key, ()):
                return due
            heappop(self._heap)  # moved on, or emitted already
        return None

    def passed(self, now: datetime, most: int) -> list[tuple[bytes, datetime]]:
        """The deadlines that have passed and are not emitted yet, earliest first. Each stays here until it moves."""
        found: dict[bytes, datetime] = {}
        while len(found) < most and (due := self.earliest()) is not None and due <= now:
            found[heappop(self._heap)[1]] = due  # one that moved away and back stands in the heap twice
        for key, due in found.items():
            heappush(self._heap, (due, key))
        return list(found.items())

    def emit(self, key: bytes, due: datetime) -> Collection[datetime]:
        """Note that a deadline is emitted; all of the case that are, and were not read back yet."""
        self._emitted[key] = self._emitted.get(key, frozenset()) | {due}
        return self._emitted[key]

    def read_back(self, key: bytes, due: datetime) -> Collection[datetime] | None:
        """Note that one was read back; those that are not yet. None: it was not emitted here, nothing changes."""
        emitted = self._emitted.get(key, frozenset())
        if due not in emitted:
            return None
        if left := emitted - {due}:
            self._emitted[key] = left
        else:
            del self._emitted[key]
        return left
