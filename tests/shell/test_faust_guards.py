"""What the lanes take for granted of Faust, mode and aiokafka, one test for each touch.

The versions are pinned. Raise one of them, and what has changed under the lanes shows here, by name, before it shows
in a torture run. What needs a broker to show (fencing, the end of a transactional log) is in
tests/faults/test_kafka_guards.py.
"""

from __future__ import annotations

import asyncio
import inspect
from importlib.metadata import version
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaError, OffsetOutOfRangeError, ProducerFenced
from aiokafka.partitioner import murmur2
from faust.transport.drivers import aiokafka as aiokafka_driver
from kafka.admin import KafkaAdminClient, MemberToRemove
from mode import Service, Worker
from mode.utils.queues import FlowControlEvent

from agents.app import faust_app
from agents.lane.batches import Batches
from agents.settings import load

NOWHERE = "127.0.0.1:1"


def parameters(of: Any) -> set[str]:
    return set(inspect.signature(of).parameters)


@pytest.mark.parametrize(
    ("distribution", "pinned"), [("faust-streaming", "0.15.3"), ("mode-streaming", "0.7.1"), ("aiokafka", "0.14.0")]
)
def test_the_engine_is_of_the_version_that_was_read_and_tortured(distribution: str, pinned: str) -> None:
    assert version(distribution) == pinned


@pytest.fixture
def app() -> faust.App:
    return faust.App("guards", broker=f"kafka://{NOWHERE}", store="memory://", web_enabled=False, autodiscover=False)


# ── faust: agents on channels of our own ─────────────────────────────────────────────────────────────────────


async def test_an_agent_reads_from_our_channel_itself_and_not_from_a_clone(app: faust.App) -> None:
    batches = Batches(app)

    @app.agent(batches, name="reads")
    async def reads(stream: Any) -> None:
        """Never started here."""

    assert reads.channel is batches
    assert reads.stream().channel is batches
    assert batches.clone(is_iterator=False, active_partitions=None) is batches


async def test_an_agent_on_a_channel_is_given_the_very_things_that_were_put_there_in_order(app: faust.App) -> None:
    batches, given, seen = Batches(app), [object(), object(), object()], []
    for each in given:
        batches.hand(each)  # type: ignore[arg-type]

    @app.agent(batches, name="reads")
    async def reads(stream: Any) -> None:
        async for each in stream:
            seen.append(each)
            if len(seen) == len(given):
                return

    stream = reads.stream()
    async with asyncio.timeout(5):
        await reads.fun(stream)
    await stream.stop()
    assert seen == given


async def test_a_queue_with_flow_of_its_own_is_not_stopped_or_emptied_by_a_rebalance(app: faust.App) -> None:
    batches = Batches(app)
    batches.hand("a batch")  # type: ignore[arg-type]
    app.flow_control.suspend()
    app.flow_control.clear()
    assert await asyncio.wait_for(batches.queue.get(), 1) == "a batch"


async def test_a_queue_of_faust_itself_is_emptied_by_a_rebalance(app: faust.App) -> None:
    # Why Batches brings its own: were this no longer so, Batches would not be needed.
    theirs: Any = app.channel(maxsize=10)
    queue = theirs.queue
    queue.put_nowait("an event")
    app.flow_control.clear()
    assert queue.empty()


def test_flow_control_can_begin_unsuspended() -> None:
    assert FlowControlEvent(initially_suspended=False).is_active()
    assert not FlowControlEvent().is_active()


# ── faust: what the group tells us ───────────────────────────────────────────────────────────────────────────


async def test_a_listener_to_assignments_is_given_the_app_and_the_whole_assignment(app: faust.App) -> None:
    told = []

    async def share(sender: Any, assigned: Any, **_: Any) -> None:
        told.append((sender, assigned))

    app.on_partitions_assigned.connect(share)
    await app.on_partitions_assigned.send({TopicPartition("tickets", 1)})
    assert told == [(app, {TopicPartition("tickets", 1)})]
    source = inspect.getsource(type(app)._on_partitions_assigned)
    assert "T(self.on_partitions_assigned.send)(assigned)" in source
    assert source.index("T(self.tables.on_rebalance)") < source.index("T(self.on_partitions_assigned.send)")


async def test_an_exception_in_a_listener_crashes_the_app_and_is_not_swallowed(app: faust.App) -> None:
    assert "await self.crash(exc)" in inspect.getsource(type(app)._on_partitions_assigned)


def test_the_signal_that_a_worker_starts_is_fausts_command_lines_alone(app: faust.App) -> None:
    # Started as we start it (faust.Worker), nobody is told: so nothing of ours may wait for that signal.
    assert "on_worker_init" in inspect.getsource(type(app).worker_init_post_autodiscover)
    assert "worker_init_post_autodiscover" not in inspect.getsource(inspect.getmodule(faust.Worker))  # type: ignore[arg-type]


def test_the_app_says_whether_it_rebalances(app: faust.App) -> None:
    said = [app.rebalancing]
    app.on_rebalance_start()
    said.append(app.rebalancing)
    app.on_rebalance_end()
    assert [*said, app.rebalancing] == [False, True, False]


async def test_a_service_may_be_given_as_an_object_and_its_tasks_run(app: faust.App) -> None:
    ran = asyncio.Event()

    class Ours(Service):
        @Service.task
        async def _task(self) -> None:
            ran.set()

    ours = Ours()
    app.service(ours)
    assert app._prepare_subservice(ours) is ours
    assert not ours.should_stop
    async with ours, asyncio.timeout(5):
        await ran.wait()


def test_a_worker_can_be_told_to_leave_logging_and_output_to_us() -> None:
    known = parameters(faust.Worker.__init__) | parameters(Worker.__init__)
    assert known >= {"loglevel", "redirect_stdouts", "override_logging", "quiet"}


def test_the_settings_that_keep_the_group_alive_reach_the_client(app: faust.App) -> None:
    known = set(app.conf.SETTINGS)
    assert known >= {
        "broker_session_timeout", "broker_heartbeat_interval", "broker_rebalance_timeout", "broker_request_timeout",
        "broker_max_poll_interval", "broker_credentials", "consumer_auto_offset_reset", "topic_disable_leader",
        "topic_allow_declare", "web_enabled", "consumer_group_instance_id", "consumer_metadata_max_age_ms",
    }  # fmt: skip


def test_a_name_in_the_group_reaches_the_client_which_then_leaves_it_to_us_to_leave() -> None:
    assert "group_instance_id=conf.consumer_group_instance_id" in inspect.getsource(aiokafka_driver)
    assert "group_instance_id" in parameters(AIOKafkaConsumer)
    # Were this no longer so, the process itself need not leave (agents.member).
    assert "self._group_instance_id is None" in inspect.getsource(GroupCoordinator._maybe_leave_group)


def test_a_member_is_removed_by_its_name() -> None:
    assert parameters(KafkaAdminClient.remove_group_members) >= {"group_id", "members"}
    assert parameters(MemberToRemove.__init__) >= {"group_instance_id"}


# ── aiokafka: the producer ───────────────────────────────────────────────────────────────────────────────────


def test_the_producer_takes_what_a_claim_needs() -> None:
    assert parameters(AIOKafkaProducer) >= {
        "transactional_id", "acks", "max_batch_size", "max_request_size", "request_timeout_ms",
        "transaction_timeout_ms", "retry_backoff_ms",
    }  # fmt: skip
    assert parameters(AIOKafkaProducer.send_batch) == {"self", "batch", "topic", "partition"}
    assert inspect.iscoroutinefunction(AIOKafkaProducer.send_batch)
    assert inspect.iscoroutinefunction(AIOKafkaProducer.partitions_for)
    assert not inspect.iscoroutinefunction(AIOKafkaProducer.create_batch)
    context = AIOKafkaProducer.transaction
    assert not inspect.iscoroutinefunction(context)


async def test_a_batch_says_none_when_it_is_full_and_counts_its_records() -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=NOWHERE, transactional_id="guards", max_batch_size=500, max_request_size=2000
    )
    batch = producer.create_batch()
    taken = 0
    while batch.append(key=b"k", value=b"v" * 100, timestamp=None) is not None:
        taken += 1
    assert 0 < taken < 6
    assert batch.record_count() == taken
    batch.append(key=b"k", value=b"v" * 100, timestamp=None)
    assert batch.record_count() == taken, "a record that was refused is not counted"


async def test_the_id_of_a_transaction_is_where_the_unfenced_engine_changes_it() -> None:
    producer = AIOKafkaProducer(bootstrap_servers=NOWHERE, transactional_id="guards")
    assert producer._txn_manager.transactional_id == "guards"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # Kafka's own test vectors (UtilsTest.testMurmur2).
        pytest.param(b"21", -973932308, id="21"),
        pytest.param(b"foobar", -790332482, id="foobar"),
        pytest.param(b"a-little-bit-long-string", -985981536, id="long"),
        pytest.param(b"a-little-bit-longer-string", -1486304829, id="longer"),
        pytest.param(b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971, id="longest"),
        pytest.param(b"abc", 479470107, id="abc"),
    ],
)
def test_keys_are_hashed_as_kafkas_own_clients_hash_them(key: bytes, expected: int) -> None:
    assert murmur2(key) & 0xFFFFFFFF == expected & 0xFFFFFFFF


# ── aiokafka: the reader ─────────────────────────────────────────────────────────────────────────────────────


def test_the_reader_takes_what_a_lane_needs() -> None:
    assert parameters(AIOKafkaConsumer) >= {
        "isolation_level", "auto_offset_reset", "fetch_max_wait_ms", "max_partition_fetch_bytes",
    }  # fmt: skip
    assert parameters(AIOKafkaConsumer.getmany) == {"self", "partitions", "timeout_ms", "max_records"}
    for name in ("beginning_offsets", "end_offsets", "position", "getmany"):
        assert inspect.iscoroutinefunction(getattr(AIOKafkaConsumer, name)), name
    for name in ("assign", "seek", "pause", "resume", "highwater"):
        assert not inspect.iscoroutinefunction(getattr(AIOKafkaConsumer, name)), name


def test_errors_have_the_names_by_which_they_are_caught() -> None:
    assert issubclass(ProducerFenced, KafkaError)
    assert issubclass(OffsetOutOfRangeError, KafkaError)


def test_the_admin_client_has_what_the_partition_counts_are_read_with() -> None:
    for name in ("start", "close", "describe_topics", "describe_cluster"):
        assert inspect.iscoroutinefunction(getattr(AIOKafkaAdminClient, name)), name


def test_faust_is_given_the_password_itself_and_not_its_mask() -> None:
    sasl = {"security.mechanism": "PLAIN", "security.username": "us", "security.password": "open sesame"}
    of = faust_app(load(environ={}, overrides={**sasl, "security.tls": "true"})).conf.broker_credentials
    given = of.username, of.password, of.mechanism.value, of.protocol.value
    assert given == ("us", "open sesame", "PLAIN", "SASL_SSL")
    assert of.ssl_context is not None
