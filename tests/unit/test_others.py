"""What other cases are told: of a raised level, of a merge, and what goes on to where a case lives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.circumstances import Erased, GivenBack, LinkedNews, Relation, TakenOver
from streams.events import CaseEvent, DeadlinePassed, Restored, Times, Withheld
from streams.others import HOPS, tells_others
from streams.primitives import CaseId
from tests.unit.casebook import assessed, levels
from tests.unit.circumstance_book import (
    CASE,
    OTHER,
    POLICY,
    THIRD,
    YOUTH,
    World,
    after,
    classified,
    day,
    empty,
    erased,
    event,
    linked,
    linked_news,
    merged,
    unmerged,
)
from tests.unit.examples import law

RAISED = assessed(day(0), levels(harm="high"))
"""What raises the level of a case: others hear of it in these words."""


def test_the_cases_that_a_raised_one_is_linked_to_hear_of_it() -> None:
    file = after(
        empty(), [RAISED, linked(day(0)), linked(day(0), OTHER, "l2"), linked(day(0), THIRD, "l3", held=False)]
    )
    news = classified(day(1))
    told = tells_others(file, replace(file, raised=day(1)), news, day(2), POLICY)
    assert [one.case for one in told] == [OTHER, YOUTH]
    (first, _) = told
    assert first.fact == LinkedNews(CASE, Relation.SIBLING, ("harm: high",), day(1))
    assert first.sender_id == f"linked-news/{CASE}/{day(1).isoformat()}"
    assert (first.times, first.origin) == (Times(day(1), None, day(2)), news.origin)


@pytest.mark.parametrize(
    ("before", "now", "hears"),
    [
        (None, None, []),
        (None, day(1), [YOUTH]),
        (day(1), day(1), []),
        (day(1), None, []),
        (day(1), day(2), [YOUTH]),
    ],
)
def test_they_hear_once_for_each_time_that_it_is_raised(before: object, now: object, hears: list[CaseId]) -> None:
    file = replace(after(empty(), [linked(day(0))]), raised=before)
    told = tells_others(file, replace(file, raised=now), classified(day(1)), day(2), POLICY)
    assert [one.case for one in told] == hears


def test_who_is_linked_to_a_raised_case_later_hears_of_it_then() -> None:
    file = replace(after(empty(), [linked(day(0))]), raised=day(1))
    later = linked(day(2), OTHER, "l2")
    assert [one.case for one in tells_others(file, after(file, [later]), later, day(2), POLICY)] == [OTHER]
    again = linked(day(2), YOUTH, "l2")
    assert tells_others(file, after(file, [again]), again, day(2), POLICY) == ()


def test_a_case_that_is_new_and_raised_at_once_tells_too() -> None:
    file = replace(after(empty(), [linked(day(0))]), raised=day(1))
    assert [one.case for one in tells_others(empty(), file, linked(day(0)), day(2), POLICY)] == [YOUTH]


def test_a_case_that_lives_on_elsewhere_tells_no_news_of_itself() -> None:
    file = after(replace(empty(), merged_into=OTHER), [linked(day(0))])
    told = tells_others(file, replace(file, raised=day(1)), erased(day(1)), day(2), POLICY)
    assert [type(one.fact) for one in told] == [Erased]


def test_no_case_tells_itself_by_way_of_one_that_was_merged_into_it() -> None:
    world = World(after(empty(), [linked(day(0), OTHER)]), empty(OTHER))(merged(day(1), CASE, OTHER))
    world.raised(CASE, day(2))
    assert not any(isinstance(one.fact, LinkedNews) for one in world.sent)
    late = World(empty(), empty(OTHER))(merged(day(1), CASE, OTHER))
    late(replace(linked_news(day(2), CASE), case=OTHER))
    assert late.files[CASE].linked_news == ()


def test_a_case_that_lives_again_tells_nothing_that_it_has_told_before() -> None:
    world = World(after(empty(), [linked(day(0))])).raised(CASE, day(1))
    world(merged(day(2)), unmerged(day(3)))
    assert [one.case for one in world.sent if isinstance(one.fact, LinkedNews)] == [YOUTH]


def test_linked_news_reaches_a_person_where_their_case_lives_on() -> None:
    world = World(empty(), empty(OTHER))(merged(day(1)), linked_news(day(2), YOUTH))
    assert [news.source for news in world.files[OTHER].linked_news] == [YOUTH]


# ── merges ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_merge_and_what_undoes_it_are_told_to_the_other_case() -> None:
    world = World()(merged(day(1)), merged(day(2), THIRD), unmerged(day(3), THIRD), unmerged(day(4)))
    assert [(one.case, type(one.fact)) for one in world.sent] == [
        (OTHER, TakenOver),
        (OTHER, GivenBack),
        (THIRD, TakenOver),
        (THIRD, GivenBack),
        (OTHER, TakenOver),
        (OTHER, GivenBack),
    ]
    assert len({(one.case, one.sender_id, one.content_id) for one in world.sent}) == 6


@pytest.mark.parametrize(
    "stays",
    [
        event(DeadlinePassed(day(1)), day(1), "x"),
        event(Withheld("q1", "fold", "why"), day(1), "x"),
        event(Restored("q1"), day(1), "x"),
    ],
)
def test_what_speaks_of_a_merged_case_alone_stays_there(stays: CaseEvent) -> None:
    file = replace(empty(), merged_into=OTHER)
    assert tells_others(file, file, stays, day(2), POLICY) == ()


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ((), [OTHER]),
        ((YOUTH,), [OTHER]),
        ((OTHER,), []),
        ((OTHER, THIRD), []),
        (tuple(CaseId(f"crn:X{n}") for n in range(HOPS - 1)), [OTHER]),
        (tuple(CaseId(f"crn:X{n}") for n in range(HOPS)), []),
    ],
)
def test_an_event_goes_on_to_where_its_case_lives_and_nowhere_twice(path: tuple[CaseId, ...], to: list[CaseId]) -> None:
    file = replace(empty(), merged_into=OTHER)
    news = replace(classified(day(1)), forwarded=path)
    told = tells_others(file, file, news, day(2), POLICY)
    assert told == tuple(replace(news, case=case, forwarded=(*path, CASE)) for case in to)


def test_what_comes_to_a_living_case_goes_nowhere() -> None:
    assert tells_others(empty(), after(empty(), [classified(day(1))]), classified(day(1)), day(1), POLICY) == ()


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────

CASES = [CASE, OTHER, THIRD, YOUTH]
PAIRS = st.tuples(st.sampled_from(CASES), st.sampled_from(CASES)).filter(lambda pair: pair[0] != pair[1])


@law
@given(st.sets(PAIRS), st.lists(st.tuples(st.sampled_from(CASES), st.integers(1, 9)), max_size=6, unique=True))
def test_linked_news_never_bounces(links: set[tuple[CaseId, CaseId]], raised: list[tuple[CaseId, int]]) -> None:
    world = World(*map(empty, CASES))
    world(*(linked(day(0), other, f"{other}", case=case) for case, other in sorted(links)))
    told = 0
    for case, at in raised:
        world.raised(case, day(at))
        told += sum(pair[0] == case for pair in links)
        assert len(world.sent) == told
    before = dict(world.files)
    world(*list(world.sent))
    assert all(world.files[case] is before[case] for case in CASES)


@law
@given(st.lists(st.tuples(PAIRS, st.booleans()), max_size=8))
def test_what_is_told_ends_however_cases_are_merged(history: list[tuple[tuple[CaseId, CaseId], bool]]) -> None:
    files = {case: empty(case) for case in CASES}
    for into, case in dict(pair for pair, _ in history).items():
        files[case] = replace(files[case], merged_into=into)
    waiting, seen = [classified(day(1))], 0
    while waiting:
        news = waiting.pop()
        seen += 1
        file = files[news.case]
        waiting += tells_others(file, file, news, day(2), POLICY)
        assert seen <= HOPS + 1
