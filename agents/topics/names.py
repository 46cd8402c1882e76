"""The names of all topics, without the namespace, and which step reads and keeps what."""

from __future__ import annotations

from typing import NamedTuple

# Feeds: the senders own them.
POLICE_NOTIFICATIONS = "police.notifications.v1"
COURT_APPEARANCES = "court.appearances.v1"
COURT_HEARINGS = "court.hearings.v1"
ASSESSMENT_UPDATES = "assessment.updates.v1"
CASE_ALLOCATIONS = "case.allocations.v1"
OVERSIGHT_RECORDS = "oversight.records.v1"
CASE_ACTS = "case.acts.v1"
CASE_CIRCUMSTANCES = "case.circumstances.v1"

# Between the steps.
CASE_EVENTS = "case.events.v1"
IDENTITY_LOOKUPS = "identity.lookups.v1"
IDENTITY_SIGHTINGS = "identity.sightings.v1"
QUARANTINE_REPLAYS = "quarantine.replays.v1"

# What we tell the world.
ESCALATIONS = "escalations.v1"
SIGHTING_OUTCOMES = "sighting.outcomes.v1"
QUARANTINE = "quarantine.v1"
DUTY_ITEMS = "duty.items.v1"
OPERATOR_COMMANDS = "operator.commands.v1"
POLICIES = "policies.v1"

# The lanes' own.
TICKETS = "tickets.v1"
INTAKE_CHANGELOG = "intake.changelog.v1"
IDENTIFIERS_CHANGELOG = "identifiers.changelog.v1"
SIGHTINGS_CHANGELOG = "sightings.changelog.v1"
CASES_CHANGELOG = "cases.changelog.v1"

FEEDS: dict[str, str] = {
    POLICE_NOTIFICATIONS: "police_notification",
    COURT_APPEARANCES: "court_appearance",
    COURT_HEARINGS: "common-platform",
    ASSESSMENT_UPDATES: "assessment_update",
    CASE_ALLOCATIONS: "case_allocation",
    OVERSIGHT_RECORDS: "oversight_record",
    CASE_ACTS: "case_act",
    CASE_CIRCUMSTANCES: "case_circumstance",
}
"""Each feed with the schema of its records; "common-platform" is the sender's own JSON."""


class StepTopics(NamedTuple):
    """What a step reads, and where it keeps its truth."""

    sources: tuple[str, ...]
    changelog: str


STEPS: dict[str, StepTopics] = {
    "intake": StepTopics((*FEEDS, QUARANTINE_REPLAYS), INTAKE_CHANGELOG),
    "identifiers": StepTopics((IDENTITY_LOOKUPS,), IDENTIFIERS_CHANGELOG),
    "sightings": StepTopics((IDENTITY_SIGHTINGS,), SIGHTINGS_CHANGELOG),
    "cases": StepTopics((CASE_EVENTS,), CASES_CHANGELOG),
}
"""The steps of the way."""

ALL: tuple[str, ...] = (
    *FEEDS,
    *(CASE_EVENTS, IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS, QUARANTINE_REPLAYS),
    *(ESCALATIONS, SIGHTING_OUTCOMES, QUARANTINE, DUTY_ITEMS, OPERATOR_COMMANDS, POLICIES),
    *(TICKETS, INTAKE_CHANGELOG, IDENTIFIERS_CHANGELOG, SIGHTINGS_CHANGELOG, CASES_CHANGELOG),
)
"""Every topic there is."""


def needed(counts: dict[str, int]) -> dict[str, int]:
    """How many partitions each changelog and the tickets need, given those of the sources there are. Pure.

    A changelog: as many as the largest source of its step. Tickets: as many as the largest of all.
    """
    by_step = {step.changelog: max(counts.get(source, 0) for source in step.sources) for step in STEPS.values()}
    return {**by_step, TICKETS: max(by_step.values())}
