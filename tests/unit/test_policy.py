"""The policy as it is shipped, and what is said of a broken one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from streams.events import Cohort, Domain, Level
from streams.policy import PolicyFaults, Seriousness, Unlisted, parse
from tests.unit.casebook import OFFENCES_TEXT, POLICY, POLICY_TEXT, T0, UNLISTED, hearing, run, said


def faults(text: str = POLICY_TEXT, offences: str = OFFENCES_TEXT) -> tuple[str, ...]:
    with pytest.raises(PolicyFaults) as raised:
        parse(text, offences)
    return raised.value.faults


def test_the_shipped_policy_says_what_p1_says() -> None:
    assert POLICY.thresholds[Cohort.ADULT][Domain.HARM] is Level.HIGH
    assert POLICY.thresholds[Cohort.YOUTH][Domain.HARM] is Level.MEDIUM
    assert POLICY.thresholds[Cohort.YOUTH][Domain.VULNERABILITY] is Level.MEDIUM
    assert all(Domain.REOFFENDING not in thresholds for thresholds in POLICY.thresholds.values())


def test_a_level_is_stale_after_55_weeks() -> None:
    assert POLICY.stale_after == timedelta(weeks=55)


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
    assert POLICY.seriousness(codes) is expected


def test_the_offence_table_is_whole_and_sorted() -> None:
    rows = [line for line in OFFENCES_TEXT.splitlines() if line[0] != "#"][1:]
    assert rows == sorted(rows)
    assert (len(POLICY.offences), sum(POLICY.offences.values())) == (1_070, 915)


def test_an_unlisted_offence_counts_where_the_policy_says_so() -> None:
    policy = parse(POLICY_TEXT.replace('unlisted = "noted"', 'unlisted = "counts"'), OFFENCES_TEXT)
    assert policy.unlisted is Unlisted.COUNTS
    _, told = run((hearing(T0, UNLISTED),), policy=policy)
    assert said(told) == (("R2", "RAISED"),)
    assert "TH68010: seriousness unknown" in told[0].reason


def test_the_version_is_a_hash_of_both_texts_whatever_the_line_endings() -> None:
    assert parse(POLICY_TEXT.replace("\n", "\r\n"), OFFENCES_TEXT).version == POLICY.version
    assert parse(POLICY_TEXT + "# agreed\n", OFFENCES_TEXT).version != POLICY.version
    assert parse(POLICY_TEXT, OFFENCES_TEXT + "ZZ99999,FALSE\n").version != POLICY.version


BROKEN = [
    pytest.param(
        'after = "55 weeks"',
        'after = "55"',
        ('policy.toml: stale.after (\'55\') is not a duration; write it as "55 weeks" or "28 days"',),
        id="a duration without its unit",
    ),
    pytest.param(
        'vulnerability = "medium"',
        'vulnerability = "middling"',
        (
            "policy.toml: threshold.youth.vulnerability ('middling') is not known; "
            "write one of low, medium, high, very-high",
            "policy.toml: picture.youth.sets names 'vulnerability', which has no threshold; "
            "give it one, or take it out",
        ),
        id="a level that is none",
    ),
    pytest.param(
        "[threshold.youth]\n",
        '[threshold.youth]\nreoffending = "high"\n',
        (
            "policy.toml: threshold.youth.reoffending can have no threshold; "
            "take it out: P1 speaks of harm and vulnerability",
        ),
        id="a threshold for reoffending",
    ),
    pytest.param(
        "[stale]",
        "[stail]",
        (
            "policy.toml: stale is missing; add the table [stale]",
            "policy.toml: stail is not known; correct its spelling or take it out",
        ),
        id="a misspelt table",
    ),
    pytest.param(
        'inactive = ["IAVU"]',
        'inactiv = ["IAVU"]',
        (
            'policy.toml: placeholder.inactive is missing; write a list of texts, as ["SPO"]',
            "policy.toml: placeholder.inactiv is not known; correct its spelling or take it out",
        ),
        id="a misspelt key",
    ),
    pytest.param(
        'grades = ["SPO", "ACO", "HEAD OF PDU"]',
        "grades = []",
        ("policy.toml: manager.adult.grades is empty; name at least one",),
        id="no grade at all",
    ),
    pytest.param(
        'source = "P1 names both; AssetPlus judges both (safety and wellbeing is the later name of vulnerability)"\n',
        "",
        ("policy.toml: picture.youth.source is missing; say where the number comes from",),
        id="a number without a source",
    ),
    pytest.param(
        'unlisted = "noted"',
        'unlisted = "ignored"',
        ("policy.toml: offence.unlisted ('ignored') is not known; write one of noted, counts",),
        id="a word that is none",
    ),
    pytest.param(
        'after = "365 days"',
        'after = "7 days"',
        (
            "policy.toml: live.police.for (28 days) must not be longer than horizon.after; shorten it",
            "policy.toml: live.hearing.for (28 days) must not be longer than horizon.after; shorten it",
        ),
        id="a window longer than the horizon",
    ),
]


@pytest.mark.parametrize(("was", "becomes", "expected"), BROKEN)
def test_a_broken_policy_says_key_and_remedy(was: str, becomes: str, expected: tuple[str, ...]) -> None:
    assert was in POLICY_TEXT
    assert faults(POLICY_TEXT.replace(was, becomes)) == expected


def test_all_faults_are_told_at_once() -> None:
    text, offences = POLICY_TEXT, "offence_code,sfo_flag\nSX03001,YES\nsx1,TRUE\nTH68010,TRUE\nTH68010,FALSE\n"
    for param in BROKEN[:3]:
        text = text.replace(str(param.values[0]), str(param.values[1]))
    found = faults(text, offences)
    assert len(found) == 7
    assert found[-3:] == (
        "serious_offences.csv: line 2: write a code of 4 to 8 capital letters and digits, a comma, TRUE or FALSE",
        "serious_offences.csv: line 3: write a code of 4 to 8 capital letters and digits, a comma, TRUE or FALSE",
        "serious_offences.csv: line 5: TH68010 is listed as both TRUE and FALSE; keep the one that is right",
    )


def test_what_is_not_toml_is_told_with_its_place() -> None:
    assert faults("[stale\n") == (
        "policy.toml: it is not TOML: Expected ']' at the end of a table declaration (at line 1, column 7); "
        "correct that place first",
    )


@pytest.mark.parametrize("text", ["", "stale = 5\n", "[stale]\n", "threshold = []\n"], ids=repr)
def test_hardly_any_policy_at_all_is_told_and_not_a_crash(text: str) -> None:
    assert faults(text, "")
