"""The breaker: when a source that turns bad is held."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.lane.breaker import Breaker
from agents.settings_table import BreakerSettings as Limits

LIMITS = Limits(run=3, share=0.5, window=10)


def tripped(records: str, limits: Limits = LIMITS) -> list[tuple[int, str]]:
    """At which record (from 1) the breaker tripped, and why. ``b`` is a bad record, ``.`` a good one."""
    breaker = Breaker(limits)
    return [(place, why) for place, each in enumerate(records, 1) if (why := breaker.count(each == "b"))]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param("bb.bb.", [], id="below the run"),
        pytest.param("..bbb", [(5, "3 bad records in a row")], id="at the run"),
        pytest.param("bbbb", [(3, "3 bad records in a row")], id="after a trip it counts anew"),
        pytest.param("bbbbbb", [(3, "3 bad records in a row"), (6, "3 bad records in a row")], id="it trips again"),
        pytest.param("b.b.b.b.b", [], id="the share is not judged before the window is full"),
        pytest.param(".b.b.b.b.b", [(10, "5 of the last 10 records were bad")], id="at the share"),
        pytest.param(".b.b.b.b...b", [], id="below the share"),
        pytest.param("bb......bb.bb", [], id="what has left the window counts no longer"),
    ],
)
def test_the_breaker_trips_by_run_and_by_share(records: str, expected: list[tuple[int, str]]) -> None:
    assert tripped(records) == expected


def test_every_short_history_is_judged_as_counted_by_hand() -> None:
    limits = Limits(run=4, share=0.75, window=4)
    for records in product("b.", repeat=8):
        counted, fresh, row = [], [], 0
        for place, each in enumerate(records, 1):
            fresh = [*fresh, each][-4:]
            row = row + 1 if each == "b" else 0
            if each == "b" and (row >= 4 or (len(fresh) == 4 and fresh.count("b") >= 3)):
                counted.append(place)
                fresh, row = [], 0
        assert [place for place, _ in tripped("".join(records), limits)] == counted


def test_going_on_begins_to_count_anew() -> None:
    breaker = Breaker(LIMITS)
    breaker.count(True)
    breaker.count(True)
    breaker.reset()
    assert [breaker.count(True), breaker.count(True)] == [None, None]
    assert breaker.count(True) == "3 bad records in a row"


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 20), st.integers(1, 20), st.floats(0.05, 1))
def test_good_records_never_trip_it(bad: list[bool], run: int, window: int, share: float) -> None:
    breaker = Breaker(Limits(run=run, share=share, window=window))
    assert all(breaker.count(each) is None or each for each in bad)
