"""Bad records among good ones: every one in quarantine with its reason, every good one folded, and a way back.

The whole program runs: a worker process, its breaker, the functions behind ``raised-risk quarantine``.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from crew import Crew, python
from reading import Watcher, read_all
from verifier import READ, Verdict, verify

from agents import policies
from agents import settings as all_settings
from agents.queries import quarantine as quarantine_desk
from agents.queries.readers import Reader
from agents.queries.writers import Writer
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.population import Draft
from agents.sandbox.feeds.spoilt import Spoilt, fits, spoil
from agents.sandbox.feeds.synth import Options, Synth
from agents.timer import now
from agents.topics import COURT_APPEARANCES, FEEDS, POLICE_NOTIFICATIONS, QUARANTINE
from schemas import Codec

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

CODEC = Codec(None)
KINDS = tuple(kind for kind in Spoilt if kind is not Spoilt.NO_CASE)  # the ten of the issue
LARGEST = 1_048_576 - 200  # bytes of a value in a feed's largest batch, with room for key and framing
FEED_PARTITIONS: Mapping[str, int] = {topic: 1 + place % 3 for place, topic in enumerate(FEEDS)}


@dataclass(frozen=True)
class Bad:
    """A bad record, and the bytes that its sender meant."""

    kind: Spoilt
    topic: str
    key: bytes | None
    value: bytes | None
    meant: bytes


def bad_ones(each: int, only: str | None = None) -> list[Bad]:
    """So many of each kind, made from messages that are not sent themselves."""
    chance, synth = Chance("bad records"), Synth(99, 200, options=Options(spoilt=0))
    left, found = dict.fromkeys(KINDS, each), list[Bad]()
    for draft in synth.drafts():
        if only is not None and draft.feed != only:
            continue
        kind = next((kind for kind, number in left.items() if number and _fits(kind, draft, only)), None)
        if kind is None:
            continue
        meant = synth.encoded(draft)
        found.append(Bad(kind, draft.feed, draft.key, _spoilt(chance, kind, draft, meant), meant))
        left[kind] -= 1
        if not any(left.values()):
            return found
    raise AssertionError("the feeds have no end")


def _fits(kind: Spoilt, draft: Draft, only: str | None) -> bool:
    return only is not None or fits(kind, draft)


def _spoilt(chance: Chance, kind: Spoilt, draft: Draft, meant: bytes) -> bytes | None:
    if not fits(kind, draft):  # a hearing's kind of mistake on a feed of Avro records
        return b'{"hearing": {"id": "1", "id": "2"}, "kind": "' + kind.encode() + b'\xff"}'
    return spoil(chance, kind, draft, meant, CODEC.encode, LARGEST)


def good_ones(count: int, topics: tuple[str, ...] = tuple(FEEDS)) -> list[tuple[str, bytes | None, bytes | None]]:
    messages = Synth(7, 400, start=now(), options=Options(spoilt=0)).messages()
    chosen = (message for message in messages if message.topic in topics)
    return [(each.topic, each.key, each.value) for each, _ in zip(chosen, range(count), strict=False)]


# ── the stage ────────────────────────────────────────────────────────────────────────────────────────────────


class Stage:
    """One namespace with a worker, and the hands of a sender and of an operator."""

    def __init__(self, bootstrap: str, namespace: str, folder: Path, more: Mapping[str, str]) -> None:
        self.bootstrap, self.namespace = bootstrap, namespace
        environment = {
            "RAISED_RISK_KAFKA_BOOTSTRAP": bootstrap, "RAISED_RISK_KAFKA_NAMESPACE": namespace,
            "RAISED_RISK_WORKER_SESSION_S": "6", "RAISED_RISK_METRICS_PORT": "0", **more,
        }  # fmt: skip
        self.settings = all_settings.load(environ=environment)
        self.crew = Crew(python("-m", "agents.process"), environment, folder)
        self.watcher = Watcher(bootstrap, namespace)
        self.watcher.start()
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "message.max.bytes": 2_000_000}
        )

    def close(self) -> None:
        self.crew.close()
        self.watcher.stop()

    def send(self, records: list[tuple[str, bytes | None, bytes | None]], partition: int = -1) -> list[tuple[int, int]]:
        """Send in order; where each lies: partition and offset."""
        places: list[tuple[int, int]] = [(-1, -1)] * len(records)

        def heard(number: int) -> Callable[[Any, Any], None]:
            def on_delivery(error: Any, message: Any) -> None:
                assert error is None, error
                places[number] = message.partition(), message.offset()

            return on_delivery

        for number, (topic, key, value) in enumerate(records):
            while True:
                try:
                    self._producer.produce(self.namespace + topic, value, key, partition, heard(number))
                    break
                except BufferError:
                    self._producer.poll(0.1)
            self._producer.poll(0)
        assert self._producer.flush(60) == 0
        return places

    def items(self) -> dict[str, quarantine_desk.Quarantined]:
        with Reader(self.settings) as reader:
            return quarantine_desk.quarantined(reader.all(QUARANTINE), CODEC)

    def replay(self, items: list[quarantine_desk.Quarantined], values: list[bytes | None] | None = None) -> None:
        """Ask for each to be tried again, with another value where one is given."""
        with Writer(self.settings) as writer:
            for item, value in zip(items, values or [None] * len(items), strict=True):
                quarantine_desk.replay([item], writer, CODEC, value)

    def resume(self) -> tuple[quarantine_desk.HeldLane, ...]:
        """Say go on to all that is held."""
        with Reader(self.settings) as reader, Writer(self.settings) as writer:
            held = quarantine_desk.held_lanes(reader)
            quarantine_desk.resume(held, writer, "an operator", "the sender has mended it")
            return held

    def held(self) -> list[tuple[str, str, int, int]]:
        """Kind, topic, partition and position of all that is held."""
        with Reader(self.settings) as reader:
            holds = (lane.hold for lane in quarantine_desk.held_lanes(reader))
            return [(hold.kind, hold.topic, hold.partition, hold.offset) for hold in holds]

    def drain(self) -> None:
        assert self.watcher.drained(240, self.crew.keep) is None

    def until(self, what: Callable[[], bool], patience: float = 90) -> None:
        until = time.monotonic() + patience
        while not what():
            assert time.monotonic() < until, "it does not come"
            time.sleep(0.3)

    def metrics(self, path: str = "/metrics") -> tuple[int, str]:
        """Status and text of the worker's own page."""
        log = self.crew.workers[0].says()
        port = next(line.partition('"port": ')[2].partition(",")[0] for line in log.splitlines() if '"port":' in line)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def verdict(self) -> Verdict:
        """Of one moment: the worker goes on while we read, and a deadline may fall due between two topics.

        Logs only grow, so two readings that are the same are what there was between them.
        """
        before, (logs, counts) = None, read_all(self.bootstrap, self.namespace, READ)
        while logs != before:
            before, (logs, counts) = logs, read_all(self.bootstrap, self.namespace, READ)
        return verify(logs, counts, CODEC, policies.own(all_settings.Settings()), now() - timedelta(seconds=2))


Make = Callable[..., Stage]


@pytest.fixture
def stage(kafka: str, namespace: str, topics: Callable[..., None], tmp_path: Path) -> Iterator[Make]:
    made: list[Stage] = []

    def make(**more: str) -> Stage:
        topics(2, FEED_PARTITIONS)
        made.append(Stage(kafka, namespace, tmp_path, {f"RAISED_RISK_{name.upper()}": to for name, to in more.items()}))
        return made[-1]

    yield make
    for each in made:
        each.close()


@contextmanager
def worker(stage: Stage) -> Iterator[None]:
    stage.crew.start(0)
    yield
    stage.crew.stop(0)


# ── 100 among 10,000 ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("in_a_row", [pytest.param(False, id="at random"), pytest.param(True, id="all in a row")])
def test_a_hundred_bad_records_among_ten_thousand_good_ones(stage: Make, in_a_row: bool) -> None:
    on, bad = stage(), bad_ones(10, POLICE_NOTIFICATIONS if in_a_row else None)
    good = good_ones(10_000)
    sent = [(each.topic, each.key, each.value) for each in bad]
    if in_a_row:
        on.send(good[:5000])
        places = on.send(sent, partition=0)
        on.send(good[5000:])
    else:
        order = list(range(len(good) + len(bad)))
        Random(5).shuffle(order)
        mixed = on.send([(*good, *sent)[number] for number in order])
        at = dict(zip(order, mixed, strict=True))
        places = [at[len(good) + number] for number in range(len(bad))]
    on.crew.start(0)
    on.drain()

    items = {(item["topic"], item["partition"], item["offset"]): item for item in on.items().values()}
    assert set(items) == {(each.topic, *place) for each, place in zip(bad, places, strict=True)}
    for each, place in zip(bad, places, strict=True):
        item = items[each.topic, *place]
        assert (item["state"], item["step"], item["path"], item["attempts"]) == ("HELD", "intake", "", 1)
        assert item["reason"]
        assert item["remedy"]
        assert item["value"] == (None if each.kind is Spoilt.TOO_LARGE else each.value)  # too large: by reference
        assert item["value_bytes"] == (-1 if each.value is None else len(each.value))
        assert item["value_sha256"] == (None if each.value is None else sha256(each.value).hexdigest())
    assert on.verdict() == Verdict()
    assert on.held() == []

    # A replay without a fix changes nothing but the number of attempts.
    on.replay(list(items.values()))
    on.drain()
    again = {(item["topic"], item["partition"], item["offset"]): item for item in on.items().values()}
    assert {(item["state"], item["attempts"]) for item in again.values()} == {("HELD", 2)}

    # With the bytes that the sender meant, the rest is folded: once, though asked for twice.
    in_order = [again[each.topic, *place] for each, place in zip(bad, places, strict=True)]
    for _ in range(2):
        on.replay(in_order, [each.meant for each in bad])
    on.drain()
    replayed = on.items().values()
    assert {item["state"] for item in replayed} == {"REPLAYED"}
    assert all(item["value"] is None for item in replayed), "what is replayed need not be kept"
    assert on.verdict() == Verdict()
    on.crew.stop(0)


# ── the breaker, and records that are gone ───────────────────────────────────────────────────────────────────


def police(count: int) -> list[tuple[str, bytes | None, bytes | None]]:
    return good_ones(count, (POLICE_NOTIFICATIONS,))


def test_the_breaker_holds_a_feed_that_turns_all_bad_while_the_others_go_on(stage: Make) -> None:
    on = stage(breaker_run="20")
    bad: list[tuple[str, bytes | None, bytes | None]] = [(POLICE_NOTIFICATIONS, b"k", b"%d" % n) for n in range(30)]
    on.send(bad, partition=0)
    on.send(police(10), partition=0)
    on.crew.start(0)
    on.until(lambda: on.held() == [("breaker", POLICE_NOTIFICATIONS, 0, 20)])

    others = good_ones(300, (COURT_APPEARANCES,))
    places = on.send(others)
    ends = {partition: max(offset for at, offset in places if at == partition) + 1 for partition, _ in places}
    on.until(lambda: all(on.watcher.positions.get((COURT_APPEARANCES, p), 0) >= end for p, end in ends.items()))
    assert on.watcher.positions[POLICE_NOTIFICATIONS, 0] == 20
    assert len(on.items()) == 20
    status, why_not = on.metrics("/ready")
    assert (status, "held" in why_not) == (503, True)
    held = f'raised_risk_held_sources{{kind="breaker",partition="0",source="{POLICE_NOTIFICATIONS}"}} 1.0'
    assert held in on.metrics()[1]

    # A worker that starts anew holds it still: it is a person's to say go on.
    on.crew.kill(0)
    on.crew.start(0)
    on.until(lambda: "source held" in on.crew.workers[0].says())
    assert on.watcher.positions[POLICE_NOTIFICATIONS, 0] == 20

    assert len(on.resume()) == 1
    on.drain()
    assert on.held() == []
    assert len(on.items()) == 30
    assert on.verdict() == Verdict()
    on.until(lambda: on.metrics("/ready")[0] == 200)
    on.crew.stop(0)


def test_records_that_were_deleted_before_they_were_read_hold_their_feed_until_a_person_says_go_on(stage: Make) -> None:
    on = stage()
    on.send(police(20), partition=0)
    with worker(on):
        on.drain()
    on.send(police(60)[20:], partition=0)
    admin = AdminClient({"bootstrap.servers": on.bootstrap})
    for done in admin.delete_records([TopicPartition(on.namespace + POLICE_NOTIFICATIONS, 0, 50)]).values():
        done.result(20)
    on.send(good_ones(50, (COURT_APPEARANCES,)))
    with worker(on):
        on.until(lambda: on.held() == [("gap", POLICE_NOTIFICATIONS, 0, 20)])
        on.until(lambda: any(position for (topic, _), position in on.watcher.positions.items()
                             if topic == COURT_APPEARANCES))  # fmt: skip
        assert on.watcher.positions[POLICE_NOTIFICATIONS, 0] == 20
        assert on.metrics("/ready")[0] == 503
        assert len(on.resume()) == 1
        on.until(lambda: on.held() == [] and on.watcher.positions[POLICE_NOTIFICATIONS, 0] == 60)
        on.until(lambda: on.metrics("/ready")[0] == 200)
        on.drain()
