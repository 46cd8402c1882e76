"""A caseload that lives: events come, deadlines pass, people act, each in its time, through the pure core alone.

A deadline is said when it passes, as the program's timer says it, and is judged then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from agents import wire
from agents.cases import deadline
from agents.sandbox.load.feed import Timed
from agents.sandbox.load.people import Deed, Managers, People
from streams.case import CaseFile
from streams.escalation import EscalationRecord
from streams.events import CaseEvent, CaseId
from streams.policy import Policies
from streams.step import step


class Lived(NamedTuple):
    """An event of a case, when it came, and what was emitted for it."""

    at: datetime
    event: CaseEvent
    records: tuple[EscalationRecord, ...]


class Due(NamedTuple):
    """A deadline of a case, as its file had it."""

    case: CaseId
    at: datetime


Ahead = Deed | Due | CaseEvent


@dataclass
class Caseload:
    """The files of the cases, and all that lies ahead."""

    policies: Policies
    people: People
    files: dict[CaseId, CaseFile] = field(default_factory=dict)
    agenda: list[tuple[datetime, int, Ahead]] = field(default_factory=list)  # a heap; the number breaks ties
    planned: int = 0

    def turned(self, managers: Managers) -> Caseload:
        """The same caseload, as it stands, in the hands of another kind; those who are absent drop all plans."""
        idle = managers is Managers.ABSENT
        agenda = [entry for entry in self.agenda if not (idle and isinstance(entry[2], Deed))]
        heapify(agenda)
        return replace(self, people=self.people.turned(managers), files=dict(self.files), agenda=agenda)

    def live(self, events: Iterable[Timed], until: datetime) -> Iterator[Lived]:
        """All that happens up to, and without, ``until``; ``events`` are what comes in, in the order of their times."""
        coming = iter(events)
        ahead = next(coming, None)
        while True:
            if ahead is not None and (not self.agenda or ahead[0] < self.agenda[0][0]):
                if ahead[0] >= until:
                    return
                yield self._take(*ahead)
                for deed in self.people.hear(ahead[1]):
                    self._plan(ahead[0], deed)
                ahead = next(coming, None)
            elif self.agenda and self.agenda[0][0] < until:
                at, _, planned = heappop(self.agenda)
                event = self._made(planned, at)
                if event is not None:
                    yield self._take(at, event)
            else:
                return

    def _made(self, planned: Ahead, at: datetime) -> CaseEvent | None:
        match planned:
            case Due(case):
                if self.files[case].due != at:
                    return None  # it was put off
                _, _, value = deadline(case.encode(), at, at, 0)
                return wire.case_event(value)
            case Deed(case=case):
                return self.people.does(planned, self.files[case], at)
            case _:
                return planned

    def _take(self, at: datetime, event: CaseEvent) -> Lived:
        file = self.files.get(event.case)
        done = step(file, event, self.policies, at)
        self.files[event.case] = done.file
        if done.file.due is not None and (file is None or file.due != done.file.due):
            self._plan(done.file.due, Due(event.case, done.file.due))
        for other in done.others:
            self._plan(at, other)
        for record in done.escalations:
            for when, deed in self.people.respond(record, at):
                self._plan(when, deed)
        return Lived(at, event, done.escalations)

    def _plan(self, at: datetime, what: Ahead) -> None:
        self.planned += 1
        heappush(self.agenda, (at, self.planned, what))
