"""The bench runs in every part, and its last line has the keys that it promises. No number is judged here."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
TINY = (
    "--parts=core,cases,delay,start,whole,engines --rounds=1 --events=6000 --year-cases=3 --cases=3000"
    " --rates=50 --seconds=1 --start-cases=60 --feed-records=1500 --only=memory|faust|loop_runs"
)


pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def bench(kafka: str) -> dict[str, Any]:
    """The last line of a run that compares with d77cc08; in a clone without history, this checkout with itself."""
    known = subprocess.run(["git", "cat-file", "-e", "d77cc08"], cwd=ROOT, capture_output=True, check=False)
    was = [] if known.returncode == 0 else [f"--was={ROOT}"]
    command = [sys.executable, str(ROOT / "tests/bench/bench.py"), f"--bootstrap={kafka}", *TINY.split(), *was]
    done = subprocess.run(command, capture_output=True, text=True, timeout=560, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.kafka
def test_the_last_line_of_the_bench_has_the_promised_keys(bench: dict[str, Any]) -> None:
    promised = {f"{part}.{which}us" for part in ("core", "year", "year_acted", "cases") for which in ("", "was_")}
    promised |= {"year.told_per_case", "year.told_per_event", "year_acted.told_per_case"}
    promised |= {"cases.engine_us", "cases.engine_was_us", "delay.50.p99_ms", "delay.50.was_p99_ms"}
    promised |= {f"start.60.{which}{name}_s" for name in ("cold", "warm", "killed") for which in ("", "was_")}
    promised |= {"whole.us", "whole.was_us", "engines.memory.us", "engines.faust.us", "engines.loop_runs.us"}
    assert promised <= set(bench)
    assert {key: bench[key] for key in promised if bench[key] <= 0} == {}


@pytest.mark.kafka
def test_over_a_year_deadlines_pass_and_with_acts_more_events_come(bench: dict[str, Any]) -> None:
    assert bench["year.told_per_case"] > 10 * bench["core.told_per_case"]
    assert bench["year_acted.cases"] == bench["year.cases"] == 3
    assert bench["year_acted.events"] > 2 * bench["year.events"]


@pytest.mark.kafka
def test_every_timed_record_raised_its_escalation(bench: dict[str, Any]) -> None:
    assert (bench["delay.50.missing"], bench["delay.50.was_missing"]) == (0, 0)


def producers() -> Iterator[tuple[str, str]]:
    """Each place where a producer is made, and its source."""
    for file in sorted(each for room in ("agents", "tests") for each in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1].endswith("Producer"):
                yield f"{file.relative_to(ROOT)}:{node.lineno}", ast.unparse(node)


def test_no_producer_can_change_the_order_of_what_it_sends() -> None:
    """One that is neither idempotent nor transactional may, when a request fails and is sent again."""
    made = dict(producers())
    assert len(made) > 5
    orderly = ("'enable.idempotence': True", "enable_idempotence=True", "transactional.id", "transactional_id")
    assert [place for place, source in made.items() if not any(word in source for word in orderly)] == []
