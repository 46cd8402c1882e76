"""The Kafka clients of a lane: its producer, its reader, and how both are opened and closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import OffsetOutOfRangeError

from agents import logs
from agents.lane.transaction import BATCH, TRANSACTION

_log = logs.get("lane")


@asynccontextmanager
async def opened(client: Any) -> AsyncIterator[Any]:
    """A started Kafka client. Its own ``async with`` leaks when start() fails, and may take long to stop."""
    try:
        await client.start()
        yield client
    finally:
        try:
            async with asyncio.timeout(3):
                await client.stop()
        except (Exception, asyncio.CancelledError) as exc:  # noqa: BLE001 - aiokafka's stop() may raise either of its own
            # What it raises must not take the place of what ended the work: a refused write has to be seen as one.
            _log.debug("a client did not stop in good order", exc_info=exc)


def opened_admin(connection: Mapping[str, Any]) -> Any:
    """A started admin client, which has close() where the others have stop()."""
    admin = AIOKafkaAdminClient(**connection)
    admin.stop = admin.close
    return opened(admin)


def producer(connection: Mapping[str, Any], name: str) -> AIOKafkaProducer:
    """A producer with the transactional id ``name``.

    Opening it makes the broker settle what is left open under that id, and refuse every later write of whoever had it.
    """
    return AIOKafkaProducer(
        transactional_id=name,
        acks="all",
        max_batch_size=BATCH,
        max_request_size=BATCH + 1024,
        request_timeout_ms=15_000,
        transaction_timeout_ms=int(TRANSACTION.total_seconds() * 1000),
        # A long back-off on broker errors turns into needless waits between transactions.
        retry_backoff_ms=20,
        **connection,
    )


def reader(connection: Mapping[str, Any]) -> AIOKafkaConsumer:
    """A reader in no group: committed records only, never resets itself."""
    return AIOKafkaConsumer(
        isolation_level="read_committed",
        auto_offset_reset="none",
        fetch_max_wait_ms=200,
        max_partition_fetch_bytes=4 << 20,
        **connection,
    )


async def fetched(connection: Mapping[str, Any], tp: TopicPartition, offset: int) -> bytes | None:
    """The value of one committed record, read anew. None when it is no longer there. Raises TimeoutError."""
    async with opened(reader(connection)) as records:
        records.assign([tp])
        records.seek(tp, offset)
        try:
            found = (await records.getmany(tp, timeout_ms=5000, max_records=1)).get(tp)
            if not found and await records.position(tp) <= offset < (await records.end_offsets([tp]))[tp]:
                raise TimeoutError(f"record {offset} of {tp.topic}/{tp.partition} could not be read anew in time")
        except OffsetOutOfRangeError:
            return None
        return found[0].value if found and found[0].offset == offset else None
