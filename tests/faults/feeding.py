"""The live load: the synthetic feeds at a steady rate, and a person who replays and chooses now and then."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from random import Random

from confluent_kafka import Producer
from verifier import Record

from agents import wire
from agents.demo.synth import Options, Synth
from agents.lane.transaction import hashed
from agents.timer import now
from agents.topics import IDENTITY_SIGHTINGS, QUARANTINE_REPLAYS
from schemas import Codec
from streams.events import CaseId
from streams.sightings import Chosen, key_of


class Load(threading.Thread):
    """Feed records, ``rate`` a second, until stopped: late links, duplicates, corrections, deletions, bad ones.

    Deadlines of every third case fall within ``deadline_in``. The sender partitions as it likes (CRC32).
    """

    def __init__(
        self, bootstrap: str, namespace: str, seed: int, *, rate: float, cases: int, deadline_in: timedelta,
        hearings: bool = True, spoilt: float = 0.004,
    ) -> None:  # fmt: skip
        super().__init__(name="load", daemon=True)
        self._namespace, self._rate = namespace, rate
        self._seed, self._cases = seed, cases
        self._options = Options(
            rate=rate, deadline_in=deadline_in, duplicates=0.04, corrections=0.03, spoilt=spoilt, hearings=hearings
        )
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
    """Somebody who has bad records replayed (some twice) and says whose an ambiguous sighting is, now and then."""

    def __init__(self, bootstrap: str, namespace: str, seed: int, codec: Codec, partitions: int) -> None:
        self._namespace, self._chance, self._codec, self._partitions = namespace, Random(seed), codec, partitions
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "partitioner": "murmur2_random",
             "message.timeout.ms": 120_000, "log_level": 0}
        )  # fmt: skip
        self._asked: set[bytes | None] = set()
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

    def stop(self) -> None:
        self.active = False
        self._producer.flush(120)
