"""What is said of a broken policy: line, key and remedy, all at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streams.policy.reading import PolicyFaults, parse
from streams.rules import BY_ID

DEPLOY = Path(__file__).parents[2] / "deploy"
POLICY_TEXT = (DEPLOY / "policy.toml").read_text(encoding="utf-8")
OFFENCES_TEXT = (DEPLOY / "serious_offences.csv").read_text(encoding="utf-8")


def faults(text: str = POLICY_TEXT, offences: str = OFFENCES_TEXT) -> tuple[str, ...]:
    with pytest.raises(PolicyFaults) as raised:
        parse(text, offences, BY_ID)
    return raised.value.faults


def broken(was: str, becomes: str, text: str = POLICY_TEXT) -> str:
    assert text.count(was) == 1, f"{was!r} is there {text.count(was)} times"
    return text.replace(was, becomes)


def keyed(table: str, was: str, becomes: str, text: str = POLICY_TEXT) -> str:
    """The text with the first ``was`` after the header of the table replaced."""
    before, header, after = text.partition(f"[{table}]\n")
    assert was in after.split("\n[")[0], f"{was!r} is not in [{table}]"
    return before + header + after.replace(was, becomes, 1)


SPAN = '"4 hours", "4 working hours" or "10 working days"'
DATE = "2026-11-23, without quotes"
CITED = '"P12"'
KNOWN = "one of noted, counts"
DURATION = '"55 weeks" or "28 days"'
LEVELS = "low, medium, high, very-high"
DOMAINS = "children, public, known-adult, staff, prisoners, harm, vulnerability, reoffending"
RELATIONS = "sibling, child-of-household, parent, partner, co-defendant, victim, peer, other"
LONDON = '"Europe/London"'
PICTURE = 'sets = [["harm", "v'
DAYS = "monday, tuesday, wednesday, thursday, friday, saturday, sunday"

Told = tuple[str, str, str]
"""How the line begins on which a fault must be told what is said of which key, and the remedy."""

BROKEN: tuple[tuple[str, str, str, str, tuple[Told, ...]], ...] = (
    (
        "a duration without its unit",
        "stale",
        'after = "55 weeks"',
        'after = "55"',
        (('after = "55"', "stale.after ('55') is not a duration by the clock", f"write it as {DURATION}"),),
    ),
    (
        "a duration of nought",
        "stale",
        'after = "55 weeks"',
        'after = "0 days"',
        (('after = "0', "stale.after ('0 days') is not a duration by the clock", f"write it as {DURATION}"),),
    ),
    (
        "a duration without quotes",
        "stale",
        'after = "55 weeks"',
        "after = 55",
        (("after = 55", "stale.after (55) is not a duration by the clock", f"write it as {DURATION}"),),
    ),
    (
        "working days where the clock counts",
        "stale",
        'after = "55 weeks"',
        'after = "55 working days"',
        (
            (
                'after = "55',
                "stale.after ('55 working days') is not a duration by the clock",
                f"write it as {DURATION}",
            ),
        ),
    ),
    (
        "working weeks, which nobody knows",
        "action",
        'within = "10 working days"',
        'within = "2 working weeks"',
        (('within = "2 ', "action.within ('2 working weeks') is not a time", f"write it as {SPAN}"),),
    ),
    (
        "a time that is missing",
        "pace.soon",
        'oversee = "1 working day"\n',
        "",
        (("[pace.soon]", "pace.soon.oversee is missing", f"write a time, as {SPAN}"),),
    ),
    (
        "a level that is none",
        "threshold.youth",
        'vulnerability = "medium"',
        'vulnerability = "middling"',
        (
            (
                'vulnerability = "middling"',
                "threshold.youth.vulnerability ('middling') is not a known word",
                f"write it as one of {LEVELS}",
            ),
            (
                'sets = [["harm", "vuln',
                "picture.youth.sets names 'vulnerability', which has no threshold",
                "give it one, or take it out",
            ),
        ),
    ),
    (
        "a threshold for reoffending",
        "threshold.youth",
        'harm = "medium"\n',
        'harm = "medium"\nreoffending = "high"\n',
        (
            (
                "reoffending",
                "threshold.youth.reoffending can have no threshold",
                "take it out: P1 speaks of harm and vulnerability",
            ),
        ),
    ),
    (
        "sets that are no lists",
        "picture.youth",
        '[["harm", "vulnerability"]]',
        '["harm", "vulnerability"]',
        (
            (
                'sets = ["harm"',
                "picture.youth.sets (['harm', 'vulnerability']) is not a list of lists of domains",
                'write it as [["harm"], ["children", "public"]]',
            ),
        ),
    ),
    (
        "a misspelt key",
        "placeholder",
        'inactive = ["IAVU"]',
        'inactiv = ["IAVU"]',
        (
            ("[placeholder]", "placeholder.inactive is missing", 'write a list of texts, as ["SPO"]'),
            ("inactiv ", "placeholder.inactiv is not known", "correct its spelling or take it out"),
        ),
    ),
    (
        "no grade at all",
        "manager.adult",
        'grades = ["SPO", "ACO", "HEAD OF PDU"]',
        "grades = []",
        (("grades = []", "manager.adult.grades is empty", "name at least one"),),
    ),
    (
        "no grade at one level",
        "holder.adult",
        'grades-very-high = ["PO", "SPO"]',
        "grades-very-high = []",
        (("grades-very-high = []", "holder.adult.grades-very-high is empty", "name at least one"),),
    ),
    (
        "grades of a level that is none",
        "holder.adult",
        "grades-very-high",
        "grades-veryhigh",
        (("grades-veryhigh", "holder.adult.grades-veryhigh is not known", "correct its spelling or take it out"),),
    ),
    (
        "a grade that is no list",
        "manager.adult",
        'grades = ["SPO", "ACO", "HEAD OF PDU"]',
        'grades = "SPO"',
        (('grades = "SPO"', "manager.adult.grades ('SPO') is not a list of texts", 'write it as ["SPO"]'),),
    ),
    (
        "a number without a source",
        "chain",
        'source = "P12"\n',
        "",
        (("[chain]", "chain.source is missing", 'write the source of the number, as "P12"'),),
    ),
    (
        "a source that says nothing",
        "chain",
        'source = "P12"',
        'source = " "',
        (('source = " "', "chain.source (' ') is not the source of the number", 'write it as "P12"'),),
    ),
    (
        "a date in quotes",
        "chain",
        "date = 2026-11-25",
        'date = "2026-11-25"',
        (
            (
                'date = "',
                "chain.date ('2026-11-25') is not the date when the number was set",
                f"write it as {DATE}",
            ),
        ),
    ),
    (
        "a word that is none",
        "offence",
        'unlisted = "noted"',
        'unlisted = "ignored"',
        (
            (
                'unlisted = "ignored"',
                "offence.unlisted ('ignored') is not a known word",
                f"write it as {KNOWN}",
            ),
        ),
    ),
    (
        "custody that does something else",
        "custody",
        '"shown"',
        "[]",
        (("levels = []", "custody.levels ([]) is not a known word", "write it as one of shown, counts"),),
    ),
    (
        "windows longer than the horizon",
        "horizon",
        'after = "365 days"',
        'after = "7 days"',
        (
            ('within = "28 days"', "watch.within (28 days) must not be longer than horizon.after", "shorten it"),
            ("for = ", "live.police.for (28 days) must not be longer than horizon.after", "shorten it"),
            ("for = ", "live.hearing.for (28 days) must not be longer than horizon.after", "shorten it"),
        ),
    ),
    (
        "a register of no domain that is known",
        "register",
        'REG17 = { domain = "public" }',
        'REG17 = { domain = "publick" }',
        (("REG17", "register.REG17.domain ('publick') is not a known word", f"write it as one of {DOMAINS}"),),
    ),
    (
        "a register of a domain without a threshold",
        "register",
        'REG17 = { domain = "public" }',
        'REG17 = { domain = "reoffending" }',
        (("REG17", "register.REG17.domain ('reoffending') has no threshold", "give it one, or take the register out"),),
    ),
    (
        "a register of no level that is known",
        "register",
        'level = "very-high"',
        'level = "VERY HIGH"',
        (("RVHR", "register.RVHR.level ('VERY HIGH') is not a known word", f"write it as one of {LEVELS}"),),
    ),
    (
        "a register without a domain and with a misspelt key",
        "register",
        "RVHR = { domain = ",
        "RVHR = { domaine = ",
        (
            ("RVHR", "register.RVHR.domain is missing", f"write a known word, as one of {DOMAINS}"),
            ("RVHR", "register.RVHR.domaine is not known", "correct its spelling or take it out"),
        ),
    ),
    (
        "a register in small letters",
        "register",
        "RVHR = ",
        "rvhr = ",
        (("rvhr", "register.rvhr is not the code of a register", "write it in capitals and digits, as RVHR"),),
    ),
    (
        "a register that is a text",
        "register",
        'REG17 = { domain = "public" }',
        'REG17 = "public"',
        (("REG17", "register.REG17 is not a table", "write it as [register.REG17]"),),
    ),
    (
        "a level code of no level that is known",
        "register-level",
        'RSKL = "low"',
        'RSKL = "none"',
        (('RSKL = "none"', "register-level.RSKL ('none') is not a known word", f"write it as one of {LEVELS}"),),
    ),
    (
        "classifications that are no list",
        "needs-manager",
        'tiers = ["A"]',
        'tiers = "A"',
        (('tiers = "A"', "needs-manager.tiers ('A') is not a list of texts", 'write it as ["SPO"]'),),
    ),
    (
        "a number in quotes",
        "watch",
        "call-outs = 3",
        'call-outs = "3"',
        (("call-outs", "watch.call-outs ('3') is not a number from 1 up", "write it as 3, without quotes"),),
    ),
    (
        "a number of nought",
        "watch",
        "rising = 2",
        "rising = 0",
        (("rising", "watch.rising (0) is not a number from 1 up", "write it as 3, without quotes"),),
    ),
    (
        "true where a number is asked for",
        "watch",
        "rising = 2",
        "rising = true",
        (("rising", "watch.rising (true) is not a number from 1 up", "write it as 3, without quotes"),),
    ),
    (
        "a word where true or false is asked for",
        "watch",
        "indicators = true",
        'indicators = "yes"',
        (("indicators", "watch.indicators ('yes') is not a truth value", "write it as true or false, without quotes"),),
    ),
    (
        "a lower edge above the upper one",
        "watch",
        "clear-below = 2",
        "clear-below = 4",
        (
            (
                "clear-below",
                "watch.clear-below (4) must not be above watch.call-outs (3)",
                "lower it: it is the edge at which a watch ends",
            ),
        ),
    ),
    (
        "a zone that is none",
        "hours",
        '"Europe/London"',
        '"London"',
        (("zone", "hours.zone ('London') is not a time zone", 'write it as "Europe/London"'),),
    ),
    (
        "a zone outside the database",
        "hours",
        '"Europe/London"',
        '"../London"',
        (("zone", "hours.zone ('../London') is not a time zone", 'write it as "Europe/London"'),),
    ),
    (
        "a zone that is a folder of them",
        "hours",
        '"Europe/London"',
        '"Europe"',
        (("zone", "hours.zone ('Europe') is not a time zone", 'write it as "Europe/London"'),),
    ),
    (
        "a day that is none",
        "hours",
        '"monday"',
        '"Mon"',
        (("days", "hours.days names 'Mon', which is not known", f"write some of {DAYS}"),),
    ),
    (
        "a time of day that is none",
        "hours",
        '"09:00"',
        '"9:00"',
        (("opens", "hours.opens ('9:00') is not a time of day", 'write it as "09:00", in quotes'),),
    ),
    (
        "a time of day without quotes",
        "hours",
        '"09:00"',
        "09:00:00",
        (("opens", "hours.opens (09:00:00) is not a time of day", 'write it as "09:00", in quotes'),),
    ),
    (
        "an office that never opens",
        "hours",
        '"17:00"',
        '"09:00"',
        (("closes", "hours.closes (09:00) must be after hours.opens (09:00)", "write a later time of the same day"),),
    ),
    (
        "a rule without an urgency",
        "urgency",
        'R7 = "routine"\n',
        "",
        (("[urgency]", "urgency.R7 is missing", "write a known word, as one of routine, soon, urgent"),),
    ),
    (
        "an urgency of a rule that is none",
        "urgency",
        'R13 = "routine"',
        'R13 = "routine"\nR14 = "routine"',
        (("R14", "urgency.R14 is not known", "correct its spelling or take it out"),),
    ),
    (
        "an urgency that is none",
        "urgency",
        'R12 = "urgent"',
        'R12 = "at once"',
        (("R12", "urgency.R12 ('at once') is not a known word", "write it as one of routine, soon, urgent"),),
    ),
    (
        "to acknowledge as late as to oversee, by the clock",
        "pace.urgent",
        'acknowledge = "1 hour"',
        'acknowledge = "24 hours"',
        (
            (
                'acknowledge = "24',
                "pace.urgent.acknowledge (1 day) can end as late as pace.urgent.oversee (1 day)",
                "shorten it, or give the oversight longer",
            ),
        ),
    ),
    (
        "to acknowledge in working hours, and to oversee by the clock, which a weekend stands between",
        "pace.urgent",
        'acknowledge = "1 hour"',
        'acknowledge = "1 working hour"',
        (
            (
                'acknowledge = "1 working hour',
                "pace.urgent.acknowledge (1 working hour) can end as late as pace.urgent.oversee (1 day)",
                "shorten it, or give the oversight longer",
            ),
        ),
    ),
    (
        "to acknowledge in as many working hours as the working day has",
        "pace.soon",
        'acknowledge = "4 working hours"',
        'acknowledge = "8 working hours"',
        (
            (
                'acknowledge = "8',
                "pace.soon.acknowledge (8 working hours) can end as late as pace.soon.oversee (1 working day)",
                "shorten it, or give the oversight longer",
            ),
        ),
    ),
    (
        "to acknowledge by the clock when the office of the next day has closed",
        "pace.soon",
        'acknowledge = "4 working hours"',
        'acknowledge = "18 hours"',
        (
            (
                'acknowledge = "18',
                "pace.soon.acknowledge (18 hours) can end as late as pace.soon.oversee (1 working day)",
                "shorten it, or give the oversight longer",
            ),
        ),
    ),
    (
        "no chain",
        "chain",
        '["case manager\'s manager", "on-call manager", "head of unit"]',
        "[]",
        (("steps", "chain.steps is empty", "name at least one"),),
    ),
    (
        "a chain that comes back to somebody",
        "chain",
        '"on-call manager"',
        '"head of unit"',
        (("steps", "chain.steps names 'head of unit' more than once", "keep one: whose turn it is must be plain"),),
    ),
    (
        "longer silence where nobody is attached than elsewhere",
        "suppression",
        '"2 days"',
        '"29 days"',
        (
            (
                "unmanaged-at-most",
                "suppression.unmanaged-at-most (29 days) must not be longer than suppression.at-most",
                "shorten it",
            ),
        ),
    ),
    (
        "a cap on silence of nought",
        "suppression",
        '"2 days"',
        '"0 days"',
        (
            (
                "unmanaged-at-most",
                "suppression.unmanaged-at-most ('0 days') is not a duration by the clock",
                f"write it as {DURATION}",
            ),
        ),
    ),
    (
        "a relation that is none",
        "linked",
        '"peer"',
        '"friend"',
        (("relations", "linked.relations names 'friend', which is not known", f"write some of {RELATIONS}, or none"),),
    ),
    (
        "a cohort that is none",
        "linked",
        '["youth"]',
        '["children"]',
        (("cohorts", "linked.cohorts names 'children', which is not known", "write some of adult, youth, or none"),),
    ),
)


def told(text: str, table: str, expected: tuple[Told, ...]) -> tuple[str, ...]:
    """The faults as they must be told: each on the line that begins so, of its table where it is one of the table's."""
    lines = text.splitlines()
    found, after = [], 0
    for begins, what, remedy in expected:
        start = lines.index(f"[{table}]") if what.startswith(table) else after
        after = next(number for number, line in enumerate(lines[start:], start + 1) if line.startswith(begins))
        found.append(f"policy.toml line {after}: {what}; {remedy}")
    return tuple(found)


@pytest.mark.parametrize(("table", "was", "becomes", "expected"), [pytest.param(*row[1:], id=row[0]) for row in BROKEN])
def test_a_broken_policy_says_line_key_and_remedy(
    table: str, was: str, becomes: str, expected: tuple[Told, ...]
) -> None:
    text = keyed(table, was, becomes)
    assert faults(text) == told(text, table, expected)


def test_a_misspelt_table_is_told_where_it_stands_and_the_missing_one_without_a_line() -> None:
    text = broken("[stale]\n", "[stail]\n")
    line = text.splitlines().index("[stail]") + 1
    assert faults(text) == (
        "policy.toml: stale is missing; add the table [stale]",
        f"policy.toml line {line}: stail is not known; correct its spelling or take it out",
    )


def test_a_missing_table_of_a_table_is_told_without_a_line() -> None:
    text = broken("[live.hearing]\n", "[live.hearings]\n")
    line = text.splitlines().index("[live.hearings]") + 1
    assert faults(text) == (
        "policy.toml: live.hearing is missing; add the table [live.hearing]",
        f"policy.toml line {line}: live.hearings is not known; correct its spelling or take it out",
    )


def test_an_empty_table_is_told_for_each_key_that_it_lacks() -> None:
    text = re.sub(r"\[stale\]\n(.+\n)+", "[stale]\n", POLICY_TEXT)
    line = text.splitlines().index("[stale]") + 1
    assert faults(text) == (
        f"policy.toml line {line}: stale.source is missing; write the source of the number, as {CITED}",
        f"policy.toml line {line}: stale.date is missing; write the date when the number was set, as {DATE}",
        f"policy.toml line {line}: stale.after is missing; write a duration by the clock, as {DURATION}",
    )


def test_tables_of_names_that_name_nothing_are_told() -> None:
    text = re.sub(r"^(R[LMHV]|RCHD|REG1|AV2S|RSK).* = .*\n", "", POLICY_TEXT, flags=re.MULTILINE)
    lines = text.splitlines()
    register, level = lines.index("[register]") + 1, lines.index("[register-level]") + 1
    assert faults(text) == (
        f"policy.toml line {register}: register names no register; "
        'write at least one, as RVHR = { domain = "harm", level = "very-high" }',
        f'policy.toml line {level}: register-level names no level; write at least one, as RSKH = "high"',
    )


def test_a_broken_policy_names_every_fault_at_once() -> None:
    """Ten places are broken at once; all are told, from the top of the file down, and then those of the other file."""
    text = POLICY_TEXT
    for name in (
        "a threshold for reoffending",
        "a level that is none",
        "a duration without its unit",
        "a register of no domain that is known",
        "a number in quotes",
        "no grade at one level",
        "a zone that is none",
        "a rule without an urgency",
        "an urgency of a rule that is none",
        "no chain",
        "a relation that is none",
    ):
        _, table, was, becomes, _ = next(row for row in BROKEN if row[0] == name)
        text = keyed(table, was, becomes, text)
    text = broken("[reopen]\n", "[re-open]\n", text)
    lines = text.splitlines()

    def at(begins: str) -> str:
        return f"policy.toml line {next(n for n, line in enumerate(lines, 1) if line.startswith(begins))}:"

    offences = "offence_code,sfo_flag\nSX03001,YES\nsx1,TRUE\nTH68010,TRUE\nTH68010,FALSE\n"
    assert faults(text, offences) == (
        "policy.toml: reopen is missing; add the table [reopen]",
        f"{at('reoffending =')} threshold.youth.reoffending can have no threshold; "
        "take it out: P1 speaks of harm and vulnerability",
        f"{at('vulnerability =')} threshold.youth.vulnerability ('middling') is not a known word; "
        f"write it as one of {LEVELS}",
        f"{at(PICTURE)} picture.youth.sets names 'vulnerability', which has no threshold; give it one, or take it out",
        f"{at('after = ')} stale.after ('55') is not a duration by the clock; write it as {DURATION}",
        f"{at('REG17')} register.REG17.domain ('publick') is not a known word; write it as one of {DOMAINS}",
        f"{at('call-outs')} watch.call-outs ('3') is not a number from 1 up; write it as 3, without quotes",
        f"{at('grades-very-high = []')} holder.adult.grades-very-high is empty; name at least one",
        f"{at('zone')} hours.zone ('London') is not a time zone; write it as {LONDON}",
        f"{at('[urgency]')} urgency.R7 is missing; write a known word, as one of routine, soon, urgent",
        f"{at('R14')} urgency.R14 is not known; correct its spelling or take it out",
        f"{at('steps')} chain.steps is empty; name at least one",
        f"{at('[re-open]')} re-open is not known; correct its spelling or take it out",
        f"{at('relations')} linked.relations names 'friend', which is not known; write some of {RELATIONS}, or none",
        "serious_offences.csv: line 2: write a code of 4 to 8 capital letters and digits, a comma, TRUE or FALSE",
        "serious_offences.csv: line 3: write a code of 4 to 8 capital letters and digits, a comma, TRUE or FALSE",
        "serious_offences.csv: line 5: TH68010 is listed as both TRUE and FALSE; keep the one that is right",
    )


def test_a_table_of_offences_in_another_format_is_told_in_seven_lines() -> None:
    rows = "\n".join(f"bad row {number}" for number in range(9))
    row = "write a code of 4 to 8 capital letters and digits, a comma, TRUE or FALSE"
    assert faults(POLICY_TEXT, rows) == (
        "serious_offences.csv: the first row must be offence_code,sfo_flag; add it",
        *(f"serious_offences.csv: line {number}: {row}" for number in range(2, 7)),
        "serious_offences.csv: and 3 more bad lines; correct those first",
        "serious_offences.csv: it lists no offence; use the table that comes with the program",
    )


def test_what_is_not_toml_is_told_with_its_place() -> None:
    assert faults("[stale\n") == (
        "policy.toml: it is not TOML: Expected ']' at the end of a table declaration (at line 1, column 7); "
        "correct that place first",
    )


@pytest.mark.parametrize("text", ["", "stale = 5\n", "[stale]\n", "threshold = []\n", "[[pace]]\n"], ids=repr)
def test_hardly_any_policy_at_all_is_told_and_not_a_crash(text: str) -> None:
    assert faults(text, "")
