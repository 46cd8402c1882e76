"""Event sets over a year: the clock moves with the events, deadlines pass, and nobody acts, or everybody does.

Case by case, as a replay reads them. Without acts a deadline is seen when the case's next event comes, as ``step``
does by itself. With them the log also holds the deadlines, as the program's timer adds them, and what a diligent
service did: an escalation is acknowledged within the hour and overseen three hours later with one action, which its
owner claims on the next day and a manager confirms on the day after. What comes up for review is overseen again,
without an action.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from agents.topics import CASE_ACTS, OVERSIGHT_RECORDS
from streams.acts import Act, ActKind, Evidence, RequiredAction
from streams.events import CaseEvent, DeadlinePassed, Fact, Origin, Oversight, OversightKind, Times, content_of
from streams.policy import Policies
from streams.step import step

YEAR = timedelta(days=365)
HALF_AN_HOUR, HOURS, DAY = timedelta(minutes=30), timedelta(hours=3), timedelta(days=1)
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
    """One case's year with every deadline in its time, and a service that does all that is asked of it."""
    agenda: list[tuple[datetime, int, Callable[[datetime], CaseEvent]]] = []
    ties = count()
    service = _Service(events[0][1].case)

    def plan(at: datetime, make: Callable[[datetime], CaseEvent]) -> None:
        heappush(agenda, (at, next(ties), make))

    for at, event in events:
        plan(at, lambda _, event=event: event)
    file: Any = None
    for number in count():
        if not agenda or agenda[0][0] > events[-1][0]:
            return
        if number > MOST:
            raise RuntimeError(f"{service.case}: more than {MOST} events in a year")
        if file is not None and file.due is not None and file.due <= agenda[0][0]:
            now = file.due
            event = service.event("deadline", now, DeadlinePassed(now), f"deadline:{now.isoformat()}")
        else:
            now, _, make = heappop(agenda)
            event = make(now)
        done = step(file, event, policies, now)
        file = done.file
        yield now, event
        for escalation in done.escalations:
            service.respond(escalation, now, plan)


class _Service:
    """The people around one case. What they do is planned, and made when its time has come."""

    def __init__(self, case: Any) -> None:
        self.case = case
        self._manager = "TEAM MANAGER" if case.startswith("youth:") else "SPO"
        self._offsets = count()
        self._planned: set[tuple[str, str]] = set()  # escalation and what is on its way
        self._overseen: set[str] = set()

    def event(self, topic: str, now: datetime, fact: Fact, sender_id: str) -> CaseEvent:
        times = Times(now, now, now)
        return CaseEvent(
            self.case, Origin(topic, 0, next(self._offsets)), sender_id, content_of(fact, now), times, fact
        )

    def respond(
        self, record: Any, now: datetime, plan: Callable[[datetime, Callable[[datetime], CaseEvent]], None]
    ) -> None:
        """What is done about an emitted record, and when."""
        escalation = record.escalation_id

        def once(what: str, after: timedelta, make: Callable[[datetime], CaseEvent]) -> None:
            if (escalation, what) in self._planned:
                return
            self._planned.add((escalation, what))

            def made(at: datetime) -> CaseEvent:
                self._planned.discard((escalation, what))
                return make(at)

            plan(now + after, made)

        match record.change:
            case "RAISED" | "REOPENED" | "CONDITION_RETURNED" | "ACKNOWLEDGEMENT_EXPIRED":
                once("acknowledge", HALF_AN_HOUR, partial(self._act, kind=ActKind.ACKNOWLEDGED, escalation=escalation))
            case "ACKNOWLEDGED" | "OVERDUE" | "OVERSIGHT_INSUFFICIENT":
                once("oversee", HOURS, partial(self._oversee, escalation=escalation))
            case "OVERSEEN":
                for action in record.actions:
                    if action.confirmed_at is None:
                        what, one = action.action, {"escalation": escalation, "action": action.action}
                        owner = {"author": "N01A042", "author_grade": "PO"}
                        once(f"claim {what}", DAY, partial(self._act, kind=ActKind.CLAIMED, **one, **owner))
                        seen = {"evidence": Evidence.CASE_RECORD}
                        once(f"confirm {what}", 2 * DAY, partial(self._act, kind=ActKind.CONFIRMED, **one, **seen))
            case _:
                pass

    def _act(self, now: datetime, kind: ActKind, escalation: str, **said: Any) -> CaseEvent:
        said = {"author": "N01A001", "author_grade": self._manager, **said}
        name = f"act-{next(self._offsets)}"
        return self.event(CASE_ACTS, now, Act(act=name, kind=kind, escalation=escalation, **said), name)

    def _oversee(self, now: datetime, escalation: str) -> CaseEvent:
        name = f"record-{next(self._offsets)}"
        asked = () if escalation in self._overseen else (RequiredAction(f"{name}-1", "REVIEW_PLAN", "N01A042", "PO"),)
        self._overseen.add(escalation)
        fact = Oversight(
            record=name, kind=OversightKind.CASE_DISCUSSION, author="N01A001", author_grade=self._manager,
            decision="ACTIONS_SET", escalation=escalation, practice_assessed=True,
            actions=asked, none_needed=None if asked else "PLAN_IS_SOUND",
        )  # fmt: skip
        return self.event(OVERSIGHT_RECORDS, now, fact, name)
