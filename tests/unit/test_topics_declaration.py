"""The declaration of topics: what it says, and what is refused of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agents import deployed, topics
from agents.topics import needed
from agents.topics.declaration import Cleanup, Owner, TopicsFaults, declared, parse

DEPLOYED = deployed.text("topics.toml")


def changed(old: str, new: str) -> str:
    """The deployed file with the first ``old`` replaced."""
    assert old in DEPLOYED
    return DEPLOYED.replace(old, new, 1)


def test_every_topic_is_declared_once_and_in_order():
    assert tuple(spec.name for spec in declared()) == topics.ALL
    assert len(set(topics.ALL)) == len(topics.ALL)


def test_the_senders_own_the_feeds_and_we_all_others():
    assert {s.name: s.schema for s in declared() if s.owner is Owner.SENDER} == topics.FEEDS


def test_every_record_that_counts_is_on_two_brokers_and_a_single_broker_keeps_it_once():
    assert {(s.replication, s.min_insync) for s in declared()} == {(3, 2)}
    assert {(s.replication, s.min_insync) for s in declared(single=True)} == {(1, 1)}


def test_no_changelog_is_ever_deleted_and_each_is_read_back_in_small_pieces():
    for step in topics.STEPS.values():
        spec = next(s for s in declared() if s.name == step.changelog)
        assert (spec.cleanup, spec.retention, spec.segment) == (Cleanup.COMPACT, None, 16 << 20)


def test_the_case_events_are_kept_for_ever_with_the_brokers_time():
    spec = next(s for s in declared() if s.name == topics.CASE_EVENTS)
    assert spec.configs() == {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "max.message.bytes": "2097152",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false",
        "message.timestamp.type": "LogAppendTime",
    }


def test_policies_are_kept_for_ever_by_version_in_one_partition_with_the_brokers_time():
    spec = next(s for s in declared() if s.name == topics.POLICIES)
    assert (spec.owner, spec.partitions) == (Owner.OURS, 1)
    assert spec.configs() == {
        "cleanup.policy": "compact",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "max.message.bytes": "1048576",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false",
        "message.timestamp.type": "LogAppendTime",
        "delete.retention.ms": "86400000",
        "min.cleanable.dirty.ratio": "0.1",
        "segment.bytes": "16777216",
    }


def test_a_feeds_configs_are_what_we_ask_its_sender_for():
    spec = next(s for s in declared() if s.name == topics.POLICE_NOTIFICATIONS)
    assert (spec.retention, spec.largest, spec.broker_time) == (timedelta(days=14), 1 << 20, True)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param(
            "[topics",
            ["f: not TOML: Expected ']' at the end of a table declaration (at end of document)"],
            id="no TOML",
        ),
        pytest.param(
            changed('retention = "14 days"', 'retention = "a fortnight"'),
            ['f: police.notifications.v1: retention should be "for ever" or like "14 days", not \'a fortnight\''],
            id="no time",
        ),
        pytest.param(
            changed('cleanup = "compact"\n', 'cleanup = "compact"\nretention = "14 days"\n'),
            [
                'f: sighting.outcomes.v1: retention of a compacted topic is "for ever", not 14 days; leave it out',
            ],
            id="compacted and deleted",
        ),
        pytest.param(
            changed("min_insync = 2", "min_insync = 3").replace("partitions = 1\n", "partitions = 0\n"),
            [
                *(
                    f"f: {name}: min_insync (3) must be under replication (3): one broker may be down "
                    "(1 and 1 on a cluster of one)"
                    for name in topics.ALL[: topics.ALL.index(topics.OPERATOR_COMMANDS)]
                ),
                "f: operator.commands.v1: partitions should be greater than or equal to 1, not 0",
                "f: policies.v1: partitions should be greater than or equal to 1, not 0",
                "f: tickets.v1: partitions should be greater than or equal to 1, not 0",
                *(
                    f"f: {name}: min_insync (3) must be under replication (3): one broker may be down "
                    "(1 and 1 on a cluster of one)"
                    for name in topics.ALL[topics.ALL.index(topics.ASSIGNMENTS) + 1 :]
                ),
            ],
            id="all faults at once",
        ),
        pytest.param(
            changed('[topics."tickets.v1"]', '[topics."ticket.v1"]'),
            [
                "f: ticket.v1 is no topic of ours; remove it, or mend its name",
                "f: tickets.v1 is not declared; take it over from the file that comes with the program",
            ],
            id="a name that is wrong",
        ),
        pytest.param(
            changed("partitions = 4", "partitions = 8"),
            [
                "f: intake.changelog.v1: partitions (4) must be at least 8, as its largest source has",
            ],
            id="more partitions than the changelog",
        ),
        pytest.param(
            changed("largest = 2_097_152\nsegment = 16_777_216", "largest = 10_485_760\nsegment = 16_777_216"),
            ["f: duty.items.v1: segment (16777216) must be at least twice largest (10485760)"],
            id="a segment for one record",
        ),
        pytest.param(
            changed('why = "An item stays until it is settled."', 'why = ""'),
            ["f: duty.items.v1: why should say why it is kept for so long, not ''"],
            id="no reason",
        ),
        pytest.param(
            changed('schema = "police_notification"', 'schema = "police"\nnonsense = 1'),
            [
                "f: police.notifications.v1: nonsense means nothing here; remove it (known: broker_time, cleanup, "
                "largest, min_insync, owner, partitions, replication, retention, schema, segment, why)"
            ],
            id="a word that means nothing",
        ),
        pytest.param("topics = 3\ndefaults = 4\nmore = 5", None, id="nothing at all"),
    ],
)
def test_a_faulty_declaration_is_refused_with_all_its_faults(text, faults):
    with pytest.raises(TopicsFaults) as caught:
        parse(text, "f")
    if faults is None:
        assert len(caught.value.faults) == 1 + len(topics.ALL)
    else:
        assert list(caught.value.faults) == faults


def test_a_changelog_needs_as_many_partitions_as_its_largest_source():
    counts = {
        topics.POLICE_NOTIFICATIONS: 3,
        topics.COURT_HEARINGS: 12,
        topics.CASE_EVENTS: 6,
        topics.IDENTITY_LOOKUPS: 5,
    }
    assert needed(counts) == {
        topics.INTAKE_CHANGELOG: 12,
        topics.IDENTIFIERS_CHANGELOG: 5,
        topics.SIGHTINGS_CHANGELOG: 0,
        topics.CASES_CHANGELOG: 6,
    }


def test_an_operators_own_file_replaces_ours(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(changed('retention = "14 days"', 'retention = "3 days"'))
    assert declared(own)[0].retention == timedelta(days=3)
