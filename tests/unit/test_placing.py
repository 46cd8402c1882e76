"""How a fact is put among those of its kind: the whole list after it, what that did, and what it replaced."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from streams.case import BOUNDS, Absorbed
from streams.events import Times
from streams.facts import CORRECTED, OnFile
from streams.fold.lists import in_time
from streams.fold.placing import Place, _came, comparable, ending, place, shown
from streams.step import StepOutcome
from tests.unit.circumstance_book import OTHER, act, day, empty

DUPLICATE, HISTORY, CORRECTION = StepOutcome.DUPLICATE, StepOutcome.HISTORY, StepOutcome.CORRECTED


def fact(key: str, at: float, content: str, recorded: datetime | None, received: datetime, heard: int = 0) -> OnFile:
    """A fact of that day."""
    return OnFile(key, content, Times(day(at), recorded, received), "", (), heard)


EARLIER, LATER = fact("a", 0, "x", day(0), day(0)), fact("z", 2, "x", day(2), day(2))
OLD = replace(fact("k", 1, "now", day(5), day(5), heard=4), superseded=("was",))
UNHEARD = replace(OLD, heard_by=0)
FULL = replace(OLD, superseded=("1", "2", "3", "4"))
UNDATED = replace(OLD, times=Times(day(1), None, day(5)))


def now(content: str, recorded: datetime | None, received: datetime = day(9)) -> OnFile:  # noqa: B008
    """Another message about the fact."""
    return fact("k", 1, content, recorded, received)


def corrected(new: OnFile, superseded: tuple[str, ...], heard: int) -> OnFile:
    """The new version, as it is put in the place of the old one."""
    return replace(new, superseded=superseded, heard_by=heard)


@pytest.mark.parametrize(
    ("old", "new", "after", "outcome"),
    [
        (OLD, now("now", None), OLD, DUPLICATE),
        (OLD, now("now", day(5)), OLD, DUPLICATE),
        (OLD, now("now", day(6)), replace(OLD, times=Times(day(1), day(6), day(5))), DUPLICATE),
        (OLD, now("was", None), OLD, DUPLICATE),
        (OLD, now("was", day(5)), OLD, DUPLICATE),
        (OLD, now("was", day(6)), corrected(now("was", day(6)), ("was", "now"), 4 | CORRECTED), CORRECTION),
        (OLD, now("else", day(4)), OLD, HISTORY),
        (UNDATED, now("else", None, day(4)), replace(UNDATED, superseded=("was", "else")), HISTORY),
        (OLD, now("else", day(5)), corrected(now("else", day(5)), ("was", "now"), 4 | CORRECTED), CORRECTION),
        (UNHEARD, now("else", day(6)), corrected(now("else", day(6)), ("was", "now"), 0), CORRECTION),
        (FULL, now("else", day(6)), corrected(now("else", day(6)), ("2", "3", "4", "now"), 4 | CORRECTED), CORRECTION),
        (
            replace(FULL, times=UNDATED.times),
            now("else", None, day(4)),
            replace(FULL, times=UNDATED.times, superseded=("2", "3", "4", "else")),
            HISTORY,
        ),
    ],
)
def test_another_message_about_a_fact(old: OnFile, new: OnFile, after: OnFile, outcome: StepOutcome) -> None:
    assert BOUNDS.superseded == len(FULL.superseded)
    assert place((EARLIER, old, LATER), new, None, in_time) == Place((EARLIER, after, LATER), outcome, old)


@pytest.mark.parametrize(
    ("mark", "outcome"),
    [
        (None, StepOutcome.FOLDED),
        (day(0.5), StepOutcome.FOLDED),
        (day(1), HISTORY),
        (day(2), HISTORY),
    ],
)
def test_a_new_fact_comes_in_its_place_unless_the_watermark_is_as_high(
    mark: datetime | None, outcome: StepOutcome
) -> None:
    held = (EARLIER, OLD, LATER) if outcome is StepOutcome.FOLDED else (EARLIER, LATER)
    assert place((EARLIER, LATER), OLD, mark, in_time) == Place(held, outcome, None)


def test_a_new_fact_comes_last_where_it_is_the_latest_and_first_where_it_is_the_earliest() -> None:
    assert place((EARLIER, OLD), LATER, None, in_time).held == (EARLIER, OLD, LATER)
    assert place((OLD, LATER), EARLIER, None, in_time).held == (EARLIER, OLD, LATER)
    assert place((), OLD, None, in_time).held == (OLD,)


def test_a_text_is_kept_up_to_its_bound_and_cut_beyond() -> None:
    fits, longer = "N" + "7" * (BOUNDS.text - 1), "N" + "7" * BOUNDS.text
    assert (ending(None), ending(fits), ending(longer)) == (None, fits, "…" + "7" * (BOUNDS.text - 1))
    assert (shown(None), shown(fits), shown(longer)) == (None, fits, "N" + "7" * (BOUNDS.text - 2) + "…")
    assert comparable("i" * BOUNDS.id) == "i" * BOUNDS.id
    assert len(comparable("i" * (BOUNDS.id + 1))) == 32


@pytest.mark.parametrize("absorbed", [(), ("a", "z")])
@pytest.mark.parametrize("forwarded", [False, True])
def test_what_came_from_a_merged_case(absorbed: tuple[str, ...], forwarded: bool) -> None:
    file = replace(empty(), absorbed=(Absorbed(OTHER, absorbed, ()),) if absorbed else ())
    news = act(day(1))
    sent = replace(news, forwarded=(OTHER,)) if forwarded else news
    assert _came(file, sent, OLD) == {*absorbed, *(["k"] if forwarded else [])}
