"""Exactly once from topic to topic: Faust shares out the work, lanes do the reading and the writing.

One lane per step and partition: it reads partition p of every source of its step (intake: all feeds that have one),
so a step costs one producer and one transaction a partition, however many feeds there are. Its changelog partition
(compacted: states, the positions of its sources, what is held) is the single truth.

1. Ticket.   Faust's group shares out the partitions of an empty topic; ticket p is leave to work on partition p of
             every step.
2. Claim.    The lane opens a producer with the transactional id of its step and partition. The broker settles what a
             former owner left open, and refuses every later write of it, however late it wakes.
3. Recover.  Only then it reads the changelog partition to its end, from where its store stands: states and positions.
             It places its reader there.
4. Work.     It reads its sources itself, committed records only, and gives them in runs to a Faust agent, which says
             what becomes of them.
5. Write.    One transaction: outputs, changed states, new positions; all or nothing. Meanwhile the agent has the next
             run. The store follows after the commit, never before it.
6. Deadline. When a case's deadline has passed, the lane says so in a transaction of its own: an event to the case, and
             beside it in the changelog that this one is said, until the event is read back.
7. Trouble.  Whatever goes wrong (fenced, broker gone, the agent raised): memory is worth nothing; close, wait, go
             to 2.

Nothing is lost: a position moves only in the transaction that holds all effects of the records before it. Nothing is
doubled: a transaction that did not commit is seen by no committed reader, and one that did has moved the position.
Two owners: the claim of the second ends the first. No step depends on what Faust commits, drops or replays, nor on its
being right about who owns what: that decides only who tries.

Offsets of a transactional source have gaps (markers, aborted records), so they cannot be counted. In place of that:
the reader is the lane's own, is placed by nobody else, and never resets itself. Records that were deleted before they
were read, and a topic that ends before our position, hold the source until a person says go on.

It is as good as the broker's transactions: Kafka 4 skips the marker of a partition that has no leader at that moment
(KAFKA-20734), and then half a transaction is seen. So replication 3, min.insync.replicas 2, one broker down at a time;
with a single broker, stop the workers first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError, ProducerFenced

from agents import logs, metrics
from agents.lane import changelog
from agents.lane.breaker import Breaker, Limits
from agents.lane.changelog import Hold
from agents.lane.due import Due
from agents.lane.runs import Failed, Run, Runs
from agents.lane.store import Store
from agents.lane.transaction import TRANSACTION, Output, Write, write
from agents.settings import Settings

_log = logs.get("lane")


class House(Protocol):
    """What lanes share: who has which, settings, clock and stores. See agents.lane.lanes."""

    settings: Settings
    group: str
    connection: dict[str, Any]
    named: Callable[[str], str]
    now: Callable[[], datetime]
    limits: Limits
    batch: int
    largest: int
    partitions: dict[str, int]
    held: Mapping[tuple[str, int], Any]
    released: set[str]

    def store(self, step: Step, partition: int, discard: Store | None = None) -> Store:
        """The store of a lane."""


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


@asynccontextmanager
async def opened(client: Any) -> AsyncIterator[Any]:
    """A started Kafka client. Its own ``async with`` leaks when start() fails, and may take long to stop."""
    try:
        await client.start()
        yield client
    finally:
        try:
            async with asyncio.timeout(3):
                await client.stop()
        except (Exception, asyncio.CancelledError) as exc:  # noqa: BLE001 - aiokafka's stop() may raise either of its own
            # What it raises must not take the place of what ended the work: a refused write has to be seen as one.
            _log.debug("a client did not stop in good order", exc_info=exc)


class Lane:
    """One partition of one step. Its task alone touches its states, so there is nothing to lock."""

    def __init__(self, lanes: House, step: Step, partition: int, after: asyncio.Task[None] | None = None) -> None:
        self.lanes, self.step, self.partition, self.after = lanes, step, partition, after
        settings = lanes.settings.worker
        self.most, self.patience, self.linger = settings.run, settings.patience_s, settings.linger_ms / 1000
        self.largest = lanes.largest
        self.now = lanes.now
        self.log = TopicPartition(lanes.named(step.changelog), partition)
        self.sources = {
            TopicPartition(lanes.named(topic), partition): topic
            for topic in step.sources
            if partition < lanes.partitions[topic]
        }
        self.breakers = {topic: Breaker(lanes.limits) for topic in self.sources.values()}
        self.store: Store
        self.due = Due()
        self.positions: dict[str, int] = {}
        self.holds: dict[str, Hold] = {}
        self.writing: Write | None = None
        self.open = False
        self.alive, self.failures = time.monotonic(), 0
        self.task = asyncio.create_task(self.run(), name=str(self))

    def __str__(self) -> str:
        return f"{self.step.name}-{self.partition}"

    def wanted(self) -> bool:
        """Whether this worker still has the ticket, and this is the lane that works on it."""
        return self.lanes.held.get((self.step.name, self.partition)) is self

    async def run(self) -> None:
        """Claim, recover, work; and after any trouble all of it anew, as long as the lane is wanted."""
        if self.after:
            await asyncio.wait([self.after])  # it may have the store open
        while self.wanted():
            pause: float = 2
            began, counting = time.monotonic(), None
            try:
                async with opened(self.claim()) as self.producer, opened(self.reader()) as self.records:
                    self.store = self.lanes.store(self.step, self.partition)
                    try:
                        await self.recover()
                        self.open = True
                        metrics.lane_opened(self.step.name, self.partition, time.monotonic() - began)
                        counting = self.step.figures and self.step.figures.begin(self.partition, self.store.snapshot())
                        await self.work()
                    finally:
                        self.open = False
                        if self.step.figures:
                            self.step.figures.end(self.partition)
                        if counting:
                            counting.cancel()
                        self.store.close()
            except (Exception, asyncio.CancelledError) as exc:
                if not self.wanted():
                    raise
                pause = self.begin_anew(exc)
            await asyncio.sleep(pause)

    def begin_anew(self, exc: BaseException) -> float:
        """How long to wait before the next claim, in seconds."""
        self.failures += 1
        pause: float = 2
        if isinstance(exc, ProducerFenced):  # another was given the ticket: the group will tell us, if it works
            pause = self.lanes.settings.worker.session_s
        elif isinstance(exc, Failed):  # loud, but no standstill: another worker would do no better
            pause, self.alive = min(2**self.failures, 30), time.monotonic()
        metrics.lane_begun_anew(self.step.name, refused=isinstance(exc, ProducerFenced))
        _log.error("lane begins anew", lane=str(self), seconds=pause, exc_info=exc)
        return pause

    def claim(self) -> AIOKafkaProducer:
        """The producer of this lane: what opening it does on the broker is step 2."""
        return AIOKafkaProducer(
            transactional_id=f"{self.lanes.group}-{self}",
            acks="all",
            max_batch_size=self.lanes.batch,
            max_request_size=self.lanes.batch + 1024,
            request_timeout_ms=15_000,
            transaction_timeout_ms=int(TRANSACTION.total_seconds() * 1000),
            # A long back-off on broker errors turns into needless waits between transactions.
            retry_backoff_ms=20,
            **self.lanes.connection,
        )

    def reader(self) -> AIOKafkaConsumer:
        """The lane's own reader: no group, committed records only, never resets itself."""
        return AIOKafkaConsumer(
            isolation_level="read_committed",
            auto_offset_reset="none",
            fetch_max_wait_ms=200,
            max_partition_fetch_bytes=4 << 20,
            **self.lanes.connection,
        )

    # ── recover ──────────────────────────────────────────────────────────────────────────────────────────────

    async def recover(self) -> None:
        """Bring the store up to the changelog's end; find positions, holds and deadlines; place the reader."""
        await self.read_log()
        due_of, entries, dues = self.step.due_of, {}, {}
        for number, (key, state) in enumerate(self.store.items()):
            if changelog.is_own(key):
                entries[key] = state
            elif due_of and (due := due_of(state)):
                dues[key] = due
            if number % 10_000 == 0:  # the other lanes' turn, and the group's heartbeat
                await asyncio.sleep(0)
        own = changelog.read(entries)
        self.positions, self.holds = own.positions, own.holds
        self.due.load(dues, own.said)
        await self.place()
        _log.info("lane opened", lane=str(self), offset=self.store.offset, count=len(self.due))

    async def read_log(self) -> None:
        """Read the changelog to its end, from where the store stands."""
        records, log = self.records, self.log
        records.assign([log])
        first = (await records.beginning_offsets([log]))[log]
        end = (await records.end_offsets([log]))[log]
        if not first <= self.store.offset <= end:  # the topic was made anew
            self.store = self.lanes.store(self.step, self.partition, discard=self.store)
        records.seek(log, max(first, self.store.offset))
        while await records.position(log) < end:  # position, for a log may end with a marker
            read: dict[bytes, bytes | None] = {}
            for record in (await records.getmany(log, timeout_ms=500, max_records=20_000)).get(log, ()):
                read[record.key] = record.value
            self.store.apply(read, await records.position(log), self.now())
            self.alive = time.monotonic()

    async def place(self) -> None:
        """Place the reader at the positions; hold a source whose records are gone; remember where a new one begins."""
        records = self.records
        records.assign(list(self.sources))
        firsts = await records.beginning_offsets(list(self.sources))
        ends = await records.end_offsets(list(self.sources))
        fresh: dict[bytes, bytes | None] = {}
        for tp, topic in self.sources.items():
            first, end = firsts[tp], ends[tp]
            if topic not in self.positions:
                self.positions[topic] = first
                fresh.update([changelog.position(topic, first)])
            position = self.positions[topic]
            records.seek(tp, min(max(first, position), end))
            if topic in self.holds or first <= position <= end:
                continue
            if position < first:
                why = f"records {position} to {first - 1} were deleted before they were read"
            elif self.failures < 3:  # a leader that has just changed may not know its end yet
                raise RuntimeError(f"{topic} ends at {end}, before our position {position}; the lane looks again")
            else:
                why = f"the topic ends at {end}, before our position {position}: it was cut or made anew"
            self.holds[topic] = Hold(topic, self.partition, position, "gap", why, self.now())
            fresh.update([changelog.held(self.holds[topic])])
        if fresh:
            await self.commit(fresh)
        for hold in self.holds.values():
            self.stand_still(hold)

    # ── work ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def work(self) -> None:
        """Runs and deadlines, one transaction after the other."""
        try:
            while self.wanted():
                await self.say_deadlines()
                await self.release()
                found = await self.read()
                if not found:
                    await self.idle()
                    continue
                run = Run(self, found, self.writing.states if self.writing else {})
                self.step.runs.hand(run)
                async with asyncio.timeout(self.patience):
                    await run.done
                await self.written()
                self.take(run)
        finally:
            if self.writing:
                self.writing.task.cancel()
                await asyncio.wait([self.writing.task], timeout=3)
                self.writing = None

    async def read(self) -> Mapping[str, list[Any]]:
        """The next records by source; none after a second, or when a deadline is due, or a hold wants a look."""
        active = [tp for tp, topic in self.sources.items() if topic not in self.holds]
        wait = 1.0
        if (due := self.due.earliest()) is not None:
            wait = min(wait, max(0.0, (due - self.now()).total_seconds()))
        if not active:
            await asyncio.sleep(wait)
            return {}
        if self.writing and self.writing.records < self.most // 4:
            # Few came: let what comes while a transaction is under way go into the next one, all of it. Transactions
            # are what a lane costs, and a full run only is worth having at hand early. The pause also lets the broker
            # write its markers: aiokafka waits 20 ms where they are not there yet.
            await self.written()
            await asyncio.sleep(self.linger)
        try:
            found = await self.records.getmany(*active, timeout_ms=int(wait * 1000), max_records=self.most)
        except OffsetOutOfRangeError as exc:
            raise RuntimeError("records were deleted before they were read; the lane looks again") from exc
        for tp, records in found.items():
            if records and records[0].offset < self.positions[self.sources[tp]]:
                raise RuntimeError(f"offset {records[0].offset} came after {self.positions[self.sources[tp]]}")
        return {self.sources[tp]: records for tp, records in found.items() if records}

    def take(self, run: Run) -> None:
        """Begin the transaction of a run that is done. States are ahead of the log by one; if it fails, all goes."""
        states: dict[bytes, bytes | None] = dict(run.states)
        for key, due in run.dues.items():
            self.due.set(key, due)
        for key, due in run.heard:
            if self.due.said.get(key) == due:
                del self.due.said[key]
                states.update([changelog.heard(key)])
        for topic, position in run.positions().items():
            self.positions[topic] = position
            states.update([changelog.position(topic, position)])
        for topic, hold in run.holds.items():
            self.holds[topic] = hold
            states.update([changelog.held(hold)])
            self.stand_still(hold)
        self.write(states, run.outputs, sum(map(len, run.records.values())))

    async def written(self) -> None:
        """Wait for the transaction under way; then it is true, and the store follows."""
        if write := self.writing:
            offset = await write.task
            self.store.apply(write.states, offset, self.now())
            self.writing, self.alive, self.failures = None, time.monotonic(), 0
            metrics.transaction(self.step.name, time.monotonic() - write.began, write.records)
            self.tell_lag({tp: self.records.highwater(tp) or 0 for tp in self.sources})

    async def commit(self, states: dict[bytes, bytes | None], outputs: list[Output] | None = None) -> None:
        """One transaction on its own, awaited."""
        await self.written()
        self.write(states, outputs or [], 0)
        await self.written()

    def write(self, states: Mapping[bytes, bytes | None], outputs: list[Output], records: int) -> None:
        """Begin a transaction, with the producer of this claim: should it outlive it, the next one is not its own."""
        doing = write(self.producer, self.lanes.named, outputs, self.log, states, self.patience)
        self.writing = Write(states, asyncio.create_task(doing), records)

    async def idle(self) -> None:
        """Nothing came: settle what is under way, and see that the broker answers and we stand at its end."""
        await self.written()
        ends = await self.records.end_offsets(list(self.sources))
        passed: dict[bytes, bytes | None] = {}
        for tp, topic in self.sources.items():
            if topic not in self.holds and (at := await self.records.position(tp)) > self.positions[topic]:
                # Beyond the last record lay markers. Were the position left before them, it would look like a gap
                # once retention has deleted them.
                self.positions[topic] = at
                passed.update([changelog.position(topic, at)])
        if passed:
            await self.commit(passed)
        lag = self.tell_lag(ends)
        if lag == 0 or self.holds:
            self.alive, self.failures = time.monotonic(), 0

    def tell_lag(self, ends: Mapping[TopicPartition, int]) -> int:
        """How many offsets lie between the sources' ends and our positions."""
        lag = sum(max(0, end - self.positions[self.sources[tp]]) for tp, end in ends.items())
        metrics.lag(self.step.name, self.partition, lag)
        return lag

    # ── deadlines and holds ──────────────────────────────────────────────────────────────────────────────────

    async def say_deadlines(self) -> None:
        """Say, in a transaction of its own, which deadlines have passed: each once, none early."""
        due = self.due.earliest()
        if due is None or self.step.say is None or due > (now := self.now()):
            return
        passed = self.due.passed(now, self.most)
        states: dict[bytes, bytes | None] = dict(changelog.said(key, when) for key, when in passed)
        await self.commit(states, [self.step.say(key, when, now, self.partition) for key, when in passed])
        self.due.said.update(passed)
        metrics.deadlines(len(passed))

    def stand_still(self, hold: Hold) -> None:
        """Pause one source. What was fetched ahead of it is dropped by the seek that goes on."""
        self.records.pause(TopicPartition(self.lanes.named(hold.topic), self.partition))
        metrics.held(hold.topic, hold.partition, hold.kind, True)
        _log.critical(
            "source held", lane=str(self), topic=hold.topic, hold=hold.id, reason=hold.reason,
            remedy="find the cause, then: raised-risk quarantine resume",
        )  # fmt: skip

    async def release(self) -> None:
        """Go on with the sources of which a person has said so."""
        for tp, topic in self.sources.items():
            hold = self.holds.get(topic)
            if hold is None or hold.id not in self.lanes.released:
                continue
            states: dict[bytes, bytes | None] = dict([changelog.released(topic)])
            if hold.kind == "gap":
                first = (await self.records.beginning_offsets([tp]))[tp]
                self.positions[topic] = first
                states.update([changelog.position(topic, first)])
            await self.commit(states)
            del self.holds[topic]
            self.breakers[topic].reset()
            self.records.seek(tp, self.positions[topic])
            self.records.resume(tp)
            metrics.held(topic, self.partition, hold.kind, False)
            _log.warning("source goes on", lane=str(self), topic=topic, hold=hold.id, offset=self.positions[topic])

    async def fetch(self, topic: str, partition: int, offset: int) -> bytes | None:
        """The value of one committed record, read anew. None when it is no longer there."""
        tp = TopicPartition(self.lanes.named(topic), partition)
        async with opened(self.reader()) as reader:
            reader.assign([tp])
            reader.seek(tp, offset)
            try:
                for record in (await reader.getmany(tp, timeout_ms=5000, max_records=1)).get(tp, ()):
                    if record.offset == offset:
                        return bytes(record.value) if record.value is not None else None
            except OffsetOutOfRangeError:
                pass
        return None
