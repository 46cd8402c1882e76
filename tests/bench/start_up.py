"""From the start of the process to the first event handled, for a million cases on disk: cold, warm, after kill -9.

The changelog is written directly: small case files of a few events, a thousand different ones under as many ids as
there are cases. An event waits in every partition when the process starts; the first one is handled when its
transaction is committed.

    cold     the folder is empty: every store is rebuilt from the changelog
    warm     after SIGTERM: the stores are there and only caught up
    killed   after kill -9: the same, and the group may have to miss the old member first
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from typing import Any

from load import EVENTS_A_CASE, Keyed, case_events, encoded, write
from rig import POSITION, Engine, Rig
from trees import Tree, children

from agents import timer
from agents.topics import CASE_EVENTS, CASES_CHANGELOG

KINDS = 1000
EVENTS_A_FILE = 3  # most cases are quiet
PATIENCE = 300.0
BLANK = "crn:S000000000"
STARTS = (("cold", signal.SIGTERM), ("warm", signal.SIGKILL), ("killed", signal.SIGTERM))
"""Each start, and how it ends: what the next one finds."""


def run(rig: Rig, trees: tuple[Tree, ...], cases: int) -> dict[str, Any]:
    """Each tree with files that it made itself; prints a table and gives seconds."""
    now = timer.now()
    events = case_events(min(KINDS, cases) * EVENTS_A_CASE, now)
    path = write(rig.folder / "start-up", ((now, event) for event in events))
    with children(trees) as some:
        kinds = {child.tree: child("kinds", path=path, events=EVENTS_A_FILE, count=KINDS, case=BLANK) for child in some}
    print(f"\nFrom the start of the process to the first event handled, store on disk, {cases:,} cases; seconds (CPU)")
    print(f"{'':10}{'bytes/case':>11}" + "".join(f"{name:>18}" for name, _ in STARTS))
    found: dict[str, Any] = {}
    for tree in trees:
        with rig.namespace(tree) as namespace:
            rig.in_each_partition(namespace + CASES_CHANGELOG, POSITION)
            size = rig.fill(namespace + CASES_CHANGELOG, files([bytes.fromhex(kind) for kind in kinds[tree]], cases))
            line = f"{tree.name:10}{size / cases:>11,.0f}"
            data = rig.folder / f"stores-{tree.name}"
            for name, end in STARTS:
                rig.in_each_partition(namespace + CASE_EVENTS, encoded(events[:1])[0])
                settings = {"WORKER_STORE": "disk", "WORKER_DATA": str(data)}
                engine = rig.start("worker.py", tree, namespace, settings=settings)
                try:
                    seconds, cpu = first(engine, f"{name}, {tree.name}")
                finally:
                    engine.stop(end, PATIENCE)
                found[f"start.{cases}.{tree.prefix}{name}_s"] = round(seconds, 2)
                line += f"{f'{seconds:.1f} ({cpu:.1f})':>18}"
            print(line)
            shutil.rmtree(data, ignore_errors=True)
    return found


def files(kinds: list[bytes], cases: int) -> Iterator[Keyed]:
    """So many files, each under its own id, which is as long as the blank one: only those bytes change."""
    for number in range(cases):
        case = b"crn:S%09d" % number
        yield Keyed(case, kinds[number % len(kinds)].replace(BLANK.encode(), case))


def first(engine: Engine, what: str) -> tuple[float, float]:
    """When the first event was handled, in seconds since the process was started, and its CPU by then."""
    mark = next(mark for mark in engine.wait_stepped(1, PATIENCE, what) if mark.stepped)
    return mark.at - engine.began, mark.cpu
