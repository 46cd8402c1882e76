"""Identifiers of the synthetic feeds: check letters against the published test values, and against our own reading."""

from __future__ import annotations

import re
from datetime import date

import pytest

from agents.sandbox.feeds import numbers, population
from agents.sandbox.feeds.chance import Chance
from streams import identity


@pytest.mark.parametrize(
    ("year", "serial", "letter"),
    [
        pytest.param(1981, 34, "U", id="81/34U"),
        pytest.param(2002, 73319, "Z", id="02/73319Z"),
        pytest.param(2000, 223, "R", id="00/223R"),
        pytest.param(1979, 163001, "B", id="79/163001B"),
        pytest.param(2003, 3, "Y", id="03/3Y"),
        pytest.param(1967, 9893091, "D", id="67/9893091D"),
    ],
)
def test_check_letters_are_those_of_the_person_record_services_test_values(year: int, serial: int, letter: str) -> None:
    assert numbers.check_letter(year, serial) == letter


def test_every_generated_pnc_is_valid_and_canonical() -> None:
    chance = Chance(1)
    drawn = [numbers.pnc(chance) for _ in range(500)]
    assert [identity.pnc(pnc) for pnc in drawn] == drawn


@pytest.mark.parametrize("form", ["CANONICAL", "SHORT", "NO_SLASH"])
def test_a_pnc_means_the_same_in_every_way_of_writing_it(form: str) -> None:
    chance = Chance(2)
    for _ in range(200):
        pnc = numbers.pnc(chance)
        assert identity.pnc(numbers.written(pnc, form)) == pnc


@pytest.mark.parametrize("form", ["EMPTY", "ABSENT", "WRONG_LETTER"])
def test_a_pnc_that_is_missing_or_wrong_is_none(form: str) -> None:
    chance = Chance(3)
    for _ in range(200):
        assert identity.pnc(numbers.written(numbers.pnc(chance), form)) is None


def test_no_two_cases_share_a_reference_and_all_are_of_a_known_shape() -> None:
    chance = Chance(4)
    cases = [population.case(chance, number, 17, date(2026, 11, 2)) for number in range(20_000)]
    ids = {identity.case_ids(**case.reference) for case in cases}
    assert len(ids) == len(cases)
    assert all(second is None for _, second in ids)


def test_uuids_look_like_uuids() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}", numbers.uuid(Chance(5)))
