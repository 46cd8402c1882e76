"""What the work costs: ``make bench``. Tables as it goes, and one line of JSON with every number last.

    python tests/bench/bench.py [--rounds N] [--parts cases,whole,start,delay,core] [--events N] …

See docs/bench.md for what is measured, and for what the numbers do not show.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import cases_step
import core
import delay
import start_up
import whole_way
from rig import Rig, rig

PARTS = ("core", "cases", "whole", "start", "delay")


def arguments() -> argparse.Namespace:
    """What the caller wants."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds of the cases step")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--events", type=int, default=60_000, help="case events of a round")
    parser.add_argument("--feed-records", type=int, default=20_000, help="feed records of the whole way")
    parser.add_argument("--cases", type=int, default=100_000, help="cases of the start-up")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--rates", default="100,1000", help="records a second of the delay")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each rate is held")
    parser.add_argument("--only", default="", help="of the cases step: engines whose name this expression finds")
    parser.add_argument("--starts", default="", help="of the start-up: those whose name this expression finds")
    parser.add_argument("--bootstrap", default="", help="a broker that runs already; none: one of our own")
    parser.add_argument(
        "--sweep", action="store_true", help="the delay by partition counts and lingers, in place of the rest"
    )
    parser.add_argument("--partition-counts", default="2,4", help="of the sweep")
    parser.add_argument("--lingers", default="0,5,20", help="of the sweep, in ms")
    return parser.parse_args()


def numbers(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them."""
    return tuple(int(each) for each in text.split(","))


def yardstick() -> float:
    """CPU of a fixed piece of Python in microseconds: how fast this machine is just now, whatever it should be."""
    found = []
    for _ in range(200):
        began = time.process_time()
        sum(len(text) for text in {number: str(number) for number in range(1000)}.values())
        found.append((time.process_time() - began) * 1e6)
    return round(median(found), 1)


def main() -> None:
    """Run the parts one after the other."""
    given = arguments()
    began = time.monotonic()
    machine: dict[str, Any] = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": [round(os.getloadavg()[0], 2)],
        "yardstick_us": [yardstick()],
    }
    print(
        f"{machine['cores']} cores, Python {machine['python']}; before we began: load {machine['load'][0]},"
        f" the yardstick takes {machine['yardstick_us'][0]} us"
    )
    found: dict[str, Any] = {"machine": machine}
    parts: dict[str, Callable[[Rig], Any]] = {
        "core": lambda _: core.run(min(given.events, 30_000), given.rounds),
        "cases": lambda on: cases_step.run(on, given.rounds, given.events, given.partitions, re.compile(given.only)),
        "whole": lambda on: whole_way.run(on, given.feed_records, given.partitions),
        "start": lambda on: start_up.run(on, given.cases, given.partitions, re.compile(given.starts)),
        "delay": lambda on: delay.run(on, numbers(given.rates), given.seconds, given.partitions),
    }
    wanted = given.parts.split(",")
    if given.sweep:
        wanted = ["sweep"]
        parts["sweep"] = lambda on: delay.sweep(
            on, numbers(given.rates), given.seconds, numbers(given.partition_counts), numbers(given.lingers)
        )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, rig(Path(folder), given.bootstrap) as on:
        for part in wanted:
            found[part] = parts[part](on)
            machine["load"].append(round(os.getloadavg()[0], 2))
            machine["yardstick_us"].append(yardstick())
    print(f"\nLoad after each part: {machine['load'][1:]}; yardstick: {machine['yardstick_us'][1:]} us")
    found["seconds"] = round(time.monotonic() - began, 1)
    print(json.dumps(found, separators=(",", ":")))


if __name__ == "__main__":
    main()
