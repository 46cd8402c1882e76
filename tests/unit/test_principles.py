"""Each principle of the paper by its id, with an example through the one door; and that none is left out."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from streams.escalation import EscalationRecord
from streams.events import HolderRole, OversightKind, PoliceKind, PoliceRole
from streams.record import digest
from streams.rules import RULES
from tests.unit import rules_page
from tests.unit.casebook import (
    CASE,
    POLICY,
    SERIOUS,
    T0,
    YOUTH,
    all_low,
    assessed,
    day,
    hearing,
    holder,
    levels,
    overseen,
    oversight,
    passed,
    police,
    run,
    said,
)
from tests.unit.principles import PRINCIPLES
from tests.unit.rule_tables import TABLES
from tests.unit.table_book import (
    HIGH,
    LOW,
    SPO,
    WINDOW,
    acknowledged,
    call_out,
    charge,
    claimed,
    classified,
    confirmed,
    id_of,
    linked_news,
    reopened,
    screened,
    service,
    suppressed,
    utc,
    wanted,
)

ONE = id_of("R1", HIGH)


def last(*events: object) -> EscalationRecord:
    """The last record that these events tell."""
    return run(events)[1][-1]  # type: ignore[arg-type]


def test_p1_a_young_person_at_medium_is_raised_and_an_adult_is_not() -> None:
    young = assessed(T0, levels(harm="medium", vulnerability="low"), case=YOUTH)
    adult = assessed(T0, levels(harm="medium"))
    assert said(run((young,))[1]) == (("R1", "RAISED"),)
    assert said(run((adult,))[1]) == ()


def test_p1_what_is_not_known_is_not_low() -> None:
    assert last(police()).reason.startswith(
        "R2 (P3, P4, P7, P13, P15): arrest while the level is unknown and no manager is attached"
    )


def test_p2_repeat_call_outs_below_the_threshold_are_watched_at_a_lower_urgency() -> None:
    told = last(LOW, *(call_out(day(number), f"k{number}") for number in (1, 2, 3)))
    assert (told.rule, told.urgency, told.principles) == ("R3", "routine", ("P2", "P5"))


@pytest.mark.parametrize("kind", PoliceKind)
def test_p3_news_of_the_police_is_read_by_the_role_in_it(kind: PoliceKind) -> None:
    assert said(run((police(T0, kind, PoliceRole.SUSPECT),))[1], "R2") == (("R2", "RAISED"),)
    assert said(run((police(T0, kind, PoliceRole.VICTIM),))[1], "R2") == ()


def test_p4_a_further_appearance_for_a_serious_offence_is_told_to_the_manager_who_is_there() -> None:
    told = last(SPO, hearing(day(1), SERIOUS, remanded=True))
    assert (told.rule, told.manager) == ("R4", "SPO N07B123")
    assert f"{SERIOUS}: serious; remanded in custody" in told.reason


def test_p5_a_screening_counts_and_the_assessment_that_does_not_follow_falls_due() -> None:
    _, told = run((screened(T0), passed(utc("2026-03-23 17:00"))))
    assert said(told, "R3", "R8")[0] == ("R3", "RAISED")
    assert ("R8", "RAISED") in said(told)


def test_p6_a_classification_is_named_in_the_reason() -> None:
    assert "register RVHR" in last(LOW, classified(day(1), "RVHR")).reason


def test_p7_an_escalation_never_waits_for_a_referral_and_says_whether_there_was_one() -> None:
    assert "Nobody has referred the case, which excuses nothing (P7)" in last(HIGH).reason
    referred = last(oversight(day(-1), OversightKind.REFERRAL), HIGH)
    assert (referred.referred_at, referred.referred_by) == (day(-1), "N07A001")


def test_p8_a_record_says_when_each_thing_happened_was_recorded_and_reached_us_and_since_when_it_was_known() -> None:
    told = last(police(T0, recorded=day(1), received=day(2)))
    (signal,) = told.signals
    assert (signal.occurred_at, signal.recorded_at, signal.received_at) == (T0, day(1), day(2))
    assert (told.known_since, told.at) == (day(2), day(2))


def test_p9_a_countersignature_alone_ends_nothing() -> None:
    signed = oversight(day(1), OversightKind.COUNTERSIGNATURE, grade="SPO", escalation=ONE)
    told = last(HIGH, signed)
    assert (told.change, told.stage) == ("OVERSIGHT_INSUFFICIENT", "RAISED")


def test_p10_an_action_is_over_when_another_person_has_seen_that_it_was_done() -> None:
    asked = overseen(utc("2026-03-02 09:30"), wanted(due=day(9)), escalation=ONE)
    told = last(HIGH, asked, claimed(day(1), ONE), confirmed(day(2), ONE))
    (action,) = told.actions
    assert (action.claimed_by, action.confirmed_by, action.evidence) == ("N07A001", "N07B123", "case-record")


def test_p11_every_open_escalation_has_a_deadline_in_the_hours_that_its_urgency_asks_for() -> None:
    assert last(HIGH).next_at == utc("2026-03-02 10:00")
    assert last(police(utc("2026-03-06 16:00"))).next_at == utc("2026-03-09 12:00")


def test_p12_a_deadline_that_passes_is_told_one_step_up_and_so_is_a_service_that_has_not_come() -> None:
    assert last(HIGH, passed(utc("2026-03-02 10:00"))).turn == "on-call manager"
    assert ("R11", "RAISED") in said(run((SPO, LOW, service(T0), passed(utc("2026-03-30 16:00"))))[1])


def test_p13_a_placeholder_is_no_manager() -> None:
    assert last(holder(T0, staff="N07UATU"), HIGH).manager == "a placeholder as manager (SPO N07UATU)"


def test_p14_a_level_that_is_lowered_in_the_face_of_adverse_news_is_a_signal() -> None:
    lowered = assessed(day(9), all_low(), name="a2")
    assert said(run((SPO, HIGH, police(day(5)), lowered))[1]) == (("R6", "RAISED"),)


def test_p15_a_forum_is_noted_and_attaches_nobody() -> None:
    told = last(
        oversight(T0, OversightKind.FORUM_OUTCOME, forum="MARAC"), holder(T0, HolderRole.FORUM, grade=None), HIGH
    )
    assert (told.rule, told.change) == ("R1", "RAISED")
    assert "a forum (MARAC) was concerned on 2026-03-02: it attaches no manager (P15)" in told.notes


def test_p16_what_the_case_manager_was_asked_for_has_an_owner_and_a_time_and_is_told_when_it_is_late() -> None:
    told = last(LOW, overseen(T0, wanted(due=day(3))), passed(day(3)))
    assert (told.rule, told.change) == ("R10", "RAISED")
    assert "HOME_VISIT of N07A001, due 2026-03-05 09:00 UTC" in told.reason


def test_p17_records_are_numbered_and_chained_so_that_a_changed_or_missing_one_shows() -> None:
    _, told = run((HIGH, holder(day(1)), overseen(day(2))))
    assert [one.entry for one in told] == list(range(1, len(told) + 1))
    assert [one.previous for one in told] == ["", *(one.hash for one in told[:-1])]
    assert all(one.hash == digest(one.record()) for one in told)
    assert digest(replace(told[0], reason="something else").record()) != told[0].hash


def test_p18_a_decision_carries_who_why_the_variance_and_the_policy_that_it_was_made_under() -> None:
    departed = oversight(
        day(1),
        OversightKind.CASE_DISCUSSION,
        grade="SPO",
        author="N07B123",
        practice_assessed=True,
        none_needed="RECALLED",
        variance="LATE_ANNUAL_LEAVE",
    )
    told = last(HIGH, departed)
    assert (told.actor, told.actor_grade, told.decision, told.variance) == (
        "N07B123",
        "SPO",
        "RECALLED",
        "LATE_ANNUAL_LEAVE",
    )
    assert told.policy_version == POLICY.version
    assert last(HIGH, suppressed(day(1), ONE)).decision == "PERSON_IN_CUSTODY"


def test_p18_an_escalation_that_comes_after_the_time_for_reopening_has_an_id_of_its_own() -> None:
    dealt = (SPO, charge(day(1), SERIOUS), overseen(day(2)))
    within = last(*dealt, charge(day(3), SERIOUS, name="c2"))
    beyond = last(*dealt, charge(day(2) + WINDOW, SERIOUS, name="c2"))
    by_hand = last(*dealt, reopened(day(3), id_of("R4", charge(day(1), SERIOUS))))
    first = last(*dealt).escalation_id
    assert within.escalation_id == by_hand.escalation_id == first
    assert beyond.escalation_id != first


_SUBSTANTIVE = (
    OversightKind.CASE_DISCUSSION,
    OversightKind.DIRECT_OBSERVATION,
    OversightKind.ASSESSMENT_ROLLED_BACK,
    OversightKind.AGENCY_COMMUNICATION,
)


@pytest.mark.parametrize("kind", _SUBSTANTIVE)
def test_p19_oversight_of_each_kind_is_kept_by_its_kind_so_that_evidence_can_be_counted(kind: OversightKind) -> None:
    file, told = run((HIGH, overseen(day(1), kind=kind)))
    assert [record.kind for record in file.oversight] == [kind]
    assert told[-1].stage == "OVERSEEN"


def test_p20_a_young_person_who_is_known_to_somebody_raised_is_told_of_and_no_level_changes() -> None:
    file, told = run((linked_news(T0),))
    assert said(told) == (("R12", "RAISED"),)
    assert file.raised is None


def test_p21_each_step_of_an_escalation_has_its_time_so_that_it_can_be_measured() -> None:
    done = acknowledged(utc("2026-03-02 09:20"), ONE), overseen(utc("2026-03-02 09:40")), holder(day(1))
    _, told = run((HIGH, *done))
    assert [(one.change, f"{one.at:%d %H:%M}") for one in told] == [
        ("RAISED", "02 09:00"),
        ("ACKNOWLEDGED", "02 09:20"),
        ("OVERSEEN", "02 09:40"),
        ("CONDITION_CLEARED", "03 09:00"),
        ("CLOSED", "03 09:00"),
    ]
    assert {one.case_id for one in told} == {CASE}


# ── none is left out ─────────────────────────────────────────────────────────────────────────────────────────

TESTED = {found[1].upper() for name in tuple(globals()) if (found := re.match(r"test_(p\d+)_", name))}


def test_every_principle_has_a_test_here() -> None:
    assert TESTED == PRINCIPLES.keys() == {f"P{number}" for number in range(1, 22)}


def test_the_rules_and_tables_name_no_other_principles() -> None:
    named = {principle for table in TABLES for principle in table.principles}
    named |= {principle for rule in RULES for principle in rule.principles}
    assert named <= PRINCIPLES.keys()


@pytest.mark.parametrize("principle", PRINCIPLES)
def test_the_page_says_where_each_principle_is_shown(principle: str) -> None:
    (line,) = (line for line in rules_page.mapping() if line.startswith(f"| {principle} |"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[3], "no table and no test"


def test_every_rule_has_a_table() -> None:
    assert {rule for table in TABLES for rule in table.rules} == {rule.id for rule in RULES}
