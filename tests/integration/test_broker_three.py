"""Three brokers, as production has them: one may be stopped, killed or frozen, and nothing that counts is lost."""

from __future__ import annotations

import pytest

from agents.sandbox.topics import create


@pytest.fixture(scope="module")
def bootstrap(three_brokers):
    create({"bootstrap_servers": three_brokers.bootstrap}, "", partitions=3, single=False)
    return three_brokers.bootstrap


def values(wire, topic):
    return sorted(record.value for record in wire.read(topic))


def test_one_may_be_killed_and_comes_back(three_brokers, bootstrap, wire_to):
    wire, topic = wire_to(bootstrap), "case.events.v1"
    three_brokers.kill(1)
    assert sorted(three_brokers.pids) == [2, 3]
    sent = [b"%02d" % n for n in range(50)]
    wire.send_all(topic, [(value, value) for value in sent])
    three_brokers.start(1)
    assert sorted(three_brokers.pids) == [1, 2, 3]
    assert values(wire, topic) == sent


def test_one_may_be_stopped_in_good_order(three_brokers, bootstrap, wire_to):
    wire = wire_to(bootstrap)
    three_brokers.stop(2)
    wire.send("escalations.v1", b"k", b"while it was away")
    three_brokers.start(2)
    assert values(wire, "escalations.v1") == [b"while it was away"]


def test_one_may_be_frozen_and_thawed(three_brokers, bootstrap, wire_to):
    wire = wire_to(bootstrap)
    three_brokers.freeze(3)
    wire.send("duty.items.v1", b"k", b"while it was frozen")
    three_brokers.thaw(3)
    three_brokers.wait_ready()
    assert values(wire, "duty.items.v1") == [b"while it was frozen"]


def test_there_is_no_broker_zero(three_brokers):
    with pytest.raises(ValueError, match="numbered from 1 to 3"):
        three_brokers.kill(0)
    with pytest.raises(ValueError, match="broker 1 runs already"):
        three_brokers.start(1)
