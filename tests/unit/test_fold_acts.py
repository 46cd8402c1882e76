"""How oversight records, required actions and acts change a case file: tables, and laws of order and bounds."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams import inputs
from streams.acts import ActKind, Evidence
from streams.case import BOUNDS, CaseFile
from streams.events import CaseEvent, OversightKind
from streams.facts import Done
from streams.fold.acts import acted_on, may_confirm
from streams.fold.placing import StepOutcome
from tests.unit.circumstance_book import ACT_WITHIN, POLICY, act, action, after, day, empty, folded, oversight
from tests.unit.examples import law

CLAIMED, CONFIRMED = ActKind.CLAIMED, ActKind.CONFIRMED


def seen(file: CaseFile) -> list[tuple[str, str | None, str | None]]:
    """Each action with who claimed and who confirmed it."""
    return [(held.action, by(held.claimed), by(held.confirmed)) for held in file.actions]


def by(done: Done | None) -> str | None:
    """Who, if anybody."""
    return None if done is None else done.by


# ── oversight records ────────────────────────────────────────────────────────────────────────────────────────


def test_an_oversight_record_is_kept_with_what_it_found_and_asks_for() -> None:
    file = after(empty(), [oversight(day(1), action(), action("a2", due=day(3)), escalation="e1")])
    (record,) = file.oversight
    assert (record.grade, record.escalation, record.deficits, record.actions) == ("SPO", "e1", 1, 2)
    assert (record.practice_assessed, record.none_needed, record.variance) == (True, None, "late")
    assert [(held.key, held.record, held.escalation, held.due) for held in file.actions] == [
        ("oversight/delius/o1/a1", record.key, "e1", day(1) + ACT_WITHIN),
        ("oversight/delius/o1/a2", record.key, "e1", day(3)),
    ]


@pytest.mark.parametrize(
    ("news", "changed"),
    [
        (oversight(day(1)), inputs.OVERSIGHT),
        (oversight(day(1), kind=OversightKind.COUNTERSIGNATURE), inputs.OVERSIGHT),
        (oversight(day(1), kind=OversightKind.FORUM_OUTCOME), inputs.OVERSIGHT),
        (oversight(day(1), kind=OversightKind.REFERRAL), inputs.NOTHING),
        (oversight(day(1), action(), kind=OversightKind.REFERRAL), inputs.OVERSIGHT | inputs.ACTIONS),
    ],
)
def test_where_oversight_is_awaited_every_record_is_an_input_but_a_bare_referral(news: CaseEvent, changed: int) -> None:
    assert folded(replace(empty(), raised=day(0)), news).changed == changed


def test_where_none_is_awaited_a_record_is_an_input_by_what_it_asks_for() -> None:
    assert folded(empty(), oversight(day(1))).changed == inputs.NOTHING
    assert folded(empty(), oversight(day(1), action())).changed == inputs.OVERSIGHT | inputs.ACTIONS


def test_many_records_hide_neither_a_referral_nor_what_they_asked_for() -> None:
    referral = oversight(day(0), name="referral", kind=OversightKind.REFERRAL)
    file = after(empty(), [referral, *(oversight(day(n), action(), name=f"o{n}") for n in range(1, 12))])
    assert [held.key for held in file.oversight] == [
        "oversight/delius/referral",
        *(f"oversight/delius/o{n}" for n in range(4, 12)),
    ]
    assert (file.watermarks.oversight, file.watermarks.referrals) == (day(3), None)
    assert len(file.actions) == 11
    assert after(file, [oversight(day(3), action(), name="o3")]) is file


def test_a_corrected_record_replaces_its_actions_and_keeps_what_was_said_of_those_that_stay() -> None:
    claims = [act(day(2), action=name) for name in ("a1", "a2")]
    file = after(empty(), [oversight(day(1), action("a1"), action("a2")), *claims])
    file = after(file, [oversight(day(1), action("a2", "PO8"), action("a3"), recorded=day(3))])
    assert seen(file) == [("a2", "PO7", None), ("a3", None, None)]
    assert [held.owner for held in file.actions] == ["PO8", "PO7"]


def test_an_old_version_of_a_record_asks_for_nothing() -> None:
    file = after(empty(), [oversight(day(1), action(), recorded=day(3))])
    late = folded(file, oversight(day(1), action("a2"), recorded=day(2)))
    assert (late.outcome, late.changes) == (StepOutcome.HISTORY, {})


# ── claims and confirmations ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("acts", "claimed", "confirmed"),
    [
        ([act(day(2))], "PO7", None),
        ([act(day(2)), act(day(3), author="PO9")], "PO7", None),
        ([act(day(2)), act(day(3), CONFIRMED, "SPO1", grade=None)], "PO7", "SPO1"),
        ([act(day(2)), act(day(3), CONFIRMED)], "PO7", None),
        ([act(day(2)), act(day(3), CONFIRMED, grade="SPO")], "PO7", "PO7"),
        ([act(day(2), author="PO9"), act(day(3), CONFIRMED, "PO9")], "PO9", None),
        ([act(day(2), author="PO9"), act(day(3), CONFIRMED, "PO7")], "PO9", None),
        ([act(day(2), CONFIRMED)], None, None),
        ([act(day(2), CONFIRMED, "SPO1", grade=None)], None, "SPO1"),
        ([act(day(3)), act(day(2), CONFIRMED, "SPO1", grade=None)], None, "SPO1"),
        ([act(day(2), CONFIRMED, "PO8"), act(day(3), CONFIRMED, "PO9")], None, "PO8"),
        ([act(day(2), action="a2")], None, None),
        ([act(day(2), ActKind.ACKNOWLEDGED)], None, None),
        ([act(day(0))], "PO7", None),
    ],
)
def test_an_action_is_claimed_by_anybody_and_confirmed_by_somebody_else(
    acts: list[CaseEvent], claimed: str | None, confirmed: str | None
) -> None:
    for order in permutations([oversight(day(1), action()), *acts]):
        assert seen(after(empty(), order)) == [("a1", claimed, confirmed)]


def test_a_confirmation_says_by_whom_when_and_with_what_evidence() -> None:
    file = after(empty(), [oversight(day(1), action()), act(day(2), CONFIRMED, "SPO1", grade="SPO")])
    assert file.actions[0].confirmed == Done("SPO1", "SPO", day(2), Evidence.CASE_RECORD, "note 4")


@pytest.mark.parametrize(
    ("owner", "claimer", "author", "grade", "may"),
    [
        ("PO7", None, "SPO1", "PO", True),
        ("PO7", "PO8", "SPO1", None, True),
        ("PO7", None, "PO7", "PO", False),
        ("PO7", "PO8", "PO8", "PO", False),
        ("PO7", "PO8", "PO7", None, False),
        ("PO7", "PO7", "PO7", "SPO", True),
        (None, None, "PO7", None, True),
    ],
)
def test_nobody_confirms_their_own_action_but_in_a_grade_that_may(
    owner: str | None, claimer: str | None, author: str, grade: str | None, *, may: bool
) -> None:
    file = after(empty(), [oversight(day(1), action(owner=owner)), act(day(2), CONFIRMED, author, grade=grade)])
    asked = replace(file.actions[0], claimed=claimer and Done(claimer, None, day(1)))
    assert may_confirm(asked, file.acts[0], POLICY) is may


RECORDS = [
    oversight(day(1), action(), name="o1", escalation="e1"),
    oversight(day(5), action(), name="o2", escalation="e2"),
]


@pytest.mark.parametrize(
    ("said", "record"),
    [
        (act(day(6)), "o2"),
        (act(day(5)), "o2"),
        (act(day(4)), "o1"),
        (act(day(0)), "o1"),
        (act(day(6), record="o1"), "o1"),
        (act(day(6), record="oversight/delius/o1"), "o1"),
        (act(day(4), record="o2"), "o2"),
        (act(day(6), record="1"), None),
        (act(day(6), escalation="e1"), "o1"),
        (act(day(6), escalation="e3"), "o2"),
        (act(day(6), escalation="e1", action=None), "o1"),
        (act(day(6), escalation="e3", action=None), None),
        (act(day(6), escalation="e1", action="a9"), None),
        (act(day(6), action=None), None),
    ],
)
def test_an_act_is_about_the_action_that_it_names_else_about_the_one_asked_for_last(
    said: CaseEvent, record: str | None
) -> None:
    for order in permutations([*RECORDS, said]):
        file = after(empty(), order)
        found = acted_on(file.actions, file.acts[0])
        assert (found and found.record) == (record and f"oversight/delius/{record}")
        assert [held.record for held in file.actions if held.claimed] == ([found.record] if found else [])


def test_a_corrected_claim_is_taken_back_where_it_was_made() -> None:
    file = after(empty(), [oversight(day(1), action("a1"), action("a2")), act(day(2), name="x")])
    corrected = folded(file, act(day(2), name="x", action="a2", recorded=day(3)))
    assert corrected.outcome is StepOutcome.CORRECTED
    assert seen(replace(file, **corrected.changes)) == [("a1", None, None), ("a2", "PO7", None)]


def test_what_an_act_said_stays_when_the_act_is_let_go() -> None:
    file = after(empty(), [oversight(day(1), action()), act(day(2)), act(day(3), CONFIRMED, "SPO1")])
    file = after(file, [act(day(4 + n), ActKind.ACKNOWLEDGED) for n in range(BOUNDS.acts + 4)])
    assert seen(file) == [("a1", "PO7", "SPO1")]
    assert len(file.acts) == BOUNDS.acts
    assert after(file, [act(day(2))]) is file


def test_confirmed_actions_go_first_and_then_those_due_first() -> None:
    asked = [oversight(day(1), *(action(f"a{n}", due=day(90 - n)) for n in range(BOUNDS.actions)))]
    file = after(empty(), [*asked, act(day(2), CONFIRMED, "SPO1", action="a3")])
    file = after(file, [oversight(day(3), action("b1"), name="o2")])
    assert "a3" not in {held.action for held in file.actions}
    file = after(file, [oversight(day(4), action("b2"), name="o3")])
    assert {held.action for held in file.actions} == {*(f"a{n}" for n in range(32) if n != 3), "b2"}


def test_the_confirmation_of_an_action_that_went_is_not_taken_for_another() -> None:
    asked = [oversight(day(1), action("a1", due=day(9))), act(day(4), CONFIRMED, "SPO1", action="a1")]
    many = oversight(day(5), *(action(f"b{n}", due=day(8)) for n in range(BOUNDS.actions)), name="o2")
    file = after(empty(), [*asked, many, oversight(day(2), action("a1", due=day(60)), name="late")])
    assert ("a1", None, None) in seen(file)


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────

AT = st.integers(0, 30 * 86_400_000).map(lambda ms: day(0) + timedelta(milliseconds=ms))
STAFF = st.sampled_from(["PO7", "PO8", "SPO1"])
ACTIONS = st.sampled_from(["a1", "a2"])


@st.composite
def deeds(draw: st.DrawFn) -> CaseEvent:
    """An oversight record, or an act on an action of one."""
    at = draw(AT)
    if draw(st.integers(0, 3)) == 0:
        asked = [action(name, draw(STAFF), due=draw(st.none() | AT)) for name in draw(st.sets(ACTIONS))]
        kind = draw(st.sampled_from(OversightKind))
        return oversight(at, *asked, name=f"{at:%d%H%M%S%f}", kind=kind, escalation=draw(st.none() | st.just("e1")))
    kind = draw(st.sampled_from([CLAIMED, CLAIMED, CONFIRMED, CONFIRMED, ActKind.ACKNOWLEDGED]))
    wanted = draw(st.none() | ACTIONS)
    return act(at, kind, draw(STAFF), grade=draw(st.sampled_from(["PO", "SPO"])), action=wanted, escalation="e1")


HISTORIES = st.lists(deeds(), max_size=9, unique_by=lambda one: one.times.effective)


def few_referrals(history: list[CaseEvent]) -> bool:
    """No list lets anything go: there the order matters."""
    return sum("oversight" in one.sender_id for one in history) <= BOUNDS.referrals


@law
@given(HISTORIES.filter(few_referrals), st.randoms(use_true_random=False))
def test_records_and_acts_end_alike_in_whatever_order_they_came(history: list[CaseEvent], random: object) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert after(empty(), history) == after(empty(), shuffled)


@law
@given(HISTORIES)
def test_a_record_or_an_act_that_comes_twice_changes_nothing(history: list[CaseEvent]) -> None:
    file = after(empty(), history)
    assert after(file, history) is file


@law
@given(HISTORIES)
def test_no_action_is_confirmed_by_who_did_it_unless_their_grade_may(history: list[CaseEvent]) -> None:
    for held in after(empty(), history).actions:
        if held.confirmed is not None and held.confirmed.grade not in POLICY.self_confirming:
            assert held.confirmed.by not in (held.owner, by(held.claimed))


@given(st.lists(st.tuples(AT, st.integers(0, 9)), min_size=20, max_size=40))
@settings(deadline=None, max_examples=10)
def test_no_flood_of_records_and_acts_breaks_a_bound(flood: list[tuple[datetime, int]]) -> None:
    file = empty()
    for number, (at, many) in enumerate(flood):
        kind = OversightKind.REFERRAL if many % 2 else OversightKind.CASE_DISCUSSION
        file = after(file, [oversight(at, *(action(f"a{n}") for n in range(many)), name=f"o{number}", kind=kind)])
        file = after(
            file, [act(at, CONFIRMED if many % 3 else CLAIMED, "SPO1", action=f"a{many - 1}", name=f"{number}")]
        )
        referrals = sum(held.kind is OversightKind.REFERRAL for held in file.oversight)
        assert referrals <= BOUNDS.referrals
        assert len(file.oversight) - referrals <= BOUNDS.oversight
        assert len(file.acts) <= BOUNDS.acts
        assert len(file.actions) <= BOUNDS.actions
