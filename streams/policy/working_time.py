"""Deadlines in working time: the hours of the office, weekends and bank holidays left out (P11). Pure.

Bank holidays are given in, as dates: which days they are is data, like every other number of the policy.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

_KEPT = 10_000  # ends of spans in working days: some years of days, for each span of a policy


class Counting(StrEnum):
    """By what a span of time is counted."""

    CLOCK = "clock"
    WORKING_HOURS = "working hours"
    WORKING_DAYS = "working days"


class Span(Struct, frozen=True):
    """So much time: by the clock, in hours of the office, or in working days."""

    counting: Counting
    length: timedelta = timedelta()  # clock and working hours
    days: int = 0  # working days

    def __str__(self) -> str:
        if self.counting is Counting.WORKING_DAYS:
            return f"{self.days} working day{'s' * (self.days != 1)}"
        hours = self.length // timedelta(hours=1)
        if self.counting is Counting.CLOCK and self.length % timedelta(days=1) == timedelta():
            return f"{self.length.days} day{'s' * (self.length.days != 1)}"
        working = "working " if self.counting is Counting.WORKING_HOURS else ""
        return f"{hours} {working}hour{'s' * (hours != 1)}"


class WorkingTime(Struct, frozen=True, dict=True):
    """When the office is open. Beyond the last bank holiday that is known, weekends alone are left out."""

    zone: str
    weekdays: frozenset[int]  # as date.weekday(): Monday is 0
    opens: time
    closes: time
    holidays: frozenset[date]

    def after(self, start: datetime, span: Span) -> datetime:
        """When the span, begun at ``start``, is over; UTC. It always lies after ``start``. Pure.

        Working days: the day of the start is not counted; it is over when the office closes on the last of them.
        Working hours: they run while the office is open. At the far end of what a date can say, that end.
        """
        if start.tzinfo is not UTC:
            start = start.astimezone(UTC)
        try:
            match span.counting:
                case Counting.CLOCK:
                    return start + span.length
                case Counting.WORKING_DAYS:
                    return self._end(self._day(start), span.days)
                case Counting.WORKING_HOURS:
                    return self._hours(start, span.length)
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def works(self, day: date) -> bool:
        """Whether the office is open on that day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def _day(self, at: datetime) -> date:
        try:
            return at.astimezone(self._zone).date()
        except OverflowError:  # the first hours of the year 1, which senders write for "not known"
            return at.date()

    @cached_property
    def _end(self) -> Callable[[date, int], datetime]:
        """When so many working days after a day end. The same ones come again and again; counting ten costs 30 us."""
        return lru_cache(_KEPT)(lambda day, days: self._closing(self._later(day, days)))

    def _later(self, day: date, days: int) -> date:
        """The working day that many working days after ``day``."""
        while days > 0:
            day += timedelta(days=1)
            days -= self.works(day)
        return day

    def _closing(self, day: date) -> datetime:
        return datetime.combine(day, self.closes, self._zone).astimezone(UTC)

    def _hours(self, start: datetime, left: timedelta) -> datetime:
        day = self._day(start)
        while True:
            if self.works(day):
                opens = max(start, datetime.combine(day, self.opens, self._zone).astimezone(UTC))
                closes = self._closing(day)
                if closes - opens >= left:
                    return opens + left
                left -= max(closes - opens, timedelta())
            day += timedelta(days=1)
