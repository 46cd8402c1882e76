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
from streams.circumstances import ClassificationState, ServiceState, TakenOver
from streams.events import AssessmentStatus, CaseEvent, HolderRole, OversightKind
from streams.fold import fold
from streams.fold.lists import LISTS, MOVING
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
