"""Cases: folds each event into its case's file and tells the world what is judged. The one writer of case state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import Any

from agents import metrics, wire
from agents.census import Census
from agents.lane.changelog import is_own
from agents.lane.runs import Record, Run
from agents.lane.transaction import Output
from agents.quarantine import Ward, quarantine_id, withheld_event
from agents.topics import CASE_EVENTS, ESCALATIONS
from schemas import Codec
from streams.case import CaseFile, Item
from streams.events import CaseEvent, CaseId, DeadlinePassed, Origin, Times, Withheld, content_of
from streams.faults import Fault, Unreadable
from streams.policy import Policy
from streams.step import Step, step

STEP = "cases"
REMEMBERED = 5_000  # decoded files kept at hand, some 25 KB each: news of one case tends to come together


def cases(codec: Codec, policy: Policy, open_items: Census[tuple[Item, ...]]) -> Callable[[Any], Awaitable[None]]:
    """The agent that keeps the case files."""
    ward = Ward(STEP, codec)
    files = Files()

    async def cases(runs: Any) -> None:
        async for run in runs:
            with run:
                tally: Counter[tuple[str, str]] = Counter()
                files.begin(run)
                oldest: datetime | None = None
                for topic, record in run:
                    source, outcome, received = fold(run, record, files, ward, policy)
                    tally[source, outcome] += 1
                    run.tally(topic, record, outcome == "quarantined")
                    if received is not None and (oldest is None or received < oldest):
                        oldest = received
                for key, file in files.changed():
                    run.put(key, files.keep(key, file), file.due)
                    open_items.note(run.partition, key, file.items)
                metrics.events(STEP, tally)
                if oldest is not None:
                    metrics.DELAY.observe((run.lane.now() - oldest).total_seconds())

    return cases


class Files:
    """The files of one run, and those of runs before that may be wanted again.

    A remembered file counts only while the store still has the very bytes that it was encoded to: a run that was not
    committed leaves other bytes there, and then they are decoded.
    """

    def __init__(self) -> None:
        self._run: Run
        self._before: dict[bytes, CaseFile | None] = {}
        self._now: dict[bytes, CaseFile] = {}
        self._remembered: dict[bytes, tuple[bytes, CaseFile]] = {}

    def begin(self, run: Run) -> None:
        """A new run: nothing is changed yet."""
        self._run, self._before, self._now = run, {}, {}

    def get(self, key: bytes) -> CaseFile | None:
        """The file of ``key`` as it stands in this run."""
        if key in self._now:
            return self._now[key]
        stored = self._run.get(key)
        file: CaseFile | None = None
        if stored is not None:
            known = self._remembered.pop(key, None)
            file = known[1] if known is not None and known[0] == stored else wire.case_file(stored)
            self._remembered[key] = stored, file
        self._before[key] = file
        return file

    def set(self, key: bytes, file: CaseFile) -> None:
        """The file of ``key`` is now this one."""
        self._now[key] = file

    def changed(self) -> Iterator[tuple[bytes, CaseFile]]:
        """The files that the run changed: what left a file as it was need not be written."""
        return ((key, file) for key, file in self._now.items() if self._before[key] is not file)

    def keep(self, key: bytes, file: CaseFile) -> bytes:
        """Encode a changed file and remember it."""
        state = wire.encode(file)
        self._remembered.pop(key, None)
        self._remembered[key] = state, file
        if len(self._remembered) > REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        return state


def fold(run: Run, record: Record, files: Files, ward: Ward, policy: Policy) -> tuple[str, str, datetime | None]:
    """Fold one event into its case; where its fact came from, what became of it, and when that was received."""
    key = record.key or b""
    if not key or is_own(key):
        nobody = Unreadable("the record's key names no case", "find out who else writes to this topic")
        ward.hold(run, Origin(CASE_EVENTS, record.partition, record.offset), record, nobody, value=record.value)
        return CASE_EVENTS, "quarantined", None
    done, event, fault = advance(files.get(key), record, policy)
    files.set(key, done.file)
    if event is None or fault is not None:
        origin = Origin(CASE_EVENTS, record.partition, record.offset)
        case = CaseId(key.decode(errors="replace"))
        ward.hold(run, origin, record, fault or ValueError(), value=record.value, case=case)
        return CASE_EVENTS, "quarantined", None
    for escalation in done.escalations:
        run.send(ESCALATIONS, key, ward.codec.encode("escalation", escalation.record()))
        metrics.RAISED.labels(escalation.rule, escalation.change).inc()
    if isinstance(event.fact, DeadlinePassed):
        run.hear(key, event.fact.due)
        return "deadline", done.outcome.value, None
    return event.origin.topic, done.outcome.value, event.times.received


def advance(file: CaseFile | None, record: Record, policy: Policy) -> tuple[Step, CaseEvent | None, Exception | None]:
    """Decode and fold one record of case-events. What cannot be folded is noted in the file, and the fault returned.

    Pure, given the record: a case's file is this, over the records of its key in the order of the log.
    """
    now = wire.time_of(record.timestamp)
    event: CaseEvent | None = None
    try:
        event = wire.case_event(record.value)
        return step(file, event, policy, now), event, None
    except Exception as fault:  # noqa: BLE001 - the one place: nothing is lost over a defect of ours
        origin = Origin(CASE_EVENTS, record.partition, record.offset)
        reason = fault.reason if isinstance(fault, Fault) else f"this program failed on it ({type(fault).__name__})"
        case = CaseId((record.key or b"").decode(errors="replace"))
        noted = withheld_event(case, origin, now, Withheld(quarantine_id(STEP, origin), STEP, reason))
        return step(file, noted, policy, now), event, fault


def deadline(key: bytes, due: datetime, now: datetime, partition: int) -> Output:
    """The event that tells a case that its deadline has passed."""
    fact = DeadlinePassed(due)
    origin = Origin("deadline", partition, int(due.timestamp() * 1000))
    event = CaseEvent(
        CaseId(key.decode()), origin, f"deadline:{due.isoformat()}", content_of(fact, due), Times(due, None, now), fact
    )
    return CASE_EVENTS, key, wire.encode(event)
