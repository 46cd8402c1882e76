"""The cases step in plain Faust: a table and an agent, as its guide shows, with the settings that it comes with.

Same decode, same fold, same bytes of state (Faust knows no Structs: its table holds the bytes). Events that are handled
count as done, though their changelog records and offsets may still be on their way (Faust commits every 2.8 s), which
is to its advantage.
"""

from __future__ import annotations

import threading
from typing import Any

import faust
from meter import Meter

from agents import parent, policies, settings, wire
from agents.topics import CASE_EVENTS, ESCALATIONS
from agents.topics.declaration import declared
from schemas import Codec
from streams.step import StepOutcome, step

PARTITIONS = next(topic.partitions for topic in declared() if topic.name == CASE_EVENTS)
EVERY = 500  # a line for each event would cost more than the lines are worth

given = settings.load()
judging = policies.own(given)
codec = Codec()
meter = Meter()

app = faust.App(
    given.topic("plain"),
    broker=f"kafka://{given.kafka.bootstrap}",
    store="memory://",
    value_serializer="raw",  # bytes are bytes here; JSON, its default, would cost it more
    web_enabled=False,
)
case_events = app.topic(given.topic(CASE_EVENTS), key_type=bytes, value_type=bytes)
escalations = app.topic(given.topic(ESCALATIONS), key_type=bytes, value_type=bytes)
files = app.Table(given.topic("files"), partitions=PARTITIONS, key_type=bytes, value_type=bytes)


@app.agent(case_events, name="fold")
async def fold(events: Any) -> None:
    """One event at a time: decode, fold, put the file into the table, send what it says."""
    count = 0
    async for event in events.events():
        key, message = event.key, event.message
        stored = files.get(key)
        done = step(
            wire.case_file(stored) if stored else None,
            wire.case_event(event.value),
            judging,
            wire.time_of(int(message.timestamp * 1000)),
        )
        if done.outcome is not StepOutcome.DUPLICATE:
            files[key] = wire.encode(done.file)
        for escalation in done.escalations:
            await escalations.send(key=key, value=codec.encode("escalation", escalation.record()))
        for other in done.others:
            await case_events.send(key=other.case.encode(), value=wire.encode(other))
        count += 1
        if count % EVERY == 0:
            meter.mark(count)


if __name__ == "__main__":
    threading.Thread(target=parent.end_with_it, daemon=True).start()
    faust.Worker(app, loglevel="WARN", redirect_stdouts=False).execute_from_commandline()
