"""The scenarios at work: what is done to workers and brokers while load flows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import psutil
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource
from crew import Crew
from feeding import Load
from reading import Watcher
from scenarios import Plan, Scenario
from slow_broker import SlowBroker
from verifier import Record, Verdict, from_outside

from agents import deployed
from agents.sandbox.broker import Cluster
from agents.settings import load
from agents.topics import ASSIGNMENTS, CASE_EVENTS, CASES_CHANGELOG, INTAKE_CHANGELOG
from agents.topics.cluster import apply

FROZEN = 12.0  # seconds, twice a worker's session
REGROUPING = 45.0  # seconds that workers have until they work on as many groups as there are now
BROKER_FROZEN = 30.0
ORPHANED = 10.0  # seconds that workers have when their supervisor is gone
REFUSING = 150  # bytes: no batch of ours fits, the 78 of a transaction marker do (or the transaction never ends)
BALLAST = 120_000  # records that make a recovery take long enough to be hit


@dataclass
class Act:
    """One run's stage: who can be killed, and where it is told."""

    plan: Plan
    crew: Crew
    cluster: Cluster | None
    proxy: SlowBroker | None
    bootstrap: str
    namespace: str
    watcher: Watcher
    verdict: Verdict
    seconds: float
    groups: int  # that there were at first
    ours: tuple[list[str], dict[str, str]]  # what starts the program, whatever was started first
    kills: int = 0  # beside those of the crew
    notes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = Random(self.plan.seed)

    def pause(self, least: float, most: float | None = None) -> None:
        """Let the load flow for a while; what ends by itself is started again meanwhile."""
        length = self.chance.uniform(least, least if most is None else most) * self.seconds
        self.exactly(length)

    def exactly(self, seconds: float) -> None:
        """As ``pause``, but never cut short."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.crew.keep()
            time.sleep(0.1)

    def await_(self, what: Callable[[], bool], patience: float) -> bool:
        """Wait for something; whether it came."""
        until = time.monotonic() + patience
        while not what():
            if time.monotonic() > until:
                return False
            self.crew.keep()
            time.sleep(0.05)
        return True

    def running(self) -> list[int]:
        """The workers that are there and not frozen."""
        return [index for index, worker in self.crew.workers.items() if worker.alive and not worker.frozen]

    def working(self) -> list[int]:
        """Those of them that have lanes, as far as they say so: with few groups, some have none."""
        found = [index for index in self.running() if any(self.crew.workers[index].assigned()[-1:])]
        return found or self.running()

    def deadlines(self, logs: dict[str, list[Record]]) -> int:
        """How many deadlines were said."""
        return sum(from_outside(CASE_EVENTS, record) for record in logs.get(CASE_EVENTS, ()))


def prepare(act: Act) -> None:
    """What must lie in the topics before the first worker starts."""
    if act.plan.scenario is Scenario.RECOVERY_KILLED:
        # Records of the lane's own kind of key, which states are not: they only take time to read.
        producer = Producer(
            {"bootstrap.servers": act.bootstrap, "enable.idempotence": True, "linger.ms": 50, "batch.size": 500_000}
        )
        topic, value = act.namespace + CASES_CHANGELOG, b"ballast" * 60
        partitions = len(producer.list_topics(topic, timeout=20).topics[topic].partitions)
        for number in range(BALLAST):
            while True:
                try:
                    producer.produce(topic, value, b"\x00ballast:%d" % (number % 997), number % partitions)
                    break
                except BufferError:
                    producer.poll(0.1)
        producer.flush(60)


def perform(act: Act, load: Load, patience: float) -> None:
    """Start the workers, then the load; see that it comes through, and do what the scenario says."""
    for index in range(act.plan.workers):
        act.crew.start(index)
    if act.plan.engine != "plain" and act.plan.scenario is not Scenario.RECOVERY_KILLED:
        act.await_(lambda: act.crew.said("lane opened") > 0, patience)
    load.start()
    if act.plan.scenario is Scenario.RECOVERY_KILLED:
        recovery_killed(act)
    if not act.await_(lambda: act.watcher.counts[CASE_EVENTS] > 0, patience):
        act.verdict.add("wrong", 1, f"no case event within {patience:.0f} s of the start")
        return
    act.watcher.loaded = True
    if act.plan.scenario is not Scenario.RECOVERY_KILLED:
        ACTS[act.plan.scenario](act)
    act.pause(6)


def kills(act: Act) -> None:
    """Kills at random moments; one worker is alone in that, more of them leave and join as well."""
    for number in range(act.plan.strikes):
        act.pause(5, 10)
        if act.plan.workers > 1 and number % 2 == 0:
            index = act.chance.choice(act.running())
            act.crew.stop(index)  # one leaves …
            act.pause(0, 3)
            act.crew.start(index)  # … and joins again
            act.pause(1, 6)
        index = act.chance.choice(act.working())
        act.crew.kill(index)
        act.pause(0, 2)
        act.crew.start(index)


def sigterm(act: Act) -> None:
    """Every worker in turn, twice, and once all together."""
    took = []
    for _ in range(2):
        for index in sorted(act.crew.workers):
            act.pause(3, 6)
            took.append(act.crew.stop(index))
            act.pause(0, 2)
            act.crew.start(index)
    act.pause(4, 8)
    took += [act.crew.stop(index) for index in list(act.crew.workers)]
    for index in range(act.plan.workers):
        act.crew.start(index)
    act.notes["stopped_in_s"] = round(max(took), 1)
    act.exactly(8)


def frozen_worker(act: Act) -> None:
    """Frozen for longer than its session, so that others take its lanes; then it wakes in the middle of what it did."""
    for number in range(min(3, act.plan.strikes)):
        act.pause(5, 8)
        index = act.working()[number % len(act.working())]
        act.crew.freeze(index)
        act.exactly(FROZEN)
        act.crew.thaw(index)
    act.exactly(8)


def frozen_broker(act: Act) -> None:
    """The only broker falls silent, and a worker is killed soon after it wakes."""
    cluster = _cluster(act)
    act.pause(6, 10)
    cluster.freeze(1)
    act.exactly(BROKER_FROZEN)
    cluster.thaw(1)
    act.pause(8, 12)
    index = act.chance.choice(act.working())
    act.crew.kill(index)
    act.crew.start(index)
    act.pause(12, 15)


def broker_killed(act: Act) -> None:
    """Two of three brokers, one after the other, and a worker in between."""
    cluster = _cluster(act)
    for number in act.chance.sample((1, 2, 3), 2):
        act.pause(5, 9)
        cluster.kill(number)
        act.kills += 1
        act.pause(6, 10)
        index = act.chance.choice(act.working())
        act.crew.kill(index)
        act.crew.start(index)
        act.pause(3, 6)
        cluster.start(number)
        act.exactly(10)  # until it has caught up: one down at a time


def refused(act: Act) -> None:
    """The broker takes nothing larger than a few bytes on some of our topics, for a while."""
    admin = AdminClient({"bootstrap.servers": act.bootstrap})
    for topic in (CASE_EVENTS, CASES_CHANGELOG, INTAKE_CHANGELOG):
        act.pause(4, 7)
        _largest(admin, act.namespace + topic, REFUSING)
        act.exactly(5)
        _largest(admin, act.namespace + topic, 2_097_152)
    index = act.chance.choice(act.working())
    act.crew.kill(index)
    act.crew.start(index)
    act.exactly(12)
    act.notes["refusals"] = act.crew.said("MessageSizeTooLarge")


def slowed(act: Act) -> None:
    """Produce takes half a second more, a worker is killed meanwhile; then answers are lost."""
    proxy = act.proxy
    if proxy is None:
        raise ValueError("there is no proxy")
    act.pause(4, 7)
    proxy.delay = 0.4
    act.exactly(8)
    index = act.chance.choice(act.working())
    act.crew.kill(index)
    act.crew.start(index)
    act.exactly(12)
    proxy.delay = 0.0
    act.pause(2, 4)
    proxy.lose = 0.05
    act.exactly(15)
    proxy.lose = 0.0
    act.exactly(10)
    act.notes |= {"slowed": proxy.slowed, "answers_lost": proxy.lost}


def recovery_killed(act: Act) -> None:
    """Killed as soon as a lane has claimed and begun to recover, several times before it may open."""
    hit = 0
    for _ in range(6):
        if not act.await_(lambda: bool(_lanes(act, "lane recovers")), 30):
            act.verdict.add("wrong", 1, "no recovery was seen to begin")
            return
        act.exactly(act.chance.uniform(0, 0.3))
        hit += bool(_lanes(act, "lane recovers") - _lanes(act, "lane opened"))
        act.crew.kill(0)
        act.crew.start(0)
        act.exactly(act.chance.uniform(0, 4))
    act.notes["killed_in_recovery"] = hit


def supervisor_killed(act: Act) -> None:
    """Killed -9; its workers must be gone within seconds, and the next one goes on."""
    longest = 0.0
    for _ in range(3):
        act.pause(8, 11)
        index = act.chance.choice(act.running())
        supervisor = psutil.Process(act.crew.workers[index].process.pid)
        act.await_(lambda supervisor=supervisor: bool(supervisor.children(recursive=True)), 30)
        children = supervisor.children(recursive=True)
        act.crew.kill(index)
        began = time.monotonic()
        _, left = psutil.wait_procs(children, ORPHANED)
        longest = max(longest, time.monotonic() - began)
        if not children:
            act.verdict.add("wrong", 1, "the supervisor had no workers")
        act.verdict.add("wrong", len(left), f"workers that outlived their supervisor by {ORPHANED:.0f} s")
        for each in left:
            each.kill()
        act.crew.start(index)
    act.notes["orphans_gone_in_s"] = round(longest, 1)
    act.exactly(12)


def agents_raise(act: Act) -> None:
    """Agents fail now and then, all the time; a worker is killed in the midst of it."""
    act.pause(12, 16)
    index = act.chance.choice(act.working())
    act.crew.kill(index)
    act.crew.start(index)
    act.pause(12, 16)
    act.notes["raised"] = act.crew.said("batch failed and is done again")


def regrouped(act: Act) -> None:
    """More groups, and fewer, each time while a worker that has lanes is frozen; then it wakes in the midst of it.

    The others are started anew meanwhile: so nobody claims what it had under the id that it had.
    """
    for number in [2, 3, 1][: act.plan.strikes]:
        groups = number + (act.plan.groups > 1)  # with several: to three, four and two
        act.pause(5, 8)
        index = act.working()[0]
        act.crew.freeze(index)
        regroup(act, groups)
        for other in act.running():
            act.crew.stop(other)
            act.crew.start(other)
        act.exactly(FROZEN)
        if not act.await_(lambda groups=groups: act.crew.said('"lane opened"', f"-of-{groups}") > 0, REGROUPING):
            act.verdict.add("wrong", 1, f"nobody works on {groups} groups")
        act.crew.thaw(index)
        act.exactly(8)
    act.exactly(20)  # until the last has seen how many there are


def regroup(act: Act, groups: int) -> None:
    """As an operator does: declare another number, and apply it."""
    text = deployed.text("topics.toml", "")
    at = text.index(f'[topics."{ASSIGNMENTS}"]')
    own = act.crew.folder.parent / "topics.toml"
    own.write_text(text[:at] + text[at:].replace("partitions = 1\n", f"partitions = {groups}\n", 1))
    given = {"kafka.bootstrap": act.bootstrap, "kafka.namespace": act.namespace, "files.topics": str(own)}
    apply(load(environ={}, overrides=given), single=act.plan.brokers == 1)


def upgraded(act: Act) -> None:
    """From one lane a partition to groups: the old workers stop, but for one that is frozen and wakes under the new."""
    act.pause(6, 10)
    left, *stopped = act.running()
    act.crew.freeze(left)
    for index in stopped:
        act.crew.stop(index)
    act.crew.become(*act.ours)
    groups = act.groups
    if act.plan.groups == 1:  # else each partition is a group of its own, as the topic of assignments is
        groups = 1
        regroup(act, groups)
    for index in range(act.plan.workers):
        act.crew.start(left + 10 + index)
    act.exactly(FROZEN)
    if not act.await_(lambda: act.crew.said('"lane opened"', f"-of-{groups}") > 0, REGROUPING):
        act.verdict.add("wrong", 1, "nobody works after the upgrade")
    old = act.crew.workers[left]
    opened = old.says().count("lane opened")
    act.crew.thaw(left)
    act.pause(20)
    act.exactly(15)
    act.notes["refused_old"] = old.says().count("ProducerFenced")
    act.verdict.add("wrong", old.says().count("lane opened") - opened, "the old worker opened a lane after the new")
    act.verdict.add("wrong", int("ProducerFenced" not in old.says()), "the old worker was not refused")
    index = act.chance.choice([index for index in act.running() if index != left])
    act.crew.kill(index)
    act.crew.start(index)
    act.exactly(8)


ACTS: dict[Scenario, Callable[[Act], None]] = {
    Scenario.KILLS: kills,
    Scenario.SIGTERM: sigterm,
    Scenario.FROZEN_WORKER: frozen_worker,
    Scenario.FROZEN_BROKER: frozen_broker,
    Scenario.BROKER_KILLED: broker_killed,
    Scenario.REFUSED: refused,
    Scenario.SLOWED: slowed,
    Scenario.RECOVERY_KILLED: recovery_killed,
    Scenario.SUPERVISOR_KILLED: supervisor_killed,
    Scenario.AGENTS_RAISE: agents_raise,
    Scenario.REGROUPED: regrouped,
    Scenario.UPGRADED: upgraded,
}


def _cluster(act: Act) -> Cluster:
    if act.cluster is None:
        raise ValueError("a shared broker must not be harmed")
    return act.cluster


def _largest(admin: AdminClient, topic: str, size: int) -> None:
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    for done in admin.incremental_alter_configs(
        [ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])]
    ).values():
        done.result(20)


def _lanes(act: Act, event: str) -> set[str]:
    """The lanes of which the first worker has logged ``event``."""
    said = act.crew.workers[0].says().splitlines()
    lines = (line for line in said if f'"{event}"' in line and line[0] == "{" and line[-1] == "}")  # whole ones
    return {json.loads(line)["lane"] for line in lines}
