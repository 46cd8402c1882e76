"""How allocations change a case file: who holds the case (P13, P15). Pure."""

from __future__ import annotations

from datetime import datetime

from streams import inputs, managers
from streams.case import CaseFile
from streams.events import Allocation, CaseEvent, HolderRole
from streams.facts import Holder
from streams.fold.placing import Folded, StepOutcome, comparable, ending, heading, put, shown
from streams.policy import Policy


def fold_holder(file: CaseFile, event: CaseEvent, fact: Allocation, _policy: Policy, now: datetime) -> Folded:
    """The file with a message about an allocation in it."""
    new = Holder(
        *heading(event),
        allocation=comparable(fact.allocation),
        attached=fact.attached,
        role=fact.role,
        staff=ending(fact.staff),
        grade=shown(fact.grade),
        state=fact.state,
        placeholder_name=fact.placeholder_name,
        started=fact.started,
        ended=fact.ended,
    )
    outcome, changes, before = put(file, "holders", new, event, now)
    if not changes or outcome is StepOutcome.HISTORY:
        return Folded(outcome, changes)
    touched = {new.allocation, (before or new).allocation}
    tells = any(
        record.role is HolderRole.MANAGER for record in (new, *file.holders) if record.allocation in touched
    ) or (
        bool(file.signals)
        and new.role is HolderRole.CASE_MANAGER
        and _supervision(file.holders, now) != _supervision(changes["holders"], now)
    )
    return Folded(outcome, changes, inputs.HOLDERS if tells else inputs.NOTHING)


def _supervision(held: tuple[Holder, ...], now: datetime) -> tuple[bool, datetime | None]:
    """Whether anybody holds the case, and when that may next be otherwise."""
    return managers.supervised(managers.governing(held, now), now), managers.supervision_changes_at(held, now)
