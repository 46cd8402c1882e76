"""A processor: where it reads on, what a batch that is done changes, and what becomes of one that failed."""

from __future__ import annotations

import io
import json
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from aiokafka import TopicPartition

from agents import logs
from agents.lane import changelog
from agents.lane.batches import Failed
from agents.lane.changelog import Hold
from agents.lane.context import Step
from agents.lane.processor import LONGEST_REST, EndInDoubt, Processor
from agents.lane.store import Memory
from agents.settings import Settings
from agents.settings_table import BreakerSettings

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
POLICE, COURTS = "police.notifications.v1", "court.hearings.v1"
AT = {topic: TopicPartition(f"ns.{topic}", 1) for topic in (POLICE, COURTS)}


class Record(NamedTuple):
    offset: int
    partition: int = 1
    timestamp: int = 0
    key: bytes | None = b"k"
    value: bytes | None = b"v"


class Handed:
    """Where batches are handed to; the test is the agent."""

    def __init__(self) -> None:
        self.batches: list[Any] = []

    def hand(self, batch: Any) -> None:
        self.batches.append(batch)


def processor(counts: dict[str, int] | None = None, *, now: datetime = NOON) -> Processor:
    def deadline(key: bytes, due: datetime, _now: datetime, _partition: int) -> tuple[str, bytes, bytes]:
        return "case.events.v1", key, due.isoformat().encode()

    step = Step("cases", (POLICE, COURTS), "cases.changelog.v1", Handed(), deadline=deadline)  # type: ignore[arg-type]
    context: Any = SimpleNamespace(
        named=lambda topic: f"ns.{topic}", now=lambda: now,
        settings=Settings(breaker=BreakerSettings(run=2, share=1.0, window=1000)),
        counts=counts or {POLICE: 4, COURTS: 4}, store=lambda *_, **__: Memory(), connection={},
    )  # fmt: skip
    made = Processor(context, step, 1)
    made.positions = dict.fromkeys((POLICE, COURTS), 0)
    return made


def found(**offsets: list[int]) -> dict[TopicPartition, list[Any]]:
    names = {"police": POLICE, "courts": COURTS}
    return {AT[names[name]]: [Record(offset) for offset in some] for name, some in offsets.items()}


def test_a_source_that_has_no_such_partition_is_not_read() -> None:
    assert list(processor({POLICE: 4, COURTS: 1}).sources.values()) == [POLICE]


def test_records_are_sorted_by_source_and_those_of_others_left_to_them() -> None:
    other = TopicPartition("ns.identity.lookups.v1", 1)
    assert processor().sort({**found(police=[3, 5]), other: [Record(1)]}) == {POLICE: [Record(3), Record(5)]}


def test_a_record_from_before_our_position_is_refused() -> None:
    one = processor()
    one.positions[POLICE] = 4
    with pytest.raises(RuntimeError, match=f"offset 3 of {POLICE} came after 4"):
        one.sort(found(police=[3]))


async def test_a_batch_that_is_done_moves_positions_and_states_together() -> None:
    one = processor()
    batch = one.hand(one.sort(found(police=[3, 5], courts=[0])), {})
    with batch:
        batch.put(b"case", b"file", NOON + timedelta(days=1))
    assert one.take(batch) == {
        b"case": b"file",
        changelog.POSITION + POLICE.encode(): b"6",
        changelog.POSITION + COURTS.encode(): b"1",
    }
    assert (one.positions, one.due.earliest()) == ({POLICE: 6, COURTS: 1}, NOON + timedelta(days=1))


async def test_a_batch_that_failed_leaves_nothing_behind_and_its_records_are_handed_out_again() -> None:
    one = processor()
    handed: Any = one.step.batches
    batch = one.hand(one.sort(found(police=[3])), {})
    with batch:
        batch.put(b"case", b"half a file", NOON)
        raise ValueError("the registry is away")
    failed = batch.done.exception()
    assert isinstance(failed, Failed)
    out = io.StringIO()
    logs.configure("error", out)
    one.rest(batch, failed)
    logs.configure()
    assert json.loads(out.getvalue())["fault"] == "ValueError"  # what the agent raised, not that it failed
    assert (one.positions[POLICE], one.due.earliest(), one.store.get(b"case")) == (0, None, None)
    assert (one.reading(), one.rested()) == ([], False)  # its other source would overtake what is left
    assert 1 < one.wait() <= 2
    again = one.hand(one.left, {})
    with again:
        again.put(b"case", b"file")
    assert handed.batches == [batch, again]
    assert again.records == batch.records
    assert one.take(again)[b"case"] == b"file"
    assert (one.left, one.reading(), one.positions[POLICE]) == ({}, list(AT.values()), 4)


async def test_a_record_that_is_handed_out_again_counts_once_for_the_breaker() -> None:
    one = processor()  # its breaker trips at two bad records in a row
    batch = one.hand(one.sort(found(police=[3])), {})
    for _ in range(3):
        batch.tally(POLICE, batch.records[POLICE][0], True)
        assert batch.holds == {}
        one.rest(batch, Failed("the registry is away"))


async def test_a_hold_of_a_source_that_is_no_longer_there_is_over() -> None:
    one = processor({POLICE: 4, COURTS: 1})
    held = [changelog.held(Hold(topic, 1, 4, "breaker", "bad", NOON)) for topic in (POLICE, COURTS)]
    one.store.apply(dict(held), 2, NOON)
    await one.remember()
    assert list(one.holds) == [POLICE]


async def test_the_rest_grows_while_it_fails_up_to_a_limit_and_begins_short_after_a_success() -> None:
    one = processor()
    batch = one.hand(one.sort(found(police=[3])), {})
    rests = []
    for _ in range(7):
        one.rest(batch, Failed("no"))
        rests.append(round(one._rests_until - time.monotonic()))
    assert rests == [2, 4, 8, 16, LONGEST_REST, LONGEST_REST, LONGEST_REST]
    one.take(batch)
    one.rest(batch, Failed("no"))
    assert round(one._rests_until - time.monotonic()) == 2


@pytest.mark.parametrize(
    ("position", "sure", "place", "held"),
    [
        pytest.param(10, True, 10, None, id="a source that has our position goes on there"),
        pytest.param(5, True, 5, None, id="at its first record as well"),
        pytest.param(20, True, 20, None, id="and at its end"),
        pytest.param(4, True, 5, "records 4 to 4 were deleted before they were read", id="records deleted: held"),
        pytest.param(21, True, 20, "the topic ends at 20, before our position 21: it was cut or made anew", id="cut"),
        pytest.param(None, True, 5, None, id="a new source begins at its first record, and that is written down"),
    ],
)
def test_where_to_read_on(position: int | None, sure: bool, place: int, held: str | None) -> None:
    one = processor({POLICE: 4, COURTS: 0})
    one.positions = {} if position is None else {POLICE: position}
    places, fresh = one.find_place({AT[POLICE]: 5}, {AT[POLICE]: 20}, sure=sure)
    assert places == {AT[POLICE]: place}
    assert [hold.reason for hold in one.holds.values()] == ([held] if held else [])
    written = changelog.HELD if held else changelog.POSITION
    assert set(fresh) == (set() if held is None and position is not None else {written + POLICE.encode()})
    assert one.reading() == ([] if held else [AT[POLICE]])


def test_an_end_before_our_position_is_not_believed_at_once() -> None:
    one = processor({POLICE: 4, COURTS: 0})
    one.positions = {POLICE: 21}
    with pytest.raises(EndInDoubt, match="the lane looks again"):
        one.find_place({AT[POLICE]: 5}, {AT[POLICE]: 20}, sure=False)


def test_positions_move_over_markers_of_what_is_read_and_of_nothing_that_is_held() -> None:
    one = processor()
    one.holds[COURTS] = Hold(COURTS, 1, 0, "breaker", "bad", NOON)
    assert one.move_on({AT[POLICE]: 7, AT[COURTS]: 9}) == {changelog.POSITION + POLICE.encode(): b"7"}
    assert one.positions == {POLICE: 7, COURTS: 0}
    assert one.move_on({AT[POLICE]: 7}) == {}


def test_a_deadline_is_emitted_once_and_none_early() -> None:
    one = processor()
    one.due.set(b"passed", NOON)
    one.due.set(b"ahead", NOON + timedelta(milliseconds=1))
    states, outputs = one.emit_deadlines(100)
    assert states == {changelog.EMITTED + b"passed": NOON.isoformat().encode()}
    assert outputs == [("case.events.v1", b"passed", NOON.isoformat().encode())]
    assert one.emit_deadlines(100) == ({}, [])
    assert one.wait() == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("kind", "position"),
    [
        pytest.param("breaker", 4, id="after the breaker it goes on where it stood"),
        pytest.param("gap", 9, id="after a gap with the first record that is there"),
    ],
)
def test_what_a_person_lets_go_on_is_held_no_longer(kind: str, position: int) -> None:
    one = processor()
    hold = one.holds[POLICE] = Hold(POLICE, 1, 4, kind, "a reason", NOON)
    one.positions[POLICE] = 4
    states = one.release(hold, 9)
    assert states[changelog.HELD + POLICE.encode()] is None
    assert (one.positions[POLICE], one.holds) == (position, {})


def test_lag_counts_for_the_watch_only_where_we_read() -> None:
    one = processor()
    one.holds[COURTS] = Hold(COURTS, 1, 0, "breaker", "bad", NOON)
    assert one.report_lag({AT[POLICE]: 3, AT[COURTS]: 5}.get) == 3
