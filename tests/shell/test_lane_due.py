"""The index of deadlines against a naive model, and the cases by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

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
        self.said: dict[bytes, datetime] = {}

    def waiting(self) -> list[tuple[datetime, bytes]]:
        return sorted((due, key) for key, due in self.at.items() if self.said.get(key) != due)

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
    def deadlines_are_said(self, now: datetime, most: int) -> None:
        said = self.due.passed(now, most)
        self.due.said.update(said)
        self.said.update(said)

    @rule(key=KEYS)
    def a_said_deadline_is_read_back(self, key: bytes) -> None:
        # As in the lane: the file was folded before, and carries another deadline by then.
        if key in self.said and self.at.get(key) != self.said[key]:
            del self.said[key], self.due.said[key]

    @rule()
    def the_lane_begins_anew(self) -> None:
        self.due = Due()
        self.due.load(dict(self.at), dict(self.said))

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


def test_a_deadline_that_was_not_said_after_all_is_found_again() -> None:
    due = Due()
    due.set(b"a", NOON)
    due.passed(NOON, 10)  # the transaction that says it fails
    assert due.passed(NOON, 10) == [(b"a", NOON)]


def test_a_deadline_that_moves_back_to_where_it_was_is_said_once() -> None:
    due = Due()
    due.set(b"a", NOON)
    due.set(b"a", NOON + timedelta(hours=1))
    due.set(b"a", NOON)
    assert due.passed(NOON, 10) == [(b"a", NOON)]
