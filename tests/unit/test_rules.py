"""What a rule says when it is asked alone: which of the facts that it listed still stand, and what it finds."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from streams.events import AssessmentStatus, CaseEvent, HolderRole
from streams.policy import Policy
from streams.reconcile import before
from streams.rules import BY_ID
from streams.rules.gates import why_manager_or_level
from streams.rules.of_levels import overseen
from streams.rules.rule import any_stands
from streams.view import CaseView
from tests.unit.casebook import POLICY, SERIOUS, T0, all_low, assessed, day, holder, passed, police, run, said
from tests.unit.casebook import overseen as discussed
from tests.unit.table_book import HIGH, LOW, SPO, at, charge, confirmed, screened, utc, wanted

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


@pytest.mark.parametrize("left_out", [0, 1])
def test_what_is_only_counted_stands_though_all_that_is_listed_was_taken_back(left_out: int) -> None:
    file, _ = run((police(T0),))
    (one,) = (each for each in file.open if each.rule == "R2")
    one = replace(one, left_out=left_out, listed=tuple(replace(fact, taken_back=True) for fact in one.listed))
    view = CaseView(file, POLICY, T0)
    assert any_stands(view, one, ()) is bool(left_out)
    below = CaseView(run((LOW,))[0], POLICY, T0)
    called_out = replace(one, listed=tuple(replace(fact, kind="call-out", taken_back=True) for fact in one.listed))
    assert BY_ID["R3"].stays(below, called_out, ()) is bool(left_out)


SCREENED = screened(T0, found=1)
BLIND = replace(POLICY, watch=replace(POLICY.watch, indicators=False))


@pytest.mark.parametrize(
    ("events", "policy", "found"),
    [
        ((SCREENED,), POLICY, 1),
        ((SCREENED,), BLIND, 0),
        ((SCREENED, SPO), POLICY, 0),
        ((SCREENED, screened(day(1), found=0, name="s2")), POLICY, 0),
    ],
)
def test_when_a_screening_puts_a_case_on_watch(events: tuple[CaseEvent, ...], policy: Policy, found: int) -> None:
    file, _ = run(events)
    facts, _ = BY_ID["R3"].finds(CaseView(file, policy, day(1)), before(file))
    assert len(facts) == found


def test_an_assessment_of_the_very_time_of_the_news_reviews_it() -> None:
    file, told = run((SPO, police(T0), passed(day(30)), assessed(T0, all_low(), received=day(31))))
    assert [one.holds for one in file.open if one.rule == "R7"] == [False], said(told)


def test_r8_says_what_is_missing_and_no_more() -> None:
    _, told = run((LOW, screened(day(1), found=1), passed(day(60))))
    missing = "no full assessment within 15 working days of a screening that found indicators"
    reasons = [one.reason for one in told if one.rule == "R8"]
    assert reasons[0].startswith(f"R8 (P5, P1, P11): {missing}; ")
    assert not any("stale" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ((HIGH, SPO), "a manager is attached (SPO N07B123)"),
        ((LOW,), "the level is now known to be lower"),
        ((HIGH,), "it is over"),
    ],
)
def test_why_nobody_need_be_told_any_more(events: tuple[CaseEvent, ...], why: str) -> None:
    file, _ = run(events)
    assert why_manager_or_level("it is over")(CaseView(file, POLICY, T0), "SPO N07B123") == why


UNTOLD = replace(POLICY, watch=replace(POLICY.watch, serious_charge=False))
CASE_MANAGER = holder(T0, HolderRole.CASE_MANAGER, grade="PO", ended=day(9))
CHARGED = charge(T0, SERIOUS)


@pytest.mark.parametrize(
    ("events", "policy", "found", "changes_at"),
    [
        ((LOW, CASE_MANAGER, CHARGED), POLICY, 1, None),
        ((LOW, CASE_MANAGER, CHARGED), UNTOLD, 1, day(9)),
        ((HIGH, CASE_MANAGER, CHARGED), POLICY, 0, None),
        ((LOW, CHARGED), POLICY, 0, None),
    ],
)
def test_when_a_serious_charge_is_r4s_to_tell(
    events: tuple[CaseEvent, ...], policy: Policy, found: int, changes_at: datetime | None
) -> None:
    file, _ = run(events)
    file = replace(file, signals=tuple(replace(signal, heard_by=0) for signal in file.signals))
    facts, at_ = BY_ID["R4"].finds(CaseView(file, policy, day(1)), before(file))
    assert (len(facts), at_) == (found, changes_at)


@pytest.mark.parametrize(("policy", "found"), [(POLICY, 1), (UNTOLD, 0)])
def test_a_serious_charge_of_somebody_whom_nobody_supervises_is_r3s_to_tell_where_the_policy_says_so(
    policy: Policy, found: int
) -> None:
    file, _ = run((LOW, CHARGED), policy=UNTOLD)
    facts, _ = BY_ID["R3"].finds(CaseView(file, policy, day(1)), before(file))
    assert len(facts) == found


def test_news_of_a_time_ahead_is_to_be_reviewed_from_then_on() -> None:
    file, _ = run((SPO, police(day(5), recorded=T0, received=T0)))
    facts, changes_at = BY_ID["R7"].finds(CaseView(file, POLICY, day(1)), before(file))
    assert (facts, changes_at) == ((), POLICY.hours.after(day(5), POLICY.review_after_news))
