"""Whether processes have ended, whoever has to reap them."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil


def still_running(processes: Iterable[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Those that have not ended within ``timeout`` seconds.

    A zombie has ended: whoever adopted it has still to reap it, and the first process of a container may take its time.
    """
    until = time.monotonic() + timeout
    left = list(filter(_runs, processes))
    while left and time.monotonic() < until:
        time.sleep(0.05)
        left = list(filter(_runs, left))
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
