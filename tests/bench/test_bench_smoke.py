"""The bench runs, and its last line says what it promises to say. No number is judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent / "bench.py"
TINY = (
    "--rounds=1 --events=2000 --partitions=2 --feed-records=500 --cases=60 --seconds=1 --rates=50"
    " --only=memory|run --starts=memory"
)


@pytest.fixture(scope="module")
def bench(kafka: str) -> dict[str, dict]:
    done = subprocess.run(
        [sys.executable, str(BENCH), f"--bootstrap={kafka}", *TINY.split()], capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.kafka
def test_the_last_line_of_the_bench_has_every_part(bench: dict[str, dict]) -> None:
    assert list(bench) == ["machine", "core", "cases", "whole", "start", "delay", "seconds"]


@pytest.mark.kafka
def test_the_cases_step_is_told_by_engine_and_as_ratios(bench: dict[str, dict]) -> None:
    cases = bench["cases"]
    assert set(cases["engines"]) == {"worker, memory", "loop, a state a run"}
    assert {key for row in cases["engines"].values() for key in row} == {
        "events_per_s",
        "cpu_us",
        "cpu_us_rounds",
        "records_per_commit",
    }
    assert list(cases["ratios"]) == ["loop, a state a run / worker, memory"]


@pytest.mark.kafka
def test_the_whole_way_takes_in_every_feed_record(bench: dict[str, dict]) -> None:
    assert bench["whole"]["records_by_step"]["intake"] == bench["whole"]["feed_records"] == 500
    assert bench["whole"]["records_by_step"]["cases"] > 0


@pytest.mark.kafka
def test_a_start_is_told_moment_by_moment(bench: dict[str, dict]) -> None:
    (moments,) = bench["start"]["seconds"].values()
    assert 0 < moments["program"] <= moments["assigned"] <= moments["open"] <= moments["first_event"]


@pytest.mark.kafka
def test_every_timed_record_raised_its_escalation(bench: dict[str, dict]) -> None:
    delay = bench["delay"]["50"]
    assert (delay["timed"], delay["missing"]) == (5, 0)
    assert delay["p50_ms"] <= delay["p99_ms"] <= delay["most_ms"]
