"""The cases step side by side with other engines: plain Faust, a bare loop in two forms, Quix Streams exactly once.

Every engine gets the same events in topics of its own, empty but for them. All decode with the same code, call the
same ``step`` and write the same bytes of state. Rounds are interleaved, nobody always comes first, the best one counts.
"""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from load import Keyed, case_events, encoded
from meter import Steady, steady
from rig import Rig
from trees import CHECKOUT, NOW, in_turn

from agents.topics import CASE_EVENTS

PATIENCE = 600.0  # a busy machine is slow, and that is no failure
AGAIN = 2_000  # events that wait for an engine that was killed
PEERS = CHECKOUT / ".venv-peers" / "bin" / "python"


@dataclass(frozen=True)
class Contender:
    """An engine: its script, and what it is told."""

    key: str
    name: str
    script: str
    promise: str
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    python: Path | str = sys.executable


CONTENDERS = (
    Contender("memory", "worker, memory", "worker.py", "exactly once"),
    Contender("disk", "worker, disk", "worker.py", "exactly once", {"WORKER_STORE": "disk"}),
    Contender("faust", "plain Faust", "plain.py", "loses on a plain restart"),
    Contender("loop_each", "loop, a state an event", "loop.py", "at least once", {}, {"BENCH_LOOP": "each"}),
    Contender("loop_runs", "loop, a state a run", "loop.py", "at least once", {}, {"BENCH_LOOP": "runs"}),
    Contender("quix", "Quix Streams", "quix.py", "exactly once", python=PEERS),
)


def once(rig: Rig, contender: Contender, records: list[Keyed], again: bool) -> tuple[Steady, float | None]:
    """One round of one engine; with ``again`` it is then killed, and timed until it works once more."""
    with rig.namespace(NOW) as namespace:
        rig.fill(namespace + CASE_EVENTS, records)
        settings = {"WORKER_DATA": str(rig.folder / namespace), **contender.settings}
        environment = {"BENCH_STATE": str(rig.folder / namespace), **contender.environment}
        given: dict[str, Any] = {"settings": settings, "environment": environment, "python": contender.python}
        engine = rig.start(contender.script, NOW, namespace, **given)
        try:
            done = steady(engine.wait_stepped(len(records), PATIENCE, contender.name))
            if not again:
                return done, None
            engine.stop(signal.SIGKILL)
            rig.fill(namespace + CASE_EVENTS, records[:AGAIN])
            engine = rig.start(contender.script, NOW, namespace, **given)
            mark = next(each for each in engine.wait_stepped(1, PATIENCE, contender.name) if each.stepped)
            return done, mark.at - engine.began
        finally:
            engine.stop(signal.SIGKILL if again else signal.SIGTERM)


def run(rig: Rig, rounds: int, events: int, only: re.Pattern[str], peers: bool) -> dict[str, Any]:
    """All engines, ``rounds`` times; prints a table and gives its numbers."""
    records = encoded(case_events(events))
    chosen = [each for each in CONTENDERS if only.search(each.key) and (peers or each.python is not PEERS)]
    found: dict[str, list[Steady]] = {each.key: [] for each in chosen}
    works: dict[str, float | None] = {}
    for number in range(rounds):
        for each in in_turn(chosen, number):
            again = peers and number == 0 and each.key in ("memory", "disk", "quix")
            done, seconds = once(rig, each, records, again)
            found[each.key].append(done)
            works.setdefault(each.key, seconds)
    print(
        f"\nThe cases step among engines: {len(records):,} events, 30 a case, {rounds} rounds; CPU us an event (best)"
    )
    print(f"{'':26}{'CPU us':>8}{'of ours':>9}{'events/s':>10}{'works after kill -9':>21}   promise (all rounds)")
    numbers: dict[str, Any] = {}
    ours = min((each.cpu_us for each in found.get("memory", ())), default=None)
    for each in chosen:
        us, key = min(one.cpu_us for one in found[each.key]), f"engines.{each.key}"
        numbers[f"{key}.us"] = round(us, 1)
        seconds = works[each.key]
        if seconds is not None:
            numbers[f"{key}.killed_s"] = round(seconds, 1)
        print(
            f"{each.name:26}{us:>8.1f}{f'{us / ours:.2f}' if ours else '':>9}"
            f"{max(one.per_second for one in found[each.key]):>10,.0f}"
            f"{'' if seconds is None else f'{seconds:.1f} s':>21}"
            f"   {each.promise} ({' '.join(f'{one.cpu_us:.0f}' for one in found[each.key])})"
        )
    return numbers
