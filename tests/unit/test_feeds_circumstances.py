"""Circumstances: a link of which two cases hear, the 18th birthday, a change of classification."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from streams.circumstances import (
    ComesOfAge,
    Linked,
    Relation,
)
from streams.events import (
    CaseEvent,
    Times,
)
from streams.faults import Untranslatable
from streams.primitives import CaseId
from tests.unit.feed_book import (
    LINK,
    ORIGIN,
    RECEIVED,
    as_event,
    only,
    translate,
)

# ── a link, of which two cases hear ──────────────────────────────────────────────────────────────────────────

LINKED = Linked("l-1", CaseId("youth:leeds/4711"), Relation.SIBLING, True)
LINKED_BACK = Linked("l-1", CaseId("crn:X320741"), Relation.CO_DEFENDANT, True)


def half(path: str, fact: Linked, case: str = "crn:X320741", also_known: str | None = None) -> CaseEvent:
    return replace(
        as_event("circumstances", fact),
        case=CaseId(case),
        origin=replace(ORIGIN, path=path),
        sender_id=f"circumstances/west-yorkshire/m-1{path}",
        also_known=also_known and CaseId(also_known),
    )


THERE, BACK = half("/link", LINKED), half("/link/back", LINKED_BACK, "youth:leeds/4711")


def test_a_link_is_told_to_the_case_that_it_speaks_of() -> None:
    assert translate("circumstances", **only(link=LINK)) == (THERE,)


def test_a_link_with_its_way_back_is_told_to_both_cases_each_a_sighting_of_its_own() -> None:
    assert translate("circumstances", **only(link=LINK | {"relation_back": "CO_DEFENDANT"})) == (THERE, BACK)


def test_a_link_that_is_held_no_more_is_told_to_both_cases() -> None:
    over = LINK | {"relation_back": "CO_DEFENDANT", "held": False}
    assert translate("circumstances", **only(link=over)) == (
        half("/link", replace(LINKED, held=False)),
        half("/link/back", replace(LINKED_BACK, held=False), "youth:leeds/4711"),
    )


def test_each_half_of_a_link_keeps_the_second_id_of_its_own_case() -> None:
    both = {"crn": "AB123456", "youth_case_id": "7", "youth_case_issuer": "kent"}
    link = LINK | {"other": both, "relation_back": "CO_DEFENDANT"}
    mine = {"crn": "X320741", "youth_case_id": "4711", "youth_case_issuer": "leeds"}
    assert translate("circumstances", **only(link=link), case=mine) == (
        half("/link", replace(LINKED, other=CaseId("crn:AB123456")), also_known="youth:leeds/4711"),
        half("/link/back", LINKED_BACK, "crn:AB123456", also_known="youth:kent/7"),
    )


@pytest.mark.parametrize(
    ("path", "parts"), [("/link", (THERE, BACK)), ("/link/back", (BACK,))], ids=["with what is under it", "alone"]
)
def test_a_half_of_a_link_is_replayed_by_its_path(path: str, parts: tuple[CaseEvent, ...]) -> None:
    link = only(link=LINK | {"relation_back": "CO_DEFENDANT"})
    assert translate("circumstances", **link, origin=replace(ORIGIN, path=path)) == parts


@pytest.mark.parametrize(
    ("path", "instead"),
    [("/link/back", only(link=LINK)), ("/lin", only(link=LINK)), ("/link", {})],
    ids=["no way back", "no whole name", "no link"],
)
def test_what_is_not_there_cannot_be_replayed_by_its_path(path: str, instead: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable) as fault:
        translate("circumstances", **instead, origin=replace(ORIGIN, path=path))
    assert (fault.value.reason, fault.value.remedy, fault.value.case) == (
        "there is nothing at this path of the message",
        "replay the whole message instead",
        "crn:X320741",
    )


# ── the 18th birthday ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "midnight"),
    [
        ("2026-06-14T00:00:00Z", "2026-06-13T23:00:00Z"),
        ("2026-06-13T23:00:00Z", "2026-06-13T23:00:00Z"),
        ("2026-06-13T22:59:59.999Z", "2026-06-12T23:00:00Z"),
        ("2026-12-14T00:00:00Z", "2026-12-14T00:00:00Z"),
        ("2026-12-14T23:59:00Z", "2026-12-14T00:00:00Z"),
        ("2026-03-29T12:00:00Z", "2026-03-29T00:00:00Z"),
        ("2026-10-25T12:00:00Z", "2026-10-24T23:00:00Z"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z"),
        ("2100-12-31T23:59:59Z", "2100-12-31T00:00:00Z"),
    ],
    ids=[
        "summer",
        "as London writes its midnight",
        "a moment before",
        "winter",
        "late in the day",
        "the clocks go forward",
        "the clocks go back",
        "the first day",
        "the last day",
    ],
)
def test_somebody_comes_of_age_at_midnight_in_london(given: str, midnight: str) -> None:
    fact = ComesOfAge(datetime.fromisoformat(midnight))
    turns = {"turns_18_on": datetime.fromisoformat(given)}
    assert translate("circumstances", **only(coming_of_age=turns)) == (as_event("circumstances", fact),)


@pytest.mark.parametrize("given", ["0001-01-01T00:00:00Z", "1899-12-31T23:59:59Z", "2101-01-01T00:00:00Z"])
def test_nobody_comes_of_age_outside_1900_to_2100(given: str) -> None:
    with pytest.raises(Untranslatable) as fault:
        translate("circumstances", **only(coming_of_age={"turns_18_on": datetime.fromisoformat(given)}))
    assert (fault.value.reason, fault.value.remedy, fault.value.case) == (
        f"bad dates: coming_of_age.turns_18_on is {given[:10]}, and not of 1900 to 2100",
        "correct the date at the sender and send the record again under the same message id",
        "crn:X320741",
    )


def test_a_classification_occurred_when_its_system_changed_it_not_when_it_started() -> None:
    (event,) = translate("circumstances", occurred_at=None)
    assert event.times == Times(None, None, RECEIVED)
