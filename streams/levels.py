"""What is known of a case's level at a time (P1): raised, known to be lower, stale, or unknown. Pure.

Only a complete assessment sets a level, and only where it gives one: a later one that is open, locked incomplete, or
silent about a domain neither lowers nor erases what is known of it. Unknown and stale are never low.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

from streams.case import Assessment, CaseFile
from streams.events import AssessmentStatus, Domain, DomainLevel, Setting
from streams.policy import RANK, Policy, Standard

_NEVER = datetime.max.replace(tzinfo=UTC)


class State(StrEnum):
    """What is known of the level of the case as a whole."""

    RAISED = "raised"
    STALE = "stale"
    UNKNOWN = "unknown"
    LOWER = "lower"


class Known(Struct, frozen=True, gc=False):
    """A level that an assessment gave; stale once the assessment is too old to say anything about now."""

    given: DomainLevel
    by: Assessment
    stale: bool
    raised: bool  # at or over its threshold, in the community; of a stale one: it was


class Standing(Struct, frozen=True, gc=False):
    """What is known of all levels of a case at a time. ``turns_stale``: when the next of them does."""

    state: State
    known: tuple[Known, ...]
    raised: tuple[Known, ...]  # current ones
    was_raised: tuple[Known, ...]  # stale ones
    turns_stale: datetime | None


def withdrawals(assessments: tuple[Assessment, ...]) -> dict[str, datetime]:
    """When each withdrawn assessment was withdrawn, as the sender says."""
    found: dict[str, datetime] = {}
    for held in assessments:
        if held.status is AssessmentStatus.WITHDRAWN:
            found[held.assessment] = max(held.said, found.get(held.assessment, held.said))
    return found


def taken_back_by(held: Assessment, withdrawn: dict[str, datetime]) -> bool:
    """Whether this says nothing of levels: it is not complete, or was withdrawn when it was said or after."""
    return held.status is not AssessmentStatus.COMPLETE or (
        held.assessment in withdrawn and held.said <= withdrawn[held.assessment]
    )


def crosses(given: DomainLevel, thresholds: Mapping[Domain, int]) -> bool:
    """Whether a level is at or over its domain's threshold, in the community. Custody alone never crosses."""
    return (
        given.setting is Setting.COMMUNITY
        and given.domain in thresholds
        and given.level is not None
        and RANK[given.level] >= thresholds[given.domain]
    )


def sources(assessments: tuple[Assessment, ...]) -> dict[tuple[Domain, Setting], tuple[DomainLevel, Assessment]]:
    """Who says what: for each domain and setting the level that counts, and the assessment that gave it.

    The list is in the order of ``Assessment.order``; a withdrawal takes back what its assessment said before it.
    """
    withdrawn = withdrawals(assessments)
    found: dict[tuple[Domain, Setting], tuple[DomainLevel, Assessment]] = {}
    for held in reversed(assessments):
        if not taken_back_by(held, withdrawn):
            for given in held.levels:
                found.setdefault((given.domain, given.setting), (given, held))
    return found


def standing(file: CaseFile, policy: Policy, standard: Standard, now: datetime) -> Standing:
    """What is known of the case's levels at ``now``, by the standard of its cohorts."""
    thresholds = standard.raised_from
    known: list[Known] = []
    raised: list[Known] = []
    was_raised: list[Known] = []
    current: set[Domain] = set()
    stale: set[Domain] = set()
    turns_stale: datetime | None = None
    for given, by in sources(file.assessments).values():
        ends = by.effective + min(policy.stale_after, _NEVER - by.effective)
        entry = Known(given, by, ends <= now, crosses(given, thresholds))
        known.append(entry)
        if given.setting is not Setting.COMMUNITY or given.domain not in thresholds:
            continue
        if entry.raised:
            (was_raised if entry.stale else raised).append(entry)
        if entry.stale:
            stale.add(given.domain)
            continue
        current.add(given.domain)
        if turns_stale is None or ends < turns_stale:
            turns_stale = ends
    if raised:
        state = State.RAISED
    elif was_raised:
        state = State.STALE
    elif _whole(current, standard):
        state = State.LOWER
    else:
        state = State.STALE if _whole(current | stale, standard) else State.UNKNOWN
    return Standing(state, tuple(known), tuple(raised), tuple(was_raised), turns_stale)


def _whole(domains: set[Domain], standard: Standard) -> bool:
    return all(any(part <= domains for part in cohort) for cohort in standard.pictures)
