"""The lists of a case file: one table bounds them, whether their facts came by fold or by merge."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from streams.acts import ActKind
from streams.case import BOUNDS, CaseFile, Watermarks
from streams.circumstances import ClassificationKind, ClassificationState, ServiceState, TakenOver
from streams.events import AssessmentStatus, CaseEvent, Domain, DomainLevel, HolderRole, Level, OversightKind, Setting
from streams.fold import fold
from streams.fold.lists import LISTS, MOVING, in_time, raised_to
from streams.step import step
from tests.unit import casebook as book
from tests.unit.casebook import POLICIES, day
from tests.unit.circumstance_book import (
    CASE,
    OTHER,
    POLICY,
    THIRD,
    act,
    action,
    classified,
    empty,
    event,
    linked,
    linked_news,
    merged,
    oversight,
    service,
    tier,
)

Facts = list[CaseEvent]


def assessments() -> Facts:
    """The first alone gives a level of staff, so it stays; so does a withdrawal as long as what it takes back."""
    drafts = (
        book.assessed(day(n), book.levels(public="low"), name=f"a{n}", status=list(AssessmentStatus)[n % 2])
        for n in range(1, 28)
    )
    return [book.assessed(day(0), book.levels(staff="high"), name="a0"), *drafts]


def holders() -> Facts:
    """The oldest is the manager; some of the others are over."""
    others = (
        book.holder(
            day(n),
            HolderRole.CASE_MANAGER if n % 7 else HolderRole.MANAGER,
            name=f"h{n}",
            ended=day(n + 1) if n % 5 == 0 else None,
        )
        for n in range(1, 60)
    )
    return [book.holder(day(0), name="h0"), *others]


def oversights() -> Facts:
    """Every third is a referral: those are counted apart."""
    kinds = (OversightKind.REFERRAL, OversightKind.CASE_DISCUSSION, OversightKind.COUNTERSIGNATURE)
    return [oversight(day(n), name=f"o{n}", kind=kinds[n % 3]) for n in range(16)]


def actions() -> Facts:
    """Eleven actions of each of four records; every third of the first two is confirmed before the others come."""
    asked = [
        oversight(day(20 * n), *(action(f"a{n}.{m}", due=day(90 - m)) for m in range(11)), name=f"o{n}")
        for n in range(4)
    ]
    confirmed = [
        act(day(30), ActKind.CONFIRMED, "SPO1", action=f"a{n}.{m}", record=f"o{n}", name=f"c{n}.{m}")
        for n in range(2)
        for m in range(0, 11, 3)
    ]
    return [*asked[:2], *confirmed, *asked[2:]]


FACTS: dict[str, Callable[[], Facts]] = {
    "assessments": assessments,
    "holders": holders,
    "signals": lambda: [book.police(day(n), name=f"p{n}") for n in range(80)],
    "deletions": lambda: [book.deleted(day(n), name=f"d{n}", hearing=f"h{n}") for n in range(24)],
    "oversight": oversights,
    "registers": lambda: list(
        chain.from_iterable(
            [classified(day(n), f"r{n}"), classified(day(n + 0.5), f"r{n}", ClassificationState.ENDED)]
            if n % 4 == 0
            else [classified(day(n), f"r{n}")]
            for n in range(40)
        )
    ),
    "services": lambda: [
        service(day(n), ServiceState.DELIVERED if n % 3 == 0 else ServiceState.REQUESTED, f"s{n}") for n in range(36)
    ],
    "links": lambda: [linked(day(n), THIRD, f"l{n}", held=bool(n % 3)) for n in range(36)],
    "linked_news": lambda: [linked_news(day(n), THIRD) for n in range(20)],
    "acts": lambda: [act(day(n), ActKind.ACKNOWLEDGED, escalation="e1", action=None, name=f"x{n}") for n in range(48)],
    "actions": actions,
    "merges": lambda: [merged(day(n), OTHER if n % 2 else THIRD) for n in range(8)],
}
"""More facts of each list than it holds, in the order of time; a half of them it holds."""

NOW = day(100)


def folded(file: CaseFile, events: Facts) -> CaseFile:
    """The file after these events of its case."""
    for one in events:
        file = replace(file, **fold(file, replace(one, case=file.case), POLICY, NOW).changes)
    return file


def together(ours: CaseFile, theirs: CaseFile) -> CaseFile:
    """Our file after it took over theirs."""
    taken = TakenOver(theirs.case, msgspec.msgpack.encode(theirs))
    return folded(ours, [event(taken, NOW, "taken-over")])


def test_every_list_has_its_facts_here() -> None:
    assert FACTS.keys() == LISTS.keys()
    assert LISTS.keys() == {
        name for name, kind in CaseFile.__annotations__.items() if name in Watermarks.__annotations__
    }
    assert LISTS.keys() - set(MOVING) == {"merges"}  # what was said of the case itself stays with it


@pytest.mark.parametrize("name", LISTS)
def test_by_fold_a_list_is_full_in_its_order_and_its_watermark_has_risen(name: str) -> None:
    file = folded(empty(), FACTS[name]())
    held = getattr(file, name)
    assert len(held) == LISTS[name].bound + (BOUNDS.oversight if name == "oversight" else 0)
    assert list(held) == sorted(held, key=LISTS[name].order)
    assert getattr(file.watermarks, name) is not None


GONE: dict[str, Callable[[int, str], bool]] = {
    "assessments": lambda at, _: 1 <= at <= 12,
    "holders": lambda at, _: at == 1 or (at > 0 and at % 5 == 0),
    "signals": lambda at, _: at < 32,
    "deletions": lambda at, _: at < 8,
    "oversight": lambda at, _: at < 4,
    "registers": lambda at, id_: (
        id_.split("/")[1] in {f"r{n}" for n in range(0, 40, 4)}
        and ("/ended/" not in id_ or id_.split("/")[1] not in {"r32", "r36"})
    ),
    "services": lambda at, _: at % 3 == 0,
    "links": lambda at, _: at % 3 == 0,
    "linked_news": lambda at, _: at < 8,
    "acts": lambda at, _: at < 16,
    "merges": lambda at, _: at < 4,
}
"""Which of those facts go, by their place and their sender's id. (Of actions: test_fold_acts.)"""

RISEN = {
    "assessments": Watermarks(assessments=day(12)),
    "holders": Watermarks(holders=day(55)),
    "signals": Watermarks(signals=day(31)),
    "deletions": Watermarks(deletions=day(7)),
    "oversight": Watermarks(oversight=day(2), referrals=day(3)),
    "registers": Watermarks(registers=day(28.5)),
    "services": Watermarks(services=day(33)),
    "links": Watermarks(links=day(33)),
    "linked_news": Watermarks(linked_news=day(7)),
    "acts": Watermarks(acts=day(15)),
    "merges": Watermarks(merges=day(3)),
}


@pytest.mark.parametrize("name", GONE)
def test_what_goes_first_and_how_high_the_watermark_rises(name: str) -> None:
    events = FACTS[name]()
    file = folded(empty(), events)
    stays = [one.sender_id for at, one in enumerate(events) if not GONE[name](at, one.sender_id)]
    assert [fact.key for fact in getattr(file, name)] == stays
    assert file.watermarks == RISEN[name]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_is_full_and_no_more_is_left_as_it_is(name: str) -> None:
    held = getattr(folded(empty(), FACTS[name]()), name)
    assert LISTS[name].bounded(held, Watermarks(), NOW) == (held, Watermarks())
    assert LISTS[name].bounded(held[1:], Watermarks(), NOW) == (held[1:], Watermarks())


@pytest.mark.parametrize(
    ("said", "goes", "mark"),
    [
        pytest.param([tier(day(50), "A", "t")], "r0", day(0), id="a tier in force stays: the earliest goes"),
        pytest.param([tier(day(50), "A", "t"), tier(day(51), "B", "u")], "t", day(50), id="one tier is in force"),
        pytest.param(
            [
                tier(day(50), "A", "t"),
                classified(day(51), "u", kind=ClassificationKind.TIER, code="B", started=day(101)),
            ],
            "r0",
            day(0),
            id="a tier to come ends no tier, and stays",
        ),
        pytest.param(
            [tier(day(50), "A", "t"), tier(day(51), "B", "u", ClassificationState.DELETED)],
            "u",
            day(51),
            id="a tier that never was",
        ),
        pytest.param([classified(day(50), "x", ended=NOW)], "x", day(50), id="what ends now is over"),
        pytest.param([classified(day(50), "x", ended=NOW + book.MS)], "r0", day(0), id="what ends 1 ms later is not"),
        pytest.param(
            [classified(day(50), "x"), classified(day(51), "x", ClassificationState.ENDED)],
            "x",
            None,
            id="of what is over the earlier statement, and it raises no watermark",
        ),
        pytest.param(
            [classified(day(50), "x"), classified(day(51), "x")],
            "x",
            None,
            id="of what stands the statement that was replaced",
        ),
    ],
)
def test_which_classification_goes_first(said: Facts, goes: str, mark: object) -> None:
    many = BOUNDS.registers + 1 - len(said)
    facts = [*said, *(classified(day(n), f"r{n}") for n in range(many))]
    file = folded(empty(), facts)
    (gone,) = {fact.sender_id for fact in facts} - {fact.key for fact in file.registers}
    first = next(fact.sender_id for fact in facts if fact.sender_id.split("/")[1] == goes)
    assert (gone, file.watermarks.registers) == (first, mark)


def test_of_one_allocation_the_present_record_few_before_it_and_few_to_come_stay() -> None:
    times = [day(1), day(2), day(3), day(4), NOW, *(day(101 + n) for n in range(6))]
    records = [book.holder(at, name=f"h{n}", allocation="m1", started=at) for n, at in enumerate(times)]
    file = folded(empty(), records)
    assert [fact.effective for fact in file.holders] == times[1:9]


def test_assessments_that_give_a_level_stay_and_so_does_the_latest_though_these_are_too_many() -> None:
    about = [DomainLevel(domain, setting, Level.LOW) for domain in Domain for setting in Setting]
    facts = [book.assessed(day(n), (given,), name=f"a{n}") for n, given in enumerate(about)]
    facts.append(book.assessed(day(90), name="the latest"))
    file = folded(empty(), facts)
    assert len(facts) == BOUNDS.assessments + 1
    assert [fact.key for fact in file.assessments] == [fact.sender_id for fact in facts]
    assert file.watermarks == Watermarks()


def test_of_one_assessment_the_last_withdrawal_stays_with_the_latest_messages() -> None:
    statuses = [AssessmentStatus.COMPLETE, AssessmentStatus.WITHDRAWN, *[AssessmentStatus.OPEN] * 5]
    given = book.levels(staff="high")
    facts = [
        book.assessed(day(n), () if n else given, name=f"m{n}", assessment="a", status=status)
        for n, status in enumerate(statuses)
    ]
    file = folded(empty(), facts)
    assert [fact.key for fact in file.assessments] == [facts[n].sender_id for n in (1, 3, 4, 5, 6)]


def test_a_late_statement_counts_where_others_about_the_same_are_on_file() -> None:
    file = folded(empty(), FACTS["links"]())
    known, unknown = linked(day(20), THIRD, "l1", held=False), linked(day(20), THIRD, "new")
    assert file.watermarks.links == day(33)
    assert known.sender_id in {fact.key for fact in folded(file, [known]).links}
    assert folded(file, [unknown]) == file


def test_a_list_is_in_the_order_in_which_things_happened_else_were_recorded_else_were_received() -> None:
    (fact,) = folded(empty(), [book.police(day(1), recorded=day(2), received=day(3))]).signals
    times = fact.times
    assert in_time(fact) == (day(1), fact.key)
    assert in_time(replace(fact, times=replace(times, occurred=None))) == (day(2), fact.key)
    assert in_time(replace(fact, times=replace(times, occurred=None, recorded=None))) == (day(3), fact.key)


def test_a_watermark_never_falls() -> None:
    marks = Watermarks(acts=day(2))
    assert raised_to(marks, "acts", day(1)) == marks
    assert raised_to(marks, "acts", day(2)) == marks
    assert raised_to(marks, "acts", day(3)) == Watermarks(acts=day(3))
    assert raised_to(marks, "signals", day(1)) == Watermarks(acts=day(2), signals=day(1))


HALVES = [
    pytest.param(lambda events: (events[: len(events) // 2], events[len(events) // 2 :]), id="first ours, then theirs"),
    pytest.param(lambda events: (events[len(events) // 2 :], events[: len(events) // 2]), id="first theirs, then ours"),
    pytest.param(lambda events: (events[::2], events[1::2]), id="by turns"),
]


@pytest.mark.parametrize("halved", HALVES)
@pytest.mark.parametrize("name", MOVING)
def test_by_merge_a_list_has_the_same_bound_and_order_and_the_same_go_first(
    name: str, halved: Callable[[Facts], tuple[Facts, Facts]]
) -> None:
    events = FACTS[name]()
    ours, theirs = halved(events)
    if name == "actions":  # what is confirmed is said where the action was asked for
        ours, theirs = events[:-2], events[-2:]
    whole = folded(empty(OTHER), events)
    parts = folded(empty(OTHER), ours), folded(empty(CASE), theirs)
    assert all(getattr(part.watermarks, name) is None for part in parts)  # neither half has let anything go
    one = together(*parts)
    assert keyed(one, name) == keyed(whole, name)
    assert getattr(one.watermarks, name) == getattr(whole.watermarks, name)


def keyed(file: CaseFile, name: str) -> list[Any]:
    """The facts of a list by key and content, in their order."""
    return [(fact.key, fact.content) for fact in getattr(file, name)]


def test_a_merge_drops_no_manager_who_is_attached() -> None:
    here = [
        book.holder(day(0), name="the manager", case=OTHER),
        book.assessed(day(0), book.all_low(public="high"), case=OTHER),
        *(book.holder(day(n), HolderRole.CASE_MANAGER, name=f"h{n}", case=OTHER) for n in range(1, 30)),
    ]
    there = [book.holder(day(30 + n), HolderRole.CASE_MANAGER, name=f"t{n}", case=CASE) for n in range(20)]
    target, _ = book.run(here, now=day(50), policy=book.CALM)
    source, _ = book.run(there, now=day(50), policy=book.CALM)
    assert len(target.holders) + len(source.holders) > BOUNDS.holders
    (taken,) = step(source, merged(day(51)), POLICIES, day(51)).others
    after, told = book.run((taken,), file=target, now=day(51), policy=book.CALM)
    assert "R1" not in {one.rule for one in told}
    assert "R1" not in {one.rule for one in after.open}
    assert len(after.holders) == BOUNDS.holders
    assert "the manager" in {held.allocation for held in after.holders}
