"""The live load: the synthetic feeds at a steady rate; a person who replays, chooses, and deals with escalations."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from confluent_kafka import Producer
from verifier import Record

from agents import wire
from agents.lane.transaction import hashed
from agents.sandbox.feeds import acts
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.officers import Officer
from agents.sandbox.feeds.synth import Options, Synth
from agents.timer import now
from agents.topics import CASE_ACTS, FEEDS, IDENTITY_SIGHTINGS, OVERSIGHT_RECORDS, QUARANTINE_REPLAYS
from schemas import Codec
from streams.events import CaseId
from streams.sightings import Chosen, key_of

CIRCUMSTANCES, ACTS = 0.12, 0.06
"""Shares of the load: so much that a run of a minute sees dozens of merges, and of all else some hundred."""


class Load(threading.Thread):
    """Feed records, ``rate`` a second, until stopped: late links, duplicates, corrections, deletions, bad ones.

    Circumstances and acts among them, so that cases have something to tell each other, unless ``beside`` says no.
    Deadlines of every third case fall within ``deadline_in``. The sender partitions as it likes (CRC32).
    """

    def __init__(
        self, bootstrap: str, namespace: str, seed: int, *, rate: float, cases: int, deadline_in: timedelta,
        hearings: bool = True, spoilt: float = 0.004, beside: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(name="load", daemon=True)
        self._namespace, self._rate = namespace, rate
        self._seed, self._cases = seed, cases
        self._options = Options(
            rate=rate, deadline_in=deadline_in, duplicates=0.04, corrections=0.03, spoilt=spoilt, hearings=hearings,
            circumstances=CIRCUMSTANCES * beside, acts=ACTS * beside,
        )  # fmt: skip
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5, "log_level": 0,
                "message.timeout.ms": 120_000, "reconnect.backoff.max.ms": 1000,
            }
        )  # fmt: skip
        self._stop_it = threading.Event()
        self.sent = 0
        self.trouble: BaseException | None = None

    def run(self) -> None:
        try:
            began, synth = time.monotonic(), Synth(self._seed, self._cases, start=now(), options=self._options)
            for message in synth.messages():
                if self._stop_it.is_set():
                    break
                while (ahead := self.sent / self._rate - (time.monotonic() - began)) > 0 and not self._stop_it.is_set():
                    self._producer.poll(min(ahead, 0.1))
                self._produce(message.topic, message.key, message.value)
                self.sent += 1
        except BaseException as exc:
            self.trouble = exc
            raise

    def _produce(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        while True:
            try:
                self._producer.produce(self._namespace + topic, value, key)
                return
            except BufferError:
                self._producer.poll(0.1)

    def give_up(self) -> None:
        """End the load, whatever becomes of it."""
        self._stop_it.set()

    def stop(self) -> None:
        """End the load and wait until the broker has all of it."""
        self._stop_it.set()
        if self.ident is not None:
            self.join(30)
        if left := self._producer.flush(120):
            raise RuntimeError(f"{left} records of the load did not reach the broker")


class Person:
    """Somebody who has bad records replayed (some twice), says whose an ambiguous sighting is, and deals with items.

    About every third escalation is dealt with, step by step as it comes back: acknowledged (or put aside for a while),
    overseen with a required action, claimed, confirmed, and once reopened.
    """

    def __init__(self, bootstrap: str, namespace: str, seed: int, codec: Codec, partitions: int) -> None:
        self._namespace, self._chance, self._codec, self._partitions = namespace, Chance(seed), codec, partitions
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "partitioner": "murmur2_random",
             "message.timeout.ms": 120_000, "log_level": 0}
        )  # fmt: skip
        self._asked: set[bytes | None] = set()
        self._dealt_with: dict[str, bool] = {}
        self._reopened: set[str] = set()
        self.did: Counter[str] = Counter()
        self.active = True

    def sees_quarantined(self, record: Record) -> None:
        """Has every third item replayed; every third of those twice."""
        if not self.active or record.value is None or record.key in self._asked or self._chance.random() > 0.35:
            return
        if self._codec.decode("quarantined", record.value)["state"] != "HELD":
            return
        self._asked.add(record.key)
        for _ in range(2 if self._chance.random() < 0.35 else 1):
            self._producer.produce(self._namespace + QUARANTINE_REPLAYS, record.value, record.key)
        self._producer.poll(0)

    def sees_duty(self, record: Record) -> None:
        """Chooses for every second item."""
        if not self.active or record.value is None or self._chance.random() > 0.5:
            return
        item = self._codec.decode("duty_item", record.value)
        if item["state"] != "OPEN" or not item["possible_cases"]:
            return
        case = CaseId(self._chance.choice(item["possible_cases"]))
        chosen = Chosen(item["sighting"], case, "duty", now(), "seen in the other system")
        key = key_of(chosen)
        self._producer.produce(
            self._namespace + IDENTITY_SIGHTINGS, wire.encode(chosen), key, partition=hashed(key) % self._partitions
        )
        self._producer.poll(0)

    def sees_escalation(self, record: Record) -> None:
        """Does what comes next for every third item: an act, or an oversight record, by the escalation's own id."""
        if not self.active or record.value is None:
            return
        told = self._codec.decode("escalation", record.value)
        item = told["escalation_id"]
        if not self._dealt_with.setdefault(item, self._chance.random() < 0.35):
            return
        match told["change"]:
            case "RAISED" | "REOPENED" if self._chance.random() < 0.2:
                self._act(told, "SUPPRESSED", until_at=now() + timedelta(seconds=15), reason="ON_LEAVE")
            case "RAISED" | "REOPENED" | "SUPPRESSION_ENDED" | "CONDITION_RETURNED":
                self._act(told, "ACKNOWLEDGED")
            case "ACKNOWLEDGED":
                self._oversee(told)
            case "OVERSEEN":
                for action in told["actions"]:
                    if action["confirmed_at"] is None:
                        owner = Officer(action["owner"], None, "PO")
                        self._act(told, "CLAIMED", owner, action_id=action["action"])
                        evidence = self._chance.among(acts.EVIDENCE)
                        self._act(told, "CONFIRMED", action_id=action["action"], evidence=evidence)
            case "CLOSED" if item not in self._reopened:
                self._reopened.add(item)
                self._act(told, "REOPENED", reason="SOMETHING_WAS_OVERLOOKED")
            case _:
                pass

    def _act(self, told: dict[str, Any], kind: str, author: Officer | None = None, **said: Any) -> None:
        case = reference(told["case_id"])
        by = author or manager(told["case_id"])
        said = {"escalation_id": told["escalation_id"], **said}
        self._tell(CASE_ACTS, kind, told, acts.act(self._chance, case, DESK, kind, by, now(), **said))

    def _oversee(self, told: dict[str, Any]) -> None:
        case, by = reference(told["case_id"]), manager(told["case_id"])
        due = now() + timedelta(seconds=20) if self._chance.random() < 0.3 else None
        actions = [acts.action(self._chance, Officer("N01A042", None, "PO"), due)]
        record = acts.asked(self._chance, case, DESK, by, now(), actions, told["escalation_id"])
        self._tell(OVERSIGHT_RECORDS, "OVERSEEN", told, record)

    def _tell(self, feed: str, what: str, told: dict[str, Any], record: dict[str, Any]) -> None:
        self._producer.produce(self._namespace + feed, self._codec.encode(FEEDS[feed], record), told["case_id"])
        self._producer.poll(0)
        self.did[what] += 1

    def stop(self) -> None:
        self.active = False
        self._producer.flush(120)


DESK = "Northshire desk"
"""The sender of what the person does."""


def manager(case: str) -> Officer:
    """Somebody who may oversee this case (P19)."""
    return Officer("N01A001", None, "TEAM MANAGER" if case.startswith("youth:") else "SPO")


def reference(case: str) -> dict[str, str | None]:
    """A case id of ours as a sender names that case."""
    cohort, _, text = case.partition(":")
    if cohort == "crn":
        return {"crn": text, "youth_case_id": None, "youth_case_issuer": None}
    issuer, own = (part.replace("%2F", "/").replace("%25", "%") for part in text.split("/"))
    return {"crn": None, "youth_case_id": own, "youth_case_issuer": issuer}
