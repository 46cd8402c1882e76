"""The verifier counts what is wrong with a log, each thing as what it is: spoil one record, and see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta

import pytest
from flawless import COUNTS, END, Flawless, flawless
from msgspec.structs import replace
from verifier import Record, Verdict, cases_tell, compare_tellings, from_outside, said_twice, teller, verify

from agents import policies, wire
from agents.settings import Settings
from agents.topics import (
    CASE_EVENTS,
    CASES_CHANGELOG,
    DUTY_ITEMS,
    ESCALATIONS,
    IDENTIFIERS_CHANGELOG,
    IDENTITY_LOOKUPS,
    IDENTITY_SIGHTINGS,
    QUARANTINE,
    SIGHTING_OUTCOMES,
)
from schemas import Codec
from streams.circumstances import GivenBack, LinkedNews, TakenOver
from streams.events import DeadlinePassed
from streams.faults import Fault
from streams.policy import Policies

CODEC = Codec(None)


@pytest.fixture(scope="module")
def judging() -> Policies:
    return policies.own(Settings())


@pytest.fixture(scope="module")
def untouched(judging: Policies) -> Flawless:
    return flawless(CODEC, judging)


@pytest.fixture
def machine(untouched: Flawless) -> Flawless:
    """Logs in which nothing is amiss, to be spoilt."""
    return copied(untouched)


def copied(machine: Flawless) -> Flawless:
    fresh = Flawless(CODEC, machine.policies)
    fresh.logs = deepcopy(machine.logs)
    fresh._clock = machine._clock
    return fresh


def counted(machine: Flawless) -> tuple[int, int, int, int]:
    """Lost, extra, duplicates, wrong."""
    found = verdict(machine)
    return found.lost, found.extra, found.duplicates, found.wrong


def verdict(machine: Flawless) -> Verdict:
    return verify(machine.sorted(), COUNTS, CODEC, machine.policies, END, timedelta(minutes=1))


def again(machine: Flawless, topic: str, place: int) -> None:
    record = machine.logs[topic][place]
    machine.add(topic, record.key, record.value)


def test_nothing_is_counted_where_nothing_is_amiss(machine: Flawless) -> None:
    assert verdict(machine) == Verdict()


def test_the_logs_to_spoil_hold_something_of_everything(machine: Flawless) -> None:
    said = sum(from_outside(CASE_EVENTS, record) for record in machine.logs[CASE_EVENTS])
    assert said > 2
    for topic in (ESCALATIONS, QUARANTINE, SIGHTING_OUTCOMES, IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS):
        assert len(machine.logs[topic]) > 3, topic


OUTPUTS = (SIGHTING_OUTCOMES, ESCALATIONS, QUARANTINE)


@pytest.mark.parametrize("topic", OUTPUTS)
def test_an_output_that_is_missing_is_lost(machine: Flawless, topic: str) -> None:
    del machine.logs[topic][len(machine.logs[topic]) // 2]
    assert counted(machine) == (1, 0, 0, 0)


@pytest.mark.parametrize("topic", OUTPUTS)
def test_an_output_that_comes_twice_is_a_duplicate(machine: Flawless, topic: str) -> None:
    again(machine, topic, len(machine.logs[topic]) // 2)
    assert counted(machine) == (0, 0, 1, 0)


@pytest.mark.parametrize("topic", OUTPUTS)
def test_an_output_that_was_changed_is_lost_and_another_is_extra(machine: Flawless, topic: str) -> None:
    place = len(machine.logs[topic]) // 2
    changed = machine.logs[topic][place]
    machine.logs[topic][place] = changed._replace(value=(changed.value or b"") + b"!")
    assert counted(machine) == (1, 1, 0, 0)


@pytest.mark.parametrize("topic", [*OUTPUTS, CASE_EVENTS, DUTY_ITEMS])
def test_an_output_that_nobody_said_is_extra(machine: Flawless, topic: str) -> None:
    machine.add(topic, b"crn:X999999", b"\xc0")
    if topic == CASE_EVENTS:
        machine.fold_cases()
    assert counted(machine) == (0, 1, 0, 0)


def _directly(machine: Flawless) -> int:
    """The place of an event that came straight from a feed."""
    log = machine.logs[CASE_EVENTS]
    start = len(log) // 3
    return next(place for place in range(start, len(log)) if not from_outside(CASE_EVENTS, log[place]))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        pytest.param(lambda log, place: log.pop(place), (1, 0, 0, 0), id="lost"),
        pytest.param(lambda log, place: log.append(log[place]._replace(offset=10**6)), (0, 0, 1, 0), id="doubled"),
        pytest.param(
            lambda log, place: log.__setitem__(place, log[place]._replace(value=log[place + 1].value + b"\xc0")),
            (1, 1, 0, 0),
            id="changed",
        ),
    ],
)
def test_a_case_event_is_held_against_the_feeds(
    machine: Flawless, spoil: Callable[[list[Record], int], object], expected: tuple[int, int, int, int]
) -> None:
    spoil(machine.logs[CASE_EVENTS], _directly(machine))
    machine.fold_cases()  # what follows is right for the log as it now is
    found = verdict(machine)
    assert (found.lost, found.extra, found.duplicates) == expected[:3]


@pytest.mark.parametrize("changelog", [CASES_CHANGELOG, IDENTIFIERS_CHANGELOG])
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda log: log.__setitem__(-1, log[-1]._replace(value=b"\xc0")), id="changed"),
        pytest.param(lambda log: log.pop(), id="missing"),
        pytest.param(lambda log: log.append(log[-1]._replace(key=b"crn:X999999")), id="of nobody"),
        pytest.param(lambda log: log.append(log[-1]._replace(value=None)), id="forgotten"),
    ],
)
def test_a_state_that_is_not_the_fold_is_wrong(
    machine: Flawless, changelog: str, spoil: Callable[[list[Record]], object]
) -> None:
    spoil(machine.logs[changelog])
    assert counted(machine) == (0, 0, 0, 1)


def test_a_key_of_the_lanes_own_is_no_state(machine: Flawless) -> None:
    log = machine.logs[CASES_CHANGELOG]
    log.append(log[-1]._replace(key=b"\x00said:crn:X999999"))
    assert counted(machine) == (0, 0, 0, 0)


def test_escalations_of_a_case_in_another_order_are_wrong(machine: Flawless) -> None:
    log = machine.logs[ESCALATIONS]
    first = next(n for n, each in enumerate(log) if any(other.key == each.key for other in log[n + 1 :]))
    second = next(n for n in range(first + 1, len(log)) if log[n].key == log[first].key)
    one, two = log[first].value, log[second].value
    log[first], log[second] = log[first]._replace(value=two), log[second]._replace(value=one)
    assert counted(machine) == (0, 0, 0, 1)


def test_what_the_program_itself_failed_on_is_wrong_though_it_is_in_quarantine(machine: Flawless) -> None:
    log = machine.logs[QUARANTINE]
    item = CODEC.decode("quarantined", log[0].value)
    log[0] = log[0]._replace(value=CODEC.encode("quarantined", item | {"fault": "unexpected"}))
    assert counted(machine) == (1, 1, 0, 1)


def test_a_revision_of_an_escalation_that_is_told_twice_is_seen(machine: Flawless) -> None:
    before = said_twice(machine.logs, CODEC)
    again(machine, ESCALATIONS, 0)
    assert said_twice(machine.logs, CODEC) == before + 1


def test_a_record_on_another_partition_is_wrong(machine: Flawless) -> None:
    log = machine.logs[SIGHTING_OUTCOMES]
    log[0] = log[0]._replace(partition=1 - log[0].partition)
    assert counted(machine) == (0, 0, 0, 1)


# ── what cases tell other cases ──────────────────────────────────────────────────────────────────────────────

KINDS = (LinkedNews, TakenOver, GivenBack, "forwarded")


@pytest.fixture(scope="module")
def talkative(judging: Policies) -> Flawless:
    """Logs in which cases have told each other things of every kind."""
    return flawless(CODEC, judging, 600)


def _told(machine: Flawless, kind: object) -> list[int]:
    """The places of what cases told each other: news of this kind, or what went on to the case that lives on."""
    log = machine.logs[CASE_EVENTS]
    return [place for place, record in enumerate(log) if _kind(record) == kind]


def _kind(record: Record) -> object:
    try:
        event = wire.case_event(record.value)
    except Fault:
        return None
    return "forwarded" if event.forwarded else type(event.fact)


def spoilt(machine: Flawless, kind: object, spoil: Callable[[Flawless, int], object]) -> Iterator[tuple[int, int, int]]:
    """Lost, extra and duplicates when one telling of this kind is spoilt, each in turn, and what follows is folded.

    What follows may differ, too: a file that was taken over goes on to a third case. So not each counts as one.
    """
    for place in _told(machine, kind):
        fresh = copied(machine)
        spoil(fresh, place)
        fresh.fold_cases()
        found = verdict(fresh)
        yield found.lost, found.extra, found.duplicates


def test_what_cases_tell_each_other_is_expected_as_often_as_it_is_told(talkative: Flawless) -> None:
    assert [kind for kind in KINDS if not _told(talkative, kind)] == []
    assert verdict(talkative) == Verdict()


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_case_should_have_told_another_is_lost(talkative: Flawless, kind: object) -> None:
    def lose(machine: Flawless, place: int) -> None:
        del machine.logs[CASE_EVENTS][place]

    assert (1, 0, 0) in spoilt(talkative, kind, lose)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_case_tells_another_twice_is_a_duplicate(talkative: Flawless, kind: object) -> None:
    assert (0, 0, 1) in spoilt(talkative, kind, lambda machine, place: again(machine, CASE_EVENTS, place))


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_case_told_another_is_extra(talkative: Flawless, kind: object) -> None:
    def make_up(machine: Flawless, place: int) -> None:
        record = machine.logs[CASE_EVENTS][place]
        event = wire.case_event(record.value)
        machine.add(CASE_EVENTS, record.key, wire.encode(replace(event, sender_id=f"{event.sender_id}/nobody's")))

    assert (0, 1, 0) in spoilt(talkative, kind, make_up)


def test_what_a_case_tells_another_in_another_order_is_wrong(talkative: Flawless) -> None:
    telling = copied(talkative)
    log, by = telling.logs[CASE_EVENTS], defaultdict(list)
    for place in (place for kind in KINDS for place in _told(telling, kind)):
        by[teller(wire.case_event(log[place].value)), log[place].key].append(place)
    first, second = next(sorted(places)[:2] for places in by.values() if len(places) > 1)
    log[first], log[second] = (
        log[first]._replace(value=log[second].value), log[second]._replace(value=log[first].value)
    )  # fmt: skip
    found = Verdict()
    fourth, _ = cases_tell(telling.sorted(), CODEC, telling.policies)
    compare_tellings(found, fourth.outputs(), telling.sorted()[CASE_EVENTS])
    assert found.wrong == 1


# ── deadlines ────────────────────────────────────────────────────────────────────────────────────────────────


def _deadline(machine: Flawless) -> int:
    log = machine.logs[CASE_EVENTS]
    return max(place for place, each in enumerate(log) if from_outside(CASE_EVENTS, each))


def test_a_deadline_that_is_not_said_is_lost(machine: Flawless) -> None:
    del machine.logs[CASE_EVENTS][_deadline(machine)]
    machine.fold_cases()
    assert counted(machine) == (1, 0, 0, 0)


def test_a_deadline_that_is_said_twice_is_a_duplicate(machine: Flawless) -> None:
    again(machine, CASE_EVENTS, _deadline(machine))
    machine.fold_cases()
    assert counted(machine) == (0, 0, 1, 0)


def test_a_deadline_that_is_said_early_is_wrong(machine: Flawless) -> None:
    log, place = machine.logs[CASE_EVENTS], _deadline(machine)
    fact = wire.case_event(log[place].value).fact
    assert isinstance(fact, DeadlinePassed)
    log[place] = log[place]._replace(timestamp=int(fact.due.timestamp() * 1000) - 1)
    machine.fold_cases()
    assert counted(machine) == (0, 0, 0, 1)


def test_a_deadline_that_no_file_carried_is_extra(machine: Flawless) -> None:
    from agents.cases import deadline

    key = machine.logs[CASE_EVENTS][_deadline(machine)].key or b""
    due = END - timedelta(seconds=1, milliseconds=777)
    machine.add(*deadline(key, due, END, 0), at=int(END.timestamp() * 1000))
    machine.fold_cases()
    assert counted(machine) == (0, 1, 0, 0)
