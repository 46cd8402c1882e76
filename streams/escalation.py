"""What the world is told: an escalation, one record for each change of an open item."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct


class Change(StrEnum):
    """What a record tells."""

    RAISED = "RAISED"
    JOINED = "JOINED"
    CONDITION_CLEARED = "CONDITION_CLEARED"
    CONDITION_RETURNED = "CONDITION_RETURNED"


class Condition(StrEnum):
    """Whether the rule's condition holds now. Cleared is not closed."""

    HOLDS = "HOLDS"
    CLEARED = "CLEARED"


class EscalationSignal(Struct, frozen=True):
    """A fact that tipped the escalation, or joined it."""

    kind: str
    content_id: str
    sighting: str
    summary: str
    occurred_at: datetime | None
    recorded_at: datetime | None
    received_at: datetime


class Escalation(Struct, frozen=True):
    """An escalation as it stands after one change. Fields and names as in schemas/escalation.avsc."""

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
    known_since: datetime | None
    referred_at: datetime | None
    referred_by: str | None
    notes: tuple[str, ...]
    policy_version: str
    at: datetime

    def record(self) -> dict[str, object]:
        """The escalation as its Avro record."""
        return {
            **msgspec.structs.asdict(self),
            "principles": list(self.principles),
            "change": self.change.value,
            "condition": self.condition.value,
            "levels": list(self.levels),
            "signals": [msgspec.structs.asdict(signal) for signal in self.signals],
            "notes": list(self.notes),
        }
