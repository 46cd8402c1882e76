"""The declaration made true on a real broker, and what is found wrong there."""

from __future__ import annotations

import time

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic

from agents import deployed, selfcheck, topics
from agents.errors import Problem
from agents.settings import load
from agents.topics import cluster
from agents.topics.cluster import TopicsRefused
from agents.topics.declaration import declared

SET = AlterConfigOpType.SET


@pytest.fixture
def settings(kafka, namespace):
    return load(None, {}, {"kafka.bootstrap": kafka, "kafka.namespace": namespace})


@pytest.fixture
def declaring(settings, tmp_path):
    """The settings with a declaration of topics of the operator's own."""

    def declared(text):
        (tmp_path / "own.toml").write_text(text)
        return settings.but(files={"topics": str(tmp_path / "own.toml")})

    return declared


@pytest.fixture
def admin(kafka):
    return AdminClient({"bootstrap.servers": kafka})


def eventually(look, wanted):
    """What ``look`` finds once it is ``wanted``, or after 30 s: brokers hear of a change after the controller."""
    until = time.monotonic() + 30
    while (found := look()) != wanted and time.monotonic() < until:
        time.sleep(0.1)
    return found


def alter(admin, topic, **configs):
    entries = [ConfigEntry(key.replace("_", "."), value, incremental_operation=SET) for key, value in configs.items()]
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=entries)
    admin.incremental_alter_configs([resource])[resource].result(20)


def test_apply_makes_what_is_missing_and_repeated_does_nothing(settings, admin, topics_gone):
    done = cluster.apply(settings, single=True, feeds=True)
    assert done == tuple(f"{spec.name}: created with {spec.partitions} partitions" for spec in declared(single=True))
    assert cluster.apply(settings, single=True, feeds=True) == ()
    assert cluster.check(settings) == []
    assert selfcheck.checked(settings) == []
    assert [(state.there, state.partitions, state.replication) for state in cluster.listed(settings)] == [
        (True, spec.partitions, 1) for spec in declared()
    ]


def test_without_the_word_single_a_cluster_of_one_is_refused(settings):
    with pytest.raises(TopicsRefused, match="topics apply --single"):
        cluster.apply(settings)


def test_feeds_are_the_senders_to_make_and_to_size(settings, admin, namespace, topics_gone):
    made = {topics.POLICE_NOTIFICATIONS: 6, topics.COURT_HEARINGS: 1}
    for name, partitions in made.items():
        admin.create_topics([NewTopic(namespace + name, partitions, 1)])[namespace + name].result(20)
    assert eventually(lambda: {s.spec.name: s.partitions for s in cluster.listed(settings) if s.there}, made) == made
    cluster.apply(settings, single=True)
    counts = {state.spec.name: state.partitions for state in cluster.listed(settings)}
    assert counts == {
        **{spec.name: spec.partitions for spec in declared()},
        **dict.fromkeys(topics.FEEDS, 0),
        **made,
        topics.INTAKE_CHANGELOG: 6,
    }
    problems = {problem.what for problem in selfcheck.checked(settings)}
    assert problems == {
        *(f"{namespace}{name}: is missing" for name in topics.FEEDS if name not in made),
        *(
            f"{namespace}{name}: message.timestamp.type is CreateTime, declared LogAppendTime: "
            "when a record was received is the broker's to say"
            for name in made
        ),
    }


def test_lanes_grow_with_the_feeds_and_nothing_keyed_ever_does(settings, admin, namespace, topics, declaring):
    from agents import topics as ours

    topics(2)
    feed, events = namespace + ours.ASSESSMENT_UPDATES, namespace + ours.CASE_EVENTS
    for name in (feed, events):
        admin.create_partitions([NewPartitions(name, 3)])[name].result(20)

    def found():
        anew = "stop, and begin anew in another namespace (kafka.namespace)"
        return [(p.what.removeprefix(namespace).split(":")[0], anew in p.remedy) for p in selfcheck.checked(settings)]

    wanted = [(ours.INTAKE_CHANGELOG, False), (ours.CASES_CHANGELOG, True)]
    assert eventually(found, wanted) == wanted
    fewer = declaring(deployed.text("topics.toml").replace("partitions = 4", "partitions = 2"))
    done = cluster.apply(fewer, single=True)
    assert done == (f"{ours.INTAKE_CHANGELOG}: partitions raised from 2 to 3",)
    assert [p.what for p in cluster.check(fewer)] == [f"{namespace}{ours.CASES_CHANGELOG}: 2 partitions, 3 needed"]


def test_the_number_of_groups_is_raised_and_lowered(settings, namespace, topics, declaring):
    from agents import topics as ours

    topics(4)

    def declaring_groups(number):
        text = deployed.text("topics.toml")
        at = text.index('[topics."tickets.v1"]')
        return declaring(text[:at] + text[at:].replace("partitions = 1", f"partitions = {number}", 1))

    def groups():
        (found,) = (state.partitions for state in cluster.listed(settings) if state.spec.name == ours.ASSIGNMENTS)
        return found

    assert groups() == 1
    for before, number in ((1, 3), (3, 2)):
        wanted = declaring_groups(number)
        assert [p.what.removeprefix(namespace) for p in cluster.check(wanted)] == [
            f"{ours.ASSIGNMENTS}: {before} partitions, {number} needed"
            if number > before
            else f"{ours.ASSIGNMENTS}: {before} groups, {number} declared"
        ]
        assert len(cluster.apply(wanted, single=True)) == 1
        assert eventually(groups, number) == number
        assert cluster.check(wanted) == []
        assert selfcheck.checked(settings) == []


def test_settings_that_differ_are_found_and_mended(settings, admin, namespace, topics):
    from agents import topics as ours

    topics(4)
    alter(admin, namespace + ours.CASE_EVENTS, retention_ms="1000")
    alter(admin, namespace + ours.POLICE_NOTIFICATIONS, retention_ms="1000")
    alter(admin, namespace + ours.CASES_CHANGELOG, cleanup_policy="delete")
    apply, changelog = "run: raised-risk topics apply", f"{namespace}cases.changelog.v1"
    wanted = [
        Problem(
            f"{namespace}police.notifications.v1: retention.ms is 1000, declared 1209600000",
            "ask whoever runs the sender's topics for: retention.ms=1209600000",
            breaks=False,
        ),
        Problem(f"{namespace}case.events.v1: retention.ms is 1000, declared -1: the log is the history", apply),
        Problem(f"{changelog}: cleanup.policy is delete, declared compact: states would be lost", apply),
    ]
    assert eventually(lambda: cluster.check(settings), wanted) == wanted
    assert selfcheck.checked(settings) == wanted[1:]
    assert cluster.apply(settings, single=True) == (
        "case.events.v1: retention.ms changed from 1000 to -1",
        "cases.changelog.v1: cleanup.policy changed from delete to compact",
    )
    assert selfcheck.checked(settings) == []


def test_a_faulty_declaration_is_a_problem_like_the_others(declaring):
    problems = selfcheck.checked(declaring("topics = {}"))
    assert [problem.remedy for problem in problems] == ["mend the declaration of topics (files.topics)"] * len(
        topics.ALL
    )
