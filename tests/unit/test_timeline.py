"""The awareness timeline: what each line of it says, on histories that went through the one door (P7, P8)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.acts import ActKind
from streams.case import CaseFile
from streams.escalation import Change, EscalationRecord
from streams.events import CaseEvent, Origin
from streams.policy import only
from streams.principles import PRINCIPLES
from streams.rules import RULES
from streams.step import step
from streams.timeline import Referral, Timeline, Version, timeline
from tests.unit import casebook as book

LATE = timedelta(minutes=2)  # from receipt until the case's log has it


def _timeline(events: Iterable[CaseEvent]) -> tuple[Timeline, tuple[EscalationRecord, ...]]:
    log = [(event.times.received + LATE, event) for event in events]
    file: CaseFile | None = None
    told: list[EscalationRecord] = []
    for at, event in log:
        done = step(file, event, only(book.POLICY), at)
        file = done.file
        told += done.escalations
    return timeline(log, told), tuple(told)


RAISED = book.assessed(book.day(0), book.all_low(public="high"), recorded=book.day(0.1), received=book.day(0.2))


def test_an_entry_says_when_it_occurred_was_recorded_received_processed_and_told() -> None:
    found, told = _timeline([RAISED])
    (entry,) = found.entries
    assert (entry.event.times.occurred, entry.event.times.recorded) == (book.day(0), book.day(0.1))
    assert (entry.event.times.received, entry.processed) == (book.day(0.2), book.day(0.2) + LATE)
    assert (entry.version, entry.of) == (Version.FIRST, None)
    first = next(one for one in entry.told if one.rule == "R1")
    assert (first.change, first.at, first.escalation) == (Change.RAISED, entry.processed, told[0].escalation_id)
    assert entry.reached_us_after == timedelta(days=0.2)
    assert entry.told_after(first) == LATE


def test_nothing_is_said_of_delivery_and_sight_while_nothing_is_known_of_them() -> None:
    found, _ = _timeline([RAISED])
    assert all(one.delivered is None and one.seen is None for entry in found.entries for one in entry.told)


def test_an_entry_is_told_in_the_words_of_the_escalation() -> None:
    found, told = _timeline([RAISED])
    assert found.entries[0].summary == told[0].signals[0].summary


def test_what_opened_nothing_and_joined_nothing_was_told_with_nothing() -> None:
    found, _ = _timeline([book.assessed(given=book.all_low()), book.holder(book.day(0.01))])
    assert [entry.told for entry in found.entries] == [(), ()]
    assert found.escalations == ()


def test_what_joins_is_told_when_it_joined_and_not_before() -> None:
    second = book.police(book.day(0.3), name="p2")
    found, _ = _timeline([RAISED, book.police(book.day(0.25)), second])
    (joined,) = [one for one in found.entries[2].told if one.rule == "R2"]
    assert (joined.change, joined.at) == (Change.JOINED, book.day(0.3) + LATE)


def test_an_acknowledgement_is_shown_with_who_and_when_for_what_had_been_told_by_then() -> None:
    _, told = _timeline([RAISED])
    acknowledged = book.act(book.day(0.21), ActKind.ACKNOWLEDGED, told[0].escalation_id)
    found, _ = _timeline([RAISED, acknowledged])
    (first,) = [one for one in found.entries[0].told if one.rule == "R1"]
    assert (first.acknowledged, first.acknowledged_by) == (book.day(0.21) + LATE, "N07B123")
    (aware,) = [one for one in found.escalations if one.rule == "R1"]
    assert (aware.acknowledged, aware.acknowledged_by) == (book.day(0.21) + LATE, "N07B123")


def test_an_acknowledgement_is_none_of_what_joined_after_it() -> None:
    _, told = _timeline([RAISED, book.police(book.day(0.25))])
    escalation = next(one.escalation_id for one in told if one.rule == "R2")
    acknowledged = book.act(book.day(0.26), ActKind.ACKNOWLEDGED, escalation)
    found, _ = _timeline([RAISED, book.police(book.day(0.25)), acknowledged, book.police(book.day(0.27), name="p2")])
    assert [one.acknowledged for one in found.entries[3].told if one.rule == "R2"] == [None]


def test_a_second_delivery_and_a_correction_are_shown_as_such() -> None:
    first = book.police(book.day(0.3))
    again = replace(first, origin=Origin("feed.v1", 0, 8))
    other = book.police(book.day(0.3), recorded=book.day(0.4), received=book.day(0.4))
    corrected = replace(other, fact=replace(other.fact, force="another"), content_id="c" * 32)
    older = replace(other, times=replace(other.times, recorded=book.day(0.1)), content_id="d" * 32)
    found, _ = _timeline([first, again, corrected, older])
    assert [(entry.version, entry.of) for entry in found.entries] == [
        (Version.FIRST, None),
        (Version.AGAIN, str(first.origin)),
        (Version.CORRECTION, str(first.origin)),
        (Version.OLDER, str(corrected.origin)),
    ]


def test_a_deadline_that_passed_is_no_entry() -> None:
    found, _ = _timeline([RAISED, book.passed(book.day(2))])
    assert len(found.entries) == 1


def test_an_escalation_is_known_since_the_first_receipt_and_told_later() -> None:
    found, _ = _timeline([RAISED])
    (aware,) = [one for one in found.escalations if one.rule == "R1"]
    assert (aware.known_since, aware.told, aware.told_after) == (book.day(0.2), book.day(0.2) + LATE, LATE)


@pytest.mark.parametrize(
    ("at", "before", "after"),
    [
        (book.day(0.2) - book.MS, True, False),
        (book.day(0.2), True, False),
        (book.day(0.2) + book.MS, False, True),
    ],
    ids=["before we knew", "at that moment", "after we knew"],
)
def test_whether_the_case_was_referred_is_shown_before_or_after_we_knew(at, before: bool, after: bool) -> None:  # type: ignore[no-untyped-def]
    found, _ = _timeline(sorted([RAISED, book.oversight(at)], key=lambda event: event.times.received))
    (aware,) = [one for one in found.escalations if one.rule == "R1"]
    referral = Referral(at, "N07A001", at)
    assert aware.referred_before == (referral if before else None)
    assert aware.referred_after == (referral if after else None)


def test_a_case_that_nobody_referred_says_so() -> None:
    found, _ = _timeline([RAISED])
    assert {(one.referred_before, one.referred_after) for one in found.escalations} == {(None, None)}


def test_a_referral_that_was_corrected_counts_once_as_it_was_said_last() -> None:
    first = book.oversight(book.day(0.3))
    said = book.oversight(book.day(0.25), recorded=book.day(0.4))
    found, _ = _timeline([RAISED, first, said])
    (aware,) = [one for one in found.escalations if one.rule == "R1"]
    assert aware.referred_after == Referral(book.day(0.25), "N07A001", book.day(0.3))


# ── the principles in words ──────────────────────────────────────────────────────────────────────────────────


def test_every_principle_has_its_sentence() -> None:
    assert list(PRINCIPLES) == [f"P{number}" for number in range(1, 22)]
    assert all(re.fullmatch(r"[A-Z].{20,120}\.", sentence) for sentence in PRINCIPLES.values())


def test_every_rule_names_principles_that_there_are() -> None:
    assert {principle for rule in RULES for principle in rule.principles} <= set(PRINCIPLES)


def test_the_principles_are_read_by_no_rule() -> None:
    streams = Path(__file__).parents[2] / "streams"
    readers = {path.name for path in streams.rglob("*.py") if "streams.principles" in path.read_text("utf-8")}
    assert readers == set(), "they are words for people"
