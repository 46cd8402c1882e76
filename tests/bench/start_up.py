"""From the start of the process to the first event handled, for 100,000 cases: both stores, cold and warm.

The changelog is written directly: case files of 10 events each, a thousand different ones under 100,000 ids. The first
event waits in the topic when the process starts; it is handled when its transaction is committed.
"""

from __future__ import annotations

import re
import shutil
import signal
from typing import Any

import msgspec
from load import EVENTS_A_CASE, Keyed, case_events, encoded
from meter import Mark
from rig import Engine, Rig

from agents import policies, timer, wire
from agents.lane import changelog
from agents.lane.transaction import hashed
from agents.settings import Settings
from agents.topics import CASE_EVENTS, CASES_CHANGELOG
from streams.case import CaseFile
from streams.events import CaseEvent, CaseId
from streams.step import step

KINDS = 1000
EVENTS_A_FILE = 10  # most cases are quiet
PATIENCE = 120.0


def files(events: list[CaseEvent], kinds: int) -> list[CaseFile]:
    """The case files that the first events of each case make."""
    judging = policies.own(Settings())
    now = timer.now()
    found: dict[str, CaseFile] = {}
    for event in events:
        if (file := found.get(event.case)) is None or file.events < EVENTS_A_FILE:
            found[event.case] = step(file, event, judging, now).file
    return list(found.values())[:kinds]


def states_of(kinds: list[CaseFile], cases: int, partitions: int) -> list[list[Keyed]]:
    """``cases`` states by partition, and a position for each partition."""
    logs: list[list[Keyed]] = [[Keyed(*changelog.position(CASE_EVENTS, 0))] for _ in range(partitions)]
    for number in range(cases):
        case = f"crn:S{number:06}"
        file = msgspec.structs.replace(kinds[number % len(kinds)], case=CaseId(case))
        logs[hashed(case.encode()) % partitions].append(Keyed(case.encode(), wire.encode(file)))
    return logs


def run(rig: Rig, cases: int, partitions: int, only: re.Pattern[str]) -> dict[str, Any]:
    """All ways to start; prints a table and gives seconds."""
    kinds = min(KINDS, cases)
    events = case_events(kinds * EVENTS_A_CASE)
    made = files(events, kinds)
    event = events[0]
    numbers: dict[str, Any] = {}
    with rig.namespace(partitions) as namespace:
        size = 0
        for partition, states in enumerate(states_of(made, cases, partitions)):
            rig.fill(namespace + CASES_CHANGELOG, states, partition)
            size += sum(len(key or b"") + len(value or b"") for key, value in states)
        data = rig.folder / "start"
        shutil.rmtree(data, ignore_errors=True)
        print(f"\nFrom start to the first event handled: {cases:,} cases of {size / cases:,.0f} bytes")
        print(f"{'':34}{'program':>9}{'assigned':>9}{'open':>9}{'first event':>13}   seconds since start; CPU")
        for name, store, end in (
            ("memory, cold", "memory", signal.SIGTERM),
            ("disk, cold (rebuilt)", "disk", signal.SIGTERM),
            ("disk, warm after a clean stop", "disk", signal.SIGKILL),
            ("disk, warm after kill -9", "disk", signal.SIGTERM),
        ):
            if not only.search(name):
                continue
            for partition in range(partitions):
                rig.fill(namespace + CASE_EVENTS, encoded([event]), partition)
            engine = rig.start(
                "ours.py", namespace, partitions,
                settings={"WORKER_STORE": store, "WORKER_DATA": str(data)}, environment={"BENCH_STEPS": "cases"},
            )  # fmt: skip
            try:
                numbers[name] = told(name, engine)
            finally:
                engine.stop(end)
        shutil.rmtree(data, ignore_errors=True)
    return {"cases": cases, "bytes_a_case": round(size / cases), "partitions": partitions, "seconds": numbers}


def told(name: str, engine: Engine) -> dict[str, float]:
    """The moments of one start, in seconds since the process was started; prints them."""

    def handled(found: list[Mark]) -> bool:
        return any(mark.records for mark in found)

    marks = engine.wait(handled, PATIENCE, name)
    first = next(mark for mark in marks if mark.records)

    def moment(what: str) -> float:
        return round(max((mark.at for mark in marks if mark.what == what), default=engine.began) - engine.began, 2)

    numbers = {
        "program": moment("imported"),
        "assigned": moment("assigned"),
        "open": moment("open"),
        "first_event": round(first.at - engine.began, 2),
        "cpu": round(first.cpu, 2),
    }
    print(
        f"{name:34}{numbers['program']:>9.2f}{numbers['assigned']:>9.2f}{numbers['open']:>9.2f}"
        f"{numbers['first_event']:>13.2f}   {numbers['cpu']:.2f}"
    )
    return numbers
