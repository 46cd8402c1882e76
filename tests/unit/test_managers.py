"""Who is a manager, as it is spelt out for speed and as the table of shortfalls says it in words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.events import HolderRole, StaffState, Times
from streams.facts import Holder
from streams.managers import SHORTFALLS, Asked, manages
from tests.unit.casebook import POLICY, day
from tests.unit.examples import law

TIMES = st.integers(-2, 2).map(day)
MANAGERS = st.builds(
    Holder,
    st.just("k1"),
    st.just("c1"),
    TIMES.map(lambda at: Times(at, at, at)),
    st.just(""),
    st.just(()),
    st.just(0),
    allocation=st.just("a1"),
    attached=st.sampled_from([True, True, False]),
    role=st.just(HolderRole.MANAGER),
    staff=st.sampled_from(["N07B123", "N07B123", "N07UATU", "N07IAVU", "U", "", None]),
    grade=st.sampled_from(["SPO", "SPO", "ACO", "PO", None]),
    state=st.sampled_from([StaffState.ACTIVE, *StaffState]),
    placeholder_name=st.sampled_from([False, False, True]),
    started=st.none() | TIMES,
    ended=st.none() | TIMES,
)


@law
@given(MANAGERS)
def test_a_manager_is_whoever_has_none_of_the_shortfalls(holder: Holder) -> None:
    asked = Asked(day(0), POLICY, frozenset({"SPO", "ACO"}))
    assert manages(holder, asked) is not any(short(holder, asked) for _, short in SHORTFALLS)


def test_nobody_in_another_role_is_a_manager() -> None:
    asked = Asked(day(0), POLICY, frozenset({"SPO"}))
    at = Times(day(-1), day(-1), day(-1))
    who = "a1", True, HolderRole.MANAGER, "N07B123", "SPO", StaffState.ACTIVE, False, None, None
    spo = Holder("k1", "c1", at, "", (), 0, *who)
    assert [role for role in HolderRole if manages(replace(spo, role=role), asked)] == [HolderRole.MANAGER]
