"""How a lane reads: the changelogs of its processors to their ends, then all of their sources, round by round."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition

from agents.lane.context import WorkerContext
from agents.lane.processor import Found, Processor
from agents.lane.transaction import States

Records = dict[TopicPartition, list[Any]]


async def read_logs(
    context: WorkerContext, reader: Any, processors: Sequence[Processor], ends: Mapping[TopicPartition, int]
) -> AsyncIterator[None]:
    """Read each changelog up to ``ends``, from where its store stands; yields when some of it was read.

    The ends are behind what the lane itself has just written. A committed reader that comes so far has seen all that
    was committed before it: whatever was open in between is decided.
    """
    by_log = {processor.log: processor for processor in processors}
    reader.assign(list(by_log))
    firsts = await reader.beginning_offsets(list(by_log))
    for log, processor in by_log.items():
        if not firsts[log] <= processor.store.offset <= ends[log]:
            processor.store.discard()  # the changelog is another than it was written from
        reader.seek(log, max(firsts[log], processor.store.offset))
    while behind := [log for log in by_log if await reader.position(log) < ends[log]]:
        found = await reader.getmany(*behind, timeout_ms=500, max_records=20_000)
        for log in behind:
            read: States = {record.key: record.value for record in found.get(log, ())}
            by_log[log].store.apply(read, await reader.position(log), context.now())
        if found:
            yield


async def place(reader: Any, processors: Sequence[Processor], *, sure: bool) -> dict[TopicPartition, States]:
    """Place the reader at the positions of all sources; what is new about them, for each changelog.

    A leader that has just changed may not know its end yet. So where a source ends before our position, EndInDoubt is
    raised, and the end is believed only by who is ``sure``: it has been asked several times.
    """
    sources = [tp for processor in processors for tp in processor.sources]
    reader.assign(sources)
    firsts = await reader.beginning_offsets(sources)
    ends = await reader.end_offsets(sources)
    fresh: dict[TopicPartition, States] = {}
    for processor in processors:
        places, states = processor.find_place(firsts, ends, sure=sure)
        for tp, offset in places.items():
            reader.seek(tp, offset)
        if states:
            fresh[processor.log] = states
    return fresh


async def over_markers(reader: Any, processors: Sequence[Processor]) -> dict[TopicPartition, States]:
    """The positions that move over markers at the ends of sources, for each changelog."""
    places = {tp: await reader.position(tp) for processor in processors for tp in processor.reading()}
    return {processor.log: states for processor in processors if (states := processor.move_on(places))}


class Round:
    """The records of one round: what came of each processor's sources, up to a limit."""

    def __init__(self, reader: Any, processors: Sequence[Processor], most: int) -> None:
        self.reader, self.processors, self.most = reader, processors, most
        self.found: Records = {}

    async def pull(self, active: Sequence[TopicPartition], wait: float) -> None:
        """Add what the reader has, up to a full round; wait for it (seconds) where there is nothing.

        Raises OffsetOutOfRangeError where records are gone: the lane begins anew, and finds the gap.
        """
        room = self.most - sum(map(len, self.found.values()))
        if room > 0:
            await self._get(active, wait, room)

    async def gather(
        self, active: Sequence[TopicPartition], settle: Callable[[], Awaitable[None]], pause: float
    ) -> None:
        """Let what comes while the last transaction is under way go into the next one, all of it.

        Transactions are what a lane costs, and a full batch only is worth having at hand early. ``settle`` waits for
        the transaction; the ``pause`` after it (seconds) puts the next one off until the broker has written its
        markers, for aiokafka waits 20 ms where they are not there yet. Records are pulled three times, because aiokafka
        fetches on only when what it has fetched was taken: else they would wait for the next round.
        """
        await self.pull(active, 0)
        await settle()
        await self.pull(active, 0)
        await asyncio.sleep(pause)

    async def share(self) -> None:
        """Where the round is full, give those their turn that had none, however much lies in others' sources."""
        if sum(map(len, self.found.values())) < self.most:
            return
        share = max(1, self.most // max(1, len({processor.partition for processor in self.processors})))
        for processor in self.processors:
            reading = processor.reading()
            if reading and not self.found.keys() & reading:
                await self._get(reading, 0.0, share)

    async def _get(self, active: Sequence[TopicPartition], wait: float, most: int) -> None:
        more = await self.reader.getmany(*active, timeout_ms=int(wait * 1000), max_records=most)
        for tp, records in more.items():
            self.found.setdefault(tp, []).extend(records)

    def sorted(self) -> dict[Processor, Found]:
        """By processor and source."""
        return {processor: some for processor in self.processors if (some := processor.sort(self.found))}
