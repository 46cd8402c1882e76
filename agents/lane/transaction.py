"""One transaction of a lane: outputs, changed states and positions, all or nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2

TRANSACTION = timedelta(seconds=20)
"""How long one may take before the broker settles it; selfcheck sees that the brokers allow as much."""

BATCH = 1_000_000
"""Bytes of one batch of the wire; topics.toml lets ours take more."""

LARGEST = BATCH - 2048
"""Bytes of one record, with room for its framing."""

Output = tuple[str, bytes | None, bytes | None]
"""Topic (without the namespace), key, value."""

States = dict[bytes, bytes | None]
"""What goes into one changelog partition: states and the lane's own entries. None: forget it."""

hashed = lru_cache(100_000)(lambda key: murmur2(key) & 0x7FFFFFFF)
"""What Kafka's own clients take modulo the partition count: our topics are keyed alike, whoever writes them."""


@dataclass
class Write:
    """A transaction under way: what it makes true once it is committed."""

    states: Mapping[TopicPartition, States]  # by changelog
    task: asyncio.Task[dict[TopicPartition, int]]
    records: int
    began: float = field(default_factory=time.monotonic)


async def write(
    producer: AIOKafkaProducer,
    named: Callable[[str], str],
    outputs: list[Output],
    states: Mapping[TopicPartition, States],
    patience: float,
) -> dict[TopicPartition, int]:
    """Write and commit; for each changelog the offset after what was written.

    Batches are built by hand and sent whole: one call a partition in place of one a record. Raises what aiokafka
    raises, ProducerFenced when another has claimed the lane; then nothing of it is seen by a committed reader.
    """
    batches: dict[tuple[str, int], list[Any]] = {}  # by topic and partition; equal to a TopicPartition of them
    names = {topic: named(topic) for topic in {topic for topic, _, _ in outputs}}
    counts = {topic: len(await producer.partitions_for(name)) for topic, name in names.items()}

    def add(place: tuple[str, int], key: bytes | None, value: bytes | None) -> None:
        some = batches.setdefault(place, [])
        if not some or some[-1].append(key=key, value=value, timestamp=None) is None:  # None: it is full
            some.append(producer.create_batch())
            if some[-1].append(key=key, value=value, timestamp=None) is None:
                raise ValueError(f"a record for {place[0]} exceeds a batch")

    for topic, key, value in outputs:
        add((names[topic], hashed(key or b"") % counts[topic]), key, value)
    for log, entries in states.items():
        for key, state in entries.items():
            add(log, key, state)
    async with asyncio.timeout(patience), producer.transaction():
        sent = [
            (place, batch.record_count(), await producer.send_batch(batch, place[0], partition=place[1]))
            for place, some in batches.items()
            for batch in some
        ]
        written = await asyncio.gather(*(future for _, _, future in sent))  # the rest of a failure is heard as well
    ends: dict[TopicPartition, int] = {}
    for (place, records, _), done in zip(sent, written, strict=True):
        if place in states:
            ends[place] = max(ends.get(place, 0), done.offset + records)
    return ends
