"""The policy as it is shipped, and what is read from which key of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from streams.circumstances import Relation
from streams.events import Cohort, Domain, Level
from streams.policy import (
    NeedsManager,
    Pace,
    Policy,
    RegisterLevel,
    Seriousness,
    Unlisted,
    Urgency,
    Watch,
)
from streams.policy.reading import parse
from streams.policy.working_time import Counting, Span, WorkingTime
from streams.rules import BY_ID

DEPLOY = Path(__file__).parents[2] / "deploy"
POLICY_TEXT = (DEPLOY / "policy.toml").read_text(encoding="utf-8")
OFFENCES_TEXT = (DEPLOY / "serious_offences.csv").read_text(encoding="utf-8")
POLICY = parse(POLICY_TEXT, OFFENCES_TEXT, BY_ID)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def working_days(days: int) -> Span:
    return Span(Counting.WORKING_DAYS, days=days)


def working_hours(hours: int) -> Span:
    return Span(Counting.WORKING_HOURS, hours * HOUR)


def by_the_clock(length: timedelta) -> Span:
    return Span(Counting.CLOCK, length)


def keyed(table: str, was: str, becomes: str, text: str = POLICY_TEXT) -> str:
    """The text with the first ``was`` after the header of the table replaced."""
    before, header, after = text.partition(f"[{table}]\n")
    assert was in after.split("\n[")[0], f"{was!r} is not in [{table}]"
    return before + header + after.replace(was, becomes, 1)


# ── the shipped policy ───────────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_policy_says_what_p1_says() -> None:
    assert POLICY.thresholds[Cohort.ADULT][Domain.HARM] is Level.HIGH
    assert POLICY.thresholds[Cohort.YOUTH][Domain.HARM] is Level.MEDIUM
    assert POLICY.thresholds[Cohort.YOUTH][Domain.VULNERABILITY] is Level.MEDIUM
    assert all(Domain.REOFFENDING not in thresholds for thresholds in POLICY.thresholds.values())


def test_a_level_is_stale_after_55_weeks() -> None:
    assert POLICY.stale_after == timedelta(weeks=55)


MANAGERS = frozenset({"SPO", "ACO", "HEAD OF PDU"})
QUALIFIED = frozenset({"PO", "SPO"})
ANY_OFFICER = frozenset({"PSO", "PQIP", "TPO", "PO", "SPO"})

SHIPPED: tuple[tuple[str, str, object], ...] = (
    ("P1: a level that holds in custody alone crosses nothing", "custody_crosses", False),
    (
        "P1: the level codes of the registers by group",
        "register_levels",
        {"RSKL": Level.LOW, "RSKM": Level.MEDIUM, "RSKH": Level.HIGH, "RSKV": Level.VERY_HIGH},
    ),
    ("P2: three call-outs in 28 days, and fewer than two to leave", "watch", Watch(3, 2, 28 * DAY, 2, True, True)),
    ("P3: what the police say opens for 28 days", "police_live", 28 * DAY),
    ("P4: a hearing opens for 28 days", "hearing_live", 28 * DAY),
    ("P4: an offence that is not listed is noted", "unlisted", Unlisted.NOTED),
    ("P5: a full assessment follows a screening within 15 working days", "assess_after_screening", working_days(15)),
    (
        "P6: these classifications need a manager",
        "needs_manager",
        NeedsManager(
            frozenset({"A"}),
            frozenset({"M2", "M3"}),
            frozenset({"M4"}),
            frozenset({"RVHR", "ASFO", "RTAO", "RCPR"}),
            frozenset(),
        ),
    ),
    ("P9: a raised level is overseen within 10 working days", "oversee_raised", working_days(10)),
    ("P10: an action without a time of its own has 10 working days", "act_within", working_days(10)),
    ("P10: nobody confirms alone", "self_confirming", frozenset()),
    ("P11: an assessment is reviewed within 10 working days of news", "review_after_news", working_days(10)),
    ("P11: a case has a usable level within 15 working days", "level_within", working_days(15)),
    (
        "P11: the office is open from 9 to 5 on working days",
        "hours",
        WorkingTime("Europe/London", frozenset(range(5)), time(9), time(17), frozenset()),
    ),
    (
        "P11: urgent goes by the clock, the others by working time",
        "pace",
        {
            Urgency.URGENT: Pace(*(by_the_clock(hours * HOUR) for hours in (1, 4, 24, 24))),
            Urgency.SOON: Pace(working_hours(4), working_days(1), working_days(1), working_days(2)),
            Urgency.ROUTINE: Pace(*(working_days(days) for days in (1, 3, 5, 10))),
        },
    ),
    (
        "P11: each rule has its urgency",
        "urgency",
        dict.fromkeys(BY_ID, Urgency.ROUTINE)
        | dict.fromkeys(("R1", "R4", "R12"), Urgency.URGENT)
        | dict.fromkeys(("R2", "R5", "R6", "R10"), Urgency.SOON),
    ),
    ("P4, P11: a serious offence is urgent", "urgency_serious", Urgency.URGENT),
    ("P1, P11: a very high level is urgent", "urgency_very_high", Urgency.URGENT),
    ("P12: a service without a time of its own has 20 working days", "deliver_within", working_days(20)),
    ("P12: the chain", "chain", ("case manager's manager", "on-call manager", "head of unit")),
    ("P13: a placeholder's code ends in U", "placeholder_endings", ("U",)),
    ("P13: an inactive one's in IAVU", "inactive_endings", ("IAVU",)),
    ("P18: silence lasts 28 days at most", "suppress_at_most", 28 * DAY),
    ("P18: and 2 days where nobody is attached", "suppress_unmanaged_at_most", 2 * DAY),
    ("P11: it opens again for 28 days", "reopen_within", 28 * DAY),
    ("P20: youth cases are told of linked people", "linked_cohorts", frozenset({Cohort.YOUTH})),
    ("P20: of everybody but the unnamed relation", "linked_relations", frozenset(Relation) - {Relation.OTHER}),
)


@pytest.mark.parametrize(("field", "expected"), [pytest.param(*row[1:], id=row[0]) for row in SHIPPED])
def test_the_shipped_policy_says(field: str, expected: object) -> None:
    assert getattr(POLICY, field) == expected


def test_the_registers_of_risk_of_harm_say_the_level_and_those_by_group_leave_it_to_their_code() -> None:
    overall = {
        code: RegisterLevel(Domain.HARM, level)
        for code, level in zip(("RLRH", "RMRH", "RHRH", "RVHR"), Level, strict=True)
    }
    groups = {"RCHD": Domain.CHILDREN, "REG15": Domain.KNOWN_ADULT, "REG16": Domain.PRISONERS, "REG17": Domain.PUBLIC}
    by_group = {code: RegisterLevel(domain, None) for code, domain in (*groups.items(), ("AV2S", Domain.STAFF))}
    assert POLICY.registers == overall | by_group


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (Level.LOW, ANY_OFFICER),
        (Level.MEDIUM, ANY_OFFICER),
        (Level.HIGH, QUALIFIED),
        (Level.VERY_HIGH, QUALIFIED),
    ],
    ids=str,
)
def test_from_high_on_a_qualified_officer_holds_an_adult_case(level: Level, expected: frozenset[str]) -> None:
    assert POLICY.holder_grades[Cohort.ADULT][level] == expected
    assert POLICY.manager_grades[Cohort.ADULT][level] == MANAGERS


@pytest.mark.parametrize("cohort", Cohort)
@pytest.mark.parametrize("level", Level)
def test_a_higher_level_asks_for_no_fewer_skills(cohort: Cohort, level: Level) -> None:
    for grades in (POLICY.manager_grades[cohort], POLICY.holder_grades[cohort]):
        assert grades[level]
        assert grades[level] <= grades[Level.LOW]


def _tables(values: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tables of the file that hold a number; the inline ones are values of theirs."""
    if at and not all(isinstance(value, dict) for value in values.values()):
        yield at, values
        return
    for key, value in values.items():
        yield from _tables(value, f"{at}.{key}" if at else key)


SHIPPED_TABLES = tuple(_tables(tomllib.loads(POLICY_TEXT)))
CITED = re.compile(
    r"our choice|\bP(?:[1-9]|1[0-9]|2[01])\b|hmpps-|nDelius|OASys|AssetPlus|Rotherham YOS plan|MRD-ui"
    r"|probation: the senior probation officer|youth justice services:"
)


def test_the_tables_of_the_shipped_file_are_all_looked_at() -> None:
    headers = [line[1:-1] for line in POLICY_TEXT.splitlines() if line.startswith("[")]
    assert sorted(headers) == sorted(name for name, _ in SHIPPED_TABLES)


@pytest.mark.parametrize(("name", "table"), SHIPPED_TABLES, ids=[name for name, _ in SHIPPED_TABLES])
def test_every_number_that_is_shipped_says_its_source_and_its_date(name: str, table: Mapping[str, Any]) -> None:
    assert CITED.search(table["source"]), f"{name} cites nothing"
    assert date(2026, 11, 23) <= table["date"] <= date(2026, 11, 25)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("SX03001",), Seriousness.SERIOUS),
        (("COML025",), Seriousness.SERIOUS),
        (("AV82009",), Seriousness.NOT_SERIOUS),
        (("TH68010",), Seriousness.UNKNOWN),
        (("",), Seriousness.UNKNOWN),
        ((), Seriousness.NOT_SERIOUS),
        (("AV82009", "TH68010"), Seriousness.UNKNOWN),
        (("AV82009", "TH68010", "SX03001"), Seriousness.SERIOUS),
    ],
    ids=str,
)
def test_how_serious_offences_are_together(codes: tuple[str, ...], expected: Seriousness) -> None:
    assert POLICY.gravity[codes] is expected


def test_the_offence_table_is_whole_and_sorted() -> None:
    rows = [line for line in OFFENCES_TEXT.splitlines() if line[0] != "#"][1:]
    assert rows == sorted(rows)
    assert (len(POLICY.offences), sum(POLICY.offences.values())) == (1_070, 915)


# ── what is read from where ──────────────────────────────────────────────────────────────────────────────────

OTHER_VALUES: tuple[tuple[str, str, str, str, object], ...] = (
    ("custody", '"shown"', '"counts"', "custody_crosses", True),
    ("stale", "55 weeks", "50 weeks", "stale_after", timedelta(weeks=50)),
    ("placeholder", '["U"]', '["x", "Z"]', "placeholder_endings", ("X", "Z")),
    ("placeholder", '["IAVU"]', '["Q"]', "inactive_endings", ("Q",)),
    ("live.police", "28 days", "36 hours", "police_live", 36 * HOUR),
    ("live.hearing", "28 days", "1 day", "hearing_live", DAY),
    ("horizon", "365 days", "100 weeks", "horizon", timedelta(weeks=100)),
    ("horizon", "365 days", "28 days", "horizon", 28 * DAY),
    ("offence", '"noted"', '"counts"', "unlisted", Unlisted.COUNTS),
    ("watch", "call-outs = 3", "call-outs = 4", "watch", Watch(4, 2, 28 * DAY, 2, True, True)),
    ("watch", "clear-below = 2", "clear-below = 3", "watch", Watch(3, 3, 28 * DAY, 2, True, True)),
    ("watch", "28 days", "27 days", "watch", Watch(3, 2, 27 * DAY, 2, True, True)),
    ("watch", "rising = 2", "rising = 1", "watch", Watch(3, 2, 28 * DAY, 1, True, True)),
    ("watch", "serious-charge = true", "serious-charge = false", "watch", Watch(3, 2, 28 * DAY, 2, False, True)),
    ("watch", "indicators = true", "indicators = false", "watch", Watch(3, 2, 28 * DAY, 2, True, False)),
    ("assessment", 'news = "10 working days"', 'news = "9 days"', "review_after_news", by_the_clock(9 * DAY)),
    ("assessment", 'ing = "15 working days"', 'ing = "1 week"', "assess_after_screening", by_the_clock(7 * DAY)),
    ("assessment", 'level-within = "15', 'level-within = "1', "level_within", working_days(1)),
    ("oversight", "10 working days", "1 working hour", "oversee_raised", working_hours(1)),
    ("action", "10 working days", "3 working hours", "act_within", working_hours(3)),
    ("service", "20 working days", "9999 working days", "deliver_within", working_days(9999)),
    ("urgency", 'serious-offence = "urgent"', 'serious-offence = "soon"', "urgency_serious", Urgency.SOON),
    ("urgency", 'very-high = "urgent"', 'very-high = "routine"', "urgency_very_high", Urgency.ROUTINE),
    ("urgency", 'R13 = "routine"', 'R13 = "soon"', "urgency", {**POLICY.urgency, "R13": Urgency.SOON}),
    ("chain", 'steps = ["case manager\'s manager", ', "steps = [", "chain", ("on-call manager", "head of unit")),
    ("suppression", "28 days", "27 days", "suppress_at_most", 27 * DAY),
    ("suppression", "2 days", "28 days", "suppress_unmanaged_at_most", 28 * DAY),
    ("reopen", "28 days", "5 days", "reopen_within", 5 * DAY),
    ("confirmation", "[]", '["spo"]', "self_confirming", frozenset({"SPO"})),
    ("linked", '["youth"]', "[]", "linked_cohorts", frozenset()),
    ("linked", '"peer"]', '"other"]', "linked_relations", frozenset(Relation) - {Relation.PEER}),
    (
        "needs-manager",
        "flags = []",
        'flags = ["dv"]',
        "needs_manager",
        NeedsManager(
            frozenset({"A"}),
            frozenset({"M2", "M3"}),
            frozenset({"M4"}),
            frozenset({"RVHR", "ASFO", "RTAO", "RCPR"}),
            frozenset({"DV"}),
        ),
    ),
    (
        "register",
        'RCHD = { domain = "children" }',
        'RCHD = { domain = "vulnerability", level = "low" }',
        "registers",
        {**POLICY.registers, "RCHD": RegisterLevel(Domain.VULNERABILITY, Level.LOW)},
    ),
    (
        "register-level",
        'RSKL = "low"',
        'RSKL = "medium"',
        "register_levels",
        {**POLICY.register_levels, "RSKL": Level.MEDIUM},
    ),
    (
        "pace.soon",
        "4 working hours",
        "17 hours",
        "pace",
        {**POLICY.pace, Urgency.SOON: Pace(by_the_clock(17 * HOUR), working_days(1), working_days(1), working_days(2))},
    ),
    (
        "hours",
        '["monday", ',
        '["sunday", ',
        "hours",
        WorkingTime("Europe/London", frozenset({1, 2, 3, 4, 6}), time(9), time(17), frozenset()),
    ),
    ("hours", "Europe/London", "UTC", "hours", WorkingTime("UTC", frozenset(range(5)), time(9), time(17), frozenset())),
    (
        "hours",
        "09:00",
        "08:00",
        "hours",
        WorkingTime("Europe/London", frozenset(range(5)), time(8), time(17), frozenset()),
    ),
    (
        "hours",
        "17:00",
        "23:59",
        "hours",
        WorkingTime("Europe/London", frozenset(range(5)), time(9), time(23, 59), frozenset()),
    ),
)


@pytest.mark.parametrize(
    ("table", "was", "becomes", "field", "expected"), OTHER_VALUES, ids=[f"{row[0]}: {row[2]}" for row in OTHER_VALUES]
)
def test_another_value_in_the_file_is_another_value_of_that_field_alone(
    table: str, was: str, becomes: str, field: str, expected: object
) -> None:
    found = parse(keyed(table, was, becomes), OFFENCES_TEXT, BY_ID)
    other = {name for name in Policy.__struct_fields__ if getattr(found, name) != getattr(POLICY, name)}
    assert other == {field, "version"}
    assert getattr(found, field) == expected


def test_a_level_may_ask_for_other_grades_than_the_rest() -> None:
    text = keyed("manager.adult", "grades = ", 'grades-very-high = ["head of pdu"]\ngrades = ')
    assert parse(text, OFFENCES_TEXT, BY_ID).manager_grades[Cohort.ADULT] == {
        Level.LOW: MANAGERS,
        Level.MEDIUM: MANAGERS,
        Level.HIGH: MANAGERS,
        Level.VERY_HIGH: frozenset({"HEAD OF PDU"}),
    }


def test_the_bank_holidays_are_those_that_are_given_in() -> None:
    days = (date(2026, 12, 28), date(2026, 12, 25), date(2026, 12, 25))
    assert parse(POLICY_TEXT, OFFENCES_TEXT, BY_ID, days).hours.holidays == frozenset(days)


def test_the_version_is_a_hash_of_both_texts_whatever_the_line_endings() -> None:
    assert parse(POLICY_TEXT.replace("\n", "\r\n"), OFFENCES_TEXT, BY_ID).version == POLICY.version
    assert parse(POLICY_TEXT + "# agreed\n", OFFENCES_TEXT, BY_ID).version != POLICY.version
    assert parse(POLICY_TEXT, OFFENCES_TEXT + "ZZ99999,FALSE\n", BY_ID).version != POLICY.version


def test_the_version_covers_the_bank_holidays_in_the_order_of_the_calendar() -> None:
    given = ("2026-12-28", "2026-04-03", "2026-01-01", "2026-04-06", "2027-01-01", "2026-12-25", "2026-12-25")
    version = parse(POLICY_TEXT, OFFENCES_TEXT, BY_ID, map(date.fromisoformat, given)).version
    whole = "\0".join((POLICY_TEXT.rstrip("\n"), OFFENCES_TEXT.rstrip("\n"), *sorted(set(given))))
    assert version == blake2b(whole.encode(), digest_size=8).hexdigest()
    assert version != POLICY.version
