"""How an event changes a case file. Pure. One room a kind of fact; what all kinds share is in placing and lists.

Facts are ordered by when they happened, not by when they came, so late news is folded as if it had come in time. The
exceptions: what a full list or the horizon has let go (see case.py) is history; and a correction that moves a fact to
another case is seen by that case only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from streams import events, inputs
from streams.acts import Act
from streams.case import BOUNDS, CaseFile, Withheld
from streams.circumstances import (
    Classified,
    ComesOfAge,
    Erased,
    GivenBack,
    Linked,
    LinkedNews,
    Merged,
    Service,
    TakenOver,
    Unmerged,
)
from streams.events import CaseEvent, DeadlinePassed, Fact, cohort_of
from streams.facts import CaseKnown
from streams.faults import Unfoldable
from streams.fold.acts import fold_act
from streams.fold.assessments import fold_assessment
from streams.fold.circumstances import fold_classified, fold_comes_of_age, fold_link, fold_linked_news, fold_service
from streams.fold.erasure import erase
from streams.fold.holders import fold_holder
from streams.fold.merging import give_back, merge, note_forwarded, take_over, unmerge
from streams.fold.news import fold_deletion, fold_signal
from streams.fold.oversight import fold_oversight
from streams.fold.placing import Folded, StepOutcome, heading, shown, untouched
from streams.levels import cohorts
from streams.policy import Policy


def opened(event: CaseEvent, now: datetime) -> CaseFile:
    """The file of a case that nothing was known of before this event. Raises Unfoldable: a deadline opens none."""
    if isinstance(event.fact, DeadlinePassed):
        raise Unfoldable(
            "a deadline has passed for a case that has no file",
            "the case's state was lost or not yet recovered: rebuild it from the log, then replay this",
            case=event.case,
        )
    return CaseFile(None, event.case, now, known=CaseKnown(f"known:{event.case}", *heading(event)[1:]))


def fold(file: CaseFile, event: CaseEvent, policy: Policy, now: datetime) -> Folded:
    """What the event does to the file. Raises Unfoldable."""
    if event.case != file.case:
        raise Unfoldable("the event is another case's", "the log is keyed wrongly: report it", case=event.case)
    made_known = _made_known(file, event)
    folded = FOLDS[type(event.fact)](file, event, event.fact, policy, now)
    if made_known:
        known = opened(event, now).known
        if file.known is not None and known is not None:
            known = replace(known, heard_by=file.known.heard_by)
        changed = folded.changed | inputs.KNOWN
        folded = folded._replace(changes={"known": known, **folded.changes}, changed=changed)
    if event.forwarded:
        folded = folded._replace(changes=note_forwarded(file, folded.changes, event))
    also = event.also_known
    if also is None or also in file.also_known or len(file.also_known) == BOUNDS.also_known:
        return folded
    changed = folded.changed if cohort_of(also) in cohorts(file, now) else inputs.EVERYTHING
    return folded._replace(changes={**folded.changes, "also_known": (*file.also_known, also)}, changed=changed)


def _made_known(file: CaseFile, event: CaseEvent) -> bool:
    """Whether the case counts as known by this event from now on.

    What waited in quarantine came before what made the case known; what comes after an erasure makes it known anew.
    """
    if file.known is None or isinstance(event.fact, DeadlinePassed):
        return False
    known, received, erased = file.known.times.received, event.times.received, file.erased
    if erased is None or known > erased:
        return received < known
    return received > erased and not isinstance(event.fact, _MAKES_NOTHING_KNOWN)


_MAKES_NOTHING_KNOWN = (*events.OUR_OWN, Erased)


# ── what is withheld ─────────────────────────────────────────────────────────────────────────────────────────


def _withheld(file: CaseFile, _event: CaseEvent, fact: events.Withheld, _policy: Policy, _now: datetime) -> Folded:
    if any(noted.quarantine == fact.quarantine for noted in file.withheld):
        return untouched(StepOutcome.DUPLICATE)
    noted = Withheld(fact.quarantine, fact.step, shown(fact.reason) or "")
    return _noted(file, (*file.withheld, noted))


def _restored(file: CaseFile, _event: CaseEvent, fact: events.Restored, _policy: Policy, _now: datetime) -> Folded:
    noted = Withheld(fact.quarantine, "", "", restored=True)
    if noted in file.withheld:
        return untouched(StepOutcome.DUPLICATE)
    return _noted(file, (*(held for held in file.withheld if held.quarantine != fact.quarantine), noted))


def _noted(file: CaseFile, withheld: tuple[Withheld, ...]) -> Folded:
    if len(withheld) <= BOUNDS.withheld:
        return Folded(StepOutcome.FOLDED, {"withheld": withheld})
    restored = next((held for held in withheld if held.restored), None)
    if restored is not None:
        left = tuple(held for held in withheld if held is not restored)
        return Folded(StepOutcome.FOLDED, {"withheld": left})
    if file.withheld_more:
        return untouched(StepOutcome.HISTORY)
    return Folded(StepOutcome.FOLDED, {"withheld_more": True})


# ── which kind of fact is folded where ───────────────────────────────────────────────────────────────────────


def _passed(_file: CaseFile, _event: CaseEvent, _fact: DeadlinePassed, _policy: Policy, _now: datetime) -> Folded:
    """Nothing: time is read by step, not folded."""
    return untouched(StepOutcome.DUPLICATE)


Fold = Callable[[CaseFile, CaseEvent, Any, Policy, datetime], Folded]
"""What a kind of fact does to a file; last come the policy in force, and the time of the event in the log."""

FOLDS: Mapping[type[Fact], Fold] = {
    events.PoliceContact: fold_signal,
    events.CourtAppearance: fold_signal,
    events.AppearanceDeleted: fold_deletion,
    events.Assessed: fold_assessment,
    events.Allocation: fold_holder,
    events.Oversight: fold_oversight,
    Act: fold_act,
    Classified: fold_classified,
    Service: fold_service,
    Linked: fold_link,
    LinkedNews: fold_linked_news,
    ComesOfAge: fold_comes_of_age,
    Merged: merge,
    Unmerged: unmerge,
    TakenOver: take_over,
    GivenBack: give_back,
    Erased: erase,
    events.Withheld: _withheld,
    events.Restored: _restored,
    DeadlinePassed: _passed,
}
"""One line a kind of fact."""
