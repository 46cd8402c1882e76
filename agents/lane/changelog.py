"""What a lane writes of its own into a changelog partition, beside the states: positions, holds, deadlines, claims.

Its keys begin with a zero byte, and no key of a state does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

import msgspec

POSITION, HELD, EMITTED = b"\x00position:", b"\x00held:", b"\x00said:"

# Lanes of revision d77cc08 (one a partition) do not know claims, and must never open again once one lies here. So
# claims stand under a prefix that those lanes read when they open, with a value that they cannot read: they fail then.
CLAIM = EMITTED + b"\x00claim:"
GROUPED = EMITTED + b"\x00grouped"
_UNREADABLE_TO_THEM = b"claimed"


@dataclass(frozen=True, slots=True)
class Hold:
    """A source that stands still until a person says go on; the position does not move meanwhile."""

    topic: str
    partition: int
    offset: int
    kind: str  # breaker: it turned bad; gap: records were deleted before they were read
    reason: str
    at: datetime

    @property
    def id(self) -> str:
        """Names this hold and no other: an operator lets one hold go on, once."""
        return f"{self.kind}:{self.topic}/{self.partition}@{self.offset}"


@dataclass
class Own:
    """All of it, as it stands in one changelog partition."""

    positions: dict[str, int] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    emitted: dict[bytes, frozenset[datetime]] = field(default_factory=dict)
    claims: set[str] = field(default_factory=set)  # transactional ids under which somebody may still write here
    grouped: bool = False  # the lanes of revision d77cc08 were refused, and open no more


def is_own(key: bytes) -> bool:
    """Whether the key is the lane's own and not that of a state."""
    return key[:1] == b"\x00"


def read(entries: Mapping[bytes, bytes]) -> Own:
    """The lane's own entries, by kind."""
    own = Own()
    for key, value in entries.items():
        if key.startswith(POSITION):
            own.positions[key[len(POSITION) :].decode()] = int(value)
        elif key.startswith(HELD):
            of = msgspec.msgpack.decode(value)
            at = datetime.fromtimestamp(of["at"] / 1000, UTC)
            own.holds[of["topic"]] = Hold(of["topic"], of["partition"], of["offset"], of["kind"], of["reason"], at)
        elif key.startswith(CLAIM):
            own.claims.add(key[len(CLAIM) :].decode())
        elif key == GROUPED:
            own.grouped = True
        elif key.startswith(EMITTED):
            own.emitted[key[len(EMITTED) :]] = frozenset(map(datetime.fromisoformat, value.decode().split()))
    return own


def position(topic: str, offset: int) -> tuple[bytes, bytes]:
    """The entry that says where a source goes on."""
    return POSITION + topic.encode(), b"%d" % offset


def held(hold: Hold) -> tuple[bytes, bytes]:
    """The entry that says that a source is held, and why. ``raised-risk quarantine`` reads it."""
    value = {**asdict(hold), "hold": hold.id, "at": int(hold.at.timestamp() * 1000)}
    return HELD + hold.topic.encode(), msgspec.msgpack.encode(value)


def released(topic: str) -> tuple[bytes, None]:
    """The entry that says that a source is held no longer."""
    return HELD + topic.encode(), None


def emitted(key: bytes, dues: Collection[datetime]) -> tuple[bytes, bytes | None]:
    """The entry that says which deadlines of a case are in the log and were not read back yet: one, mostly."""
    return EMITTED + key, " ".join(due.isoformat() for due in sorted(dues)).encode() or None


def claimed(name: str) -> tuple[bytes, bytes]:
    """The entry that says under which transactional id a lane has claimed this partition."""
    return CLAIM + name.encode(), _UNREADABLE_TO_THEM


def refused(name: str) -> tuple[bytes, None]:
    """The entry that says that whoever wrote under this id has been refused, and must claim again."""
    return CLAIM + name.encode(), None


def grouped() -> tuple[bytes, bytes]:
    """The entry that says that the lanes of revision d77cc08 have been refused: none of their ids need be again."""
    return GROUPED, _UNREADABLE_TO_THEM
