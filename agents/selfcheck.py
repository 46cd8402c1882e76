"""The check at start: topics and brokers that would break the promise are refused, each with what to change.

``raised-risk topics check`` shows everything that is not as declared; here is only what nothing may start on, because
it would lose a record, double one, or tell a wrong time. What the cluster says is read once, then judged (pure).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import aiokafka.codec
import kafka.codec
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from agents import deployed, policies
from agents.lane.transaction import TRANSACTION
from agents.topics import CASE_EVENTS, Cleanup, Owner, Problem, TopicsFaults, TopicState
from agents.topics.cluster import GROWING, admin, specs_for, states
from agents.topics.declaration import LEAST_LARGEST, TOMBSTONES
from agents.topics.names import needed
from streams.policy.reading import PolicyFaults

if TYPE_CHECKING:
    from agents.settings import Settings

EXIT = 78
"""EX_CONFIG of sysexits.h: the exit code of a worker that refuses to start; starting it again would not help."""

IDLE = timedelta(days=1)
"""How long a lane may have nothing to write without its transactional id being forgotten by the broker."""

CODECS: Mapping[str, Mapping[str, tuple[str, Callable[[], bool]]]] = {
    "aiokafka": {
        "snappy": ("cramjam", lambda: aiokafka.codec.has_snappy()),
        "lz4": ("cramjam", lambda: aiokafka.codec.has_lz4()),
        "zstd": ("cramjam", lambda: aiokafka.codec.has_zstd()),
    },
    "kafka-python": {
        "snappy": ("python-snappy", lambda: kafka.codec.has_snappy()),
        "lz4": ("lz4", lambda: kafka.codec.has_lz4()),
        "zstd": ("zstandard", lambda: kafka.codec.has_zstd()),
    },
}
"""The codecs of Kafka that a client reads by a package of its own: which one, and whether it is there."""

_INTERNAL = ("__transaction_state", "__consumer_offsets")
_APPLY = "run: raised-risk topics apply"


class Broker(NamedTuple):
    """A broker and its settings as they are in force."""

    id: int
    configs: Mapping[str, str]


class Seen(NamedTuple):
    """What the cluster said."""

    topics: tuple[TopicState, ...]
    brokers: tuple[Broker, ...]
    internal: Mapping[str, int]  # replication of the broker's own topics, as far as they exist


def policy(settings: Settings) -> list[Problem]:
    """Everything that is wrong with the policy file and the table of offences; empty: cases can be judged."""
    files = settings.files
    try:
        policies.given(settings).parsed()
    except deployed.FileUnreadable as error:
        return [Problem(str(error), "look at files.policy and files.offences")]
    except PolicyFaults as error:
        return [Problem(fault, f"mend {files.policy or 'the policy file'}") for fault in error.faults]
    return []


def codecs() -> list[Problem]:
    """The codecs that a client cannot read here: the first record in one of them would stop its partition for ever."""
    missing: dict[tuple[str, str], list[str]] = {}
    for client, known in CODECS.items():
        for codec, (package, there) in known.items():
            if not there():
                missing.setdefault((client, package), []).append(codec)
    return [
        Problem(f"{client} cannot read records that are compressed in {', '.join(found)}", f"install {package}")
        for (client, package), found in missing.items()
    ]


def problems(settings: Settings) -> list[Problem]:
    """Everything about topics and brokers that would break the promise, with its remedy; empty: it may start.

    That no broker can be asked, or that the declaration of topics is faulty, is a problem like the others.
    """
    try:
        return checked(settings)
    except KafkaError as error:
        return [
            Problem(
                f"the brokers at {settings.kafka.bootstrap} could not be asked: {type(error).__name__}",
                "see that they run, that kafka.bootstrap and security.* are right, and that we may describe "
                "topics and configs",
            )
        ]


def checked(settings: Settings) -> list[Problem]:
    """As ``problems``, for who would rather wait: raises KafkaError when no broker can be asked."""
    try:
        with admin(settings.clients()) as client:
            seen = _look(client, settings)
    except TopicsFaults as faults:
        return [Problem(fault, "mend the declaration of topics (files.topics)") for fault in faults.faults]
    return [*judge(seen, settings.topic, timedelta(seconds=settings.worker.session_s))]


def judge(seen: Seen, named: Callable[[str], str], session: timedelta) -> Iterator[Problem]:
    """What is wrong with what was seen. ``named`` puts the namespace in front. Pure."""
    for state in seen.topics:
        yield from _topic(named(state.spec.name), state)
    yield from _partitions(seen.topics, named)
    copies = max(state.spec.replication for state in seen.topics)
    for name, replication in seen.internal.items():
        if replication < copies:
            yield Problem(
                f"{name}: replication is {replication}, ours {copies}: with one broker gone, transactions would be too",
                "raise it with kafka-reassign-partitions",
            )
    for broker in seen.brokers:
        yield from _broker(broker, session, copies, seen.internal)


def _look(client: Any, settings: Settings) -> Seen:
    ids = [broker["broker_id"] for broker in client.describe_cluster()["brokers"]]
    found = client.describe_configs(
        [ConfigResource(ConfigResourceType.BROKER, str(each)) for each in ids], config_filter="all"
    )["broker"]
    internal = {each["name"]: each["partitions"] for each in client.describe_topics(list(_INTERNAL))}
    return Seen(
        states(client, settings.kafka.namespace, specs_for(client, settings)),
        tuple(Broker(each, {key: entry["value"] or "" for key, entry in found[str(each)].items()}) for each in ids),
        {name: min(len(each["replica_nodes"]) for each in parts) for name, parts in internal.items() if parts},
    )


def _topic(name: str, state: TopicState) -> Iterator[Problem]:
    spec, ours = state.spec, state.spec.owner is Owner.OURS
    if not state.there:
        yield Problem(f"{name}: is missing", _APPLY if ours else f"ask its sender for it, or {_APPLY} --feeds")
        return

    def setting(key: str, wanted: str, why: str) -> Problem:
        return Problem(
            f"{name}: {key} is {state.config(key) or 'not set'}: {why}",
            f"{_APPLY} (it sets {wanted})" if ours else f"ask whoever runs the sender's topics for: {key}={wanted}",
        )

    if spec.broker_time and state.config("message.timestamp.type") != "LogAppendTime":
        yield setting("message.timestamp.type", "LogAppendTime", "when a record was received is the broker's to say")
    if not ours:
        if "compact" in state.config("cleanup.policy"):
            yield setting("cleanup.policy", "delete", "records would be removed before they are read")
        return
    if state.config("cleanup.policy") != spec.cleanup:
        why = "states would be lost" if spec.cleanup is Cleanup.COMPACT else "history would be lost"
        yield setting("cleanup.policy", spec.cleanup, why)
    if spec.cleanup is Cleanup.COMPACT:
        least = TOMBSTONES // timedelta(milliseconds=1)
        if int(state.config("delete.retention.ms") or 0) < least:
            yield setting("delete.retention.ms", str(least), "a store on disk would not hear that a key is gone")
    else:
        yield from _retention(state, setting)
    if int(state.config("max.message.bytes") or 0) < LEAST_LARGEST:
        yield setting("max.message.bytes", str(spec.largest), f"lanes write batches of up to {LEAST_LARGEST}")
    if state.config("unclean.leader.election.enable") == "true":
        yield setting("unclean.leader.election.enable", "false", "a broker that missed records could lead")
    if int(state.config("min.insync.replicas") or 0) < spec.min_insync:
        yield setting("min.insync.replicas", str(spec.min_insync), "records would count that one broker alone has")
    if state.replication < spec.replication:
        yield Problem(
            f"{name}: replication is {state.replication}, declared {spec.replication}",
            "raise it with kafka-reassign-partitions, or declare what you want (files.topics)",
        )


def _retention(state: TopicState, setting: Callable[[str, str, str], Problem]) -> Iterator[Problem]:
    wanted = state.spec.configs()["retention.ms"]
    why = "the log is the history" if state.spec.name == CASE_EVENTS else "it was declared to be kept for longer"
    if 0 <= int(state.config("retention.ms") or 0) < (int(wanted) if int(wanted) >= 0 else float("inf")):
        yield setting("retention.ms", wanted, why)
    if int(state.config("retention.bytes") or -1) >= 0:
        yield setting("retention.bytes", "-1", "a burst would push records out")


def _partitions(topics: Iterable[TopicState], named: Callable[[str], str]) -> Iterator[Problem]:
    """Each partition of a source needs its changelog partition; a source may have fewer."""
    counts = {state.spec.name: state.partitions for state in topics if state.there}
    for name, least in needed(counts).items():
        if name in counts and counts[name] < least:
            yield Problem(
                f"{named(name)}: {counts[name]} partitions, {least} needed: as many as its largest source",
                _APPLY
                if name in GROWING
                else "somebody has raised the partitions of its source, whose keys have left their states behind: "
                "stop, and begin anew in another namespace (kafka.namespace)",
            )


def _broker(broker: Broker, session: timedelta, copies: int, internal: Mapping[str, int]) -> Iterator[Problem]:
    def at_least(key: str, least: int, why: str) -> Iterator[Problem]:
        if (found := broker.configs.get(key)) and int(found) < least:
            yield Problem(f"broker {broker.id}: {key} is {found}: {why}", f"set it to {least} or more")

    millisecond = timedelta(milliseconds=1)
    yield from at_least("transaction.max.timeout.ms", TRANSACTION // millisecond, "lanes' transactions may take longer")
    yield from at_least("transactional.id.expiration.ms", IDLE // millisecond, "a quiet lane would be forgotten")
    yield from at_least(
        "transaction.state.log.min.isr", min(copies, 2), "a commit would count that one broker alone has"
    )
    if "__transaction_state" not in internal:
        yield from at_least(
            "transaction.state.log.replication.factor", copies, "transactions would be lost with a broker"
        )
    if broker.configs.get("unclean.leader.election.enable") == "true":
        yield Problem(
            f"broker {broker.id}: unclean.leader.election.enable is true: what transactions decided could be lost",
            "set it to false",
        )
    if broker.configs.get("transaction.partition.verification.enable") == "false":
        yield Problem(
            f"broker {broker.id}: transaction.partition.verification.enable is false: a late write could join the next "
            "transaction, or hang",
            "set it to true",
        )
    yield from at_least("group.max.session.timeout.ms", session // millisecond, "worker.session_s is longer")
    shortest = int(broker.configs.get("group.min.session.timeout.ms") or 0)
    if session // millisecond < shortest:
        yield Problem(
            f"broker {broker.id}: group.min.session.timeout.ms is {shortest}: worker.session_s is shorter",
            f"set worker.session_s to {shortest / 1000:g} or more",
        )
