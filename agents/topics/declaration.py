"""The declaration of topics (deploy/topics.toml, or the operator's own file): read and checked, all faults at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from agents import deployed
from agents.topics.names import ALL, FEEDS, needed

TOMBSTONES = timedelta(hours=24)
"""How long a compacted topic still says that a key is gone: a store on disk trusts itself for half of it."""

LEAST_LARGEST = 1_048_576
"""Bytes of a batch that every topic must take: lanes write up to 1 MB at once (agents/lane/lanes)."""

MOST_DIRTY = 0.1
"""A compacted topic is cleaned when this share of it is new (Kafka's default, a half, makes recoveries longer)."""


E = TypeVar("E", bound=StrEnum)


class Owner(StrEnum):
    """Whose topic it is."""

    OURS = "ours"
    SENDER = "sender"


class Cleanup(StrEnum):
    """What becomes of old records."""

    DELETE = "delete"
    COMPACT = "compact"


@dataclass(frozen=True)
class TopicSpec:
    """One topic as it is declared."""

    name: str
    owner: Owner
    partitions: int
    replication: int
    min_insync: int
    cleanup: Cleanup
    retention: timedelta | None  # None: for ever
    largest: int  # bytes of a batch of records
    broker_time: bool
    segment: int  # bytes; 0: Kafka's default
    schema: str
    why: str

    def configs(self) -> dict[str, str]:
        """The topic's settings in Kafka's words. Pure."""
        wanted = {
            "cleanup.policy": self.cleanup.value,
            "retention.ms": str(-1 if self.retention is None else self.retention // timedelta(milliseconds=1)),
            "retention.bytes": "-1",  # never by size: a burst must not push unread records out
            "max.message.bytes": str(self.largest),
            "min.insync.replicas": str(self.min_insync),
            "unclean.leader.election.enable": "false",
            "message.timestamp.type": "LogAppendTime" if self.broker_time else "CreateTime",
        }
        if self.cleanup is Cleanup.COMPACT:
            wanted |= {
                "delete.retention.ms": str(TOMBSTONES // timedelta(milliseconds=1)),
                "min.cleanable.dirty.ratio": str(MOST_DIRTY),
            }
        if self.segment:
            wanted["segment.bytes"] = str(self.segment)
        return wanted


class TopicsFaults(Exception):
    """Everything that is wrong with the declaration, at once."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def declared(path: str | Path = "", *, single: bool = False) -> tuple[TopicSpec, ...]:
    """The topics of the operator's file ``path``, or of the one that travels with the program.

    ``single``: each record once, for a cluster of one broker. Raises TopicsFaults.
    """
    try:
        text = deployed.text("topics.toml", str(path or ""))
    except deployed.FileUnreadable as error:
        raise TopicsFaults([str(error)]) from None
    return parse(text, str(path or "topics.toml"), single=single)


def parse(text: str, file: str = "topics.toml", *, single: bool = False) -> tuple[TopicSpec, ...]:
    """The topics that ``text`` declares, in the order of ``names.ALL``. Pure. Raises TopicsFaults."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TopicsFaults([f"{file}: not TOML: {error}"]) from None
    faults = [
        f"{file}: {name} means nothing here; remove it" for name in sorted(content.keys() - {"defaults", "topics"})
    ]
    tables = _tables(content.get("topics"))
    defaults = _tables({"defaults": content.get("defaults")})["defaults"]
    odd = sorted(defaults.keys() - {"replication", "min_insync"})
    faults += [f"{file}: defaults: {name} means nothing here; say it topic by topic" for name in odd]
    strange = sorted(tables.keys() - set(ALL))
    faults += [f"{file}: {name} is no topic of ours; remove it, or mend its name" for name in strange]
    specs: list[TopicSpec] = []
    for name in ALL:
        if name not in tables:
            faults.append(f"{file}: {name} is not declared; take it over from the file that comes with the program")
            continue
        reader = _Reader(f"{file}: {name}", {**defaults, **tables[name]})
        spec = reader.spec(name)
        faults += reader.faults
        if spec is not None:
            specs.append(replace(spec, replication=1, min_insync=1) if single else spec)
    faults = faults or [f"{file}: {fault}" for fault in _unfit(specs)]
    if faults:
        raise TopicsFaults(faults)
    return tuple(specs)


def _tables(value: object) -> dict[str, dict[str, Any]]:
    """A table of tables, whatever was written: what is missing in it is a fault of its own."""
    found = value if isinstance(value, dict) else {}
    return {name: table if isinstance(table, dict) else {} for name, table in found.items()}


def _unfit(specs: list[TopicSpec]) -> Iterable[str]:
    counts = {spec.name: spec.partitions for spec in specs}
    for name, least in needed(counts).items():
        if counts[name] < least:
            yield f"{name}: partitions ({counts[name]}) must be at least {least}, as its largest source has"


class _Reader:
    """Reads one topic's table, and collects what is wrong with it."""

    def __init__(self, where: str, table: dict[str, Any]) -> None:
        self.where, self.table, self.faults = where, table, list[str]()

    def spec(self, name: str) -> TopicSpec | None:
        known = TopicSpec.__dataclass_fields__.keys() - {"name"}
        for key in sorted(self.table.keys() - known):
            self.fault(f"{key} means nothing here; remove it (known: {', '.join(sorted(known))})")
        owner = self.one_of("owner", Owner)
        cleanup = self.one_of("cleanup", Cleanup)
        spec = TopicSpec(
            name=name,
            owner=owner or Owner.OURS,
            partitions=self.whole("partitions", 1, 10_000),
            replication=self.whole("replication", 1, 32),
            min_insync=self.whole("min_insync", 1, 32),
            cleanup=cleanup or Cleanup.DELETE,
            retention=self.retention(cleanup),
            largest=self.whole("largest", LEAST_LARGEST, 64 << 20),
            broker_time=self.yes_no("broker_time"),
            segment=self.whole("segment", 1 << 20, (2 << 30) - 1, 0),
            schema=str(self.table.get("schema", "")),
            why=str(self.table.get("why", "")),
        )
        if not self.faults:
            self.sense(spec)
        return None if self.faults else spec

    def sense(self, spec: TopicSpec) -> None:
        """What each value allows by itself, and all of them together do not."""
        if not spec.why.strip():
            self.fault("why is empty; say why it is kept for so long")
        if spec.min_insync > spec.replication:
            self.fault(f"min_insync ({spec.min_insync}) must not be over replication ({spec.replication})")
        elif 1 < spec.replication == spec.min_insync:
            self.fault(
                f"min_insync ({spec.min_insync}) must be under replication ({spec.replication}): one broker may be down"
            )
        if spec.segment and spec.segment < 2 * spec.largest:
            self.fault(f"segment ({spec.segment}) must be at least twice largest ({spec.largest})")
        if (spec.owner is Owner.SENDER) is not (spec.name in FEEDS):
            self.fault('owner must be "sender" for feeds, and "ours" for all others')
        if spec.schema != FEEDS.get(spec.name, ""):
            self.fault(
                f"schema must be {FEEDS.get(spec.name) or 'left out'!r}: the program decides how it reads a topic"
            )

    def fault(self, words: str) -> None:
        self.faults.append(f"{self.where}: {words}")

    def one_of(self, key: str, kind: type[E]) -> E | None:
        try:
            return kind(self.table.get(key, ""))
        except ValueError:
            self.fault(
                f"{key} must be one of {', '.join(repr(str(each)) for each in kind)}, not {self.table.get(key)!r}"
            )
            return None

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        value = self.table.get(key, default)
        if value == default and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.fault(f"{key} must be a whole number from {least} to {most}, not {value!r}")
            return least
        return value

    def yes_no(self, key: str) -> bool:
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            self.fault(f"{key} must be true or false, not {value!r}")
        return value is True

    def retention(self, cleanup: Cleanup | None) -> timedelta | None:
        value = self.table.get("retention", "for ever" if cleanup is Cleanup.COMPACT else "")
        if value == "for ever":
            return None
        if cleanup is Cleanup.COMPACT:
            self.fault(f'retention of a compacted topic is "for ever", not {value!r}; leave it out')
        elif found := re.fullmatch(r"([1-9]\d{0,4}) days?", str(value)):
            return timedelta(days=int(found[1]))
        else:
            self.fault(f'retention must be "for ever" or like "14 days", not {value!r}')
        return None
