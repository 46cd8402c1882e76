"""From a police record to its escalation, as a reader of committed records sees it, under a steady load.

Nine records in ten come from the synthetic feeds, every tenth is a call-out about a case that nobody has heard of,
which raises an escalation of its own: those are timed, from the broker's time on the feed record to the moment our
reader has the escalation in hand. One machine, one clock.
"""

from __future__ import annotations

import threading
import time
from statistics import quantiles
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from load import CALL_OUTS, call_out, case_of, feed_messages
from rig import Rig

from agents import timer
from agents.topics import ESCALATIONS
from schemas import Codec

SHARE = 10  # every tenth record is timed
WARM_UP = 3.0  # seconds of load before it counts


class Reader(threading.Thread):
    """Reads committed escalations as they come, and notes how old the news in them was."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        super().__init__(daemon=True)
        self.delays: dict[bytes, float] = {}  # seconds, by case; the first escalation counts
        self.over = threading.Event()
        self._codec = Codec()
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "reader",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 20,
            }
        )
        self._consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])

    def run(self) -> None:
        """Read until told that it is over."""
        while not self.over.is_set():
            for message in self._consumer.consume(500, 0.02):
                if message.error() or (key := message.key()) in self.delays:
                    continue
                now = timer.now()
                signals = self._codec.decode("escalation", message.value())["signals"]
                received = max((signal["received_at"] for signal in signals), default=now)
                self.delays[key] = (now - received).total_seconds()
        self._consumer.close()


def one(rig: Rig, rate: int, seconds: float, partitions: int, settings: dict[str, str] | None = None) -> dict[str, Any]:
    """One load; the delays in milliseconds, and the CPU of the worker."""
    codec = Codec()
    count = int(rate * (seconds + WARM_UP))
    background = iter(list(feed_messages(count)))  # made beforehand: making them is dear
    with (
        rig.namespace(partitions) as namespace,
        rig.engine("ours.py", namespace, partitions, settings=settings) as engine,
    ):
        engine.wait(lambda found: any(mark.what == "open" for mark in found), 90, "the lane")  # one group
        reader = Reader(rig.bootstrap, namespace + ESCALATIONS, partitions)
        reader.start()
        producer = Producer(
            {"bootstrap.servers": rig.bootstrap, "partitioner": "murmur2_random", "linger.ms": 0, "log_level": 0}
        )
        timed: list[bytes] = []
        began = time.monotonic()
        for number in range(count):
            late = began + number / rate - time.monotonic()
            if late > 0:
                producer.poll(0)
                time.sleep(late)
            if number % SHARE == 0:
                key, value = call_out(number, codec)
                producer.produce(namespace + CALL_OUTS, value, key)
                if number >= rate * WARM_UP:
                    timed.append(case_of(number))
            else:
                message = next(background)
                producer.produce(namespace + message.topic, message.value, message.key)
            producer.poll(0)
        took = time.monotonic() - began
        producer.flush(30)
        until = time.monotonic() + 30
        while len(reader.delays.keys() & set(timed)) < len(timed) and time.monotonic() < until:
            time.sleep(0.1)
        reader.over.set()
        reader.join(10)
        marks = [
            mark for mark in engine.marks() if mark.what == "transaction" and began + WARM_UP < mark.at < began + took
        ]
    found = sorted(reader.delays[case] * 1000 for case in timed if case in reader.delays)
    if len(found) < 2:
        raise RuntimeError(f"only {len(found)} of {len(timed)} escalations came\n{engine.last_words()}")
    cuts = quantiles(found, n=100, method="inclusive")
    return {
        "rate": rate,
        "reached": round(count / took),
        "partitions": partitions,
        "timed": len(timed),
        "missing": len(timed) - len(found),
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "most_ms": round(found[-1], 1),
        "worker_cpu_share": round((marks[-1].cpu - marks[0].cpu) / (marks[-1].at - marks[0].at), 2),
        "transactions_per_s": round(len(marks) / (marks[-1].at - marks[0].at)),
    }


def head(what: str) -> None:
    """The head of the table."""
    print(f"\nDelay from police record to escalation, read committed{what}")
    print(f"{'':30}{'records/s':>10}{'timed':>7}{'p50 ms':>9}{'p99 ms':>9}{'most ms':>9}{'worker CPU':>12}{'txn/s':>7}")


def row(name: str, of: dict[str, Any]) -> None:
    """A line of the table."""
    print(
        f"{name:30}{of['reached']:>10,}{of['timed']:>7}{of['p50_ms']:>9.0f}{of['p99_ms']:>9.0f}{of['most_ms']:>9.0f}"
        f"{of['worker_cpu_share']:>11.0%} {of['transactions_per_s']:>6}"
        + (f"   {of['missing']} missing" if of["missing"] else "")
    )


def run(rig: Rig, rates: tuple[int, ...], seconds: float, partitions: int) -> dict[str, Any]:
    """Each rate with the settings as shipped."""
    head(", settings as shipped")
    numbers = {}
    for rate in rates:
        numbers[str(rate)] = one(rig, rate, seconds, partitions)
        row(f"{rate:,} a second", numbers[str(rate)])
    return numbers


def sweep(
    rig: Rig, rates: tuple[int, ...], seconds: float, partitions: tuple[int, ...], lingers: tuple[int, ...]
) -> list[dict[str, Any]]:
    """Rates by partition counts by lingers: what the defaults are chosen from."""
    head(", by settings")
    numbers = []
    for count in partitions:
        for linger in lingers:
            for rate in rates:
                found = one(rig, rate, seconds, count, {"WORKER_LINGER_MS": str(linger)}) | {"linger_ms": linger}
                numbers.append(found)
                row(f"{count} partitions, linger {linger} ms", found)
    return numbers
