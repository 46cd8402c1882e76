"""The cases step as a bare confluent-kafka loop by hand: at least once, with an idempotent producer.

Read some records, fold them, produce states and escalations, wait until the broker has them, commit the position. Case
files stay decoded in a dictionary. There is no recovery, no quarantine, no deadline and no second worker: the least
that could be called the same job.

``BENCH_LOOP``: ``each`` writes a state for each event, ``runs`` only the last one of each case in what was read, which
is what our worker does.
"""

from __future__ import annotations

import os
import threading

from confluent_kafka import Consumer, Producer
from meter import Meter

from agents import parent, policies, settings, wire
from agents.topics import CASE_EVENTS, CASES_CHANGELOG, ESCALATIONS
from schemas import Codec
from streams.case import CaseFile
from streams.step import step


def main() -> None:
    """Loop until the process is ended."""
    given = settings.load()
    judging = policies.own(given)
    codec, meter = Codec(), Meter()
    each = os.environ["BENCH_LOOP"] == "each"
    consumer = Consumer(
        {
            "bootstrap.servers": given.kafka.bootstrap,
            "group.id": given.topic("loop"),
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    producer = Producer(
        {"bootstrap.servers": given.kafka.bootstrap, "enable.idempotence": True, "partitioner": "murmur2_random"}
    )
    events, changelog, world = (given.topic(name) for name in (CASE_EVENTS, CASES_CHANGELOG, ESCALATIONS))
    files: dict[bytes, CaseFile] = {}
    consumer.subscribe([events])
    count = 0
    while True:
        messages = consumer.consume(given.worker.run, 0.1)
        if not messages:
            continue
        changed: set[bytes] = set()
        for message in messages:
            if message.error():
                raise SystemExit(str(message.error()))
            key = message.key()
            before = files.get(key)
            done = step(before, wire.case_event(message.value()), judging, wire.time_of(message.timestamp()[1]))
            if done.file is not before:
                files[key] = done.file
                if each:
                    producer.produce(changelog, wire.encode(done.file), key)
                else:
                    changed.add(key)
            for escalation in done.escalations:
                producer.produce(world, codec.encode("escalation", escalation.record()), key)
            for other in done.others:
                producer.produce(events, wire.encode(other), other.case.encode())
        for key in changed:
            producer.produce(changelog, wire.encode(files[key]), key)
        producer.flush()
        consumer.commit(asynchronous=False)
        count += len(messages)
        meter.mark(count)


if __name__ == "__main__":
    threading.Thread(target=parent.end_with_it, daemon=True).start()
    main()
