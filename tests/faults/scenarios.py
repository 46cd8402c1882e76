"""Which runs a seed asks for. Pure: the same seed gives the same runs.

Runs 1 to 26 hold six of five kills, which cover every pair of pace, store, one group or several, and number of workers,
and every other scenario twice, with one group and with several (Produce refused and Produce slowed: once each). The
next 26 are drawn anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import count, islice
from random import Random
from typing import NamedTuple


class Scenario(StrEnum):
    """What is done to the run while load flows."""

    KILLS = "kills"  # workers killed -9, five times; with more than one, others join and leave
    SIGTERM = "sigterm"  # workers stopped in good order and started again
    FROZEN_WORKER = "frozen-worker"  # longer than its session; then it wakes and would write
    FROZEN_BROKER = "frozen-broker"  # for 30 seconds
    BROKER_KILLED = "broker-killed"  # one of three, and started again; then another
    REFUSED = "produce-refused"  # the broker refuses what the lanes write, for a while
    SLOWED = "produce-slowed"  # Produce takes long; then some of its answers are lost
    RECOVERY_KILLED = "recovery-killed"  # a worker killed after it has claimed and before its lanes are open
    SUPERVISOR_KILLED = "supervisor-killed"  # its workers must be gone within seconds
    AGENTS_RAISE = "agents-raise"  # one batch in fifty fails in its agent, when all that it brought about is said
    REGROUPED = "regrouped"  # the number of groups is changed, up and down, while a worker is frozen; then it wakes
    UPGRADED = "upgraded"  # workers of revision d77cc08 first; one of them is frozen while ours begin, and wakes


PACES, STORES, WORKERS, SEVERAL = ("slow", "fast"), ("memory", "disk"), (1, 2, 3), (2, 3)
STRIKES = 5


@dataclass(frozen=True)
class Plan:
    """One run."""

    number: int
    seed: int
    scenario: Scenario
    pace: str
    store: str
    workers: int
    groups: int = 1
    engine: str = "exact"
    strikes: int = STRIKES  # kills, or other blows of which there can be more or fewer
    rate: int = 300  # feed records a second

    @property
    def brokers(self) -> int:
        """How many brokers it needs."""
        return 3 if self.scenario is Scenario.BROKER_KILLED else 1

    def __str__(self) -> str:
        return f"{self.number} {self.scenario} {self.engine} {self.pace} {self.store} {self.workers}w {self.groups}g"


def plans(seed: int, runs: int, engine: str = "exact", only: str | None = None) -> tuple[Plan, ...]:
    """The runs; with ``only``, those of one scenario."""
    return tuple(islice(_endless(seed, engine, only), runs))


def _endless(seed: int, engine: str, only: str | None) -> Iterator[Plan]:
    numbers = count(1)
    for block in count():
        chance = Random(f"{seed}/{block}")
        for scenario, how in _block(chance):
            drawn = chance.randrange(2**31)
            if only is None or scenario == only:
                # What is broken shows most surely in slow agents.
                pace = how.pace if engine == "exact" else "slow"
                yield Plan(next(numbers), drawn, scenario, pace, how.store, how.workers, how.groups, engine)


class How(NamedTuple):
    """What a run is done with."""

    pace: str
    store: str
    workers: int
    groups: int


def _block(chance: Random) -> list[tuple[Scenario, How]]:
    """26 runs, mixed so that the first ones differ most."""
    rounds: list[list[tuple[Scenario, How]]] = [[], []]
    for scenario in Scenario:
        if scenario in (Scenario.KILLS, Scenario.SLOWED):
            continue
        pace, store, few = chance.choice(PACES), chance.choice(STORES), chance.randrange(2)
        for half, where in enumerate(rounds):
            kind = Scenario.SLOWED if scenario is Scenario.REFUSED and half else scenario
            how = How(
                PACES[PACES.index(pace) ^ half],
                STORES[STORES.index(store) ^ half],
                1 if scenario is Scenario.RECOVERY_KILLED else 2,
                chance.choice(SEVERAL) if few ^ half else 1,
            )
            where.append((kind, how))
    kills = _covering(chance)
    for half, where in enumerate(rounds):
        where += [(Scenario.KILLS, kill) for kill in kills[half::2]]
        chance.shuffle(where)
    return rounds[0] + rounds[1]


def _covering(chance: Random) -> list[How]:
    """Six runs that hold every pair of values."""
    pace, store = chance.sample(PACES, 2), chance.sample(STORES, 2)
    rows = [
        How(
            pace[half],
            store[half ^ (place % 2)],
            workers,
            chance.choice(SEVERAL) if half ^ (place > 0) else 1,
        )
        for place, workers in enumerate(chance.sample(WORKERS, 3))
        for half in (0, 1)
    ]
    chance.shuffle(rows)
    return rows
