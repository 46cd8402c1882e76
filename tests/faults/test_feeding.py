"""The person who deals with escalations: each change that is seen is answered by the next step of an item's life."""

from __future__ import annotations

from typing import Any

import pytest
from feeding import Person, reference
from verifier import Record

from agents import wire
from agents.timer import now
from agents.topics import CASE_ACTS, FEEDS, OVERSIGHT_RECORDS
from schemas import Codec
from streams.acts import Act, ActKind, Evidence
from streams.events import CaseEvent, Origin, Oversight
from streams.identity import case_ids

CODEC = Codec(None)
YOUTH = "youth:Northshire YJS/YC%2F000001"
ADULT = "crn:A100200"


class Watched(Person):
    """Somebody whose records stay here."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__("127.0.0.1:1", "", seed, CODEC, 2)
        self.told: list[Any] = []

    def _tell(self, feed: str, what: str, told: dict[str, Any], record: dict[str, Any]) -> None:
        value = CODEC.encode(FEEDS[feed], record)
        (event,) = wire.translate(feed, value, Origin(feed, 0, 0), now(), CODEC)
        assert isinstance(event, CaseEvent)
        assert event.case == told["case_id"]
        assert feed == (CASE_ACTS if isinstance(event.fact, Act) else OVERSIGHT_RECORDS)
        self.told.append(event.fact)


def escalation(change: str, case: str = ADULT, item: str = "e1") -> Record:
    """An escalation of which nothing is said but what the person reads."""
    wanted = {
        "action": "DO-1", "what": "HOME_VISIT", "owner": "N01A042", "due": now(), "claimed_at": None,
        "claimed_by": None, "confirmed_at": None, "confirmed_by": None, "evidence": None, "reference": None,
    }  # fmt: skip
    told = {
        "escalation_id": item, "revision": 1, "case_id": case, "cohort": "adult", "rule": "R1", "principles": [],
        "change": change, "condition": "HOLDS", "reason": "", "manager": "nobody", "levels": [], "policy_version": "",
        "at": now(), "actions": [wanted] if change == "OVERSEEN" else [],
    }  # fmt: skip
    return Record(0, 0, case.encode(), CODEC.encode("escalation", _whole(told)))


def _whole(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "signals": [], "signals_left_out": 0, "known_since": None, "referred_at": None, "referred_by": None,
        "notes": [], "stage": "RAISED", "urgency": "routine", "turn": "", "awaits": "ACKNOWLEDGEMENT", "next_at": None,
        "actor": None, "actor_grade": None, "decision": None, "variance": None, "suppressed_until": None, "entry": 0,
        "events_head": "", "previous": "", "hash": "", **told,
    }  # fmt: skip


@pytest.mark.parametrize("case", [ADULT, YOUTH])
def test_a_case_id_of_ours_is_written_as_its_sender_names_it(case: str) -> None:
    assert case_ids(**reference(case)) == (case, None)


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        pytest.param("RAISED", {ActKind.ACKNOWLEDGED, ActKind.SUPPRESSED}, id="raised: taken on, or put aside"),
        pytest.param("REOPENED", {ActKind.ACKNOWLEDGED, ActKind.SUPPRESSED}, id="reopened: as if raised"),
        pytest.param("SUPPRESSION_ENDED", {ActKind.ACKNOWLEDGED}, id="no longer put aside: taken on"),
        pytest.param("OVERSEEN", {ActKind.CLAIMED, ActKind.CONFIRMED}, id="overseen: its action is done, and seen"),
        pytest.param("CLOSED", {ActKind.REOPENED}, id="closed: reopened"),
        pytest.param("JOINED", set(), id="joined: nothing"),
        pytest.param("ERASED", set(), id="erased: nothing"),
    ],
)
@pytest.mark.parametrize("case", [ADULT, YOUTH])
def test_each_change_is_answered_by_what_comes_next(change: str, kinds: set[ActKind], case: str) -> None:
    person = Watched()
    for number in range(60):
        person.sees_escalation(escalation(change, case, f"e{number}"))
    assert {act.kind for act in person.told} == kinds
    assert {act.escalation for act in person.told} <= {f"e{number}" for number in range(60)}


def test_what_is_acknowledged_is_overseen_with_an_action_by_somebody_who_may() -> None:
    for case, grade in ((ADULT, "SPO"), (YOUTH, "TEAM MANAGER")):
        person = Watched()
        for number in range(20):
            person.sees_escalation(escalation("ACKNOWLEDGED", case, f"e{number}"))
        assert {(type(each), each.author_grade, len(each.actions)) for each in person.told} == {(Oversight, grade, 1)}
        assert all(each.practice_assessed for each in person.told)


def test_an_action_is_confirmed_with_evidence_by_another_than_who_did_it() -> None:
    person = Watched()
    for number in range(20):
        person.sees_escalation(escalation("OVERSEEN", item=f"e{number}"))
    claims, confirmations = person.told[::2], person.told[1::2]
    assert {each.author for each in claims} == {"N01A042"}
    assert {each.author for each in confirmations} == {"N01A001"}
    assert {each.evidence for each in confirmations} <= {*Evidence}


def test_about_every_third_item_is_dealt_with_to_its_end_and_no_other_at_all() -> None:
    person = Watched()
    dealt: dict[int, int] = {}
    for number in range(300):
        before = len(person.told)
        for change in ("RAISED", "ACKNOWLEDGED", "OVERSEEN", "CLOSED", "REOPENED", "CLOSED"):
            person.sees_escalation(escalation(change, item=f"e{number}"))
        dealt[number] = len(person.told) - before
    # taken on, overseen, claimed, confirmed, reopened once, taken on
    assert {*dealt.values()} == {0, 6}
    assert 0.25 < sum(each > 0 for each in dealt.values()) / 300 < 0.45


def test_a_person_who_has_gone_home_does_nothing() -> None:
    person = Watched()
    person.stop()
    for number in range(20):
        person.sees_escalation(escalation("RAISED", item=f"e{number}"))
    assert person.told == []
