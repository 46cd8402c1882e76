"""Topics: their names, their one declaration (deploy/topics.toml), and the cluster held against it.

Rooms, each standing only on those after it: ``cluster`` (apply, check, list on a real cluster), ``declaration`` (the
file, read and checked), ``names``.
"""

from typing import TYPE_CHECKING, Any

from agents.topics.declaration import Cleanup, Owner, TopicsFaults, TopicSpec, declared
from agents.topics.names import (
    ALL,
    ASSESSMENT_UPDATES,
    ASSIGNMENTS,
    CASE_ACTS,
    CASE_ALLOCATIONS,
    CASE_CIRCUMSTANCES,
    CASE_EVENTS,
    CASES_CHANGELOG,
    COURT_APPEARANCES,
    COURT_HEARINGS,
    DUTY_ITEMS,
    ESCALATIONS,
    FEEDS,
    IDENTIFIERS_CHANGELOG,
    IDENTITY_LOOKUPS,
    IDENTITY_SIGHTINGS,
    INTAKE_CHANGELOG,
    OPERATOR_COMMANDS,
    OVERSIGHT_RECORDS,
    POLICE_NOTIFICATIONS,
    POLICIES,
    QUARANTINE,
    QUARANTINE_REPLAYS,
    SIGHTING_OUTCOMES,
    SIGHTINGS_CHANGELOG,
    STEPS,
)

if TYPE_CHECKING:
    from agents.topics.cluster import Problem, TopicsRefused, TopicState, apply, check, create, listed

__all__ = [
    "ALL",
    "ASSESSMENT_UPDATES",
    "ASSIGNMENTS",
    "CASES_CHANGELOG",
    "CASE_ACTS",
    "CASE_ALLOCATIONS",
    "CASE_CIRCUMSTANCES",
    "CASE_EVENTS",
    "COURT_APPEARANCES",
    "COURT_HEARINGS",
    "DUTY_ITEMS",
    "ESCALATIONS",
    "FEEDS",
    "IDENTIFIERS_CHANGELOG",
    "IDENTITY_LOOKUPS",
    "IDENTITY_SIGHTINGS",
    "INTAKE_CHANGELOG",
    "OPERATOR_COMMANDS",
    "OVERSIGHT_RECORDS",
    "POLICE_NOTIFICATIONS",
    "POLICIES",
    "QUARANTINE",
    "QUARANTINE_REPLAYS",
    "SIGHTINGS_CHANGELOG",
    "SIGHTING_OUTCOMES",
    "STEPS",
    "Cleanup",
    "Owner",
    "Problem",
    "TopicSpec",
    "TopicState",
    "TopicsFaults",
    "TopicsRefused",
    "apply",
    "check",
    "create",
    "declared",
    "listed",
]


def __getattr__(name: str) -> Any:
    """What asks a cluster is imported when it is asked for: kafka-python takes 0.3 s, and a worker never needs it."""
    if name in {"Problem", "TopicState", "TopicsRefused", "apply", "check", "create", "listed"}:
        from agents.topics import cluster

        return getattr(cluster, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
