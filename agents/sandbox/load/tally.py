"""What a year's records come to: each counted once, by what it says, its rule, its urgency, whose turn it is, and when.

*New* is what says that somebody must look who was not told of it: raised, reopened, or the condition returned. A
*repeat* says again what nobody has dealt with in time. News that *joined* an open escalation is counted by itself, and
so is the rest: what people did, what was cleared or closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from agents.sandbox.load.feed import BEGINS, WEEK
from agents.sandbox.load.waits import Waits
from agents.sandbox.load.year import Lived
from streams.escalation import Change, EscalationRecord
from streams.policy import Policy, Urgency
from streams.policy.working_time import Counting, Span, WorkingTime

PER_CASES = 400
"""All numbers are for so many cases, however many were simulated."""

YEAR_WEEKS = 52


class Says(StrEnum):
    """What a record says to who reads it."""

    NEW = "new"
    REPEAT = "repeats"
    JOINED = "joined"
    REST = "rest"


SAYS: Mapping[Change, Says] = {
    Change.RAISED: Says.NEW,
    Change.REOPENED: Says.NEW,
    Change.CONDITION_RETURNED: Says.NEW,
    Change.OVERDUE: Says.REPEAT,
    Change.ACKNOWLEDGEMENT_EXPIRED: Says.REPEAT,
    Change.SUPPRESSION_ENDED: Says.REPEAT,
    Change.JOINED: Says.JOINED,
    Change.CONDITION_CLEARED: Says.REST,
    Change.ACKNOWLEDGED: Says.REST,
    Change.OVERSEEN: Says.REST,
    Change.OVERSIGHT_INSUFFICIENT: Says.REST,
    Change.ACTION_CLAIMED: Says.REST,
    Change.ACTION_CONFIRMED: Says.REST,
    Change.CONFIRMATION_REFUSED: Says.REST,
    Change.SUPPRESSED: Says.REST,
    Change.POLICY_ADOPTED: Says.REST,
    Change.CLOSED: Says.REST,
    Change.MOVED: Says.REST,
    Change.ERASED: Says.REST,
}
"""Of every change, which it is."""


Key = TypeVar("Key")


class Told(NamedTuple):
    """What is counted of a record."""

    says: Says
    change: str
    rule: str
    urgency: str
    addressee: str  # whose turn it is
    out_of_hours: bool
    closing: bool  # told at the very moment at which the office closes, as deadlines in working days are
    week: int


@dataclass
class Tally:
    """The records of a run."""

    policy: Policy
    waits: Waits
    cases: int
    weeks: int
    records: int = 0
    told: Counter[Told] = field(default_factory=Counter)

    def take(self, lived: Iterable[Lived]) -> None:
        """Count all that happened."""
        hours = self.policy.hours
        for one in lived:
            self.waits.take(one)
            self.records += len(one.records)
            self.told.update(told(record, hours) for record in one.records)

    def grouped(self, key: Callable[[Told], Key]) -> dict[Key, Counter[str]]:
        """How many were new, repeats and joined under each key, and how many of them out of hours."""
        found: dict[Key, Counter[str]] = {}
        for one, number in self.told.items():
            if one.says is Says.REST:
                continue
            counts = found.setdefault(key(one), Counter())
            counts[one.says.value] += number
            if one.out_of_hours:
                counts[f"{one.says.value}_out_of_hours"] += number
        return found

    def rows(self) -> Iterator[dict[str, Any]]:
        """The counts by rule, urgency, addressee, change and week, for 400 cases and a week."""
        for by, key in BY.items():
            groups = self.grouped(key)
            order = {"urgency": tuple(reversed(Urgency)), "addressee": self.policy.chain}.get(by)
            for each in sorted(groups, key=order.index if order else _order):
                yield {"by": by, by: each, **self._shown(groups[each], self.weeks)}
        weeks = self.grouped(lambda one: one.week)
        for week in range(self.weeks):  # a week's own number is not spread over all weeks
            yield {"by": "week", "week": week + 1, **self._shown(weeks.get(week, Counter()), 1)}

    def _shown(self, counts: Counter[str], weeks: int) -> dict[str, float]:
        return {name: self._scaled(counts[name], weeks) for name in COLUMNS}

    def _scaled(self, count: int, weeks: int) -> float:
        return round(count * PER_CASES / self.cases / weeks, 2)

    def summed(self) -> dict[str, float | int | None]:
        """The numbers of the last line."""
        [everything] = self.grouped(lambda _: True).values() or [Counter()]
        head = self.policy.chain[-1]
        at_closing = sum(number for one, number in self.told.items() if one.says is Says.NEW and one.closing)
        head_repeats = sum(
            number for one, number in self.told.items() if one.says is Says.REPEAT and one.addressee == head
        )
        return {
            **self._shown(everything, self.weeks),
            "new_at_closing": self._scaled(at_closing, self.weeks),
            "head_repeats": self._scaled(head_repeats, self.weeks),
            "records_per_case_year": round(self.records / self.cases / self.weeks * YEAR_WEEKS, 2),
            "longest_wait_grave_s": self.waits.longest,
            "grave": self.waits.count,
            "grave_untold": self.waits.untold,
        }


BY: Mapping[str, Callable[[Told], str]] = {
    "rule": lambda one: one.rule,
    "urgency": lambda one: one.urgency,
    "addressee": lambda one: one.addressee,
    "change": lambda one: one.change,
}
"""What the tables are by."""

COLUMNS = tuple(f"{says}{when}" for says in ("new", "repeats", "joined") for when in ("", "_out_of_hours"))
"""What they count."""


def told(record: EscalationRecord, hours: WorkingTime) -> Told:
    """What is counted of the record."""
    opens = hours.after(record.at, _NOTHING)
    return Told(
        SAYS[record.change],
        record.change.value,
        record.rule,
        record.urgency,
        record.turn,
        opens != record.at,
        opens == record.at and hours.after(record.at, _A_MOMENT) - record.at > _A_MOMENT.length,
        (record.at - BEGINS) // WEEK,
    )


_NOTHING, _A_MOMENT = (Span(Counting.WORKING_HOURS, timedelta(milliseconds=some)) for some in (0, 1))


def _order(key: str) -> tuple[int, str]:
    return len(key), key
