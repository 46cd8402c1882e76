"""What a lane writes of its own into its changelog, beside the states: positions, held sources, said deadlines.

Its keys begin with a zero byte, and no key of a state does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

POSITION, HELD, SAID = b"\x00position:", b"\x00held:", b"\x00said:"


@dataclass(frozen=True, slots=True)
class Hold:
    """A source of a lane that stands still until a person says go on; the position does not move meanwhile."""

    topic: str
    partition: int
    offset: int
    kind: str  # breaker: it turned bad; gap: records were deleted before they were read
    reason: str
    at: datetime

    @property
    def id(self) -> str:
        """Names this hold and no other: going on is said to one hold, once."""
        return f"{self.kind}:{self.topic}/{self.partition}@{self.offset}"


@dataclass
class Own:
    """All of it, as it stands in one changelog partition."""

    positions: dict[str, int] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    said: dict[bytes, frozenset[datetime]] = field(default_factory=dict)


def is_own(key: bytes) -> bool:
    """Whether the key is the lane's own and not that of a state."""
    return key[:1] == b"\x00"


def read(entries: Mapping[bytes, bytes]) -> Own:
    """The lane's own entries, by what they say."""
    own = Own()
    for key, value in entries.items():
        if key.startswith(POSITION):
            own.positions[key[len(POSITION) :].decode()] = int(value)
        elif key.startswith(HELD):
            hold = unpack_hold(value)
            own.holds[hold.topic] = hold
        elif key.startswith(SAID):
            own.said[key[len(SAID) :]] = frozenset(map(datetime.fromisoformat, value.decode().split()))
    return own


def position(topic: str, offset: int) -> tuple[bytes, bytes]:
    """The entry that says where a source goes on."""
    return POSITION + topic.encode(), b"%d" % offset


def held(hold: Hold) -> tuple[bytes, bytes]:
    """The entry that says that a source is held, and why. ``raised-risk quarantine`` reads it."""
    value = msgspec.msgpack.encode(
        {
            "hold": hold.id,
            "kind": hold.kind,
            "topic": hold.topic,
            "partition": hold.partition,
            "offset": hold.offset,
            "reason": hold.reason,
            "at": int(hold.at.timestamp() * 1000),
        }
    )
    return HELD + hold.topic.encode(), value


def released(topic: str) -> tuple[bytes, None]:
    """The entry that says that a source is held no longer."""
    return HELD + topic.encode(), None


def said(key: bytes, dues: Collection[datetime]) -> tuple[bytes, bytes | None]:
    """The entry that says of which deadlines a case has been told that it has not read back yet: one, mostly."""
    return SAID + key, " ".join(due.isoformat() for due in sorted(dues)).encode() or None


def unpack_hold(value: bytes) -> Hold:
    """A hold from its entry's value."""
    of = msgspec.msgpack.decode(value)
    at = datetime.fromtimestamp(of["at"] / 1000, UTC)
    return Hold(of["topic"], of["partition"], of["offset"], of["kind"], of["reason"], at)
