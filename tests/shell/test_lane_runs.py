"""A run: what records brought about, taken back whole, held at the right place."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from agents.lane.breaker import Breaker, Limits
from agents.lane.changelog import Hold
from agents.lane.runs import Failed, Run, TooLarge
from agents.lane.store import Memory

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SOURCE, OTHER = "police.notifications.v1", "court.hearings.v1"


class Record(NamedTuple):
    offset: int
    partition: int = 1
    timestamp: int = 0
    key: bytes | None = b"k"
    value: bytes | None = b"v"


def lane(run: int = 2) -> Any:
    store = Memory()
    store.apply({b"stored": b"s", b"both": b"s"}, 3, NOON)
    return SimpleNamespace(
        partition=1, store=store, largest=100, step=SimpleNamespace(changelog="cases.changelog.v1"), now=lambda: NOON,
        breakers={topic: Breaker(Limits(run, 1.0, 1000)) for topic in (SOURCE, OTHER)},
    )  # fmt: skip


async def a_run(offsets: dict[str, list[int]] | None = None, before: dict[bytes, bytes | None] | None = None) -> Run:
    records: Any = {topic: [Record(offset) for offset in some] for topic, some in (offsets or {SOURCE: [4, 7]}).items()}
    return Run(lane(), records, before or {})


async def test_a_state_is_that_of_this_run_else_of_the_one_before_else_of_the_store() -> None:
    run = await a_run(before={b"both": b"b", b"gone": None, b"before": b"b"})
    assert [run.get(key) for key in (b"stored", b"both", b"gone", b"before", b"nobody")] == [
        b"s", b"b", None, b"b", None,
    ]  # fmt: skip
    run.put(b"both", b"now")
    run.put(b"stored", None)
    assert (run.get(b"both"), run.get(b"stored")) == (b"now", None)


async def test_what_a_record_sent_is_taken_back_whole() -> None:
    run = await a_run()
    run.send("case.events.v1", b"a", b"1")
    mark = run.mark()
    run.send("case.events.v1", b"a", b"2")
    run.send("escalations.v1", b"a", b"3")
    run.undo(mark)
    assert run.outputs == [("case.events.v1", b"a", b"1")]


async def test_what_is_too_large_changes_nothing() -> None:
    run = await a_run()
    with pytest.raises(TooLarge):
        run.send("case.events.v1", b"key", b"x" * 98)
    with pytest.raises(TooLarge):
        run.put(b"key", b"x" * 98)
    assert (run.outputs, run.states, run.dues) == ([], {}, {})
    run.send("case.events.v1", b"key", b"x" * 97)
    run.put(b"key", b"x" * 97, NOON)
    assert run.dues == {b"key": NOON}


async def test_positions_go_on_after_the_last_record_of_each_source() -> None:
    run = await a_run({SOURCE: [4, 7], OTHER: [0]})
    assert [(topic, record.offset) for topic, record in run] == [(SOURCE, 4), (SOURCE, 7), (OTHER, 0)]
    assert run.positions() == {SOURCE: 8, OTHER: 1}


async def test_a_source_that_turns_bad_is_held_there_and_the_others_go_on() -> None:
    run = await a_run({SOURCE: [4, 5, 9, 10], OTHER: [0, 1]})
    seen = []
    for topic, record in run:
        seen.append((topic, record.offset))
        run.tally(topic, record, topic == SOURCE)
    assert seen == [(SOURCE, 4), (SOURCE, 5), (OTHER, 0), (OTHER, 1)]
    assert run.holds == {SOURCE: Hold(SOURCE, 1, 6, "breaker", "2 bad records in a row", NOON)}
    assert run.positions() == {SOURCE: 6, OTHER: 2}


async def test_leaving_the_run_hands_it_over() -> None:
    run = await a_run()
    with run:
        assert not run.done.done()
    assert run.done.result() is None


async def test_what_is_raised_in_a_run_fails_its_lane_and_not_the_agent() -> None:
    run = await a_run()
    with run:
        raise ValueError("of no interest to Faust")
    with pytest.raises(Failed, match="of no interest"):
        run.done.result()


async def test_a_cancellation_in_a_run_is_seen_by_faust_as_well() -> None:
    run = await a_run()
    with pytest.raises(asyncio.CancelledError), run:
        raise asyncio.CancelledError
    assert isinstance(run.done.exception(), Failed)


async def test_a_run_whose_lane_was_closed_meanwhile_is_worth_nothing() -> None:
    run = await a_run()
    run.done.cancel()
    with run:
        pass
    assert run.done.cancelled()
