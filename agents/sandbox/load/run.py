"""A policy's year, three times over: managers who act, who are late, who are absent.

The same events come to all three. Before the year lies the run-in, in which managers act: so each year begins with a
caseload that is in order, and what differs is how it is kept from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from agents.sandbox.load.feed import BEGINS, Feed
from agents.sandbox.load.people import Managers, People
from agents.sandbox.load.tally import SAYS, Says, Tally
from agents.sandbox.load.waits import Waits, unmatched
from agents.sandbox.load.year import Caseload
from streams.policy import Policy, only

SETTLING = timedelta(weeks=8)
"""For so long a case counts as newly opened: all times of the policy that begin when it becomes known have passed."""


class Measured(NamedTuple):
    """What a policy comes to."""

    tallies: Mapping[Managers, Tally]
    new_per_case_opened: float  # new escalations in a case's first weeks, in the run-in
    grave_unmatched: int

    def summed(self) -> dict[str, Any]:
        """The numbers of the last line."""
        return {
            **{managers.value: tally.summed() for managers, tally in self.tallies.items()},
            "new_per_case_opened": self.new_per_case_opened,
            "grave_unmatched": self.grave_unmatched,
        }


def measured(
    policy: Policy, feed: Feed, cases: int, weeks: int, seed: int, progress: Callable[[str], None] = lambda _: None
) -> Measured:
    """Live the run-in and the three years under this policy. Pure, but for ``progress``."""
    progress(f"policy {policy.version}: run-in")
    before = [event for event in feed.events if event[0] < BEGINS]
    year = feed.events[len(before) :]
    caseload, waits = Caseload(only(policy), People(Managers.ACTING, policy, seed)), Waits(policy)
    opened: dict[str, datetime] = {}
    new = 0
    for lived in caseload.live(before, BEGINS):
        waits.take(lived)
        since = lived.at - opened.setdefault(lived.event.case, lived.at)
        new += sum(SAYS[record.change] is Says.NEW for record in lived.records) if since < SETTLING else 0
    tallies = {}
    for managers in Managers:
        progress(f"policy {policy.version}: a year of managers who are {managers}")
        tallies[managers] = Tally(policy, waits.copied(), cases, weeks)
        tallies[managers].take(caseload.turned(managers).live(year, feed.ends))
    return Measured(tallies, round(new / max(len(opened), 1), 2), unmatched(feed, waits))
