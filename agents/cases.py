"""Cases: folds each event into its case's file and tells the world what is judged. The one writer of case state."""

from __future__ import annotations

from datetime import datetime

from agents import metrics, wire
from agents.case_files import Files
from agents.lane.batches import Batch
from agents.lane.changelog import is_own
from agents.lane.gauges import StateGauge
from agents.lane.transaction import Output
from agents.quarantine import DeadLetters, as_fault, quarantine_id, withheld_event
from agents.records import Record
from agents.steps import Agent, Tally, agent
from agents.topics import CASE_EVENTS, ESCALATIONS
from schemas import Codec
from streams.case import CaseFile, Escalation
from streams.events import CaseEvent, DeadlinePassed, Origin, Times, Withheld, content_of
from streams.faults import Unfoldable, Unreadable
from streams.policy import Policies
from streams.primitives import CaseId
from streams.step import Step, step

STEP = "cases"


def cases(codec: Codec, policies: Policies, open_escalations: StateGauge[tuple[Escalation, ...]]) -> Agent:
    """The agent that keeps the case files."""
    letters = DeadLetters(STEP, codec)
    files = Files()

    async def work(batch: Batch, tally: Tally) -> None:
        files.begin(batch)
        oldest: datetime | None = None
        for topic, record in batch:
            source, outcome, received = fold(batch, record, files, letters, policies)
            tally[source, outcome] += 1
            batch.tally(topic, record, outcome == "quarantined")
            if received is not None and (oldest is None or received < oldest):
                oldest = received
        for key, file in files.changed():
            batch.put(key, files.keep(key, file), file.due)
            open_escalations.note(batch.partition, key, file.open)
        if oldest is not None:
            metrics.DELAY.observe((batch.now() - oldest).total_seconds())

    return agent(STEP, work)


def fold(
    batch: Batch, record: Record, files: Files, letters: DeadLetters, policies: Policies
) -> tuple[str, str, datetime | None]:
    """Fold one event into its case; where its fact came from, what became of it, and when that was received."""
    key, origin = record.key or b"", Origin(CASE_EVENTS, record.partition, record.offset)
    if not key or is_own(key):
        nobody = Unreadable("the record's key names no case", "find out who else writes to this topic")
        letters.write(batch, origin, record, nobody)
        return CASE_EVENTS, "quarantined", None
    done, event, fault = advance(files.get(key), record, policies)
    files.set(key, done.file)
    if event is None or fault is not None:
        letters.write(batch, origin, record, fault or ValueError(), case=CaseId(key.decode(errors="replace")))
        return CASE_EVENTS, "quarantined", None
    for escalation in done.escalations:
        batch.send(ESCALATIONS, key, letters.codec.encode("escalation", escalation.record()))
        metrics.RAISED.labels(escalation.rule, escalation.change).inc()
    for other in done.others:
        batch.send(CASE_EVENTS, other.case.encode(), wire.encode(other))
    if isinstance(event.fact, DeadlinePassed):
        batch.deadline_read(key, event.fact.due)
        return "deadline", done.outcome.value, None
    return event.origin.topic, done.outcome.value, event.times.received


def advance(
    file: CaseFile | None, record: Record, policies: Policies
) -> tuple[Step, CaseEvent | None, Exception | None]:
    """Decode and fold one record of case-events. What cannot be folded is noted in the file, and the fault returned.

    Pure, given the record: a case's file is this, over the records of its key in the order of the log.
    """
    now = wire.time_of(record.timestamp)
    event: CaseEvent | None = None
    try:
        event = _of_its_case(record)
        return step(file, event, policies, now), event, None
    except Exception as fault:  # noqa: BLE001 - the one place: nothing is lost over a defect of ours
        origin = Origin(CASE_EVENTS, record.partition, record.offset)
        case = CaseId((record.key or b"").decode(errors="replace"))
        withheld = Withheld(quarantine_id(STEP, origin), STEP, as_fault(fault).reason)
        noted = withheld_event(case, origin, now, withheld)
        return step(file, noted, policies, now), event, fault


def _of_its_case(record: Record) -> CaseEvent:
    event = wire.case_event(record.value)
    if event.case.encode() != record.key:
        raise Unfoldable("the event is another case's than its key says", "find out who else writes to this topic")
    return event


def deadline(key: bytes, due: datetime, now: datetime, partition: int) -> Output:
    """The event that tells a case that its deadline has passed."""
    fact = DeadlinePassed(due)
    origin = Origin("deadline", partition, int(due.timestamp() * 1000))
    event = CaseEvent(
        CaseId(key.decode()), origin, f"deadline:{due.isoformat()}", content_of(fact, due), Times(due, None, now), fact
    )
    return CASE_EVENTS, key, wire.encode(event)
