"""What of a case file an event has changed, as far as rules read it. The fold says it, and the rules heed it."""

from __future__ import annotations

from enum import IntEnum


class Matters(IntEnum):
    """The kinds of change. A rule names those after which it must be asked again (``Rule.reads``)."""

    NOTHING = 0
    SIGNAL = 1  # an ordinary signal more, and nothing else: see ``judge.noted``
    SIGNALS = 2
    HOLDERS = 3
    OVERSIGHT = 4
    LEVELS = 5  # what assessments say of them
    ALL = 6  # more than one of these, or something that is rare
