"""How a case is merged, given back and erased: what each case holds, and what is told of its escalations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from streams import inputs
from streams.acts import ActKind
from streams.case import BOUNDS, CaseFile, Watermarks
from streams.circumstances import ComesOfAge, GivenBack, ServiceState, TakenOver
from streams.escalation import Awaits, Change, Stage
from streams.events import CaseEvent, Times
from streams.facts import CaseKnown
from streams.faults import Unfoldable
from streams.fold.merging import note_forwarded
from streams.fold.placing import StepOutcome
from streams.policy import Urgency
from streams.primitives import CaseId
from streams.statements import in_force
from tests.unit.circumstance_book import (
    CASE,
    OTHER,
    THIRD,
    YOUTH,
    World,
    act,
    action,
    after,
    classified,
    day,
    empty,
    erased,
    escalation,
    event,
    folded,
    linked,
    linked_news,
    merged,
    of,
    oversight,
    service,
    unmerged,
)
from tests.unit.examples import law

LISTS = ("registers", "services", "links", "linked_news", "oversight", "acts", "actions")


def facts(file: CaseFile | None) -> dict[str, Any]:
    """The facts of a file, by list."""
    assert file is not None
    return {name: getattr(file, name) for name in LISTS}


def told(world: World) -> list[tuple[CaseId, str, int, Change]]:
    """What was told of escalations: by which case, of which escalation, under which revision."""
    return [(case, moved.id, moved.revision, change) for case, moved, change in world.told]


def mine(at: float = 1) -> list[CaseEvent]:
    """One event of every kind of CASE."""
    return [
        classified(day(at)),
        service(day(at)),
        linked(day(at)),
        linked_news(day(at), THIRD),
        oversight(day(at), action(), escalation="i1"),
        act(day(at + 1)),
    ]


def theirs(at: float = 1) -> list[CaseEvent]:
    """One of every kind of OTHER."""
    return [of(news, OTHER) for news in mine(at)]


# ── merged and unmerged ──────────────────────────────────────────────────────────────────────────────────────


def test_the_escalations_of_a_merged_case_move_to_the_one_in_which_it_lives_on() -> None:
    world = World(replace(empty(), open=(escalation("R1", "i1", "k1"),)))(merged(day(5)))
    assert (world.files[CASE].open, world.files[CASE].merged_into) == ((), OTHER)
    assert [held.id for held in world.files[CASE].suspended] == ["i1"]
    assert [held.id for held in world.files[OTHER].open] == ["i1"]
    assert told(world) == [(CASE, "i1", 2, Change.MOVED), (OTHER, "i1", 3, Change.MOVED)]


def test_an_escalation_joins_the_one_of_its_rule_and_is_told_as_moved_and_closed() -> None:
    urgent = escalation("R1", "i1", "k1", "k2", urgency=Urgency.URGENT, next_at=day(1), oversee_by=day(9))
    ours = escalation("R1", "o1", "k2", "k3", at=day(1), next_at=day(4), oversee_by=day(3), suppressed_until=day(4))
    world = World(replace(empty(), open=(urgent,)), replace(empty(OTHER), open=(ours,)))(merged(day(5)))
    (held,) = world.files[OTHER].open
    assert (held.id, [fact.key for fact in held.listed], held.left_out) == ("o1", ["k2", "k3", "k1"], 0)
    assert (held.urgency, held.next_at, held.oversee_by, held.suppressed_until) == (
        Urgency.URGENT,
        day(1),
        day(3),
        day(1),
    )
    assert held.known_since == day(0)
    closed = world.told[-1][1]
    assert (closed.id, closed.revision, closed.stage, closed.closed) == ("i1", 3, Stage.CLOSED, day(5))
    assert (closed.awaits, closed.next_at) == (Awaits.NOTHING, None)


def test_an_escalation_without_a_fact_that_joins_another_is_told_too() -> None:
    files = (replace(empty(), open=(escalation("R1", "i1"),)), replace(empty(OTHER), open=(escalation("R1", "o1"),)))
    assert told(World(*files)(merged(day(5))))[-1] == (OTHER, "i1", 3, Change.MOVED)


def test_the_actions_of_an_escalation_that_joined_ours_are_ours() -> None:
    asked = after(replace(empty(), open=(escalation("R1", "i1"),)), [oversight(day(1), action(), escalation="i1")])
    world = World(asked, replace(empty(OTHER), open=(escalation("R1", "o1"),)))(merged(day(5)))
    assert [held.escalation for held in world.files[OTHER].actions] == ["o1"]


@pytest.mark.parametrize(("held", "came", "left_out"), [(12, 1, 1), (11, 1, 0), (11, 3, 2), (0, 12, 0)])
def test_facts_that_find_no_room_in_an_escalation_are_counted(held: int, came: int, left_out: int) -> None:
    source = replace(empty(), open=(escalation("R1", "i1", *(f"came{n}" for n in range(came))),))
    target = replace(empty(OTHER), open=(escalation("R1", "o1", *(f"held{n}" for n in range(held))),))
    (joined,) = World(source, target)(merged(day(5))).files[OTHER].open
    assert (len(joined.listed), joined.left_out) == (min(12, held + came), left_out)


def test_the_escalations_come_back_with_the_case_under_ids_of_their_own_and_are_over_where_they_were() -> None:
    world = World(replace(empty(), open=(escalation("R1", "i1", "k1"),)))(merged(day(5)), unmerged(day(6)))
    (back,) = world.files[CASE].open
    assert (back.revision, back.formerly, back.goes_by("i1"), back.goes_by("i2")) == (3, ("i1",), True, False)
    assert back.id != "i1"
    assert world.files[OTHER].open == ()
    assert told(world)[2:] == [(CASE, back.id, 3, Change.MOVED), (OTHER, "i1", 4, Change.MOVED)]
    assert [(gone.stage, gone.next_at) for case, gone, _ in world.told[3:]] == [(Stage.CLOSED, None)]


def test_what_was_closed_comes_back_under_an_id_of_its_own_as_well() -> None:
    over = replace(escalation("R1", "i1", "k1"), stage=Stage.CLOSED, closed=day(1))
    world = World(replace(empty(), closed=(over,)))(merged(day(5)), unmerged(day(6)))
    assert [one.formerly for one in world.files[CASE].closed] == [("i1",)]


def test_an_escalation_that_came_through_a_case_leaves_it_again_with_its_own() -> None:
    """CASE came to OTHER, and OTHER to THIRD and back: what CASE had brought has another id, and still goes with it."""
    world = World(replace(empty(), open=(escalation("R1", "i1", "k1"),)), empty(OTHER), empty(THIRD))
    world(merged(day(5)), of(merged(day(6), THIRD), OTHER), of(unmerged(day(7), THIRD), OTHER))
    assert [one.formerly for one in world.files[OTHER].open] == [("i1",)]
    world(unmerged(day(8)))
    assert (world.files[OTHER].open, len(world.files[CASE].open)) == ((), 1)
    names = [(name, revision) for _, name, revision, _ in told(world)]
    assert len(set(names)) == len(names)


def test_a_case_merged_elsewhere_since_moves_on_with_its_items() -> None:
    world = World(after(replace(empty(), open=(escalation("R1", "i1"),)), mine()))
    world(merged(day(5)), merged(day(6), THIRD))
    assert world.files[CASE].merged_into == THIRD
    assert (world.files[OTHER].open, world.files[OTHER].absorbed) == ((), ())
    assert [held.formerly for held in world.files[THIRD].open] == [("i1",)]
    assert facts(world.files[OTHER]) == facts(empty())
    assert len(world.files[THIRD].registers) == 1
    names = [(name, revision) for _, name, revision, _ in told(world(unmerged(day(7), THIRD), unmerged(day(8))))]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("said", "into"),
    [
        ([merged(day(5))], OTHER),
        ([merged(day(5)), merged(day(5))], OTHER),
        ([merged(day(5)), unmerged(day(6))], None),
        ([merged(day(5)), unmerged(day(6)), merged(day(5))], None),
        ([unmerged(day(6)), merged(day(5))], None),
        ([merged(day(5)), merged(day(6), THIRD)], THIRD),
        ([merged(day(6), THIRD), merged(day(5))], THIRD),
        ([merged(day(5)), merged(day(6), THIRD), merged(day(5))], THIRD),
        ([merged(day(5)), merged(day(6), THIRD), unmerged(day(7), THIRD)], OTHER),
        ([merged(day(5)), unmerged(day(6)), merged(day(7))], OTHER),
    ],
)
def test_a_case_lives_where_the_latest_statement_says_whatever_came_late_or_twice(
    said: list[CaseEvent], into: CaseId | None
) -> None:
    world = World(after(replace(empty(), open=(escalation("R1", "i1"),)), mine()))(*said)
    assert world.files[CASE].merged_into == into
    for case in (OTHER, THIRD):
        holds = world.files.get(case, empty(case)).registers
        assert len(holds) == (case == into)
    assert len(world.files[CASE].open) == (into is None)


@pytest.mark.parametrize("into", [CASE, OTHER])
def test_no_case_is_merged_into_itself_or_into_one_that_it_took_over(into: CaseId) -> None:
    world = World(empty(), empty(OTHER))(merged(day(1), CASE, OTHER))
    with pytest.raises(Unfoldable) as fault:
        folded(world.files[CASE], merged(day(5), into), day(5))
    assert fault.value.remedy


@pytest.mark.parametrize(
    "taken", [TakenOver(OTHER, b"\x00 no file"), TakenOver(OTHER, b"\x91\x01"), TakenOver(CASE, b"")]
)
def test_a_file_that_makes_no_sense_is_not_taken_over(taken: TakenOver) -> None:
    with pytest.raises(Unfoldable):
        folded(empty(), event(taken, day(1), "x"), day(1))


def test_a_file_that_is_taken_over_twice_changes_nothing() -> None:
    world = World(after(replace(empty(), open=(escalation("R1", "i1"),)), mine()), after(empty(OTHER), theirs()))
    world(merged(day(5)))
    (taken,) = (sent for sent in world.sent if isinstance(sent.fact, TakenOver))
    again = folded(world.files[OTHER], taken, day(6))
    assert (again.outcome, again.changes, again.moved) == (StepOutcome.DUPLICATE, {}, ())


def test_an_act_of_one_case_says_nothing_of_an_action_of_the_other() -> None:
    source = after(empty(), [oversight(day(1), action()), act(day(4))])
    target = after(empty(OTHER), [of(oversight(day(2), action()), OTHER)])
    world = World(source, target)(merged(day(5)), act(day(6), ActKind.ACKNOWLEDGED))
    assert [held.claimed is not None for held in world.files[OTHER].actions] == [True, False]


def test_an_act_that_came_before_the_record_of_the_other_case_leaves_with_its_case() -> None:
    target = after(empty(OTHER), [of(oversight(day(2), action()), OTHER)])
    world = World(after(empty(), [act(day(4))]), target)(merged(day(5)))
    assert [held.claimed is not None for held in world.files[OTHER].actions] == [True]
    assert world(unmerged(day(6))).files[OTHER].actions == target.actions


def test_facts_stay_told_to_the_escalations_that_list_them_and_no_others() -> None:
    heard = after(empty(), [classified(day(1), "r1", sender_id="k1"), classified(day(1), "r2", sender_id="k2")])
    heard = replace(heard, registers=tuple(replace(fact, heard_by=1) for fact in heard.registers))
    world = World(replace(heard, open=(escalation("R1", "i1", "k1"),)))(merged(day(5)))
    assert [fact.heard_by for fact in world.files[OTHER].registers] == [1, 0]


def test_merged_while_a_case_of_another_cohort_is_named_both_cohorts_count() -> None:
    world = World(empty(), empty(YOUTH))(merged(day(5), YOUTH))
    assert world.files[YOUTH].also_known == (CASE,)
    full = replace(empty(), also_known=tuple(CaseId(f"crn:X{n}") for n in range(BOUNDS.also_known)))
    world = World(empty(YOUTH), full)(merged(day(5), CASE, YOUTH))
    assert world.files[CASE].also_known == (*full.also_known[:-1], YOUTH)


def test_an_18th_birthday_comes_and_goes_with_its_case() -> None:
    world = World(empty(), empty(OTHER))(event(ComesOfAge(day(99)), day(1), "age"), merged(day(5)))
    assert world.files[OTHER].comes_of_age == day(99)
    assert world(unmerged(day(6))).files[OTHER].comes_of_age is None


def test_what_a_case_does_not_hold_it_does_not_give_back() -> None:
    back = folded(empty(), event(GivenBack(OTHER), day(1), "x"), day(1))
    assert (back.changes, back.changed) == ({}, inputs.NOTHING)


# ── what comes later ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_comes_to_a_merged_case_reaches_the_living_one_and_leaves_with_it() -> None:
    world = World(empty(), empty(OTHER))(merged(day(1)), classified(day(2)), of(classified(day(3), "r2"), OTHER))
    assert [held.classification for held in in_force(world.files[OTHER], day(9))] == ["r1", "r2"]
    assert [held.classification for held in world.files[CASE].registers] == ["r1"]
    world(unmerged(day(4)))
    assert [held.classification for held in world.files[OTHER].registers] == ["r2"]
    assert [held.classification for held in world.files[CASE].registers] == ["r1"]


@pytest.mark.parametrize("own_at", [5, 7.5, 20], ids=["said before theirs", "said between theirs", "said after theirs"])
def test_many_statements_of_a_merged_case_push_out_none_of_the_one_that_it_came_to(own_at: int) -> None:
    theirs = [classified(day(6 + n)) for n in range(BOUNDS.messages + 2)]
    own = of(classified(day(own_at)), OTHER)
    world = World(empty(), empty(OTHER))(merged(day(1)), own, *theirs, now=day(30))
    assert own.content_id in {held.content for held in world.files[OTHER].registers}
    world(unmerged(day(40)), now=day(40))
    assert [held.content for held in world.files[OTHER].registers] == [own.content_id]


def test_the_note_of_what_came_forgets_what_the_file_let_go() -> None:
    world = World(empty(), empty(OTHER))(merged(day(1)), *(linked_news(day(2 + n), THIRD) for n in range(40)))
    (entry,) = world.files[OTHER].absorbed
    assert len(entry.keys) == BOUNDS.linked_news
    assert note_forwarded(world.files[OTHER], {}, classified(day(1))) == {}


@pytest.mark.parametrize("first", ["inner", "outer"])
def test_three_cases_in_a_chain_each_get_back_their_own(first: str) -> None:
    begin = {CASE: after(empty(), mine()), OTHER: after(empty(OTHER), theirs()), THIRD: empty(THIRD)}
    world = World(*begin.values())
    merges = [merged(day(5)), merged(day(6), THIRD, OTHER)]
    world(*(merges if first == "inner" else reversed(merges)))
    assert len(world.files[THIRD].registers) == 2
    world(classified(day(7), "r9"))
    assert len(world.files[THIRD].registers) == 3
    world(unmerged(day(8)))
    for case in (THIRD, OTHER):
        assert known(world.files[case]) == known(begin[OTHER])
        assert world.files[case].actions == begin[OTHER].actions
    world(unmerged(day(9), THIRD, OTHER))
    assert facts(world.files[THIRD]) == facts(begin[THIRD])
    assert facts(world.files[CASE]) == facts(after(begin[CASE], [classified(day(7), "r9")]))


def test_a_chain_whose_second_merge_is_undone_gives_back_both() -> None:
    world = World(after(replace(empty(), open=(escalation("R1", "i1"),)), mine()), after(empty(OTHER), theirs()))
    world(merged(day(5)), merged(day(6), THIRD, OTHER), unmerged(day(7), THIRD, OTHER))
    assert (facts(world.files[THIRD]), world.files[THIRD].absorbed) == (facts(empty()), ())
    assert [held.formerly for held in world.files[OTHER].open] == [("i1",)]
    assert len(world.files[OTHER].registers) == 2


def test_escalations_that_came_through_a_merged_case_leave_with_it() -> None:
    world = World(replace(empty(), open=(escalation("R1", "i1"),)), empty(OTHER), empty(THIRD))
    world(merged(day(5), THIRD, OTHER), merged(day(6)))
    assert [held.id for held in world.files[THIRD].open] == ["i1"]
    world(unmerged(day(7), THIRD, OTHER))
    assert world.files[THIRD].open == ()
    assert [held.formerly for held in world.files[OTHER].open] == [("i1",)]


# ── erasure ──────────────────────────────────────────────────────────────────────────────────────────────────


def texts(value: Any) -> set[str]:
    """Every text in a value."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return set().union(*map(texts, value.values())) if value else set()
    return set().union(*map(texts, value)) if isinstance(value, list | tuple) else set()


def full() -> CaseFile:
    """A case with something in every list."""
    held = replace(
        empty(),
        open=(escalation("R1", "i1", "k1"),),
        closed=(escalation("R2", "i2", "k2"),),
        occurrences=(("R1", 2),),
        known=CaseKnown("secret key", "secret", Times(None, None, day(0)), "feed.v1/0/1#", ("old",), 3),
        also_known=(YOUTH,),
        events=7,
    )
    return after(held, [*mine(), event(ComesOfAge(day(99)), day(1), "age")])


def test_nothing_that_any_fact_said_is_left_of_an_erased_case() -> None:
    world = World(full())(merged(day(3)), erased(day(4)))
    file = world.files[CASE]
    left = texts(msgspec.msgpack.decode(msgspec.msgpack.encode(file)))
    assert left <= {CASE, OTHER, "R1", "feed.v1/0/1#", "", day(0).isoformat().replace("+00:00", "Z")} | {
        text for text in left if text.endswith("Z") and "T" in text
    }
    assert b"secret" not in msgspec.msgpack.encode(file)
    assert (file.case, file.merged_into, file.erased, file.events) == (CASE, OTHER, day(4), 7)
    assert file.occurrences == (("R1", 2),)
    assert file.known == CaseKnown("", "", Times(None, None, day(0)), "feed.v1/0/1#", (), 0)
    assert file.watermarks == Watermarks(*(day(4) for _ in fields(Watermarks)))
    assert all(getattr(file, name) == () for name in (*LISTS, "open", "closed", "suspended", "also_known", "merges"))


def test_the_open_escalations_of_an_erased_case_are_told_without_what_they_listed() -> None:
    did = folded(full(), erased(day(4)), day(4))
    assert [(told.id, told.revision, told.listed, change) for told, change in did.moved] == [
        ("i1", 1, (), Change.ERASED)
    ]
    assert did.changed == inputs.EVERYTHING


def test_the_escalations_of_an_erased_case_that_lives_on_elsewhere_are_erased_there() -> None:
    world = World(replace(empty(), open=(escalation("R1", "i1", "k1"),)))(merged(day(5)), erased(day(6)))
    assert told(world)[2:] == [(OTHER, "i1", 4, Change.ERASED)]
    assert world.files[CASE].suspended == ()


def test_what_happened_before_the_erasure_is_history_and_what_happens_after_it_is_news() -> None:
    world = World(full())(erased(day(4)))
    gone = world.files[CASE]
    assert after(gone, [*mine(), classified(day(4), "r5")]) is gone
    assert len(after(gone, [classified(day(4) + timedelta(milliseconds=1), "r5")]).registers) == 1


def test_a_second_request_erases_again_and_a_second_delivery_does_not() -> None:
    world = World(full())(erased(day(4)), classified(day(5), "r5"), erased(day(4)))
    assert len(world.files[CASE].registers) == 1
    world(erased(day(6)))
    assert (world.files[CASE].registers, world.files[CASE].erased) == ((), day(6))


@pytest.mark.parametrize("asked", [CASE, OTHER])
def test_merged_cases_are_one_person_and_are_erased_together(asked: CaseId) -> None:
    world = World(full(), after(empty(OTHER), theirs()), empty(THIRD))
    world(merged(day(3)), merged(day(3), THIRD, OTHER), erased(day(4), asked))
    for case in (CASE, OTHER, THIRD):
        assert world.files[case].erased == day(4)
        assert facts(world.files[case]) == facts(empty())
    world(unmerged(day(5), THIRD))
    assert world.files[CASE].merged_into == OTHER
    world(unmerged(day(6)))
    assert world.files[CASE].merged_into is None


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────

AT = st.integers(0, 20 * 86_400_000).map(lambda ms: day(0) + timedelta(milliseconds=ms))


@st.composite
def news(draw: st.DrawFn) -> CaseEvent:
    """An event of one of two cases."""
    at, name = draw(AT), draw(st.sampled_from("abcd"))
    kinds = [
        classified(at, name),
        service(at, draw(st.sampled_from(ServiceState)), name),
        linked(at, THIRD, name, held=draw(st.booleans())),
        oversight(at, action(), name=f"{at:%d%H%M%S%f}"),
        act(at, draw(st.sampled_from([ActKind.CLAIMED, ActKind.CONFIRMED])), draw(st.sampled_from(["PO7", "SPO1"]))),
    ]
    found = draw(st.sampled_from(kinds))
    return of(found, OTHER) if draw(st.booleans()) else found


HISTORIES = st.lists(news(), max_size=10, unique_by=lambda one: one.times.effective)


@law
@given(HISTORIES, HISTORIES)
def test_merged_and_unmerged_each_case_holds_what_it_held(before: list[CaseEvent], since: list[CaseEvent]) -> None:
    merging, apart = World(empty(), empty(OTHER)), World(empty(), empty(OTHER))
    since = [one for one in since if "oversight" not in one.sender_id and "act/" not in one.sender_id]
    merging(*before, merged(day(21)), *since, unmerged(day(22)), now=day(22))
    apart(*before, *since, now=day(22))
    for case in (CASE, OTHER):
        assert known(merging.files[case]) == known(apart.files[case])
        assert merging.files[case].absorbed == ()


def known(file: CaseFile) -> dict[str, set[tuple[str, str]]]:
    """The facts by key and content."""
    return {name: {(fact.key, fact.content) for fact in held} for name, held in facts(file).items()}


@law
@given(HISTORIES)
def test_no_merge_breaks_a_bound(history: list[CaseEvent]) -> None:
    world = World(empty(), empty(OTHER))
    for at in range(BOUNDS.registers):
        world(classified(day(30 + at), f"m{at}"), of(classified(day(30 + at), f"t{at}"), OTHER))
    world(*history, merged(day(90)), now=day(90))
    file = world.files[OTHER]
    assert len(file.registers) <= BOUNDS.registers
    assert len(file.oversight) <= BOUNDS.oversight
    assert len(file.absorbed[0].keys) <= sum(len(held) for held in facts(file).values())
