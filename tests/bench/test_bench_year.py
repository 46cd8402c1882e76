"""The events of a year are the same events as those of a moment, laid further apart."""

from __future__ import annotations

import importlib.util
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.bank_holidays import england_and_wales
from streams.events import DeadlinePassed
from streams.step import step

MINUTE = timedelta(minutes=1)


def module(name: str) -> Any:
    """A module of the bench, which runs as scripts side by side and is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


LOAD, YEAR = module("load"), module("year")


@pytest.fixture(scope="module")
def events() -> list[Any]:
    return LOAD.case_events(3000, LOAD.END)


def test_the_same_events_have_the_same_bytes_on_every_day(events: list[Any]) -> None:
    assert LOAD.encoded(LOAD.case_events(3000, LOAD.END)) == LOAD.encoded(events)


def test_each_case_keeps_its_events_in_their_order_and_lasts_a_year(events: list[Any]) -> None:
    for case, some in YEAR.laid_out(events, LOAD.END, 50).items():
        assert [event.sender_id for _, event in some] == [each.sender_id for each in events if each.case == case]
        assert [now for now, _ in some] == [event.times.received for _, event in some]
        assert some[0][0] == LOAD.END
        assert LOAD.END + YEAR.YEAR - MINUTE < some[-1][0] <= LOAD.END + YEAR.YEAR


def test_a_second_delivery_stays_one_and_a_correction_too(events: list[Any]) -> None:
    laid = {case: [event for _, event in some] for case, some in YEAR.laid_out(events, LOAD.END, 50).items()}
    repeated = 0
    for case, after in laid.items():
        before = [each for each in events if each.case == case]
        assert shape(before) == shape(after)
        repeated += sum(count > 1 for count in Counter((each.sender_id, each.content_id) for each in before).values())
    assert repeated > 10


def shape(events: list[Any]) -> list[tuple[int, int]]:
    """For each event, which earlier one has its sender's id, and which one its content as well."""
    names = [each.sender_id for each in events]
    contents = [(each.sender_id, each.content_id) for each in events]
    return [(names.index(name), contents.index(content)) for name, content in zip(names, contents, strict=True)]


def test_with_acts_deadlines_are_said_in_time_and_every_escalation_is_acknowledged(events: list[Any]) -> None:
    policies = module("judging").judging(england_and_wales())
    for some in YEAR.laid_out(events, LOAD.END, 3).values():
        with_acts = list(YEAR.with_acts(some, policies))
        assert [now for now, _ in with_acts] == sorted(now for now, _ in with_acts)
        assert all(event.fact.due == now for now, event in with_acts if isinstance(event.fact, DeadlinePassed))
        emitted = Counter()
        file = None
        for now, event in with_acts:
            done = step(file, event, policies, now)
            file = done.file
            emitted.update(each.change for each in done.escalations)
        assert emitted["ACKNOWLEDGED"] >= emitted["RAISED"] - 1  # the last one may have come too late in the year
        assert emitted["ACKNOWLEDGEMENT_EXPIRED"] == 0
