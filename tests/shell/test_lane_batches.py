"""A batch: what records brought about, taken back whole, held at the right place."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from agents.lane.batches import Batch, Failed, TooLarge
from agents.lane.breaker import Breaker
from agents.lane.changelog import Hold
from agents.lane.store import Memory
from agents.settings_table import BreakerSettings

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SOURCE, OTHER = "police.notifications.v1", "court.hearings.v1"


class Record(NamedTuple):
    offset: int
    partition: int = 1
    timestamp: int = 0
    key: bytes | None = b"k"
    value: bytes | None = b"v"


async def never(*_: Any) -> None:
    raise AssertionError("nothing is fetched here")


async def a_batch(
    offsets: dict[str, list[int]] | None = None, before: dict[bytes, bytes | None] | None = None
) -> Batch:
    records: Any = {topic: [Record(offset) for offset in some] for topic, some in (offsets or {SOURCE: [4, 7]}).items()}
    store = Memory()
    store.apply({b"stored": b"s", b"both": b"s"}, 3, NOON)
    breakers = {topic: Breaker(BreakerSettings(run=2, share=1.0, window=1000)) for topic in (SOURCE, OTHER)}
    return Batch(
        records,
        before or {},
        partition=1,
        store=store,
        breakers=breakers,
        largest=100,
        now=lambda: NOON,
        fetch_anew=never,
    )


async def test_a_state_is_that_of_this_batch_else_of_the_one_before_else_of_the_store() -> None:
    batch = await a_batch(before={b"both": b"b", b"gone": None, b"before": b"b"})
    assert [batch.get(key) for key in (b"stored", b"both", b"gone", b"before", b"nobody")] == [
        b"s", b"b", None, b"b", None,
    ]  # fmt: skip
    batch.put(b"both", b"now")
    batch.put(b"stored", None)
    assert (batch.get(b"both"), batch.get(b"stored")) == (b"now", None)


async def test_what_a_record_sent_is_taken_back_whole() -> None:
    batch = await a_batch()
    batch.send("case.events.v1", b"a", b"1")
    mark = batch.mark()
    batch.send("case.events.v1", b"a", b"2")
    batch.send("escalations.v1", b"a", b"3")
    batch.undo(mark)
    assert batch.outputs == [("case.events.v1", b"a", b"1")]


async def test_what_is_too_large_changes_nothing() -> None:
    batch = await a_batch()
    with pytest.raises(TooLarge):
        batch.send("case.events.v1", b"key", b"x" * 98)
    with pytest.raises(TooLarge):
        batch.put(b"key", b"x" * 98)
    assert (batch.outputs, batch.states, batch.dues) == ([], {}, {})
    batch.send("case.events.v1", b"key", b"x" * 97)
    batch.put(b"key", b"x" * 97, NOON)
    assert batch.dues == {b"key": NOON}


async def test_positions_go_on_after_the_last_record_of_each_source() -> None:
    batch = await a_batch({SOURCE: [4, 7], OTHER: [0]})
    assert [(topic, record.offset) for topic, record in batch] == [(SOURCE, 4), (SOURCE, 7), (OTHER, 0)]
    assert batch.positions() == {SOURCE: 8, OTHER: 1}


async def test_a_source_that_turns_bad_is_held_there_and_the_others_go_on() -> None:
    batch = await a_batch({SOURCE: [4, 5, 9, 10], OTHER: [0, 1]})
    seen = []
    for topic, record in batch:
        seen.append((topic, record.offset))
        batch.tally(topic, record, topic == SOURCE)
    assert seen == [(SOURCE, 4), (SOURCE, 5), (OTHER, 0), (OTHER, 1)]
    assert batch.holds == {SOURCE: Hold(SOURCE, 1, 6, "breaker", "2 bad records in a row", NOON)}
    assert batch.positions() == {SOURCE: 6, OTHER: 2}


async def test_leaving_the_batch_hands_it_over() -> None:
    batch = await a_batch()
    with batch:
        assert not batch.done.done()
    assert batch.done.result() is None


async def test_what_is_raised_in_a_batch_fails_its_lane_and_not_the_agent() -> None:
    batch = await a_batch()
    with batch:
        raise ValueError("of no interest to Faust")
    with pytest.raises(Failed, match="of no interest"):
        batch.done.result()


async def test_a_cancellation_in_a_batch_is_seen_by_faust_as_well() -> None:
    batch = await a_batch()
    with pytest.raises(asyncio.CancelledError), batch:
        raise asyncio.CancelledError
    assert isinstance(batch.done.exception(), Failed)


async def test_a_batch_whose_lane_was_closed_meanwhile_is_worth_nothing() -> None:
    batch = await a_batch()
    batch.done.cancel()
    with batch:
        pass
    assert batch.done.cancelled()
