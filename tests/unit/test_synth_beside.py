"""Circumstances and acts in the synthetic feeds: none unless asked for; then every kind of them, and all readable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import pytest

import schemas
from agents import topics, wire
from agents.sandbox.feeds import circumstances, population
from agents.sandbox.feeds.acts import Acts
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.spoilt import Spoilt, fits
from agents.sandbox.feeds.synth import START, Message, Options, Synth
from schemas import Codec
from streams.acts import Act, ActKind
from streams.circumstances import (
    ClassificationKind,
    ClassificationState,
    Classified,
    ComesOfAge,
    Erased,
    Linked,
    Merged,
    Relation,
    Service,
    ServiceState,
    Unmerged,
)
from streams.events import CaseEvent, Origin, Oversight
from streams.faults import Fault
from streams.sightings import BadPart, Part

CALM = Options(rate=200, duplicates=0, corrections=0, late=0, spoilt=0)
BOTH = replace(CALM, circumstances=0.3, acts=0.2)
CODEC = Codec()
_BESIDE = {topics.CASE_ACTS, topics.CASE_CIRCUMSTANCES}


def messages(options: Options, number: int = 4000, seed: int = 7) -> Iterator[Message]:
    return Synth(seed, 120, options=options).messages(number)


def parts(options: Options, number: int = 4000) -> Iterator[Part]:
    for offset, message in enumerate(messages(options, number)):
        origin = Origin(message.topic, 0, offset)
        yield from wire.translate(message.topic, message.value, origin, message.at, CODEC)


@cache
def events() -> tuple[CaseEvent, ...]:
    return tuple(part for part in parts(BOTH, 8000) if isinstance(part, CaseEvent))


def facts(kind: type) -> list[Any]:
    return [event.fact for event in events() if isinstance(event.fact, kind)]


def fingerprint(found: Iterator[Message]) -> str:
    seen = sha256()
    for message in found:
        seen.update(repr((message.topic, message.key, message.value, message.at, message.spoilt)).encode())
    return seen.hexdigest()


# ── the same again ───────────────────────────────────────────────────────────────────────────────────────────


def test_without_them_no_dice_of_theirs_are_thrown() -> None:
    synth = Synth(7, 100, options=Options(deadline_in=timedelta(seconds=30)))
    count = Counter(message.topic for message in synth.messages(3000))
    assert synth._beside.getstate() == Chance("7/beside").getstate()
    assert not {*count} & _BESIDE


def test_with_them_the_same_seed_gives_the_same_bytes_and_another_gives_others() -> None:
    options = replace(Options(), circumstances=0.3, acts=0.2)
    assert fingerprint(messages(options)) == fingerprint(messages(options))
    assert fingerprint(messages(options)) != fingerprint(messages(options, seed=8))


@pytest.mark.parametrize(
    ("options", "feeds"),
    [
        pytest.param(CALM, set(), id="neither"),
        pytest.param(replace(CALM, circumstances=0.3), {topics.CASE_CIRCUMSTANCES}, id="circumstances"),
        pytest.param(replace(CALM, acts=0.3), {topics.CASE_ACTS}, id="acts"),
        pytest.param(BOTH, {topics.CASE_CIRCUMSTANCES, topics.CASE_ACTS}, id="both"),
    ],
)
def test_each_comes_only_where_it_is_asked_for(options: Options, feeds: set[str]) -> None:
    assert {message.topic for message in messages(options, 600)} & _BESIDE == feeds


def test_they_come_as_often_as_was_asked_for() -> None:
    count = Counter(message.topic for message in messages(BOTH, 8000))
    opened = 120
    assert count[topics.CASE_CIRCUMSTANCES] / (8000 - 5 * opened) == pytest.approx(0.3, abs=0.03)


# ── every kind ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "kind", [Classified, Service, Linked, ComesOfAge, Merged, Unmerged, Erased, Act], ids=lambda kind: kind.__name__
)
def test_every_kind_of_news_comes(kind: type) -> None:
    assert len(facts(kind)) > 5


def test_classifications_of_every_kind_begin_end_and_are_taken_back() -> None:
    found = facts(Classified)
    assert {each.kind for each in found} == {*ClassificationKind}
    assert {each.state for each in found} == {*ClassificationState}


def test_a_service_is_mostly_delivered_once_it_was_asked_for() -> None:
    states: dict[str, list[ServiceState]] = {}
    for each in facts(Service):
        states.setdefault(each.service, []).append(each.state)
    ended = Counter(each[1] for each in states.values() if len(each) > 1)
    assert {each[0] for each in states.values()} == {ServiceState.REQUESTED}
    assert ended[ServiceState.DELIVERED] > 3 * ended[ServiceState.CANCELLED] > 0


def test_links_hold_and_some_end_and_both_cases_are_told_of_most() -> None:
    found = facts(Linked)
    assert {each.held for each in found} == {True, False}
    assert {each.relation for each in found} <= {*Relation}
    told = Counter(each.link for each in found if each.held)
    assert 0.5 < sum(number > 1 for number in told.values()) / len(told) < 0.7


def test_no_case_is_merged_into_one_that_lives_in_it_and_only_what_was_merged_is_parted() -> None:
    into: dict[str, str] = {}
    elsewhere = 0
    for event in events():
        case = event.also_known or event.case  # a young person's that was named with a CRN as well
        match event.fact:
            case Merged(into=other):
                elsewhere += case in into
                into[case] = other
                lives_in = other
                while lives_in in into:
                    lives_in = into[lives_in]
                    assert lives_in != case
            case Unmerged(out_of=other):
                assert into.pop(case) == other
            case _:
                pass
    assert elsewhere > 2


def test_what_is_said_of_a_merge_later_took_effect_later() -> None:
    last: dict[str, datetime] = {}
    for event in events():
        if isinstance(event.fact, Merged | Unmerged):
            assert last.get(event.case, START - timedelta(days=1)) < event.times.effective
            last[event.case] = event.times.effective


def test_actions_are_asked_for_claimed_and_confirmed_by_somebody_else_mostly() -> None:
    owners = {action.action: action.owner for each in facts(Oversight) for action in each.actions}
    claims = [each for each in facts(Act) if each.kind is ActKind.CLAIMED]
    confirmations = [each for each in facts(Act) if each.kind is ActKind.CONFIRMED]
    assert all(each.author == owners[each.action] for each in claims)
    by_others = sum(each.author != owners[each.action] for each in confirmations) / len(confirmations)
    assert 0.8 < by_others < 1
    assert all(each.evidence and each.reference for each in confirmations)


def test_a_claim_that_names_its_record_names_the_one_that_asked() -> None:
    records = {
        action.action: event.sender_id
        for event in events()
        if isinstance(event.fact, Oversight)
        for action in event.fact.actions
    }
    named = [each for each in facts(Act) if each.record is not None]
    assert len(named) > 20
    assert all(each.record == records[each.action] for each in named)


def test_a_few_acts_name_an_escalation_that_nobody_knows() -> None:
    found = Counter(each.kind for each in facts(Act) if each.escalation is not None)
    assert {*found} == {*ActKind} - {ActKind.CLAIMED, ActKind.CONFIRMED}


def test_with_deadlines_some_classifications_end_and_some_services_and_actions_are_due_soon() -> None:
    soon = timedelta(seconds=40)
    found = list(parts(replace(BOTH, deadline_in=soon), 2000))
    told = [part.fact for part in found if isinstance(part, CaseEvent)]
    until = START + soon
    assert sum(isinstance(each, Classified) and START <= (each.ended or until) < until for each in told) > 5
    assert sum(isinstance(each, Service) and START <= (each.due or until) < until for each in told) > 5
    due = [action.due for each in told if isinstance(each, Oversight) for action in each.actions]
    assert sum(START <= (each or until) < until for each in due) > 5


@pytest.mark.parametrize(
    ("born", "turns"),
    [
        pytest.param(date(2010, 5, 3), date(2028, 5, 3), id="on the day"),
        pytest.param(date(2008, 2, 29), date(2026, 3, 1), id="born on a day that does not come again"),
    ],
)
def test_a_person_turns_18_on_their_birthday(born: date, turns: date) -> None:
    assert circumstances._turns_18(born) == turns


def test_where_one_case_is_open_nothing_comes_that_needs_two() -> None:
    chance = Chance(5)
    case = population.case(chance, 0, 17, date(2026, 11, 2))
    told = circumstances.Circumstances(chance)
    at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    found = [told.circumstance([case], at) for _ in range(300)]
    assert {field for draft in found for field in circumstances.FIELDS if draft.record[field] is not None} == {
        "classification", "service", "coming_of_age", "erasure"
    }  # fmt: skip
    assert Acts(chance).act([case], at).feed in (topics.OVERSIGHT_RECORDS, topics.CASE_ACTS)


# ── corrections, and what is bad ─────────────────────────────────────────────────────────────────────────────


def test_all_but_merges_and_birthdays_are_corrected_now_and_then() -> None:
    first: dict[str, dict[str, Any]] = {}
    corrected: Counter[str] = Counter()
    for message in messages(replace(BOTH, corrections=0.3, hearings=False), 6000):
        if message.topic not in _BESIDE:
            continue
        record = schemas.decode(topics.FEEDS[message.topic], message.value)
        before = first.setdefault(record["message_id"], record)
        if before != record:
            corrected[next((field for field in circumstances.FIELDS if record.get(field)), record.get("kind", ""))] += 1
    assert {*corrected} >= {"classification", "service", "link", "erasure", "CLAIMED", "CONFIRMED"}
    assert not {"merge", "unmerge", "coming_of_age"} & {*corrected}


def test_nothing_of_it_is_untranslatable() -> None:
    options = replace(BOTH, duplicates=0.05, corrections=0.1, late=0.05, deadline_in=timedelta(seconds=30))
    assert not [part for part in parts(options, 8000) if isinstance(part, BadPart)]


@pytest.mark.parametrize("kind", [Spoilt.UNKNOWN_ENUM, Spoilt.BAD_DATE, Spoilt.TRUNCATED, Spoilt.NO_CASE])
def test_a_bad_one_is_an_escalation_for_quarantine(kind: Spoilt) -> None:
    options = replace(BOTH, spoilt=1, spoilt_kinds=(kind,))
    bad = [message for message in messages(options, 400) if message.spoilt and message.topic in _BESIDE]
    assert {message.topic for message in bad} == _BESIDE
    for offset, message in enumerate(bad):
        with pytest.raises(Fault):
            wire.translate(message.topic, message.value, Origin(message.topic, 0, offset), message.at, CODEC)


def test_what_says_nothing_in_words_of_a_closed_list_cannot_say_an_unknown_one() -> None:
    for draft in Synth(7, 50, options=BOTH).drafts(1000):
        if draft.feed == topics.CASE_CIRCUMSTANCES and draft.record["merge"] is not None:
            assert not fits(Spoilt.UNKNOWN_ENUM, draft)
