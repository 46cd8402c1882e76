"""What the work costs, now and before: ``make bench``. Tables as it goes; the last line is one line of JSON.

    python tests/bench/bench.py [--parts core,cases,delay,start] [--rounds N] [--was REVISION] …

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

import cases
import core
import delay
import engines
import start_up
import trees
import whole_way
from rig import Rig, rig

PARTS = "core,cases,delay,start"
"""Those that run where nothing else is said; ``whole`` and ``engines`` are there, too."""


def arguments() -> argparse.Namespace:
    """What the caller wants."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="", help=f"{PARTS} if nothing is said; whole, engines")
    parser.add_argument("--was", default=trees.WAS, help="the revision to compare with, or a folder; empty: none")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds of every part but start and whole")
    parser.add_argument("--events", type=int, default=30_000, help="events of the core and of the engines")
    parser.add_argument("--year-cases", type=int, default=120, help="cases of the two years")
    parser.add_argument("--cases", type=int, default=20_000, help="cases of the cases step, with one event each")
    parser.add_argument("--rates", default="100,1000", help="records a second of the delay")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each rate is held")
    parser.add_argument("--start-cases", type=int, default=1_000_000, help="cases of the start")
    parser.add_argument("--feed-records", type=int, default=20_000, help="feed records of the whole way")
    parser.add_argument("--only", default="", help="engines whose key this expression finds")
    parser.add_argument("--peers", action="store_true", help="the engines, with those of the peers' environment")
    parser.add_argument("--bootstrap", default="", help="a broker that runs already; none: one of our own")
    return parser.parse_args()


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
    given, began = arguments(), time.monotonic()
    both, rounds = trees.both(given.was), given.rounds
    rates = tuple(map(int, given.rates.split(",")))
    parts: dict[str, Callable[[Rig], dict[str, Any]]] = {
        "core": lambda on: core.run(on.folder, both, rounds, given.events, given.year_cases),
        "cases": lambda on: cases.run(on, both, rounds, given.cases),
        "delay": lambda on: delay.run(on, both, rates, given.seconds, rounds),
        "start": lambda on: start_up.run(on, both, given.start_cases),
        "whole": lambda on: whole_way.run(on, both, given.feed_records),
        "engines": lambda on: engines.run(on, rounds, given.events, re.compile(given.only), given.peers),
    }
    wanted = (given.parts or PARTS + (",engines" if given.peers else "")).split(",")
    if unknown := set(wanted) - set(parts):
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    yardsticks, loads, found = [yardstick()], [os.getloadavg()[0]], dict[str, Any]()
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, compared with {given.was or 'nothing'}",
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, rig(Path(folder), given.bootstrap) as on:
        for part in wanted:
            found |= parts[part](on)
            yardsticks.append(yardstick())
            loads.append(os.getloadavg()[0])
    found |= {
        "machine.cores": os.cpu_count(),
        "machine.python": platform.python_version(),
        "machine.yardstick_us": yardsticks,
        "machine.load": [round(load, 2) for load in loads],
        "seconds": round(time.monotonic() - began, 1),
    }
    print(f"\nBefore, and after each part: the yardstick takes {yardsticks} us, load {found['machine.load']}")
    print(json.dumps(found, separators=(",", ":")))


if __name__ == "__main__":
    main()
