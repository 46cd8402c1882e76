"""Duplicates, disorder, corrections, and the bounds of a case file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import get_args

import msgspec
import pytest

from streams.case import BOUNDS, CaseFile, Due
from streams.events import (
    AssessmentStatus,
    CaseEvent,
    CaseId,
    Cohort,
    Fact,
    HolderRole,
    Origin,
    OversightKind,
    PoliceKind,
    PoliceRole,
    Restored,
    Times,
    Withheld,
    content_of,
)
from streams.faults import Unfoldable
from streams.fold import FOLDS
from streams.levels import cohorts
from streams.policy import Policy, only
from streams.rules.of_news import R2
from streams.step import Step, StepOutcome, step
from tests.unit.casebook import (
    CALM,
    CASE,
    MS,
    POLICIES,
    POLICY,
    SERIOUS,
    T0,
    UNLISTED,
    YOUTH,
    all_low,
    assessed,
    day,
    deleted,
    event,
    hearing,
    holder,
    levels,
    oversight,
    passed,
    police,
    run,
    said,
)

ONE_OF_EACH = [
    pytest.param(police(), id="police"),
    pytest.param(hearing(T0, SERIOUS), id="hearing"),
    pytest.param(deleted(T0), id="deletion"),
    pytest.param(assessed(T0, all_low(public="high")), id="assessment"),
    pytest.param(holder(), id="allocation"),
    pytest.param(oversight(), id="oversight"),
    pytest.param(event(Withheld("q1", "intake", "bad dates"), T0, "q1"), id="withheld"),
    pytest.param(event(Restored("q1"), T0, "q1"), id="restored"),
]


def test_every_kind_of_fact_has_its_line_in_the_table_of_folds() -> None:
    assert set(FOLDS) == set(get_args(Fact))


@pytest.mark.parametrize("one", ONE_OF_EACH)
def test_the_same_event_twice_changes_nothing_and_tells_nothing(one: CaseEvent) -> None:
    first = step(None, one, POLICIES, T0)
    second = step(first.file, one, POLICIES, day(3))
    assert (first.outcome, second.outcome) == (StepOutcome.FOLDED, StepOutcome.DUPLICATE)
    assert second.file is first.file
    assert second.escalations == ()


def test_the_same_content_from_another_delivery_is_a_duplicate() -> None:
    first = step(None, police(), POLICIES, T0)
    again = step(first.file, police(received=day(5)), POLICIES, day(5))
    assert again == Step(first.file, StepOutcome.DUPLICATE)


def test_the_same_content_recorded_anew_moves_only_when_it_was_said() -> None:
    first = step(None, police(), only(CALM), T0)
    again = step(first.file, police(recorded=day(2)), only(CALM), day(5))
    assert (again.outcome, again.escalations) == (StepOutcome.DUPLICATE, ())
    assert again.file.open == first.file.open
    assert again.file.signals[0].times == Times(T0, day(2), T0)


def outcomes(*events: CaseEvent, policy: Policy = POLICY) -> tuple[str, ...]:
    file, found = None, []
    for one in events:
        after = step(file, one, only(policy), one.times.received)
        file = after.file
        found.append(after.outcome.value)
    return tuple(found)


V1 = police(T0, PoliceKind.ARREST)
V2 = police(T0, PoliceKind.CHARGE, recorded=day(1))


@pytest.mark.parametrize(
    ("events", "expected", "kind"),
    [
        pytest.param((V1, V2), ("folded", "corrected"), "charge", id="a correction replaces"),
        pytest.param((V2, V1), ("folded", "history"), "charge", id="an old version that comes late does not"),
        pytest.param(
            (V1, V2, V1), ("folded", "corrected", "duplicate"), "charge", id="nor does it when it comes again"
        ),
        pytest.param((V2, V1, V1), ("folded", "history", "history"), "charge", id="late and again is as late"),
        pytest.param(
            (V1, V2, police(T0, PoliceKind.ARREST, recorded=day(2))),
            ("folded", "corrected", "corrected"),
            "arrest",
            id="a correction back, recorded later, counts",
        ),
    ],
)
def test_versions_of_one_fact(events: tuple[CaseEvent, ...], expected: tuple[str, ...], kind: str) -> None:
    assert outcomes(*events) == expected
    file, _ = run(events)
    assert [signal.kind.value for signal in file.signals] == [kind]


def test_without_a_recorded_time_a_second_delivery_of_what_was_corrected_stays_a_duplicate() -> None:
    def bare(kind: PoliceKind, hours: int) -> CaseEvent:
        one = police(T0, kind)
        return msgspec.structs.replace(one, times=Times(T0, None, T0 + timedelta(hours=hours)))

    arrest, charge, again = bare(PoliceKind.ARREST, 1), bare(PoliceKind.CHARGE, 2), bare(PoliceKind.ARREST, 3)
    assert outcomes(arrest, charge, again) == ("folded", "corrected", "duplicate")
    assert outcomes(charge, arrest, again) == ("folded", "history", "duplicate")


def test_facts_are_ordered_by_when_they_happened_not_by_when_they_came() -> None:
    events = [police(day(days), name=f"p{days}") for days in (3, 1, 4, 2)]
    file, _ = run(events, now=day(5))
    assert [signal.times.occurred for signal in file.signals] == [day(days) for days in (1, 2, 3, 4)]


FIRST, SECOND = police(day(1), name="p1"), police(day(3), name="p2")
ATTACHED = holder(T0)
DETACHED = holder(day(2), name="m2", allocation="m1", attached=False, recorded=day(2))
LATE_NEWS = [
    pytest.param((SECOND, FIRST), (FIRST, SECOND), True, id="an earlier signal"),
    pytest.param((FIRST, SECOND), (FIRST, SECOND), False, id="a signal after it was opened"),
    pytest.param((V1, V2), (V2,), True, id="a correction of what opened it"),
    pytest.param(
        (ATTACHED, FIRST, SECOND, DETACHED),
        (ATTACHED, FIRST, DETACHED, SECOND),
        True,
        id="a detachment before a signal",
    ),
    pytest.param((ATTACHED, FIRST, DETACHED), (ATTACHED, DETACHED, FIRST), False, id="a detachment after the signals"),
    pytest.param((FIRST, oversight(T0)), (oversight(T0), FIRST), False, id="a referral"),
]


@pytest.mark.parametrize(("late", "in_time", "differs"), LATE_NEWS)
def test_which_late_news_would_in_time_have_given_another_id(
    late: tuple[CaseEvent, ...], in_time: tuple[CaseEvent, ...], differs: bool
) -> None:
    (_, told_late), (_, told_in_time) = run(late), run(in_time)
    assert (told_late[0].escalation_id != told_in_time[0].escalation_id) is differs


def test_late_news_joins_the_escalation_and_its_id_stays() -> None:
    early, late = police(day(1), name="p1"), police(day(2), name="p2")
    _, in_order = run((early, late), now=day(3))
    _, other_way = run((late, early), now=day(3))
    assert said(in_order) == said(other_way) == (("R2", "RAISED"), ("R2", "JOINED"))
    assert in_order[0].escalation_id == in_order[1].escalation_id
    assert in_order[0].escalation_id != other_way[0].escalation_id  # as the docstring of judge says


def test_a_case_file_is_another_cases_is_refused() -> None:
    file, _ = run((police(),))
    with pytest.raises(Unfoldable) as fault:
        step(file, police(case=CaseId("crn:X000001")), POLICIES, T0)
    assert fault.value.case == "crn:X000001"


def test_a_deadline_for_a_case_without_a_file_is_refused() -> None:
    with pytest.raises(Unfoldable) as fault:
        step(None, passed(T0), POLICIES, T0)
    assert fault.value.case == CASE


# ── what is withheld ─────────────────────────────────────────────────────────────────────────────────────────


def withheld(number: int) -> CaseEvent:
    return event(Withheld(f"q{number}", "intake", "bad dates"), day(number), f"held/q{number}")


def restored(number: int) -> CaseEvent:
    return event(Restored(f"q{number}"), day(number + 10), f"restored/q{number}")


def noted(file: CaseFile) -> list[str]:
    return [held.quarantine for held in file.withheld if not held.restored]


def test_what_is_withheld_is_noted_until_it_went_on_its_way() -> None:
    file, _ = run((withheld(1), withheld(2), restored(1)))
    assert noted(file) == ["q2"]


def test_what_went_on_its_way_is_not_noted_again() -> None:
    file, _ = run((withheld(1), restored(1), withheld(1)))
    assert noted(file) == []


def test_more_withheld_than_are_named_is_said() -> None:
    file, _ = run(withheld(number) for number in range(BOUNDS.withheld + 2))
    assert (len(noted(file)), file.withheld_more) == (BOUNDS.withheld, True)


def test_an_escalation_says_that_something_is_withheld() -> None:
    _, told = run((withheld(1), police(day(2))))
    assert told[0].notes == ("1 records of this case lie in quarantine: what is known may be incomplete",)


EVER = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]


@pytest.mark.parametrize("at", EVER, ids=["year 1", "year 9999"])
@pytest.mark.parametrize(
    "of",
    [
        lambda at: police(at, received=T0),
        lambda at: police(at, role=PoliceRole.VICTIM, received=T0),
        lambda at: hearing(at, SERIOUS, received=T0),
        lambda at: hearing(at, UNLISTED, received=T0),
        lambda at: deleted(at, recorded=T0),
        lambda at: assessed(at, all_low(public="high"), received=T0),
        lambda at: assessed(at, (), received=T0, status=AssessmentStatus.OPEN),
        lambda at: holder(at, started=at, ended=at, recorded=T0),
        lambda at: holder(at, HolderRole.CASE_MANAGER, attached=False, recorded=T0),
        lambda at: msgspec.structs.replace(oversight(), times=Times(at, at, T0)),
    ],
)
def test_no_time_that_can_be_written_stops_a_case(of: Callable[[datetime], CaseEvent], at: datetime) -> None:
    extreme = of(at)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(extreme), type=CaseEvent) == extreme
    _, told = run((extreme, assessed(day(1), all_low(public="high"), name="a9"), police(day(1), name="p9")), now=day(1))
    assert {one.rule for one in told} - {"R8"} == {"R1", "R2"}  # R8: a level of the year 1 is stale


def test_a_time_without_a_zone_is_no_time_of_ours() -> None:
    naive = msgspec.structs.replace(police(), times=Times(T0.replace(tzinfo=None), None, T0))
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode(naive), type=CaseEvent)


# ── bounds ───────────────────────────────────────────────────────────────────────────────────────────────────


def busy(count: int) -> Iterable[CaseEvent]:
    """A case with far more of everything than any real one, long texts and all, five minutes apart."""
    long = "x" * 500
    for number in range(count):
        at = T0 + timedelta(minutes=5 * number)
        name = f"{number}"
        match number % 10:
            case 0 | 1 | 2:
                yield police(at, name=name * 40)
            case 3 | 4:
                yield hearing(at, SERIOUS, *(f"XX{code:05d}" for code in range(60)), name=name, hearing=f"{long}{name}")
            case 5:
                status = list(AssessmentStatus)[number // 10 % 4]
                yield assessed(at, all_low(public="high", public_custody="high"), name=name, status=status)
            case 6:
                yield holder(
                    at, list(HolderRole)[number // 10 % 3], name=name, ended=None if number % 3 else at, staff=long
                )
            case 7:
                yield oversight(at, list(OversightKind)[number // 10 % 7], name=name, forum=long)
            case 8:
                yield deleted(at, name=name, hearing=f"{long}{number - 5}")
            case _:
                yield event(Withheld(f"q{number}", "intake", long), at, name)


@pytest.mark.parametrize("count", [5_000, pytest.param(30_000, marks=pytest.mark.slow)])
def test_the_busiest_case_never_grows_too_big_to_write(count: int) -> None:
    largest, file = 0, None
    for number, one in enumerate(busy(count)):
        file = step(file, one, POLICIES, one.times.received).file
        if number % 50 == 0:
            largest = max(largest, len(msgspec.msgpack.encode(file)))
    assert file is not None
    assert file.events > 0.8 * count
    assert largest < 64 * 1024


def test_a_duplicate_of_what_the_file_let_go_changes_nothing() -> None:
    events = tuple(busy(3_000))
    file, _ = run(events)
    for one in events:
        after = step(file, one, POLICIES, file.at)
        assert (after.file is file, after.escalations) == (True, ())
        assert after.outcome in (StepOutcome.DUPLICATE, StepOutcome.HISTORY)


def test_a_level_stays_known_however_many_empty_assessments_follow() -> None:
    empty = (assessed(day(number), (), name=f"a{number}") for number in range(2, 200))
    file, told = run((assessed(T0, all_low(public="high"), name="first"), *empty), policy=CALM)
    assert said(told) == (("R1", "RAISED"),)
    assert len(file.assessments) == BOUNDS.assessments
    assert "first" in [held.assessment for held in file.assessments]


STATUSES = tuple(AssessmentStatus)


@pytest.mark.parametrize("statuses", [STATUSES[:1], STATUSES[1:2], STATUSES[:3], STATUSES])
def test_of_one_assessment_the_file_holds_few_messages_however_many_come(
    statuses: tuple[AssessmentStatus, ...],
) -> None:
    events = [
        assessed(day(number), all_low(public="high"), name=f"m{number}", assessment="a1", status=statuses[number % n])
        for n in [len(statuses)]
        for number in range(300)
    ]
    file, _ = run(events)
    assert len(file.assessments) == BOUNDS.messages
    assert file.watermarks.assessments is None
    for one in events:
        again = step(file, one, POLICIES, file.at)
        assert (again.file is file, again.escalations) == (True, ())


def test_the_drafts_of_one_assessment_do_not_make_another_that_comes_late_history() -> None:
    drafts = (
        assessed(day(2) + MS * number, (), name=f"m{number}", assessment="a1", status=AssessmentStatus.OPEN)
        for number in range(50)
    )
    _, told = run((*drafts, assessed(day(1), all_low(public="high"), name="late", received=day(3))))
    assert said(told) == (("R1", "RAISED"),)


def test_a_message_that_alone_gave_a_level_stays_however_many_follow() -> None:
    first = assessed(T0, levels(public="high"), name="m0", assessment="a1")
    more = (assessed(day(number), levels(staff="low"), name=f"m{number}", assessment="a1") for number in range(1, 50))
    file, told = run((first, *more), policy=CALM)
    assert said(told) == (("R1", "RAISED"),)
    taken_back = assessed(day(60), (), name="last", assessment="a1", status=AssessmentStatus.WITHDRAWN)
    after = step(file, taken_back, only(CALM), day(60))
    assert said(after.escalations) == (("R1", "CONDITION_CLEARED"), ("R13", "RAISED"))  # no level is known any more
    again = step(after.file, first, only(CALM), day(61))
    assert (again.file is after.file, again.escalations) == (True, ())


def test_that_a_youth_tool_assessed_an_adult_is_not_forgotten() -> None:
    by_youth_tool = assessed(T0, (), name="y", cohort=Cohort.YOUTH, status=AssessmentStatus.OPEN)
    medium = assessed(day(1), all_low(public="medium"), name="a")
    later = (assessed(day(number), (), name=f"a{number}", status=AssessmentStatus.OPEN) for number in range(2, 50))
    file, told = run((by_youth_tool, medium, *later, police(day(60))), policy=CALM)
    assert said(told) == (("R1", "RAISED"), ("R2", "RAISED"))
    assert cohorts(file, day(60)) == frozenset(Cohort)


def test_a_withdrawal_never_goes_without_its_assessment() -> None:
    pair = (
        assessed(T0, all_low(public="high"), name="first"),
        assessed(day(1), (), name="second", assessment="first", status=AssessmentStatus.WITHDRAWN),
    )
    later = tuple(assessed(day(number), levels(public="low"), name=f"a{number}") for number in range(2, 40))
    file, _ = run((*pair, *later))
    assert "first" not in [held.assessment for held in file.assessments]
    assert outcomes(*pair, *later, pair[0])[-1] == "history"


def test_a_manager_of_long_ago_stays_however_many_allocations_end() -> None:
    ended = (holder(day(number), name=f"e{number}", ended=day(number)) for number in range(1, 200))
    file, told = run((holder(T0, name="still"), *ended, assessed(day(200), all_low(public="high"))))
    assert said(told, "R1", "R2") == ()
    assert len(file.holders) <= BOUNDS.holders


def test_an_attachment_without_any_time_does_not_come_back_by_a_second_delivery() -> None:
    def bare(one: CaseEvent, received: int) -> CaseEvent:
        return msgspec.structs.replace(one, times=Times(None, None, day(received)))

    attached = holder(T0)
    regraded = holder(T0, name="m2", allocation="m1", grade="ACO")
    detached = holder(T0, name="m3", allocation="m1", attached=False)
    high = assessed(day(3), all_low(public="high"))
    file, told = run((bare(attached, 0), bare(regraded, 1), bare(detached, 2), high))
    assert said(told) == (("R1", "RAISED"),)
    assert step(file, bare(attached, 5), POLICIES, day(5)) == Step(file, StepOutcome.DUPLICATE)


def test_a_manager_stays_however_many_forums_are_concerned() -> None:
    forums = (holder(day(number), HolderRole.FORUM, name=f"f{number}", staff="MARAC") for number in range(1, 100))
    file, told = run((holder(T0), *forums, assessed(day(100), all_low(public="high"))))
    assert said(told, "R1", "R2") == ()
    assert len(file.holders) == BOUNDS.holders


def test_an_over_long_staff_code_keeps_its_ending_for_that_is_what_is_compared() -> None:
    file, told = run((holder(staff=f"N07{'A' * 200}U"), assessed(T0, all_low(public="high"))))
    assert said(told) == (("R1", "RAISED"),)
    assert file.holders[0].staff == f"…{'A' * (BOUNDS.text - 2)}U"


def test_many_records_do_not_hide_that_somebody_referred_the_case() -> None:
    many = (oversight(day(number), OversightKind.COUNTERSIGNATURE, name=f"o{number}") for number in range(1, 50))
    _, told = run((oversight(T0, name="referral"), *many, police(day(60))))
    assert (told[0].referred_at, told[0].referred_by) == (T0, "N07A001")


def test_an_escalation_lists_its_first_and_latest_signals_and_counts_the_rest() -> None:
    events = [police(T0 + timedelta(hours=number), name=f"p{number}") for number in range(30)]
    file, told = run(events, policy=CALM)
    escalation = file.open[0]
    assert (len(escalation.listed), escalation.left_out) == (BOUNDS.listed, 30 - BOUNDS.listed)
    assert [fact.key[-2:] for fact in escalation.listed] == ["p0", "p1", "p2", "p3", *(f"{n}" for n in range(22, 30))]
    assert [one.revision for one in told] == list(range(1, 31))
    assert all(signal.heard_by == R2.bit for signal in file.signals)


# ── the head of the file ─────────────────────────────────────────────────────────────────────────────────────


def test_the_deadline_can_be_read_alone() -> None:
    file, _ = run((assessed(T0, all_low()),))
    head = msgspec.msgpack.decode(msgspec.msgpack.encode(file), type=Due)
    assert head == Due(T0 + POLICY.stale_after)


def test_both_cohorts_at_once_are_flagged_in_the_file_and_in_the_notes() -> None:
    file, told = run((assessed(T0, all_low(public="medium"), also=YOUTH),))
    assert (file.also_known, told[0].cohort) == ((YOUTH,), "both")
    assert told[0].notes[0].startswith("the sources disagree whether this is an adult's or a young person's")


def test_a_cases_clock_never_runs_backwards() -> None:
    file, _ = run((holder(T0, ended=day(5)), assessed(T0, all_low(public="high"), received=day(6))))
    after = step(file, police(day(1)), POLICIES, day(1))
    assert (after.file.at, said(after.escalations)) == (day(6), (("R2", "RAISED"),))


def test_where_it_was_read_is_the_sighting() -> None:
    one = msgspec.structs.replace(police(), origin=Origin("police.notifications.v1", 3, 7, "/a"))
    file, told = run((one,))
    assert file.signals[0].sighting == told[0].signals[0].sighting == "police.notifications.v1/3/7#/a"


def test_a_victims_contact_is_on_file_and_says_nothing() -> None:
    file, told = run((police(role=PoliceRole.VICTIM),))
    assert ([signal.role for signal in file.signals], told) == ([PoliceRole.VICTIM], ())


def test_content_does_not_depend_on_the_delivery() -> None:
    fact = police().fact
    assert content_of(fact, T0) == police(received=day(9)).content_id
    assert content_of(fact, T0) != content_of(fact, T0 + MS)


def test_a_hearing_taken_back_and_sent_again_without_a_recorded_time_counts_again() -> None:
    def bare(one: CaseEvent, received: int) -> CaseEvent:
        return msgspec.structs.replace(one, times=Times(one.times.occurred, None, day(received)))

    listed, taken_back, again = bare(hearing(T0, SERIOUS), 0), bare(deleted(T0), 1), bare(hearing(T0, SERIOUS), 2)
    _, told = run((listed, taken_back, again), policy=CALM)
    assert said(told) == (("R2", "RAISED"), ("R2", "CONDITION_CLEARED"), ("R2", "CONDITION_RETURNED"))
