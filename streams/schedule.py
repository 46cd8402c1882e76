"""The schedule of a case: all that changes by time alone, and which rules an event or a deadline makes due. Pure.

An entry says when, and what: an input of the rules (``levels``, ``holders``, ``registers``, ``age``), what a rule comes
to (its id), or an escalation's next step (``step of`` and its rule's id). The first entry is the case's deadline. A
rule is evaluated when something that it reads has changed, or when its own time has come, and never else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from streams import inputs, statements
from streams.case import CaseFile, Escalation, Schedule
from streams.events import CaseEvent
from streams.policy import Policy
from streams.rules import EDITION, GATES
from streams.rules.rule import Rule
from streams.view import CaseView

_STEP = "step of "
_INPUTS = {"levels": inputs.LEVELS, "holders": inputs.HOLDERS, "registers": inputs.REGISTERS | inputs.LEVELS}
_INPUTS["age"] = inputs.EVERYTHING  # other thresholds


TIMED = inputs.LEVELS | inputs.HOLDERS | inputs.REGISTERS
"""The inputs that time alone can change."""


class Due(NamedTuple):
    """What is to be looked at: inputs that have changed, rules whose own time has come, and escalations' steps."""

    changed: int
    rules: frozenset[str]
    steps: bool  # whether the next step of an escalation is due


def times(schedule: Schedule) -> dict[str, datetime]:
    """When what changes by time."""
    return {what: at for at, what in schedule.entries}


def due(schedule: Schedule, changed: int, policy: Policy, now: datetime) -> Due:
    """What is due at ``now``; ``changed``: the inputs that an event has changed."""
    if schedule.policy != policy.version or schedule.edition != EDITION:
        return Due(inputs.EVERYTHING, _NONE, True)
    if not schedule.entries or schedule.entries[0][0] > now:
        return Due(changed, _NONE, False)
    rules, steps = set(), False
    for at, what in schedule.entries:
        if at > now:
            break
        if what in _INPUTS:
            changed |= _INPUTS[what]
        elif what.startswith(_STEP):
            steps = True
        else:
            rules.add(what)
    return Due(changed, frozenset(rules), steps)


_NONE: frozenset[str] = frozenset()


def gates_at(schedule: Schedule, changed: int, view: CaseView) -> int:
    """The gates that are open: those that read what has changed are asked anew."""
    gates = schedule.gates
    for gate in GATES:
        if changed & gate.reads:
            gates = gates | gate.bit if gate.is_open(view) else gates & ~gate.bit
    return gates


def is_timed(rule: Rule, changed: int, ahead: datetime, event: CaseEvent | None, policy: Policy) -> bool:
    """Whether a rule has a time ahead that this event does not bring forward: of ordinary news the first counts."""
    if rule.sooner is None or event is None or changed & rule.heeds != inputs.NEWS:
        return False
    return not rule.sooner(event.times, ahead, policy)


def scheduled(
    file: CaseFile,
    due: Due,
    gates: int,
    was: Mapping[str, datetime],
    found: Mapping[str, datetime | None],
    escalations: tuple[Escalation, ...],
    views: Iterable[CaseView],
) -> Schedule:
    """The schedule after an evaluation. ``was``: its times before; ``found``: when each evaluated rule next changes.

    What was not due stands as it was. A level is looked at by each policy under which an escalation is open.
    """
    view, schedule = next(iter(views)), file.schedule
    if not due.changed & TIMED and escalations == file.open and all(was.get(rule) == at for rule, at in found.items()):
        return schedule
    now: dict[str, datetime | None] = {what: at for what, at in was.items() if what[:4] != _STEP[:4]}
    now.update(found)
    if due.changed & inputs.LEVELS:
        now["levels"] = min((at for each in views if (at := each.standing.changes_at) is not None), default=None)
    if due.changed & inputs.HOLDERS:
        now["holders"] = view.attachment.changes_at
    if due.changed & inputs.REGISTERS:
        now["registers"] = statements.changes_at(file, view.now) if file.registers else None
    if due.changed >= inputs.EVERYTHING:
        age = file.comes_of_age
        now["age"] = age if age is not None and age > view.now else None
    for one in escalations:
        now[_STEP + one.rule] = one.next_at
    entries = {what: at for what, at in now.items() if at is not None}
    version = view.policy.version
    if entries == was and (version, EDITION, gates) == (schedule.policy, schedule.edition, schedule.gates):
        return schedule
    return Schedule(version, EDITION, gates, tuple(sorted((at, what) for what, at in entries.items())))
