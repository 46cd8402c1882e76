"""Intake: reads the feeds, puts each record in our words, and sends every part of it on its way.

What names its case goes to the case; who is only seen goes to be found; what is wrong goes to quarantine, alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, assert_never

from aiokafka.errors import KafkaError

from agents import metrics, wire
from agents.lane.runs import Record, Run
from agents.quarantine import COPIED_AT_MOST, Ward, bytes_of, tell_case
from agents.topics import (
    CASE_EVENTS,
    IDENTITY_LOOKUPS,
    IDENTITY_SIGHTINGS,
    QUARANTINE_REPLAYS,
    SIGHTING_OUTCOMES,
)
from schemas import Codec, RegistryUnavailable
from streams.events import CaseEvent, Origin, Restored
from streams.faults import Untranslatable
from streams.primitives import CaseId
from streams.sightings import BadPart, Link, Outcome, Part, Seen, Sighting, ask, key_of

STEP = "intake"
LONGEST_EVENT = 128 << 10  # bytes; a case file holds so many facts that no one of them may be near a record's limit
Tally = Counter[tuple[str, str]]


def intake(codec: Codec) -> Callable[[Any], Awaitable[None]]:
    """The agent of the first step."""
    ward = Ward(STEP, codec)

    async def intake(runs: Any) -> None:
        async for run in runs:
            with run:
                tally: Tally = Counter()
                for topic, record in run:
                    if topic == QUARANTINE_REPLAYS:
                        bad = await replay(run, record, ward, tally)
                    else:
                        origin = Origin(topic, record.partition, record.offset)
                        bad = take_in(run, origin, record, record.value, ward, tally)
                    run.tally(topic, record, bad)
                metrics.events(STEP, tally)

    return intake


def take_in(
    run: Run, origin: Origin, record: Record, value: bytes | None, ward: Ward, tally: Tally, attempts: int = 1
) -> bool:
    """Translate one feed record and send on what is in it. Whether all of it was bad."""
    mark = run.mark()
    try:
        parts = wire.translate(origin.topic, value, origin, wire.time_of(record.timestamp), ward.codec)
        for part in parts:
            tally[origin.topic, send(run, part)] += 1
    except RegistryUnavailable:
        raise  # no fault of the record's: the station rests and tries again
    except Exception as fault:  # noqa: BLE001 - the one place: nothing that came in is lost over a defect of ours
        run.undo(mark)
        tally[origin.topic, "quarantined"] += 1
        ward.hold(run, origin, record, fault, value=value, attempts=attempts)
        return True
    bad = [part for part in parts if isinstance(part, BadPart)]
    for number, part in enumerate(bad):
        place = Origin(origin.topic, origin.partition, origin.offset, part.path)
        wrong = Untranslatable(part.reason, part.remedy, case=part.case)
        # A replay may be of bytes that somebody mended, which lie nowhere else.
        copied = attempts > 1 or number * len(value or b"") < COPIED_AT_MOST
        ward.hold(run, place, record, wrong, value=value, attempts=attempts, copied=copied)
    return bool(bad) and len(bad) == len(parts)  # one bad part among good ones says nothing about the feed


def send(run: Run, part: Part) -> str:
    """Send one part of a record on its way. What it is, in a word."""
    match part:
        case CaseEvent():
            event = wire.encode(part)
            if len(event) > LONGEST_EVENT:
                raise Untranslatable("it says too much for one event", "send the parts one by one", case=part.case)
            run.send(CASE_EVENTS, part.case.encode(), event)
            return "case-event"
        case Sighting():
            for message in ask(part):
                topic = IDENTITY_SIGHTINGS if isinstance(message, Seen) else IDENTITY_LOOKUPS
                run.send(topic, key_of(message), wire.encode(message))
            return "sighting"
        case Link():
            run.send(IDENTITY_LOOKUPS, key_of(part), wire.encode(part))
            return "link"
        case Outcome():
            run.send(SIGHTING_OUTCOMES, str(part.origin).encode(), wire.encode(part))
            return part.kind.value
        case BadPart():
            return "quarantined"
        case _:
            assert_never(part)


async def replay(run: Run, record: Record, ward: Ward, tally: Tally) -> bool:
    """Try again what a person has taken out of quarantine: once, however often it is asked for."""
    origin = Origin(QUARANTINE_REPLAYS, record.partition, record.offset)
    mark = run.mark()
    try:
        content = ward.codec.decode("quarantined", record.value or b"")
        name = content["quarantine_id"]
        done = b"replayed:" + name.encode()
        if run.get(done) is not None:
            return False
        value = await bytes_of(run, content)
    except (RegistryUnavailable, KafkaError, TimeoutError):
        raise  # as in take_in
    except Exception as fault:  # noqa: BLE001 - as in take_in
        run.undo(mark)
        ward.hold(run, origin, record, fault, value=record.value)
        return True
    place = Origin(content["topic"], content["partition"], content["offset"], content["path"])
    original = _Again(
        place.partition, place.offset, int(content["received_at"].timestamp() * 1000), content["key"], value
    )
    if content["step"] == STEP:
        if take_in(run, place, original, value, ward, tally, attempts=content["attempts"] + 1):
            return False  # it lies in quarantine again, which is no news about the feed
    else:
        run.send(content["topic"], content["key"], value)
        tally[content["topic"], "replayed"] += 1
    run.put(done, b"1")
    ward.replayed(run, content)
    if content["case_id"]:
        restored = Restored(name)
        tell_case(run, CaseId(content["case_id"]), place, content["received_at"], restored)
    return False


class _Again:
    """A record out of quarantine, as it was when it came."""

    def __init__(self, partition: int, offset: int, timestamp: int, key: bytes | None, value: bytes | None) -> None:
        self.partition, self.offset, self.timestamp, self.key, self.value = partition, offset, timestamp, key, value
