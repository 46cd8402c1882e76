"""The worker process with something added or taken away, for tests only: ``python variant_process.py slow,unfenced 0``.

slow       every batch takes a little longer: nothing of the program is changed, only its agents wait before each
clumsy     one batch in fifty, once it is done, raises in its agent; nothing of it may count, and it is done again
recovers   says in the log when a lane begins to recover, so that it can be killed there
unfenced   BROKEN: each lane has a transactional id of its own, so the broker refuses no stale writer
unrefusing BROKEN: who wrote to the same partitions under another number of groups is not refused
unplaced   BROKEN: the positions are written in a transaction of their own, after the one with the effects
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from random import Random
from typing import Any

from aiokafka import TopicPartition

from agents import logs, process
from agents.lane.batches import Batch
from agents.lane.changelog import POSITION
from agents.lane.lane import Lane
from agents.lane.lanes import Lanes
from agents.lane.transaction import Output, States, Write, write

SLOWEST = 0.12  # seconds that a slow agent waits before a batch, at most
CLUMSY = 0.02  # share of the batches in which a clumsy agent raises
BETWEEN = 0.15  # seconds between the effects and the positions, where these are apart

_log = logs.get("variant")
_chance = Random(0)


class SlowLanes(Lanes):
    """Slow agents."""

    def step(self, name: str, agent: Callable[[Any], Any], **more: Any) -> None:
        async def dawdling(batches: Any) -> AsyncIterator[Any]:
            async for batch in batches:
                await asyncio.sleep(_chance.random() * SLOWEST)
                yield batch

        async def slow(batches: Any) -> None:
            await agent(dawdling(batches))

        super().step(name, slow, **more)


class ClumsyLanes(Lanes):
    """Agents that fail at the end of a batch, when all that it brought about is said."""

    def step(self, name: str, agent: Callable[[Any], Any], **more: Any) -> None:
        async def stumbling(batches: Any) -> AsyncIterator[Any]:
            async for batch in batches:
                if _chance.random() < CLUMSY:
                    batch.__class__ = Stumbles
                yield batch

        async def clumsy(batches: Any) -> None:
            await agent(stumbling(batches))

        super().step(name, clumsy, **more)


class Stumbles(Batch):
    """A batch that fails when it is left."""

    def __exit__(self, *_: object) -> bool:
        return super().__exit__(RuntimeError, RuntimeError("clumsy"), None)


class Recovers(Lane):
    """Tells when it has claimed and begins to recover."""

    async def recover(self) -> None:
        _log.warning("lane recovers", lane=str(self))
        await super().recover()


class Unrefusing(Lane):
    """Claims its group, and lets everybody be who wrote to its partitions under another id."""

    async def refuse_others(self) -> None:
        """Nobody."""


class Unfenced(Unrefusing):
    """Claims nothing."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        # The only touch: an id that no other lane has.
        self.name += f"-{os.getpid()}-{time.monotonic_ns()}"


class Unplaced(Lane):
    """Writes effects first, and where to go on a little later."""

    def write(self, states: Mapping[TopicPartition, States], outputs: list[Output], records: int) -> None:
        positions = {
            log: {key: state for key, state in entries.items() if key.startswith(POSITION)}
            for log, entries in states.items()
        }
        effects = {
            log: {key: state for key, state in entries.items() if key not in positions[log]}
            for log, entries in states.items()
        }
        producer, named, patience = self.producer, self.context.named, self.patience

        async def apart() -> dict[TopicPartition, int]:
            ends = await write(producer, named, outputs, effects, patience) if any(effects.values()) or outputs else {}
            if any(positions.values()):
                await asyncio.sleep(BETWEEN)
                ends |= await write(producer, named, [], positions, patience)
            return ends

        self.writing = Write(states, asyncio.create_task(apart()), records)


AGENTS = {"slow": SlowLanes, "clumsy": ClumsyLanes}
LANES = {"recovers": Recovers, "unrefusing": Unrefusing, "unfenced": Unfenced, "unplaced": Unplaced}


def lanes(words: str) -> type[Lanes]:
    """The lanes that these words ask for."""
    wanted = words.split(",")
    kinds = tuple(AGENTS[word] for word in wanted if word in AGENTS) or (Lanes,)
    parts = tuple(LANES[word] for word in wanted if word in LANES)
    return type("Variant", kinds, {"lane": type("VariantLane", parts, {}) if parts else Lane})


if __name__ == "__main__":
    process.run(int(sys.argv[2]), lanes=lanes(sys.argv[1]))
