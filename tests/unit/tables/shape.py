"""What a table of examples is: a part of the guidance, and example by example what came in and what was told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from streams.escalation import EscalationRecord
from streams.events import CaseEvent
from streams.policy import Policies, Policy, only
from tests.unit.casebook import POLICY, run, said

Told = tuple[tuple[str, str], ...]

ANSWERS = (
    *("RAISED", "JOINED", "CONDITION_CLEARED", "CONDITION_RETURNED", "ACKNOWLEDGED", "OVERSEEN"),
    *("OVERSIGHT_INSUFFICIENT", "ACTION_CLAIMED", "ACTION_CONFIRMED", "CONFIRMATION_REFUSED", "SUPPRESSED"),
    *("SUPPRESSION_ENDED", "POLICY_ADOPTED", "CLOSED", "REOPENED"),
)
"""The changes that a table shows unless it is about time: all but those that only say that a deadline has passed."""

LATE = ("OVERDUE", "ACKNOWLEDGEMENT_EXPIRED")


class Example(NamedTuple):
    """What is said, the events in the order in which they come, and the changes told, as (rule, change)."""

    says: str
    events: tuple[CaseEvent, ...]
    told: Told = ()
    now: datetime | None = None  # when all are judged; None: each when it was received
    manager: str | None = None  # what the last record says of who is there
    reason: tuple[str, ...] = ()  # words of the last record's reason
    notes: tuple[str, ...] = ()  # words of its notes
    silent: tuple[str, ...] = ()  # words that its notes do not have
    levels: tuple[str, ...] = ()  # levels as it has them
    urgency: str | None = None
    turn: str | None = None  # whose turn it is
    next_at: str | None = None  # the next deadline, UTC, to the minute
    policies: Policies | None = None  # where more than the shipped one counts
    pending: str = ""  # what is known to be wrong in it, until that is put right: not shown on the page


class Table(NamedTuple):
    """Examples of one part of the guidance. ``rules``: whose changes are compared; ``late``: also deadlines passed."""

    title: str
    principles: tuple[str, ...]
    text: str
    examples: tuple[Example, ...]
    rules: tuple[str, ...] = ("R1", "R2")
    late: bool = False


def mismatches(table: Table, example: Example, policy: Policy = POLICY) -> list[str]:
    """What comes out otherwise than the example says; nothing where it holds."""
    _, told = run(example.events, now=example.now, policies=example.policies or only(policy))
    found = [one for one in told if one.rule in table.rules]
    changes = tuple(each for each in said(found) if table.late or each[1] not in LATE)
    if changes != example.told:
        return [f"told {changes}, not {example.told}"]
    return list(_last(example, found[-1])) if found else []


def _last(example: Example, last: EscalationRecord) -> Iterable[str]:
    notes = " | ".join(last.notes)
    yield from (f"{word!r} is not in the reason {last.reason!r}" for word in example.reason if word not in last.reason)
    yield from (f"{word!r} is not in the notes {notes!r}" for word in example.notes if word not in notes)
    yield from (f"{word!r} is in the notes {notes!r}" for word in example.silent if word in notes)
    yield from (f"{word!r} is not in the levels {last.levels}" for word in example.levels if word not in last.levels)
    next_at = f"{last.next_at:%Y-%m-%d %H:%M}" if last.next_at else "none"
    for what, is_, should in (
        ("manager", last.manager, example.manager),
        ("urgency", last.urgency, example.urgency),
        ("turn", last.turn, example.turn),
        ("next", next_at, example.next_at),
    ):
        if should is not None and is_ != should:
            yield f"{what} is {is_!r}, not {should!r}"


def pairs(rule: str, *changes: str) -> Told:
    """``pairs("R1", "RAISED", "CLOSED")``."""
    return tuple((rule, change) for change in changes)
