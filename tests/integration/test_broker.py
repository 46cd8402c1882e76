"""One broker as demo, tests and laptop have it: its data stay, and it ends when whoever started it does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from agents.sandbox.broker import BrokerDied, BrokerRefused, running
from agents.sandbox.broker.properties import free_ports, is_free
from agents.sandbox.topics import create
from tests.processes import still_running

pytestmark = pytest.mark.kafka
JARS = Path(__file__).parents[2] / ".data" / "jars"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("broker")


@pytest.fixture
def served(data):
    """``serve`` in a process group of its own, as a terminal has it; and its broker."""
    (port,) = free_ports(1)
    command = (
        "import sys; from pathlib import Path; from agents.sandbox.broker import serve; "
        f"sys.exit(serve(Path({str(data)!r}), port={port}))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", command],
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        cwd=JARS.parents[1],
    )
    said = [process.stderr.readline()]
    while not said[-1].endswith("server.log\n"):
        assert said[-1], "".join(said)
        said.append(process.stderr.readline())
    (broker,) = (each for each in psutil.Process(process.pid).children(recursive=True) if each.name() == "java")
    yield process, broker, port, said
    process.kill()
    process.wait(20)
    process.stderr.close()


def test_what_was_written_is_there_after_broker_and_watcher_were_killed(data, wire_to):
    with running(data, jar_cache=JARS, grace=0) as cluster:
        wire = wire_to(cluster.bootstrap)
        create({"bootstrap_servers": cluster.bootstrap}, "", partitions=1)
        wire.send("case.events.v1", b"key", b"value")
        broker = psutil.Process(cluster.pids[1])
        watcher = broker.parent()
        watcher.kill()
        assert still_running([watcher, broker], timeout=20) == []
        with pytest.raises(BrokerDied, match=r"broker 1 ended with -9(.|\n)*server\.log"):
            cluster.check()
        cluster.start(1)
        assert [record[2:4] for record in wire.read("case.events.v1")] == [(b"key", b"value")]


def test_it_listens_on_this_machine_only_and_ctrl_c_stops_it_in_good_order(served):
    process, broker, port, said = served
    assert said[-2] == f"Apache Kafka answers on 127.0.0.1:{port}; Ctrl-C stops it\n"
    listening = {each.laddr.ip for each in broker.net_connections("inet") if each.status == "LISTEN"}
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 0
    assert still_running([broker], timeout=0) == []


def test_when_its_parent_is_killed_the_broker_ends(served):
    process, broker, _, _ = served
    process.kill()
    process.wait(20)
    assert still_running([broker], timeout=30) == []


def test_a_port_in_use_is_refused_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        with pytest.raises(BrokerRefused, match=f"port {taken} is in use"), running(tmp_path, ports=[taken]):
            pass


def test_a_second_broker_on_the_same_folder_is_refused_and_the_first_goes_on(data):
    with running(data, jar_cache=JARS, grace=0) as cluster:
        told = (data / "broker-1" / "server.properties").read_text()
        with pytest.raises(BrokerRefused, match=r"a broker runs on .* already"), running(data, jar_cache=JARS):
            pass
        assert (data / "broker-1" / "server.properties").read_text() == told
        create({"bootstrap_servers": cluster.bootstrap}, "second.", partitions=1)


def test_a_broker_whose_parent_was_killed_keeps_its_folder_until_it_has_ended(served):
    process, broker, _, _ = served
    folder = Path(broker.cmdline()[-1]).parents[1]
    broker.suspend()
    process.kill()
    process.wait(20)
    with pytest.raises(BrokerRefused, match=r"a broker runs on .* already"), running(folder, jar_cache=JARS):
        pass
    broker.kill()


def test_data_of_another_number_of_brokers_are_refused(tmp_path):
    (tmp_path / "broker-1").mkdir()
    with pytest.raises(BrokerRefused, match=r"holds the data of 1 broker\(s\), not 3"), running(tmp_path, 3):
        pass


def test_what_it_cannot_start_on_is_shown(data):
    with (
        pytest.raises(BrokerDied, match=r"broker 1 ended with 1(.|\n)*Invalid value nonsense"),
        running(data, jar_cache=JARS, properties={"num.io.threads": "nonsense"}),
    ):
        pass


def test_free_ports_are_free_and_below_those_of_outgoing_connections():
    ports = free_ports(6)
    assert len(set(ports)) == 6
    assert all(is_free(port) and 20_000 <= port < 32_768 for port in ports)
