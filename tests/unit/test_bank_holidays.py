"""The bank holidays that come with the program, and how far they reach."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from agents import bank_holidays

DAY = timedelta(days=1)


def test_the_bank_holidays_are_those_of_england_and_wales_substitute_days_included() -> None:
    days = bank_holidays.england_and_wales()
    assert days == tuple(sorted(set(days)))
    assert [day for day in days if day.year == 2026] == [
        date(2026, 1, 1),
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),
        date(2026, 5, 4),
        date(2026, 5, 25),
        date(2026, 8, 31),
        date(2026, 12, 25),
        date(2026, 12, 28),  # for Boxing Day, a Saturday
    ]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 12, 27), DAY),
        (date(2026, 12, 28), timedelta()),
        (date(2026, 12, 29), timedelta()),
        (date(2025, 12, 28), bank_holidays.ENOUGH),
    ],
    ids=str,
)
def test_how_far_the_list_of_bank_holidays_reaches(today: date, expected: timedelta) -> None:
    assert bank_holidays.reach((date(2026, 12, 28), date(2026, 12, 25)), today) == expected


def test_no_list_of_bank_holidays_reaches_nowhere() -> None:
    assert bank_holidays.reach((), date(2026, 11, 25)) == timedelta()
