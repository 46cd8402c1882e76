"""The cases step of the real worker on a real Kafka, now and before: what the engine costs beside the core.

As in life each event is another case's than the one before: so many case files lie in the changelog, and one event
comes to each, so no file is in any cache. The files are those that the measured program itself makes. ``engine`` is
the CPU of the whole process for an event, less what the core costs on these very events and files.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
from load import Keyed, case_events, write
from rig import POSITION, Rig
from trees import Child, Tree, children, in_turn

from agents import timer
from agents.topics import CASE_EVENTS, CASES_CHANGELOG

OF = 10_000  # events whose cases' states are multiplied
SKIP = 8  # events that a file has folded at least: 30 is a busy case's year
SETTLED = 2.0  # seconds after the first event: a worker that has just opened counts its states for the gauges
LAST = 1.0  # seconds within which the last events, which are through the core, are written
PATIENCE = 600.0  # a busy machine is slow, and that is no failure

_pairs = msgspec.msgpack.Decoder(list[tuple[str, bytes, bytes]]).decode


def once(rig: Rig, tree: Tree, pairs: list[tuple[str, bytes, bytes]]) -> float:
    """One round of one worker, with settings as shipped: CPU us an event, from the first record to the last commit."""
    with rig.namespace(tree) as namespace:
        rig.in_each_partition(namespace + CASES_CHANGELOG, POSITION)
        rig.fill(namespace + CASES_CHANGELOG, (Keyed(case.encode(), file) for case, file, _ in pairs))
        first, *rest = [Keyed(case.encode(), event) for case, _, event in pairs]
        rig.fill(namespace + CASE_EVENTS, [first])
        settings = {"WORKER_DATA": str(rig.folder / namespace)}
        with rig.engine("worker.py", tree, namespace, settings=settings) as engine:
            what = f"the cases step, {tree.name}"
            engine.wait_stepped(1, PATIENCE, what)
            time.sleep(SETTLED)
            rig.fill_at_once(namespace + CASE_EVENTS, rest)
            before = engine.cpu()
            engine.wait_stepped(len(pairs), PATIENCE, what)
            time.sleep(LAST)
            return (engine.cpu() - before) / len(rest) * 1e6


def run(rig: Rig, trees: tuple[Tree, ...], rounds: int, cases: int) -> dict[str, Any]:
    """All trees in turns; prints a table and gives its numbers."""
    now = timer.now()
    events = write(rig.folder / "cases", ((now, event) for event in case_events(min(OF, cases), now)))
    whole: dict[str, list[float]] = {tree.prefix: [] for tree in trees}
    core: dict[str, list[float]] = {tree.prefix: [] for tree in trees}
    with children(trees) as some:
        pairs = {child.tree.prefix: made(child, events, cases, rig.folder) for child in some}
        for number in range(rounds):
            for child in in_turn(some, number):
                whole[child.tree.prefix].append(once(rig, child.tree, pairs[child.tree.prefix]))
            for child in some:
                core[child.tree.prefix].append(child("pass_pairs"))
    found: dict[str, Any] = {"cases.cases": cases}
    print(f"\nThe cases step: {cases:,} cases with one event each, {rounds} rounds; CPU us an event (best)")
    print(f"{'':10}{'worker':>9}{'core':>9}{'engine':>9}   (all rounds of the worker)")
    for tree in trees:
        us, pure = min(whole[tree.prefix]), min(core[tree.prefix])
        found |= {
            f"cases.{tree.prefix}us": round(us, 2),
            f"cases.core_{tree.prefix}us": round(pure, 2),
            f"cases.engine_{tree.prefix}us": round(us - pure, 2),
        }
        rest = " ".join(f"{each:.0f}" for each in whole[tree.prefix])
        print(f"{tree.name:10}{us:>9.1f}{pure:>9.1f}{us - pure:>9.1f}   ({rest})")
    if len(trees) > 1:
        print(f"  the engine before over now: {found['cases.engine_was_us'] / found['cases.engine_us']:.2f}")
    return found


def made(child: Child, events: str, cases: int, folder: Path) -> list[tuple[str, bytes, bytes]]:
    """Keys, files and events as that tree makes them."""
    out = folder / f"pairs-{child.tree.name}"
    child("pairs", path=events, skip=SKIP, count=cases, out=str(out))
    return _pairs(out.read_bytes())
