"""Reading whole topics: what was committed, all of it, and nothing else, to the very end of the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import Producer

from agents.queries.readers import NoTopic, Reader, Span, Unreachable, latest, partition_of
from agents.settings import Settings, load

CASE_EVENTS = "case.events.v1"
Topics = Callable[..., None]


@pytest.fixture
def settings(kafka: str, namespace: str) -> Settings:
    return load(environ={}, overrides={"kafka.bootstrap": kafka, "kafka.namespace": namespace})


def _transactions(settings: Settings, *runs: tuple[int, bool]) -> list[bytes]:
    """Write runs of records, each one transaction, committed or not; the values that a committed reader sees."""
    topic, seen = settings.topic(CASE_EVENTS), []
    producer = Producer({"bootstrap.servers": settings.kafka.bootstrap, "transactional.id": topic})
    producer.init_transactions(30)
    for number, (count, commit) in enumerate(runs):
        producer.begin_transaction()
        values = [f"{number}-{each}".encode() for each in range(count)]
        for value in values:
            producer.produce(topic, value, b"k", 0)
        producer.flush(30)
        if commit:
            producer.commit_transaction(30)
            seen += values
        else:
            producer.abort_transaction(30)
    return seen


def test_committed_records_are_read_to_the_end_and_aborted_ones_are_not(settings: Settings, topics: Topics) -> None:
    topics(1)
    seen = _transactions(settings, (3, True), (5, False), (1, True), (2000, False), (700, True), (1, False), (1, False))
    with Reader(settings) as reader:
        assert [record.value for record in reader.all(CASE_EVENTS)] == seen


def test_what_comes_after_the_look_is_left_for_later(settings: Settings, topics: Topics, wire: Any) -> None:
    topics(2)
    wire.send(settings.topic(CASE_EVENTS), b"k", b"before", partition=1)
    with Reader(settings) as reader:
        spans = reader.spans([CASE_EVENTS])
        wire.send(settings.topic(CASE_EVENTS), b"k", b"after", partition=1)
        assert spans == {(CASE_EVENTS, 0): Span(0, 0), (CASE_EVENTS, 1): Span(0, 1)}
        assert [record.value for record in reader.read(spans)] == [b"before"]
        assert [record.value for record in reader.read({(CASE_EVENTS, 1): Span(1, 2)})] == [b"after"]


def test_the_latest_of_each_key_is_what_a_compacted_topic_says(settings: Settings, topics: Topics, wire: Any) -> None:
    topics(2)
    for key, value in [(b"a", b"1"), (b"b", b"1"), (b"a", b"2"), (b"b", None)]:
        wire.send(settings.topic("sighting.outcomes.v1"), key, value)
    with Reader(settings) as reader:
        assert {key: record.value for key, record in latest(reader.all("sighting.outcomes.v1")).items()} == {b"a": b"2"}


def test_the_last_record_of_a_key_is_found_however_far_back(settings: Settings, topics: Topics, wire: Any) -> None:
    topics(1)
    wire.send_all(
        settings.topic(CASE_EVENTS), [(b"far", b"1"), (b"far", b"2"), *[(b"x", b"x")] * 5_000, (b"near", b"3")]
    )
    with Reader(settings) as reader:
        span = reader.spans([CASE_EVENTS])[CASE_EVENTS, 0]
        found = [reader.last_of(CASE_EVENTS, 0, key, span) for key in (b"far", b"near", b"never")]
    assert [record and record.value for record in found] == [b"2", b"3", None]


def test_one_record_is_read_at_its_place_or_not_there(settings: Settings, topics: Topics, wire: Any) -> None:
    topics(1)
    wire.send_all(settings.topic(CASE_EVENTS), [(b"k", b"0"), (b"k", b"1")])
    with Reader(settings) as reader:
        found = reader.one(CASE_EVENTS, 0, 1)
        assert found is not None
        assert found.value == b"1"


def test_a_key_lies_where_kafkas_own_clients_put_it(settings: Settings, topics: Topics, wire: Any) -> None:
    topics(5)
    keys = [f"crn:X{number:06}".encode() for number in range(40)]
    wire.send_all(settings.topic(CASE_EVENTS), [(key, b"") for key in keys])
    with Reader(settings) as reader:
        assert {r.key: r.partition for r in reader.all(CASE_EVENTS)} == {key: partition_of(key, 5) for key in keys}


def test_a_topic_that_is_not_there_is_named_with_the_remedy(settings: Settings) -> None:
    with Reader(settings) as reader, pytest.raises(NoTopic, match="topics apply"):
        reader.partitions(CASE_EVENTS)


def test_a_broker_that_is_not_there_is_said_so_within_seconds() -> None:
    with pytest.raises(Unreachable, match=r"is kafka\.bootstrap right"):
        Reader(load(environ={}, overrides={"kafka.bootstrap": "127.0.0.1:1"}))
