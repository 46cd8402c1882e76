"""What a record of Kafka is to us, whichever client read it: aiokafka, kafka-python, or a test."""

from __future__ import annotations

from typing import Protocol


class Record(Protocol):
    """A record as the broker keeps it. Offsets have gaps; the timestamp is in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
