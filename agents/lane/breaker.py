"""The breaker: a source that turns bad is held, so that a bad deploy or a bad sender does not drain into quarantine.

It trips by run (so many bad records one after the other) and by share (so many of the last ones). Its memory is the
lane's: a lane that begins anew counts anew, and a hold it has caused is kept with the position.
"""

from __future__ import annotations

from collections import deque

from agents.settings_table import BreakerSettings


class Breaker:
    """Counts how the records of one source went. The share is judged only once the window is full."""

    def __init__(self, limits: BreakerSettings) -> None:
        self.limits = limits
        self.reset()

    def reset(self) -> None:
        """Begin to count anew: after a trip, or once a person has said go on."""
        self._row = 0
        self._recent: deque[bool] = deque(maxlen=self.limits.window)

    def count(self, bad: bool) -> str | None:
        """Count one record. Why the source is to be held, or None."""
        recent, limits = self._recent, self.limits
        recent.append(bad)
        if not bad:
            self._row = 0
            return None
        self._row += 1
        if self._row >= limits.run:
            why = f"{self._row} bad records in a row"
        elif len(recent) == limits.window and (found := sum(recent)) >= limits.share * limits.window:
            why = f"{found} of the last {limits.window} records were bad"
        else:
            return None
        self.reset()
        return why
