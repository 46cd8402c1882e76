"""The synthetic feeds laid over the weeks of a caseload, as case events in the order in which they reach the cases.

The whole stream runs at one pace, so that no share of ``rates`` changes. Before the year lies a run-in, in which the
cases are opened one after the other: as the feeds have it, 12 in 100 new messages open one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from agents.sandbox.feeds.rates import LATE
from agents.sandbox.feeds.synth import Options, Synth
from agents.sandbox.load.matching import Matching, events_of
from schemas import Codec
from streams.events import CaseEvent
from streams.sightings import Sighting

BEGINS = datetime(2026, 11, 2, tzinfo=UTC)
"""When the year begins: a Monday. The bank holidays and both changes of the clock of 52 weeks from there are known."""

WEEK = timedelta(weeks=1)
RUN_IN = 12
"""Messages a case before the year begins. Opening all cases takes 10.7 a case: 1 / 0.12 new ones, and what follows."""

Timed = tuple[datetime, CaseEvent]


class Feed(NamedTuple):
    """What comes in."""

    events: tuple[Timed, ...]  # with the time at which each reaches its case
    messages: int  # of the year
    unmatched: tuple[Sighting, ...]  # hearings that reached no case: strangers, mostly
    ends: datetime  # of the year


def laid(
    seed: int, cases: int, per_case_week: float, weeks: int, progress: Callable[[str], None] = lambda _: None
) -> Feed:
    """Run-in and year of ``cases`` cases with so many feed messages a case and week."""
    a_week = per_case_week * cases
    # A message that is overtaken takes two places in the stream.
    rate = a_week / WEEK.total_seconds() / (1 - LATE.share)
    start = BEGINS - RUN_IN * cases / a_week * WEEK
    start = start.replace(microsecond=start.microsecond // 1000 * 1000)
    ends = BEGINS + weeks * WEEK
    progress(f"feeds of {(ends - start) // WEEK:,} weeks, of which {weeks} are counted")
    matching = Matching(Codec())
    events: list[Timed] = []
    sightings: dict[str, Sighting] = {}
    messages = 0
    stream = Synth(seed, cases, start=start, options=Options(rate=rate, spoilt=0.0)).messages()
    for offset, message in enumerate(stream):
        if message.at >= ends:
            break
        messages += message.at >= BEGINS
        for part in matching.parts(message.topic, message.value, message.at, offset):
            if isinstance(part, Sighting):
                sightings[part.id] = part
            for event in events_of(matching, part):
                sightings.pop(str(event.origin), None)
                events.append((message.at, event))
    return Feed(tuple(events), messages, tuple(sightings.values()), ends)
