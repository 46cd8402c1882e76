"""Sightings: decides, once, whose case a person is who was seen in a message that names none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, assert_never

from msgspec.structs import asdict

from agents import metrics, wire
from agents.lane.batches import Batch
from agents.quarantine import DeadLetters
from agents.records import Record
from agents.state_gauges import StateGauge, waits
from agents.topics import CASE_EVENTS, DUTY_ITEMS, IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS, SIGHTING_OUTCOMES
from schemas import Codec, RegistryUnavailable
from streams.events import CaseEvent, Origin
from streams.resolution import fold_sighting
from streams.sightings import Decision, DutyItem, Outcome, Resolved, Settled, key_of

STEP = "sightings"


def sightings(codec: Codec, waiting: StateGauge[str]) -> Callable[[Any], Awaitable[None]]:
    """The agent that decides whose sighting it is."""
    letters = DeadLetters(STEP, codec)

    async def sightings(batches: Any) -> None:
        async for batch in batches:
            with batch:
                tally: Counter[tuple[str, str]] = Counter()
                for topic, record in batch:
                    batch.tally(topic, record, bad := decide(batch, record, letters, waiting))
                    tally[topic, "quarantined" if bad else "folded"] += 1
                metrics.events(STEP, tally)

    return sightings


def decide(batch: Batch, record: Record, letters: DeadLetters, waiting: StateGauge[str]) -> bool:
    """Fold one message into its sighting's file and send what follows. Whether it was bad."""
    key = record.key or b""
    mark = batch.mark()
    try:
        state = batch.get(key)
        file, decisions = fold_sighting(wire.sighting_file(state) if state else None, wire.to_sightings(record.value))
        for each in decisions:
            send(batch, each, letters.codec)
        batch.put(key, wire.encode(file) if file else None)
        waiting.note(batch.partition, key, waits(file.state) if file else None)
    except RegistryUnavailable:
        raise  # no fault of the record's: the processor rests and tries again
    except Exception as fault:  # noqa: BLE001 - the one place: nothing is lost over a defect of ours
        batch.undo(mark)
        letters.write(
            batch, Origin(IDENTITY_SIGHTINGS, record.partition, record.offset), record, fault, value=record.value
        )
        return True
    return False


def send(batch: Batch, decision: Decision, codec: Codec) -> None:
    """Send one decision of a sighting's file to where it belongs."""
    match decision:
        case CaseEvent():
            batch.send(CASE_EVENTS, key_of(decision), wire.encode(decision))
        case Outcome():
            batch.send(SIGHTING_OUTCOMES, key_of(decision), wire.encode(decision))
        case Resolved():
            batch.send(SIGHTING_OUTCOMES, key_of(decision), None)
        case Settled():
            batch.send(IDENTITY_LOOKUPS, key_of(decision), wire.encode(decision))
        case DutyItem():
            batch.send(DUTY_ITEMS, key_of(decision), codec.encode("duty_item", asdict(decision)))
        case _:
            assert_never(decision)
