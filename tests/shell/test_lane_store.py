"""The stores: both do the same, and the one on disk is right after a kill, and discarded when it is in doubt."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agents.lane.store import TRUSTED_FOR, Disk, Memory, boot_id

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEYS = st.one_of(
    st.binary(min_size=1, max_size=6),
    st.integers(498, 513).map(lambda size: b"k" * size),
    st.sampled_from([b"\x00position:police.notifications.v1", b"\x00said:crn:X000001", b"l" * 3000]),
)
STATES = st.none() | st.binary(max_size=40)


def opened(folder: Path, changelog: str = "c/cases/0", boot: str = "boot-1", now: datetime = NOW) -> Disk:
    return Disk(folder, changelog, boot, now)


class DiskAgainstMemory(RuleBasedStateMachine):
    """Whatever is done to both, they say the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="store-"))
        self.memory, self.disk = Memory(), opened(self.folder)
        self.offset = 0

    @rule(states=st.dictionaries(KEYS, STATES, max_size=6), more=st.integers(1, 9))
    def a_run_is_committed(self, states: Mapping[bytes, bytes | None], more: int) -> None:
        self.offset += more
        for store in (self.memory, self.disk):
            store.apply(states, self.offset, NOW)

    @rule()
    def the_worker_restarts(self) -> None:
        self.disk.close()
        self.disk = opened(self.folder)

    @rule(key=KEYS)
    def a_state_is_asked_for(self, key: bytes) -> None:
        assert self.disk.get(key) == self.memory.get(key)

    @rule()
    def a_snapshot_stays_as_it_was(self) -> None:
        before = dict(self.memory.items())
        for store in (self.memory, self.disk):
            snapshot = store.items()
            first = next(snapshot, None)
            store.apply({b"later": b"1"}, self.offset, NOW)
            assert dict([first] if first else []) | dict(snapshot) in (before, before | {b"later": b"1"})
            store.apply({b"later": before.get(b"later")}, self.offset, NOW)

    @invariant()
    def they_hold_the_same(self) -> None:
        assert dict(self.disk.items()) == dict(self.memory.items())
        assert self.disk.offset == self.memory.offset

    def teardown(self) -> None:
        self.disk.close()
        shutil.rmtree(self.folder)


DiskAgainstMemory.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
test_both_stores_do_the_same = DiskAgainstMemory.TestCase


def filled(folder: Path) -> None:
    store = opened(folder)
    store.apply({b"crn:X000001": b"state"}, 7, NOW)
    store.close()


def test_a_store_closed_in_good_order_is_trusted_under_another_boot(tmp_path: Path) -> None:
    filled(tmp_path)
    again = opened(tmp_path, boot="boot-2")
    assert (again.offset, dict(again.items())) == (7, {b"crn:X000001": b"state"})


@pytest.mark.parametrize(
    "reopen",
    [
        pytest.param(lambda folder: opened(folder, changelog="c/cases/1"), id="another changelog"),
        pytest.param(lambda folder: opened(folder, now=NOW + TRUSTED_FOR + timedelta(seconds=1)), id="too old"),
        pytest.param(lambda folder: opened(folder, now=NOW - timedelta(seconds=1)), id="from the future"),
    ],
)
def test_a_store_in_doubt_is_discarded(tmp_path: Path, reopen: Callable[[Path], Disk]) -> None:
    filled(tmp_path)
    again = reopen(tmp_path)
    assert (again.offset, dict(again.items())) == (0, {})


def test_a_store_is_trusted_up_to_its_age_and_not_beyond(tmp_path: Path) -> None:
    filled(tmp_path)
    assert opened(tmp_path, now=NOW + TRUSTED_FOR).offset == 7


@pytest.mark.parametrize(("boot", "offset"), [("boot-1", 7), ("boot-2", 0), ("", 0)])
def test_a_store_not_closed_is_trusted_only_under_the_same_boot(tmp_path: Path, boot: str, offset: int) -> None:
    script = (
        "import os, sys; from pathlib import Path; from datetime import datetime, UTC;"
        "from agents.lane.store import Disk;"
        "s = Disk(Path(sys.argv[1]), 'c/cases/0', 'boot-1', datetime(2026, 11, 2, 12, tzinfo=UTC));"
        "s.apply({b'crn:X000001': b'state'}, 7, datetime(2026, 11, 2, 12, tzinfo=UTC)); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert opened(tmp_path, boot=boot).offset == offset


def test_a_discarded_store_can_be_filled_again(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.apply({b"a": b"1"}, 3, NOW)
    store.discard()
    assert (store.offset, dict(store.items())) == (0, {})
    store.apply({b"b": b"2"}, 4, NOW)
    store.close()
    again = opened(tmp_path)
    assert (again.offset, dict(again.items())) == (4, {b"b": b"2"})


def test_a_lane_that_begins_anew_can_open_its_store_again_in_the_same_process(tmp_path: Path) -> None:
    for offset in range(1, 4):
        store = opened(tmp_path)
        assert store.offset == offset - 1
        store.apply({b"a": b"%d" % offset}, offset, NOW)
        store.close()


WRITER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from agents.lane.store import Disk
now = datetime(2026, 11, 2, 12, tzinfo=UTC)
store = Disk(Path(sys.argv[1]), "c/cases/0", "boot-1", now)
start = store.offset
for offset in range(start + 1, start + 1_000_000):
    # Every state says which run it is of: a run that is there in part shows.
    store.apply({b"key-%d" % n: b"%d:" % offset + b"x" * (n % 900) for n in range(200)}, offset, now)
    if offset == start + 3:
        print("going", flush=True)
"""


def test_a_kill_in_the_middle_of_a_write_leaves_a_whole_run_and_its_offset(tmp_path: Path) -> None:
    last = 0
    for pause in (0.0, 0.011, 0.023, 0.051, 0.087):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        ) as writer:  # fmt: skip
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"going\n"
            time.sleep(pause)
            writer.kill()
        store = opened(tmp_path)
        runs = {state.partition(b":")[0] for _, state in store.items()}
        assert runs == {b"%d" % store.offset}
        assert store.offset > last
        last = store.offset
        # Left as it is, as by a worker that is killed again at once.
        store._reader.abort()
        store._env.close()


def test_the_boot_has_a_name_here() -> None:
    assert boot_id() == boot_id() != ""
