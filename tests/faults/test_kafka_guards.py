"""What the lanes take for granted of aiokafka together with a real broker: fencing, ends, offsets that are gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError, ProducerFenced
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient

from agents.topics import CASE_EVENTS

pytestmark = pytest.mark.kafka


@pytest.fixture
def log(namespace: str, topics: Callable[..., None]) -> TopicPartition:
    topics(1)
    return TopicPartition(namespace + CASE_EVENTS, 0)


@asynccontextmanager
async def claim(kafka: str, name: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=name, acks="all")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def reader(kafka: str, log: TopicPartition) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, isolation_level="read_committed", auto_offset_reset="none", fetch_max_wait_ms=100
    )
    await consumer.start()
    consumer.assign([log])
    try:
        yield consumer
    finally:
        await consumer.stop()


async def send(producer: AIOKafkaProducer, log: TopicPartition, *values: bytes) -> Any:
    batch = producer.create_batch()
    for value in values:
        batch.append(key=b"k", value=value, timestamp=None)
    return await (await producer.send_batch(batch, log.topic, partition=log.partition))


async def late(producer: AIOKafkaProducer, log: TopicPartition) -> None:
    """Go on with a transaction that was open."""
    await send(producer, log, b"late")
    await producer.commit_transaction()


async def values(consumer: AIOKafkaConsumer, log: TopicPartition) -> list[bytes]:
    found = await consumer.getmany(log, timeout_ms=1500)
    return [record.value for record in found.get(log, ())]


async def ends_at(consumer: AIOKafkaConsumer, log: TopicPartition, end: int) -> bool:
    """Whether the log ends there for a committed reader; a broker answers a commit before its markers are written."""
    async with asyncio.timeout(30):
        while (found := (await consumer.end_offsets([log]))[log]) < end:
            await asyncio.sleep(0.01)
    return bool(found == end)


async def test_a_second_claim_ends_the_first_however_late_it_writes(kafka: str, log: TopicPartition) -> None:
    async with claim(kafka, log.topic) as first:
        await first.begin_transaction()
        await send(first, log, b"of the first")
        async with claim(kafka, log.topic) as second:
            with pytest.raises(ProducerFenced):
                await late(first, log)
            async with second.transaction():
                await send(second, log, b"of the second")
        async with reader(kafka, log) as consumer:
            consumer.seek(log, 0)
            assert await values(consumer, log) == [b"of the second"]


async def test_the_end_for_a_committed_reader_stands_before_what_is_still_open(kafka: str, log: TopicPartition) -> None:
    async with claim(kafka, log.topic) as producer, reader(kafka, log) as consumer:
        async with producer.transaction():
            await send(producer, log, b"1", b"2")
        assert await ends_at(consumer, log, 3)  # two records and a marker
        await producer.begin_transaction()
        await send(producer, log, b"3")
        assert await ends_at(consumer, log, 3)
        await producer.commit_transaction()
        assert await ends_at(consumer, log, 5)


async def test_a_reader_comes_to_the_end_of_a_log_that_ends_in_a_marker(kafka: str, log: TopicPartition) -> None:
    async with claim(kafka, log.topic) as producer, reader(kafka, log) as consumer:
        async with producer.transaction():
            await send(producer, log, b"1")
        await producer.begin_transaction()
        await send(producer, log, b"taken back")
        await producer.abort_transaction()
        assert await ends_at(consumer, log, 4)
        consumer.seek(log, 0)
        assert await values(consumer, log) == [b"1"]
        await values(consumer, log)
        assert await consumer.position(log) == 4


async def test_a_batch_says_where_it_begins(kafka: str, log: TopicPartition) -> None:
    async with claim(kafka, log.topic) as producer, producer.transaction():
        assert (await send(producer, log, b"1", b"2", b"3")).offset == 0
        assert (await send(producer, log, b"4")).offset == 3


async def test_an_offset_that_is_gone_is_an_error_and_not_a_jump(kafka: str, log: TopicPartition) -> None:
    async with claim(kafka, log.topic) as producer, producer.transaction():
        await send(producer, log, b"1", b"2", b"3")
    admin = AdminClient({"bootstrap.servers": kafka})
    for done in admin.delete_records([Place(log.topic, 0, 2)]).values():
        done.result(20)
    async with reader(kafka, log) as consumer:
        consumer.seek(log, 0)
        with pytest.raises(OffsetOutOfRangeError):
            await consumer.getmany(log, timeout_ms=3000)


async def test_what_was_fetched_ahead_of_a_pause_is_dropped_by_a_seek(kafka: str, log: TopicPartition) -> None:
    async with claim(kafka, log.topic) as producer, reader(kafka, log) as consumer:
        async with producer.transaction():
            await send(producer, log, b"1", b"2", b"3")
        consumer.seek(log, 0)
        one = await consumer.getmany(log, timeout_ms=1500, max_records=1)
        assert [record.value for record in one[log]] == [b"1"]
        consumer.pause(log)
        assert await consumer.getmany(log, timeout_ms=300) == {}
        consumer.seek(log, 1)
        consumer.resume(log)
        assert await values(consumer, log) == [b"2", b"3"]
