"""A worker started with one policy and then with another, on a real broker: both stay, and items keep their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents import deployed, policies
from agents import settings as all_settings
from agents.settings import Settings
from agents.timer import now
from agents.topics import ESCALATIONS, POLICE_NOTIFICATIONS, POLICIES
from schemas import Codec

CODEC = Codec()
TODAY = now() - timedelta(hours=1)  # the broker's clock is the wall's


@contextmanager
def worker(settings: Settings) -> Iterator[None]:
    """The supervisor with one process, until the block ends."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("RAISED_RISK_")}
    started = subprocess.Popen(
        [sys.executable, "-m", "agents.cli", "worker"],
        stdin=subprocess.PIPE,
        env={**given, **settings.variables()},
    )
    try:
        yield
    finally:
        started.terminate()
        assert started.wait(60) == 0


def call_out(number: int, case: str) -> bytes:
    return CODEC.encode(
        "police_notification",
        {
            "message_id": f"m{number}", "sender": "Kent Police",
            "case": {"crn": case, "youth_case_id": None, "youth_case_issuer": None},
            "kind": "CALL_OUT", "role": "PERPETRATOR", "reference": f"INC-{number}", "grade": "HIGH",
            "grade_tool": "DASH", "children_present": 1, "offences": [],
            "occurred_at": TODAY + timedelta(minutes=number), "recorded_at": TODAY + timedelta(minutes=number),
        },
    )  # fmt: skip


def escalations(wire: Any, namespace: str) -> list[dict[str, Any]]:
    return [CODEC.decode("escalation", record.value) for record in wire.read(namespace + ESCALATIONS)]


def until(true: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.5)


@pytest.mark.kafka
def test_an_item_keeps_the_policy_that_it_was_raised_under_and_a_new_one_names_the_new(
    kafka: str, namespace: str, topics: Callable[..., None], wire: Any, tmp_path: Path
) -> None:
    topics(1)
    text = deployed.text("policy.toml").replace('after = "55 weeks"', 'after = "54 weeks"')
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    here = {"kafka.bootstrap": kafka, "kafka.namespace": namespace, "metrics.port": "0", "logs.level": "warning"}
    first = all_settings.load(environ={}, overrides=here)
    second = all_settings.load(environ={}, overrides={**here, "files.policy": str(tmp_path / "own.toml")})
    one, two = (policies.given(each).parsed().version for each in (first, second))
    assert one != two

    def under(case: str) -> list[tuple[int, str]]:
        told = [each for each in escalations(wire, namespace) if each["case_id"] == f"crn:{case}"]
        return [(each["revision"], each["policy_version"]) for each in told]

    with worker(first):
        wire.send(namespace + POLICE_NOTIFICATIONS, b"k", call_out(1, "X000001"))
        until(lambda: under("X000001") == [(1, one)])
    with worker(second):
        wire.send(namespace + POLICE_NOTIFICATIONS, b"k", call_out(2, "X000001"))
        wire.send(namespace + POLICE_NOTIFICATIONS, b"k", call_out(3, "X000002"))
        until(lambda: bool(under("X000002")) and len(under("X000001")) > 1)
    assert set(under("X000001")) == {(number + 1, one) for number in range(len(under("X000001")))}
    assert under("X000002") == [(1, two)]

    there = wire.read(namespace + POLICIES)
    assert [record.key for record in there] == [f"{one}/1".encode(), f"{two}/2".encode()]
    texts = [msgspec.msgpack.decode(record.value, type=policies.Texts) for record in there]
    assert texts == [policies.given(first), policies.given(second)]
    judging = policies.in_force(first)  # of a process with the first files, that starts now
    assert [version for _, version in judging.since] == [one, two]
    assert judging.latest.version == two
