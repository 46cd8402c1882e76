"""Laws of what is due: a rule that is not evaluated would have said nothing new, under every generated history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from unittest.mock import patch

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams import inputs
from streams.case import CaseFile
from streams.circumstances import ClassificationKind, ClassificationState, Classified
from streams.events import CaseEvent, DeadlinePassed
from streams.fold import fold
from streams.fold.placing import Folded
from streams.judge import judge
from streams.policy import only
from streams.reconcile import before, remembered
from streams.rules import BY_ID, GATES, RULES
from streams.schedule import Due
from streams.step import Step, step
from streams.view import CaseView
from tests.unit.casebook import CALM, POLICY, T0, day, event, holder, passed
from tests.unit.examples import law, law_of_steps
from tests.unit.histories import whole_histories

AS_SHIPPED = only(POLICY)
HISTORIES = st.sampled_from([20, 20, 500]).flatmap(lambda days: whole_histories(days=days))
"""Within three weeks much is due and not yet over; in a year and more everything grows old."""
IN_FORCE = ClassificationState.IN_FORCE
DEADLINES = 20
"""How many deadlines are let pass after the last event: an open escalation always has another."""


class Taken(NamedTuple):
    """One step: the file before it, the event, its time in the log, and what it brought about."""

    before: CaseFile | None
    event: CaseEvent
    at: datetime
    done: Step


def taken(events: tuple[CaseEvent, ...], policy: Any = AS_SHIPPED, *, prompt: bool = False) -> Iterator[Taken]:
    """Each event as a step, then some deadlines; ``prompt``: each deadline before the events that come after it."""
    file: CaseFile | None = None

    def take(one: CaseEvent, at: datetime) -> Taken:
        nonlocal file
        found = Taken(file, one, at, step(file, one, policy, at))
        file = found.done.file
        return found

    clock = T0  # the log's: it runs on, also where an event comes that was received long ago
    for one in events:
        clock = max(clock, one.times.received)
        while prompt and file is not None and file.due is not None and file.due <= clock:
            yield take(passed(file.due), file.due)
        yield take(one, clock)
    for _ in range(DEADLINES):
        if file is not None and file.due is not None:
            yield take(passed(file.due), file.due)


PEOPLE = inputs.ACTS | inputs.OVERSIGHT
"""By these the judgement knows that an act was just folded: they stay as the fold says them."""


def all_due(*_: Any) -> Due:
    """Every input has changed, and the time of every rule has come: none is passed over, nor left out behind a gate."""
    return Due(inputs.EVERYTHING, frozenset(BY_ID), steps=True)


def all_changed(*given: Any) -> Folded:
    """The fold, but that whatever changes the file has changed all that a rule reads."""
    folded = fold(*given)
    return folded._replace(changed=folded.changed | inputs.EVERYTHING & ~PEOPLE) if folded.changes else folded


def _over(name: str, began: int, ended: int) -> CaseEvent:
    """A register that is listed while it is in force, and said again once it is over; times in ms."""
    start, end = (T0 + timedelta(milliseconds=ms) for ms in (began, ended))
    fact = Classified(name, ClassificationKind.REGISTER, "RVHR", None, None, IN_FORCE, started=start, ended=end)
    return event(fact, start, "delius/registration/1/in-force", recorded=start)


def _known(days: float) -> CaseEvent:
    """An allocation that ended before it began to matter: all that it says is that the case was known by then."""
    return holder(day(days), name=f"c{days}", attached=False)


@law
@given(HISTORIES)
@example((_over("a", 0, 1), _over("a", 1, 0)))  # nothing is in force, before and after: what is listed follows
@example((_known(33), _known(0.5), _known(0)))  # known for longer than it seemed, and then longer still: R13 lists that
def test_a_rule_that_is_not_asked_would_have_said_nothing_new(events: tuple[CaseEvent, ...]) -> None:
    """Outcomes, records, events for others, and whole files, byte for byte what is on the wire: nothing may differ."""
    with patch("streams.judge.schedule.due", all_due), patch("streams.step.fold", all_changed):
        expected = [as_remembered(one.done) for one in taken(events)]
    assert [as_remembered(one.done) for one in taken(events)] == expected


def as_remembered(done: Step) -> Step:
    """The step without the closed escalations that can be reopened no longer: the next evaluation lets them go."""
    file = done.file
    return replace(done, file=replace(file, closed=remembered(file.closed, CaseView(file, POLICY, file.at), file.at)))


@law
@given(HISTORIES)
def test_until_its_deadline_no_rule_would_say_anything_new_of_a_case(events: tuple[CaseEvent, ...]) -> None:
    for one in taken(events, prompt=True):
        file = one.done.file
        before_it = (file.due or file.at) - timedelta(milliseconds=1)
        if before_it > file.at:
            assert judge(file, AS_SHIPPED, before_it, inputs.EVERYTHING)[1] == ()


@law_of_steps
@given(HISTORIES)
def test_a_rule_behind_a_shut_gate_finds_nothing_now_and_at_no_later_time(events: tuple[CaseEvent, ...]) -> None:
    for one in taken(events):
        view = CaseView(one.done.file, POLICY, one.done.file.at)
        for rule in RULES:
            if not all(gate.is_open(view) for gate in rule.gates):
                assert rule.finds(view, before(one.done.file)) == ((), None)


@law_of_steps
@given(HISTORIES)
def test_the_gates_of_the_schedule_are_those_that_are_open(events: tuple[CaseEvent, ...]) -> None:
    for one in taken(events):
        view = CaseView(one.done.file, POLICY, one.done.file.at)
        assert one.done.file.schedule.gates == sum(gate.bit for gate in GATES if gate.is_open(view))


@law_of_steps
@given(HISTORIES)
def test_ordinary_news_that_brings_no_rule_forward_changes_nothing_that_it_finds(
    events: tuple[CaseEvent, ...],
) -> None:
    for one in taken(events, prompt=True):
        if one.before is None or one.before.schedule.policy != POLICY.version:
            continue
        ahead = {what: at for at, what in one.before.schedule.entries}
        folded = fold(one.before, one.event, POLICY, one.done.file.at)
        for rule in RULES:
            if folded.changed == inputs.NEWS and rule.sooner is not None and rule.id in ahead:
                view = CaseView(one.done.file, POLICY, one.done.file.at)
                found = rule.finds(view, before(one.before))
                if not rule.sooner(one.event.times, ahead[rule.id], POLICY):
                    assert found == ((), ahead[rule.id])


@law_of_steps
@given(HISTORIES)
def test_a_listed_fact_stands_or_not_as_what_it_stands_on_was_when_it_last_changed(
    events: tuple[CaseEvent, ...],
) -> None:
    """``stands_on`` is complete: whether a fact stands changes with those inputs alone."""
    for one in taken(events, prompt=True):
        if one.before is None or isinstance(one.event.fact, DeadlinePassed):
            continue
        changed = fold(one.before, one.event, POLICY, one.done.file.at).changed
        was = CaseView(one.before, POLICY, one.done.file.at)
        now = CaseView(one.done.file, POLICY, one.done.file.at)
        for rule in RULES:
            if changed & rule.stands_on:
                continue
            for key, fact in now.on_file.items():
                old = was.on_file.get(key)
                if old is not None and old.content == fact.content:
                    assert rule.stands(was, old) == rule.stands(now, fact)


NOBODY_IS_THERE = ("no manager is attached",)


@law_of_steps
@given(HISTORIES)
def test_a_record_that_says_that_no_manager_is_attached_is_right(events: tuple[CaseEvent, ...]) -> None:
    for one in taken(events, only(CALM), prompt=True):
        view = CaseView(one.done.file, CALM, one.done.file.at)
        for record in one.done.escalations:
            if any(words in record.reason for words in NOBODY_IS_THERE):
                assert view.unmanaged


def test_each_gate_has_a_bit_of_its_own() -> None:
    gates = {id(gate): gate for rule in RULES for gate in rule.gates}.values()
    assert len({gate.bit for gate in gates}) == len(gates)
