"""Plain Faust: agents, a table and ``topic.send`` as its guide shows, for the same feeds and the same fold.

``python plain_process.py slow 0`` is one worker. Hearings, bad records and deadlines are beyond it and left out of its
load; what is left (feeds to case events, case events to files and escalations) is the same work with the same code.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from verifier import Record

from agents.topics import CASE_EVENTS, CASES_CHANGELOG, COURT_HEARINGS, ESCALATIONS, FEEDS

OURS = [topic for topic in FEEDS if topic != COURT_HEARINGS]
TABLE = "raised-risk-plain-files-changelog"  # the table's own changelog, as Faust names it
TOPICS = (*OURS, CASE_EVENTS, ESCALATIONS, TABLE)
SLOWEST = 0.004  # seconds that an event takes, at most: as slow as many run-of-the-mill agents


def in_our_words(logs: Mapping[str, Sequence[Record]]) -> dict[str, Sequence[Record]]:
    """Its topics under the names that the verifier knows."""
    return {CASES_CHANGELOG if topic == TABLE else topic: records for topic, records in logs.items()}


def main(pace: str, index: int) -> None:
    """One worker."""
    import faust

    from agents import parent, policies, settings, wire
    from schemas import Codec
    from streams.events import CaseEvent, Origin
    from streams.step import step

    given = settings.load()
    judging = policies.own(given)
    codec, chance = Codec(), Random(0)
    app = faust.App(
        given.topic("raised-risk-plain"), broker=f"kafka://{given.kafka.bootstrap}", store="memory://",
        web_enabled=False, topic_disable_leader=True, consumer_auto_offset_reset="earliest",
        key_serializer="raw", value_serializer="raw",
        broker_session_timeout=int(given.worker.session_s), broker_heartbeat_interval=2,
    )  # fmt: skip
    types: dict[str, Any] = {"key_type": bytes, "value_type": bytes}
    raw: dict[str, Any] = {**types, "key_serializer": "raw", "value_serializer": "raw"}
    feeds = app.topic(*map(given.topic, OURS), **raw)
    case_events = app.topic(given.topic(CASE_EVENTS), **raw)
    escalations = app.topic(given.topic(ESCALATIONS), **raw)
    files = app.Table("files", partitions=_partitions(given), **types)

    async def dawdle() -> None:
        if pace == "slow":
            await asyncio.sleep(chance.random() * SLOWEST)

    @app.agent(feeds, name="intake")
    async def intake(events: Any) -> None:
        async for event in events.events():
            await dawdle()
            message = event.message
            topic = message.topic[len(given.kafka.namespace) :]
            origin = Origin(topic, message.partition, message.offset)
            for part in wire.translate(topic, event.value, origin, _time(message), codec):
                if isinstance(part, CaseEvent):
                    await case_events.send(key=part.case.encode(), value=wire.encode(part))

    @app.agent(case_events, name="cases")
    async def cases(events: Any) -> None:
        async for event in events.events():
            await dawdle()
            key, stored = event.key, files.get(event.key)
            done = step(wire.case_file(stored) if stored else None, wire.case_event(event.value), judging,
                        _time(event.message))  # fmt: skip
            files[key] = wire.encode(done.file)
            for escalation in done.escalations:
                await escalations.send(key=key, value=codec.encode("escalation", escalation.record()))
            for other in done.others:
                await case_events.send(key=other.case.encode(), value=wire.encode(other))

    def _time(message: Any) -> Any:
        return wire.time_of(round(message.timestamp * 1000))

    threading.Thread(target=parent.end_with_it, daemon=True).start()
    faust.Worker(app, loglevel="WARN", redirect_stdouts=False).execute_from_commandline()


def _partitions(given: Any) -> int:
    from confluent_kafka.admin import AdminClient

    topics = AdminClient({"bootstrap.servers": given.kafka.bootstrap}).list_topics(timeout=20).topics
    return len(topics[given.topic(CASE_EVENTS)].partitions)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
