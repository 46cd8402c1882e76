"""Which runs a seed asks for, and what a line of results adds up to."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product

import pytest
from scenarios import PACES, STORES, WORKERS, Scenario, plans
from torture import summary

SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_twenty_six_runs_hold_six_of_kills_and_every_other_scenario_twice(seed: int) -> None:
    found = Counter(plan.scenario for plan in plans(seed, 26))
    others = {Scenario.KILLS: 6, Scenario.REFUSED: 1, Scenario.SLOWED: 1}
    assert found == Counter({scenario: others.get(scenario, 2) for scenario in Scenario})


@pytest.mark.parametrize("seed", SEEDS)
def test_the_runs_of_kills_cover_every_pair_of_pace_store_workers_and_one_group_or_several(seed: int) -> None:
    kills = [
        (plan.pace, plan.store, plan.workers, plan.groups > 1)
        for plan in plans(seed, 26)
        if plan.scenario is Scenario.KILLS
    ]
    values = (PACES, STORES, WORKERS, (False, True))
    for one, other in combinations(range(4), 2):
        wanted = set(product(values[one], values[other]))
        assert {(run[one], run[other]) for run in kills} == wanted


def test_the_same_seed_gives_the_same_runs_and_another_seed_others() -> None:
    assert plans(7, 30) == plans(7, 30)
    assert plans(7, 26) != plans(8, 26)
    assert plans(7, 26) == plans(7, 30)[:26]


def test_both_halves_of_a_scenario_differ_in_pace_store_and_one_group_or_several() -> None:
    one, two = (plan for plan in plans(7, 26) if plan.scenario is Scenario.SIGTERM)
    assert {one.pace, two.pace} == set(PACES)
    assert {one.store, two.store} == set(STORES)
    assert sorted(plan.groups > 1 for plan in (one, two)) == [False, True]


def test_one_scenario_alone_can_be_asked_for() -> None:
    assert {plan.scenario for plan in plans(7, 5, only="sigterm")} == {Scenario.SIGTERM}


def test_the_last_line_adds_up_what_the_runs_counted() -> None:
    run = {
        "scenario": "kills", "kills": 5, "events": 100, "lost": 1, "extra": 2, "duplicates": 3, "wrong": 4,
        "standstill_s": 7.5, "deadlines": 9,
    }  # fmt: skip
    total = summary([run, {**run, "standstill_s": 9.0}])
    assert {name: total[name] for name in ("runs", "kills", "events", "lost", "extra", "duplicates", "wrong")} == {
        "runs": 2, "kills": 10, "events": 200, "lost": 2, "extra": 4, "duplicates": 6, "wrong": 8,
    }  # fmt: skip
    assert total["longest_standstill_s"] == 9.0
    assert total["scenarios"]["kills"]["runs"] == 2
