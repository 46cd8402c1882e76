"""What the records of our own feeds must say, and what is refused with what to send instead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from streams.faults import Untranslatable
from tests.unit.feed_book import (
    CLASSIFICATION,
    CRN,
    EARLIER,
    LINK,
    MS,
    OTHER,
    RECEIVED,
    REQUIRED,
    SERVICE,
    only,
    translate,
)

# ── what must be said, and what cannot be ────────────────────────────────────────────────────────────────────

_SEND_ONE = (
    "give exactly one of classification, service, coming_of_age, merge, unmerge, erasure, link, "
    "each under a message id of its own"
)
_SAY = "say it as a code or a short text, or leave out what it belongs to"
_SHORT = "send a code or a short text, never a report"
_ESCALATION = "the id of the escalation that it is about"
_ACTION = "the id of the action as its oversight record has it"
_EVIDENCE = "how it was confirmed, for asking is not enough (P10)"
_REASON = "why, as a code or a short text (P18)"
_UNTIL = "when the suppression ends, for none is for ever"

REFUSED = [
    pytest.param(
        "oversight",
        {"actions": [REQUIRED, REQUIRED | {"action_id": " a-1 "}]},
        "actions[1].action_id is the id of an action before it",
        "give each action of a record an id of its own: its confirmation names it",
        id="two actions of one id",
    ),
    pytest.param(
        "oversight",
        {"actions": [REQUIRED], "none_needed": "PLAN_HOLDS"},
        "the record asks for actions, and says that none is needed",
        "say one or the other: leave out actions, or none_needed",
        id="actions, and none needed",
    ),
    pytest.param(
        "oversight",
        {"actions": [REQUIRED | {"action_id": f"a-{number}"} for number in range(25)]},
        "actions has 25 entries, and one record may have 24",
        "send the rest in another record, under its own message id",
        id="too many actions",
    ),
    pytest.param(
        "oversight",
        {"deficits": ["X"] * 25},
        "deficits has 25 entries, and one record may have 24",
        "send the rest in another record, under its own message id",
        id="too many deficits",
    ),
    pytest.param("oversight", {"none_needed": " "}, "none_needed is empty", _SAY, id="none needed, and not why"),
    pytest.param(
        "oversight",
        {"actions": [REQUIRED | {"what": ""}]},
        "actions[0].what is empty",
        _SAY,
        id="an action that says nothing",
    ),
    pytest.param(
        "oversight",
        {"actions": [REQUIRED | {"action_id": ""}]},
        "actions[0].action_id cannot be an id: it is empty, unprintable or longer than 100 characters",
        "send the id that your own system gave",
        id="an action without an id",
    ),
    pytest.param(
        "acts",
        {"author_staff_code": " "},
        "author_staff_code is empty: nobody acts unnamed",
        "send the staff code of who did it",
        id="an act of nobody",
    ),
    *(
        pytest.param(
            "acts",
            {"kind": kind, "escalation_id": None, "reason": "R", "until_at": RECEIVED},
            f"an act of kind {kind} must have escalation_id",
            f"send {_ESCALATION}",
            id=f"{kind} of no escalation",
        )
        for kind in ("ACKNOWLEDGED", "REOPENED", "SUPPRESSED", "SUPPRESSION_ENDED", "POLICY_ADOPTED")
    ),
    *(
        pytest.param(
            "acts",
            {"kind": kind, "evidence": "DOCUMENT", "action_id": " "},
            f"an act of kind {kind} must have action_id",
            f"send {_ACTION}",
            id=f"{kind} of no action",
        )
        for kind in ("CLAIMED", "CONFIRMED")
    ),
    pytest.param(
        "acts",
        {"kind": "CONFIRMED", "action_id": "a-1"},
        "an act of kind CONFIRMED must have evidence",
        f"send {_EVIDENCE}",
        id="a confirmation without evidence",
    ),
    pytest.param(
        "acts",
        {"kind": "REOPENED", "reason": " "},
        "an act of kind REOPENED must have reason",
        f"send {_REASON}",
        id="reopened for no reason",
    ),
    pytest.param(
        "acts",
        {"kind": "SUPPRESSED", "reason": "R"},
        "an act of kind SUPPRESSED must have until_at",
        f"send {_UNTIL}",
        id="suppressed for ever",
    ),
    pytest.param(
        "acts",
        {"kind": "SUPPRESSED", "escalation_id": None},
        "an act of kind SUPPRESSED must have escalation_id and reason and until_at",
        f"send {_ESCALATION}; {_REASON}; {_UNTIL}",
        id="all that is missing at once",
    ),
    pytest.param(
        "acts",
        {"kind": "SUPPRESSED", "reason": "R", "until_at": EARLIER},
        "until_at is not after occurred_at: nothing would be suppressed",
        "send the end of the suppression, or when it was decided",
        id="suppressed until it began",
    ),
    pytest.param(
        "acts",
        {"kind": "SUPPRESSED", "reason": "R", "until_at": RECEIVED, "occurred_at": None},
        "until_at is not after the receipt: nothing would be suppressed",
        "send the end of the suppression, or when it was decided",
        id="suppressed until it was received",
    ),
    pytest.param(
        "circumstances", only(), "the record tells nothing; one record tells one thing", _SEND_ONE, id="nothing told"
    ),
    pytest.param(
        "circumstances",
        {"merge": {"into": OTHER}, "link": LINK},
        "the record tells of classification and of merge and of link; one record tells one thing",
        _SEND_ONE,
        id="three things told",
    ),
    pytest.param(
        "circumstances",
        only(link=LINK | {"other": CRN}),
        "link.other is the case itself",
        "name the other person's case",
        id="linked to itself",
    ),
    pytest.param(
        "circumstances",
        {**only(link=LINK), "case": {**OTHER, "crn": "X320741"}},
        "link.other is the case itself",
        "name the other person's case",
        id="linked to itself by its other id",
    ),
    pytest.param(
        "circumstances",
        only(link=LINK | {"other": {**CRN, "crn": "320741"}}),
        "link.other: the CRN is not of either known shape",
        "send one or two capital letters and six digits, or no CRN",
        id="linked to no case",
    ),
    pytest.param(
        "circumstances",
        only(merge={"into": CRN}),
        "merge.into is the case itself",
        "name the case that lives on",
        id="merged into itself",
    ),
    pytest.param(
        "circumstances",
        only(unmerge={"out_of": CRN}),
        "unmerge.out_of is the case itself",
        "name the case that it had been merged into",
        id="unmerged out of itself",
    ),
    pytest.param(
        "circumstances",
        only(erasure={"author_staff_code": "", "ground": "G"}),
        "erasure.author_staff_code is empty: nobody acts unnamed",
        "send the staff code of who did it",
        id="erased by nobody",
    ),
    pytest.param(
        "circumstances",
        only(erasure={"author_staff_code": "N07Z9", "ground": " "}),
        "erasure.ground is empty",
        _SAY,
        id="erased on no ground",
    ),
    pytest.param(
        "circumstances",
        only(classification=CLASSIFICATION | {"code": ""}),
        "classification.code is empty",
        _SAY,
        id="classified as nothing",
    ),
    pytest.param(
        "circumstances", only(service=SERVICE | {"what": " "}), "service.what is empty", _SAY, id="no service"
    ),
]


@pytest.mark.parametrize(("feed", "instead", "reason", "remedy"), REFUSED)
def test_what_makes_no_sense_is_refused_with_what_to_send(
    feed: str, instead: dict[str, Any], reason: str, remedy: str
) -> None:
    with pytest.raises(Untranslatable) as fault:
        translate(feed, **instead)
    assert (fault.value.reason, fault.value.remedy, fault.value.case) == (reason, remedy, "crn:X320741")


def at_its_place(name: str, text: str) -> dict[str, Any]:
    """What stands in place of a text of a record, by the name under which it is refused."""
    match name.split("."):
        case ["actions[0]", field]:
            return {"actions": [REQUIRED | {field: text}]}
        case ["deficits[1]"]:
            return {"deficits": ["X", text]}
        case ["classification", field]:
            return only(classification=CLASSIFICATION | {field: text})
        case ["service", field]:
            return only(service=SERVICE | {field: text})
        case ["erasure", field]:
            return only(erasure={"author_staff_code": "N07Z9", "ground": "G", field: text})
        case _:
            return {name: text}


@pytest.mark.parametrize(
    ("feed", "name"),
    [
        *(("oversight", name) for name in ("forum", "decision", "none_needed", "variance")),
        *(("oversight", name) for name in ("deficits[1]", "actions[0].what")),
        *(("acts", name) for name in ("reason", "variance", "evidence_reference")),
        *(("circumstances", f"classification.{name}") for name in ("code", "level", "category")),
        *(("circumstances", name) for name in ("service.what", "service.provider", "erasure.ground")),
    ],
)
def test_a_text_of_more_than_500_characters_is_a_report_and_refused(feed: str, name: str) -> None:
    translate(feed, **at_its_place(name, f" {'x' * 500} "))
    with pytest.raises(Untranslatable) as fault:
        translate(feed, **at_its_place(name, "x" * 501))
    assert (fault.value.reason, fault.value.remedy) == (f"{name} is longer than 500 characters", _SHORT)


def test_24_actions_and_24_deficits_are_taken() -> None:
    many = [REQUIRED | {"action_id": f"a-{number}"} for number in range(24)]
    (event,) = translate("oversight", actions=many, deficits=["X"] * 24)
    assert (len(event.fact.actions), len(event.fact.deficits)) == (24, 24)


@pytest.mark.parametrize("occurred", [EARLIER, None], ids=["decided", "received"])
def test_a_suppression_ends_after_it_was_decided(occurred: datetime | None) -> None:
    end = (occurred or RECEIVED) + MS
    (event,) = translate("acts", kind="SUPPRESSED", reason="R", until_at=end, occurred_at=occurred)
    assert event.fact.until == end


def test_an_act_names_the_oversight_record_by_the_id_that_its_event_has() -> None:
    (asked,) = translate("oversight", sender=" Any/shire ", message_id=" o/1 ")
    (done,) = translate("acts", kind="CLAIMED", action_id="a-1", sender="Any/shire", record_id="o/1")
    assert done.fact.record == asked.sender_id
