"""The dice of the synthetic feeds: Python's seeded generator, with the few throws that are made often made cheap."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance(Random):
    """Seeded with a text or a number: the same seed throws the same on every machine.

    ``randrange`` and ``choice`` are exact and slow (a quarter of all the time, when measured); these are a hair's
    breadth off evenness instead, which no feed would show.
    """

    def below(self, number: int) -> int:
        """A whole number from 0 up to, and without, ``number``."""
        return int(self.random() * number)

    def between(self, least: int, most: int) -> int:
        """A whole number from ``least`` up to, and without, ``most``."""
        return least + int(self.random() * (most - least))

    def among(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[int(self.random() * len(things))]
