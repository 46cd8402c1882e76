"""What all of our own feeds share: whose case a record is about, its dates, the identifiers that a case is known by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import schemas
from agents import topics, wire
from schemas.catalogue import Catalogue
from streams.events import (
    Origin,
)
from streams.faults import Untranslatable
from streams.identity import Identifier, IdentifierKind
from streams.sightings import BadPart, Link, Outcome, OutcomeKind
from tests.unit.feed_book import (
    ALLOCATION,
    CLASSIFICATION,
    EARLIER,
    FEEDS,
    MS,
    ORIGIN,
    RECEIVED,
    REQUIRED,
    SERVICE,
    only,
    translate,
)

# ── whose case ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("feed", FEEDS)
def test_both_ids_at_once_are_kept(feed: str) -> None:
    both = {"crn": "AB123456", "youth_case_id": "4711", "youth_case_issuer": "leeds"}
    (event,) = translate(feed, case=both)
    assert (event.case, event.also_known) == ("crn:AB123456", "youth:leeds/4711")


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("crn", ["x320741", "X32074", "", None, "ABC123456"], ids=repr)
def test_a_case_reference_of_no_known_shape_is_refused(feed: str, crn: str | None) -> None:
    with pytest.raises(Untranslatable):
        translate(feed, case={"crn": crn, "youth_case_id": None, "youth_case_issuer": None})


# ── dates ────────────────────────────────────────────────────────────────────────────────────────────────────

PAST = [
    ("police", "occurred_at"),
    ("assessments", "occurred_at"),
    ("assessments", "started_at"),
    ("assessments", "completed_at"),
    ("oversight", "occurred_at"),
    ("acts", "occurred_at"),
    ("circumstances", "occurred_at"),
    *((feed, "recorded_at") for feed in FEEDS),
]
PLANNED = [
    ("courts", "occurred_at"),
    ("allocations", "occurred_at"),
    ("allocations", "started_at"),
    ("acts", "until_at"),
    ("oversight", "actions[0].due_at"),
    ("circumstances", "classification.started_at"),
    ("circumstances", "classification.review_due_at"),
    ("circumstances", "service.due_at"),
]
ENDS = [("allocations", "ended_at"), ("circumstances", "classification.ended_at")]
BIRTHDAYS = [("circumstances", "coming_of_age.turns_18_on")]  # of certain years: see test_feeds_circumstances
DAY, YEARS = timedelta(days=1), timedelta(days=3653)


def dated(name: str, at: datetime) -> dict[str, Any]:
    """What stands in place of a date of a record, by the name under which it is refused."""
    thing, _, field = name.rpartition(".")
    match thing:
        case "":
            return {field: at}
        case "actions[0]":
            return {"actions": [REQUIRED | {field: at}]}
        case "service":
            return only(service=SERVICE | {field: at})
        case _:
            return only(classification=CLASSIFICATION | {field: at})


def dates_in(schema: Any, name: str = "") -> Iterator[str]:
    """The dates that a schema has, by the names under which they are refused."""
    match schema:
        case [*kinds]:
            for kind in kinds:
                yield from dates_in(kind, name)
        case {"logicalType": str(kind)} if kind.startswith(("timestamp", "date")):
            yield name
        case {"type": "record", "fields": fields}:
            for field in fields:
                yield from dates_in(field["type"], f"{name}.{field['name']}".removeprefix("."))
        case {"type": "array", "items": items}:
            yield from dates_in(items, f"{name}[0]")


def test_every_date_of_every_feed_is_known_to_be_past_or_planned() -> None:
    catalogue = Catalogue(Path(schemas.__file__).parent)
    called = {module.translate: feed for feed, module in FEEDS.items()}
    found = {
        (called.get(translate, topic), name)
        for topic, translate in wire._OWN.items()
        for name in dates_in(json.loads(catalogue.current(topics.FEEDS[topic]).text))
    }
    assert found == {*PAST, *PLANNED, *ENDS, *BIRTHDAYS}


@pytest.mark.parametrize(("feed", "name"), PAST)
def test_what_has_happened_lies_at_most_a_day_ahead(feed: str, name: str) -> None:
    translate(feed, **dated(name, RECEIVED + DAY))
    with pytest.raises(Untranslatable, match="bad dates") as fault:
        translate(feed, **dated(name, RECEIVED + DAY + MS))
    assert fault.value.case == "crn:X320741"
    assert fault.value.remedy


@pytest.mark.parametrize(("feed", "name"), PLANNED)
def test_what_is_planned_may_lie_ten_years_ahead(feed: str, name: str) -> None:
    translate(feed, **dated(name, RECEIVED + YEARS))
    with pytest.raises(Untranslatable) as fault:
        translate(feed, **dated(name, RECEIVED + YEARS + MS))
    assert fault.value.reason == f"bad dates: {name} is 2036-03-02, and the record was received 2026-03-02"


@pytest.mark.parametrize(("feed", "name"), ENDS)
def test_an_end_may_lie_as_far_ahead_as_systems_write_it(feed: str, name: str) -> None:
    (event,) = translate(feed, **dated(name, datetime(9999, 12, 31, tzinfo=UTC)))
    assert event.fact.ended.year == 9999


@pytest.mark.parametrize(("feed", "name"), [*PAST, *PLANNED, *ENDS])
def test_nothing_was_before_1900(feed: str, name: str) -> None:
    translate(feed, **dated(name, datetime(1900, 1, 1, tzinfo=UTC)))
    with pytest.raises(Untranslatable, match="bad dates"):
        translate(feed, **dated(name, datetime(1900, 1, 1, tzinfo=UTC) - MS))


@pytest.mark.parametrize(
    ("feed", "field"),
    [
        *((feed, "message_id") for feed in FEEDS),
        ("courts", "hearing_id"),
        ("assessments", "assessment_id"),
        ("allocations", "allocation_id"),
    ],
)
@pytest.mark.parametrize("text", ["", "  ", "x" * 101, "a\x00b"], ids=["empty", "blank", "too long", "unprintable"])
def test_what_cannot_be_an_id_is_refused(feed: str, field: str, text: str) -> None:
    with pytest.raises(Untranslatable, match=field) as fault:
        translate(feed, **{field: text})
    assert fault.value.case == "crn:X320741"


# ── what the case is known by ────────────────────────────────────────────────────────────────────────────────

GOOD = {"kind": "PNC", "value": "2002/0073319Z", "state": "HELD"}
BAD = {"kind": "PNC", "value": "2002/0073319A", "state": "HELD"}
WRONG = {"kind": "DEFENDANT_ID", "value": "d-1", "state": "WITHDRAWN"}


def link(kind: IdentifierKind, value: str, held: bool = True, origin: Origin = ORIGIN) -> Link:
    return Link(Identifier(kind, value), "crn:X320741", held, EARLIER, origin)  # type: ignore[arg-type]


PNC = link(IdentifierKind.PNC, "2002/0073319Z")
BAD_PART = BadPart(
    "/known_by/1",
    "the identifier (PNC) is not well formed, or its check letter is wrong",
    "correct the identifier at the sender, then replay this part or send the record again",
    "crn:X320741",  # type: ignore[arg-type]
)


def test_an_allocation_gives_its_event_and_its_links() -> None:
    event, *links = translate("allocations", known_by=[GOOD, WRONG])
    assert event.fact == ALLOCATION
    assert links == [PNC, link(IdentifierKind.DEFENDANT, "d-1", held=False)]


def test_of_a_bad_identifier_only_that_part_is_bad() -> None:
    event, *links = translate("allocations", known_by=[GOOD, BAD])
    assert event.fact == ALLOCATION
    assert links == [PNC, BAD_PART]


def test_links_only_changes_nobody() -> None:
    (outcome, link) = translate("allocations", change="LINKS_ONLY", known_by=[GOOD])
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, link) == (OutcomeKind.NOTHING_TO_DO, PNC)


def test_links_only_without_a_link_is_nothing_to_do() -> None:
    (outcome,) = translate("allocations", change="LINKS_ONLY")
    assert isinstance(outcome, Outcome)
    assert (outcome.origin, outcome.kind) == (ORIGIN, OutcomeKind.NOTHING_TO_DO)


def test_a_part_replayed_alone_gives_that_part_alone() -> None:
    path = Origin("feed.v1", 2, 41, "/known_by/1")
    again = translate("allocations", origin=path, known_by=[WRONG, GOOD])
    assert again == (link(IdentifierKind.PNC, "2002/0073319Z", origin=path),)
    assert translate("allocations", origin=path, known_by=[GOOD, BAD]) == (BAD_PART,)


@pytest.mark.parametrize(
    ("occurred", "recorded", "as_of"),
    [
        (EARLIER, None, EARLIER),
        (EARLIER, RECEIVED - MS, RECEIVED - MS),
        (None, None, RECEIVED),
        (RECEIVED + DAY, None, RECEIVED),
    ],
    ids=["when it happened", "rather when it was recorded", "else when it was received", "never ahead"],
)
def test_as_of_when_a_link_is_said(occurred: datetime | None, recorded: datetime | None, as_of: datetime) -> None:
    _, one = translate("allocations", known_by=[GOOD], occurred_at=occurred, recorded_at=recorded)
    assert one.as_of == as_of
