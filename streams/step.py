"""The one way into the core: an event comes to a case's file; out come the file and what to emit. Pure.

fold → judge → record. An event that changes nothing that a rule reads is folded, and the case is not judged. A deadline
that has passed is judged first, as of its own moment, whoever the messenger was.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from streams import inputs
from streams.case import CaseFile
from streams.circumstances import Erased
from streams.escalation import EscalationRecord
from streams.events import CaseEvent, DeadlinePassed
from streams.faults import Unfoldable
from streams.fold import fold, opened
from streams.fold.placing import StepOutcome
from streams.judge import judge
from streams.others import tells_others
from streams.policy import Policies
from streams.record import chained, sealed, whole_ms

__all__ = ["Step", "StepOutcome", "step"]


class Step(Struct, frozen=True, gc=False):
    """The file after the event (the very same object where nothing changed), what the event did, what to emit."""

    file: CaseFile
    outcome: StepOutcome
    escalations: tuple[EscalationRecord, ...] = ()
    others: tuple[CaseEvent, ...] = ()  # for other cases: linked people, merged cases


def step(file: CaseFile | None, event: CaseEvent, policies: Policies, now: datetime) -> Step:
    """Fold the event into its case's file at ``now``, the time of its record in the case's log, and judge the case.

    A case's clock never runs backwards: it is the latest of the times seen, and a deadline that has passed counts as
    seen. So a file's ``due`` always lies after its ``at``, and each deadline is evaluated once. Deadlines that have
    passed are evaluated before the event is folded, each as of its own moment: that the lane emitted it late, or that
    other news came first, hides nothing. The same event a second time changes nothing and emits nothing. Raises
    Unfoldable.
    """
    before = file or opened(event, now)
    clock = max(now, before.at)
    if isinstance(event.fact, DeadlinePassed):
        clock = max(clock, event.fact.due)
    caught_up, records = _caught_up(before, policies, clock)
    policy = policies.in_force(clock)
    outcome, changes, changed, moved = fold(caught_up, event, policy, clock)
    if isinstance(event.fact, DeadlinePassed) and (caught_up is not before or event.fact.due > before.at):
        outcome = StepOutcome.FOLDED  # it counts as seen, also where nothing is due any more
    elif not changes:
        return Step(before, outcome)
    chain = replace(before.chain, events=chained(before.chain.events, event, now))
    after = replace(caught_up, at=clock, events=before.events + 1, chain=chain, **changes)
    if file is None or changed:
        changed = inputs.EVERYTHING if file is None else changed
        corrected = outcome is StepOutcome.CORRECTED
        after, more = judge(after, policies, clock, changed, event, moved, corrected=corrected)
        records = (*records, *more)
    if records:
        chain, records = sealed(chain, records)
        after = replace(after, chain=chain)
    alone = not (after.links or after.merged_into or before.merged_into or isinstance(event.fact, Erased))
    return Step(after, outcome, records, () if alone else tells_others(before, after, event, clock, policy))


def _caught_up(file: CaseFile, policies: Policies, clock: datetime) -> tuple[CaseFile, tuple[EscalationRecord, ...]]:
    """The file judged at each deadline that has passed, and what that emits: now, for it was not emitted before."""
    if file.due is None or file.due > clock:
        return file, ()
    records: list[EscalationRecord] = []
    while file.due is not None and file.due <= clock:
        at = file.due
        file, more = judge(file, policies, at, inputs.NOTHING)
        records += more
        if file.due is not None and file.due <= at:
            raise Unfoldable(
                f"the deadline of {at.isoformat()} did not move on when it was judged",
                "a defect of the rules, not of the record: report it with the log of the case, and replay this later",
                case=file.case,
            )
    return file, tuple(replace(one, at=whole_ms(clock)) for one in records)
