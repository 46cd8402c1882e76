"""Which case wants to be looked at next: the index of a lane's deadlines.

A case file carries its next deadline as data; the index is only a way to find the earliest, and is rebuilt from the
files on recovery. A deadline that this lane has said is remembered (in the changelog) until the lane has read it
back, so that it comes once, whoever is killed in between. A case can have several of them on their way: its deadline
moves to one that has passed as well, and back, before the first is read.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from heapq import heapify, heappop, heappush


class Due:
    """The deadlines of one lane."""

    def __init__(self) -> None:
        self._at: dict[bytes, datetime] = {}
        self._heap: list[tuple[datetime, bytes]] = []
        self._said: dict[bytes, frozenset[datetime]] = {}

    def load(self, dues: dict[bytes, datetime], said: dict[bytes, frozenset[datetime]]) -> None:
        """Begin anew with these deadlines, of which some are said already."""
        self._at = dues
        self._said = said
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
        """The earliest deadline that is not said yet."""
        while self._heap:
            due, key = self._heap[0]
            if self._at.get(key) == due and due not in self._said.get(key, ()):
                return due
            heappop(self._heap)  # moved on, or said already
        return None

    def passed(self, now: datetime, most: int) -> list[tuple[bytes, datetime]]:
        """The deadlines that have passed and are not said yet, earliest first. Each stays here until it moves."""
        found: dict[bytes, datetime] = {}
        while len(found) < most and (due := self.earliest()) is not None and due <= now:
            found[heappop(self._heap)[1]] = due  # one that moved away and back stands in the heap twice
        for key, due in found.items():
            heappush(self._heap, (due, key))
        return list(found.items())

    def say(self, key: bytes, due: datetime) -> Collection[datetime]:
        """Note that a deadline is said; all of the case that are, and were not read back yet."""
        self._said[key] = self._said.get(key, frozenset()) | {due}
        return self._said[key]

    def hear(self, key: bytes, due: datetime) -> Collection[datetime] | None:
        """Note that one was read back; those that are said still. None: this lane had not said it, nothing changes."""
        said = self._said.get(key, frozenset())
        if due not in said:
            return None
        if left := said - {due}:
            self._said[key] = left
        else:
            del self._said[key]
        return left
