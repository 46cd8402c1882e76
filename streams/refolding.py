"""A case's log folded again, and compared with the records that were emitted of it and with the case file. Pure.

Two things cannot be told apart: an event of the log that was changed, and another version of this program, which folds
or decides in another way. The findings say both. That another version words a reason or a note differently is no
finding: what decides is compared, and the words are counted in a remark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.case import CaseFile
from streams.events import CaseEvent, content_of
from streams.record import digest, whole_ms
from streams.step import Step

_SEALS = frozenset({"entry", "events_head", "previous", "hash"})
_WORDS = frozenset({"reason", "notes"})

LOG = (
    "compare the log with a copy of it; where nobody touched it, another version of this program folded it: verify "
    "with the version that wrote the file"
)
"""What to do where log and record disagree."""


class Amiss(StrEnum):
    """What is wrong with an entry."""

    MISSING = "missing"
    CHANGED = "changed"
    DOUBLED = "doubled"
    OUT_OF_ORDER = "out of order"
    UNREADABLE = "unreadable"
    STRANGE = "strange"  # of a chain that is not this case's
    OTHERWISE = "otherwise"  # the log folded again decides otherwise


class Finding(Struct, frozen=True):
    """One thing that is not as it should be, where, and what to do about it."""

    amiss: Amiss
    place: str  # topic/partition/offset: of the entry, or of what it should stand before or after
    what: str
    remedy: str


class Recorded(NamedTuple):
    """A record of an escalation: its seals, and digests of what it says. ``record`` is kept where fields are named."""

    place: str
    name: tuple[str, int]  # escalation and revision
    title: str
    entry: int
    events_head: str
    previous: str
    hash: str
    digest: str  # of all that it says, as ``hash`` should have it
    decided: str  # of all but words and seals
    worded: str  # of the words
    at: datetime | None  # None: it cannot be read
    record: Mapping[str, Any] | None = None


class Logged(NamedTuple):
    """An event of the case's log, and the head of the events' chain after it, as folding it again gives it."""

    place: str
    at: datetime  # the case's clock then (``CaseFile.at``), in whole milliseconds
    head: str
    sound: bool  # its content id is that of what it says
    since: bool = False  # it came after the file was read: the file's heads do not cover it


class Refolded:
    """A case's log as it is folded again, step by step, beside the records (``entries``) that there are of it.

    ``keep`` holds on to whole records, so that a difference can be named by its fields; without it a partition of cases
    fits in memory.
    """

    def __init__(self, entries: Sequence[Recorded] = (), *, keep: bool = False) -> None:
        self.keep = keep
        self._sound = {one.hash: one for one in entries if one.hash == one.digest}
        self.log: list[Logged] = []
        self.emitted: list[Recorded] = []
        self.last: CaseFile | None = None  # after the last event
        self.file: CaseFile | None = None  # after the last event that the stored file covers
        self.covered = 0  # how many records were emitted up to there

    def fold(self, place: str, done: Step, *, sound: bool = True, since: bool = False) -> None:
        """Take one step of the log: what ``step`` gave for ``last`` and the event at ``place``."""
        before = self.last.chain.events if self.last is not None else ""
        self.last = done.file
        if done.file.chain.events != before or not sound:
            self.log.append(Logged(place, whole_ms(done.file.at), done.file.chain.events, sound, since))
        for one in done.escalations:
            # The same hash: the same record. Most are, and need not be digested again (0.1 ms each).
            same = self._sound.get(one.hash or "")
            self.emitted.append(same or recorded(place, one.record(), keep=self.keep))
        if not since:
            self.file, self.covered = done.file, len(self.emitted)


def recorded(place: str, record: Mapping[str, Any] | None, *, keep: bool = False) -> Recorded:
    """A record as it was read back from its topic; None: it cannot be read. Pure."""
    if record is None:
        return Recorded(place, ("", 0), "a record", 0, "", "", "", "", "", "", None)
    name = record["escalation_id"], record["revision"]
    return Recorded(
        place,
        name,
        f"{record['rule']} {name[0]}, revision {name[1]} ({record['change']})",
        record["entry"] or 0,
        record["events_head"] or "",
        record["previous"] or "",
        record["hash"] or "",
        digest(record),
        digest({field: value for field, value in record.items() if field not in _SEALS | _WORDS}),
        digest({field: record[field] for field in _WORDS}),
        record["at"],
        record if keep else None,
    )


class _Parts(Struct, array_like=True):
    case: msgspec.Raw
    origin: msgspec.Raw
    sender_id: msgspec.Raw
    content_id: str
    times: list[msgspec.Raw]
    fact: msgspec.Raw


_parts = msgspec.msgpack.Decoder(_Parts).decode


def is_sound(value: bytes, event: CaseEvent) -> bool:
    """Whether an event's content id is that of its fact: of the bytes as they were written, for a later version of a
    fact may have more fields, or of the fact as it is read. Pure.
    """
    parts = _parts(value)
    pair = b"\x92" + bytes(parts.fact) + bytes(parts.times[0])  # an array of two, as in events.content_of
    if blake2b(pair, digest_size=16).hexdigest() == event.content_id:
        return True
    return content_of(event.fact, event.times.occurred) == event.content_id


def compare(entries: Sequence[Recorded], again: Refolded) -> tuple[Finding, ...]:
    """Where the records decide otherwise than the log folded again. Pure."""
    was = {one.name: one for one in entries}
    now = {one.name: one for one in again.emitted}
    found: list[Finding] = []
    for name, one in was.items():
        other = now.get(name)
        if other is None:
            what = f"{one.title} is recorded, and the log folded again does not emit it"
        elif one.decided != other.decided:
            what = f"{one.title}: the log folded again says otherwise{_fields(one, other)}"
        else:
            continue
        found.append(Finding(Amiss.OTHERWISE, one.place, what, LOG))
    for one in again.emitted[: again.covered]:
        if one.name not in was:
            what = f"{one.title} follows from the log and is not recorded"
            found.append(Finding(Amiss.OTHERWISE, one.place, what, LOG))
    return tuple(found)


def _fields(one: Recorded, other: Recorded) -> str:
    if one.record is None or other.record is None:
        return "; `raised-risk record verify` of this case alone names the fields"
    differing = (
        field for field, value in one.record.items()
        if field not in _SEALS | _WORDS and digest({field: value}) != digest({field: other.record[field]})
    )  # fmt: skip
    return f" of {', '.join(differing)}"


def remarks(entries: Sequence[Recorded], again: Refolded, stored: CaseFile | None) -> tuple[str, ...]:
    """What is no fault of the record, and worth a look: other words, a file that is not what the log folds to. Pure."""
    now = {one.name: one.worded for one in again.emitted}
    words = sum(now.get(one.name, one.worded) != one.worded for one in entries)
    found = [f"this version words {words} of the records differently; what they decide is the same"] if words else []
    if stored is None and again.file is None:
        return tuple(found)
    if stored is None:
        return (*found, "there is no case file, and the log has events of it")
    if not stored.chain.events and stored.events:
        return (*found, "the file is of before there was a chain")
    fields = [name for name in CaseFile.__struct_fields__ if _field(stored, name) != _field(again.file, name)]
    if fields:
        found.append(f"the case file is not what the log folds to: {', '.join(fields[:12])}")
    return tuple(found)


def _field(file: CaseFile | None, name: str) -> object:
    """A field of the file. The head of the records' chain depends on words, and does not count."""
    if file is None:
        return None
    return replace(file.chain, records="") if name == "chain" else getattr(file, name)
