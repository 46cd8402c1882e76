"""What the record says of each change and each rule, as the condition holds and as it is cleared: tables and a law."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from streams import managers, words
from streams.acts import ActKind
from streams.case import Escalation, Listed
from streams.escalation import Awaits, Change, Condition
from streams.events import CaseEvent, Times
from streams.record import record
from streams.rules import BY_ID, RULES
from streams.rules.rule import Rule
from streams.transitions import By, Transition
from streams.view import CaseView
from tests.unit.casebook import POLICY, T0, act, all_low, assessed, day, holder, overseen, police, run

HIGH, SPO = assessed(T0, all_low(public="high")), holder(T0)

# ── changes ──────────────────────────────────────────────────────────────────────────────────────────────────

CLEARED = "the condition is cleared, for <condition>"
OVERDUE = "a deadline has passed, and it goes up the line (P11, P12): "
EXPIRED = "it was acknowledged, and not overseen before that expired: "
INSUFFICIENT = (
    "what SPO N07B123 recorded does not end it: a countersignature, a forum or a grade below what the level needs is no"
    " oversight, and oversight says what was found and what must be done (P9, P13, P15)"
)
BY = "SPO N07B123 (NEW_CONCERN)"
SAME = {
    Change.ACKNOWLEDGED: f"acknowledged by {BY}, who has still to see to it that the case is overseen",
    Change.OVERSEEN: "overseen by SPO N07B123: no action is needed (NEW_CONCERN)",
    Change.OVERSIGHT_INSUFFICIENT: INSUFFICIENT,
    Change.ACTION_CLAIMED: "SPO N07B123 says that a required action is done; somebody has yet to confirm it (P10)",
    Change.ACTION_CONFIRMED: "SPO N07B123 has confirmed a required action; 0 more are to be confirmed",
    Change.CONFIRMATION_REFUSED: (
        "what SPO N07B123 said confirms no action: it takes evidence, and somebody other than who did it (P10)"
    ),
    Change.SUPPRESSED: f"suppressed by {BY}",
    Change.CLOSED: "closed: overseen by SPO N07B123, nothing is left to be done",
    Change.MOVED: "it came with a case, and goes on",
    Change.ERASED: "the person's data were erased on request; that it was raised, and when, stays on record",
}
"""What is said whether the condition holds or not: it names no condition, so it says nothing false of one."""

SAID = {
    **{(change, condition): said for change, said in SAME.items() for condition in Condition},
    (Change.RAISED, Condition.HOLDS): "<condition>",
    (Change.RAISED, Condition.CLEARED): CLEARED,
    (Change.JOINED, Condition.HOLDS): "more has come: <condition>",
    (Change.JOINED, Condition.CLEARED): f"more has come: {CLEARED}",
    (Change.REOPENED, Condition.HOLDS): f"it is reopened by {BY}: <condition>",
    (Change.REOPENED, Condition.CLEARED): f"it is reopened by {BY}: {CLEARED}",
    (Change.CONDITION_RETURNED, Condition.HOLDS): "the condition has returned: <condition>",
    (Change.CONDITION_RETURNED, Condition.CLEARED): f"the condition has returned: {CLEARED}",
    (Change.CONDITION_CLEARED, Condition.HOLDS): "<condition>",
    (Change.CONDITION_CLEARED, Condition.CLEARED): f"{CLEARED}; the escalation stays open",
    (Change.ACKNOWLEDGEMENT_EXPIRED, Condition.HOLDS): f"{EXPIRED}<condition>",
    (Change.ACKNOWLEDGEMENT_EXPIRED, Condition.CLEARED): f"{EXPIRED}{CLEARED}",
    (Change.OVERDUE, Condition.HOLDS): f"{OVERDUE}<condition>",
    (Change.OVERDUE, Condition.CLEARED): f"{OVERDUE}{CLEARED}",
    (Change.SUPPRESSION_ENDED, Condition.HOLDS): "its suppression is over: <condition>",
    (Change.SUPPRESSION_ENDED, Condition.CLEARED): f"its suppression is over: {CLEARED}",
    (Change.POLICY_ADOPTED, Condition.HOLDS): f"moved to the policy in force by {BY}: <condition>",
    (Change.POLICY_ADOPTED, Condition.CLEARED): f"moved to the policy in force by {BY}: {CLEARED}",
}
PAIRS = tuple(product(Change, Condition))
SPOKEN = replace(BY_ID["R1"], says=lambda view, listed, there: "<condition>", cleared=lambda view, there: "<condition>")
"""A rule whose condition is seen in the sentence."""


def test_every_change_says_something_as_the_condition_holds_and_as_it_is_cleared() -> None:
    assert set(words.CHANGES) == set(SAID) == set(PAIRS)


@pytest.mark.parametrize(("change", "condition"), PAIRS)
def test_what_a_change_says(change: Change, condition: Condition) -> None:
    known = "Known since 2026-03-02 09:00 UTC. Nobody has referred the case, which excuses nothing (P7)."
    assert told(SPOKEN, change, condition, HIGH).split(": ", 1)[1] == f"{SAID[change, condition]}. {known}"


def told(rule: Rule, change: Change, condition: Condition, *events: CaseEvent) -> str:
    """The reason of a record of an escalation of this rule that lists nothing, on a case with these events."""
    file, _ = run(events)
    one = Escalation(
        rule.id, "e1", 2, condition is Condition.HOLDS, T0, T0, (), policy=POLICY.version, awaits=Awaits.NOTHING
    )
    by = By("N07B123", "SPO", "NEW_CONCERN")
    found = record(rule, Transition(change, one, by), CaseView(file, POLICY, file.at))
    assert found.condition is condition
    return found.reason


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────

LEVEL = "the level is raised (public: high, assessed 2026-03-02)"
TAKEN_BACK = "what opened it was taken back"
RULE_SAYS = {
    "R1": f"{LEVEL} and no manager is attached (there is: nobody)",
    "R2": f"arrest while {LEVEL} and no manager is attached (there is: nobody)",
    "R3": f"on watch for arrest: {LEVEL} and no manager is attached (there is: nobody)",
    "R4": f"arrest for a serious offence under supervision; {LEVEL}, there is: nobody",
    "R5": (
        "a classification in force needs a manager's involvement, and no manager is attached (there is: nobody); "
        f"{LEVEL}"
    ),
    "R6": (
        "an assessment lowers a level, and adverse news since the one before has not been addressed by a manager; "
        f"{LEVEL}, there is: nobody"
    ),
    "R7": f"arrest, and no assessment has been completed since, within 10 working days; {LEVEL}, there is: nobody",
    "R8": f"the assessment is stale; {LEVEL}, there is: nobody",
    "R9": f"{LEVEL}, and SPO N07B123 has not overseen it within 10 working days",
    "R10": f"what oversight asked for is past its time and unconfirmed; {LEVEL}, there is: nobody",
    "R11": f"a service has not been delivered by its time; {LEVEL}, there is: nobody",
    "R12": f"a young person is known to somebody whose risk was raised; {LEVEL}, there is: nobody",
    "R13": (
        "no usable level is known 15 working days after the case became known, for no assessment; unknown is not low, "
        "and there is: nobody"
    ),
}
RULE_CLEARED = {
    "R1": ("a manager is attached (SPO N07B123)", TAKEN_BACK),
    "R2": ("a manager is attached (SPO N07B123)", TAKEN_BACK),
    "R3": ("a manager is attached (SPO N07B123)", "the level is now raised, which is another rule's"),
    "R4": (TAKEN_BACK, TAKEN_BACK),
    "R5": ("a manager is attached (SPO N07B123)", "no such classification is in force any more"),
    "R6": (TAKEN_BACK, TAKEN_BACK),
    "R7": ("the assessment has been reviewed since, or the news was taken back",) * 2,
    "R8": ("an assessment has followed",) * 2,
    "R9": ("it has been overseen, or the level or the manager has changed",) * 2,
    "R10": ("every action was confirmed",) * 2,
    "R11": ("the service was delivered, or is asked for no longer",) * 2,
    "R12": (TAKEN_BACK, TAKEN_BACK),
    "R13": ("a level is known", "a level is known"),
}
"""Why the condition holds no longer: with a manager attached, and without one."""

ARREST = Listed("p1", "content", "arrest", "arrest as suspect", Times(T0, T0, T0), "police/0/1#")
EVENTS = {"R9": (HIGH, SPO), "R13": (holder(T0, attached=False),)}
"""Where a rule speaks of another case than a raised one with nobody there."""


def view_of(*events: CaseEvent) -> tuple[CaseView, str]:
    """The case with these events, and who is there."""
    file, _ = run(events)
    view = CaseView(file, POLICY, file.at)
    return view, managers.in_words(view.attachment, view.present, POLICY, view.grades, view.now)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_a_rule_says_of_its_condition(rule: Rule) -> None:
    view, _ = view_of(*EVENTS.get(rule.id, (HIGH,)))
    there = "SPO N07B123" if rule.id == "R9" else "nobody"
    assert rule.says(view, (ARREST,), there) == RULE_SAYS[rule.id]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_why_a_rule_says_that_its_condition_is_cleared(rule: Rule) -> None:
    found = tuple(rule.cleared(*view_of(*events)) for events in ((HIGH, SPO), (HIGH,)))
    assert found == RULE_CLEARED[rule.id]


WHY = [
    pytest.param("R1", (assessed(T0, all_low()),), "the level is now known to be lower", id="lower"),
    pytest.param(
        "R1",
        (assessed(T0),),
        "what opened it was taken back or superseded; the level is unknown, which is not low",
        id="unknown",
    ),
    pytest.param("R3", (assessed(T0, all_low()),), TAKEN_BACK, id="below the threshold still"),
    pytest.param("R5", (HIGH, SPO, holder(day(1), attached=False)), "no such classification is in force any more"),
]


@pytest.mark.parametrize(("rule", "events", "why"), WHY)
def test_why_a_rule_about_a_manager_is_cleared_without_one(rule: str, events: tuple[CaseEvent, ...], why: str) -> None:
    assert BY_ID[rule].cleared(*view_of(*events)) == why


NOBODY_IS_THERE = ("no manager is attached",)


@pytest.mark.parametrize(("change", "condition"), PAIRS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_record_of_a_cleared_condition_says_that_nobody_is_there(
    rule: Rule, change: Change, condition: Condition
) -> None:
    reason = told(rule, change, condition, HIGH, SPO)
    if condition is Condition.CLEARED:
        assert not any(words in reason for words in NOBODY_IS_THERE)
        assert rule.says(*_said(rule)) not in reason
    if change not in SAME:
        assert (rule.cleared(*view_of(HIGH, SPO)) in reason) is (condition is Condition.CLEARED)


def _said(rule: Rule) -> tuple[CaseView, tuple[Listed, ...], str]:
    view, there = view_of(HIGH, SPO)
    return view, (), there


def test_an_escalation_that_a_person_reopens_says_that_a_manager_is_there_by_now() -> None:
    arrest = police(day(0))
    told = run((arrest,))[1]
    name = next(one.escalation_id for one in told if one.rule == "R2")
    history = (
        arrest,
        overseen(day(1), escalation=name),
        holder(day(2)),
        act(day(3), ActKind.REOPENED, name, reason="NEW_CONCERN"),
    )
    reopened = next(one for one in run(history)[1] if one.change is Change.REOPENED)
    assert "no manager is attached" not in reopened.reason
    assert "a manager is attached now (SPO N07B123)" in reopened.reason
