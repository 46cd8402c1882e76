"""Deadlines in working time: tables, laws, and a naive count of minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.policy.working_time import Counting, Span, WorkingTime

LONDON = ZoneInfo("Europe/London")
HOLIDAYS = frozenset(
    {
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),  # Easter Monday
        date(2026, 12, 25),
        date(2026, 12, 28),  # for Boxing Day, a Saturday
        date(2027, 1, 1),
        date(2027, 12, 27),  # for Christmas Day, a Saturday
        date(2027, 12, 28),  # for Boxing Day, a Sunday
    }
)
OFFICE = WorkingTime("Europe/London", frozenset(range(5)), time(9), time(17), HOLIDAYS)
NIGHTS = WorkingTime("Europe/London", frozenset(range(7)), time(0), time(6), frozenset())  # open when clocks change


def days(number: int) -> Span:
    return Span(Counting.WORKING_DAYS, days=number)


def hours(number: float) -> Span:
    return Span(Counting.WORKING_HOURS, timedelta(hours=number))


def clock(number: float) -> Span:
    return Span(Counting.CLOCK, timedelta(hours=number))


def london(text: str) -> datetime:
    """A time as the clock on the wall in London says it; with a ``+`` the second one of the doubled hour."""
    wall = datetime.fromisoformat(text.rstrip("+")).replace(tzinfo=LONDON, fold=int(text.endswith("+")))
    return wall.astimezone(UTC)


TABLE: tuple[tuple[str, str, Span, str], ...] = (
    # 23 November 2026 is a Monday.
    ("four hours of the clock run through the night", "2026-11-25 22:00", clock(4), "2026-11-26 02:00"),
    ("a day of the clock runs through the weekend", "2026-11-27 16:00", clock(24), "2026-11-28 16:00"),
    ("a day of the clock is 24 hours when clocks go forward", "2026-03-28 12:00", clock(24), "2026-03-29 13:00"),
    ("a day of the clock is 24 hours when clocks go back", "2026-10-24 12:00", clock(24), "2026-10-25 11:00"),
    ("an hour of the clock over the missing hour", "2026-03-29 00:30", clock(1), "2026-03-29 02:30"),
    ("an hour of the clock into the doubled hour", "2026-10-25 01:30", clock(1), "2026-10-25 01:30+"),
    ("working hours within a day", "2026-11-25 10:15", hours(4), "2026-11-25 14:15"),
    ("working hours begun as the office opens", "2026-11-25 09:00", hours(8), "2026-11-25 17:00"),
    ("working hours begun before the office opens", "2026-11-25 03:00", hours(1), "2026-11-25 10:00"),
    ("working hours that end as the office closes", "2026-11-25 13:00", hours(4), "2026-11-25 17:00"),
    ("working hours that end a minute later", "2026-11-25 13:01", hours(4), "2026-11-26 09:01"),
    ("working hours begun as the office closes", "2026-11-25 17:00", hours(1), "2026-11-26 10:00"),
    ("working hours begun a minute before", "2026-11-25 16:59", hours(1), "2026-11-26 09:59"),
    ("working hours begun at night", "2026-11-25 23:59", hours(1), "2026-11-26 10:00"),
    ("working hours over the weekend", "2026-11-27 16:00", hours(4), "2026-11-30 12:00"),
    ("working hours begun on a Saturday", "2026-11-28 12:00", hours(4), "2026-11-30 13:00"),
    ("working hours begun on a Sunday", "2026-11-29 23:00", hours(4), "2026-11-30 13:00"),
    ("working hours over Easter", "2026-04-02 16:00", hours(2), "2026-04-07 10:00"),
    ("working hours of several days", "2026-11-25 12:00", hours(24), "2026-11-30 12:00"),
    ("working hours when clocks go forward over the weekend", "2026-03-27 16:00", hours(2), "2026-03-30 10:00"),
    ("working hours when clocks go back over the weekend", "2026-10-23 16:00", hours(2), "2026-10-26 10:00"),
    ("a working day ends when the office closes on the next", "2026-11-25 10:00", days(1), "2026-11-26 17:00"),
    ("a working day begun as the office opens", "2026-11-25 09:00", days(1), "2026-11-26 17:00"),
    ("a working day begun as the office closes", "2026-11-25 17:00", days(1), "2026-11-26 17:00"),
    ("a working day begun a minute before midnight", "2026-11-25 23:59", days(1), "2026-11-26 17:00"),
    ("a working day begun at midnight", "2026-11-26 00:00", days(1), "2026-11-27 17:00"),
    ("a working day begun on a Friday", "2026-11-27 10:00", days(1), "2026-11-30 17:00"),
    ("a working day begun on a Saturday", "2026-11-28 10:00", days(1), "2026-11-30 17:00"),
    ("a working day begun on a Sunday", "2026-11-29 10:00", days(1), "2026-11-30 17:00"),
    ("a working day over Easter", "2026-04-02 10:00", days(1), "2026-04-07 17:00"),
    ("a working day begun on Good Friday", "2026-04-03 10:00", days(1), "2026-04-07 17:00"),
    ("a working day over Christmas with its substitute day", "2026-12-24 10:00", days(1), "2026-12-29 17:00"),
    ("a working day over a Christmas with two of them", "2027-12-24 10:00", days(1), "2027-12-29 17:00"),
    ("a working day over the year end", "2026-12-31 10:00", days(1), "2027-01-04 17:00"),
    ("ten working days over Christmas and the year end", "2026-12-18 10:00", days(10), "2027-01-06 17:00"),
    ("ten working days of ordinary weeks", "2026-11-25 10:00", days(10), "2026-12-09 17:00"),
    ("a working day when clocks go forward over the weekend", "2026-03-27 10:00", days(1), "2026-03-30 17:00"),
    ("a working day when clocks go back over the weekend", "2026-10-23 10:00", days(1), "2026-10-26 17:00"),
    ("a working day begun in the doubled hour of a Sunday", "2026-10-25 01:30+", days(1), "2026-10-26 17:00"),
    ("a working day begun just before midnight of the summer's clock", "2026-07-01 23:59", days(1), "2026-07-02 17:00"),
    ("a working day begun at midnight of the summer's clock", "2026-07-02 00:00", days(1), "2026-07-03 17:00"),
    (
        "beyond the last bank holiday that is known weekends alone count",
        "2030-12-24 10:00",
        days(1),
        "2030-12-25 17:00",
    ),
)


@pytest.mark.parametrize(("start", "span", "end"), [pytest.param(*row[1:], id=row[0]) for row in TABLE])
def test_a_deadline_of_the_office(start: str, span: Span, end: str) -> None:
    assert OFFICE.after(london(start), span) == london(end)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        pytest.param("2026-03-29 00:00", hours(5), "2026-03-29 06:00", id="a night of five hours holds five"),
        pytest.param("2026-03-29 00:00", hours(6), "2026-03-30 01:00", id="and no sixth"),
        pytest.param("2026-10-25 00:00", hours(7), "2026-10-25 06:00", id="a night of seven hours holds seven"),
        pytest.param("2026-10-25 00:00", hours(2), "2026-10-25 01:00+", id="the second hour of them comes twice"),
        pytest.param(
            "2026-10-24 05:00", hours(3), "2026-10-25 01:00+", id="and does so for one who began the day before"
        ),
        pytest.param(
            "2026-03-28 10:00", days(1), "2026-03-29 06:00", id="a working day ends by the new clock of spring"
        ),
        pytest.param("2026-10-24 10:00", days(1), "2026-10-25 06:00", id="and by the new clock of autumn"),
    ],
)
def test_a_deadline_of_an_office_that_is_open_when_the_clocks_change(start: str, span: Span, end: str) -> None:
    assert NIGHTS.after(london(start), span) == london(end)


@pytest.mark.parametrize("span", [clock(1), hours(1), days(1)], ids=str)
def test_a_start_in_another_zone_is_the_same_moment_and_the_end_is_utc(span: Span) -> None:
    start = london("2026-03-29 00:30")
    for zone in ("Europe/London", "Asia/Tokyo", "America/New_York"):
        end = OFFICE.after(start.astimezone(ZoneInfo(zone)), span)
        assert end == OFFICE.after(start, span)
        assert end.tzinfo is UTC


def test_what_was_counted_before_is_kept_and_what_is_kept_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streams.policy.working_time._KEPT", 3)
    office = WorkingTime("Europe/London", frozenset(range(5)), time(9), time(17), HOLIDAYS)
    begun = [london(f"2026-12-{day} 10:00") for day in range(14, 32)]
    expected = [OFFICE.after(start, days(2)) for start in begun]
    assert [office.after(start, days(2)) for start in (*begun, *begun)] == expected * 2
    assert office._end.cache_info().currsize == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("span", [clock(9999), hours(9999), days(9999)], ids=str)
def test_at_the_far_end_of_the_calendar_a_deadline_is_that_end(span: Span) -> None:
    assert OFFICE.after(datetime(9999, 12, 30, 12, tzinfo=UTC), span) == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "end"),
    [
        (clock(1), datetime(1, 1, 1, 1, tzinfo=UTC)),
        (hours(1), datetime(1, 1, 1, 10, 1, 15, tzinfo=UTC)),  # the sun stood 75 seconds later over London
        (days(1), datetime(1, 1, 2, 17, 1, 15, tzinfo=UTC)),
    ],
    ids=lambda value: str(value),
)
def test_in_the_year_1_which_senders_write_for_not_known_a_deadline_is_near(span: Span, end: datetime) -> None:
    assert OFFICE.after(datetime(1, 1, 1, tzinfo=UTC), span) == end


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 27), True),
        (date(2026, 11, 28), False),
        (date(2026, 11, 29), False),
        (date(2026, 11, 30), True),
        (date(2026, 12, 25), False),
        (date(2026, 12, 28), False),
        (date(2026, 12, 29), True),
    ],
    ids=str,
)
def test_the_office_is_open_on(day: date, works: bool) -> None:
    assert OFFICE.works(day) is works


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (clock(1), "1 hour"),
        (clock(23), "23 hours"),
        (clock(24), "1 day"),
        (clock(25), "25 hours"),
        (clock(55 * 7 * 24), "385 days"),
        (hours(1), "1 working hour"),
        (hours(24), "24 working hours"),
        (days(1), "1 working day"),
        (days(10), "10 working days"),
    ],
    ids=str,
)
def test_a_span_says_itself(span: Span, words: str) -> None:
    assert str(span) == words


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────

MINUTES_OF_A_YEAR = 366 * 24 * 60
offices = st.sampled_from([OFFICE, NIGHTS])
starts = st.integers(0, MINUTES_OF_A_YEAR).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)
some_hours = st.integers(1, 60 * 60).map(lambda minutes: Span(Counting.WORKING_HOURS, timedelta(minutes=minutes)))
some_days = st.integers(1, 40).map(days)
spans = st.one_of(some_hours, some_days, st.integers(1, 60 * 24 * 40).map(lambda minutes: clock(minutes / 60)))


@given(office=offices, start=starts, span=spans)
def test_a_deadline_lies_after_its_start(office: WorkingTime, start: datetime, span: Span) -> None:
    assert office.after(start, span) > start


@given(office=offices, start=starts, later=st.integers(0, 60 * 24 * 10), span=spans)
def test_who_begins_later_is_due_no_sooner(office: WorkingTime, start: datetime, later: int, span: Span) -> None:
    assert office.after(start, span) <= office.after(start + timedelta(minutes=later), span)


@given(office=offices, start=starts, span=some_days)
def test_working_days_end_as_the_office_closes_on_a_working_day(
    office: WorkingTime, start: datetime, span: Span
) -> None:
    end = office.after(start, span).astimezone(LONDON)
    assert office.works(end.date())
    assert end.time() == office.closes


@given(office=offices, start=starts, span=some_days)
def test_one_working_day_more_is_the_next_working_day(office: WorkingTime, start: datetime, span: Span) -> None:
    end = office.after(start, span)
    assert office.after(end, days(1)) == office.after(start, days(span.days + 1))


@given(office=offices, start=starts, first=some_hours, second=some_hours)
def test_working_hours_add_up(office: WorkingTime, start: datetime, first: Span, second: Span) -> None:
    both = Span(Counting.WORKING_HOURS, first.length + second.length)
    assert office.after(office.after(start, first), second) == office.after(start, both)


@given(office=offices, start=starts, span=some_hours)
def test_working_hours_end_while_the_office_is_open(office: WorkingTime, start: datetime, span: Span) -> None:
    end = office.after(start, span).astimezone(LONDON)
    assert office.works(end.date())
    assert office.opens < end.time() <= office.closes


# ── a naive count of minutes ─────────────────────────────────────────────────────────────────────────────────

MINUTE = timedelta(minutes=1)
around_a_change = st.builds(
    lambda day, minute: datetime(2026, *day, tzinfo=UTC) + minute * MINUTE,
    st.sampled_from([(3, 28), (10, 24), (4, 2), (12, 24), (12, 31)]),
    st.integers(0, 2 * 24 * 60),
)


def counted(office: WorkingTime, start: datetime, span: Span) -> datetime:
    """The deadline by walking there minute by minute, looking at the clock on the wall each time."""
    at = start
    if span.counting is Counting.WORKING_HOURS:
        left = span.length // MINUTE
        while left:
            wall = at.astimezone(LONDON)
            left -= office.works(wall.date()) and office.opens <= wall.time() < office.closes
            at += MINUTE
        return at
    passed, today = 0, start.astimezone(LONDON).date()
    while True:
        at += MINUTE
        wall = at.astimezone(LONDON)
        if wall.date() != today:
            today = wall.date()
            passed += office.works(today)
        if passed == span.days and wall.time() == office.closes and office.works(today):
            return at


@settings(max_examples=25, deadline=None)
@given(office=offices, start=st.one_of(starts, around_a_change), minutes=st.integers(1, 20 * 60))
def test_working_hours_are_those_that_are_counted_minute_by_minute(
    office: WorkingTime, start: datetime, minutes: int
) -> None:
    span = Span(Counting.WORKING_HOURS, minutes * MINUTE)
    assert office.after(start, span) == counted(office, start, span)


@settings(max_examples=25, deadline=None)
@given(office=offices, start=st.one_of(starts, around_a_change), number=st.integers(1, 3))
def test_working_days_are_those_that_are_counted_minute_by_minute(
    office: WorkingTime, start: datetime, number: int
) -> None:
    assert office.after(start, days(number)) == counted(office, start, days(number))
