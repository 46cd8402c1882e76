"""The index of deadlines against a naive model, and the cases by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agents.lane import changelog
from agents.lane.due import Due

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEYS = st.sampled_from([b"a", b"b", b"c", b"d"])
TIMES = st.integers(0, 3).map(lambda minutes: NOON + timedelta(minutes=minutes))


class DueAgainstModel(RuleBasedStateMachine):
    """Two dictionaries and a scan say what the index must say."""

    def __init__(self) -> None:
        super().__init__()
        self.due = Due()
        self.at: dict[bytes, datetime] = {}
        self.emitted: set[tuple[bytes, datetime]] = set()

    def waiting(self) -> list[tuple[datetime, bytes]]:
        return sorted((due, key) for key, due in self.at.items() if (key, due) not in self.emitted)

    @rule(key=KEYS, due=st.none() | TIMES)
    def file_is_folded(self, key: bytes, due: datetime | None) -> None:
        self.due.set(key, due)
        self.at.pop(key, None)
        if due is not None:
            self.at[key] = due

    @rule(now=TIMES, most=st.integers(1, 3))
    def deadlines_pass(self, now: datetime, most: int) -> None:
        expected = [(key, due) for due, key in self.waiting() if due <= now][:most]
        assert self.due.passed(now, most) == expected

    @rule(now=TIMES, most=st.integers(1, 3))
    def deadlines_are_emitted(self, now: datetime, most: int) -> None:
        for key, due in self.due.passed(now, most):
            self.emitted.add((key, due))
            assert set(self.due.emit(key, due)) == self.of(key)

    @rule(key=KEYS, due=TIMES)
    def a_deadline_is_read_back(self, key: bytes, due: datetime) -> None:
        if (key, due) not in self.emitted:
            assert self.due.read_back(key, due) is None
        elif self.at.get(key) != due:
            # As in the lane: the file was folded before, and carries another deadline by then.
            self.emitted.remove((key, due))
            assert set(self.due.read_back(key, due) or ()) == self.of(key)

    @rule()
    def the_lane_begins_anew(self) -> None:
        self.due = Due()
        self.due.load(dict(self.at), {key: frozenset(self.of(key)) for key, _ in self.emitted})

    def of(self, key: bytes) -> set[datetime]:
        return {due for emitted, due in self.emitted if emitted == key}

    @invariant()
    def the_earliest_is_the_earliest(self) -> None:
        assert self.due.earliest() == (self.waiting()[0][0] if self.waiting() else None)
        assert len(self.due) == len(self.at)


DueAgainstModel.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
test_the_index_says_what_a_scan_would_say = DueAgainstModel.TestCase


def test_a_deadline_passes_at_its_time_and_not_before() -> None:
    due = Due()
    due.set(b"a", NOON)
    assert due.passed(NOON - timedelta(milliseconds=1), 10) == []
    assert due.passed(NOON, 10) == [(b"a", NOON)]


def test_a_deadline_that_was_not_emitted_after_all_is_found_again() -> None:
    due = Due()
    due.set(b"a", NOON)
    due.passed(NOON, 10)  # the transaction that says it fails
    assert due.passed(NOON, 10) == [(b"a", NOON)]


def test_a_deadline_that_moves_back_to_where_it_was_is_emitted_once() -> None:
    due = Due()
    due.set(b"a", NOON)
    due.set(b"a", NOON + timedelta(hours=1))
    due.set(b"a", NOON)
    assert due.passed(NOON, 10) == [(b"a", NOON)]


def test_a_deadline_that_moves_away_and_back_while_it_is_on_its_way_is_emitted_once() -> None:
    # Seen under kill -9: a lane that recovers says what has passed, then reads what came before that.
    due, earlier = Due(), NOON - timedelta(minutes=5)
    for moved in (NOON, earlier):
        due.set(b"a", moved)
        assert due.passed(NOON, 10) == [(b"a", moved)]
        due.emit(b"a", moved)
    due.set(b"a", NOON)
    assert due.passed(NOON, 10) == []
    assert (due.read_back(b"a", NOON), due.read_back(b"a", NOON)) == ({earlier}, None)


@pytest.mark.parametrize("dues", [{NOON}, {NOON, NOON + timedelta(milliseconds=1)}], ids=["one", "two"])
def test_what_is_emitted_is_remembered_across_a_recovery(dues: set[datetime]) -> None:
    key, value = changelog.emitted(b"crn:X000001", dues)
    assert value is not None
    assert changelog.read({key: value}).emitted == {b"crn:X000001": dues}


def test_an_entry_of_the_first_release_is_read_as_one_deadline() -> None:
    entry = {b"\x00said:crn:X000001": b"2026-11-02T12:00:00+00:00"}
    assert changelog.read(entry).emitted == {b"crn:X000001": {NOON}}


def test_where_nothing_is_emitted_any_longer_the_entry_goes() -> None:
    assert changelog.emitted(b"crn:X000001", set()) == (b"\x00said:crn:X000001", None)
