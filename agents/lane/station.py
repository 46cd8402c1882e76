"""A station: one step on one lane. What it reads, what it knows of its partition, and what becomes of its runs.

It has no client and no transaction of its own: the lane reads for all its stations, and writes for all of them at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from aiokafka import TopicPartition

from agents import logs, metrics
from agents.lane import changelog
from agents.lane.breaker import Breaker, Limits
from agents.lane.changelog import Hold
from agents.lane.due import Due
from agents.lane.runs import Record, Run, Runs
from agents.lane.store import Store
from agents.lane.transaction import Output, States
from agents.settings import Settings

Found = Mapping[str, list[Record]]
"""Records by source (topic without the namespace), in order."""

LONGEST_REST = 30  # seconds between two tries of a run whose agent fails

Fetch = Callable[[str, int, int], Awaitable[bytes | None]]
"""Reads the value of one record anew: topic, partition, offset."""

_log = logs.get("station")


class EndInDoubt(Exception):
    """A source seems to end before our position, and its leader may not know better yet."""


class Figures(Protocol):
    """What counts the states of open lanes, for metrics only."""

    def begin(self, partition: int, states: Iterator[tuple[bytes, bytes]]) -> asyncio.Task[None]:
        """A lane is open; these are its states. The task counts them in the background."""

    def end(self, partition: int) -> None:
        """The lane is closed."""

    def tell(self, now: datetime) -> None:
        """Set the gauges."""


@dataclass(frozen=True)
class Step:
    """One step of the way: what it reads, where it keeps its truth, and how its deadlines are found and said."""

    name: str
    sources: tuple[str, ...]
    changelog: str
    runs: Runs
    due_of: Callable[[bytes], datetime | None] | None = None
    say: Callable[[bytes, datetime, datetime, int], Output] | None = None  # key, due, now, partition
    figures: Figures | None = None

    def read_at(self, partition: int, counts: Mapping[str, int]) -> list[str]:
        """The sources that have this partition: senders own the feeds, and their counts differ."""
        return [topic for topic in self.sources if partition < counts[topic]]


class House(Protocol):
    """What all lanes of a worker share. See agents.lane.lanes."""

    settings: Settings
    group: str
    connection: dict[str, Any]
    named: Callable[[str], str]
    now: Callable[[], datetime]
    limits: Limits
    batch: int
    largest: int
    steps: Sequence[Step]
    partitions: dict[str, int]
    held: dict[int, Any]
    released: set[str]

    def store(self, step: Step, partition: int, discard: Store | None = None) -> Store:
        """The store of a station."""


class Station:
    """One step on one lane. The lane's task alone touches its states, so there is nothing to lock."""

    def __init__(self, house: House, step: Step, partition: int, fetch: Fetch) -> None:
        self.house, self.step, self.partition, self._fetch = house, step, partition, fetch
        self.now, self.largest = house.now, house.largest
        self.log = TopicPartition(house.named(step.changelog), partition)
        self.sources = {
            TopicPartition(house.named(topic), partition): topic for topic in step.read_at(partition, house.partitions)
        }
        self.breakers = {topic: Breaker(house.limits) for topic in self.sources.values()}
        self.due = Due()
        self.positions: dict[str, int] = {}
        self.holds: dict[str, Hold] = {}
        self.left: Found = {}  # records whose run failed: handed out again when the station has rested
        self._failures, self._rests_until = 0, 0.0
        self._counting: asyncio.Task[None] | None = None
        self.store = house.store(step, partition)

    def __str__(self) -> str:
        return f"{self.step.name}-{self.partition}"

    def reading(self) -> list[TopicPartition]:
        """The sources to read from now: none that is held, and none at all as long as a failed run is left."""
        return [] if self.left else [tp for tp, topic in self.sources.items() if topic not in self.holds]

    # ── opening ──────────────────────────────────────────────────────────────────────────────────────────────

    def start_anew(self) -> None:
        """The changelog is another than the store was written from: begin with an empty one."""
        self.store = self.house.store(self.step, self.partition, discard=self.store)

    async def remember(self) -> None:
        """Find positions, holds and deadlines in the store, which has been brought up to the changelog's end."""
        due_of, entries, dues = self.step.due_of, {}, {}
        for number, (key, state) in enumerate(self.store.items()):
            if changelog.is_own(key):
                entries[key] = state
            elif due_of and (due := due_of(state)):
                dues[key] = due
            if number % 10_000 == 0:  # the other lanes' turn, and the group's heartbeat
                await asyncio.sleep(0)
        own = changelog.read(entries)
        self.positions = own.positions
        self.holds = {topic: hold for topic, hold in own.holds.items() if topic in self.breakers}  # that still exist
        self.due.load(dues, own.said)

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
            self.holds[topic] = Hold(topic, self.partition, position, "gap", why, self.now())
            fresh.update([changelog.held(self.holds[topic])])
        return places, fresh

    def opened(self) -> None:
        """The lane is open: its states count in the figures."""
        _log.info("station opened", station=str(self), offset=self.store.offset, count=len(self.due))
        if self.step.figures:
            self._counting = self.step.figures.begin(self.partition, self.store.snapshot())

    def close(self) -> None:
        """The lane is closed."""
        metrics.lag(self.step.name, self.partition, 0)
        for hold in self.holds.values():
            metrics.held(hold.topic, self.partition, hold.kind, False)
        if self.step.figures:
            self.step.figures.end(self.partition)
        if self._counting:
            self._counting.cancel()
        self.store.close()

    # ── work ─────────────────────────────────────────────────────────────────────────────────────────────────

    def sort(self, found: Mapping[TopicPartition, list[Record]]) -> Found:
        """What of it is from our sources. Raises RuntimeError where the reader gave something that is behind us."""
        ours = {topic: some for tp, topic in self.sources.items() if (some := found.get(tp))}
        for topic, some in ours.items():
            if some[0].offset < self.positions[topic]:
                raise RuntimeError(f"offset {some[0].offset} of {topic} came after {self.positions[topic]}")
        return ours

    def hand(self, records: Found, before: States) -> Run:
        """Hand the agent its next run; ``before``: the states of the one before, not yet committed."""
        run = Run(self, records, before)
        self.step.runs.hand(run)
        return run

    async def fetch(self, topic: str, partition: int, offset: int) -> bytes | None:
        """The value of one record, read anew. None when it is no longer there."""
        return await self._fetch(topic, partition, offset)

    def rest(self, run: Run, failed: BaseException) -> None:
        """The agent could not do its run: nothing of it counts, and it is handed out again after a while."""
        self._failures += 1
        pause = min(2**self._failures, LONGEST_REST)
        self.left, self._rests_until = run.records, time.monotonic() + pause
        for topic in run.records:
            self.breakers[topic].reset()  # it has counted records that will count again
        metrics.RUNS_FAILED.labels(self.step.name).inc()
        _log.error("run failed and is done again", station=str(self), seconds=pause, exc_info=failed)

    def rested(self) -> bool:
        """Whether it is time to try again what is left."""
        return time.monotonic() >= self._rests_until

    def wait(self) -> float:
        """How many seconds may pass before this station has something to do of its own."""
        waits = []
        if self.left:
            waits.append(self._rests_until - time.monotonic())
        if self.step.say and (due := self.due.earliest()) is not None:
            waits.append((due - self.now()).total_seconds())
        return max(0.0, min(waits, default=float("inf")))

    def take(self, run: Run) -> States:
        """What a run that is done changes; what is known here is ahead of the log by one transaction from now on."""
        self.left, self._failures = {}, 0
        states: States = dict(run.states)
        for key, due in run.dues.items():
            self.due.set(key, due)
        for key, due in run.heard:
            if (left := self.due.hear(key, due)) is not None:
                states.update([changelog.said(key, left)])
        for topic, position in run.positions().items():
            self.positions[topic] = position
            states.update([changelog.position(topic, position)])
        for topic, hold in run.holds.items():
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

    def say_deadlines(self, most: int) -> tuple[States, list[Output]]:
        """Which deadlines have passed: each said once, none early."""
        due, say = self.due.earliest(), self.step.say
        if due is None or say is None or due > (now := self.now()):
            return {}, []
        passed = self.due.passed(now, most)
        # Before the commit: should that fail, what is known here is worth nothing.
        return dict(changelog.said(key, self.due.say(key, when)) for key, when in passed), [
            say(key, when, now, self.partition) for key, when in passed
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

    def tell_lag(self, ends: Mapping[TopicPartition, int]) -> int:
        """How many offsets lie between the ends of the sources and our positions; the sum of those that we read now."""
        lags = {tp: max(0, ends[tp] - self.positions[topic]) for tp, topic in self.sources.items()}
        metrics.lag(self.step.name, self.partition, sum(lags.values()))
        return sum(lags[tp] for tp in self.reading())
