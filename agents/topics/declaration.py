"""The declaration of topics (deploy/topics.toml, or the operator's own file): read and checked, all faults at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from agents import deployed
from agents.errors import Misconfigured
from agents.topics import ALL, FEEDS, needed

TOMBSTONES = timedelta(hours=24)
"""How long a compacted topic still says that a key is gone: a store on disk trusts itself for half of it."""

LEAST_LARGEST = 1_048_576
"""Bytes of a batch that every topic must take: lanes write up to 1 MB at once (agents/lane/lanes)."""

MOST_DIRTY = 0.1
"""A compacted topic is cleaned when this share of it is new (Kafka's default, a half, makes recoveries longer)."""


class Owner(StrEnum):
    """Whose topic it is."""

    OURS = "ours"
    SENDER = "sender"


class Cleanup(StrEnum):
    """What becomes of old records."""

    DELETE = "delete"
    COMPACT = "compact"


def _retention(value: object) -> object:
    if value is None or value == "for ever":
        return None
    if isinstance(value, timedelta):
        return value
    if found := re.fullmatch(r"([1-9]\d{0,4}) days?", str(value)):
        return timedelta(days=int(found[1]))
    raise PydanticCustomError("retention", 'should be "for ever" or like "14 days"')


def _reason(why: str) -> str:
    if not why.strip():
        raise PydanticCustomError("why", "should say why it is kept for so long")
    return why


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class TopicSpec:
    """One topic as it is declared."""

    name: str
    owner: Owner
    partitions: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    replication: Annotated[int, Field(ge=1, le=32, strict=True)]
    min_insync: Annotated[int, Field(ge=1, le=32, strict=True)]
    cleanup: Cleanup
    retention: Annotated[timedelta | None, BeforeValidator(_retention)]  # None: for ever
    largest: Annotated[int, Field(ge=LEAST_LARGEST, le=64 << 20, strict=True)]  # bytes of a batch of records
    broker_time: Annotated[bool, Field(strict=True)] = False
    segment: Annotated[int, Field(ge=1 << 20, lt=2 << 30, strict=True)] | None = None  # bytes; None: Kafka's default
    schema: str = ""
    why: Annotated[str, AfterValidator(_reason)] = ""

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


class TopicsFaults(Misconfigured):
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
    """The topics that ``text`` declares, in the order of ``topics.ALL``. Pure. Raises TopicsFaults."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TopicsFaults([f"{file}: not TOML: {error}"]) from None
    tables, defaults = (_table(content.get(name)) for name in ("topics", "defaults"))
    odd = [
        *(f"{name} means nothing here; remove it" for name in sorted(content.keys() - {"defaults", "topics"})),
        *(
            f"defaults: {name} means nothing here; say it topic by topic"
            for name in sorted(defaults.keys() - {"replication", "min_insync"})
        ),
        *(f"{name} is no topic of ours; remove it, or mend its name" for name in sorted(tables.keys() - set(ALL))),
    ]
    specs: list[TopicSpec] = []
    for name in ALL:
        if name not in tables:
            odd.append(f"{name} is not declared; take it over from the file that comes with the program")
            continue
        table = {"why": "", **defaults, **_table(tables[name]), "name": name}
        table.setdefault("retention", "for ever" if table.get("cleanup") == Cleanup.COMPACT else "")
        try:
            specs.append(spec := TopicSpec(**table))
            odd += (f"{name}: {fault}" for fault in _senseless(spec))
        except ValidationError as error:
            odd += (f"{name}: {_fault(each['loc'], each)}" for each in error.errors(include_url=False))
    if odd := odd or list(_unfit(specs)):
        raise TopicsFaults(f"{file}: {fault}" for fault in odd)
    return tuple(replace(spec, replication=1, min_insync=1) if single else spec for spec in specs)


def _table(value: object) -> dict[str, Any]:
    """A table, whatever was written: what is missing in it is a fault of its own."""
    return value if isinstance(value, dict) else {}


def _fault(where: tuple[int | str, ...], error: Mapping[str, Any]) -> str:
    if error["type"] == "unexpected_keyword_argument":
        known = ", ".join(sorted(TopicSpec.__dataclass_fields__.keys() - {"name"}))
        return f"{where[0]} means nothing here; remove it (known: {known})"
    if error["type"] == "missing":
        return f"{where[0]} is missing; take it over from the file that comes with the program"
    return f"{where[0]} {error['msg'].removeprefix('Input ')}, not {error['input']!r}"


def _senseless(spec: TopicSpec) -> Iterator[str]:
    """What each value allows by itself, and all of them together do not."""
    if spec.cleanup is Cleanup.COMPACT and spec.retention is not None:
        yield f'retention of a compacted topic is "for ever", not {spec.retention.days} days; leave it out'
    if not 1 <= spec.min_insync < max(spec.replication, 2):
        yield (
            f"min_insync ({spec.min_insync}) must be under replication ({spec.replication}): one broker may be down "
            "(1 and 1 on a cluster of one)"
        )
    if spec.segment and spec.segment < 2 * spec.largest:
        yield f"segment ({spec.segment}) must be at least twice largest ({spec.largest})"
    if (spec.owner is Owner.SENDER) is not (spec.name in FEEDS):
        yield 'owner must be "sender" for feeds, and "ours" for all others'
    if spec.schema != FEEDS.get(spec.name, ""):
        yield f"schema must be {FEEDS.get(spec.name) or 'left out'!r}: the program decides how it reads a topic"


def _unfit(specs: Iterable[TopicSpec]) -> Iterator[str]:
    counts = {spec.name: spec.partitions for spec in specs}
    for name, least in needed(counts).items():
        if counts[name] < least:
            yield f"{name}: partitions ({counts[name]}) must be at least {least}, as its largest source has"
