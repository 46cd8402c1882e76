"""A worker process in the consumer group: back in its place after kill -9, gone at once after SIGTERM.

The session is longer than any test waits: nothing is given out here because it is over.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crew import Crew, Worker, python

from agents import member

pytestmark = pytest.mark.kafka

SESSION = 240  # seconds
PATIENCE = 60


@pytest.fixture
def crew(kafka: str, namespace: str, topics: Callable[..., None], tmp_path: Path) -> Iterator[Crew]:
    topics(2, groups=2)
    environment = {
        "RAISED_RISK_KAFKA_BOOTSTRAP": kafka, "RAISED_RISK_KAFKA_NAMESPACE": namespace,
        "RAISED_RISK_WORKER_SESSION_S": str(SESSION), "RAISED_RISK_METRICS_PORT": "0",
        "RAISED_RISK_WORKER_DATA": str(tmp_path / "data"),
    }  # fmt: skip
    made = Crew(python("-m", "agents.process"), environment, tmp_path / "workers")
    yield made
    made.close()


def works(worker: Worker) -> bool:
    """Whether it opens a lane before anybody's session is over."""
    until = time.monotonic() + PATIENCE
    while "lane opened" not in worker.says() and time.monotonic() < until:
        time.sleep(0.1)
    return "lane opened" in worker.says()


def test_a_worker_that_was_killed_has_its_groups_again_and_nobody_else_is_disturbed(crew: Crew) -> None:
    one, other = crew.start(0), crew.start(1)
    until = time.monotonic() + PATIENCE
    while sorted([*one.assigned()[-1:], *other.assigned()[-1:]]) != [[0], [1]]:
        assert time.monotonic() < until, (one.assigned(), other.assigned())
        time.sleep(0.1)
    before = one.assigned()[-1], other.assigned()
    crew.kill(0)
    again = crew.start(0)
    assert works(again)
    assert (again.assigned(), other.assigned()) == ([before[0]], before[1])


def test_a_worker_that_stops_in_good_order_leaves_its_groups_to_others(crew: Crew) -> None:
    assert works(crew.start(0))
    other = crew.start(1)
    crew.stop(0)
    assert works(other)


def test_a_process_is_called_by_its_folder_which_no_other_process_has(tmp_path: Path) -> None:
    first, second = member.own_folder(tmp_path, 0), member.own_folder(tmp_path, 0)
    assert (first.name, second.name) == ("worker-0", "worker-1")
    elsewhere = tmp_path / "elsewhere" / "worker-0"
    assert len({member.name_of(first), member.name_of(second), member.name_of(elsewhere)}) == 3
    assert member.name_of(first) == member.name_of(tmp_path / "worker-0")
