"""Identifiers: keeps, for each identifier, the cases it is linked to and the sightings that wait to hear of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from agents import metrics, wire
from agents.lane.batches import Batch
from agents.quarantine import DeadLetters
from agents.records import Record
from agents.topics import IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS
from schemas import Codec
from streams.events import Origin
from streams.identifiers import fold_identifier
from streams.sightings import key_of

STEP = "identifiers"


def identifiers(codec: Codec) -> Callable[[Any], Awaitable[None]]:
    """The agent that answers who is meant by an identifier."""
    letters = DeadLetters(STEP, codec)

    async def identifiers(batches: Any) -> None:
        async for batch in batches:
            with batch:
                tally: Counter[tuple[str, str]] = Counter()
                for topic, record in batch:
                    batch.tally(topic, record, bad := look_up(batch, record, letters))
                    tally[topic, "quarantined" if bad else "folded"] += 1
                metrics.events(STEP, tally)

    return identifiers


def look_up(batch: Batch, record: Record, letters: DeadLetters) -> bool:
    """Fold one message into its identifier's book and send the answers. Whether it was bad."""
    key = record.key or b""
    mark = batch.mark()
    try:
        state = batch.get(key)
        book, answers = fold_identifier(wire.book(state) if state else None, wire.to_identifiers(record.value))
        for answer in answers:
            batch.send(IDENTITY_SIGHTINGS, key_of(answer), wire.encode(answer))
        batch.put(key, wire.encode(book) if book else None)
    except Exception as fault:  # noqa: BLE001 - the one place: nothing is lost over a defect of ours
        batch.undo(mark)
        letters.write(
            batch, Origin(IDENTITY_LOOKUPS, record.partition, record.offset), record, fault, value=record.value
        )
        return True
    return False
