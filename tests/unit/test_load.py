"""The load of a policy: what is counted, in and out of hours, and what the three kinds of managers do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from agents.cli.exits import Exit
from agents.cli.group import cli
from agents.sandbox.load import shown
from agents.sandbox.load.feed import BEGINS, WEEK, Feed, laid
from agents.sandbox.load.people import LATE, Deed, Managers, People, What, asks
from agents.sandbox.load.run import Measured, measured
from agents.sandbox.load.tally import BY, SAYS, Says, Tally, Told, told
from agents.sandbox.load.waits import Waits
from agents.sandbox.load.year import Caseload, Lived
from streams.case import CaseFile
from streams.escalation import Awaits, Change, EscalationRecord, Stage
from streams.events import CaseEvent, DeadlinePassed, Offence, Origin, PoliceRole
from streams.rules import BY_ID, RULES
from streams.step import step
from tests.unit.casebook import (
    CASE,
    DEPLOY,
    NOT_SERIOUS,
    POLICIES,
    POLICY,
    POLICY_TEXT,
    SERIOUS,
    all_low,
    assessed,
    day,
    hearing,
    holder,
    police,
)

CASES, WEEKS, SEED, OFTEN = 10, 30, 7, 0.3
ABOUT = {"cases": CASES}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@cache
def feed() -> Feed:
    return laid(SEED, CASES, OFTEN, WEEKS)


@pytest.fixture(scope="module")
def found() -> Measured:
    return measured(POLICY, feed(), CASES, WEEKS, SEED)


@cache
def lives(managers: Managers) -> list[Lived]:
    """All that happens, from the first event on, with managers of this kind."""
    return list(Caseload(POLICIES, People(managers, POLICY, SEED)).live(feed().events, feed().ends))


def all_told(lived: list[Lived]) -> list[EscalationRecord]:
    return [record for one in lived for record in one.records]


# ── the same again ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_seed_gives_the_same_numbers_and_another_gives_others(found: Measured) -> None:
    def numbers(seed: int) -> list[Mapping[str, Any]]:
        again = measured(POLICY, laid(seed, CASES, OFTEN, WEEKS), CASES, WEEKS, seed)
        return list(shown.rows({POLICY.version: again}, ABOUT))

    assert numbers(SEED) == list(shown.rows({POLICY.version: found}, ABOUT))
    assert numbers(SEED + 1) != numbers(SEED)


def test_as_many_messages_come_as_were_asked_for_and_all_cases_are_there_when_the_year_begins() -> None:
    wide = laid(SEED, 50, 0.2, WEEKS)
    assert wide.messages == pytest.approx(50 * 0.2 * WEEKS, rel=0.05)
    assert len({event.case for at, event in wide.events if at < BEGINS}) == 50
    assert [at for at, _ in wide.events] == sorted(at for at, _ in wide.events)


# ── what people do ───────────────────────────────────────────────────────────────────────────────────────────


def test_with_nobody_acting_there_is_no_acknowledgement(found: Measured) -> None:
    by_people = {Change.ACKNOWLEDGED, Change.OVERSEEN, Change.ACTION_CLAIMED, Change.ACTION_CONFIRMED}
    changes = {managers: {one.change for one in found.tallies[managers].told} for managers in Managers}
    assert changes[Managers.ABSENT] & by_people == set()
    assert by_people <= changes[Managers.ACTING]
    assert by_people <= changes[Managers.LATE]


def test_with_people_who_act_in_time_nothing_of_theirs_expires() -> None:
    """What is told again was overseen, and waits for what takes days: a manager, an assessment."""
    records = all_told(lives(Managers.ACTING))
    assert Change.ACKNOWLEDGEMENT_EXPIRED not in {record.change for record in records}
    late = [record for record in records if record.change is Change.OVERDUE]
    assert late
    assert {(record.stage, record.awaits) for record in late} == {(Stage.OVERSEEN, Awaits.CLEARING)}
    assert None not in {asks(BY_ID[record.rule]) for record in late}


def test_those_who_are_late_let_some_expire_and_deal_with_all_in_the_end() -> None:
    records = all_told(lives(Managers.LATE))
    changes = Counter(record.change for record in records)
    unseen = {one.escalation_id for one in records if one.change is Change.OVERDUE and one.stage is Stage.RAISED}
    assert len(unseen) == pytest.approx(changes[Change.RAISED] * LATE, rel=0.3)
    assert changes[Change.CLOSED] > changes[Change.RAISED] * 0.8


def test_people_act_in_the_hours_of_the_office_where_that_is_in_time() -> None:
    acts = [one for one in lives(Managers.ACTING) if one.event.origin.path == "/people" and one.records]
    out = [record for one in acts for record in one.records if told(record, POLICY.hours).out_of_hours]
    assert {record.urgency for record in out} == {"urgent"}


def raised_unmanaged() -> list[tuple[datetime, CaseEvent]]:
    return [(BEGINS, assessed(BEGINS, all_low(staff="high")))]


def test_whoever_acts_attaches_a_manager_where_a_record_asks_for_one() -> None:
    caseload = Caseload(POLICIES, People(Managers.ACTING, POLICY, SEED))
    records = all_told(list(caseload.live(raised_unmanaged(), BEGINS + 2 * WEEK)))
    r1 = [record.change.value for record in records if record.rule == "R1"]
    assert r1[:3] == ["RAISED", "ACKNOWLEDGED", "OVERSEEN"]
    assert "CONDITION_CLEARED" in r1
    assert r1[-1] == "CLOSED"


def test_their_manager_goes_when_the_service_names_its_own() -> None:
    own = holder(BEGINS + 2 * WEEK, attached=False, name="gone")
    events = [*raised_unmanaged(), (BEGINS + 2 * WEEK, own)]
    caseload = Caseload(POLICIES, People(Managers.ACTING, POLICY, SEED))
    records = all_told(list(caseload.live(events, BEGINS + 2 * WEEK + MINUTE)))
    last = [record for record in records if record.rule == "R1"][-1]
    assert (last.change, last.at) == (Change.REOPENED, BEGINS + 2 * WEEK)


def test_graver_news_brings_a_plan_forward() -> None:
    people = People(Managers.ACTING, POLICY, SEED)
    deed = Deed(What.ACKNOWLEDGE, CASE, "one")
    first = next(iter(records_of(police(at=BEGINS))))
    slow = replace(first, escalation_id="one", awaits=Awaits.ACKNOWLEDGEMENT, next_at=BEGINS + 8 * WEEK)
    [(later, _)] = people.respond(slow, BEGINS)
    [(sooner, planned)] = people.respond(replace(slow, next_at=BEGINS + HOUR), BEGINS + MINUTE)
    assert (planned, sooner < later, sooner < BEGINS + HOUR) == (deed, True, True)
    assert list(people.respond(slow, BEGINS + 2 * MINUTE)) == []
    file = step(None, police(at=BEGINS), POLICIES, BEGINS).file
    assert people.does(deed, file, later) is None  # it is no plan any more
    assert people.does(deed, file, sooner) is not None


def test_a_deadline_is_said_when_it_passes_and_not_where_it_was_put_off() -> None:
    files: dict[str, CaseFile] = {}
    said = 0
    for at, event, _ in lives(Managers.ACTING):
        file = files.get(event.case)
        if isinstance(event.fact, DeadlinePassed):
            assert file is not None
            assert event.fact.due == file.due == at
            said += 1
        files[event.case] = step(file, event, POLICIES, at).file
    assert said > 50


def test_what_a_rule_asks_for_besides_oversight() -> None:
    asked = {rule.id: what for rule in RULES if (what := asks(rule)) is not None}
    attached, assessed_ = dict.fromkeys(("R1", "R2", "R3", "R5"), What.ATTACH), ("R7", "R8", "R13")
    assert asked == attached | dict.fromkeys(assessed_, What.ASSESS)


# ── in and out of hours ──────────────────────────────────────────────────────────────────────────────────────


def records_of(*events: CaseEvent) -> list[EscalationRecord]:
    timed = [(event.times.received, event) for event in events]
    caseload = Caseload(POLICIES, People(Managers.ABSENT, POLICY, SEED))
    return all_told(list(caseload.live(timed, timed[-1][0] + MINUTE)))


def counted_at(*at: int) -> Told:
    [record, *_] = records_of(police())
    return told(replace(record, at=datetime(*at, tzinfo=UTC)), POLICY.hours)


@pytest.mark.parametrize(
    ("at", "out"),
    [
        ((2026, 11, 27, 18), True),  # a Friday
        ((2026, 11, 27, 10), False),
        ((2026, 11, 28, 10), True),  # a Saturday
        ((2026, 12, 28, 10), True),  # a bank holiday: Boxing Day, a Monday instead
        ((2026, 12, 29, 10), False),
        ((2027, 3, 25, 8, 30), True),  # half past eight in winter …
        ((2027, 3, 30, 8, 30), False),  # … is half past nine once the clocks went forward
        ((2027, 10, 29, 16, 30), True),  # half past five in summer …
        ((2027, 11, 1, 16, 30), False),  # … is half past four once they went back
    ],
)
def test_office_hours_are_londons_without_weekends_and_bank_holidays(at: tuple[int, ...], out: bool) -> None:
    assert counted_at(*at).out_of_hours is out


def test_the_moment_of_closing_is_in_hours_and_counted_by_itself() -> None:
    at_closing, a_minute_before, a_minute_after = (counted_at(2026, 11, 27, *at) for at in ((17,), (16, 59), (17, 1)))
    assert [(one.out_of_hours, one.closing) for one in (a_minute_before, at_closing, a_minute_after)] == [
        (False, False), (False, True), (True, False),
    ]  # fmt: skip


# ── the sums ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_every_change_it_is_said_whether_it_is_new_or_a_repeat() -> None:
    assert set(SAYS) == set(Change)


@pytest.mark.parametrize("managers", Managers)
def test_each_record_is_counted_once(managers: Managers) -> None:
    lived = lives(managers)
    tally = Tally(POLICY, Waits(POLICY), CASES, WEEKS)
    tally.take(lived)
    says = Counter(SAYS[record.change].value for record in all_told(lived))
    del says[Says.REST.value]
    assert says["new"] > 0
    for by, key in BY.items():
        totals: Counter[str] = Counter()
        for counts in tally.grouped(key).values():
            totals.update({name: number for name, number in counts.items() if "out_of_hours" not in name})
        assert totals == says, by
    assert tally.records == len(all_told(lived)) == tally.told.total()


def some_told(**more: Any) -> Told:
    return Told(Says.NEW, "RAISED", "R1", "urgent", "head of unit", False, False, 0)._replace(**more)


def test_numbers_are_for_400_cases_and_a_week_however_many_were_simulated() -> None:
    tally = Tally(POLICY, Waits(POLICY), cases=100, weeks=2, records=13)
    tally.told.update({some_told(): 3, some_told(out_of_hours=True): 1, some_told(closing=True): 1})
    tally.told.update({some_told(says=Says.REPEAT): 2, some_told(says=Says.REPEAT, addressee="on-call manager"): 6})
    assert tally.summed() == {
        "new": 10.0, "new_out_of_hours": 2.0, "repeats": 16.0, "repeats_out_of_hours": 0.0,
        "joined": 0.0, "joined_out_of_hours": 0.0, "new_at_closing": 2.0, "head_repeats": 4.0,
        "records_per_case_year": 3.38, "longest_wait_grave_s": None, "grave": 0, "grave_untold": 0,
    }  # fmt: skip
    [first, second] = [row for row in tally.rows() if row["by"] == "week"]
    assert (first["week"], first["new"], second["week"], second["new"]) == (1, 20.0, 2, 0.0)


def test_a_year_of_records_is_52_weeks_of_them() -> None:
    assert Tally(POLICY, Waits(POLICY), cases=10, weeks=52, records=400).summed()["records_per_case_year"] == 40


# ── grave news ───────────────────────────────────────────────────────────────────────────────────────────────


def waits_of(*lived: Lived) -> tuple[float | None, int, int]:
    waits = Waits(POLICY)
    for one in lived:
        waits.take(one)
    return waits.longest, waits.count, waits.untold


def lived_alone(event: CaseEvent, at: datetime) -> Lived:
    [one] = Caseload(POLICIES, People(Managers.ABSENT, POLICY, SEED)).live([(at, event)], at + MINUTE)
    return one


def test_the_time_for_which_a_hearing_was_parked_is_waiting_time() -> None:
    parked = hearing(day(0), SERIOUS)
    assert waits_of(lived_alone(parked, day(2))) == (2 * 86_400, 1, 0)


def test_grave_news_that_no_record_lists_is_untold() -> None:
    event = hearing(day(0), SERIOUS)
    assert waits_of(Lived(day(0), event, ())) == (None, 1, 1)


def test_a_second_delivery_is_the_same_news() -> None:
    first, again = hearing(day(0), SERIOUS), hearing(day(0), SERIOUS)
    again = replace(again, origin=Origin("feed.v1", 0, 99))
    assert waits_of(Lived(day(0), first, ()), Lived(day(1), again, ())) == (None, 1, 1)


def test_the_first_record_that_lists_it_ends_the_waiting() -> None:
    event = hearing(day(0), SERIOUS)
    [record, *_] = lived_alone(event, day(1)).records
    again = replace(record, at=day(9))
    assert waits_of(Lived(day(1), event, (record,)), Lived(day(9), event, (again,))) == (86_400, 1, 0)


def test_what_one_kind_of_managers_is_told_counts_for_no_other(found: Measured) -> None:
    counted = [tally.waits for tally in found.tallies.values()]
    assert len({waits.count for waits in counted}) == 1
    assert len({id(waits.told) for waits in counted}) == len(Managers)


def arrested(role: PoliceRole) -> CaseEvent:
    return replace(police(), fact=replace(police(role=role).fact, offences=(Offence(SERIOUS),)))


@pytest.mark.parametrize(
    ("event", "grave"),
    [
        (hearing(day(0), SERIOUS), 1),
        (hearing(day(0), NOT_SERIOUS), 0),
        (police(), 0),
        (arrested(PoliceRole.SUSPECT), 1),
        (arrested(PoliceRole.VICTIM), 0),
        (assessed(), 0),
    ],
)
def test_grave_is_an_arrest_a_charge_or_a_hearing_for_a_serious_offence(event: CaseEvent, grave: int) -> None:
    assert waits_of(Lived(day(0), event, ()))[1] == grave


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────

SMALL = ("--cases", "4", "--weeks", "6", "--per-case-week", "0.5")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ("load", *words))


def test_the_last_line_has_each_kind_of_managers_and_what_was_simulated() -> None:
    result = run(*SMALL, "--seed", "3", "--json")
    assert result.exit_code == Exit.OK, result.stderr
    last = json.loads(result.stdout.splitlines()[-1])
    asked = {"new", "new_out_of_hours", "head_repeats", "records_per_case_year", "longest_wait_grave_s", "grave_untold"}
    assert all(asked <= set(last[managers]) for managers in ("acting", "late", "absent"))
    assert {key: last[key] for key in ("cases", "weeks", "per_case_week", "seed", "policy")} == {
        "cases": 4, "weeks": 6, "per_case_week": 0.5, "seed": 3, "policy": POLICY.version,
    }  # fmt: skip
    assert "CPU" in result.stderr


def test_two_policies_are_shown_side_by_side(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(POLICY_TEXT.replace('review-after-news = "10', 'review-after-news = "20'), encoding="utf-8")
    result = run(str(DEPLOY / "policy.toml"), str(other), *SMALL, "--json")
    last = json.loads(result.stdout.splitlines()[-1])
    assert len(last) == 2
    assert all(numbers["policy"] == version for version, numbers in last.items())
    people = run(str(DEPLOY / "policy.toml"), str(other), *SMALL).stdout
    assert f"B: policy {list(last)[1]}, {other}" in people
    assert "A acting  B acting  A late" in people
    assert "B Not in the tables: a case that opens brings" in people


def test_three_policies_are_refused_and_the_same_one_twice() -> None:
    shipped = str(DEPLOY / "policy.toml")
    assert "or two to be shown side by side" in run("a", "b", "c").stderr
    twice = run(shipped, shipped)
    assert (twice.exit_code, "the same policy" in twice.stderr) == (Exit.USAGE, True)


@pytest.mark.parametrize(
    ("written", "words"), [(None, "cannot be read (No such file"), ("[stale]\n", "policy.toml")], ids=["none", "faults"]
)
def test_a_policy_that_cannot_be_read_is_told_as_everywhere(tmp_path: Path, written: str | None, words: str) -> None:
    file = tmp_path / "own.toml"
    if written is not None:
        file.write_text(written, encoding="utf-8")
    result = run(str(file), *SMALL)
    assert (result.exit_code, result.stdout) == (Exit.CONFIG, "")
    assert words in result.stderr


def test_a_bar_is_as_high_as_its_number_and_nothing_is_a_space() -> None:
    assert shown.bars((0, 1, 4, 8)) == " ▁▄█"
    assert shown.bars((0, 0)) == "  "
    assert shown.bars((1, 100)) == "▁█"
