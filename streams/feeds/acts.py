"""Acts (P10, P11, P18): somebody acknowledges, claims, confirms, reopens or suppresses.

To oversee is no act: it is an oversight record. Designed here: no public system was found that follows an alert until
somebody has dealt with it (docs/schemas.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from streams.acts import Act, ActKind, Evidence
from streams.events import Origin
from streams.feeds.record import Record, grade, read
from streams.identity import joined
from streams.sightings import Part

_NEEDS: Mapping[ActKind, tuple[str, ...]] = {
    ActKind.ACKNOWLEDGED: ("escalation_id",),
    ActKind.CLAIMED: ("action_id",),
    ActKind.CONFIRMED: ("action_id", "evidence"),
    ActKind.REOPENED: ("escalation_id", "reason"),
    ActKind.SUPPRESSED: ("escalation_id", "reason", "until_at"),
    ActKind.SUPPRESSION_ENDED: ("escalation_id",),
    ActKind.POLICY_ADOPTED: ("escalation_id",),
}
"""What an act of each kind must say."""

_WHAT_TO_SEND = {
    "escalation_id": "the id of the escalation that it is about",
    "action_id": "the id of the action as its oversight record has it",
    "evidence": "how it was confirmed, for asking is not enough (P10)",
    "reason": "why, as a code or a short text (P18)",
    "until_at": "when the suppression ends, for none is for ever",
}


def translate(record: Record, origin: Origin, received: datetime) -> tuple[Part, ...]:
    """The act; what its kind must say and does not is named, all of it at once. Raises Untranslatable. Pure.

    The oversight record that asked for the action is named as case files know it, by the sender's id of its event: this
    act's own sender must have sent it.
    """
    reading = read("acts", record, origin, received)
    asked = reading.id_given("record_id")
    act = Act(
        act=reading.id("message_id"),
        kind=ActKind[record["kind"]],
        author=reading.staff("author_staff_code"),
        author_grade=grade(record["author_grade"]),
        escalation=reading.id_given("escalation_id"),
        action=reading.id_given("action_id"),
        record=asked and joined("oversight", record["sender"].strip(), asked),
        evidence=None if record["evidence"] is None else Evidence[record["evidence"]],
        reference=reading.text("evidence_reference"),
        reason=reading.text("reason"),
        variance=reading.text("variance"),
        until=reading.planned("until_at"),
    )
    occurred = reading.past("occurred_at")
    missing = [field for field in _NEEDS[act.kind] if not str(record[field] or "").strip()]
    if missing:
        raise reading.refused(
            f"an act of kind {act.kind.name} must have {' and '.join(missing)}",
            f"send {'; '.join(_WHAT_TO_SEND[field] for field in missing)}",
        )
    if act.kind is ActKind.SUPPRESSED and act.until is not None and act.until <= (occurred or received):
        after = "occurred_at" if occurred else "the receipt"
        raise reading.refused(
            f"until_at is not after {after}: nothing would be suppressed",
            "send the end of the suppression, or when it was decided",
        )
    return (reading.event(act, reading.times(occurred)),)
