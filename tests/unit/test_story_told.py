"""How the demo tells what happens: the board's counts, the words of an escalation, the last line's sums, the page."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agents.queries.account import Account, FeedAccount
from agents.sandbox.demo import story, sums
from agents.sandbox.demo.board import Board, sentences
from agents.sandbox.demo.live import Plain, Terminal, face
from agents.sandbox.feeds import rates
from streams.escalation import Change

PAGE = Path(__file__).parents[2] / "docs" / "demo.md"
METRICS = """\
# TYPE raised_risk_events_total counter
raised_risk_events_total{outcome="folded",source="police.notifications.v1",step="cases"} 5.0
raised_risk_events_total{outcome="case-event",source="police.notifications.v1",step="intake"} 6.0
raised_risk_events_total{outcome="quarantined",source="police.notifications.v1",step="intake"} 1.0
# TYPE raised_risk_lanes_open gauge
raised_risk_lanes_open{step="cases"} 3.0
# TYPE raised_risk_lanes_wanted gauge
raised_risk_lanes_wanted{step="cases"} 4.0
# TYPE raised_risk_waiting_sightings gauge
raised_risk_waiting_sightings{kind="parked",partition="0"} 2.0
"""


def escalation(case: str, rule: str, change: str = "RAISED", **more: Any) -> dict[str, Any]:
    return {
        "case_id": case,
        "rule": rule,
        "change": change,
        "condition": "CLEARED" if change in ("CONDITION_CLEARED", "CLOSED") else "HOLDS",
        "stage": "CLOSED" if change == "CLOSED" else "RAISED",
        "cohort": "adult",
        "reason": "The level is high and nobody oversees it.",
        "notes": [],
        "at": datetime(2026, 11, 23, 9, 0, 5, tzinfo=UTC),
        **more,
    }


def as_the_story_says() -> list[dict[str, Any]]:
    raised = [escalation(end.case, rule) for end in story.ENDINGS for rule in end.raised]
    cleared = [escalation(end.case, rule, "CONDITION_CLEARED") for end in story.ENDINGS for rule in end.cleared]
    return raised + cleared + [escalation(end.case, rule, "CLOSED") for end in story.ENDINGS for rule in end.closed]


def account(**wrong: int) -> Account:
    counts = Counter({"records": 3, "sightings": 4, "folded": 3, "quarantined": 1, **wrong})
    return Account((FeedAccount("police.notifications.v1", counts),))


def board(sent: int = 3) -> Board:
    return Board(sent=Counter({"police.notifications.v1": sent}), bad=Counter({"null": 1}))


# ── the board ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_board_shows_where_messages_ended_and_not_where_they_passed_through() -> None:
    found = Board()
    found.measured([METRICS, METRICS])
    feed = "police.notifications.v1"
    assert found.outcomes == Counter({(feed, "folded"): 10, (feed, "quarantined"): 2})
    assert (found.lanes_open, found.lanes_wanted, found.waiting) == (6, 8, Counter(parked=4))


def test_an_escalation_is_told_with_case_rule_reason_and_notes() -> None:
    told = sentences(escalation("crn:X900001", "R1", notes=["the latest assessment is open"]))
    assert told == [
        "R1 raised: crn:X900001 (adult), 09:00:05 UTC",
        "The level is high and nobody oversees it.",
        "Note: the latest assessment is open.",
    ]


@pytest.mark.parametrize("change", list(Change))
def test_every_change_has_its_words(change: Change) -> None:
    headline = sentences(escalation("crn:X900001", "R1", change.value))[0]
    assert headline.startswith("R1 ")
    assert headline.endswith(": crn:X900001 (adult), 09:00:05 UTC")


def test_plain_lines_tell_every_escalation_but_those_that_only_join() -> None:
    out = io.StringIO()
    view = Plain(out)
    view.escalation(escalation("crn:X900001", "R1"))
    view.escalation(escalation("crn:X900001", "R1", "JOINED"))
    assert out.getvalue() == (
        "! R1 raised: crn:X900001 (adult), 09:00:05 UTC\n    The level is high and nobody oversees it.\n"
    )


@pytest.mark.parametrize(("terminal", "kind"), [(True, Terminal), (False, Plain)])
def test_the_face_suits_where_it_is_shown(terminal: bool, kind: type) -> None:
    with face(Board(), Console(file=io.StringIO(), force_terminal=terminal)) as view:
        assert type(view) is kind


def test_the_live_view_draws_what_the_board_says() -> None:
    out = io.StringIO()
    shown = board()
    with face(shown, Console(file=out, force_terminal=True, width=120)) as view:
        shown.measured([METRICS])
        view.caption("crn:X900001", "He is arrested.")
        view.escalation(escalation("crn:X900001", "R1"))
    for words in ("folded 5, quarantined 1", "He is arrested.", "parked 2", "nobody oversees it", "3 of 4"):
        assert words in out.getvalue()
    assert out.getvalue().endswith("\x1b[?25h\n")  # so that the line of JSON begins a line of its own


# ── the last line ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_last_line_says_what_came_in_what_was_raised_and_that_it_adds_up() -> None:
    assert sums.summed(account(), as_the_story_says(), board()) == {
        "in": {"police.notifications.v1": {"folded": 3, "quarantined": 1}},
        "sent": {"police.notifications.v1": 3},
        "raised": {"R1": 2, "R2": 3, "R8": 1},
        "quarantined": 1,
        "bad": {"null": 1},
        "escalations": 8,
        "story": True,
        "adds_up": True,
    }


@pytest.mark.parametrize(
    ("wrong", "sent"),
    [
        pytest.param({"records": 2}, 3, id="a message never reached its feed"),
        pytest.param({}, 2, id="a feed holds more than was sent"),
        pytest.param({"sightings": 5}, 3, id="a sighting has no outcome"),
        pytest.param({"on_the_way": 1}, 3, id="a sighting is on its way"),
        pytest.param({"twice": 1}, 3, id="a sighting has two outcomes"),
    ],
)
def test_it_does_not_add_up_when(wrong: dict[str, int], sent: int) -> None:
    assert sums.summed(account(**wrong), as_the_story_says(), board(sent))["adds_up"] is False


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([], id="nothing was raised"),
        pytest.param([*as_the_story_says(), escalation(story.JUST_SHORT, "R1")], id="one was raised too many"),
        pytest.param(as_the_story_says()[:-1], id="an item did not close"),
        pytest.param(as_the_story_says()[:-2], id="a condition did not clear"),
        pytest.param([*as_the_story_says(), escalation(story.YOUTH, "R1", "REOPENED")], id="an item was reopened"),
        pytest.param(
            [*as_the_story_says(), escalation(story.YOUTH, "R1", "CONDITION_RETURNED")], id="a condition returned"
        ),
    ],
)
def test_the_story_is_not_as_told_when(told: list[dict[str, Any]]) -> None:
    assert not sums.as_told(told)


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_prints_the_table_of_rates_as_it_is() -> None:
    assert rates.table() in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", story.ENDINGS, ids=lambda ending: ending.title)
def test_the_page_tells_each_story_as_it_ends(ending: story.Ending) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(words in page for words in (ending.title, ending.case, ending.because))
