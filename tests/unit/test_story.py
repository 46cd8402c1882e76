"""The demo's story, walked through the pure core alone: each case ends as the story says, whatever the pace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import schemas
from agents import deployed, topics
from agents.bank_holidays import england_and_wales
from agents.sandbox.demo import story, sums
from agents.sandbox.feeds import numbers
from agents.sandbox.load.matching import Matching
from schemas import Codec
from streams import identity, policy
from streams.case import CaseFile
from streams.events import CaseEvent
from streams.policy import reading as policy_reading
from streams.rules import BY_ID
from streams.sightings import Outcome, OutcomeKind
from streams.step import step

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CODEC = Codec()
POLICIES = policy.only(
    policy_reading.parse(
        deployed.text("policy.toml"), deployed.text("serious_offences.csv"), BY_ID, england_and_wales()
    )
)


class Core:
    """The whole way without Kafka: translate, resolve, step; escalations in their order."""

    def __init__(self) -> None:
        self.files: dict[str, CaseFile] = {}
        self.matching = Matching(CODEC)
        self.escalations: list[dict[str, Any]] = []
        self.outcomes: list[OutcomeKind] = []

    def take(self, told: story.StoryStep, offset: int) -> None:
        for part in self.matching.parts(told.message.topic, told.message.value, told.at, offset):
            for message in self.matching.decided(part):
                match message:
                    case CaseEvent():
                        done = step(self.files.get(message.case), message, POLICIES, told.at)
                        self.files[message.case] = done.file
                        self.escalations += [each.record() for each in done.escalations]
                    case Outcome():
                        self.outcomes.append(message.kind)
                    case _:
                        pass


def told(lasting: float = 30, start: datetime = START) -> tuple[story.StoryStep, ...]:
    return story.tell(start, schemas.encode, timedelta(seconds=lasting))


@pytest.fixture(scope="module")
def core() -> Core:
    core = Core()
    for offset, each in enumerate(told()):
        core.take(each, offset)
    return core


@pytest.mark.parametrize("ending", story.ENDINGS, ids=lambda ending: ending.title)
def test_each_case_ends_as_the_story_says(core: Core, ending: story.Ending) -> None:
    items = {each["rule"] for each in core.escalations if each["case_id"] == ending.case}
    last = {each["rule"]: each["condition"] for each in core.escalations if each["case_id"] == ending.case}
    assert items == set(ending.raised)
    assert {rule for rule, condition in last.items() if condition == "CLEARED"} == set(ending.cleared)
    closed = {each["rule"] for each in core.escalations if (each["case_id"], each["change"]) == (ending.case, "CLOSED")}
    assert closed == set(ending.closed)


def test_the_story_as_a_whole_is_as_told(core: Core) -> None:
    assert sums.as_told(core.escalations)


def test_the_story_alone_raises_six_escalations(core: Core) -> None:
    raised = [(each["case_id"], each["rule"]) for each in core.escalations if each["change"] == "RAISED"]
    assert sorted(raised) == sorted(
        [
            (story.PLACEHOLDER, "R1"),
            (story.PLACEHOLDER, "R2"),
            (story.STALE, "R2"),
            (story.STALE, "R8"),
            (story.YOUTH, "R1"),
            (story.HEARING, "R2"),
        ]
    )


def test_every_escalation_names_case_rule_principles_and_signals(core: Core) -> None:
    for each in core.escalations:
        assert each["case_id"]
        assert each["rule"]
        assert each["principles"]
        assert each["reason"]
        assert each["signals"]


@pytest.mark.parametrize(
    ("case", "rule", "words"),
    [
        pytest.param(story.PLACEHOLDER, "R1", "placeholder", id="the reason says that a placeholder was there"),
        pytest.param(story.YOUTH, "R1", "case manager", id="the reason says that a case manager alone was there"),
    ],
)
def test_what_was_there_in_place_of_a_manager_is_said(core: Core, case: str, rule: str, words: str) -> None:
    first = next(each for each in core.escalations if (each["case_id"], each["rule"]) == (case, rule))
    assert words in first["manager"]


def test_the_life_of_an_escalation_is_shown_from_its_raising_to_its_end(core: Core) -> None:
    life = [each for each in core.escalations if each["case_id"] == story.YOUTH]
    assert [(each["change"], each["stage"], each["actor"]) for each in life] == [
        ("RAISED", "RAISED", None),
        ("CONDITION_CLEARED", "RAISED", None),
        ("OVERSEEN", "OVERSEEN", "YN1A002"),
        ("CLOSED", "CLOSED", "YN1A002"),
    ]
    assert "overseen by TEAM MANAGER YN1A002: no action is needed (PLAN_IN_PLACE)" in life[2]["reason"]


@pytest.mark.parametrize("lasting", [5, 30, 300])
def test_the_story_ends_as_told_whatever_the_pace(lasting: float) -> None:
    core = Core()
    for offset, each in enumerate(told(lasting)):
        core.take(each, offset)
    assert sums.as_told(core.escalations)


def test_the_referral_is_shown_where_there_was_one(core: Core) -> None:
    referred = {each["case_id"] for each in core.escalations if each["referred_at"] is not None}
    assert referred == {story.PLACEHOLDER}


def test_the_hearing_waits_until_the_allocation_says_whose_it_is() -> None:
    core, seen = Core(), list[tuple[str, ...]]()
    for offset, each in enumerate(told()):
        core.take(each, offset)
        if each.case == story.HEARING:
            seen.append((*core.outcomes, "in a file" if story.HEARING in core.files else "in none"))
    assert seen == [("parked", "in none"), ("parked", "in a file")]


def test_a_call_out_that_is_sent_twice_is_the_same_message() -> None:
    calls = [
        each.message
        for each in told()
        if each.case == story.STALE and each.message.topic == topics.POLICE_NOTIFICATIONS
    ]
    assert len(calls) == 2
    assert calls[0].value == calls[1].value


@pytest.mark.parametrize("lasting", [5, 30, 300])
def test_the_story_fits_the_time_it_is_given(lasting: float) -> None:
    times = [each.at for each in told(lasting)]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (START, START + timedelta(seconds=lasting))


def test_the_storys_ids_are_ids_as_the_program_knows_them() -> None:
    named = {
        identity.case_ids(**schemas.decode(topics.FEEDS[each.message.topic], each.message.value)["case"])[0]
        for each in told()
        if each.message.topic != topics.COURT_HEARINGS
    }
    assert named == {ending.case for ending in story.ENDINGS}


def test_the_storys_pnc_is_valid() -> None:
    assert numbers.check_letter(2009, 412307) == "W"
