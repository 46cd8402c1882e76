"""The exit codes of ``raised-risk``: the one place that says what each means."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """How a command ended. Numbers above 63 are those of BSD's sysexits.h."""

    OK = 0, "It is as it should be."
    AMISS = (
        1,
        "Something is not as it should be: a refused line, an account that does not add up, a failed check or file.",
    )
    USAGE = 2, "The command line was wrong; nothing was done."
    UNAVAILABLE = 69, "No broker answers, or a topic is not there."
    STANDSTILL = 70, "A worker process stood still and ended itself; its supervisor starts another."
    CONFIG = 78, "Settings, policy, topics or schemas are wrong: what, and the remedy, is on standard error."
    INTERRUPTED = 130, "Ctrl-C."

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """A member is its number, and carries its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member
