"""Laws of folding and judging, over generated histories."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.case import CaseFile, Chain, Escalation
from streams.escalation import Condition, EscalationRecord
from streams.events import (
    Assessed,
    AssessmentStatus,
    CaseEvent,
    OversightKind,
    PoliceKind,
    PoliceRole,
    Setting,
    Withheld,
)
from streams.judge import judge
from streams.levels import State, cohorts
from streams.policy import only
from streams.reconcile import before
from streams.rules import BY_ID, RULES
from streams.step import StepOutcome, step
from streams.view import CaseView
from tests.unit.casebook import (
    CALM,
    COUNTED,
    POLICY,
    T0,
    all_low,
    assessed,
    day,
    event,
    holder,
    oversight,
    passed,
    police,
    run,
)
from tests.unit.examples import law
from tests.unit.histories import histories

CALMLY, AS_SHIPPED = only(CALM), only(POLICY)


@law
@given(histories(days=500), st.data())
def test_replaying_any_prefix_changes_nothing_and_tells_nothing(
    events: tuple[CaseEvent, ...], data: st.DataObject
) -> None:
    prefix = events[: data.draw(st.integers(1, len(events)))]
    file, _ = run(prefix, policy=CALM)
    for one in prefix:
        after = step(file, one, CALMLY, file.at)
        assert (after.file, after.escalations) == (file, ())
        assert after.outcome in (StepOutcome.DUPLICATE, StepOutcome.HISTORY)


@law
@given(histories(days=20), st.data())
def test_the_order_of_arrival_changes_neither_levels_nor_which_rules_hold(
    events: tuple[CaseEvent, ...], data: st.DataObject
) -> None:
    now = day(26)  # within every window: nothing has grown old
    shuffled = data.draw(st.permutations(events))
    first, _ = run(events, now=now, policy=CALM)
    second, _ = run(shuffled, now=now, policy=CALM)
    assert come_to(first, now) == come_to(second, now)


@law
@given(histories(days=20), st.data())
def test_an_escalation_that_rests_on_one_fact_has_the_same_id_in_whatever_order_the_events_came(
    events: tuple[CaseEvent, ...], data: st.DataObject
) -> None:
    now = day(26)
    first, _ = run(events, now=now, policy=CALM)
    second, _ = run(data.draw(st.permutations(events)), now=now, policy=CALM)
    ids = {escalation.rule: escalation.id for escalation in second.open if rests_on(escalation)}
    for escalation in first.open:
        other = next((each for each in second.open if each.rule == escalation.rule), None)
        if other is not None and rests_on(escalation) == rests_on(other) != set():
            assert ids[escalation.rule] == escalation.id


def rests_on(escalation: Escalation) -> set[tuple[str, str]]:
    """The fact that an escalation lists, and what it said; none where there are more, or it was corrected since, or
    where it is that the case is known, for that is what came first.
    """
    facts = {(fact.key, fact.content) for fact in escalation.listed if fact.kind != "case"}
    return facts if len(facts) == 1 and not escalation.left_out and escalation.revision == 1 else set()


ALWAYS = (
    assessed(day(0), all_low(public="high")),
    police(day(1)),
    holder(day(2), staff="N07UATU"),
    police(day(3), PoliceKind.CALL_OUT, PoliceRole.VICTIM, name="p2"),
    oversight(day(4), OversightKind.REFERRAL),
)
"""Nobody is there at any time, so in no order is anything opened that is not opened in every other."""


def test_in_every_order_the_same_escalations_are_raised_under_the_same_ids() -> None:
    found = set()
    for order in permutations(ALWAYS):
        _, told = run(order, now=day(5))
        found.add(frozenset((one.rule, one.escalation_id) for one in told))
    ((raised),) = found
    assert {rule for rule, _ in raised} == {"R1", "R2"}


def unsealed(one: EscalationRecord) -> EscalationRecord:
    """A record without its place in the case's log, in which the deadlines stand, too."""
    return replace(one, at=T0, entry=None, events_head=None, previous=None, hash=None)


def come_to(file: CaseFile, now: datetime) -> tuple[object, ...]:
    """What a file says, without the traces of the way there (what was told when, which versions were replaced)."""
    seen = CaseView(file, CALM, now)
    manager = seen.attachment.manager
    return (
        seen.standing.state,
        {(known.given, known.by.content, known.stale, known.raised) for known in seen.standing.known},
        None if manager is None else manager.content,
        # R7 counts from the receipt, and of two deliveries of one thing the one that came first is held. R9 counts from
        # the assessment that raises the level now, and stays where it was raised under the one before.
        {
            escalation.rule
            for escalation in file.open
            if escalation.holds and BY_ID[escalation.rule].lasting and escalation.rule not in ("R7", "R9")
        },
    )


@law
@given(histories(days=500))
def test_no_escalation_is_ever_removed_and_each_record_is_told_once(events: tuple[CaseEvent, ...]) -> None:
    file: CaseFile | None = None
    told: list[tuple[str, int]] = []
    for one in events:
        was = file.open if file else ()
        after = step(file, one, CALMLY, one.times.received)
        file = after.file
        assert [escalation.id for escalation in file.open if escalation.rule in {old.rule for old in was}] == [
            old.id for old in was
        ]
        told += [(record.escalation_id, record.revision) for record in after.escalations]
        for record in after.escalations:
            assert record.reason
            assert record.signals
        for record in {record.escalation_id: record for record in after.escalations}.values():
            escalation = next(escalation for escalation in file.open if escalation.id == record.escalation_id)
            assert (record.revision, record.condition is Condition.HOLDS) == (escalation.revision, escalation.holds)
    assert len(told) == len(set(told))
    assert file is not None
    for escalation in file.open:
        assert [revision for id_, revision in told if id_ == escalation.id] == list(range(1, escalation.revision + 1))


@law
@given(histories(days=500))
def test_judging_again_what_a_step_left_tells_nothing(events: tuple[CaseEvent, ...]) -> None:
    file: CaseFile | None = None
    for one in events:
        file = step(file, one, CALMLY, one.times.received).file
        again, told = judge(file, CALMLY, file.at)
        assert (told, again.open, again.due, again.schedule) == ((), file.open, file.due, file.schedule)


@law
@given(histories(days=500))
def test_what_opens_holds_and_what_holds_stays(events: tuple[CaseEvent, ...]) -> None:
    file, _ = run(events, policy=CALM)
    seen = CaseView(file, CALM, file.at)
    for rule in RULES:
        escalation = next((escalation for escalation in file.open if escalation.rule == rule.id), None)
        facts, _ = rule.finds(seen, before(file))
        if rule.lasting:
            assert not facts or (escalation is not None and escalation.holds)
        else:
            assert all(fact.heard_by & rule.bit for fact in facts)
        assert escalation is None or not escalation.holds or rule.stays(seen, escalation, facts)


@law
@given(histories(days=500))
def test_every_deadline_lies_ahead_is_said_once_and_moves_on(events: tuple[CaseEvent, ...]) -> None:
    file: CaseFile | None = None
    for one in events:
        file = step(file, one, CALMLY, one.times.received).file
        assert file.due is None or file.due > file.at
    assert file is not None
    for _ in range(20):  # an open escalation always has another
        if file.due is None:
            break
        due = file.due
        early = step(file, passed(due), CALMLY, file.at)  # the lane's word counts, whatever its log's clock says
        file = step(file, passed(due), CALMLY, due).file
        assert replace(early.file, chain=Chain()) == replace(file, chain=Chain())  # in which the log's time is
        assert file.due is None or file.due > due
        assert step(file, passed(due), CALMLY, due).file is file
    assert file.due is not None or not file.open


@law
@given(histories(days=500), st.data())
def test_how_late_the_lane_says_a_deadline_changes_only_when_it_is_told(
    events: tuple[CaseEvent, ...], data: st.DataObject
) -> None:
    prompt: CaseFile | None = None
    late: CaseFile | None = None
    told_prompt: list[EscalationRecord] = []
    told_late: list[EscalationRecord] = []
    for one in (*events, event(Withheld("last", "intake", "bad dates"), day(2000), "last")):
        now = one.times.received
        while prompt is not None and prompt.due is not None and prompt.due <= now:
            prompt, told = run((passed(prompt.due),), file=prompt, policy=CALM)
            told_prompt += told
        if late is not None and late.due is not None and late.due <= now and data.draw(st.booleans()):
            late, told = run((passed(late.due),), file=late, now=now, policy=CALM)
            told_late += told
        prompt, told = run((one,), file=prompt, policy=CALM)
        told_prompt += told
        late, told = run((one,), file=late, policy=CALM)
        told_late += told
    assert prompt is not None
    assert late is not None
    assert [unsealed(one) for one in told_prompt] == [unsealed(one) for one in told_late]
    assert replace(prompt, events=0, chain=Chain()) == replace(late, events=0, chain=Chain())


@law
@given(histories(days=500))
def test_unknown_never_reads_as_low(events: tuple[CaseEvent, ...]) -> None:
    file, _ = run(events, policy=CALM)
    seen = CaseView(file, CALM, file.at)
    if seen.standing.state is not State.LOWER:
        return
    current = {
        (given.domain, given.level)
        for one in events
        if isinstance(one.fact, Assessed) and one.fact.status is AssessmentStatus.COMPLETE
        for given in one.fact.levels
        if given.setting is Setting.COMMUNITY and given.level and one.times.effective + CALM.stale_after > file.at
    }
    named = {domain for domain, _ in current}
    assert "harm" in named or set(COUNTED) <= named
    if len(cohorts(file, file.at)) > 1:
        assert {"harm", "vulnerability"} <= named


@law
@given(histories(days=500))
def test_folding_is_the_same_byte_for_byte_also_through_the_store(events: tuple[CaseEvent, ...]) -> None:
    plain: CaseFile | None = None
    stored: bytes | None = None
    for one in events:
        one_again = msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=CaseEvent)
        first = step(plain, one, CALMLY, one.times.received)
        loaded = None if stored is None else msgspec.msgpack.decode(stored, type=CaseFile)
        second = step(loaded, one_again, CALMLY, one.times.received)
        assert first == second
        plain, stored = first.file, msgspec.msgpack.encode(second.file)
        assert stored == msgspec.msgpack.encode(plain)
