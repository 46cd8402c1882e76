"""The one door: an event comes to a case's file; out come the file and what to tell the world. Pure.

Most events change nothing that a rule reads: they are folded, and the case is not judged again. It is judged when
something did change, and for each deadline that has passed at the event's time, whoever the messenger was.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from streams.case import CaseFile
from streams.escalation import Escalation
from streams.events import CaseEvent, DeadlinePassed
from streams.faults import Unfoldable
from streams.fold import fold
from streams.judge import judge
from streams.placing import Matters, StepOutcome
from streams.policy import Policy

__all__ = ["Step", "StepOutcome", "step"]


class Step(Struct, frozen=True, gc=False):
    """The file after the event (the very same object where nothing changed), what the event did, what to tell."""

    file: CaseFile
    outcome: StepOutcome
    escalations: tuple[Escalation, ...] = ()


def step(file: CaseFile | None, event: CaseEvent, policy: Policy, now: datetime) -> Step:
    """Fold the event into its case's file at ``now``, the time of its record in the case's log, and judge the case.

    A case's clock never runs backwards: it is the latest of the times seen, and a deadline that has passed counts as
    seen. So a file's ``due`` always lies after its ``at``, and each deadline is said once. Deadlines that have passed
    are judged before the event is folded, each as of its own moment: that the lane said it late, or that other news
    came first, hides nothing. The same event a second time changes nothing and tells nothing. Raises Unfoldable.
    """
    fact = event.fact
    if file is None:
        if isinstance(fact, DeadlinePassed):
            raise Unfoldable(
                "a deadline has passed for a case that has no file",
                "the case's state was lost or not yet recovered: rebuild it from the log, then replay this",
                case=event.case,
            )
        file, clock = CaseFile(None, event.case, now), now
    else:
        clock = max(now, file.at)
    if isinstance(fact, DeadlinePassed):
        clock = max(clock, fact.due)
    before, overdue = _caught_up(file, policy, clock)
    outcome, changes, matters = fold(before, event, policy, clock)
    if isinstance(fact, DeadlinePassed) and before is not file:
        outcome = StepOutcome.FOLDED
    elif not changes:
        return Step(file, outcome)
    after = replace(before, at=clock, events=file.events + 1, **changes)
    if matters is Matters.NOTHING or (matters is Matters.SIGNAL and before.quiet == policy.version):
        return Step(after, outcome, overdue)
    judged, escalations = judge(after, policy, clock)
    return Step(judged, outcome, (*overdue, *escalations))


def _caught_up(file: CaseFile, policy: Policy, clock: datetime) -> tuple[CaseFile, tuple[Escalation, ...]]:
    """The file judged at each deadline that has passed, and what that tells: now, for it was not told before."""
    told: list[Escalation] = []
    while file.due is not None and file.due <= clock:
        file, escalations = judge(file, policy, file.due)
        told += escalations
    return file, tuple(replace(escalation, at=clock) for escalation in told)
