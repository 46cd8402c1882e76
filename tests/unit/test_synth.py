"""The synthetic feeds: the same seed gives the same bytes, shares are those of the table, and all of it is readable."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice, pairwise
from typing import Any

import msgspec
import pytest

import schemas
from agents import topics, wire
from agents.sandbox.feeds import rates
from agents.sandbox.feeds.population import Draft
from agents.sandbox.feeds.spoilt import EVERYDAY, Spoilt
from agents.sandbox.feeds.synth import START, Message, Options, Synth
from schemas import Codec
from streams.events import CaseEvent, Origin
from streams.faults import Fault
from streams.sightings import BadPart, Link, Outcome, OutcomeKind, Part, Sighting

CALM = Options(duplicates=0, corrections=0, late=0, spoilt=0)
SEED = 7
CODEC = Codec()


def fingerprint(messages: Iterator[Message]) -> str:
    seen = sha256()
    for message in messages:
        seen.update(repr((message.topic, message.key, message.value, message.at, message.spoilt)).encode())
    return seen.hexdigest()


def record(message: Message) -> dict[str, Any]:
    return schemas.decode(topics.FEEDS[message.topic], message.value)


def drafts(number: int, options: Options = CALM, cases: int = 300) -> list[Draft]:
    return list(Synth(SEED, cases, options=options).drafts(number))


def of(feed: str, found: list[Draft]) -> list[dict[str, Any]]:
    return [draft.record for draft in found if draft.feed == feed]


# ── the same again ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_seed_gives_the_same_bytes_in_another_process_and_another_seed_gives_others() -> None:
    program = (
        "from hashlib import sha256\n"
        "from agents.sandbox.feeds.synth import Synth\n"
        "seen = sha256()\n"
        "for m in Synth(7, 100).messages(2000):\n"
        "    seen.update(repr((m.topic, m.key, m.value, m.at, m.spoilt)).encode())\n"
        "print(seen.hexdigest())"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert fingerprint(Synth(7, 100).messages(2000)) == elsewhere
    assert fingerprint(Synth(8, 100).messages(2000)) != elsewhere


def test_a_shorter_stream_is_the_beginning_of_a_longer_one() -> None:
    shorter = list(Synth(SEED, 100).messages(500))
    assert list(islice(Synth(SEED, 100).messages(), len(shorter))) == shorter


def test_bad_records_stand_beside_the_good_ones_and_change_none_of_them() -> None:
    without = list(Synth(SEED, 100, options=replace(CALM, duplicates=0.1)).messages(2000))
    with_them = Synth(SEED, 100, options=replace(CALM, duplicates=0.1, spoilt=0.2)).messages(2000)
    assert [message for message in with_them if message.spoilt is None] == without


# ── its own account of itself ────────────────────────────────────────────────────────────────────────────────


def test_it_says_how_many_messages_and_how_many_bad_ones_of_each_kind_it_sent() -> None:
    synth = Synth(SEED, 100, options=replace(Options(), spoilt=0.1))
    messages = list(synth.messages(3000))
    assert synth.sent == Counter(message.topic for message in messages)
    assert synth.spoilt == Counter(message.spoilt for message in messages if message.spoilt is not None)
    assert sum(message.spoilt is None for message in messages) == 3000
    assert set(synth.spoilt) == set(EVERYDAY)


def test_times_never_go_back_and_follow_the_rate() -> None:
    times = [message.at for message in Synth(SEED, 100, options=Options(rate=100)).messages(2000)]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert timedelta(seconds=20) <= times[-1] - START < timedelta(seconds=25)


# ── what comes in ────────────────────────────────────────────────────────────────────────────────────────────


def test_every_good_record_is_read_back_as_it_was_written() -> None:
    synth = Synth(SEED, 200, options=Options(spoilt=0))
    for draft in synth.drafts(3000):
        value = synth.encoded(draft)
        if draft.feed == topics.COURT_HEARINGS:
            assert msgspec.json.decode(value) == msgspec.to_builtins(draft.record)
        else:
            written = schemas.decode(topics.FEEDS[draft.feed], value)
            assert written == draft.record


def test_all_six_feeds_carry_messages() -> None:
    # Acts and circumstances are not among them: the synthetic feeds bring news, and nobody in them answers it.
    assert {draft.feed for draft in drafts(500)} == {*topics.FEEDS} - {topics.CASE_ACTS, topics.CASE_CIRCUMSTANCES}


def test_duplicates_are_the_very_same_bytes_and_corrections_the_same_id_with_other_content() -> None:
    options = replace(CALM, hearings=False, duplicates=0.05, corrections=0.05)
    by_id: dict[str, set[bytes]] = {}
    count: Counter[str] = Counter()
    for message in Synth(SEED, 200, options=options).messages(5000):
        name = record(message)["message_id"]
        by_id.setdefault(name, set()).add(message.value or b"")
        count[name] += 1
    corrected = sum(len(contents) > 1 for contents in by_id.values())
    again = sum(number > len(by_id[name]) for name, number in count.items())
    assert corrected == pytest.approx(250, abs=60)
    assert again == pytest.approx(250, abs=60)


def test_no_id_comes_twice_when_duplicates_and_corrections_are_off() -> None:
    ids = [found["message_id"] for draft in drafts(3000) if (found := draft.record) and "message_id" in found]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("late", [0.0, 0.3])
def test_a_manager_may_come_before_the_case_manager_only_when_messages_are_late(late: float) -> None:
    first: dict[str, str] = {}
    for found in of(topics.CASE_ALLOCATIONS, drafts(4000, replace(CALM, late=late))):
        first.setdefault(str(found["case"]["youth_case_id"] or found["case"]["crn"]), found["role"])
    assert ("MANAGER" in first.values()) == (late > 0)


def test_with_deadlines_some_managers_go_and_some_levels_go_stale_soon_after_the_start() -> None:
    start = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    soon = timedelta(seconds=40)
    found = list(Synth(SEED, 300, start=start, options=replace(CALM, deadline_in=soon)).drafts(3000))
    ends = [each["ended_at"] for each in of(topics.CASE_ALLOCATIONS, found) if each["ended_at"]]
    ending = [end for end in ends if start <= end < start + soon]
    stale = [
        each
        for each in of(topics.ASSESSMENT_UPDATES, found)
        if each["completed_at"] and start <= each["completed_at"] + timedelta(weeks=55) < start + soon
    ]
    assert len(ending) > 40
    assert len(stale) > 40
    assert {each["status"] for each in stale} == {"COMPLETE"}


# ── shares ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_shares_come_out_as_the_table_says() -> None:
    found = drafts(12_000, cases=3000)
    police, hearings = of(topics.POLICE_NOTIFICATIONS, found), of(topics.COURT_HEARINGS, found)
    calls = [each for each in police if each["kind"] == "CALL_OUT"]
    openings = [each for each in of(topics.CASE_ALLOCATIONS, found) if each["role"] == "CASE_MANAGER"]
    first_links = [each for each in openings if each["change"] == "ATTACHED"]
    assessed = of(topics.ASSESSMENT_UPDATES, found)
    shares = {
        "youth": sum(each["case"]["youth_case_id"] is not None for each in first_links) / len(first_links),
        "late links": sum(not each["known_by"] for each in first_links) / len(first_links),
        "call-outs": len(calls) / len(police),
        "high": sum(each["grade"] == "HIGH" for each in calls) / len(calls),
        "open": sum(each["status"] == "OPEN" for each in assessed) / len(assessed),
        "enveloped": sum("Message" in each for each in hearings) / len(hearings),
    }
    deleted = rates.HEARING.parts["DELETED"]
    expected = {
        "youth": rates.YOUTH.share,
        "late links": rates.LATE_LINK.share,
        "call-outs": rates.POLICE_KIND.parts["CALL_OUT"],
        "high": rates.CALL_OUT_GRADE.parts["HIGH"],
        "open": rates.STATE.parts["OPEN"],
        "enveloped": rates.ENVELOPE.share * (1 - deleted) + deleted,
    }
    assert shares == pytest.approx(expected, abs=0.03)


def test_the_numbers_with_a_source_are_the_sources_numbers() -> None:
    assert (rates.DA_PERPETRATOR.share, rates.DA_ASSESSED.share, rates.OVERSEEN.share) == (0.30, 0.28, 1 - 0.72)


def test_a_mix_whose_shares_do_not_sum_to_one_is_refused() -> None:
    with pytest.raises(ValueError, match="sum to"):
        rates.Mix("broken", {"A": 0.5, "B": 0.4})


# ── what the program makes of it ─────────────────────────────────────────────────────────────────────────────


def translated(message: Message, offset: int) -> tuple[Part, ...]:
    origin = Origin(message.topic, 0, offset)
    return wire.translate(message.topic, message.value, origin, message.at, CODEC)


def test_every_good_message_can_be_put_in_our_words() -> None:
    parts = [
        part
        for offset, message in enumerate(Synth(SEED, 200, options=Options(spoilt=0)).messages(3000))
        for part in translated(message, offset)
    ]
    assert not [part for part in parts if isinstance(part, BadPart)]
    outcomes = {part.kind for part in parts if isinstance(part, Outcome)}
    assert outcomes >= {OutcomeKind.ORGANISATION, OutcomeKind.EMPTY}
    assert {type(part) for part in parts} == {CaseEvent, Link, Sighting, Outcome}


@pytest.mark.parametrize("kind", Spoilt)
def test_every_bad_record_is_one_escalation_for_quarantine(kind: Spoilt) -> None:
    for offset, message in enumerate(spoilt(kind)[:100]):
        try:
            parts = translated(message, offset)
        except Fault:
            continue
        assert [part for part in parts if isinstance(part, BadPart)] == list(parts)
        assert len(parts) == 1


# ── what is spoilt cannot be read ────────────────────────────────────────────────────────────────────────────


def spoilt(kind: Spoilt, largest: int = 5000) -> list[Message]:
    options = replace(CALM, spoilt=1, spoilt_kinds=(kind,), largest=largest)
    return [message for message in Synth(SEED, 50, options=options).messages(400) if message.spoilt]


@pytest.mark.parametrize("kind", Spoilt)
def test_each_kind_can_be_had_alone(kind: Spoilt) -> None:
    assert {message.spoilt for message in spoilt(kind)} == {kind}


@pytest.mark.parametrize("kind", [Spoilt.TRUNCATED, Spoilt.WRONG_SCHEMA, Spoilt.UNKNOWN_ENUM, Spoilt.BAD_DATE])
def test_spoilt_avro_cannot_be_read(kind: Spoilt) -> None:
    for message in spoilt(kind):
        with pytest.raises(schemas.NotReadable):
            record(message)


def test_a_record_that_names_no_case_can_be_read_and_names_none() -> None:
    assert {record(message)["case"]["crn"] for message in spoilt(Spoilt.NO_CASE)} == {"40-ABC"}


def test_a_large_record_is_as_large_as_asked() -> None:
    assert {len(message.value or b"") for message in spoilt(Spoilt.TOO_LARGE, 5000)} == {5000}
