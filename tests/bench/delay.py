"""From a police record to its escalation, as a reader of committed records sees it, under a steady load.

Nine records in ten come from the synthetic feeds, every tenth is a call-out about a case that nobody has heard of,
which raises an escalation of its own: those are timed, from the broker's time on the feed record to the moment our
reader has the escalation in hand. One machine, one clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from load import CALL_OUTS, Message, call_out, case_of, feed_messages
from rig import Engine, Rig, producer
from trees import Tree, in_turn

from agents import timer
from agents.topics import ESCALATIONS
from schemas import Codec

SHARE = 10  # every tenth record is timed
WARM_UP = 3.0  # seconds of load before it counts
FIRST = 999_999  # the number of the call-out that shows that the worker works
PATIENCE = 90.0


class Reader(threading.Thread):
    """Reads committed escalations as they come, and notes how old the news in them was."""

    def __init__(self, bootstrap: str, topic: str) -> None:
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
                "log_level": 0,
            }
        )
        partitions = self._consumer.list_topics(topic, timeout=20).topics[topic].partitions
        self._consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])

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


def one(rig: Rig, tree: Tree, rate: int, seconds: float, messages: list[Message]) -> dict[str, float]:
    """One load; the delays in milliseconds, and the CPU of the worker."""
    codec, count = Codec(), int(rate * (seconds + WARM_UP))
    background = iter(messages)
    with rig.namespace(tree) as namespace, rig.engine("worker.py", tree, namespace) as engine:
        reader = Reader(rig.bootstrap, namespace + ESCALATIONS)
        reader.start()
        sender = producer(rig.bootstrap, **{"linger.ms": 0})
        until_it_works(
            engine, reader, lambda key, value: sender.produce(namespace + CALL_OUTS, value, key), sender.poll
        )
        timed: list[bytes] = []
        began = time.monotonic()
        for number in range(count):
            late = began + number / rate - time.monotonic()
            if late > 0:
                sender.poll(0)
                time.sleep(late)
            if number % SHARE == 0:
                key, value = call_out(number, codec)
                sender.produce(namespace + CALL_OUTS, value, key)
                if number >= rate * WARM_UP:
                    timed.append(case_of(number))
            else:
                message = next(background)
                sender.produce(namespace + message.topic, message.value, message.key)
            sender.poll(0)
        took = time.monotonic() - began
        sender.flush(30)
        until = time.monotonic() + 30
        while len(reader.delays.keys() & set(timed)) < len(timed) and time.monotonic() < until:
            time.sleep(0.1)
        reader.over.set()
        reader.join(10)
        marks = [mark for mark in engine.marks() if began + WARM_UP < mark.at < began + took]
    found = sorted(reader.delays[case] * 1000 for case in timed if case in reader.delays)
    if len(found) < 2:
        raise RuntimeError(f"only {len(found)} of {len(timed)} escalations came\n{engine.last_words()}")
    cuts = quantiles(found, n=100, method="inclusive")
    return {
        "reached": round(count / took),
        "timed": len(timed),
        "missing": len(timed) - len(found),
        "p50_ms": cuts[49],
        "p99_ms": cuts[98],
        "cpu_share": (marks[-1].cpu - marks[0].cpu) / (marks[-1].at - marks[0].at),
        "transactions_per_s": len(marks) / (marks[-1].at - marks[0].at),
    }


def until_it_works(engine: Engine, reader: Reader, send: Callable[[bytes, bytes], None], poll: Any) -> None:
    """Wait until the escalation of a first call-out has come."""
    send(*call_out(FIRST, Codec()))
    until = time.monotonic() + PATIENCE
    while case_of(FIRST) not in reader.delays:
        poll(0.05)
        engine.see(until, "the delay's first escalation")


def run(rig: Rig, trees: tuple[Tree, ...], rates: tuple[int, ...], seconds: float, rounds: int) -> dict[str, Any]:
    """Each rate, each tree, in turns; medians of the rounds."""
    print(f"\nDelay from police record to escalation, read committed; {rounds} rounds of {seconds:.0f} s, medians")
    print(f"{'':24}{'records/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'worker CPU':>12}{'txn/s':>7}   (p99 of all rounds)")
    found: dict[str, Any] = {}
    for rate in rates:
        messages = list(feed_messages(int(rate * (seconds + WARM_UP))))  # made beforehand: making them is dear
        rows: dict[str, list[dict[str, float]]] = {tree.prefix: [] for tree in trees}
        for number in range(rounds):
            for tree in in_turn(trees, number):
                rows[tree.prefix].append(one(rig, tree, rate, seconds, messages))
        for tree in trees:
            some = rows[tree.prefix]
            of = {name: median(each[name] for each in some) for name in some[0]}
            key = f"delay.{rate}.{tree.prefix}"
            found |= {key + name: round(of[name], 1) for name in ("p50_ms", "p99_ms")}
            found |= {key + name: round(of[name], 2) for name in ("cpu_share", "transactions_per_s")}
            found[key + "missing"] = sum(each["missing"] for each in some)
            print(
                f"{f'{rate:,} a second, {tree.name}':24}{of['reached']:>10,.0f}{of['p50_ms']:>9.0f}{of['p99_ms']:>9.0f}"
                f"{of['cpu_share']:>12.0%}{of['transactions_per_s']:>7.0f}"
                f"   ({', '.join(format(each['p99_ms'], '.0f') for each in some)})"
            )
    return found
