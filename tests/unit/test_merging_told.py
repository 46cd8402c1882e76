"""What is told of escalations whose cases are merged and unmerged, over several cases and through the one door."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.acts import ActKind
from streams.case import BOUNDS, CaseFile
from streams.circumstances import Erased, Merged, Unmerged
from streams.escalation import Change, EscalationRecord
from streams.events import CaseEvent
from streams.faults import Unfoldable
from streams.policy import only
from streams.primitives import CaseId
from streams.step import step
from tests.unit.casebook import MS, POLICY, act, day, event, overseen, passed, police, required
from tests.unit.examples import law

POLICIES = only(POLICY)
CASES = "ABCD"
MANY = "ABCDEF"
"""More cases than those that were merged and of which one file keeps account."""
EVERY = 10_000
"""More messages than any history has."""


def case(name: str) -> CaseId:
    return CaseId(f"crn:{name}000001")


class Done(NamedTuple):
    """One thing that happens: who it is about, and the other case of a merge."""

    what: str  # news, oversight, merged, unmerged, erased
    of: str
    other: str = ""

    def event(self, number: int, when: datetime) -> CaseEvent:
        name, of, other = f"{self.what}{number}", case(self.of), case(self.other)
        match self.what:
            case "news":
                return police(when, name=name, case=of)
            case "oversight":
                return overseen(when, name=name, case=of)
            case "merged":
                return event(Merged(other), when, name, case=of)
            case "unmerged":
                return event(Unmerged(other), when, name, case=of)
            case _:
                return event(Erased("X", "Y"), when, name, case=of)


def play(*history: Done, late: Sequence[int] = ()) -> tuple[dict[CaseId, CaseFile], list[EscalationRecord]]:
    """The files and all that was told.

    What cases tell each other comes at once, in order; ``late``: so many of the messages at most come after each thing
    that happens, the others wait.
    """
    files: dict[CaseId, CaseFile] = {}
    told: list[EscalationRecord] = []
    waiting: deque[CaseEvent] = deque()
    for number, done in enumerate(history):
        when = day(0) + number * timedelta(minutes=15)
        room = late[number % len(late)] if late and number < len(history) - 1 else EVERY
        todo = [done.event(number, when)]
        while todo or (waiting and room):
            room -= not todo
            one = todo.pop() if todo else waiting.popleft()
            try:
                after = step(files.get(one.case), one, POLICIES, when)
            except Unfoldable:  # a ring: it goes to quarantine
                continue
            files[one.case] = after.file
            waiting.extend(after.others)
            told += after.escalations
    return files, told


def news(of: str) -> Done:
    return Done("news", of)


def seen_to(of: str) -> Done:
    return Done("oversight", of)


def merged(of: str, into: str) -> Done:
    return Done("merged", of, into)


def unmerged(of: str, out_of: str) -> Done:
    return Done("unmerged", of, out_of)


def holds(files: dict[CaseId, CaseFile], told: list[EscalationRecord]) -> None:
    """What holds of every history."""
    revisions = [(one.escalation_id, one.revision) for one in told]
    assert len(set(revisions)) == len(revisions), "two records of one escalation have the same revision"
    alive = [escalation.id for file in files.values() for escalation in file.open]
    assert len(set(alive)) == len(alive), "an escalation is open in two cases"


@pytest.mark.parametrize(
    "history",
    [
        (news("A"), seen_to("A"), merged("A", "B"), merged("A", "C")),
        (
            news("A"),
            seen_to("A"),
            merged("A", "B"),
            news("B"),
            merged("A", "C"),
            news("C"),
            unmerged("A", "C"),
            news("A"),
        ),
        (merged("B", "C"), news("A"), merged("A", "B"), unmerged("B", "C"), unmerged("A", "B")),
        (news("A"), merged("B", "C"), merged("A", "B"), Done("erased", "C")),
        (news("A"), merged("C", "D"), merged("D", "B"), merged("A", "C"), unmerged("C", "D")),
    ],
    ids=[
        "moved on after it was closed",
        "reopened in each of three cases",
        "two mergers undone from the outside in",
        "erased where it lives, two mergers away",
        "the middle of a chain is given back",
    ],
)
def test_no_revision_is_told_twice_and_no_escalation_is_open_in_two_cases(history: tuple[Done, ...]) -> None:
    holds(*play(*history))


@pytest.mark.parametrize(
    "way", [(), (unmerged("A", "B"),), (merged("A", "C"),), (merged("A", "C"), unmerged("A", "C"))]
)
def test_people_may_answer_under_the_first_id_that_they_were_told_wherever_the_escalation_lives(
    way: tuple[Done, ...],
) -> None:
    files, told = play(news("A"), merged("A", "B"), *way)
    file = next(one for one in files.values() if one.open)
    (one,) = (each for each in file.open if each.rule == "R2")
    name, when = told[0].escalation_id, file.at + timedelta(minutes=1)
    assert (one.id == name) is (way == ())
    after = step(file, act(when, ActKind.ACKNOWLEDGED, name, case=file.case), POLICIES, when)
    assert [(each.escalation_id, each.change) for each in after.escalations] == [(one.id, Change.ACKNOWLEDGED)]
    after = step(after.file, overseen(when, required(), escalation=name, case=file.case), POLICIES, when)
    assert [(each.escalation_id, each.change, len(each.actions)) for each in after.escalations] == [
        (one.id, Change.OVERSEEN, 1)
    ]


def test_a_merge_alone_reopens_nothing_that_was_overseen_and_closed() -> None:
    _, told = play(news("A"), seen_to("A"), merged("A", "B"))
    assert [one.change for one in told] == [Change.RAISED, Change.OVERSEEN, Change.CLOSED]


def test_what_comes_after_the_merge_reopens_what_came_closed() -> None:
    _, told = play(news("A"), seen_to("A"), merged("A", "B"), news("B"))
    assert [(one.case_id, one.change) for one in told[3:]] == [(case("B"), Change.REOPENED)]


@pytest.mark.parametrize(("late", "goes_along"), [(-MS, True), (timedelta(), False), (MS, False)])
def test_what_was_closed_goes_along_with_its_case_for_as_long_as_it_can_be_reopened(
    late: timedelta, goes_along: bool
) -> None:
    """However long ago the case was last evaluated."""
    files, told = play(news("A"), seen_to("A"))
    when = told[-1].at + POLICY.reopen_within + late
    done = step(files[case("A")], event(Merged(case("B")), when, "merged", case=case("A")), POLICIES, when)
    (taken,) = done.others
    took = step(None, taken, POLICIES, when)
    closed = [told[-1].escalation_id] if goes_along else []
    assert [one.id for one in done.file.closed] == closed
    assert [one.id for one in took.file.closed] == closed
    assert (told[-1].escalation_id in took.file.absorbed[0].escalations) is goes_along


def test_a_deadline_that_nothing_waits_for_any_more_counts_as_seen() -> None:
    files, _ = play(news("A"), merged("A", "B"))
    file = files[case("A")]
    assert file.due is None
    after = step(file, passed(day(9), case("A")), POLICIES, day(9))
    assert after.file.at == day(9)
    assert step(after.file, passed(day(9), case("A")), POLICIES, day(10)).file is after.file


@st.composite
def histories(draw: st.DrawFn, cases: str = CASES, most: int = 14) -> tuple[Done, ...]:
    """Things that happen to some cases."""
    found = [news("A")]
    for _ in range(draw(st.integers(1, most))):
        of, other = draw(st.permutations(cases))[:2]
        found.append(
            Done(
                draw(st.sampled_from(["news", "news", "oversight", "merged", "merged", "unmerged", "erased"])),
                of,
                other,
            )
        )
    return tuple(found)


@law
@given(histories())
def test_the_same_holds_of_any_history_of_merged_and_unmerged_cases(history: tuple[Done, ...]) -> None:
    holds(*play(*history))


def test_the_histories_have_fewer_cases_than_one_file_keeps_account_of_and_the_late_ones_more() -> None:
    assert len(CASES) <= BOUNDS.absorbed < len(MANY)


@law
@given(histories(MANY, most=30), st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_no_revision_is_told_twice_however_late_the_cases_hear_of_each_other(
    history: tuple[Done, ...], late: list[int]
) -> None:
    _, told = play(*history, late=late)
    revisions = [(one.escalation_id, one.revision) for one in told]
    assert len(set(revisions)) == len(revisions)
