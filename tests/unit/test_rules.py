"""What a rule says when it is asked alone: which of the facts that it listed still stand, and what it finds."""

from __future__ import annotations

import pytest

from streams.events import AssessmentStatus, CaseEvent
from streams.reconcile import before
from streams.rules import BY_ID
from streams.rules.of_levels import overseen
from streams.view import CaseView
from tests.unit.casebook import POLICY, T0, all_low, assessed, day, holder, run
from tests.unit.casebook import overseen as discussed
from tests.unit.table_book import HIGH, LOW, SPO, at, confirmed, utc, wanted

ASKED = discussed(T0, wanted(due=utc("2026-03-05 12:00")), wanted("a2", due=utc("2026-03-05 12:00")))
STAFF = assessed(day(1), all_low(staff="high"), name="a2")


@pytest.mark.parametrize(
    ("rule", "events", "taken_back"),
    [
        ("R1", (HIGH, STAFF), [False, False]),
        (
            "R1",
            (HIGH, STAFF, assessed(day(2), name="w", assessment="a2", status=AssessmentStatus.WITHDRAWN)),
            [False, True],
        ),
        ("R1", (HIGH, assessed(T0, all_low(), recorded=day(1))), [True]),
        ("R10", (LOW, ASKED, at("2026-03-05 12:00")), [False, False]),
        ("R10", (LOW, ASKED, at("2026-03-05 12:00"), confirmed(day(4))), [True, False]),
        ("R10", (LOW, ASKED, at("2026-03-05 12:00"), confirmed(day(4)), confirmed(day(5), action="a2")), [True, True]),
    ],
)
def test_which_of_the_facts_that_it_listed_still_stand(
    rule: str, events: tuple[CaseEvent, ...], taken_back: list[bool]
) -> None:
    file, _ = run(events)
    (one,) = (one for one in file.open if one.rule == rule)
    assert [fact.taken_back for fact in one.listed] == taken_back


def test_r1_finds_nothing_while_a_manager_is_attached() -> None:
    for events, found in (((HIGH,), 1), ((HIGH, SPO), 0)):
        file, _ = run(events)
        facts, changes_at = BY_ID["R1"].finds(CaseView(file, POLICY, day(1)), before(file))
        assert (len(facts), changes_at) == (found, None)


def test_where_no_level_is_raised_the_latest_oversight_by_a_manager_is_it() -> None:
    file, _ = run(
        (LOW, holder(T0), discussed(day(1)), discussed(day(2), name="s2"), discussed(day(3), name="s3", grade="PO"))
    )
    found = overseen(CaseView(file, POLICY, day(4)))
    assert found is not None
    assert found.effective == day(2)
