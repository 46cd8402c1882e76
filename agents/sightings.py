"""Sightings: decides, once, whose case a person is who was seen in a message that names none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, assert_never

from agents import metrics, wire
from agents.census import Census, waits
from agents.lane.runs import Record, Run
from agents.quarantine import Ward
from agents.topics import CASE_EVENTS, DUTY_ITEMS, IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS, SIGHTING_OUTCOMES
from schemas import Codec, RegistryUnavailable
from streams.events import CaseEvent, Origin
from streams.resolution import fold_sighting
from streams.sightings import Decision, DutyItem, Outcome, Resolved, Settled, key_of

STEP = "sightings"


def sightings(codec: Codec, waiting: Census[str]) -> Callable[[Any], Awaitable[None]]:
    """The agent that decides whose sighting it is."""
    ward = Ward(STEP, codec)

    async def sightings(runs: Any) -> None:
        async for run in runs:
            with run:
                tally: Counter[tuple[str, str]] = Counter()
                for topic, record in run:
                    run.tally(topic, record, bad := decide(run, record, ward, waiting))
                    tally[topic, "quarantined" if bad else "folded"] += 1
                metrics.events(STEP, tally)

    return sightings


def decide(run: Run, record: Record, ward: Ward, waiting: Census[str]) -> bool:
    """Fold one message into its sighting's file and send what follows. Whether it was bad."""
    key = record.key or b""
    mark = run.mark()
    try:
        state = run.get(key)
        file, told = fold_sighting(wire.sighting_file(state) if state else None, wire.to_sightings(record.value))
        for each in told:
            send(run, each, ward.codec)
        run.put(key, wire.encode(file) if file else None)
        waiting.note(run.partition, key, waits(file.state) if file else None)
    except RegistryUnavailable:
        raise  # no fault of the record's: the station rests and tries again
    except Exception as fault:  # noqa: BLE001 - the one place: nothing is lost over a defect of ours
        run.undo(mark)
        ward.hold(run, Origin(IDENTITY_SIGHTINGS, record.partition, record.offset), record, fault, value=record.value)
        return True
    return False


def send(run: Run, told: Decision, codec: Codec) -> None:
    """Send one thing that a sighting's file said to where it belongs."""
    match told:
        case CaseEvent():
            run.send(CASE_EVENTS, key_of(told), wire.encode(told))
        case Outcome():
            run.send(SIGHTING_OUTCOMES, key_of(told), wire.encode(told))
        case Resolved():
            run.send(SIGHTING_OUTCOMES, key_of(told), None)
        case Settled():
            run.send(IDENTITY_LOOKUPS, key_of(told), wire.encode(told))
        case DutyItem():
            run.send(DUTY_ITEMS, key_of(told), codec.encode("duty_item", told.record()))
        case _:
            assert_never(told)
