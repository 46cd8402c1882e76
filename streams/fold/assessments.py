"""How assessments change a case file (P1, P5). Pure."""

from __future__ import annotations

from datetime import datetime

from streams import inputs
from streams.case import CaseFile
from streams.events import Assessed, AssessmentStatus, CaseEvent, Domain, DomainLevel, Setting
from streams.facts import Assessment
from streams.fold.placing import Folded, StepOutcome, comparable, heading, put
from streams.levels import cohorts
from streams.policy import RANK, Policy

_SETS_LEVELS = frozenset({AssessmentStatus.COMPLETE, AssessmentStatus.WITHDRAWN})


def fold_assessment(file: CaseFile, event: CaseEvent, fact: Assessed, _policy: Policy, now: datetime) -> Folded:
    """The file with a message about an assessment in it."""
    new = Assessment(
        *heading(event),
        assessment=comparable(fact.assessment),
        kind=fact.kind,
        cohort=fact.cohort,
        status=fact.status,
        completed=fact.completed,
        levels=_given(fact.levels),
        indicators=len(fact.indicators),
    )
    outcome, changes, before = put(file, "assessments", new, event, now)
    changed = inputs.NOTHING
    if changes and outcome is not StepOutcome.HISTORY:
        if new.cohort not in cohorts(file, now) or (before is not None and before.cohort is not new.cohort):
            changed = inputs.EVERYTHING  # other thresholds
        elif new.status in _SETS_LEVELS or (before is not None and before.status in _SETS_LEVELS):
            changed = inputs.LEVELS
    return Folded(outcome, changes, changed)


def _given(levels: tuple[DomainLevel, ...]) -> tuple[DomainLevel, ...]:
    """The levels that were given, each domain and setting once; given twice, the higher counts."""
    found: dict[tuple[Domain, Setting], DomainLevel] = {}
    for given in levels:
        if given.level is not None:
            at = (given.domain, given.setting)
            if at not in found or RANK[given.level] > RANK[found[at].level or given.level]:
                found[at] = given
    return tuple(found.values())
