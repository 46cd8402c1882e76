"""Oversight (P7, P9, P10, P15, P19): referrals, discussions, countersignatures, forum outcomes, what they ask for."""

from __future__ import annotations

from datetime import datetime

from streams.acts import RequiredAction
from streams.events import Origin, Oversight, OversightKind
from streams.feeds.record import Reading, Record, code, grade, read
from streams.sightings import Part

ASKED_AT_MOST = 24
"""Required actions, and deficits, of one record: a case file holds them until they are done. More are a plan's."""


def translate(record: Record, origin: Origin, received: datetime) -> tuple[Part, ...]:
    """The record under its own kind: a forum's outcome stays a forum's outcome. Raises Untranslatable. Pure.

    What it asks for and that nothing needs doing exclude each other: a record that says both says neither.
    """
    reading = read("oversight", record, origin, received)
    for field in ("deficits", "actions"):
        if len(record[field]) > ASKED_AT_MOST:
            raise reading.refused(
                f"{field} has {len(record[field])} entries, and one record may have {ASKED_AT_MOST}",
                "send the rest in another record, under its own message id",
            )
    oversight = Oversight(
        record=reading.id("message_id"),
        kind=OversightKind[record["kind"]],
        author=code(record["author_staff_code"]),
        author_grade=grade(record["author_grade"]),
        forum=reading.text("forum"),
        decision=reading.text("decision"),
        escalation=reading.id_given("escalation_id"),
        practice_assessed=record["practice_assessed"],
        deficits=reading.codes("deficits"),
        actions=_actions(reading),
        none_needed=None if record["none_needed"] is None else reading.required("none_needed"),
        variance=reading.text("variance"),
    )
    if oversight.actions and oversight.none_needed:
        raise reading.refused(
            "the record asks for actions, and says that none is needed",
            "say one or the other: leave out actions, or none_needed",
        )
    return (reading.event(oversight, reading.times(reading.past("occurred_at"))),)


def _actions(reading: Reading) -> tuple[RequiredAction, ...]:
    actions: dict[str, RequiredAction] = {}
    for index, asked in enumerate(reading.record["actions"]):
        inside = reading.within(f"actions[{index}]", asked)
        action = RequiredAction(
            action=inside.id("action_id"),
            what=inside.required("what"),
            owner=code(asked["owner_staff_code"]),
            owner_grade=grade(asked["owner_grade"]),
            due=inside.planned("due_at"),
        )
        if action.action in actions:
            raise reading.refused(
                f"actions[{index}].action_id is the id of an action before it",
                "give each action of a record an id of its own: its confirmation names it",
            )
        actions[action.action] = action
    return tuple(actions.values())
