"""The hashes of a case's record: the same before and after a topic, and no word of an entry left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas import decode, encode
from streams.escalation import EscalationRecord
from streams.events import CaseEvent, CaseId, Origin, Times
from streams.record import chained, digest
from tests.unit import casebook as book

EVENT = book.police()
TOLD: EscalationRecord = book.run([book.assessed(given=book.all_low(public="high")), book.police(book.day(0.01))])[1][0]


def _there_and_back(told: EscalationRecord) -> dict[str, Any]:
    return decode("escalation", encode("escalation", told.record()))


@pytest.mark.parametrize(
    "at",
    [
        book.T0,
        datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
        datetime(1900, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC),
        datetime(2026, 3, 2, 9, 0, 0, 1_999, tzinfo=UTC),
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
    ids=str,
)
def test_a_record_has_the_same_hash_after_it_was_written_and_read_back(at: datetime) -> None:
    told = replace(TOLD, at=at, known_since=at, next_at=None, referred_at=at)
    assert digest(_there_and_back(told)) == digest(told.record())


@given(st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis gives them the zone
def test_whatever_the_time_the_hash_is_the_same_after_the_topic(at: datetime) -> None:
    told = replace(TOLD, at=at, next_at=at)
    assert digest(_there_and_back(told)) == digest(told.record())


def test_a_field_that_a_later_version_appends_changes_no_hash_of_before() -> None:
    record = TOLD.record()
    assert digest({**record, "appended_later": None}) == digest(record)
    assert digest({**record, "appended_later": ""}) != digest(record)


@pytest.mark.parametrize("field", [name for name in EscalationRecord.__struct_fields__ if name != "hash"])
def test_no_field_of_a_record_is_left_out_of_its_hash(field: str) -> None:
    record = TOLD.record()
    was = record[field]
    other = None if was is not None else "said"
    assert digest({**record, field: other}) != digest(record)


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENT, case=CaseId("crn:X000001")),
        replace(EVENT, origin=Origin("feed.v1", 1, 0)),
        replace(EVENT, origin=replace(EVENT.origin, path="/x")),
        replace(EVENT, sender_id="another"),
        replace(EVENT, content_id="0" * 32),
        replace(EVENT, times=Times(None, EVENT.times.recorded, EVENT.times.received)),
        replace(EVENT, times=replace(EVENT.times, recorded=None)),
        replace(EVENT, times=replace(EVENT.times, received=book.day(1))),
        replace(EVENT, also_known=book.YOUTH),
        replace(EVENT, matched_by="pnc"),
        replace(EVENT, forwarded=(CaseId("crn:X000001"),)),
    ],
    ids=[
        "case",
        "place",
        "path",
        "sender",
        "content",
        "occurred",
        "recorded",
        "received",
        "also",
        "matched",
        "through",
    ],
)
def test_no_field_of_an_event_is_left_out_of_the_chain(other: CaseEvent) -> None:
    assert chained("", other, book.T0) != chained("", EVENT, book.T0)


def test_the_chain_depends_on_what_came_before() -> None:
    assert chained("a", EVENT, book.T0) != chained("", EVENT, book.T0)
