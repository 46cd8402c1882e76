"""The watch: a worker that stands still ends itself, even when its event loop is blocked."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from agents import app as apps
from agents import policies, settings
from agents.lane.lane import Lane
from agents.lane.lanes import FEWER, STANDSTILL, Lanes

BLOCKED = """
import time
from types import SimpleNamespace
from agents import app, policies, settings
given = settings.load(environ={}, overrides={"worker.patience_s": "1"})
lanes = app.make(given, policies.own(given)).lanes
lanes.by_group[0] = SimpleNamespace(alive=time.monotonic() + SINCE)
lanes.guard()
time.sleep(8)  # as a loop that is blocked: nobody else runs
"""


@pytest.mark.parametrize(
    ("since", "code"),
    [pytest.param("0", STANDSTILL, id="stands still"), pytest.param("3600", 0, id="makes progress")],
)
def test_a_worker_that_stands_still_ends_itself_though_its_loop_is_blocked(since: str, code: int) -> None:
    script = BLOCKED.replace("SINCE", since)
    ended = subprocess.run([sys.executable, "-c", script], check=False, timeout=60, stderr=subprocess.DEVNULL)
    assert ended.returncode == code


@pytest.fixture
def lanes() -> Lanes:
    given = settings.load(environ={}, overrides={"worker.patience_s": "60"})
    made: Any = apps.make(given, policies.own(given))
    return made.lanes


def lane(name: str, idle: float) -> Any:
    class Named(SimpleNamespace):
        def __str__(self) -> str:
            return name

        def ready(self) -> bool:
            return Lane.ready(self)

    return Named(alive=time.monotonic() - idle, open=True, processors=[SimpleNamespace(holds={}, left={})])


def test_the_watch_says_which_lane_stands_still(lanes: Lanes) -> None:
    lanes.by_group = {0: lane("lane-0", 59), 1: lane("lane-1", 61)}
    assert lanes.stands_still() == "lane-1"


def test_a_rebalance_that_does_not_end_is_a_standstill(lanes: Lanes) -> None:
    lanes.settled = time.monotonic() - 61
    assert lanes.stands_still() is None
    lanes.app.rebalancing = True
    lanes.settled = time.monotonic() - 61
    assert lanes.stands_still() == "the rebalance"


def test_a_worker_is_ready_when_it_is_known_what_is_assigned_every_lane_is_open_and_nothing_held_or_to_be_done_again(
    lanes: Lanes,
) -> None:
    assert not lanes.ready()
    lanes.assigned = set()
    assert lanes.ready()
    one = lane("lane-0", 0)
    lanes.by_group = {0: one}
    assert lanes.ready()
    [processor] = one.processors
    processor.holds = {"case.events.v1": "a hold"}
    assert not lanes.ready()
    processor.holds, processor.left = {}, {"case.events.v1": ["a record"]}
    assert not lanes.ready()
    processor.left, one.open = {}, False
    assert not lanes.ready()


async def test_a_lane_that_is_closed_is_let_go_of_once_it_is_gone(lanes: Lanes) -> None:
    async def work() -> None:
        await asyncio.sleep(60)

    task = asyncio.create_task(work())
    lanes.by_group = {0: SimpleNamespace(task=task, wanted=True)}  # type: ignore[dict-item]
    await asyncio.sleep(0)
    lanes.close(0)
    assert (lanes.by_group, list(lanes.closing)) == ({}, [task])  # the next one waits for it
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert lanes.closing == {}


async def test_a_worker_that_sees_fewer_groups_ends_and_one_that_sees_more_opens_its_lanes_anew(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sees(groups: int) -> None:
        async def look() -> bool:
            lanes.context.groups = groups
            return True

        monkeypatch.setattr(lanes.context, "look", look)

    class Ended(Exception):
        pass

    def end(code: int) -> None:
        assert code == FEWER
        raise Ended

    monkeypatch.setattr("os._exit", end)
    opened: list[int] = []
    monkeypatch.setattr(lanes, "arrange", lambda: opened.append(lanes.context.groups))
    lanes.assigned, lanes.context.groups = {0}, 2
    sees(3)
    await lanes.look()
    assert opened == [3]
    sees(2)
    with pytest.raises(Ended):
        await lanes.look()
    assert opened == [3]
