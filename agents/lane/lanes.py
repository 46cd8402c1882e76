"""The lanes of this worker, as Faust's group shares them out, and the watch that ends a worker that stands still."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import faust
import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from mode import Service

from agents import logs, metrics, timer
from agents.lane.breaker import Limits
from agents.lane.lane import Lane, opened
from agents.lane.runs import Runs
from agents.lane.station import Step
from agents.lane.store import Disk, Memory, Store, boot_id
from agents.settings import Settings
from agents.topics import OPERATOR_COMMANDS, TICKETS

BATCH = 1_000_000  # bytes of one batch of records; topics.toml lets ours take more
LARGEST = BATCH - 2048  # bytes of one record, with room for its framing
STANDSTILL = 70  # exit code of a worker that its watch has ended

_log = logs.get("lanes")


class Lanes(Service):
    """Which lanes this worker works on, and what they share: settings, clock, stores, released holds."""

    lane = Lane  # what it opens; fault tests put a broken one here to see that they notice

    def __init__(self, app: faust.App, settings: Settings, *, data: Path | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.app, self.settings, self.data = app, settings, data
        self.group = app.conf.id
        self.connection = settings.clients()
        self.named: Callable[[str], str] = settings.topic
        self.now: Callable[[], datetime] = timer.now
        self.limits = Limits(settings.breaker.run, settings.breaker.share, settings.breaker.window)
        self.batch, self.largest = BATCH, LARGEST
        self.steps: list[Step] = []
        self.partitions: dict[str, int] = {}
        self.tickets: set[int] | None = None
        self.short = False  # of tickets: a partition that a sender has added would not be read
        self.held: dict[int, Lane] = {}
        self.closing: dict[int, asyncio.Task[None]] = {}
        self.released: set[str] = set()
        self.settled = time.monotonic()
        self._boot = boot_id()
        self._cluster = ""
        # Being in the group takes an agent; the tickets topic is empty, so it has nothing to read.
        app.agent(app.topic(self.named(TICKETS), key_type=bytes, value_type=bytes), name="tickets")(self._hold_tickets)
        app.on_partitions_assigned.connect(self.share)
        app.service(self)

    def step(
        self,
        name: str,
        sources: Iterable[str],
        changelog: str,
        agent: Callable[[Any], Any],
        **deadlines: Any,
    ) -> None:
        """Add a step: its sources, its changelog, and the Faust agent that says what becomes of its records."""
        runs = Runs(self.app)
        self.steps.append(Step(name, tuple(sources), changelog, runs, **deadlines))
        self.app.agent(runs, name=name)(agent)

    async def _hold_tickets(self, stream: Any) -> None:
        async for _ in stream:
            pass

    # ── sharing ──────────────────────────────────────────────────────────────────────────────────────────────

    async def look(self) -> bool:
        """Learn the partition counts; whether they have changed. Senders own the feeds, and may add partitions."""
        names = {self.named(topic): topic for step in self.steps for topic in step.sources}
        names[self.named(TICKETS)] = TICKETS
        admin = AIOKafkaAdminClient(**self.connection)
        async with opened_admin(admin):
            found = await admin.describe_topics(list(names))
            if not self._cluster:
                self._cluster = (await admin.describe_cluster()).get("cluster_id") or "unnamed"
        counts = {names[each["topic"]]: len(each["partitions"]) for each in found if not each["error_code"]}
        if missing := set(names.values()) - set(counts):
            raise RuntimeError(f"topics are missing: {sorted(missing)}; run: raised-risk topics apply")
        self.short = counts.pop(TICKETS) < max(counts.values())
        if self.short:
            _log.critical("a topic has more partitions than there are tickets", remedy="run: raised-risk topics apply")
        changed = bool(self.partitions) and counts != self.partitions
        self.partitions = counts
        return changed

    async def share(self, app: faust.App, assigned: Any, **_kwargs: Any) -> None:
        """The group has given out the tickets anew: open what is ours now, close what is not."""
        if not self.partitions:
            await self.look()
        tickets = self.named(TICKETS)
        self.tickets = {tp.partition for tp in assigned if tp.topic == tickets}
        self.arrange()

    def arrange(self) -> None:
        """Open and close lanes as the tickets say. One that stays goes on as it is: had another owned it meanwhile,
        its next write would be refused, and it would begin anew.
        """
        mine = {ticket for ticket in self.tickets or () if any(ticket < count for count in self.partitions.values())}
        for partition in self.held.keys() - mine:
            self.close(partition)
        for partition in mine - self.held.keys():
            self.held[partition] = self.lane(self, partition, after=self.closing.pop(partition, None))

    def close(self, partition: int) -> None:
        """Close a lane; the next on the same partition waits until this one is gone."""
        task = self.held.pop(partition).task
        task.cancel()
        self.closing[partition] = task
        # A finished task keeps its frames, and with them the states of the lane: let go of it.
        task.add_done_callback(lambda _: self.closing.get(partition) is task and self.closing.pop(partition))

    @Service.task
    async def _watch_partitions(self) -> None:
        """See partitions that senders have added: a record there must not wait for the next restart."""
        while not self.should_stop:
            await self.sleep(15.0)
            try:
                if self.tickets is not None and await self.look():
                    _log.warning("partition counts have changed: the lanes are opened anew")
                    for partition in list(self.held):
                        self.close(partition)
                    self.arrange()
            except Exception as exc:  # noqa: BLE001 - whatever is wrong with the broker, the lanes see it too
                _log.warning("partition counts could not be read", exc_info=exc)

    @Service.task
    async def _watch_commands(self) -> None:
        """Read what operators say: which held sources go on."""
        while not self.should_stop:
            try:
                await self._read_commands()
            except Exception as exc:  # noqa: BLE001
                _log.warning("operator commands could not be read", exc_info=exc)
                await self.sleep(2.0)

    async def _read_commands(self) -> None:
        topic = self.named(OPERATOR_COMMANDS)
        reader = AIOKafkaConsumer(
            topic, isolation_level="read_committed", auto_offset_reset="earliest", **self.connection
        )
        async with opened(reader):
            while not self.should_stop:
                for records in (await reader.getmany(timeout_ms=1000)).values():
                    for record in records:
                        try:
                            command = msgspec.msgpack.decode(record.value)
                            self.released.add(command["hold"])
                        except (msgspec.DecodeError, TypeError, KeyError):
                            _log.error("an operator command cannot be read", offset=record.offset)

    @Service.task
    async def _tell(self) -> None:
        """Keep the figures about lanes."""
        while not self.should_stop:
            await self.sleep(1.0)
            for step in self.steps:
                if step.figures:
                    step.figures.tell(self.now())
            metrics.lanes(len(self.held), sum(lane.open for lane in self.held.values()), self.ready())

    def ready(self) -> bool:
        """Whether the tickets are known and enough, and every lane is open and works on all of its sources."""
        return self.tickets is not None and not self.short and all(lane.ready() for lane in list(self.held.values()))

    async def on_stop(self) -> None:
        """Close the lanes. What they had under way is settled by the next claim."""
        for partition in list(self.held):
            self.close(partition)
        if self.closing:
            await asyncio.wait(list(self.closing.values()), timeout=3)

    # ── stores ───────────────────────────────────────────────────────────────────────────────────────────────

    def store(self, step: Step, partition: int, discard: Store | None = None) -> Store:
        """The store of a station; ``discard``: throw this one away and begin with an empty one."""
        if self.settings.worker.store == "memory" or self.data is None:
            return Memory()
        if isinstance(discard, Disk):
            discard.discard()
            return discard
        changelog = f"{self._cluster}/{self.named(step.changelog)}/{partition}"
        return Disk(self.data / f"{step.name}-{partition}", changelog, self._boot, self.now())

    # ── the watch ────────────────────────────────────────────────────────────────────────────────────────────

    def guard(self) -> None:
        """Start the watch, in a thread of its own: it must see a blocked event loop, too.

        Called before Faust starts, by whoever runs the app: Faust's own signals of a worker's start come from its
        command line only.
        """
        self.settled = time.monotonic()
        threading.Thread(target=self.watch, name="watch", daemon=True).start()

    def stands_still(self) -> str | None:
        """What has made no progress for longer than we have patience, if anything."""
        now = time.monotonic()
        if not self.app.rebalancing:
            self.settled = now
        since = [("the rebalance", self.settled), *((str(lane), lane.alive) for lane in list(self.held.values()))]
        return next((what for what, when in since if now - when > self.settings.worker.patience_s), None)

    def watch(self) -> None:
        """End the worker when something stands still: its supervisor starts another."""
        while not self.should_stop:
            time.sleep(1)
            if what := self.stands_still():
                _log.critical("the worker stands still and ends", lane=what, seconds=self.settings.worker.patience_s)
                os._exit(STANDSTILL)


def opened_admin(admin: AIOKafkaAdminClient) -> Any:
    """A started admin client, which has close() where the others have stop()."""

    class _Named:
        start = admin.start
        stop = admin.close

    return opened(_Named)
