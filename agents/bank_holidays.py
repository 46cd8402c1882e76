"""The bank holidays of England and Wales, as the library that we install has them; never from the network."""

from __future__ import annotations

from datetime import date, timedelta

ENOUGH = timedelta(days=365)
"""A list that reaches less far ahead is told about: deadlines of next year would run on days when nobody works."""


def england_and_wales() -> tuple[date, ...]:
    """Every bank holiday that is known, the earliest first, substitute days instead of those that they replace."""
    # requests, which the library imports and we never call, takes a tenth of a second: only who reads the policy pays.
    from govuk_bank_holidays.bank_holidays import BankHolidays

    known = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return tuple(sorted({holiday["date"] for holiday in known}))


def reach(holidays: tuple[date, ...], today: date) -> timedelta:
    """How far ahead of ``today`` the last of them lies, beyond which the list says nothing; nought if behind. Pure."""
    return max(max(holidays, default=today) - today, timedelta())
