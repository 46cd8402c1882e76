"""The one door: an event comes to a case's file; out come the file and what to tell the world. Pure.

Most events change nothing that a rule reads: they are folded, and the case is not judged again. It is judged when
something did change, or when its deadline has passed at the event's time, whoever the messenger was.
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
    seen. So a file's ``due`` always lies after its ``at``, and each deadline is said once. The same event a second time
    changes nothing and tells nothing. Raises Unfoldable.
    """
    fact = event.fact
    deadline = isinstance(fact, DeadlinePassed)
    if file is None:
        if deadline:
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
    passed = file.due is not None and file.due <= clock
    outcome, changes, matters = fold(file, event, policy, clock)
    if deadline and passed:
        outcome = StepOutcome.FOLDED
    elif not changes:
        return Step(file, outcome)
    after = replace(file, at=clock, events=file.events + 1, **changes)
    if not passed and (matters is Matters.NOTHING or (matters is Matters.SIGNAL and file.quiet == policy.version)):
        return Step(after, outcome)
    judged, escalations = judge(after, policy, clock)
    return Step(judged, outcome, escalations)
