"""Where the states of one step and partition are kept: in memory, or on disk with the changelog offset they stand at.

The changelog on the broker is the truth; a store is only a nearer copy of it. So a store may be thrown away at any
time, and one that is in doubt is.

The disk store is LMDB. Measured beside RocksDB (rocksdict) and SQLite on states of 400 bytes, batches of 500: get and
put together 3.2 us of CPU a state against 13 and 41, with no compaction threads beside the agent, and opened at
once, whatever its size. A lane has one writer and writes whole batches: what LMDB is best at.

Its pages reach the disk when the system writes them, so after a crash of the machine the file cannot be trusted:
it bears the boot id under which it was opened, and is discarded when that boot is over and it was not closed in good
order. It is discarded as well when it has been away for longer than tombstones live in the changelog (what was
deleted meanwhile would come back to life), or when the changelog is another than it was written from.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import takewhile
from pathlib import Path
from typing import Any

import lmdb
import msgspec

from agents.lane.changelog import is_own

MAP_SIZE = 16 << 30  # address space, not disk: the file is sparse and grows with what is in it
TRUSTED_FOR = timedelta(hours=12)  # half of what topics.toml keeps tombstones for
_STAMP = b"\x00\x00stamp"  # two zero bytes: neither a state nor a key of the changelog
_LONG = b"\x00\x00long:"  # LMDB takes keys of 511 bytes at most: a longer one stands under its digest, before its state


class Memory:
    """States in a dictionary: rebuilt from the whole changelog at every start."""

    def __init__(self) -> None:
        self.offset = 0
        self._states: dict[bytes, bytes] = {}
        self.get = self._states.get

    def discard(self) -> None:
        """Throw the copy away: it will be rebuilt from the whole changelog."""
        self._states.clear()
        self.offset = 0

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All states as they are now, to be read while others write."""
        return iter(list(self._states.items()))

    def own(self) -> dict[bytes, bytes]:
        """The lane's own entries alone."""
        return {key: state for key, state in self._states.items() if is_own(key)}

    def apply(self, states: Mapping[bytes, bytes | None], offset: int, now: datetime) -> None:
        """Take over what is committed in the changelog up to ``offset``. None forgets."""
        self._states.update(states)  # type: ignore[arg-type]
        for key in [key for key, state in states.items() if state is None]:
            del self._states[key]
        self.offset = offset

    def close(self) -> None:
        """Nothing to close."""


class Stamp(msgspec.Struct, array_like=True):
    """What the file says of itself, written with every batch."""

    changelog: str  # cluster, topic and partition that it copies
    offset: int
    at: datetime
    boot: str
    closed: bool


class Disk:
    """States in an LMDB file, of one step and partition. The worker's folder is locked, so there is one writer."""

    def __init__(self, folder: Path, changelog: str, boot: str, now: datetime) -> None:
        self._folder, self._changelog, self._boot = folder, changelog, boot
        self._open()
        stamp = self._stamp()
        if stamp and not (
            stamp.changelog == changelog
            and (stamp.closed or stamp.boot == boot)
            and timedelta(0) <= now - stamp.at <= TRUSTED_FOR
        ):
            self.discard()
            stamp = None
        self.offset = stamp.offset if stamp else 0  # the changelog is copied up to here (exclusive)

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # No sync at commit, pages written in place: a killed process loses nothing, a crashed machine is told by boot.
        self._env: Any = lmdb.open(str(self._folder), map_size=MAP_SIZE, sync=False, writemap=True, max_readers=4)
        self._reader: Any = self._env.begin()

    def _stamp(self) -> Stamp | None:
        raw = self._reader.get(_STAMP)
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.msgpack.decode(raw, type=Stamp) if raw else None
        return None

    def discard(self) -> None:
        """Throw the copy away: it will be rebuilt from the whole changelog."""
        self._reader.abort()
        self._env.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._open()
        self.offset = 0

    def get(self, key: bytes) -> bytes | None:
        """The state of ``key``."""
        state: bytes | None = self._reader.get(key if len(key) < 500 else _short(key))
        return state if state is None or len(key) < 500 else state[len(key) :]

    def own(self) -> dict[bytes, bytes]:
        """The lane's own entries alone: they come first in the file, for no key of a state begins with a zero byte."""
        first = takewhile(lambda entry: is_own(entry[0]) or len(entry[0]) >= 500, _all(self._reader))  # as do long keys
        return {key: state for key, state in first if is_own(key)}

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All states as they are now, to be read while others write."""
        reader = self._env.begin()
        try:
            yield from _all(reader)
        finally:
            with contextlib.suppress(lmdb.Error):  # it was closed before we were through
                reader.abort()

    def apply(self, states: Mapping[bytes, bytes | None], offset: int, now: datetime) -> None:
        """Take over what is committed up to ``offset``, states and offset in one batch."""
        self._write(states, Stamp(self._changelog, offset, now, self._boot, closed=False))

    def _write(self, states: Mapping[bytes, bytes | None], stamp: Stamp) -> None:
        if any(len(key) >= 500 for key in states):
            states = {
                (key if len(key) < 500 else _short(key)): (state if len(key) < 500 or state is None else key + state)
                for key, state in states.items()
            }
        with self._env.begin(write=True) as batch:
            batch.cursor().putmulti([(key, state) for key, state in states.items() if state is not None])
            for key, state in states.items():
                if state is None:
                    batch.delete(key)
            batch.put(_STAMP, msgspec.msgpack.encode(stamp))
        self.offset = stamp.offset
        self._reader.abort()
        self._reader = self._env.begin()  # a read transaction sees the file as it was when it began

    def close(self) -> None:
        """Write everything to the disk, and say so in the file."""
        try:
            stamp = self._stamp()
            if stamp and not stamp.closed:
                self._env.sync(True)
                self._write({}, msgspec.structs.replace(stamp, closed=True))
                self._env.sync(True)
        finally:  # or this process could never open it again
            self._reader.abort()
            self._env.close()


def _all(reader: Any) -> Iterator[tuple[bytes, bytes]]:
    for key, state in reader.cursor():
        if key.startswith(_LONG):
            size = int(key.rpartition(b":")[2])
            yield state[:size], state[size:]
        elif key != _STAMP:
            yield key, state


def _short(key: bytes) -> bytes:
    return _LONG + blake2b(key, digest_size=32).hexdigest().encode() + b":%d" % len(key)


Store = Memory | Disk
"""The states of one step and partition, and the changelog offset they stand at. Both do the same."""


def boot_id() -> str:
    """Names this run of the machine; empty where the system does not tell, and then no unclosed file is trusted."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""
