"""The policies that judge: their texts in a topic of their own, one record each time that one comes into force.

A policy is its file, the table of offences and the bank holidays; its version is a hash of the three. A worker that
starts reads the topic, and where the policy that it was given is not the one that came into force last, it puts its
own there (``put_in_force``): from the broker's time of that record on, that one is in force. So a replay of the log
judges each event under the policy that was in force at its time, and an open escalation finds the one that it was
opened under, whatever the files of today say.

Of two workers with different files the one that started later wins. A running process keeps what it read at its start
(``in_force``), which a replay cannot see: when the policy changes, start every worker anew. A process whose own files
are not what is in force judges by what is in force all the same, and its log says so.

A record's key is ``version/ordinal``: a policy that comes back into force is a record of its own, and the compaction
of the topic takes nothing of the history away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from msgspec import Struct
from msgspec.structs import replace

from agents import bank_holidays, deployed, logs, timer, wire
from agents.errors import Misconfigured
from agents.lane.clients import opened, reader
from agents.records import Record
from agents.settings import Settings
from agents.topics import POLICIES
from streams.policy import Policies, Policy, only
from streams.policy.reading import PolicyFaults, parse
from streams.rules import BY_ID

PATIENCE = 20.0  # seconds for reading or writing the topic, the broker's start of the day included

T = TypeVar("T")

_log = logs.get("policies")


class Texts(Struct, frozen=True, array_like=True):
    """What a policy is made of: the value of a record. The rule of evolution is that of events."""

    policy: str
    offences: str
    holidays: tuple[date, ...]

    def parsed(self) -> Policy:
        """The policy that they say. Pure. Raises PolicyFaults."""
        return parse(self.policy, self.offences, BY_ID, self.holidays)


class PolicyUnheard(Exception):
    """The topic of policies could not be read or written: no broker answers, or the topic is not there."""


class PolicyOfAnotherRelease(Misconfigured):
    """The policy that came into force last cannot be read by this release, so nothing can be judged."""

    remedy = "start `raised-risk worker` anew, which puts its own policy in force, or install the later release"

    def __init__(self, version: str, fault: str) -> None:
        super().__init__(f"the policy in force ({version}) cannot be read by this release: {fault}")


class PolicyHistory(NamedTuple):
    """What the topic says."""

    by_version: Mapping[str, Policy]
    since: tuple[tuple[datetime, str], ...]  # the earliest first; the unreadable ones left out
    unreadable: Mapping[str, str]  # version to the first of its faults
    latest: str  # the version that came into force last, readable or not; empty: none ever did
    ordinal: int  # the highest so far


def given(settings: Settings) -> Texts:
    """The texts of the policy that this program was given. Raises FileUnreadable."""
    policy = deployed.text("policy.toml", settings.files.policy)
    offences = deployed.text("serious_offences.csv", settings.files.offences)
    return Texts(policy, offences, bank_holidays.england_and_wales())


def own(settings: Settings) -> Policies:
    """The policy that this program was given and no other, always in force: where no broker is at hand.

    Raises PolicyFaults, FileUnreadable.
    """
    return only(given(settings).parsed())


def known(records: Iterable[Record]) -> PolicyHistory:
    """What the records of the topic say, in their order. Pure.

    A policy that an older release wrote may be one that this release cannot read: it is named, and left out. A record
    that says once more what is in force already (two workers that started at the same time) changes nothing.
    """
    by_version: dict[str, Policy] = {}
    since: list[tuple[datetime, str]] = []
    unreadable: dict[str, str] = {}
    latest, highest = "", 0
    for record in records:
        version, _, ordinal = (record.key or b"").decode(errors="replace").rpartition("/")
        if record.value is None or not version or not ordinal.isdecimal():
            continue  # none of ours
        highest = max(highest, int(ordinal))
        if version == latest:
            continue
        latest = version
        if version not in by_version and version not in unreadable:
            try:
                by_version[version] = _parsed(record.value, version)
            except PolicyFaults as error:
                unreadable[version] = error.faults[0]
            except (msgspec.DecodeError, UnicodeDecodeError):
                unreadable[version] = "its record is none of ours"
        if version in by_version:
            at = wire.time_of(record.timestamp)
            since.append((max(at, since[-1][0]) if since else at, version))  # brokers' clocks differ a little
    return PolicyHistory(by_version, tuple(since), unreadable, latest, highest)


_texts = msgspec.msgpack.Decoder(Texts).decode


def _parsed(value: bytes, version: str) -> Policy:
    """The policy under the version that its escalations name, however this release would compute it."""
    policy = _texts(value).parsed()
    return policy if policy.version == version else replace(policy, version=version)


def record_of(texts: Texts, before: PolicyHistory) -> tuple[bytes, bytes] | None:
    """Key and value that put these texts in force; None where they are. Pure. Raises PolicyFaults."""
    version = texts.parsed().version
    if version == before.latest:
        return None
    return f"{version}/{before.ordinal + 1}".encode(), wire.encode(texts)


def judging(found: PolicyHistory, settings: Settings) -> Policies:
    """The policies that judge, by what the topic says; where it is empty, the one that this program was given.

    It is empty where no worker was ever started by its supervisor: in tests and measurements. Raises
    PolicyOfAnotherRelease; where the topic is empty, PolicyFaults and FileUnreadable.
    """
    if not found.latest:
        return own(settings)
    if found.latest in found.unreadable:
        raise PolicyOfAnotherRelease(found.latest, found.unreadable[found.latest])
    return Policies(found.by_version, found.since)


# ── a worker's start ─────────────────────────────────────────────────────────────────────────────────────────


def put_in_force(settings: Settings) -> None:
    """Put the policy that this worker was given in force, unless it is. Safe to repeat.

    Raises PolicyUnheard, PolicyFaults, FileUnreadable.
    """
    texts = given(settings)
    found = _heard(_read(settings))
    for version, fault in found.unreadable.items():
        _log.warning("a former policy cannot be read any more and is left out", policy=version, reason=fault)
    if (ahead := bank_holidays.reach(texts.holidays, timer.now().date())) < bank_holidays.ENOUGH:
        _log.warning("the bank holidays do not reach a year ahead", count=ahead.days, remedy=MORE_HOLIDAYS)
    if new := record_of(texts, found):
        _heard(_write(settings, *new))
        _log.info("a policy comes into force", policy=new[0].decode())


MORE_HOLIDAYS = "install a later release: deadlines beyond the list would run on days when nobody works"
"""What to do when the list of bank holidays runs out."""


def in_force(settings: Settings) -> Policies:
    """The policies that judge, for a process that starts. Raises PolicyUnheard, and what ``judging`` raises."""
    found = _heard(_read(settings))
    policies = judging(found, settings)
    try:
        version = given(settings).parsed().version
    except (PolicyFaults, deployed.FileUnreadable):
        version = "unreadable"
    if version != policies.latest.version:
        _log.warning(
            "the policy of this worker's own files is not in force",
            policy=policies.latest.version,
            version=version,
            remedy="start this worker anew to put its own in force, or give it the other's files",
        )
    return policies


def _heard(said: Coroutine[Any, Any, T]) -> T:
    """What the broker says, waited for without an event loop that Faust would find there later."""
    try:
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            return runner.run(asyncio.wait_for(said, PATIENCE))
    except (KafkaError, OSError, TimeoutError) as error:
        raise PolicyUnheard(type(error).__name__) from error


async def _read(settings: Settings) -> PolicyHistory:
    place = TopicPartition(settings.topic(POLICIES), 0)
    records: list[Any] = []
    async with opened(reader(settings.clients())) as topic:
        topic.assign([place])
        end = (await topic.end_offsets([place]))[place]
        await topic.seek_to_beginning(place)
        while await topic.position(place) < end:
            records += (await topic.getmany(place, timeout_ms=1000)).get(place, ())
    return known(records)


async def _write(settings: Settings, key: bytes, value: bytes) -> None:
    async with opened(AIOKafkaProducer(acks="all", enable_idempotence=True, **settings.clients())) as writer:
        await writer.send_and_wait(settings.topic(POLICIES), value, key, partition=0)
