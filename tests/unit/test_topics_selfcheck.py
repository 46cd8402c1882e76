"""What a worker refuses to start on, and what it says about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agents import topics
from agents.errors import Problem
from agents.selfcheck import Seen, brokers, codecs
from agents.topics.cluster import TopicState, differences
from agents.topics.declaration import declared

APPLY = "run: raised-risk topics apply"
GOOD_BROKER = {
    "transaction.max.timeout.ms": "900000",
    "transactional.id.expiration.ms": "604800000",
    "transaction.state.log.min.isr": "2",
    "transaction.state.log.replication.factor": "3",
    "unclean.leader.election.enable": "false",
    "transaction.partition.verification.enable": "true",
    "group.min.session.timeout.ms": "6000",
    "group.max.session.timeout.ms": "1800000",
}


def seen(topic="", configs=None, broker=None, internal=None, **state):
    """A cluster that is as declared, but for one topic or the brokers."""
    states = tuple(
        replace(each, **state, configs=tuple({**dict(each.configs), **(configs or {})}.items()))
        if each.spec.name == topic
        else each
        for each in (
            TopicState(spec, there=True, partitions=4, replication=3, configs=tuple(spec.configs().items()))
            for spec in declared()
        )
    )
    internal = {"__transaction_state": 3, "__consumer_offsets": 3} if internal is None else internal
    return Seen(states, {"1": {**GOOD_BROKER, **(broker or {})}}, internal)


def judged(what, session=10):
    breaking = [each for each in differences(what.topics, lambda name: f"n.{name}") if each.breaks]
    return [*breaking, *brokers(what, timedelta(seconds=session))]


def test_a_cluster_as_declared_has_no_problem():
    assert judged(seen()) == []


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        pytest.param(
            seen(topics.CASE_EVENTS, {"retention.ms": "604800000"}),
            Problem("n.case.events.v1: retention.ms is 604800000, declared -1: the log is the history", APPLY),
            id="history that ends",
        ),
        pytest.param(
            seen(topics.CASE_EVENTS, {"retention.bytes": "1000"}),
            Problem("n.case.events.v1: retention.bytes is 1000, declared -1: a burst would push records out", APPLY),
            id="history by size",
        ),
        pytest.param(
            seen(topics.IDENTITY_LOOKUPS, {"retention.ms": "3600000"}),
            Problem(
                "n.identity.lookups.v1: retention.ms is 3600000, declared 2592000000: it was declared to be "
                "kept for longer",
                APPLY,
            ),
            id="too short",
        ),
        pytest.param(
            seen(topics.CASES_CHANGELOG, {"cleanup.policy": "compact,delete"}),
            Problem(
                "n.cases.changelog.v1: cleanup.policy is compact,delete, declared compact: states would be lost",
                APPLY,
            ),
            id="a changelog that is deleted",
        ),
        pytest.param(
            seen(topics.CASE_EVENTS, {"cleanup.policy": "compact"}),
            Problem("n.case.events.v1: cleanup.policy is compact, declared delete: history would be lost", APPLY),
            id="a log that is compacted",
        ),
        pytest.param(
            seen(topics.CASES_CHANGELOG, {"delete.retention.ms": "60000"}),
            Problem(
                "n.cases.changelog.v1: delete.retention.ms is 60000, declared 86400000: a store on disk would "
                "not hear that a key is "
                "gone",
                APPLY,
            ),
            id="tombstones too short",
        ),
        pytest.param(
            seen(topics.POLICE_NOTIFICATIONS, {"message.timestamp.type": "CreateTime"}),
            Problem(
                "n.police.notifications.v1: message.timestamp.type is CreateTime, declared LogAppendTime: when "
                "a record was received is the "
                "broker's to say",
                "ask whoever runs the sender's topics for: message.timestamp.type=LogAppendTime",
            ),
            id="the sender's time",
        ),
        pytest.param(
            seen(topics.POLICE_NOTIFICATIONS, {"cleanup.policy": "compact"}),
            Problem(
                "n.police.notifications.v1: cleanup.policy is compact, declared delete: records would be "
                "removed before they are "
                "read",
                "ask whoever runs the sender's topics for: cleanup.policy=delete",
            ),
            id="a compacted feed",
        ),
        pytest.param(
            seen(topics.QUARANTINE, {"max.message.bytes": "1000012"}),
            Problem(
                "n.quarantine.v1: max.message.bytes is 1000012, declared 2097152: lanes write batches of up to 1048576",
                APPLY,
            ),
            id="too small for a batch",
        ),
        pytest.param(
            seen(topics.ESCALATIONS, {"unclean.leader.election.enable": "true"}),
            Problem(
                "n.escalations.v1: unclean.leader.election.enable is true, declared false: a broker that missed "
                "records could "
                "lead",
                APPLY,
            ),
            id="unclean election",
        ),
        pytest.param(
            seen(topics.ESCALATIONS, {"min.insync.replicas": "1"}),
            Problem(
                "n.escalations.v1: min.insync.replicas is 1, declared 2: records would count that one broker alone has",
                APPLY,
            ),
            id="one in sync",
        ),
        pytest.param(
            seen(topics.ESCALATIONS, replication=2),
            Problem(
                "n.escalations.v1: replication is 2, declared 3",
                "raise it with kafka-reassign-partitions, or declare what you want (files.topics)",
            ),
            id="too few copies",
        ),
        pytest.param(
            seen(topics.DUTY_ITEMS, there=False), Problem("n.duty.items.v1: is missing", APPLY), id="ours is missing"
        ),
        pytest.param(
            seen(topics.COURT_HEARINGS, there=False),
            Problem("n.court.hearings.v1: is missing", f"ask its sender for it, or {APPLY} --feeds"),
            id="a feed is missing",
        ),
        pytest.param(
            seen(topics.ASSIGNMENTS, partitions=3),
            None,
            id="as many groups as one likes",
        ),
        pytest.param(
            seen(topics.CASE_EVENTS, partitions=2),
            None,
            id="a source may have fewer",
        ),
        pytest.param(
            seen(topics.CASES_CHANGELOG, partitions=3),
            Problem(
                "n.cases.changelog.v1: 3 partitions, 4 needed",
                "never raise it under data, for keys would leave their states behind: declare what is there; or, where "
                "a source has grown, stop, and begin anew in another namespace (kafka.namespace)",
            ),
            id="a changelog too small",
        ),
        pytest.param(
            seen(broker={"transaction.max.timeout.ms": "10000"}),
            Problem(
                "broker 1: transaction.max.timeout.ms is 10000: lanes' transactions may take longer",
                "set it to 20000 or more",
            ),
            id="transactions cut short",
        ),
        pytest.param(
            seen(broker={"transactional.id.expiration.ms": "60000"}),
            Problem(
                "broker 1: transactional.id.expiration.ms is 60000: a quiet lane would be forgotten",
                "set it to 86400000 or more",
            ),
            id="forgotten",
        ),
        pytest.param(
            seen(broker={"unclean.leader.election.enable": "true"}),
            Problem(
                "broker 1: unclean.leader.election.enable is true: what transactions decided could be lost",
                "set it to false",
            ),
            id="unclean brokers",
        ),
        pytest.param(
            seen(broker={"transaction.partition.verification.enable": "false"}),
            Problem(
                "broker 1: transaction.partition.verification.enable is false: a late write could join the next "
                "transaction, or hang",
                "set it to true",
            ),
            id="late writes",
        ),
        pytest.param(
            seen(broker={"group.min.session.timeout.ms": "30000"}),
            Problem(
                "broker 1: group.min.session.timeout.ms is 30000: worker.session_s is shorter",
                "set worker.session_s to 30 or more",
            ),
            id="our session is too short",
        ),
        pytest.param(
            seen(internal={"__transaction_state": 1, "__consumer_offsets": 3}),
            Problem(
                "__transaction_state: replication is 1, ours 3: with one broker gone, transactions would be too",
                "raise it with kafka-reassign-partitions",
            ),
            id="transactions kept once",
        ),
        pytest.param(
            seen(internal={}, broker={"transaction.state.log.replication.factor": "1"}),
            Problem(
                "broker 1: transaction.state.log.replication.factor is 1: transactions would be lost with a broker",
                "set it to 3 or more",
            ),
            id="transactions would be kept once",
        ),
    ],
)
def test_what_would_break_the_promise_is_refused_with_its_remedy(what, problem):
    assert judged(what) == ([] if problem is None else [problem])


def test_everything_wrong_is_said_at_once():
    both = seen(
        topics.CASE_EVENTS,
        {"retention.ms": "1", "message.timestamp.type": "CreateTime"},
        broker={"transaction.max.timeout.ms": "1"},
    )
    assert [problem.what.split(":")[0] for problem in judged(both)] == [
        "n.case.events.v1",
        "n.case.events.v1",
        "broker 1",
    ]


def test_a_codec_that_a_client_cannot_read_is_told_with_what_to_install(monkeypatch):
    assert codecs() == []
    for codec in ("snappy", "lz4", "zstd"):
        monkeypatch.setattr(f"aiokafka.codec.has_{codec}", lambda: False)
    monkeypatch.setattr("kafka.codec.has_zstd", lambda: False)
    assert codecs() == [
        Problem("aiokafka cannot read records that are compressed in snappy, lz4, zstd", "install cramjam"),
        Problem("kafka-python cannot read records that are compressed in zstd", "install zstandard"),
    ]
