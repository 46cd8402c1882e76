"""What a person does about quarantine: see what lies there, mend and replay it, let a held lane go on.

Nothing is taken out here. A replay is a record that intake reads like a feed; intake then says REPLAYED, or HELD again
with one more attempt. Letting a lane go on is a command that names its hold, and no later one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from agents import timer
from agents.lane import changelog
from agents.lane.changelog import Hold
from agents.queries.readers import Reader, latest, looks
from agents.queries.writers import Writer
from agents.records import Record
from agents.topics import OPERATOR_COMMANDS, QUARANTINE, QUARANTINE_REPLAYS, STEPS
from schemas import Codec

Quarantined = dict[str, Any]
"""A quarantined record, as schemas/quarantined.avsc has it."""


def quarantined(records: Iterable[Record], codec: Codec, topic: str | None = None) -> dict[str, Quarantined]:
    """All that ``QUARANTINE`` says was ever put there and not forgotten since, in its present state, by id."""
    found = (codec.decode("quarantined", record.value) for record in latest(records).values())
    return {one["quarantine_id"]: one for one in sorted(found, key=_place) if topic in (None, one["topic"])}


def _place(one: Quarantined) -> tuple[str, int, int, str]:
    return one["topic"], one["partition"], one["offset"], one["path"]


def bytes_of(one: Quarantined, reader: Reader) -> bytes | None:
    """The bytes that failed: their copy, or, where they were too large for one, what still lies in the topic."""
    value: bytes | None = one["value"]
    if value is not None or one["value_bytes"] < 0 or one["state"] != "HELD":
        return value
    record = reader.one(one["topic"], one["partition"], one["offset"])
    found = record.value if record else None
    return found if found is not None and sha256(found).hexdigest() == one["value_sha256"] else None


def replay(chosen: Iterable[Quarantined], writer: Writer, codec: Codec, value: bytes | None = None) -> None:
    """Ask intake to try these again, with ``value`` in place of what failed where it is given.

    Safe to repeat: what has gone on its way once is not sent again, however often it is asked for.
    """
    mended: Quarantined = {}
    if value is not None:
        mended = {"value": value, "value_bytes": len(value), "value_sha256": sha256(value).hexdigest()}
    records = ((one["quarantine_id"].encode(), codec.encode("quarantined", one | mended)) for one in chosen)
    writer.send(QUARANTINE_REPLAYS, records)


def news(before: Iterable[Quarantined], reader: Reader, codec: Codec, wait: float) -> Iterator[Quarantined]:
    """The new state of each of these, as intake says it; ends when all are known, or after ``wait`` seconds."""
    waiting = {one["quarantine_id"]: one for one in before}
    for _ in looks(wait):
        now = quarantined(reader.all(QUARANTINE), codec)
        for name, old in list(waiting.items()):
            new = now.get(name, old)
            if (new["state"], new["attempts"]) != (old["state"], old["attempts"]):
                del waiting[name]
                yield new
        if not waiting:
            return


class HeldLane(NamedTuple):
    """A step whose lane has stopped reading a source until a person says go on."""

    step: str
    hold: Hold


def held_lanes(reader: Reader, topic: str | None = None, partition: int | None = None) -> tuple[HeldLane, ...]:
    """All that is held now, or what is held of one topic or partition, as the lanes' changelogs have it."""
    return tuple(
        HeldLane(step, hold)
        for step, topics in STEPS.items()
        for own in owned(reader.all(topics.changelog)).values()
        for hold in own.holds.values()
        if topic in (None, hold.topic) and partition in (None, hold.partition)
    )


def owned(records: Iterable[Record]) -> dict[int, changelog.Own]:
    """What the lanes say of themselves in a changelog, by partition: positions and holds."""
    entries: dict[int, dict[bytes, bytes]] = defaultdict(dict)
    for record in records:
        if record.key is None or not changelog.is_own(record.key):
            continue
        if record.value is None:
            entries[record.partition].pop(record.key, None)
        else:
            entries[record.partition][record.key] = record.value
    return {partition: changelog.read(entry) for partition, entry in entries.items()}


def resume(lanes: Iterable[HeldLane], writer: Writer, by: str, reason: str) -> None:
    """Say go on to these holds. Whoever says so is on record with the reason."""
    for _, hold in lanes:
        said = {"hold": hold.id, "by": by, "reason": reason, "at": timer.milliseconds()}
        writer.send(OPERATOR_COMMANDS, [(hold.id.encode(), msgspec.msgpack.encode(said))])
