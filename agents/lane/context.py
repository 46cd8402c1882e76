"""What all lanes of a worker share: steps, settings, clock, stores, and how many groups and partitions there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from agents import timer
from agents.lane.batches import Batches
from agents.lane.clients import opened_admin
from agents.lane.gauges import StateGauge
from agents.lane.store import Disk, Memory, Store, boot_id
from agents.lane.transaction import Output
from agents.settings import Settings
from agents.topics import ASSIGNMENTS


@dataclass(frozen=True)
class Step:
    """One step of the way: what it reads, where it keeps its truth, and how its deadlines are found and emitted."""

    name: str
    sources: tuple[str, ...]
    changelog: str
    batches: Batches
    due_of: Callable[[bytes], datetime | None] | None = None
    deadline: Callable[[bytes, datetime, datetime, int], Output] | None = None  # key, due, now, partition
    gauges: StateGauge[Any] | None = None

    def read_at(self, partition: int, counts: Mapping[str, int]) -> list[str]:
        """The sources that have this partition: senders own the feeds, and their counts differ."""
        return [topic for topic in self.sources if partition < counts[topic]]


class WorkerContext:
    """Of one worker process. ``look`` must have been called once before a lane opens."""

    def __init__(self, name: str, settings: Settings, data: Path | None = None) -> None:
        self.name, self.settings, self.data = name, settings, data
        self.connection = settings.clients()
        self.named: Callable[[str], str] = settings.topic
        self.now: Callable[[], datetime] = timer.now
        self.steps: list[Step] = []
        self.counts: dict[str, int] = {}  # partitions of each source
        self.groups = 0
        self.released: set[str] = set()  # ids of holds that may go on
        self._cluster = ""

    async def look(self) -> bool:
        """Learn the number of groups and of partitions; whether one has changed. Senders may add partitions."""
        names = {self.named(topic): topic for step in self.steps for topic in step.sources}
        names[self.named(ASSIGNMENTS)] = ASSIGNMENTS
        async with opened_admin(self.connection) as admin:
            found = await admin.describe_topics(list(names))
            if not self._cluster:
                self._cluster = (await admin.describe_cluster()).get("cluster_id") or "unnamed"
        counts = {names[each["topic"]]: len(each["partitions"]) for each in found if not each["error_code"]}
        if missing := set(names.values()) - set(counts):
            raise RuntimeError(f"topics are missing: {sorted(missing)}; run: raised-risk topics apply")
        groups = counts.pop(ASSIGNMENTS)
        changed = bool(self.counts) and (groups, counts) != (self.groups, self.counts)
        self.groups, self.counts = groups, counts
        return changed

    def partitions_of(self, group: int) -> tuple[int, ...]:
        """The partitions of a group: every so-manieth, so that a partition that is added moves no other. Pure."""
        return tuple(range(group, max(self.counts.values(), default=0), self.groups))

    def store(self, step: Step, partition: int) -> Store:
        """The store of a step's partition."""
        if self.settings.worker.store == "memory" or self.data is None:
            return Memory()
        changelog = f"{self._cluster}/{self.named(step.changelog)}/{partition}"
        return Disk(self.data / f"{step.name}-{partition}", changelog, boot_id(), self.now())
