"""What is emitted: one record for each change of an escalation."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct


class Change(StrEnum):
    """What a record says."""

    RAISED = "RAISED"
    JOINED = "JOINED"
    CONDITION_CLEARED = "CONDITION_CLEARED"
    CONDITION_RETURNED = "CONDITION_RETURNED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ACKNOWLEDGEMENT_EXPIRED = "ACKNOWLEDGEMENT_EXPIRED"
    OVERSEEN = "OVERSEEN"
    OVERSIGHT_INSUFFICIENT = "OVERSIGHT_INSUFFICIENT"  # a countersignature, a forum, a grade: it ends nothing
    ACTION_CLAIMED = "ACTION_CLAIMED"
    ACTION_CONFIRMED = "ACTION_CONFIRMED"
    CONFIRMATION_REFUSED = "CONFIRMATION_REFUSED"
    OVERDUE = "OVERDUE"  # a deadline has passed: one step up the chain
    SUPPRESSED = "SUPPRESSED"
    SUPPRESSION_ENDED = "SUPPRESSION_ENDED"
    POLICY_ADOPTED = "POLICY_ADOPTED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    MOVED = "MOVED"  # with its case, when cases are merged or unmerged
    ERASED = "ERASED"


class Condition(StrEnum):
    """Whether the rule's condition holds now. Cleared is not closed."""

    HOLDS = "HOLDS"
    CLEARED = "CLEARED"


class Stage(StrEnum):
    """How far an escalation has come in its life."""

    RAISED = "RAISED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    OVERSEEN = "OVERSEEN"
    CLOSED = "CLOSED"


class Awaits(StrEnum):
    """What must happen by the next deadline of an escalation."""

    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT"
    OVERSIGHT = "OVERSIGHT"
    CONFIRMATION = "CONFIRMATION"  # of the actions that the oversight asked for
    CLEARING = "CLEARING"  # it was overseen, and the condition holds still
    SUPPRESSION_END = "SUPPRESSION_END"
    NOTHING = "NOTHING"  # it is closed


class EscalationSignal(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A fact that tipped the escalation, or joined it."""

    kind: str
    content_id: str
    sighting: str
    summary: str
    occurred_at: datetime | None = None
    recorded_at: datetime | None = None
    received_at: datetime


class EscalationAction(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A required action of the escalation, and how far it has come."""

    action: str
    what: str
    owner: str | None = None
    due: datetime
    claimed_at: datetime | None = None
    claimed_by: str | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    evidence: str | None = None
    reference: str | None = None


class EscalationRecord(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An escalation as it stands after one change. Fields and names as in schemas/escalation.avsc.

    All times are in whole milliseconds, as Avro gives them back. What says nothing is None by default, so that the hash
    of the record leaves it out: see ``record.digest``.
    """

    escalation_id: str
    revision: int
    case_id: str
    cohort: str
    rule: str
    principles: tuple[str, ...]
    change: Change
    condition: Condition
    reason: str
    manager: str
    levels: tuple[str, ...]
    signals: tuple[EscalationSignal, ...]
    signals_left_out: int
    known_since: datetime | None = None
    referred_at: datetime | None = None
    referred_by: str | None = None
    notes: tuple[str, ...]
    policy_version: str
    at: datetime
    stage: Stage
    urgency: str
    turn: str  # whose turn it is: a step of the chain
    awaits: Awaits
    next_at: datetime | None = None
    actor: str | None = None  # who made this change, where a person did
    actor_grade: str | None = None
    decision: str | None = None  # their reason, or why no action is needed
    variance: str | None = None
    actions: tuple[EscalationAction, ...]
    suppressed_until: datetime | None = None
    entry: int | None = None  # the number of this record among those of its case; this and the next when it is sealed
    events_head: str | None = None  # the chain over the case's events up to this change
    previous: str | None = None  # the hash of the record before this one; empty: this is the first
    hash: str | None = None

    def record(self) -> dict[str, object]:
        """The escalation as its Avro record."""
        asdict = msgspec.structs.asdict
        return {**asdict(self), "signals": [*map(asdict, self.signals)], "actions": [*map(asdict, self.actions)]}
