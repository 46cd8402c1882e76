"""Our worker with a meter: the real program (``agents.process``), told to write down each commit.

``BENCH_STEPS`` names the steps that it takes part in (all, when empty): the cases step alone, beside the other engines.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

from meter import Meter

from agents import process
from agents.lane.lane import Lane
from agents.lane.lanes import Lanes

METER = Meter()
STEPS = os.environ.get("BENCH_STEPS", "").split()


class Metered(Lane):
    """A lane that says when it is open and what it has committed."""

    async def recover(self) -> None:
        await super().recover()
        METER.mark("open")

    def take(self, batches: Any, failed: Any) -> None:
        self.taken = Counter[str]()
        for processor, batch in batches.items():
            self.taken[processor.step.name] += sum(map(len, batch.records.values()))
        super().take(batches, failed)

    async def written(self) -> None:
        write = self.writing
        await super().written()
        if write is not None and write.records:
            METER.mark("transaction")
            for step, records in self.taken.items():
                METER.mark(step, records)


class Chosen(Lanes):
    """The lanes of the steps that were asked for."""

    lane = Metered

    def step(self, name: str, *args: Any, **kwargs: Any) -> None:
        if not STEPS or name in STEPS:
            super().step(name, *args, **kwargs)

    async def assign(self, *args: Any, **kwargs: Any) -> None:
        METER.mark("assigned")
        await super().assign(*args, **kwargs)


if __name__ == "__main__":
    METER.mark("imported")
    process.run(0, lanes=Chosen)
