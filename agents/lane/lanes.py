"""The lanes of this worker, as the consumer group assigns them, and the watch that ends a worker at a standstill."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import faust
import msgspec
from aiokafka import AIOKafkaConsumer
from mode import Service

from agents import logs, metrics
from agents.lane.batches import Batches
from agents.lane.clients import opened
from agents.lane.context import Step, WorkerContext
from agents.lane.lane import Lane
from agents.settings import Settings
from agents.topics import ASSIGNMENTS, OPERATOR_COMMANDS, STEPS

STANDSTILL = 70  # exit code of a worker that its watch has ended
FEWER = 72  # exit code of a worker that has seen the topic of assignments made anew, with fewer groups
LOOK = 15.0  # seconds between two looks at how many groups and partitions there are

_log = logs.get("lanes")


class Lanes(Service):
    """Which lanes this worker works on; ``context`` is what they share. ``name`` begins their transactional ids."""

    lane = Lane  # what it opens; fault tests put a broken one here to see that they notice

    def __init__(self, app: faust.App, name: str, settings: Settings, *, data: Path | None = None) -> None:
        super().__init__()
        self.app = app
        self.context = WorkerContext(name, settings, data)
        self.patience = settings.worker.patience_s
        self.assigned: set[int] | None = None
        self.by_group: dict[int, Lane] = {}
        self.closing: dict[asyncio.Task[None], Lane] = {}
        self.settled = time.monotonic()
        # Being in the group takes an agent; the topic of assignments is empty, so it has nothing to read.
        topic = app.topic(self.context.named(ASSIGNMENTS), key_type=bytes, value_type=bytes)
        app.agent(topic, name="assignments")(self._stay_in_the_group)
        app.on_partitions_assigned.connect(self.assign)
        app.service(self)

    def step(self, name: str, agent: Callable[[Any], Any], **more: Any) -> None:
        """Add one of the steps, with the Faust agent that says what becomes of its records."""
        batches = Batches(self.app)
        self.context.steps.append(Step(name, *STEPS[name], batches, **more))
        self.app.agent(batches, name=name)(agent)

    async def _stay_in_the_group(self, stream: Any) -> None:
        async for _ in stream:
            pass

    # ── sharing ──────────────────────────────────────────────────────────────────────────────────────────────

    async def assign(self, app: faust.App, assigned: Any, **_kwargs: Any) -> None:
        """The consumer group has dealt out anew: open the lanes that are ours now, close those that are not."""
        if not self.context.groups:
            await self.context.look()
        topic = self.context.named(ASSIGNMENTS)
        self.assigned = {tp.partition for tp in assigned if tp.topic == topic}
        _log.info("groups are assigned", partitions=sorted(self.assigned))
        self.arrange()

    async def look(self) -> None:
        """See whether the number of groups or partitions has changed; then open all lanes anew.

        Where there are fewer groups, the process ends, and its supervisor starts another: the topic of assignments is
        not the one that this process joined the group with, and Faust would hold on to what it knows of that.
        """
        before = self.context.groups
        if self.assigned is not None and await self.context.look():
            if self.context.groups < before:
                _log.warning("there are fewer groups: the process begins anew", count=self.context.groups)
                os._exit(FEWER)
            _log.warning("groups or partitions have changed: the lanes are opened anew", count=self.context.groups)
            for group in list(self.by_group):
                self.close(group)
            self.arrange()

    def arrange(self) -> None:
        """Open and close lanes as they are assigned. One that stays goes on as it is: had another owned its group
        meanwhile, its next write would be refused, and it would begin anew.
        """
        context = self.context
        mine = {group for group in self.assigned or () if group < context.groups and context.partitions_of(group)}
        for group in self.by_group.keys() - mine:
            self.close(group)
        for group in mine - self.by_group.keys():
            partitions = set(context.partitions_of(group))
            after = [task for task, lane in self.closing.items() if partitions & lane.partitions]
            self.by_group[group] = self.lane(context, group, self.look, after)

    def close(self, group: int) -> None:
        """Close a lane; the next one on its partitions waits until it is gone."""
        lane = self.by_group.pop(group)
        lane.wanted = False
        lane.task.cancel()
        self.closing[lane.task] = lane
        # A finished task keeps its frames, and with them the states of the lane: let go of it.
        lane.task.add_done_callback(lambda task: self.closing.pop(task) and None)

    @Service.timer(LOOK)
    async def _watch_partitions(self) -> None:
        """See groups that operators and partitions that senders have added: a record there must not wait for long."""
        try:
            await self.look()
        except Exception as exc:  # noqa: BLE001 - whatever is wrong with the broker, the lanes see it too
            _log.warning("groups and partitions could not be counted", exc_info=exc)

    @Service.timer(2.0, exec_first=True)
    async def _watch_commands(self) -> None:
        """Read what operators say, which held sources go on: until the broker fails, and after a pause again."""
        try:
            await self._read_commands()
        except Exception as exc:  # noqa: BLE001
            _log.warning("operator commands could not be read", exc_info=exc)

    async def _read_commands(self) -> None:
        topic = self.context.named(OPERATOR_COMMANDS)
        how = {"isolation_level": "read_committed", "auto_offset_reset": "earliest", **self.context.connection}
        async with opened(AIOKafkaConsumer(topic, **how)) as reader:
            while not self.should_stop:
                for record in chain.from_iterable((await reader.getmany(timeout_ms=1000)).values()):
                    try:
                        self.context.released.add(msgspec.msgpack.decode(record.value)["hold"])
                    except (msgspec.DecodeError, TypeError, KeyError):
                        _log.error("an operator command cannot be read", offset=record.offset)

    @Service.timer(1.0)
    async def _set_gauges(self) -> None:
        """Keep the figures about lanes and states."""
        for step in self.context.steps:
            if step.gauges:
                step.gauges.set(self.context.now())
        metrics.LANES_WANTED.set(len(self.by_group))
        metrics.LANES_OPEN.set(sum(lane.open for lane in self.by_group.values()))
        metrics.READY.set(self.ready())

    def ready(self) -> bool:
        """Whether it is known what is assigned, and every lane of it is open and works on all of its sources."""
        return self.assigned is not None and all(lane.ready() for lane in list(self.by_group.values()))

    async def on_stop(self) -> None:
        """Close the lanes. What they had under way is settled by the next claim."""
        for group in list(self.by_group):
            self.close(group)
        if self.closing:
            await asyncio.wait(list(self.closing), timeout=3)

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
        lanes = list(self.by_group.values())
        since = [("the rebalance", self.settled), *((str(lane), lane.alive) for lane in lanes)]
        return next((what for what, when in since if now - when > self.patience), None)

    def watch(self) -> None:
        """End the worker when something stands still: its supervisor starts another."""
        while not self.should_stop:
            time.sleep(1)
            if what := self.stands_still():
                _log.critical("the worker stands still and ends", lane=what, seconds=self.patience)
                os._exit(STANDSTILL)
