"""What is known of a case's level at a time (P1): raised, known to be lower, stale, or unknown. Pure.

Only a complete assessment sets a level, and only where it gives one: a later one that is open, locked incomplete, or
silent about a domain neither lowers nor erases what is known of it. Unknown and stale are never low.

Registers of risk of harm say a level, too. Where they and the assessments disagree, the higher counts, and both are
shown. A register that is in force keeps its case raised whatever its review date; one that says that the risk is lower
says so only until its review is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

from streams.case import CaseFile
from streams.circumstances import ClassificationKind
from streams.events import AssessmentStatus, Cohort, Domain, DomainLevel, Level, Setting, cohort_of
from streams.facts import Assessment, Classification
from streams.policy import RANK, Policy, Standard
from streams.statements import in_force

_NEVER = datetime.max.replace(tzinfo=UTC)


def cohorts(file: CaseFile, now: datetime) -> frozenset[Cohort]:
    """Whose thresholds apply: by the case id, the ids also named, whose tools assessed the person, and their age.

    Once a young person is 18, both cohorts' thresholds apply until the case has moved: nobody falls in between.
    """
    spoken = {held.cohort for held in file.assessments}
    spoken.add(cohort_of(file.case))
    if file.also_known:
        spoken.update(map(cohort_of, file.also_known))
    if file.comes_of_age is not None:
        spoken.add(Cohort.ADULT if file.comes_of_age <= now else Cohort.YOUTH)
    return frozenset(spoken)


class State(StrEnum):
    """What is known of the level of the case as a whole."""

    RAISED = "raised"
    STALE = "stale"
    UNKNOWN = "unknown"
    LOWER = "lower"


class Known(Struct, frozen=True, gc=False):
    """A level that an assessment or a register gave; stale once that is too old to say anything about now."""

    given: DomainLevel
    by: Assessment | Classification
    stale: bool
    counted: bool  # the policy looks at it: in the community, or in custody if it says so
    raised: bool  # counted, and at or over its threshold; of a stale one: it was
    ends: datetime  # when it turns stale


class Standing(Struct, frozen=True, gc=False):
    """What is known of all levels of a case at a time. ``changes_at``: when the next of them turns stale."""

    state: State
    known: tuple[Known, ...]
    raised: tuple[Known, ...]  # current ones
    was_raised: tuple[Known, ...]  # stale ones
    changes_at: datetime | None
    rank: int  # of the highest level that is known in the community, stale or not; that of low where none is

    @property
    def disagreeing(self) -> tuple[Domain, ...]:
        """The domains of which the current sources give different levels, in the community."""
        said: dict[Domain, set[Level | None]] = {}
        for known in self.known:
            if known.given.setting is Setting.COMMUNITY and not known.stale:
                said.setdefault(known.given.domain, set()).add(known.given.level)
        return tuple(domain for domain, levels in said.items() if len(levels) > 1)


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


def crosses(given: DomainLevel, thresholds: Mapping[Domain, int], policy: Policy) -> bool:
    """Whether a level is at or over its threshold. What holds in custody alone crosses if the policy says so."""
    return (
        given.domain in thresholds
        and given.level is not None
        and RANK[given.level] >= thresholds[given.domain]
        and (given.setting is Setting.COMMUNITY or policy.custody_crosses)
    )


def sources(assessments: tuple[Assessment, ...]) -> dict[tuple[Domain, Setting], tuple[DomainLevel, Assessment]]:
    """Who says what: for each domain and setting the level that counts, and the assessment that gave it.

    The list is in the order of ``Assessment.order``; a withdrawal takes back what its assessment said before it.
    """
    withdrawn = withdrawals(assessments)
    found: dict[tuple[Domain, Setting], tuple[DomainLevel, Assessment]] = {}
    for held in reversed(assessments):
        if held.levels and not taken_back_by(held, withdrawn):
            for given in held.levels:
                about = given.domain, given.setting
                if about not in found:
                    found[about] = given, held
    return found


def registered(file: CaseFile, policy: Policy, now: datetime) -> list[tuple[DomainLevel, Classification]]:
    """The levels that registers in force say."""
    found: list[tuple[DomainLevel, Classification]] = []
    for held in in_force(file, now) if file.registers else ():
        says = policy.registers.get(held.code) if held.kind is ClassificationKind.REGISTER else None
        if says is not None:
            level = says.level or policy.register_levels.get(held.level or "")
            if level is not None:
                found.append((DomainLevel(says.domain, Setting.COMMUNITY, level), held))
    return found


def standing(file: CaseFile, policy: Policy, standard: Standard, now: datetime) -> Standing:
    """What is known of the case's levels at ``now``, by the standard of its cohorts."""
    thresholds, custody_crosses = standard.raised_from, policy.custody_crosses
    known: list[Known] = []
    raised: list[Known] = []
    was_raised: list[Known] = []
    current: set[Domain] = set()
    stale: set[Domain] = set()
    turns_stale = ends = _NEVER
    last: Assessment | Classification | None = None
    rank = 0
    said: list[tuple[DomainLevel, Assessment | Classification]] = [*sources(file.assessments).values()]
    if file.registers:
        said.extend(registered(file, policy, now))
    for given, by in said:
        domain, in_community = given.domain, given.setting is Setting.COMMUNITY
        counted = domain in thresholds and (in_community or custody_crosses)
        of_level = 0 if given.level is None else RANK[given.level]
        crossing = counted and of_level >= thresholds[domain]
        if by is not last or isinstance(by, Classification):
            last, ends = by, _ends(by, crossing, policy)
        entry = Known(given, by, ends <= now, counted, crossing, ends)
        known.append(entry)
        if not counted:
            continue
        if of_level > rank:
            rank = of_level
        if crossing:
            (was_raised if entry.stale else raised).append(entry)
        if not in_community:
            continue  # it can raise a case, and never be the picture of what holds in the community
        if entry.stale:
            stale.add(domain)
            continue
        current.add(domain)
        if ends < turns_stale:
            turns_stale = ends
    if raised:
        state = State.RAISED
    elif was_raised:
        state = State.STALE
    elif _whole(current, standard):
        state = State.LOWER
    else:
        state = State.STALE if _whole(current | stale, standard) else State.UNKNOWN
    turns = None if turns_stale == _NEVER else turns_stale
    return Standing(state, tuple(known), tuple(raised), tuple(was_raised), turns, rank)


def _ends(by: Assessment | Classification, raised: bool, policy: Policy) -> datetime:
    if isinstance(by, Classification):
        if raised:
            return _NEVER
        if by.review_due is not None:
            return by.review_due
    return by.effective + min(policy.stale_after, _NEVER - by.effective)


def _whole(domains: set[Domain], standard: Standard) -> bool:
    return all(any(part <= domains for part in cohort) for cohort in standard.pictures)
