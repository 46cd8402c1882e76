"""Whoever started this process: when they end, however they end, so does it.

They hold the other end of the pipe that is our standard input. The system closes it with them, even after kill -9.
"""

from __future__ import annotations

import os
from collections.abc import Callable

ORPHAN = 71  # exit code of a process whose parent has gone


def when_gone(then: Callable[[], object]) -> None:
    """Wait until the other end of standard input is closed, ``then`` do this."""
    while os.read(0, 1024):
        pass
    then()


def end_with_it() -> None:
    """Wait for the parent to go, then end at once. Open transactions are settled by who claims the lanes next."""
    when_gone(lambda: os._exit(ORPHAN))
