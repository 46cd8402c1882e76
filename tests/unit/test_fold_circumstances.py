"""How classifications, services, links and the 18th birthday change a case file: tables, laws of order and bounds."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams import inputs
from streams.case import BOUNDS, CaseFile
from streams.circumstances import ClassificationKind, ClassificationState, ComesOfAge, ServiceState
from streams.events import CaseEvent
from streams.fold.placing import StepOutcome
from streams.statements import changes_at, held_links, in_force, outstanding
from tests.unit.circumstance_book import (
    CASE,
    DELIVER_WITHIN,
    OTHER,
    THIRD,
    YOUTH,
    after,
    classified,
    day,
    empty,
    event,
    folded,
    linked,
    linked_news,
    service,
    tier,
)
from tests.unit.examples import law

IN_FORCE, ENDED, DELETED = ClassificationState.IN_FORCE, ClassificationState.ENDED, ClassificationState.DELETED
MS = timedelta(milliseconds=1)
BOTH = inputs.REGISTERS | inputs.LEVELS
"""A register can say a level, too."""


def codes(file: CaseFile, now: datetime) -> list[str]:
    """What is in force, by code."""
    return sorted(fact.code for fact in in_force(file, now))


# ── classifications ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([classified(day(0))], ["RVHR"]),
        ([classified(day(0), code=" rvhr ")], ["RVHR"]),
        ([classified(day(0)), classified(day(1), state=ENDED)], []),
        ([classified(day(0)), classified(day(1), state=DELETED)], []),
        ([classified(day(1)), classified(day(0), state=ENDED)], ["RVHR"]),
        ([classified(day(0)), classified(day(1), "r2", ENDED)], ["RVHR"]),
        ([classified(day(0)), classified(day(1), state=ENDED), classified(day(2))], ["RVHR"]),
        ([classified(day(0), code="HREG")], []),
        ([classified(day(0), code="HREG", kind=ClassificationKind.FLAG)], ["HREG"]),
        ([classified(day(0), started=day(9))], ["RVHR"]),
        ([classified(day(0), started=day(9) + MS)], []),
        ([classified(day(0), ended=day(9))], []),
        ([classified(day(0), ended=day(9) + MS)], ["RVHR"]),
        ([tier(day(0), "A1", "t1"), tier(day(1), "B2", "t2")], ["B2"]),
        ([tier(day(1), "A1", "t1"), tier(day(0), "B2", "t2")], ["A1"]),
        ([tier(day(0), "A1", "t1"), tier(day(1), "B2", "t2"), tier(day(2), "B2", "t2", DELETED)], ["A1"]),
        ([tier(day(0), "A1", "t1"), classified(day(1))], ["A1", "RVHR"]),
    ],
)
def test_what_is_in_force_is_the_latest_statement_about_each_classification(
    events: list[CaseEvent], found: list[str]
) -> None:
    for order in permutations(events):
        assert codes(after(empty(), order, day(9)), day(9)) == found


@pytest.mark.parametrize(
    ("events", "at"),
    [
        ([classified(day(0))], None),
        ([classified(day(0), started=day(9))], None),
        ([classified(day(0), started=day(9) + MS)], day(9) + MS),
        ([classified(day(0), started=day(12), ended=day(20))], day(12)),
        ([classified(day(0), started=day(1), ended=day(20))], day(20)),
        ([classified(day(0), ended=day(20)), classified(day(1), "r2", ended=day(15))], day(15)),
        ([classified(day(0), ended=day(20)), classified(day(1), state=ENDED)], None),
        ([classified(day(0), code="HREG", ended=day(20))], None),
    ],
)
def test_what_is_in_force_next_changes_at_the_first_start_or_end_that_lies_ahead(
    events: list[CaseEvent], at: datetime | None
) -> None:
    assert changes_at(after(empty(), events), day(9)) == at


@pytest.mark.parametrize(
    ("before", "news", "changed"),
    [
        ([], classified(day(1)), BOTH),
        ([], classified(day(1), state=ENDED), inputs.NOTHING),
        ([], classified(day(1), code="HREG"), inputs.NOTHING),
        ([], classified(day(1), started=day(4)), BOTH),
        ([classified(day(0))], classified(day(1), state=ENDED), BOTH),
        ([tier(day(1), "A1", "t1")], tier(day(0), "B1", "t2"), inputs.NOTHING),
        ([tier(day(1), "A1", "t1")], tier(day(2), "B1", "t2"), inputs.REGISTERS),
    ],
)
def test_a_classification_is_an_input_where_it_changes_what_is_in_force_or_when_that_changes(
    before: list[CaseEvent], news: CaseEvent, changed: int
) -> None:
    assert folded(after(empty(), before), news).changed == changed


def test_a_correction_of_a_classification_replaces_it() -> None:
    file = after(empty(), [classified(day(0), sender_id="x"), classified(day(0), sender_id="x", code="RHRH")])
    assert codes(file, day(1)) == ["RHRH"]
    assert len(file.registers) == 1


def test_classifications_that_are_over_go_before_those_in_force() -> None:
    held = [classified(day(0), f"held{n}") for n in range(BOUNDS.registers - 1)]
    over = [classified(day(1), "over"), classified(day(2), "over", ENDED)]
    file = after(empty(), [*held, *over, classified(day(3), "new")])
    assert {fact.classification for fact in file.registers} == {*(f"held{n}" for n in range(31)), "new"}
    assert file.watermarks.registers == day(2)
    late = folded(file, classified(day(2), "late"))
    assert late.outcome is StepOutcome.HISTORY
    assert not late.changes


def test_the_end_of_a_classification_never_goes_before_its_beginning() -> None:
    file = after(empty(), [classified(day(0), "gone"), classified(day(1), "gone", ENDED)])
    for n in range(BOUNDS.registers + 3):
        file = after(file, [classified(day(2 + n), f"held{n}")])
        assert "gone" not in {fact.classification for fact in in_force(file, day(99))}
    assert len(file.registers) == BOUNDS.registers


# ── services ─────────────────────────────────────────────────────────────────────────────────────────────────

REQUESTED, DELIVERED, CANCELLED = ServiceState.REQUESTED, ServiceState.DELIVERED, ServiceState.CANCELLED


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([service(day(1))], [(day(1), day(1) + DELIVER_WITHIN)]),
        ([service(day(1), due=day(5))], [(day(1), day(5))]),
        ([service(day(1)), service(day(3))], [(day(1), day(1) + DELIVER_WITHIN)]),
        ([service(day(1)), service(day(3), due=day(9))], [(day(1), day(9))]),
        ([service(day(1), due=day(9)), service(day(3))], [(day(1), day(1) + DELIVER_WITHIN)]),
        ([service(day(1)), service(day(3), DELIVERED)], []),
        ([service(day(1)), service(day(3), CANCELLED)], []),
        ([service(day(4)), service(day(3), DELIVERED)], [(day(3), day(3) + DELIVER_WITHIN)]),
        ([service(day(1)), service(day(3), DELIVERED, "s2")], [(day(1), day(1) + DELIVER_WITHIN)]),
    ],
)
def test_a_service_is_outstanding_from_its_first_request_until_the_last_word_on_it(
    events: list[CaseEvent], found: list[tuple[datetime, datetime]]
) -> None:
    for order in permutations(events):
        file = after(empty(), order)
        assert [(held.requested, held.due) for held in outstanding(file)] == found


def test_a_corrected_request_moves_the_time_from_which_the_service_is_awaited() -> None:
    file = after(empty(), [service(day(1), sender_id="x"), service(day(4), sender_id="x")])
    assert [(held.requested, held.due) for held in outstanding(file)] == [(day(4), day(4) + DELIVER_WITHIN)]


@pytest.mark.parametrize("days", [[1, 5, 6, 7, 8, 9], [5, 6, 7, 8, 9, 1], [9, 8, 7, 6, 5, 1]])
def test_a_service_that_is_asked_for_time_and_again_is_awaited_from_the_first_time_on(days: list[int]) -> None:
    file = after(empty(), [service(day(n)) for n in days])
    assert [(held.key[-12:], held.requested) for held in outstanding(file)] == [
        (service(day(9)).sender_id[-12:], day(1))
    ]
    assert len(file.services) == BOUNDS.messages


def test_a_request_that_comes_after_the_delivery_does_not_reopen_the_service() -> None:
    late = folded(after(empty(), [service(day(3), DELIVERED)]), service(day(1)))
    assert late.changed == inputs.NOTHING


def test_settled_services_go_before_outstanding_ones() -> None:
    held = [service(day(0), name=f"held{n}") for n in range(BOUNDS.services - 1)]
    file = after(empty(), [*held, service(day(1), name="x"), service(day(2), DELIVERED, "x")])
    assert len(file.services) == BOUNDS.services
    file = after(file, [service(day(3), name="new")])
    assert {fact.service for fact in outstanding(file)} == {*(f"held{n}" for n in range(23)), "new"}
    assert file.watermarks.services == day(2)


def test_what_is_said_twice_of_an_outstanding_service_goes_after_settled_ones() -> None:
    held = [service(day(0), name=f"held{n}") for n in range(BOUNDS.services - 3)]
    file = after(empty(), [*held, service(day(1)), service(day(2)), service(day(3), DELIVERED, "x")])
    file = after(file, [service(day(4), name="new")])
    assert [fact.times.occurred for fact in file.services if fact.service in ("s1", "x")] == [day(1), day(2)]


# ── linked people ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([linked(day(0))], [YOUTH]),
        ([linked(day(0)), linked(day(1), held=False)], []),
        ([linked(day(1)), linked(day(0), held=False)], [YOUTH]),
        ([linked(day(0)), linked(day(1), OTHER, "l2")], [YOUTH, OTHER]),
        ([linked(day(0), CASE)], []),
    ],
)
def test_a_person_is_linked_by_the_latest_statement_about_the_link(events: list[CaseEvent], found: list[str]) -> None:
    for order in permutations(events):
        assert {link.other for link in held_links(after(empty(), order))} == set(found)


def test_links_that_hold_no_longer_go_first() -> None:
    held = [linked(day(0), OTHER, f"held{n}") for n in range(BOUNDS.links - 2)]
    file = after(empty(), [*held, linked(day(1), name="x"), linked(day(2), name="x", held=False)])
    file = after(file, [linked(day(3), THIRD, "new")])
    assert {link.link for link in held_links(file)} == {*(f"held{n}" for n in range(22)), "new"}


def test_news_of_a_linked_person_is_kept_once_for_each_time_that_they_were_raised() -> None:
    first = folded(empty(), linked_news(day(1)))
    file = replace(empty(), **first.changes)
    assert (first.outcome, first.changed) == (StepOutcome.FOLDED, inputs.LINKED_NEWS)
    assert after(file, [linked_news(day(1))]) is file
    assert [news.raised for news in after(file, [linked_news(day(2))]).linked_news] == [day(1), day(2)]


def test_the_earliest_news_of_linked_people_goes_and_does_not_come_back() -> None:
    file = after(empty(), [linked_news(day(n)) for n in range(BOUNDS.linked_news + 1)])
    assert len(file.linked_news) == BOUNDS.linked_news
    assert file.watermarks.linked_news == day(0)
    assert after(file, [linked_news(day(0))]) is file


# ── the 18th birthday ────────────────────────────────────────────────────────────────────────────────────────


def test_the_birthday_that_was_said_last_counts() -> None:
    first, second = (event(ComesOfAge(day(n)), day(n), f"age/{n}") for n in (1, 2))
    file = after(empty(), [first])
    assert (file.comes_of_age, after(file, [second]).comes_of_age) == (day(1), day(2))
    assert after(file, [first]) is file
    assert folded(file, second).outcome is StepOutcome.CORRECTED


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = st.sampled_from("abc")
AT = st.integers(0, 30 * 86_400_000).map(lambda ms: day(0) + timedelta(milliseconds=ms))


@st.composite
def circumstances(draw: st.DrawFn) -> CaseEvent:
    """A statement about one of a few classifications, services or links, under an id of its own."""
    at, name = draw(AT), draw(NAMES)
    match draw(st.sampled_from("crtsln")):
        case "c":
            return classified(at, name, draw(st.sampled_from(ClassificationState)), started=draw(st.none() | AT))
        case "r":
            return classified(at, name, ended=draw(st.none() | AT))
        case "t":
            return tier(at, draw(NAMES), f"tier {name}", draw(st.sampled_from(ClassificationState)))
        case "s":
            return service(at, draw(st.sampled_from(ServiceState)), name, due=draw(st.none() | AT))
        case "l":
            return linked(at, draw(st.sampled_from([OTHER, YOUTH])), name, held=draw(st.booleans()))
        case _:
            return linked_news(at)


HISTORIES = st.lists(circumstances(), max_size=12, unique_by=lambda one: one.times.effective)


@law
@given(HISTORIES, st.randoms(use_true_random=False))
def test_circumstances_end_alike_in_whatever_order_they_came(history: list[CaseEvent], random: object) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = after(empty(), history, day(15)), after(empty(), shuffled, day(15))
    assert one == other


@law
@given(HISTORIES)
def test_a_circumstance_that_comes_twice_changes_nothing(history: list[CaseEvent]) -> None:
    file = after(empty(), history, day(15))
    assert after(file, history, day(15)) is file


@given(st.lists(st.tuples(AT, st.integers(0, 8)), min_size=40, max_size=60))
@settings(deadline=None, max_examples=10)
def test_no_flood_of_circumstances_breaks_a_bound(flood: list[tuple[datetime, int]]) -> None:
    file = empty()
    for number, (at, kind) in enumerate(flood):
        name = str(number - kind % 2)
        state, done, held = (list(ClassificationState)[kind % 3], list(ServiceState)[kind % 3], kind % 4 > 0)
        news = [classified(at, name, state), service(at, done, name), linked(at, name=name, held=held)]
        file = after(file, [*news, linked_news(at)], day(15))
        assert len(file.registers) <= BOUNDS.registers
        assert len(file.services) <= BOUNDS.services
        assert len(file.links) <= BOUNDS.links
        assert len(file.linked_news) <= BOUNDS.linked_news
