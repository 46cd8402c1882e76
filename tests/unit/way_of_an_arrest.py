"""Prints the way of one police arrest through the core (python -m tests.unit.way_of_an_arrest): files, calls, moves.

The arrest raises R2 on a case that holds a case manager's allocation and nothing else. A *call* is one of a Python
function in ``streams``, a *move* a change of file between one call and the next. The core reads as a straight line as
long as both stay few: see ``test_way_of_an_arrest``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from streams.events import HolderRole
from streams.step import Step, step
from tests.unit.casebook import POLICIES, day, holder, police

ROOM = Path(__file__).parent.parent.parent / "streams"


class Way(NamedTuple):
    """What the arrest brought about, and the file of each call on the way there, in order."""

    done: Step
    calls: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The files that were called into, in the order of their first call."""
        return tuple(dict.fromkeys(self.calls))

    @property
    def moves(self) -> int:
        """How many times a call was into another file than the call before it."""
        return sum(one != other for one, other in zip(self.calls, self.calls[1:], strict=False))


def way() -> Way:
    """The way of the arrest. It is gone twice: what is worked out once for a policy is worked out by then."""
    allocation, arrest = holder(day(0.2), HolderRole.CASE_MANAGER), police(day(0.6))
    file = step(None, allocation, POLICIES, allocation.times.received).file
    step(file, arrest, POLICIES, arrest.times.received)
    calls: list[str] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        called = Path(frame.f_code.co_filename)
        if event == "call" and called.is_relative_to(ROOM):
            calls.append(str(called.relative_to(ROOM)))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        done = step(file, arrest, POLICIES, arrest.times.received)
    finally:
        sys.setprofile(before)
    return Way(done, tuple(calls))


def main() -> None:
    """Print it."""
    found = way()
    for name in found.files:
        print(f"{name}: {found.calls.count(name)} calls")
    print(f"{len(found.files)} files, {len(found.calls)} calls, {found.moves} moves between files")


if __name__ == "__main__":
    main()
