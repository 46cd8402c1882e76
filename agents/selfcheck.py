"""The check at start: topics and brokers that would break the promise are refused, each with what to change.

``raised-risk topics check`` shows everything that is not as declared; here is only what nothing may start on, because
it would lose a record, double one, or tell a wrong time. What the cluster says is read once, then judged (pure).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

import aiokafka.codec
import kafka.codec
from kafka.admin import ConfigResource, ConfigResourceType

from agents import deployed, policies
from agents.errors import Problem
from agents.lane.transaction import TRANSACTION
from agents.settings import Settings
from agents.topics.cluster import TopicState, admin, differences, specs_for, states, values
from agents.topics.declaration import TopicsFaults
from streams.policy.reading import PolicyFaults

IDLE = timedelta(days=1)
"""How long a lane may have nothing to write without its transactional id being forgotten by the broker."""

CODECS = (
    ("aiokafka", aiokafka.codec, "cramjam", ("snappy", "lz4", "zstd")),
    ("kafka-python", kafka.codec, "python-snappy", ("snappy",)),
    ("kafka-python", kafka.codec, "lz4", ("lz4",)),
    ("kafka-python", kafka.codec, "zstandard", ("zstd",)),
)
"""A client, where it says what it can read, a package of its own, and the codecs of Kafka that it reads by that."""

_INTERNAL = ("__transaction_state", "__consumer_offsets")


class Seen(NamedTuple):
    """What the cluster said."""

    topics: tuple[TopicState, ...]
    brokers: Mapping[str, Mapping[str, str]]  # the settings in force, by the broker's number
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
    return [
        Problem(f"{client} cannot read records that are compressed in {', '.join(missing)}", f"install {package}")
        for client, there, package, read in CODECS
        if (missing := [codec for codec in read if not getattr(there, f"has_{codec}")()])
    ]


def checked(settings: Settings) -> list[Problem]:
    """Everything about topics and brokers that would break the promise, with its remedy; empty: it may start.

    That the declaration of topics is faulty is a problem like the others. Raises KafkaError: no broker can be asked.
    """
    try:
        seen = look(settings)
    except TopicsFaults as faults:
        return [Problem(fault, "mend the declaration of topics (files.topics)") for fault in faults.faults]
    breaking = (problem for problem in differences(seen.topics, settings.topic) if problem.breaks)
    return [*breaking, *brokers(seen, timedelta(seconds=settings.worker.session_s))]


def look(settings: Settings) -> Seen:
    """What the cluster says. Raises TopicsFaults, KafkaError."""
    with admin(settings.clients()) as client:
        ids = [str(broker["broker_id"]) for broker in client.describe_cluster()["brokers"]]
        asked = [ConfigResource(ConfigResourceType.BROKER, each) for each in ids]
        found = client.describe_configs(asked, config_filter="all")["broker"]
        internal = {each["name"]: each["partitions"] for each in client.describe_topics(list(_INTERNAL))}
        return Seen(
            states(client, settings.kafka.namespace, specs_for(client, settings)),
            {each: values(found[each]) for each in ids},
            {name: min(len(each["replica_nodes"]) for each in parts) for name, parts in internal.items() if parts},
        )


def brokers(seen: Seen, session: timedelta) -> Iterator[Problem]:
    """What is wrong with the brokers that were seen. Pure."""
    copies = max(state.spec.replication for state in seen.topics)
    for name, replication in seen.internal.items():
        if replication < copies:
            yield Problem(
                f"{name}: replication is {replication}, ours {copies}: with one broker gone, transactions would be too",
                "raise it with kafka-reassign-partitions",
            )
    millisecond = timedelta(milliseconds=1)
    least = {
        "transaction.max.timeout.ms": (TRANSACTION // millisecond, "lanes' transactions may take longer"),
        "transactional.id.expiration.ms": (IDLE // millisecond, "a quiet lane would be forgotten"),
        "transaction.state.log.min.isr": (min(copies, 2), "a commit would count that one broker alone has"),
        "group.max.session.timeout.ms": (session // millisecond, "worker.session_s is longer"),
    }
    if "__transaction_state" not in seen.internal:
        least["transaction.state.log.replication.factor"] = copies, "transactions would be lost with a broker"
    flags = {
        "unclean.leader.election.enable": ("true", "false", "what transactions decided could be lost"),
        "transaction.partition.verification.enable":
            ("false", "true", "a late write could join the next transaction, or hang"),
    }  # fmt: skip
    for broker, configs in seen.brokers.items():
        for key, (wanted, why) in least.items():
            if (found := configs.get(key)) and int(found) < wanted:
                yield Problem(f"broker {broker}: {key} is {found}: {why}", f"set it to {wanted} or more")
        for key, (bad, good, why) in flags.items():
            if configs.get(key) == bad:
                yield Problem(f"broker {broker}: {key} is {bad}: {why}", f"set it to {good}")
        shortest = int(configs.get("group.min.session.timeout.ms") or 0)
        if session // millisecond < shortest:
            yield Problem(
                f"broker {broker}: group.min.session.timeout.ms is {shortest}: worker.session_s is shorter",
                f"set worker.session_s to {shortest / 1000:g} or more",
            )
