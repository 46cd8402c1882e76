"""Case files at hand: those of one batch, and those of batches before that may be wanted again."""

from __future__ import annotations

from collections.abc import Iterator

from agents import wire
from agents.lane.batches import Batch
from streams.case import CaseFile

REMEMBERED = 5_000  # decoded files kept at hand, some 25 KB each: news of one case tends to come together


class Files:
    """The files of one batch, and those of batches before that may be wanted again.

    A remembered file counts only while the store still has the very bytes that it was encoded to: a batch that was not
    committed leaves other bytes there, and then they are decoded.
    """

    def __init__(self) -> None:
        self._batch: Batch
        self._before: dict[bytes, CaseFile | None] = {}
        self._now: dict[bytes, CaseFile] = {}
        self._remembered: dict[bytes, tuple[bytes, CaseFile]] = {}

    def begin(self, batch: Batch) -> None:
        """A new batch: nothing is changed yet."""
        self._batch, self._before, self._now = batch, {}, {}

    def get(self, key: bytes) -> CaseFile | None:
        """The file of ``key`` as it stands in this batch."""
        if key in self._now:
            return self._now[key]
        stored = self._batch.get(key)
        file: CaseFile | None = None
        if stored is not None:
            known = self._remembered.pop(key, None)
            file = known[1] if known is not None and known[0] == stored else wire.case_file(stored)
            self._remembered[key] = stored, file
        self._before[key] = file
        return file

    def set(self, key: bytes, file: CaseFile) -> None:
        """The file of ``key`` is now this one."""
        self._now[key] = file

    def changed(self) -> Iterator[tuple[bytes, CaseFile]]:
        """The files that the batch changed: what left a file as it was need not be written."""
        return ((key, file) for key, file in self._now.items() if self._before[key] is not file)

    def keep(self, key: bytes, file: CaseFile) -> bytes:
        """Encode a changed file and remember it."""
        state = wire.encode(file)
        self._remembered.pop(key, None)
        self._remembered[key] = state, file
        if len(self._remembered) > REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        return state
