"""The worker process with something added or taken away, for tests only: ``python variant_process.py slow,unfenced 0``.

slow       every run takes a little longer: nothing of the program is changed, only its agents wait before each run
recovers   says in the log when a lane begins to recover, so that it can be killed there
unfenced   BROKEN: each claim has a transactional id of its own, so the broker refuses no stale writer
unplaced   BROKEN: the positions are written in a transaction of their own, after the one with the effects
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from random import Random
from typing import Any

from agents import logs, process
from agents.lane.changelog import POSITION
from agents.lane.lane import Lane
from agents.lane.lanes import Lanes
from agents.lane.transaction import Output, Write, write

SLOWEST = 0.12  # seconds that a slow agent waits before a run, at most
BETWEEN = 0.15  # seconds between the effects and the positions, where these are apart

_log = logs.get("variant")
_chance = Random(0)


class SlowLanes(Lanes):
    """Slow agents."""

    def step(self, name: str, sources: Any, changelog: str, agent: Callable[[Any], Any], **deadlines: Any) -> None:
        async def dawdling(runs: Any) -> AsyncIterator[Any]:
            async for run in runs:
                await asyncio.sleep(_chance.random() * SLOWEST)
                yield run

        async def slow(runs: Any) -> None:
            await agent(dawdling(runs))

        super().step(name, sources, changelog, slow, **deadlines)


class Recovers(Lane):
    """Tells when it has claimed and begins to recover."""

    async def recover(self) -> None:
        _log.warning("lane recovers", lane=str(self))
        await super().recover()


class Unfenced(Lane):
    """Claims nothing."""

    def claim(self) -> Any:
        producer = super().claim()
        # The only touch: an id that no other claim has.
        producer._txn_manager.transactional_id += f"-{id(producer)}-{time.monotonic_ns()}"
        return producer


class Unplaced(Lane):
    """Writes effects first, and where to go on a little later."""

    def write(self, states: Mapping[bytes, bytes | None], outputs: list[Output], records: int) -> None:
        positions = {key: state for key, state in states.items() if key.startswith(POSITION)}
        effects = {key: state for key, state in states.items() if key not in positions}
        producer, named, log, patience = self.producer, self.lanes.named, self.log, self.patience

        async def apart() -> int:
            last = await write(producer, named, outputs, log, effects, patience) if effects or outputs else 0
            if positions:
                await asyncio.sleep(BETWEEN)
                last = await write(producer, named, [], log, positions, patience)
            return last

        self.writing = Write(states, asyncio.create_task(apart()), records)


LANES = {"recovers": Recovers, "unfenced": Unfenced, "unplaced": Unplaced}


def lanes(words: str) -> type[Lanes]:
    """The lanes that these words ask for."""
    wanted = words.split(",")
    kind: type[Lanes] = SlowLanes if "slow" in wanted else Lanes
    parts = tuple(LANES[word] for word in wanted if word in LANES)
    return type("Variant", (kind,), {"lane": type("VariantLane", parts, {}) if parts else Lane})


if __name__ == "__main__":
    process.run(int(sys.argv[2]), lanes=lanes(sys.argv[1]))
