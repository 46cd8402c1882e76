"""The cases step side by side: our worker with both stores, plain Faust, and the bare loop in two forms.

Every engine gets the same events in topics of its own, empty but for them. Rounds are interleaved, so that whatever
else the machine does falls on all alike; medians, and ratios of medians.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from load import Keyed, case_events, encoded
from meter import Mark, Steady, steady
from rig import Rig

from agents.topics import CASE_EVENTS

PATIENCE = 600.0  # a busy machine is slow, and that is no failure


@dataclass(frozen=True)
class Contender:
    """An engine: its script, and what it is told."""

    name: str
    script: str
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    promise: str = ""


CONTENDERS = (
    Contender("worker, memory", "ours.py", {}, {"BENCH_STEPS": "cases"}, "exactly once"),
    Contender("worker, disk", "ours.py", {"WORKER_STORE": "disk"}, {"BENCH_STEPS": "cases"}, "exactly once"),
    Contender("plain Faust", "plain.py", {}, {}, "loses on a plain restart"),
    Contender("loop, a state an event", "loop.py", {}, {"BENCH_LOOP": "each"}, "at least once"),
    Contender("loop, a state a run", "loop.py", {}, {"BENCH_LOOP": "runs"}, "at least once"),
)


def all_done(records: int, what: str) -> Callable[[list[Mark]], bool]:
    """Whether so many records of a step are committed."""
    return lambda found: sum(mark.records for mark in found if mark.what == what) >= records


def once(rig: Rig, contender: Contender, records: list[Keyed], partitions: int) -> Steady:
    """One round of one engine."""
    with rig.namespace(partitions) as namespace:
        rig.fill(namespace + CASE_EVENTS, records)
        settings = {"WORKER_DATA": str(rig.folder / namespace), **contender.settings}
        with rig.engine(
            contender.script, namespace, partitions, settings=settings, environment=contender.environment
        ) as engine:
            return steady(engine.wait(all_done(len(records), "cases"), PATIENCE, contender.name), "cases")


def run(rig: Rig, rounds: int, events: int, partitions: int, only: re.Pattern[str]) -> dict[str, Any]:
    """All engines, ``rounds`` times; prints a table and gives its numbers."""
    records = encoded(case_events(events))
    chosen = [contender for contender in CONTENDERS if only.search(contender.name)]
    found: dict[str, list[Steady]] = {contender.name: [] for contender in chosen}
    for number in range(rounds):
        shift = number % len(chosen)  # nobody always comes first
        for contender in (*chosen[shift:], *chosen[:shift]):
            found[contender.name].append(once(rig, contender, records, partitions))
    numbers: dict[str, Any] = {
        name: {
            "events_per_s": round(median(each.per_second for each in some)),
            "cpu_us": round(median(each.cpu_us for each in some), 2),
            "cpu_us_rounds": [round(each.cpu_us, 2) for each in some],
            "records_per_commit": round(median(each.records / each.commits for each in some)),
        }
        for name, some in found.items()
    }
    print(f"\nThe cases step: {len(records):,} events, {partitions} partitions, {rounds} rounds, medians")
    print(f"{'':26}{'events/s':>10}{'CPU us/event':>14}{'(all rounds)':>26}   promise")
    for contender in chosen:
        row = numbers[contender.name]
        rounds_ = " ".join(f"{each:.1f}" for each in row["cpu_us_rounds"])
        print(f"{contender.name:26}{row['events_per_s']:>10,}{row['cpu_us']:>14.1f}{rounds_:>26}   {contender.promise}")
    return {"engines": numbers, "ratios": ratios(numbers), "events": len(records), "partitions": partitions}


def ratios(numbers: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """CPU per event of the others over ours: above 1, ours is cheaper. Prints them."""
    told: dict[str, float] = {}
    for ours in ("worker, memory", "worker, disk"):
        for other in ("plain Faust", "loop, a state an event", "loop, a state a run"):
            if ours in numbers and other in numbers:
                told[f"{other} / {ours}"] = round(numbers[other]["cpu_us"] / numbers[ours]["cpu_us"], 2)
    for what, ratio in told.items():
        print(f"  CPU per event, {what:44} {ratio:6.2f}")
    return told
