"""The short form of ``make torture``: load flows, workers are killed and frozen, and nothing is lost, doubled or wrong.

That the harness can fail is shown by test_verifier.py here, and by ``make torture ENGINE=plain`` (unfenced, unplaced).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from revision import there
from scenarios import Plan, Scenario
from torture import KINDS, one

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


def shortened(seed: int, scenario: Scenario, pace: str, store: str, workers: int, strikes: int) -> Plan:
    return Plan(1, seed, scenario, pace, store, workers, strikes=strikes, rate=150)


def ran(plan: Plan, kafka: str, folder: Path) -> dict[str, Any]:
    result = one(plan, folder / "run", shared=kafka, seconds=0.5)
    assert {kind: result[kind] for kind in KINDS} == dict.fromkeys(KINDS, 0), result["findings"]
    assert result["events"] > 500
    assert result["deadlines"] > 0
    assert {"act", "forwarded", "given-back", "linked-news", "taken-over"} <= result["told"].keys()
    return result


def test_nothing_is_lost_or_doubled_when_a_worker_is_killed_twice(kafka: str, tmp_path: Path) -> None:
    result = ran(shortened(11, Scenario.KILLS, "fast", "memory", 1, 2), kafka, tmp_path)
    assert result["kills"] == 2


def test_a_worker_that_wakes_after_its_session_writes_nothing(kafka: str, tmp_path: Path) -> None:
    result = ran(shortened(12, Scenario.FROZEN_WORKER, "slow", "disk", 2, 1), kafka, tmp_path)
    assert result["refused"] > 0


def test_a_run_that_fails_in_its_agent_leaves_nothing_behind_and_is_done_again(kafka: str, tmp_path: Path) -> None:
    result = ran(shortened(13, Scenario.AGENTS_RAISE, "fast", "memory", 2, 1), kafka, tmp_path)
    assert result["raised"] > 0


def test_who_was_frozen_while_the_number_of_groups_changed_writes_nothing(kafka: str, tmp_path: Path) -> None:
    result = ran(shortened(14, Scenario.REGROUPED, "fast", "memory", 2, 1), kafka, tmp_path)
    assert result["refused"] > 0


@pytest.mark.skipif(not there(), reason="this clone's history does not reach the revision before groups")
def test_a_worker_of_the_revision_before_groups_that_wakes_after_the_upgrade_writes_nothing(
    kafka: str, tmp_path: Path
) -> None:
    result = ran(shortened(15, Scenario.UPGRADED, "fast", "memory", 2, 1), kafka, tmp_path)
    assert result["refused_old"] > 0
