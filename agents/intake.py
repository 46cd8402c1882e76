"""Intake: reads the feeds, puts each record in our words, and sends every part of it on its way.

What names its case goes to the case; who is only seen goes to be found; what is wrong goes to quarantine, alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from aiokafka.errors import KafkaError

from agents import wire
from agents.lane.batches import Batch
from agents.quarantine import COPIED_AT_MOST, DeadLetters, bytes_of, tell_case
from agents.records import Record
from agents.steps import Agent, Tally, agent, send
from agents.topics import CASE_EVENTS, QUARANTINE_REPLAYS
from schemas import Codec, RegistryUnavailable
from streams.events import CaseEvent, Origin, Restored
from streams.faults import Untranslatable
from streams.primitives import CaseId
from streams.sightings import BadPart, Link, Outcome, Part, Sighting, ask

STEP = "intake"
LONGEST_EVENT = 128 << 10  # bytes; a case file holds so many facts that no one of them may be near a record's limit


def intake(codec: Codec) -> Agent:
    """The agent of the first step."""
    letters = DeadLetters(STEP, codec)

    async def work(batch: Batch, tally: Tally) -> None:
        for topic, record in batch:
            if topic == QUARANTINE_REPLAYS:
                bad = await replay(batch, record, letters, tally)
            else:
                bad = take_in(batch, Origin(topic, record.partition, record.offset), record, letters, tally)
            batch.tally(topic, record, bad)

    return agent(STEP, work)


def take_in(
    batch: Batch, origin: Origin, record: Record, letters: DeadLetters, tally: Tally, attempts: int = 1
) -> bool:
    """Translate one feed record and send on what is in it. Whether all of it was bad."""
    mark = batch.mark()
    try:
        parts = wire.translate(origin.topic, record.value, origin, wire.time_of(record.timestamp), letters.codec)
        for part in parts:
            tally[origin.topic, send_part(batch, part, letters.codec)] += 1
    except RegistryUnavailable:
        raise  # no fault of the record's: the processor rests and tries again
    except Exception as fault:  # noqa: BLE001 - the one place: nothing that came in is lost over a defect of ours
        batch.undo(mark)
        tally[origin.topic, "quarantined"] += 1
        letters.write(batch, origin, record, fault, attempts=attempts)
        return True
    bad = [part for part in parts if isinstance(part, BadPart)]
    for number, part in enumerate(bad):
        place = Origin(origin.topic, origin.partition, origin.offset, part.path)
        wrong = Untranslatable(part.reason, part.remedy, case=part.case)
        # A replay may be of bytes that somebody mended, which lie nowhere else.
        copied = attempts > 1 or number * len(record.value or b"") < COPIED_AT_MOST
        letters.write(batch, place, record, wrong, attempts=attempts, copied=copied)
    return bool(bad) and len(bad) == len(parts)  # one bad part among good ones says nothing about the feed


def send_part(batch: Batch, part: Part, codec: Codec) -> str:
    """Send one part of a record on its way. What it is, in a word."""
    match part:
        case CaseEvent():
            event = wire.encode(part)
            if len(event) > LONGEST_EVENT:
                raise Untranslatable("it says too much for one event", "send the parts one by one", case=part.case)
            batch.send(CASE_EVENTS, part.case.encode(), event)
            return "case-event"
        case Sighting():
            for message in ask(part):
                send(batch, message, codec)
            return "sighting"
        case Link():
            send(batch, part, codec)
            return "link"
        case Outcome():
            send(batch, part, codec)
            return part.kind.value
        case BadPart():
            return "quarantined"
        case _:
            assert_never(part)


async def replay(batch: Batch, record: Record, letters: DeadLetters, tally: Tally) -> bool:
    """Try again what a person has taken out of quarantine: once, however often it is asked for."""
    origin = Origin(QUARANTINE_REPLAYS, record.partition, record.offset)
    try:
        content = letters.codec.decode("quarantined", record.value or b"")
        name = content["quarantine_id"]
        done = b"replayed:" + name.encode()
        if batch.get(done) is not None:
            return False
        value = await bytes_of(batch, content)
    except (RegistryUnavailable, KafkaError, TimeoutError):
        raise  # as in take_in
    except Exception as fault:  # noqa: BLE001 - as in take_in
        letters.write(batch, origin, record, fault)
        return True
    place = Origin(content["topic"], content["partition"], content["offset"], content["path"])
    received = int(content["received_at"].timestamp() * 1000)
    original = _Again(place.topic, place.partition, place.offset, received, content["key"], value)
    if content["step"] == STEP:
        if take_in(batch, place, original, letters, tally, attempts=content["attempts"] + 1):
            return False  # it lies in quarantine again, which is no news about the feed
    else:
        batch.send(content["topic"], content["key"], value)
        tally[content["topic"], "replayed"] += 1
    batch.put(done, b"1")
    letters.replayed(batch, content)
    if content["case_id"]:
        tell_case(batch, CaseId(content["case_id"]), place, content["received_at"], Restored(name))
    return False


@dataclass
class _Again:
    """A record out of quarantine, as it was when it came."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
