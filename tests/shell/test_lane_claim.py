"""Claims: whom a lane must refuse before it may write, and that a lane of the revision before groups opens no more."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from agents import settings
from agents.lane import changelog, claim
from agents.lane.context import WorkerContext
from agents.lane.store import Disk, Memory, Store

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
OURS = "ns.raised-risk-lane-0-of-2"


def context(groups: int = 2, **counts: int) -> WorkerContext:
    made = WorkerContext("ns.raised-risk", settings.load(environ={}))
    made.groups, made.counts = groups, counts or {"police": 4, "cases": 3}
    return made


def processor(partition: int, *entries: tuple[bytes, bytes]) -> Any:
    log = TopicPartition("ns.cases.changelog.v1", partition)
    return SimpleNamespace(partition=partition, log=log, own=lambda: changelog.read(dict(entries)))


def test_where_nobody_has_claimed_yet_the_ids_of_one_lane_a_partition_are_refused() -> None:
    found = claim.others(context(), [processor(0), processor(2)], OURS)
    assert found == {"ns.raised-risk-lane-0", "ns.raised-risk-lane-2"}


def test_who_has_claimed_under_another_number_of_groups_is_refused_and_ourselves_are_not() -> None:
    whole = "ns.raised-risk-lane-0-of-1"
    both = [changelog.claimed(OURS), changelog.claimed(whole), changelog.grouped()]
    assert claim.others(context(), [processor(0, *both), processor(2, changelog.grouped())], OURS) == {whole}


def test_when_all_others_are_refused_nobody_is_left() -> None:
    context_, one, two = context(), processor(0), processor(2)
    first = claim.entries([one, two], OURS)
    refused = claim.others(context_, [one, two], OURS)
    second = claim.entries([one, two], OURS, refused)
    assert first.keys() == second.keys() == {one.log, two.log}
    for each in (one, two):
        written = {**first[each.log], **second[each.log]}
        left = [(key, value) for key, value in written.items() if value is not None]
        assert claim.others(context_, [processor(each.partition, *left)], OURS) == set()


@pytest.mark.parametrize("entry", [changelog.claimed(OURS), changelog.grouped()], ids=["a claim", "that it is grouped"])
def test_a_lane_of_the_revision_before_groups_cannot_read_what_lies_there(entry: tuple[bytes, bytes]) -> None:
    # How revision d77cc08 reads, as it opens, every entry under this prefix.
    key, value = entry
    assert key.startswith(b"\x00said:")
    with pytest.raises(ValueError, match="isoformat"):
        frozenset(map(datetime.fromisoformat, value.decode().split()))


@pytest.mark.parametrize("groups", [1, 2, 3, 5])
def test_each_partition_is_of_one_group_and_stays_there_when_partitions_are_added(groups: int) -> None:
    few, many = context(groups, police=4, cases=3), context(groups, police=7, cases=3)
    assert sorted(chain(*map(few.partitions_of, range(groups)))) == [0, 1, 2, 3]
    assert sorted(chain(*map(many.partitions_of, range(groups)))) == [0, 1, 2, 3, 4, 5, 6]
    assert all(set(few.partitions_of(group)) <= set(many.partitions_of(group)) for group in range(groups))


def test_a_lane_is_called_by_its_group_and_how_many_there_are() -> None:
    assert claim.name_of(context(), 0) == OURS
    assert claim.name_of(context(3), 0) != OURS


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_a_store_gives_the_lanes_own_entries_alone(kind: str, tmp_path: Path) -> None:
    store: Store = Memory() if kind == "memory" else Disk(tmp_path, "log", "boot", NOON)
    own = dict([changelog.position("police", 7), changelog.claimed(OURS), (changelog.EMITTED + b"k" * 600, b"")])
    store.apply({**own, b"crn:X1": b"a file", b"x" * 600: b"another"}, 5, NOON)
    assert store.own() == own
    store.close()
