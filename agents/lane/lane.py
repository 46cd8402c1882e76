"""Exactly once from topic to topic: Faust shares out the work, lanes do the reading and the writing.

The partitions of all topics are dealt out into *groups*: partition p of every source belongs to group p modulo the
number of groups. A lane works on one group, for every step of the way: it reads the group's partitions of all sources,
hands their records to the steps' agents side by side, and writes what came of them in one transaction. So a group
costs one producer and one transaction a round, however many partitions, feeds and steps there are. What a step knows
of one partition is its *processor* (states, positions, held sources); the step's changelog partition (compacted) is
the single truth of it, and is the same whatever the number of groups.

1. Assign.   Faust's consumer group shares out the partitions of an empty topic; partition g of it is leave to work on
             group g. How many it has is how many groups there are.
2. Claim.    The lane opens a producer with the transactional id of its group. The broker settles what a former owner
             left open, and refuses every later write of it, however late it wakes. Then the lane writes its id into
             each of its changelog partitions.
3. Recover.  It reads those partitions until it sees that id: states, positions, and the ids of others who claimed
             them under another number of groups, or in revision d77cc08. It opens each of these once, so that the
             broker refuses them as well; writes that this is done; and reads on up to there. When nobody is left to
             refuse, it places its reader at the positions.
4. Work.     It reads its sources itself, committed records only, and gives them in batches to Faust agents, which say
             what becomes of them.
5. Write.    One transaction: outputs, changed states, new positions of all processors; all or nothing. Meanwhile the
             agents have the next batches. The stores follow after the commit, never before it.
6. Deadline. When deadlines of cases have passed, the lane emits an event for each in a transaction of its own, and
             notes in the changelog that this one is emitted, until the event is read back.
7. Trouble.  An agent that raised leaves nothing behind: its processor rests, and hands it the same records again,
             while the others go on (a round waits for its slowest agent, though). Whatever else goes wrong (refused,
             broker gone): memory is worth nothing; close, wait, look how many groups there are, go to 2.

Nothing is lost: a position moves only in the transaction that holds all effects of the records before it. Nothing is
doubled: a transaction that did not commit is seen by no committed reader, and one that did has moved the position.
Two owners under one id: the claim of the second ends the first. Two owners under different ids, A and B: each has
written its id before it read. If A's came first, B read it and had A refused before its last read; A can write again
only after it has claimed again, and then reads B's id. So of two, one at most can write, and it has read all that the
other wrote. No step depends on what Faust commits, drops or replays, nor on its being right about who owns what, nor
on all workers knowing the same number of groups: that decides only who tries.

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
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import ExitStack, asynccontextmanager, closing
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import ProducerFenced

from agents import logs, metrics
from agents.lane import claim
from agents.lane.batches import Batch
from agents.lane.changelog import Hold
from agents.lane.clients import opened, producer, reader
from agents.lane.context import WorkerContext
from agents.lane.processor import EndInDoubt, Found, Processor
from agents.lane.reading import Round, over_markers, place, read_logs
from agents.lane.transaction import Output, States, Write, write

DOUBTS = 3  # times that a source is asked again for its end before an end behind our position is believed
LOOK = 60.0  # seconds after which a lane that is never idle looks where its sources end

_log = logs.get("lane")


class Lane:
    """One group of partitions, all steps. Its task alone touches its states, so there is nothing to lock."""

    def __init__(
        self,
        context: WorkerContext,
        group: int,
        look: Callable[[], Awaitable[None]],
        after: Collection[asyncio.Task[None]] = (),
    ) -> None:
        self.context, self.group, self.look, self.after = context, group, look, after
        self.partitions = frozenset(context.partitions_of(group))
        self.name = claim.name_of(context, group)
        worker = context.settings.worker
        self.most, self.patience, self.linger = worker.run, worker.patience_s, worker.linger_ms / 1000
        self.processors: list[Processor] = []
        self.producer: Any = None
        self.reader: Any = None
        self.writing: Write | None = None
        self.wanted = True  # until the worker closes it
        self.open = False
        self.alive, self.looked = time.monotonic(), 0.0
        self.worked = 0.0  # seconds that the last round was worked on, from its records at hand to its transaction
        self.failures = self.doubts = 0
        self.task = asyncio.create_task(self.run(), name=f"lane-{group}-of-{context.groups}")

    def __str__(self) -> str:
        return self.task.get_name()

    def ready(self) -> bool:
        """Whether it is open, and works on all of its sources."""
        return self.open and not any(processor.holds or processor.left for processor in self.processors)

    async def run(self) -> None:
        """Claim, recover, work; and after any trouble all of it anew, as long as the lane is wanted."""
        if self.after:
            await asyncio.wait(self.after)  # they may have the stores open; whoever comes after us waits for them, too
            self.after = ()
        while self.wanted:
            pause: float = 2
            began = time.monotonic()
            try:
                if self.failures:
                    await self.look()
                async with (
                    opened(producer(self.context.connection, self.name)) as self.producer,
                    opened(reader(self.context.connection)) as self.reader,
                    self.staffed(),
                ):
                    await self.recover()
                    self.open = True
                    metrics.RECOVERY.observe(time.monotonic() - began)
                    for processor in self.processors:
                        processor.opened()
                    await self.work()
            except (Exception, asyncio.CancelledError) as exc:
                if not self.wanted:
                    raise
                pause = self.begin_anew(exc)
            await asyncio.sleep(pause)

    def begin_anew(self, exc: BaseException) -> float:
        """How long to wait before the next claim, in seconds."""
        self.failures += 1
        refused = isinstance(exc, ProducerFenced)
        # Another was given the group: the consumer group will tell us, if it works.
        pause: float = self.context.settings.worker.session_s if refused else 2
        metrics.LANES_BEGUN_ANEW.inc()
        metrics.LANES_REFUSED.inc(refused)
        _log.error("lane begins anew", lane=str(self), seconds=pause, exc_info=exc)
        return pause

    @asynccontextmanager
    async def staffed(self) -> AsyncIterator[None]:
        """The processors, with their stores open."""
        with ExitStack() as stack:
            self.processors = [
                stack.enter_context(closing(Processor(self.context, step, partition)))
                for step in self.context.steps
                for partition in sorted(self.partitions)
                if step.read_at(partition, self.context.counts)
            ]
            try:
                yield
            finally:
                self.open = False

    # ── recover ──────────────────────────────────────────────────────────────────────────────────────────────

    async def recover(self) -> None:
        """Bring the stores up to their changelogs' ends, with nobody left who could write there; place the reader."""
        await self.read_logs(await self.enter())
        await self.refuse_others()
        for processor in self.processors:
            await processor.remember()
        await self.place()
        _log.info("lane opened", lane=str(self))

    async def enter(self, refused: Iterable[str] = ()) -> Mapping[TopicPartition, int]:
        """Write into the changelogs that we have claimed them, and whom we have ``refused``; where they end then.

        Past the stores, which have not come so far.
        """
        entries = claim.entries(self.processors, self.name, refused)
        return await write(self.producer, self.context.named, [], entries, self.patience)

    async def refuse_others(self) -> None:
        """Have everybody refused who wrote here under another id than ours, and read what they had written."""
        while others := claim.others(self.context, self.processors, self.name):
            for other in sorted(others):
                async with opened(producer(self.context.connection, other)):
                    pass  # the broker settles what is open under that id, and refuses every later write of who had it
                _log.info("whoever wrote under another id is refused", lane=str(self), transaction=other)
            await self.read_logs(await self.enter(others))

    async def read_logs(self, ends: Mapping[TopicPartition, int]) -> None:
        """Bring the stores up to ``ends``."""
        async for _ in read_logs(self.context, self.reader, self.processors, ends):
            if not self.failures:  # a long recovery is progress; one that begins over and over is none
                self.alive = time.monotonic()

    async def place(self) -> None:
        """Place the reader at the positions; hold a source whose records are gone; remember where a new one begins."""
        try:
            fresh = await place(self.reader, self.processors, sure=self.doubts >= DOUBTS)
        except EndInDoubt:
            self.doubts += 1
            raise
        await self.commit(fresh)
        self.doubts = 0
        for processor in self.processors:
            for hold in processor.holds.values():
                self.stand_still(hold)

    # ── work ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def work(self) -> None:
        """Batches and deadlines, one transaction after the other."""
        try:
            while self.wanted:
                await self.emit_deadlines()
                await self.release()
                if time.monotonic() - self.looked > LOOK:
                    await self.idle()
                found = await self.read()
                if not found:
                    await self.idle()
                    continue
                began, before = time.monotonic(), self.writing.states if self.writing else {}
                batches = {each: each.hand(some, before.get(each.log, {})) for each, some in found.items()}
                async with asyncio.timeout(self.patience):
                    failed = await asyncio.gather(*(batch.done for batch in batches.values()), return_exceptions=True)
                await self.written()
                self.take(batches, failed)
                self.worked = time.monotonic() - began
        finally:
            if self.writing:
                self.writing.task.cancel()
                await asyncio.wait([self.writing.task], timeout=3)
                self.writing = None

    async def read(self) -> dict[Processor, Found]:
        """The next records; none after a second, or when a deadline is due, or a hold wants a look."""
        again = {each: each.left for each in self.processors if each.left and each.rested()}
        active = [tp for processor in self.processors for tp in processor.reading()]
        wait = 0.0 if again else min([1.0, *(processor.wait() for processor in self.processors)])
        if not active:
            await asyncio.sleep(wait)
            return again
        this = Round(self.reader, self.processors, self.most)
        if self.writing and self.writing.records < self.most // 4:  # few came last time
            await this.gather(active, self.written, max(0.0, self.linger - self.worked))
        await this.pull(active, 0.0 if this.found else wait)
        await this.share()
        return again | this.sorted()

    def take(self, batches: Mapping[Processor, Batch], failed: list[BaseException | None]) -> None:
        """Begin the transaction of the batches that are done. States are ahead of the log by one: if it fails, all go.

        What failed is left out of it, and tried again by its processor.
        """
        states: dict[TopicPartition, States] = {}
        outputs: list[Output] = []
        records = 0
        for (processor, batch), exc in zip(batches.items(), failed, strict=True):
            if exc is not None:
                processor.rest(batch, exc)
                continue
            states[processor.log] = processor.take(batch)
            outputs += batch.outputs
            records += sum(map(len, batch.records.values()))
            for hold in batch.holds.values():
                self.stand_still(hold)
        if states:
            self.write(states, outputs, records)

    async def written(self) -> None:
        """Wait for the transaction under way; then it is true, and the stores follow."""
        if write := self.writing:
            ends = await write.task
            for processor in self.processors:
                if processor.log in ends:
                    processor.store.apply(write.states[processor.log], ends[processor.log], self.context.now())
                    processor.report_lag(self.reader.highwater)
            self.writing, self.alive, self.failures = None, time.monotonic(), 0
            metrics.TRANSACTION.observe(time.monotonic() - write.began)
            metrics.TRANSACTION_RECORDS.inc(write.records)

    async def commit(self, states: Mapping[TopicPartition, States], outputs: Iterable[Output] = ()) -> None:
        """One transaction on its own, awaited. None where there is nothing to write."""
        if states:
            await self.written()
            self.write(states, [*outputs], 0)
            await self.written()

    def write(self, states: Mapping[TopicPartition, States], outputs: list[Output], records: int) -> None:
        """Begin a transaction, with the producer of this claim: should it outlive it, the next one is not its own."""
        doing = write(self.producer, self.context.named, outputs, states, self.patience)
        self.writing = Write(states, asyncio.create_task(doing), records)

    async def idle(self) -> None:
        """Settle what is under way, and see that the broker answers and we stand at its end.

        When nothing came, and now and then when something always does: a quiet source beside a busy one has markers,
        too. All that was read has been taken by now, or is of a processor that rests and is left out.
        """
        await self.written()
        self.looked = time.monotonic()
        ends = await self.reader.end_offsets([tp for processor in self.processors for tp in processor.sources])
        await self.commit(await over_markers(self.reader, self.processors))
        lag = sum(processor.report_lag(ends.get) for processor in self.processors)
        if lag == 0:
            self.alive, self.failures = time.monotonic(), 0

    # ── deadlines and holds ──────────────────────────────────────────────────────────────────────────────────

    async def emit_deadlines(self) -> None:
        """Emit, in a transaction of its own, the deadlines that have passed: each once, none early."""
        passed = {processor.log: processor.emit_deadlines(self.most) for processor in self.processors}
        states = {log: emitted for log, (emitted, _) in passed.items() if emitted}
        outputs = [event for _, events in passed.values() for event in events]
        await self.commit(states, outputs)
        metrics.DEADLINES.inc(len(outputs))

    def stand_still(self, hold: Hold) -> None:
        """Pause one source. What was fetched ahead of it is dropped by the seek that goes on."""
        self.reader.pause(self.place_of(hold))
        metrics.HELD.labels(hold.topic, hold.partition, hold.kind).set(1)
        _log.critical(
            "source held", lane=str(self), topic=hold.topic, hold=hold.id, reason=hold.reason,
            remedy="find the cause, then: raised-risk quarantine resume",
        )  # fmt: skip

    async def release(self) -> None:
        """Go on with the sources of which a person has said so."""
        for processor in self.processors:
            for hold in [hold for hold in processor.holds.values() if hold.id in self.context.released]:
                tp = self.place_of(hold)
                first = (await self.reader.beginning_offsets([tp]))[tp]
                await self.commit({processor.log: processor.release(hold, first)})
                offset = processor.positions[hold.topic]
                self.reader.seek(tp, offset)
                self.reader.resume(tp)
                metrics.HELD.labels(hold.topic, hold.partition, hold.kind).set(0)
                _log.warning("source goes on", lane=str(self), topic=hold.topic, hold=hold.id, offset=offset)

    def place_of(self, hold: Hold) -> TopicPartition:
        """Where the source of a hold lies."""
        return TopicPartition(self.context.named(hold.topic), hold.partition)
