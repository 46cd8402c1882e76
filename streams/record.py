"""The record of a case: two chains of hashes, by which a missing or changed entry is seen (P17, P18). Pure.

One chain runs over the *events* that changed the case's file, in the order of its log; the other over the *records*
that were told. A record carries its number, the head of the events' chain at its time, the hash of the record before
it, and its own. The heads are in the case file. Whoever changes or takes out an entry must change every one after it,
and the heads: ``raised-risk record verify`` follows both chains from the beginning.

A hash is 128 bits of BLAKE2b, in hex. It covers all that is said, in the order of the fields' names, times in whole
milliseconds as Avro gives them back. A field that says nothing (None) it leaves out, so that one which a later version
of the schema appends, null by default, changes no hash of before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec.structs import replace

from streams.case import Chain
from streams.escalation import Escalation
from streams.events import CaseEvent
from streams.primitives import whole_ms

_encode = msgspec.msgpack.Encoder().encode
_encode_by_name = msgspec.msgpack.Encoder(order="sorted").encode

SEALS = ("hash",)
"""The fields of a record that its hash does not cover."""


def chained(head: str, event: CaseEvent, at: datetime) -> str:
    """The head of the events' chain after this event, whose time in the case's log is ``at``.

    ``content_id`` stands for the fact: see ``events.content_of``.
    """
    origin, times = event.origin, event.times
    said = (
        head,
        at,
        event.case,
        # By their fields, not as Structs: one that is appended to them later must change no hash of before.
        (origin.topic, origin.partition, origin.offset, origin.path),
        event.sender_id,
        event.content_id,
        (times.occurred, times.recorded, times.received),
        event.forwarded,
        event.also_known,
        event.matched_by,
    )
    return blake2b(_encode(said), digest_size=16).hexdigest()


def sealed(chain: Chain, told: tuple[Escalation, ...]) -> tuple[Chain, tuple[Escalation, ...]]:
    """The records with their place in the chain, and the chain after them."""
    count, head = chain.count, chain.records
    entries: list[Escalation] = []
    for one in told:
        count += 1
        entry = replace(one, entry=count, events_head=chain.events, previous=head, hash=None)
        head = blake2b(_encode_by_name(entry), digest_size=16).hexdigest()  # as digest has it, and much faster
        entries.append(replace(entry, hash=head))
    return Chain(chain.events, head, count), tuple(entries)


def digest(record: Mapping[str, Any]) -> str:
    """The hash of a told record, from its topic."""
    said = {name: _plain(value) for name, value in record.items() if value is not None and name not in SEALS}
    return blake2b(_encode_by_name(said), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    """The value as Avro gives it back."""
    kind = type(value)  # the values of a record are of these very types, and most are texts
    if kind is str:
        return value
    if kind is datetime:
        return whole_ms(value)
    if kind is dict:
        return {name: _plain(each) for name, each in value.items() if each is not None}
    if kind is list or kind is tuple:
        return [_plain(each) for each in value]
    return value
