"""Identifiers: keeps, for each identifier, the cases it is linked to and the sightings that wait to hear of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from agents import metrics, wire
from agents.lane.runs import Record, Run
from agents.quarantine import Ward
from agents.topics import IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS
from schemas import Codec
from streams.events import Origin
from streams.identifiers import fold_identifier
from streams.sightings import key_of

STEP = "identifiers"


def identifiers(codec: Codec) -> Callable[[Any], Awaitable[None]]:
    """The agent that answers who is meant by an identifier."""
    ward = Ward(STEP, codec)

    async def identifiers(runs: Any) -> None:
        async for run in runs:
            with run:
                tally: Counter[tuple[str, str]] = Counter()
                for topic, record in run:
                    run.tally(topic, record, bad := look_up(run, record, ward))
                    tally[topic, "quarantined" if bad else "folded"] += 1
                metrics.events(STEP, tally)

    return identifiers


def look_up(run: Run, record: Record, ward: Ward) -> bool:
    """Fold one message into its identifier's book and send the answers. Whether it was bad."""
    key = record.key or b""
    mark = run.mark()
    try:
        state = run.get(key)
        book, answers = fold_identifier(wire.book(state) if state else None, wire.to_identifiers(record.value))
        for answer in answers:
            run.send(IDENTITY_SIGHTINGS, key_of(answer), wire.encode(answer))
        run.put(key, wire.encode(book) if book else None)
    except Exception as fault:  # noqa: BLE001 - the one place: nothing is lost over a defect of ours
        run.undo(mark)
        ward.hold(run, Origin(IDENTITY_LOOKUPS, record.partition, record.offset), record, fault, value=record.value)
        return True
    return False
