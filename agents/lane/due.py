"""Which case wants to be looked at next: the index of a lane's deadlines.

A case file carries its next deadline as data; the index is only a way to find the earliest, and is rebuilt from the
files on recovery. A deadline that this lane has said is remembered (in the changelog) until the lane has read it
back, so that it comes once, whoever is killed in between.
"""

from __future__ import annotations

from datetime import datetime
from heapq import heapify, heappop, heappush


class Due:
    """The deadlines of one lane."""

    def __init__(self) -> None:
        self._at: dict[bytes, datetime] = {}
        self._heap: list[tuple[datetime, bytes]] = []
        self.said: dict[bytes, datetime] = {}

    def load(self, dues: dict[bytes, datetime], said: dict[bytes, datetime]) -> None:
        """Begin anew with these deadlines, of which some are said already."""
        self._at = dues
        self.said = said
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
            if self._at.get(key) == due and self.said.get(key) != due:
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
