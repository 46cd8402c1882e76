"""Event sets over a year: the clock moves with the events, deadlines pass, and nobody acts, or everybody does.

Case by case, as a replay reads them. Without acts a deadline is seen when the case's next event comes, as ``step``
does by itself. With them the log also holds the deadlines, as the program's timer adds them, and what managers did who
act in time, the same as in ``raised-risk load``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from agents.sandbox.load.people import Managers, People
from agents.sandbox.load.year import Caseload
from streams.events import CaseEvent, content_of
from streams.policy import Policies

YEAR = timedelta(days=365)
MOMENT = timedelta(milliseconds=1)
SEED = 7
MOST = 2000  # events of one case: far more than a diligent service ever needs

Timed = tuple[datetime, CaseEvent]


def laid_out(events: Iterable[CaseEvent], start: datetime, cases: int) -> dict[str, list[Timed]]:
    """The events of every so many cases, so that ``cases`` are left, each case's evenly over a year from ``start``.

    All messages about one thing (a correction, a second delivery) move by as much as the first of them, so that they
    stay what they were; when they are received is their own. Cases of a single event are left out.
    """
    by_case: defaultdict[str, list[CaseEvent]] = defaultdict(list)
    for event in events:
        by_case[event.case].append(event)
    whole = [some for some in by_case.values() if len(some) > 1]
    return {some[0].case: list(_moved(some, start)) for some in whole[:: max(1, len(whole) // cases)][:cases]}


def _moved(events: list[CaseEvent], start: datetime) -> Iterator[Timed]:
    first: dict[str, timedelta] = {}
    for number, event in enumerate(events):
        now = start + YEAR * number / (len(events) - 1)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        by = first.setdefault(event.sender_id, now - event.times.received)
        fact, times = _shifted(event.fact, by), _shifted(event.times, by)
        yield (
            now,
            replace(event, fact=fact, times=replace(times, received=now), content_id=content_of(fact, times.occurred)),
        )


def _shifted(value: Any, by: timedelta) -> Any:
    """The value with every time in it moved."""
    match value:
        case datetime():
            return value + by
        case msgspec.Struct():
            return replace(value, **{name: _shifted(each, by) for name, each in asdict(value).items()})
        case tuple():
            return tuple(_shifted(each, by) for each in value)
        case _:
            return value


def with_acts(events: list[Timed], policies: Policies) -> Iterator[Timed]:
    """One case's year with every deadline in its time, and managers who act in time (``agents/sandbox/load``)."""
    caseload = Caseload(policies, People(Managers.ACTING, policies.latest, SEED))
    for number, lived in enumerate(caseload.live(events, events[-1][0] + MOMENT)):
        if number > MOST:
            raise RuntimeError(f"{lived.event.case}: more than {MOST} events in a year")
        yield lived.at, lived.event
