"""A processor: one step on one partition. What it reads, what it knows, and what becomes of its batches.

It has no client and no transaction of its own: the lane reads for all its processors, and writes for all at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from aiokafka import TopicPartition

from agents import logs, metrics
from agents.lane import changelog
from agents.lane.batches import Batch
from agents.lane.breaker import Breaker
from agents.lane.changelog import Hold
from agents.lane.clients import fetched
from agents.lane.context import Step, WorkerContext
from agents.lane.due import Due
from agents.lane.transaction import LARGEST, Output, States
from agents.records import Record

Found = Mapping[str, list[Record]]
"""Records by source (topic without the namespace), in order."""

LONGEST_REST = 30  # seconds between two tries of a batch whose agent fails

_log = logs.get("processor")


class EndInDoubt(Exception):
    """A source seems to end before our position, and its leader may not know better yet."""


class Processor:
    """One step on one partition. The lane's task alone touches its states, so there is nothing to lock."""

    def __init__(self, context: WorkerContext, step: Step, partition: int) -> None:
        self.context, self.step, self.partition = context, step, partition
        self.log = TopicPartition(context.named(step.changelog), partition)
        self.sources = {
            TopicPartition(context.named(topic), partition): topic for topic in step.read_at(partition, context.counts)
        }
        self.breakers = {topic: Breaker(context.settings.breaker) for topic in self.sources.values()}
        self.due = Due()
        self.positions: dict[str, int] = {}
        self.holds: dict[str, Hold] = {}
        self.left: Found = {}  # records whose batch failed: handed out again after a rest
        self._failures, self._rests_until = 0, 0.0
        self.store = context.store(step, partition)

    def __str__(self) -> str:
        return f"{self.step.name}-{self.partition}"

    def reading(self) -> list[TopicPartition]:
        """The sources to read from now: none that is held, and none at all as long as a failed batch is left."""
        return [] if self.left else [tp for tp, topic in self.sources.items() if topic not in self.holds]

    # ── opening ──────────────────────────────────────────────────────────────────────────────────────────────

    def own(self) -> changelog.Own:
        """What lanes have written of their own, as far as the store has been brought up."""
        return changelog.read(self.store.own())

    async def remember(self) -> None:
        """Find positions, holds and deadlines in the store, which has been brought up to the changelog's end."""
        dues: dict[bytes, datetime] = {}
        if due_of := self.step.due_of:
            for number, (key, state) in enumerate(self.store.items()):
                if not changelog.is_own(key) and (due := due_of(state)):
                    dues[key] = due
                if number % 10_000 == 0:  # the other lanes' turn, and the group's heartbeat
                    await asyncio.sleep(0)
        own = self.own()
        self.positions = own.positions
        self.holds = {topic: hold for topic, hold in own.holds.items() if topic in self.breakers}  # that still exist
        self.due.load(dues, own.emitted)

    def find_place(
        self, firsts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int], *, sure: bool
    ) -> tuple[dict[TopicPartition, int], States]:
        """Where to read on, and what is new about it: where a new source begins, and which has lost its records.

        Raises EndInDoubt where a source ends before our position and the broker may be wrong about it (not ``sure``).
        """
        places, fresh = {}, States()
        for tp, topic in self.sources.items():
            first, end = firsts[tp], ends[tp]
            if topic not in self.positions:
                self.positions[topic] = first
                fresh.update([changelog.position(topic, first)])
            position = self.positions[topic]
            places[tp] = min(max(first, position), end)
            if topic in self.holds or first <= position <= end:
                continue
            if position < first:
                why = f"records {position} to {first - 1} were deleted before they were read"
            elif not sure:  # a leader that has just changed may not know its end yet
                raise EndInDoubt(f"{topic} ends at {end}, before our position {position}; the lane looks again")
            else:
                why = f"the topic ends at {end}, before our position {position}: it was cut or made anew"
            self.holds[topic] = Hold(topic, self.partition, position, "gap", why, self.context.now())
            fresh.update([changelog.held(self.holds[topic])])
        return places, fresh

    def opened(self) -> None:
        """The lane is open: its states count in the gauges."""
        _log.info("processor opened", processor=str(self), offset=self.store.offset, count=len(self.due))
        if self.step.gauges:
            self.step.gauges.begin(self.partition, self.store.items())

    def close(self) -> None:
        """The lane is closed."""
        metrics.LAG.labels(self.step.name, self.partition).set(0)
        for hold in self.holds.values():
            metrics.HELD.labels(hold.topic, self.partition, hold.kind).set(0)
        if self.step.gauges:
            self.step.gauges.end(self.partition)
        self.store.close()

    # ── work ─────────────────────────────────────────────────────────────────────────────────────────────────

    def sort(self, found: Mapping[TopicPartition, list[Record]]) -> Found:
        """What of it is from our sources. Raises RuntimeError where the reader gave something that is behind us."""
        ours = {topic: some for tp, topic in self.sources.items() if (some := found.get(tp))}
        for topic, some in ours.items():
            if some[0].offset < self.positions[topic]:
                raise RuntimeError(f"offset {some[0].offset} of {topic} came after {self.positions[topic]}")
        return ours

    def hand(self, records: Found, before: States) -> Batch:
        """Hand the agent its next batch; ``before``: the states of the one before, not yet committed."""
        batch = Batch(
            records, before, partition=self.partition, store=self.store, breakers=self.breakers,
            largest=LARGEST, now=self.context.now, fetch_anew=self.fetch,
        )  # fmt: skip
        self.step.batches.hand(batch)
        return batch

    async def fetch(self, topic: str, partition: int, offset: int) -> bytes | None:
        """The value of one record, read anew. None when it is no longer there. Raises TimeoutError."""
        tp = TopicPartition(self.context.named(topic), partition)
        return await fetched(self.context.connection, tp, offset)

    def rest(self, batch: Batch, exc: BaseException) -> None:
        """The agent could not do its batch: nothing of it counts, and it is handed out again after a while."""
        self._failures += 1
        pause = min(2**self._failures, LONGEST_REST)
        self.left, self._rests_until = batch.records, time.monotonic() + pause
        for topic in batch.records:
            self.breakers[topic].reset()  # it has counted records that will count again
        metrics.BATCHES_FAILED.labels(self.step.name).inc()
        _log.error("batch failed and is done again", processor=str(self), seconds=pause, exc_info=exc.__cause__ or exc)

    def rested(self) -> bool:
        """Whether it is time to try again what is left."""
        return time.monotonic() >= self._rests_until

    def wait(self) -> float:
        """How many seconds may pass before it has something to do of its own."""
        waits = []
        if self.left:
            waits.append(self._rests_until - time.monotonic())
        if self.step.deadline and (due := self.due.earliest()) is not None:
            waits.append((due - self.context.now()).total_seconds())
        return max(0.0, min(waits, default=float("inf")))

    def take(self, batch: Batch) -> States:
        """What a batch that is done changes; what is known here is ahead of the log by one transaction from now on."""
        self.left, self._failures = {}, 0
        states: States = dict(batch.states)
        for key, due in batch.dues.items():
            self.due.set(key, due)
        for key, due in batch.read_back:
            if (left := self.due.read_back(key, due)) is not None:
                states.update([changelog.emitted(key, left)])
        for topic, position in batch.positions().items():
            self.positions[topic] = position
            states.update([changelog.position(topic, position)])
        for topic, hold in batch.holds.items():
            self.holds[topic] = hold
            states.update([changelog.held(hold)])
        return states

    def move_on(self, places: Mapping[TopicPartition, int]) -> States:
        """Beyond the last record of a source lay markers. Were the position left before them, it would look like a gap
        once retention has deleted them.
        """
        states = States()
        for tp in self.reading():
            topic = self.sources[tp]
            if places[tp] > self.positions[topic]:
                self.positions[topic] = places[tp]
                states.update([changelog.position(topic, places[tp])])
        return states

    def emit_deadlines(self, most: int) -> tuple[States, list[Output]]:
        """Which deadlines have passed: each emitted once, none early."""
        due, event = self.due.earliest(), self.step.deadline
        if due is None or event is None or due > (now := self.context.now()):
            return {}, []
        passed = self.due.passed(now, most)
        # Before the commit: should that fail, what is known here is worth nothing.
        return dict(changelog.emitted(key, self.due.emit(key, when)) for key, when in passed), [
            event(key, when, now, self.partition) for key, when in passed
        ]

    def release(self, hold: Hold, first: int) -> States:
        """A person has said go on with a held source, which begins at ``first``."""
        states: States = dict([changelog.released(hold.topic)])
        if hold.kind == "gap":
            self.positions[hold.topic] = first
            states.update([changelog.position(hold.topic, first)])
        del self.holds[hold.topic]
        self.breakers[hold.topic].reset()
        return states

    def report_lag(self, end: Callable[[TopicPartition], int | None]) -> int:
        """How many offsets lie between the ``end`` of each source and our position; the sum of what we read now."""
        lags = {tp: max(0, (end(tp) or 0) - self.positions[topic]) for tp, topic in self.sources.items()}
        metrics.LAG.labels(self.step.name, self.partition).set(sum(lags.values()))
        return sum(lags[tp] for tp in self.reading())
