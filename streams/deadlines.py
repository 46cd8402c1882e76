"""When must a case be judged again though nothing comes? Pure.

What can change by time alone, and lead to an escalation: a manager's allocation starts, takes effect or ends; a level
that is known turns stale. The end of a signal's window is none of these: after it the signal opens nothing any more,
and what is open does not end by time.
"""

from __future__ import annotations

from datetime import datetime

from streams.levels import Standing
from streams.managers import Attachment


def next_due(standing: Standing, attachment: Attachment) -> datetime | None:
    """The earliest of the turns ahead. Each lies after the time at which it was asked, so a deadline is said once."""
    turns = [turn for turn in (standing.turns_stale, attachment.turns) if turn is not None]
    return min(turns, default=None)
