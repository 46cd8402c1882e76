"""How news of the police and the courts changes a case file (P3, P4). Pure."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from streams import inputs
from streams.case import BOUNDS, CaseFile
from streams.events import AppearanceDeleted, CaseEvent, CourtAppearance, Offence, PoliceContact, PoliceKind
from streams.facts import Deletion, Signal, SignalKind
from streams.fold.placing import Folded, StepOutcome, comparable, heading, put, shown, untouched
from streams.policy import Policy, Seriousness


def fold_signal(
    file: CaseFile, event: CaseEvent, fact: PoliceContact | CourtAppearance, policy: Policy, now: datetime
) -> Folded:
    """The file with a police contact or a hearing in it; what is older than the policy's horizon goes."""
    new = _police(event, fact) if isinstance(fact, PoliceContact) else _hearing(event, fact, policy)
    outcome, changes, before = put(file, "signals", new, event, now, oldest=now - policy.horizon)
    if not changes:
        return _listed_again(file, new, before) or untouched(outcome)
    if outcome is StepOutcome.HISTORY:
        changed = inputs.NOTHING
    elif before is not None:
        changed = inputs.ALL_NEWS  # said again, or corrected: what it said before may have counted
    elif not new.counts(policy):
        changed = inputs.NOTHING
    else:
        changed = inputs.ALL_NEWS if new.serious(policy) else inputs.NEWS
    return Folded(outcome, changes, changed)


def _listed_again(file: CaseFile, new: Signal, held: Signal | None) -> Folded | None:
    """A hearing that was taken back and is listed again in the same words, by a sender who does not say when.

    It may be a second delivery of the first listing: a hearing too many is seen by a person, one too few by nobody.
    """
    if held is None or held.content != new.content or not held.taken_back(file.deletions):
        return None
    if new.taken_back(file.deletions):
        return None
    again = replace(held, times=new.times)
    signals = tuple(again if signal is held else signal for signal in file.signals)
    return Folded(StepOutcome.CORRECTED, {"signals": signals}, inputs.ALL_NEWS)


_KINDS = {kind: SignalKind(kind.value) for kind in PoliceKind}


def _police(event: CaseEvent, fact: PoliceContact) -> Signal:
    graded, codes = " ".join(part for part in (fact.grade_tool, fact.grade) if part), _codes(fact.offences, None)
    return Signal(
        *heading(event),
        kind=_KINDS[fact.kind],
        role=fact.role,
        place=shown(fact.force),
        what=shown(graded or None),
        codes=codes,
    )


def _hearing(event: CaseEvent, fact: CourtAppearance, policy: Policy) -> Signal:
    codes = _codes(fact.offences, policy)
    return Signal(
        *heading(event),
        kind=SignalKind.HEARING,
        role=None,
        place=shown(fact.court),
        what=shown(fact.application or fact.kind),
        codes=codes,
        hearing=comparable(fact.hearing),
        person=comparable(fact.person),
        remanded=fact.remanded,
    )


def _codes(offences: tuple[Offence, ...], policy: Policy | None) -> tuple[str, ...]:
    """Each code once, as many as are kept; the serious ones first, lest one of them be left out."""
    if not offences:
        return ()
    codes = tuple(dict.fromkeys((offence.code or "")[: BOUNDS.text] for offence in offences))
    if policy is not None and len(codes) > BOUNDS.codes:
        codes = tuple(sorted(codes, key=lambda code: _GRAVEST_FIRST.index(policy.gravity[(code,)])))
    return codes[: BOUNDS.codes]


_GRAVEST_FIRST = (Seriousness.SERIOUS, Seriousness.UNKNOWN, Seriousness.NOT_SERIOUS)


def fold_deletion(file: CaseFile, event: CaseEvent, fact: AppearanceDeleted, _policy: Policy, now: datetime) -> Folded:
    """The file with a hearing taken back in it. Which appearances it takes back is asked at each evaluation."""
    person = None if fact.person is None else comparable(fact.person)
    new = Deletion(*heading(event), hearing=comparable(fact.hearing), person=person)
    outcome, changes, before = put(file, "deletions", new, event, now)
    touched = {new.hearing, (before or new).hearing}
    known = bool(changes) and any(signal.hearing in touched for signal in file.signals)
    return Folded(outcome, changes, inputs.ALL_NEWS if known else inputs.NOTHING)
