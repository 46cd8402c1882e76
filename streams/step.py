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
from streams.fold import fold, opened
from streams.fold.placing import StepOutcome
from streams.judge import judge, noted
from streams.matters import Matters
from streams.others import tells_others
from streams.policy import Policies
from streams.primitives import whole_ms
from streams.reasons import raised_levels
from streams.record import chained, sealed

__all__ = ["Step", "StepOutcome", "step"]


class Step(Struct, frozen=True, gc=False):
    """The file after the event (the very same object where nothing changed), what the event did, what to tell."""

    file: CaseFile
    outcome: StepOutcome
    escalations: tuple[Escalation, ...] = ()
    others: tuple[CaseEvent, ...] = ()  # for other cases: linked people, merged cases


def step(file: CaseFile | None, event: CaseEvent, policies: Policies, now: datetime) -> Step:
    """Fold the event into its case's file at ``now``, the time of its record in the case's log, and judge the case.

    A case's clock never runs backwards: it is the latest of the times seen, and a deadline that has passed counts as
    seen. So a file's ``due`` always lies after its ``at``, and each deadline is said once. Deadlines that have passed
    are judged before the event is folded, each as of its own moment: that the lane said it late, or that other news
    came first, hides nothing. The same event a second time changes nothing and tells nothing. Raises Unfoldable.
    """
    before = file or opened(event, now)
    clock = max(now, before.at)
    if isinstance(event.fact, DeadlinePassed):
        clock = max(clock, event.fact.due)
    caught_up, overdue = _caught_up(before, policies, clock)
    policy = policies.in_force(clock)
    outcome, changes, matters, moved = fold(caught_up, event, policy, clock)
    if isinstance(event.fact, DeadlinePassed) and (caught_up is not before or event.fact.due > before.at):
        outcome = StepOutcome.FOLDED  # it counts as seen, also where nothing is due any more
    elif not changes:
        return Step(before, outcome)
    chain = replace(before.chain, events=chained(before.chain.events, event, now))
    after = replace(caught_up, at=clock, events=before.events + 1, chain=chain, **changes)
    told = overdue
    quiet = after if matters is Matters.NOTHING and file is not None else None
    if matters is Matters.SIGNAL:
        quiet = noted(after, event, policy, clock)
        matters = Matters.SIGNALS
    if quiet is None:
        matters = matters if file is not None else Matters.ALL
        corrected = outcome is not StepOutcome.FOLDED
        after, escalations = judge(after, policies, clock, event, moved, matters=matters, corrected=corrected)
        told = (*overdue, *escalations)
    else:
        after = quiet
    if told:
        chain, told = sealed(chain, told)
        after = replace(after, chain=chain)
    others = tells_others(before, after, event, clock, raised_levels(after, policy, clock))
    return Step(after, outcome, told, others)


def _caught_up(file: CaseFile, policies: Policies, clock: datetime) -> tuple[CaseFile, tuple[Escalation, ...]]:
    """The file judged at each deadline that has passed, and what that tells: now, for it was not told before."""
    told: list[Escalation] = []
    while file.due is not None and file.due <= clock:
        at = file.due
        file, escalations = judge(file, policies, at)
        told += escalations
        if file.due is not None and file.due <= at:
            raise Unfoldable(
                f"the deadline of {at.isoformat()} did not move on when it was judged",
                "a defect of the rules, not of the record: report it with the log of the case, and replay this later",
                case=file.case,
            )
    return file, tuple(replace(escalation, at=whole_ms(clock)) for escalation in told)
