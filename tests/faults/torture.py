"""Live load, workers killed at random, and the books held against each other afterwards.

    python tests/faults/torture.py --seed 7 --runs 26                       every scenario
    python tests/faults/torture.py --seed 7 --runs 2 --scenario sigterm     one of them
    python tests/faults/torture.py --seed 7 --runs 2 --engine plain         does the harness notice?

The last line of standard output is one line of JSON; the exit code is 0 only when nothing was lost, extra, doubled or
wrong. What each run did goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import acts
from crew import Crew, python
from engines import ENGINES
from feeding import Load, Person
from reading import Watcher, read_all
from revision import checked_out
from scenarios import Plan, Scenario, plans
from slow_broker import SlowBroker
from verifier import Verdict, said_twice, told

from agents import policies
from agents.sandbox.broker import Cluster, running
from agents.sandbox.broker.properties import free_ports
from agents.sandbox.topics import create
from agents.settings import Settings
from agents.timer import now
from agents.topics import CASE_EVENTS, FEEDS
from schemas import Codec

JARS = Path(__file__).parents[2] / ".data" / "jars"
SESSION = 6.0  # seconds: the shortest that the broker takes
CASES = 250
DEADLINES = timedelta(seconds=60)
START = 120.0  # seconds that workers have to bring about the first case event
DRAIN = 240.0


@contextmanager
def broker(plan: Plan, folder: Path) -> Iterator[tuple[str, Cluster, SlowBroker | None]]:
    """The brokers of one run: address, cluster, and the proxy in front of it where the scenario wants one."""
    with ExitStack() as stack:
        if plan.scenario is not Scenario.SLOWED:
            cluster = stack.enter_context(running(folder / "kafka", plan.brokers, jar_cache=JARS, grace=0))
            yield cluster.bootstrap, cluster, None
            return
        *_, behind, front = free_ports(8)  # the controller will take the first that is free
        proxy = stack.enter_context(SlowBroker(front, behind, plan.seed))
        cluster = stack.enter_context(
            running(
                folder / "kafka", 1, [behind], jar_cache=JARS, grace=0,
                properties={"advertised.listeners": f"CLIENTS://127.0.0.1:{front}"},
            )
        )  # fmt: skip
        yield f"127.0.0.1:{front}", cluster, proxy


def one(plan: Plan, folder: Path, *, shared: str | None = None, seconds: float = 1.0) -> dict[str, Any]:
    """One run; what it did and what the verifier counted. ``shared``: a broker that runs already.

    ``seconds``: how long the acts take, as a share of their full length.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if shared is not None:
        return _run(plan, folder, shared, None, None, seconds)
    with broker(plan, folder) as (bootstrap, cluster, proxy):
        return _run(plan, folder, bootstrap, cluster, proxy, seconds)


def _run(
    plan: Plan, folder: Path, bootstrap: str, cluster: Cluster | None, proxy: SlowBroker | None, seconds: float
) -> dict[str, Any]:
    engine, codec, began = ENGINES[plan.engine], Codec(None), time.monotonic()
    namespace = f"torture{plan.seed}-{plan.number}."
    partitions = 2 + plan.seed % 3
    feeds = {topic: 1 + (plan.seed >> place) % 4 for place, topic in enumerate(FEEDS)}
    before = plan.scenario is Scenario.UPGRADED  # its workers have one lane a partition
    groups = max(partitions, *feeds.values()) if before else plan.groups
    create(
        {"bootstrap_servers": bootstrap}, namespace, partitions=partitions, feeds=feeds, groups=groups,
        single=plan.brokers == 1,
    )  # fmt: skip
    engine.prepare(bootstrap, namespace)
    environment = {
        "RAISED_RISK_KAFKA_BOOTSTRAP": bootstrap, "RAISED_RISK_KAFKA_NAMESPACE": namespace,
        "RAISED_RISK_WORKER_STORE": plan.store, "RAISED_RISK_WORKER_DATA": str(folder / "data"),
        "RAISED_RISK_WORKER_SESSION_S": str(SESSION), "RAISED_RISK_METRICS_PORT": "0",
    }  # fmt: skip
    person = Person(bootstrap, namespace, plan.seed, codec, partitions)
    deals = (person.sees_escalation,) if engine.whole else ()
    watcher = Watcher(bootstrap, namespace, person.sees_quarantined, person.sees_duty, *deals)
    late = plan.scenario is Scenario.RECOVERY_KILLED  # it is a minute before its lanes open
    load = Load(
        bootstrap, namespace, plan.seed, rate=plan.rate, cases=CASES, deadline_in=DEADLINES * (2 if late else 1),
        hearings=engine.whole, spoilt=0.004 if engine.whole else 0,
        beside=engine.whole,
    )  # fmt: skip
    ours = engine.command(plan, environment), environment
    crew = Crew(*ours, folder / "workers")
    if before:
        crew.become(python("-m", "agents.process"), environment, checked_out())
    verdict, left = Verdict(), None
    act = acts.Act(plan, crew, cluster, proxy, bootstrap, namespace, watcher, verdict, seconds, groups, ours)
    watcher.start()
    try:
        acts.prepare(act)
        acts.perform(act, load, START)
        watcher.loaded = False
        load.stop()
        person.stop()
        left = engine.drained(watcher, DRAIN, crew.keep)
        until = now() - timedelta(seconds=2)
        ended = [code for code in crew.ended if code is not None]
        if plan.scenario in (Scenario.FROZEN_WORKER, Scenario.REGROUPED, Scenario.UPGRADED):
            act.notes["refused"] = crew.said("lane begins anew", "ProducerFenced")
        crew.close()
    finally:
        crew.close()
        load.give_up()
        watcher.stop()
    for thread in (load, watcher):
        if thread.trouble is not None:
            raise RuntimeError(f"the harness itself failed ({thread.name})") from thread.trouble
    logs, counts = read_all(bootstrap, namespace, engine.topics)
    found = engine.verify(logs, counts, codec, policies.own(Settings()), until, two_versions=before)
    for kind in ("lost", "extra", "duplicates", "wrong"):
        setattr(verdict, kind, getattr(verdict, kind) + getattr(found, kind))
    verdict.findings += found.findings
    twice = said_twice(logs, codec)
    if twice:
        verdict.add("wrong", twice, f"{twice} escalation records have the id and the revision of another")
    if left is not None:
        verdict.add("wrong", 1, f"the lanes did not come to an end: {left}")
    return {
        "run": plan.number, "scenario": str(plan.scenario), "pace": plan.pace, "store": plan.store,
        "workers": plan.workers, "groups": plan.groups, "kills": crew.kills + act.kills, "fed": load.sent,
        "events": len(logs.get(CASE_EVENTS, ())), "lost": verdict.lost, "extra": verdict.extra,
        "duplicates": verdict.duplicates, "wrong": verdict.wrong, "standstill_s": round(watcher.longest, 1),
        "deadlines": act.deadlines(logs), "ended": ended, "seconds": round(time.monotonic() - began),
        "told": told(logs), "person": dict(sorted(person.did.items())),
        **act.notes, "findings": verdict.findings[:12],
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """All runs; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=26)
    parser.add_argument("--engine", choices=sorted(ENGINES), default="exact")
    parser.add_argument("--scenario", choices=[str(each) for each in Scenario])
    parser.add_argument("--seconds", type=float, default=1.0, help="how long the acts take, as a share of full length")
    parser.add_argument("--folder", type=Path, help="where logs and data go; kept when something is wrong")
    given = parser.parse_args(arguments)
    only = given.scenario or ENGINES[given.engine].scenario
    folder = given.folder or Path(mkdtemp(prefix="torture-"))
    results = []
    for plan in plans(given.seed, given.runs, given.engine, only):
        print(f"run {plan}", file=sys.stderr, flush=True)
        result = one(plan, folder / f"run-{plan.number:02}", seconds=given.seconds)
        print(f"    {json.dumps(result)}", file=sys.stderr, flush=True)
        results.append(result)
        if not any(result[kind] for kind in KINDS):
            shutil.rmtree(folder / f"run-{plan.number:02}", ignore_errors=True)
    total = summary(results)
    print(json.dumps(total))
    return 1 if any(total[kind] for kind in KINDS) else 0


KINDS = ("lost", "extra", "duplicates", "wrong")


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """All runs in one line. Pure."""
    scenarios: dict[str, dict[str, Any]] = {}
    for result in results:
        of = scenarios.setdefault(result["scenario"], {"runs": 0, "longest_standstill_s": 0.0})
        of["runs"] += 1
        of["longest_standstill_s"] = max(of["longest_standstill_s"], result["standstill_s"])
        for name in ("kills", "events", *KINDS, "refused", "deadlines"):
            if name in result:
                of[name] = of.get(name, 0) + result[name]
    return {
        "runs": len(results),
        **{name: sum(result[name] for result in results) for name in ("kills", "events", *KINDS)},
        "longest_standstill_s": max((result["standstill_s"] for result in results), default=0.0),
        "scenarios": scenarios,
    }


if __name__ == "__main__":
    sys.exit(main())
