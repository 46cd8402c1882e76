"""What the README says, done as it says it: every command in it runs, every file it names is there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.sandbox.broker.properties import free_ports

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.split("  #")[0].strip() for line in re.findall(r"^    (\S.*)$", README, re.MULTILINE)]
OURS = [line.removeprefix(".venv/bin/") for line in COMMANDS if line.startswith(".venv/bin/raised-risk")]
STAYING = ("raised-risk broker", "raised-risk worker")  # until they are stopped


def test_every_make_target_that_the_readme_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", README))
    assert {"demo", "test", "lint", "bench", "torture"} <= named
    assert named <= targets


def test_every_file_that_the_readme_names_is_there() -> None:
    for name in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / name).exists(), name


def test_the_reading_order_takes_one_sitting() -> None:
    """From the record that comes in to where the decision is taken; some 1,000 lines, comments and blanks included."""
    order = README[README.index("To read it in one sitting") : README.index("`streams/` decides")]
    files = re.findall(r"\]\(([^)]+)\)", order)
    assert [Path(name).stem for name in files] == ["intake", "police", "cases", "step", "judge", "of_news", "reconcile"]
    assert sum(len((ROOT / name).read_text().splitlines()) for name in files) < 1_100


def test_the_readme_is_short_and_leads_to_every_other_paper() -> None:
    assert len(README.splitlines()) < 400
    papers = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert papers | {"CONTRIBUTING.md", "LICENSE", "docs/decisions/README.md"} <= set(
        re.findall(r"\]\(([^)#]+)\)", README)
    )


@contextmanager
def running(command: list[str], **where: object) -> Iterator[None]:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **where)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.mark.kafka
@pytest.mark.timeout(400)
def test_the_commands_of_the_readme_do_what_they_say(tmp_path: Path) -> None:
    """In order, in a folder of its own; only the broker's port is another."""
    [port] = free_ports(1)
    raised_risk = [sys.executable, "-m", "agents.cli"]
    given = {key: value for key, value in os.environ.items() if not key.startswith("RAISED_RISK_")}
    environment = {
        **given,
        "PYTHONPATH": str(ROOT),
        "RAISED_RISK_KAFKA_BOOTSTRAP": f"127.0.0.1:{port}",
        "RAISED_RISK_METRICS_PORT": "0",
    }
    (tmp_path / ".data").mkdir()
    if (jars := ROOT / ".data" / "jars").exists():
        (tmp_path / ".data" / "jars").symlink_to(jars)
    where = {"cwd": tmp_path, "env": environment}
    said: dict[str, str] = {}

    def do(commands: list[str]) -> None:
        if not commands:
            return
        words = [*raised_risk, *shlex.split(commands[0])[1:]]
        if commands[0].startswith(STAYING):
            with running([*words, "--port", str(port)] if "broker" in commands[0] else words, **where):
                do(commands[1:])
            return
        done = subprocess.run(words, capture_output=True, text=True, timeout=200, **where)
        if "topics apply" in commands[0] and done.returncode == 69:  # the broker is not up yet, as for a person
            for _ in range(60):
                done = subprocess.run(words, capture_output=True, text=True, timeout=200, **where)
                if done.returncode != 69:
                    break
        assert done.returncode == 0, f"{commands[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        said[commands[0]] = done.stdout
        do(commands[1:])

    assert OURS[0] == "raised-risk broker"
    do(OURS)
    told = next(words for command, words in said.items() if "watch" in command)
    assert "R2 (P3, P4" in told or "R1 (P1" in told
