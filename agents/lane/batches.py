"""Batches: some records of one step and partition, in order, and what came of them.

A lane hands a batch to its agent over a Faust channel; the agent reads it inside ``with batch:`` and says, record by
record, what is to be sent, which states change, and which source is to be held. Leaving the block hands the batch over
for writing. What one record brought about is all or nothing: see ``Batch.undo``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Any, Self

import faust
from mode.utils.queues import FlowControlEvent, ThrowableQueue

from agents.lane.breaker import Breaker
from agents.lane.changelog import Hold, is_own
from agents.lane.store import Store
from agents.lane.transaction import Output
from agents.records import Record

Fetch = Callable[[str, int, int], Awaitable[bytes | None]]
"""Reads the value of one record anew: topic, partition, offset."""


class KeyRefused(Exception):
    """A key that is empty, or begins with a zero byte as the lane's own entries do, is none of a state."""


class Failed(Exception):
    """The agent could not do its batch."""


class TooLarge(Exception):
    """A record would be larger than the topics take."""

    def __init__(self, topic: str, size: int, limit: int) -> None:
        super().__init__(f"a record of {size} bytes for {topic} is over the limit of {limit}")


@dataclass(eq=False)
class Batch:
    """Records of one step and partition, grouped by source and in order, with what came of them."""

    records: Mapping[str, list[Record]]
    before: Mapping[bytes, bytes | None]  # states of the batch before, not yet committed
    _: KW_ONLY
    partition: int
    store: Store
    breakers: Mapping[str, Breaker]
    largest: int
    now: Callable[[], datetime]
    fetch_anew: Fetch
    states: dict[bytes, bytes | None] = field(default_factory=dict, init=False)
    dues: dict[bytes, datetime | None] = field(default_factory=dict, init=False)
    read_back: list[tuple[bytes, datetime]] = field(default_factory=list, init=False)
    outputs: list[Output] = field(default_factory=list, init=False)
    holds: dict[str, Hold] = field(default_factory=dict, init=False)
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future(), init=False)
    _fetched: dict[tuple[str, int, int], bytes | None] = field(default_factory=dict, init=False)

    def __iter__(self) -> Iterator[tuple[str, Record]]:
        """Source topic (without the namespace) and record; what follows a hold of its source is left for later."""
        for topic, records in self.records.items():
            for record in records:
                if topic in self.holds:
                    break
                yield topic, record

    def positions(self) -> dict[str, int]:
        """Where each source that had records goes on after this batch."""
        ends = {topic: records[-1].offset + 1 for topic, records in self.records.items()}
        return ends | {topic: hold.offset for topic, hold in self.holds.items()}

    def get(self, key: bytes) -> bytes | None:
        """The state of ``key``: of this batch, else of the one before, else of the store."""
        if key in self.states:
            return self.states[key]
        if key in self.before:
            return self.before[key]
        return self.store.get(key)

    def put(self, key: bytes, state: bytes | None, due: datetime | None = None) -> None:
        """Change a state (None: forget it) and say when it wants to be looked at again.

        Raises TooLarge, and KeyRefused where the key cannot be one of a state; then nothing has changed.
        """
        if not key or is_own(key):
            raise KeyRefused
        size = len(key) + len(state or b"")
        if size > self.largest:
            raise TooLarge("the changelog", size, self.largest)
        self.states[key] = state
        self.dues[key] = due

    def deadline_read(self, key: bytes, due: datetime) -> None:
        """A deadline that this lane emitted is folded: it need not be remembered any longer."""
        self.read_back.append((key, due))

    def send(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Write a record with this batch. Raises TooLarge."""
        size = len(value or b"") + len(key or b"")
        if size > self.largest:
            raise TooLarge(topic, size, self.largest)
        self.outputs.append((topic, key, value))

    def mark(self) -> int:
        """Where the outputs stand now, for ``undo``."""
        return len(self.outputs)

    def undo(self, mark: int) -> None:
        """Take back what was sent since ``mark``: a record's outputs are all or nothing."""
        del self.outputs[mark:]

    def tally(self, topic: str, record: Record, bad: bool) -> None:
        """Tell the breaker of this source how the record went; when it trips, the source is held after it."""
        if why := self.breakers[topic].count(bad):
            self.holds[topic] = Hold(topic, record.partition, record.offset + 1, "breaker", why, self.now())

    async def fetch(self, topic: str, partition: int, offset: int) -> bytes | None:
        """The value of one record, read anew where it lies. None when it is no longer there."""
        place = topic, partition, offset
        if place not in self._fetched:  # one is at hand: the parts of one record are replayed one after the other
            self._fetched = {place: await self.fetch_anew(*place)}
        return self._fetched[place]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, exc: BaseException | None, _trace: object) -> bool:
        if not self.done.done():  # else the lane was closed meanwhile, and this is worth nothing
            if exc is None:
                self.done.set_result(None)
            else:
                failed = Failed(repr(exc))
                failed.__cause__ = exc
                self.done.set_exception(failed)
        return isinstance(exc, Exception)  # the lane reports it; CancelledError is Faust's to see


class Batches(faust.Channel[Any]):
    """What an agent reads batches from.

    A channel of our own, because Faust empties the queues of its topics in a rebalance; all who read it share it.
    """

    def __init__(self, app: faust.App) -> None:
        # An unsuspended flow control: Faust suspends its own during a rebalance, and lanes do not stop for that.
        queue = ThrowableQueue(flow_control=FlowControlEvent(initially_suspended=False))
        super().__init__(app, is_iterator=True, queue=queue)

    def clone(self, **_kwargs: Any) -> Batches:
        """Itself: a clone would have a queue of its own, and the agent would wait at the wrong one."""
        return self

    def hand(self, batch: Batch) -> None:
        """Give the agent its next batch. One a processor at a time, so the queue needs no limit."""
        self.queue.put_nowait(batch)
