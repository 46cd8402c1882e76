"""Every codec that Kafka knows is read: by the worker, from feed to escalation and in recovery, and by each command.

Who compresses is the sender, or the broker where a topic's ``compression.type`` says so; ours may be set so as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

import schemas
from agents.cli.group import cli
from agents.settings import Settings, load
from agents.topics import COURT_HEARINGS, POLICE_NOTIFICATIONS
from agents.topics.cluster import admin

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
HEARING = Path(__file__).parents[1] / "golden/hearings/two-cases-four-defendants.json"
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
LARGE = 1_000_000  # bytes of a bad record that is kept by reference: its copy would be over what a batch takes
RECORDS = 100  # of one batch: alike, so that each codec makes them smaller


def arrest(crn: str, number: int) -> bytes:
    return schemas.encode(
        "police_notification",
        {
            "message_id": f"{crn}-{number}", "sender": "Northshire Police", "case": {"crn": crn}, "kind": "ARREST",
            "role": "SUSPECT", "reference": "x" * 200, "occurred_at": AT, "recorded_at": AT,
        },
    )  # fmt: skip


class Stage:
    """One namespace: a sender, a worker, and the commands."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def compress(self, codec: str) -> None:
        """Let the broker compress every topic of this namespace."""
        client = AdminClient({"bootstrap.servers": self.settings.kafka.bootstrap})
        entry = ConfigEntry(
            "compression.type", codec.replace("none", "uncompressed"), incremental_operation=AlterConfigOpType.SET
        )
        ours = [name for name in client.list_topics(timeout=20).topics if name.startswith(self.settings.topic(""))]
        wanted = [
            ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[entry])  # type: ignore[arg-type]
            for name in ours
        ]
        for done in client.incremental_alter_configs(wanted).values():
            done.result(20)

    def send(self, codec: str, topic: str, *values: bytes) -> None:
        """Send the values as one batch in this codec."""
        producer = Producer(
            {
                "bootstrap.servers": self.settings.kafka.bootstrap, "compression.type": codec, "linger.ms": 200,
                "enable.idempotence": True, "message.max.bytes": 1_048_000,
            }
        )  # fmt: skip
        refused: list[Any] = []
        for value in values:
            producer.produce(
                self.settings.topic(topic), value, b"k", on_delivery=lambda error, _: error and refused.append(error)
            )
        assert (producer.flush(30), refused) == (0, [])

    def size(self, topic: str) -> int:
        """Bytes that a topic takes on the broker's disk."""
        name = self.settings.topic(topic)
        with admin(self.settings.clients()) as client:
            brokers = client.describe_log_dirs([name])
        logs = [log for broker in brokers for log in broker["log_dirs"]]
        found = [part for log in logs for each in log["topics"] if each["name"] == name for part in each["partitions"]]
        return sum(part["partition_size"] for part in found)

    def run(self, *words: str, code: int = 0) -> str:
        kafka = self.settings.kafka
        result = CliRunner().invoke(cli, ["--bootstrap", kafka.bootstrap, "--namespace", kafka.namespace, *words])
        assert result.exit_code == code, (words, result.output)
        return result.stdout

    def rows(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*words, "--json", code=code).splitlines()]

    def settled(self, sightings: int) -> None:
        """Wait until so many sightings came in and each has its outcome."""
        until = time.monotonic() + 60
        while True:
            kafka = self.settings.kafka
            words = ["--bootstrap", kafka.bootstrap, "--namespace", kafka.namespace, "account", "--json"]
            result = CliRunner().invoke(cli, words)
            (total,) = [row for row in map(json.loads, result.stdout.splitlines()) if row["what"] == "sum"]
            if result.exit_code == 0 and total["sightings"] == sightings:
                return
            assert time.monotonic() < until, total
            time.sleep(0.5)

    def held(self) -> list[dict[str, Any]]:
        """What lies in quarantine."""
        return [each for each in self.rows("quarantine", "list") if each["what"] == "item"]

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A worker process, killed with -9 at the end: the next one recovers from the changelogs."""
        environment = {**os.environ, **self.settings.variables(), "RAISED_RISK_LOGS_LEVEL": "error"}
        process = subprocess.Popen(
            [sys.executable, "-m", "agents.process", "0"], stdin=subprocess.PIPE, env=environment
        )
        try:
            yield
            assert process.poll() is None
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def stage(kafka: str, namespace: str, topics: Callable[..., None]) -> Stage:
    topics(1)
    given = {
        "kafka.bootstrap": kafka, "kafka.namespace": namespace, "worker.session_s": "6", "metrics.port": "0",
    }  # fmt: skip
    return Stage(load(environ={}, overrides=given))


PEOPLE, PARKED = 4, 3  # in the hearing; those who wait to be known, for one has no identifier


def through(stage: Stage, by_sender: dict[str, str], by_broker: str | None = None) -> None:
    """Feed in, escalation out, every command; then a second worker goes on where the first was killed.

    ``by_sender``: for each codec the case of which its records tell; ``by_broker``: what all topics are kept in.
    """
    if by_broker is not None:
        stage.compress(by_broker)
    kept = 0
    for codec, crn in by_sender.items():
        values = [arrest(crn, number) for number in range(RECORDS)]
        stage.send(codec, POLICE_NOTIFICATIONS, *values)
        kept, before = stage.size(POLICE_NOTIFICATIONS), kept
        assert (kept - before < sum(map(len, values)) / 2) is ((by_broker or codec) != "none")
        stage.send(codec, COURT_HEARINGS, b"x" * LARGE)
    (first, *_), (*_, last) = by_sender, by_sender
    stage.send(last, COURT_HEARINGS, HEARING.read_bytes())
    came = (RECORDS + 1) * len(by_sender) + PEOPLE
    with stage.worker():
        stage.settled(came)

    told = stage.rows("watch", "--from-start", "--limit", str(len(by_sender)))
    assert {each["case_id"] for each in told} <= {f"crn:{crn}" for crn in by_sender.values()}
    for crn in by_sender.values():
        assert {each["what"] for each in stage.rows("case", crn)} == {"file", "escalation", "event"}
    assert "R2" in stage.run("case", by_sender[first], "--explain")
    stage.run("record", "verify")
    assert len(stage.rows("sightings", "list")) == PARKED
    for item in (held := stage.held()):
        (shown,) = stage.rows("quarantine", "show", item["quarantine_id"], "--unmask")
        assert len(shown["value"]) == LARGE  # kept by reference, so read where the sender put it
    assert [item["attempts"] for item in held] == [1] * len(by_sender)

    with stage.worker():
        stage.run("quarantine", "replay", "--all", "--wait", "60", code=1)  # they are as bad as before
        stage.send(last, POLICE_NOTIFICATIONS, arrest("X999999", 0))
        stage.settled(came + 1)
    assert [item["attempts"] for item in stage.held()] == [2] * len(by_sender)
    stage.run("record", "verify")


def test_what_senders_compress_is_read_from_feed_to_escalation_and_by_every_command(stage: Stage) -> None:
    through(stage, {codec: f"X00000{number}" for number, codec in enumerate(CODECS)})


@pytest.mark.parametrize("codec", CODECS)
def test_what_the_broker_compresses_is_read_too_on_feeds_and_on_topics_of_our_own(stage: Stage, codec: str) -> None:
    through(stage, {"gzip": "X000001"}, by_broker=codec)
