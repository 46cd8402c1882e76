"""Exactly once from topic to topic: Faust shares out the work, lanes do the reading and the writing.

One lane a partition, for every step of the way: it reads partition p of all sources that have one, hands their records
to the steps' agents side by side, and writes what became of them in one transaction, so that a partition costs one
producer, however many feeds and steps there are. What a step knows of a partition is its *station* (states, positions,
what is held); the step's changelog partition (compacted) is the single truth of it.

1. Ticket.   Faust's group shares out the partitions of an empty topic; ticket p is leave to work on partition p.
2. Claim.    The lane opens a producer with the transactional id of its partition. The broker settles what a former
             owner left open, and refuses every later write of it, however late it wakes.
3. Recover.  Only then it reads the changelog partitions to their ends, from where its stores stand: states and
             positions. It places its reader there.
4. Work.     It reads its sources itself, committed records only, and gives them in runs to Faust agents, which say
             what becomes of them.
5. Write.    One transaction: outputs, changed states, new positions; all or nothing. Meanwhile the agents have the
             next runs. The stores follow after the commit, never before it.
6. Deadline. When a case's deadline has passed, the lane says so in a transaction of its own: an event to the case, and
             beside it in the changelog that this one is said, until the event is read back.
7. Trouble.  An agent that raised leaves nothing behind: its station rests, and hands it the same records again, while
             the others go on (a round waits for its slowest agent, though). Whatever else goes wrong (fenced, broker
             gone): memory is worth nothing; close, wait, go to 2.

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
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError, ProducerFenced

from agents import logs, metrics
from agents.lane.changelog import Hold
from agents.lane.runs import Run
from agents.lane.station import EndInDoubt, Found, House, Station
from agents.lane.transaction import TRANSACTION, Output, States, Write, write

DOUBTS = 3  # times that a source is asked again for its end before an end behind our position is believed
LOOK = 60.0  # seconds after which a lane that is never idle looks where its sources end

_log = logs.get("lane")


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
    """One partition of all steps. Its task alone touches its states, so there is nothing to lock."""

    def __init__(self, house: House, partition: int, after: asyncio.Task[None] | None = None) -> None:
        self.house, self.partition, self.after = house, partition, after
        worker = house.settings.worker
        self.most, self.patience, self.linger = worker.run, worker.patience_s, worker.linger_ms / 1000
        self.stations: list[Station] = []
        self.producer: Any = None
        self.records: Any = None
        self.writing: Write | None = None
        self.open = False
        self.alive, self.looked = time.monotonic(), 0.0
        self.failures = self.doubts = 0
        self.task = asyncio.create_task(self.run(), name=str(self))

    def __str__(self) -> str:
        return f"lane-{self.partition}"

    def wanted(self) -> bool:
        """Whether this worker still has the ticket, and this is the lane that works on it."""
        return self.house.held.get(self.partition) is self

    def ready(self) -> bool:
        """Whether it is open, and works on all of its sources."""
        return self.open and not any(station.holds or station.left for station in self.stations)

    async def run(self) -> None:
        """Claim, recover, work; and after any trouble all of it anew, as long as the lane is wanted."""
        if self.after:  # it may have the stores open
            try:
                await asyncio.wait([self.after])
            except asyncio.CancelledError:
                await asyncio.wait([self.after])  # whoever comes after us waits for it as well
                raise
            self.after = None
        while self.wanted():
            pause: float = 2
            began = time.monotonic()
            try:
                async with opened(self.claim()) as self.producer, opened(self.reader()) as self.records:
                    with self.staffed():
                        await self.recover()
                        self.open = True
                        metrics.lane_opened(time.monotonic() - began)
                        for station in self.stations:
                            station.opened()
                        await self.work()
            except (Exception, asyncio.CancelledError) as exc:
                if not self.wanted():
                    raise
                pause = self.begin_anew(exc)
            await asyncio.sleep(pause)

    def begin_anew(self, exc: BaseException) -> float:
        """How long to wait before the next claim, in seconds."""
        self.failures += 1
        refused = isinstance(exc, ProducerFenced)
        # Another was given the ticket: the group will tell us, if it works.
        pause: float = self.house.settings.worker.session_s if refused else 2
        metrics.lane_begun_anew(refused=refused)
        _log.error("lane begins anew", lane=str(self), seconds=pause, exc_info=exc)
        return pause

    def claim(self) -> AIOKafkaProducer:
        """The producer of this lane: what opening it does on the broker is step 2."""
        return AIOKafkaProducer(
            transactional_id=f"{self.house.group}-{self}",
            acks="all",
            max_batch_size=self.house.batch,
            max_request_size=self.house.batch + 1024,
            request_timeout_ms=15_000,
            transaction_timeout_ms=int(TRANSACTION.total_seconds() * 1000),
            # A long back-off on broker errors turns into needless waits between transactions.
            retry_backoff_ms=20,
            **self.house.connection,
        )

    def reader(self) -> AIOKafkaConsumer:
        """The lane's own reader: no group, committed records only, never resets itself."""
        return AIOKafkaConsumer(
            isolation_level="read_committed",
            auto_offset_reset="none",
            fetch_max_wait_ms=200,
            max_partition_fetch_bytes=4 << 20,
            **self.house.connection,
        )

    @contextmanager
    def staffed(self) -> Iterator[None]:
        """The stations, with their stores open."""
        with ExitStack() as stack:
            self.stations = []
            for step in self.house.steps:
                if step.read_at(self.partition, self.house.partitions):
                    station = Station(self.house, step, self.partition, self.fetch)
                    stack.callback(station.close)
                    self.stations.append(station)
            try:
                yield
            finally:
                self.open = False

    # ── recover ──────────────────────────────────────────────────────────────────────────────────────────────

    async def recover(self) -> None:
        """Bring the stores up to their changelogs' ends; find what they know of positions; place the reader."""
        await self.read_logs()
        for station in self.stations:
            await station.remember()
        await self.place()
        _log.info("lane opened", lane=str(self))

    async def read_logs(self) -> None:
        """Read each changelog to its end, from where its store stands."""
        records, by_log = self.records, {station.log: station for station in self.stations}
        records.assign(list(by_log))
        firsts = await records.beginning_offsets(list(by_log))
        ends = await records.end_offsets(list(by_log))
        for log, station in by_log.items():
            if not firsts[log] <= station.store.offset <= ends[log]:
                station.start_anew()
            records.seek(log, max(firsts[log], station.store.offset))
        # By position, for a log may end with a marker.
        while behind := [log for log in by_log if await records.position(log) < ends[log]]:
            found = await records.getmany(*behind, timeout_ms=500, max_records=20_000)
            for log in behind:
                read: States = {record.key: record.value for record in found.get(log, ())}
                by_log[log].store.apply(read, await records.position(log), self.house.now())
            if found and not self.failures:  # a long recovery is progress; one that begins over and over is none
                self.alive = time.monotonic()

    async def place(self) -> None:
        """Place the reader at the positions; hold a source whose records are gone; remember where a new one begins."""
        records = self.records
        sources = [tp for station in self.stations for tp in station.sources]
        records.assign(sources)
        firsts = await records.beginning_offsets(sources)
        ends = await records.end_offsets(sources)
        fresh: dict[TopicPartition, States] = {}
        for station in self.stations:
            # A leader that has just changed may not know its end yet: it is asked several times before it is believed.
            try:
                places, states = station.find_place(firsts, ends, sure=self.doubts >= DOUBTS)
            except EndInDoubt:
                self.doubts += 1
                raise
            for tp, offset in places.items():
                records.seek(tp, offset)
            if states:
                fresh[station.log] = states
        if fresh:
            await self.commit(fresh)
        self.doubts = 0
        for station in self.stations:
            for hold in station.holds.values():
                self.stand_still(hold)

    # ── work ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def work(self) -> None:
        """Runs and deadlines, one transaction after the other."""
        try:
            while self.wanted():
                await self.say_deadlines()
                await self.release()
                if time.monotonic() - self.looked > LOOK:
                    await self.idle()
                found = await self.read()
                if not found:
                    await self.idle()
                    continue
                before = self.writing.states if self.writing else {}
                runs = {station: station.hand(some, before.get(station.log, {})) for station, some in found.items()}
                async with asyncio.timeout(self.patience):
                    failed = await asyncio.gather(*(run.done for run in runs.values()), return_exceptions=True)
                await self.written()
                self.take(runs, failed)
        finally:
            if self.writing:
                self.writing.task.cancel()
                await asyncio.wait([self.writing.task], timeout=3)
                self.writing = None

    async def read(self) -> dict[Station, Found]:
        """The next records; none after a second, or when a deadline is due, or a hold wants a look."""
        again = {station: station.left for station in self.stations if station.left and station.rested()}
        active = [tp for station in self.stations for tp in station.reading()]
        wait = 0.0 if again else min([1.0, *(station.wait() for station in self.stations)])
        if not active:
            await asyncio.sleep(wait)
            return again
        found: dict[TopicPartition, list[Any]] = {}
        try:
            if self.writing and self.writing.records < self.most // 4:
                await self.gather(found, active)
            await self.pull(found, active, 0.0 if found else wait)
            for station in self.stations:  # each gets its turn, however much lies in the sources of another
                reading = station.reading()
                if reading and found and not found.keys() & reading:
                    found |= await self.records.getmany(*reading, timeout_ms=0, max_records=self.most)
        except OffsetOutOfRangeError as exc:
            raise RuntimeError("records were deleted before they were read; the lane looks again") from exc
        return again | {station: some for station in self.stations if (some := station.sort(found))}

    async def gather(self, found: dict[TopicPartition, list[Any]], active: list[TopicPartition]) -> None:
        """Few came last time: let what comes while their transaction is under way go into the next one, all of it.

        Transactions are what a lane costs, and a full run only is worth having at hand early. The pause lets the broker
        write its markers: aiokafka waits 20 ms where they are not there yet. Records are pulled three times, because
        aiokafka fetches on only when what it has fetched was taken: else they would wait for the next round.
        """
        await self.pull(found, active, 0)
        await self.written()
        await self.pull(found, active, 0)
        await asyncio.sleep(self.linger)

    async def pull(self, found: dict[TopicPartition, list[Any]], active: list[TopicPartition], wait: float) -> None:
        """Add to ``found`` what the reader has, up to a full run; wait for it where there is nothing."""
        room = self.most - sum(map(len, found.values()))
        if room <= 0:
            return
        more = await self.records.getmany(*active, timeout_ms=int(wait * 1000), max_records=room)
        for tp, records in more.items():
            found.setdefault(tp, []).extend(records)

    def take(self, runs: Mapping[Station, Run], failed: list[BaseException | None]) -> None:
        """Begin the transaction of the runs that are done. States are ahead of the log by one: if it fails, all go."""
        states: dict[TopicPartition, States] = {}
        outputs: list[Output] = []
        records = 0
        for (station, run), exc in zip(runs.items(), failed, strict=True):
            if exc is not None:
                station.rest(run, exc)
                continue
            states[station.log] = station.take(run)
            outputs += run.outputs
            records += sum(map(len, run.records.values()))
            for hold in run.holds.values():
                self.stand_still(hold)
        if states:
            self.write(states, outputs, records)

    async def written(self) -> None:
        """Wait for the transaction under way; then it is true, and the stores follow."""
        if write := self.writing:
            ends = await write.task
            for station in self.stations:
                if station.log in ends:
                    station.store.apply(write.states[station.log], ends[station.log], self.house.now())
            self.writing, self.alive, self.failures = None, time.monotonic(), 0
            metrics.transaction(time.monotonic() - write.began, write.records)
            self.tell_lag(self.records.highwater)

    async def commit(self, states: dict[TopicPartition, States], outputs: list[Output] | None = None) -> None:
        """One transaction on its own, awaited."""
        await self.written()
        self.write(states, outputs or [], 0)
        await self.written()

    def write(self, states: Mapping[TopicPartition, States], outputs: list[Output], records: int) -> None:
        """Begin a transaction, with the producer of this claim: should it outlive it, the next one is not its own."""
        doing = write(self.producer, self.house.named, outputs, states, self.patience)
        self.writing = Write(states, asyncio.create_task(doing), records)

    async def idle(self) -> None:
        """Settle what is under way, and see that the broker answers and we stand at its end.

        When nothing came, and now and then when something always does: a quiet source beside a busy one has markers,
        too. All that was read has been taken by now, or is of a station that rests and is left out.
        """
        await self.written()
        self.looked = time.monotonic()
        ends = await self.records.end_offsets([tp for station in self.stations for tp in station.sources])
        passed: dict[TopicPartition, States] = {}
        for station in self.stations:
            places = {tp: await self.records.position(tp) for tp in station.reading()}
            if states := station.move_on(places):
                passed[station.log] = states
        if passed:
            await self.commit(passed)
        lag = self.tell_lag(ends.get)
        if lag == 0:
            self.alive, self.failures = time.monotonic(), 0

    def tell_lag(self, end: Any) -> int:
        """How many offsets lie between the sources' ends, as ``end`` tells them, and our positions."""
        return sum(station.tell_lag({tp: end(tp) or 0 for tp in station.sources}) for station in self.stations)

    # ── deadlines and holds ──────────────────────────────────────────────────────────────────────────────────

    async def say_deadlines(self) -> None:
        """Say, in a transaction of its own, which deadlines have passed: each once, none early."""
        for station in self.stations:
            states, outputs = station.say_deadlines(self.most)
            if states:
                await self.commit({station.log: states}, outputs)
                metrics.deadlines(len(outputs))

    def stand_still(self, hold: Hold) -> None:
        """Pause one source. What was fetched ahead of it is dropped by the seek that goes on."""
        self.records.pause(self.place_of(hold))
        metrics.held(hold.topic, hold.partition, hold.kind, True)
        _log.critical(
            "source held", lane=str(self), topic=hold.topic, hold=hold.id, reason=hold.reason,
            remedy="find the cause, then: raised-risk quarantine resume",
        )  # fmt: skip

    async def release(self) -> None:
        """Go on with the sources of which a person has said so."""
        for station in self.stations:
            for hold in [hold for hold in station.holds.values() if hold.id in self.house.released]:
                tp = self.place_of(hold)
                first = (await self.records.beginning_offsets([tp]))[tp]
                await self.commit({station.log: station.release(hold, first)})
                self.records.seek(tp, station.positions[hold.topic])
                self.records.resume(tp)
                metrics.held(hold.topic, self.partition, hold.kind, False)
                offset = station.positions[hold.topic]
                _log.warning("source goes on", lane=str(self), topic=hold.topic, hold=hold.id, offset=offset)

    def place_of(self, hold: Hold) -> TopicPartition:
        """Where the source of a hold lies."""
        return TopicPartition(self.house.named(hold.topic), hold.partition)

    async def fetch(self, topic: str, partition: int, offset: int) -> bytes | None:
        """The value of one committed record, read anew. None when it is no longer there. Raises TimeoutError."""
        tp = TopicPartition(self.house.named(topic), partition)
        async with opened(self.reader()) as reader:
            reader.assign([tp])
            reader.seek(tp, offset)
            try:
                found = (await reader.getmany(tp, timeout_ms=5000, max_records=1)).get(tp)
                if not found and await reader.position(tp) <= offset < (await reader.end_offsets([tp]))[tp]:
                    raise TimeoutError(f"record {offset} of {topic}/{partition} could not be read anew in time")
            except OffsetOutOfRangeError:
                return None
            return found[0].value if found and found[0].offset == offset else None
