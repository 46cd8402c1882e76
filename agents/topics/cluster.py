"""The topics of a real cluster held against their declaration: made, compared, listed.

The partition counts of our keyed topics are never raised: keys would move to other partitions than the states that
belong to them. Only intake's changelog grows, with the feeds, and the topic of assignments, with the groups: nothing in
them is found by key.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import InvalidReplicationFactorError, TopicAlreadyExistsError, for_code

from agents.errors import Failure, Problem
from agents.settings import Settings
from agents.topics import ASSIGNMENTS, CASE_EVENTS, INTAKE_CHANGELOG, needed
from agents.topics.declaration import LEAST_LARGEST, Cleanup, Owner, TopicSpec, declared

GROWING = frozenset({ASSIGNMENTS, INTAKE_CHANGELOG})
"""Topics in which a lane finds what is its own by partition, not by key: more partitions do no harm."""


class TopicsRefused(Failure):
    """The cluster would not make or change a topic; the message says why, and what to do."""


@dataclass(frozen=True)
class TopicState:
    """A topic as it is declared (name without namespace), and as the cluster has it."""

    spec: TopicSpec
    there: bool
    partitions: int = 0
    replication: int = 0
    configs: tuple[tuple[str, str], ...] = ()

    def differs(self) -> dict[str, tuple[str, str]]:
        """The settings that are not as declared: what they are, what they should be."""
        found = dict(self.configs)
        return {
            key: (found.get(key, ""), wanted)
            for key, wanted in self.spec.configs().items()
            if not _same(found.get(key, ""), wanted)
        }


def _same(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return one == other


def admin(clients: Mapping[str, Any]) -> Any:
    """A kafka-python admin client for ``settings.clients()``, to be used in a ``with``.

    Raises KafkaError when no broker answers within 10 s.
    """
    return KafkaAdminClient(**{"bootstrap_timeout_ms": 10_000, "request_timeout_ms": 20_000, **clients})


def states(client: Any, namespace: str, specs: Iterable[TopicSpec]) -> tuple[TopicState, ...]:
    """Each declared topic as the cluster has it, in the order of the declaration."""
    specs = tuple(specs)
    there = client.describe_topics([namespace + spec.name for spec in specs])
    found = {each["name"]: each["partitions"] for each in there if not each["error_code"]}
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in found]
    configs = client.describe_configs(wanted, config_filter="all")["topic"] if found else {}

    def state(spec: TopicSpec) -> TopicState:
        if not (partitions := found.get(name := namespace + spec.name)):
            return TopicState(spec, there=False)
        replication = min(len(each["replica_nodes"]) for each in partitions)
        return TopicState(spec, True, len(partitions), replication, tuple(sorted(values(configs[name]).items())))

    return tuple(map(state, specs))


def values(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The settings of a topic or a broker, as the cluster describes them. Pure."""
    return {key: entry["value"] or "" for key, entry in configs.items()}


def listed(settings: Settings) -> tuple[TopicState, ...]:
    """Every declared topic as the cluster has it. Raises TopicsFaults, KafkaError."""
    declared(settings.files.topics)  # what is wrong with an own file is told whether or not a broker is there
    with admin(settings.clients()) as client:
        return states(client, settings.kafka.namespace, specs_for(client, settings))


def apply(settings: Settings, *, single: bool = False, feeds: bool = False) -> tuple[str, ...]:
    """Make the cluster's topics what the declaration says, and say what was done. Safe to repeat.

    Creates what is missing of ours, changes settings that differ, and raises partition counts where that is safe.
    ``feeds``: creates missing feed topics too (a laptop, a demo); those that are there are their senders' and stay as
    they are. ``single``: each record once, for a cluster of one broker. What it will not do is for ``check`` to say.
    Raises TopicsFaults, TopicsRefused, KafkaError.
    """
    specs = declared(settings.files.topics, single=single)
    with admin(settings.clients()) as client:
        namespace = settings.kafka.namespace
        found = states(client, namespace, specs)
        least = needed({state.spec.name: state.partitions or state.spec.partitions for state in found})
        found = tuple(replace(state, spec=grown(state.spec, least)) for state in found)
        missing = [each.spec for each in found if not each.there and (feeds or each.spec.owner is Owner.OURS)]
        if missing:
            make(client, namespace, missing)
        done = [f"{spec.name}: created with {spec.partitions} partitions" for spec in missing]
        there = [state for state in found if state.there and state.spec.owner is Owner.OURS]
        for state in there:
            done += _mend(client, namespace, state)
        if len(done) > len(missing):
            mended = [state.spec for state in there]
            _within(10, lambda: not any(map(_to_mend, states(client, namespace, mended))))
        return tuple(done)


def check(settings: Settings) -> list[Problem]:
    """What differs between cluster and declaration, with its remedy. Raises TopicsFaults, KafkaError."""
    return [*differences(listed(settings), settings.topic)]


def specs_for(client: Any, settings: Settings) -> tuple[TopicSpec, ...]:
    """The declaration, for the cluster that is there: on a single broker nothing can be kept twice.

    That somebody wanted it so was said by ``apply --single``: without it, apply fails on a cluster of one.
    """
    return declared(settings.files.topics, single=len(client.describe_cluster()["brokers"]) == 1)


def grown(spec: TopicSpec, least: Mapping[str, int]) -> TopicSpec:
    """The topic with as many partitions as it needs at ``least``. Pure."""
    return replace(spec, partitions=max(spec.partitions, least.get(spec.name, 0)))


def make(client: Any, namespace: str, specs: Iterable[TopicSpec]) -> None:
    """Create these topics, and wait until they are there. Raises TopicsRefused, KafkaError."""
    wanted = {
        namespace + spec.name: {
            "num_partitions": spec.partitions,
            "replication_factor": spec.replication,
            "configs": spec.configs(),
        }
        for spec in specs
    }
    for result in client.create_topics(wanted, raise_errors=False)["topics"]:
        error = for_code(result["error_code"])
        if error is InvalidReplicationFactorError:
            raise TopicsRefused(
                f"{result['name']}: {result['error_message']} Start more brokers; or, for a cluster that is meant to "
                "be of one broker: raised-risk topics apply --single"
            )
        if result["error_code"] and error is not TopicAlreadyExistsError:  # somebody else was quicker: as well
            raise TopicsRefused(f"{result['name']}: {result['error_message']} ({error.__name__})")
    client.wait_for_topics(list(wanted))


def _to_mend(state: TopicState) -> bool:
    return bool(state.differs()) or (state.spec.name in GROWING and state.partitions < state.spec.partitions)


def _mend(client: Any, namespace: str, state: TopicState) -> Iterator[str]:
    name, partitions = namespace + state.spec.name, state.spec.partitions
    if state.spec.name in GROWING and state.partitions < partitions:
        client.create_partitions({name: partitions})
        yield f"{state.spec.name}: partitions raised from {state.partitions} to {partitions}"
    if state.spec.name == ASSIGNMENTS and state.partitions > partitions:
        # Kafka takes no partition away. The topic is always empty, and who may write is not decided by it.
        client.delete_topics([name])
        if not _within(20, lambda: bool(client.describe_topics([name])[0]["error_code"])):
            raise TopicsRefused(f"{name}: it was deleted, and is still there after 20 s; try again")
        make(client, namespace, [state.spec])
        yield f"{state.spec.name}: made anew with {partitions} partitions in place of {state.partitions}"
        return
    if differs := state.differs():
        wanted = ConfigResource(ConfigResourceType.TOPIC, name, {key: new for key, (_, new) in differs.items()})
        result = client.alter_configs([wanted])["topic"][name]
        if result != "OK":
            raise TopicsRefused(f"{name}: {result}")
        yield from (f"{state.spec.name}: {key} changed from {old} to {new}" for key, (old, new) in differs.items())


def _within(seconds: float, so: Callable[[], bool]) -> bool:
    """Whether it is so within some time: brokers are told of a change after the controller has said yes."""
    until = time.monotonic() + seconds
    while not (done := so()) and time.monotonic() < until:
        time.sleep(0.1)
    return done


def differences(found: Iterable[TopicState], named: Callable[[str], str]) -> Iterator[Problem]:
    """All that is not as declared, and whether it breaks the promise. ``named`` puts the namespace in front. Pure."""
    found = tuple(found)
    least = needed({state.spec.name: state.partitions for state in found if state.there})
    for state in found:
        yield from _differences(named(state.spec.name), state, least.get(state.spec.name, 0))


def _differences(name: str, state: TopicState, least: int) -> Iterator[Problem]:
    spec, ours = state.spec, state.spec.owner is Owner.OURS
    apply_it = "run: raised-risk topics apply"
    if not state.there:
        yield Problem(f"{name}: is missing", apply_it if ours else f"ask its sender for it, or {apply_it} --feeds")
        return
    if state.replication < spec.replication:
        what = f"{name}: replication is {state.replication}, declared {spec.replication}"
        remedy = "raise it with kafka-reassign-partitions, or declare what you want (files.topics)"
        yield Problem(what, remedy, ours)
    if spec.name == ASSIGNMENTS and state.partitions > spec.partitions:
        yield Problem(f"{name}: {state.partitions} groups, {spec.partitions} declared", apply_it, breaks=False)
    wanted = max(spec.partitions, least) if ours else 0
    if state.partitions < wanted:
        what = f"{name}: {state.partitions} partitions, {wanted} needed"
        remedy = apply_it if spec.name in GROWING else (
            "never raise it under data, for keys would leave their states behind: declare what is there; or, where a "
            "source has grown, stop, and begin anew in another namespace (kafka.namespace)"
        )  # fmt: skip
        yield Problem(what, remedy, state.partitions < least)
    for key, (old, new) in state.differs().items():
        why = _broken(state, key, old, new)
        remedy = apply_it if ours else f"ask whoever runs the sender's topics for: {key}={new}"
        reason = f": {why}" if why else ""
        yield Problem(f"{name}: {key} is {old or 'not set'}, declared {new}{reason}", remedy, bool(why))


def _broken(state: TopicState, key: str, old: str, new: str) -> str:
    """Why nothing may start while the setting is ``old``, which is not as declared; empty: it may."""
    spec = state.spec
    if spec.owner is Owner.SENDER:
        breaking = {
            "message.timestamp.type": (spec.broker_time, "when a record was received is the broker's to say"),
            "cleanup.policy": ("compact" in old, "records would be removed before they are read"),
        }
    else:
        log = spec.cleanup is Cleanup.DELETE
        was, wanted = (int(each) if each.lstrip("-").isdecimal() else 0 for each in (old, new))
        shortened = log and 0 <= was < (wanted if wanted >= 0 else math.inf)
        why = "the log is the history" if spec.name == CASE_EVENTS else "it was declared to be kept for longer"
        breaking = {
            "message.timestamp.type": (spec.broker_time, "when a record was received is the broker's to say"),
            "cleanup.policy": (True, "history would be lost" if log else "states would be lost"),
            "retention.ms": (shortened, why),
            "retention.bytes": (log and old != "" and was >= 0, "a burst would push records out"),
            "delete.retention.ms": (was < wanted, "a store on disk would not hear that a key is gone"),
            "max.message.bytes": (was < LEAST_LARGEST, f"lanes write batches of up to {LEAST_LARGEST}"),
            "unclean.leader.election.enable": (old == "true", "a broker that missed records could lead"),
            "min.insync.replicas": (was < wanted, "records would count that one broker alone has"),
        }
    breaks, why = breaking.get(key, (False, ""))
    return why if breaks else ""
