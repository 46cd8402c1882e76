"""How news of the police and the courts changes a case file (P3, P4). Pure."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from streams.case import BOUNDS, CaseFile, Deletion, Signal, SignalKind
from streams.events import AppearanceDeleted, CaseEvent, CourtAppearance, Offence, PoliceContact, PoliceKind
from streams.fold.placing import (
    Folded,
    StepOutcome,
    comparable,
    heading,
    higher,
    in_time,
    place,
    shown,
    untouched,
)
from streams.matters import Matters
from streams.policy import Policy, Seriousness
from streams.signals import counts, serious, taken_back


def fold_signal(
    file: CaseFile, event: CaseEvent, fact: PoliceContact | CourtAppearance, policy: Policy, now: datetime
) -> Folded:
    """The file with a police contact or a hearing in it."""
    new = _police(event, fact) if isinstance(fact, PoliceContact) else _hearing(event, fact, policy)
    oldest = now - policy.horizon
    placed = place(file.signals, new, file.floors.signals, in_time)
    if placed.held is file.signals:
        return _listed_again(file, new, placed.before) or untouched(placed.outcome)
    if placed.outcome is StepOutcome.FOLDED and new.effective <= oldest:
        return untouched(StepOutcome.HISTORY)
    held = placed.held
    changes: dict[str, object] = {}
    if len(held) > BOUNDS.signals or held[0].effective <= oldest:
        first = next((at for at, signal in enumerate(held) if signal.effective > oldest), len(held))
        first = max(first, len(held) - BOUNDS.signals)
        if placed.outcome is StepOutcome.FOLDED and in_time(new) < in_time(held[first]):
            return untouched(StepOutcome.HISTORY)
        changes["floors"] = replace(file.floors, signals=higher(file.floors.signals, held[first - 1].effective))
        held = held[first:]
    changes["signals"] = held
    before = placed.before
    if placed.outcome is StepOutcome.HISTORY:
        matters = Matters.NOTHING
    elif placed.outcome is StepOutcome.DUPLICATE or (before is not None and before.told):
        matters = Matters.SIGNALS  # said again, or corrected after an item has heard of it
    elif not counts(new, policy):
        matters = Matters.NOTHING if before is None else Matters.SIGNALS  # what it said before may have counted
    elif serious(new, policy):
        matters = Matters.SIGNALS
    else:
        matters = Matters.SIGNAL
    return Folded(placed.outcome, changes, matters)


def _listed_again(file: CaseFile, new: Signal, held: Signal | None) -> Folded | None:
    """A hearing that was taken back and is listed again in the same words, by a sender who does not say when.

    It may be a second delivery of the first listing: a hearing too many is seen by a person, one too few by nobody.
    """
    if held is None or held.content != new.content or not taken_back(held, file.deletions):
        return None
    if taken_back(new, file.deletions):
        return None
    again = replace(held, times=new.times)
    signals = tuple(again if signal is held else signal for signal in file.signals)
    return Folded(StepOutcome.CORRECTED, {"signals": signals}, Matters.SIGNALS)


_KINDS = {kind: SignalKind(kind.value) for kind in PoliceKind}


def _police(event: CaseEvent, fact: PoliceContact) -> Signal:
    return Signal(
        *heading(event),
        kind=_KINDS[fact.kind],
        role=fact.role,
        place=shown(fact.force),
        what=shown(" ".join(part for part in (fact.grade_tool, fact.grade) if part) or None),
        codes=_codes(fact.offences, None),
    )


def _hearing(event: CaseEvent, fact: CourtAppearance, policy: Policy) -> Signal:
    return Signal(
        *heading(event),
        kind=SignalKind.HEARING,
        role=None,
        place=shown(fact.court),
        what=shown(fact.application or fact.kind),
        codes=_codes(fact.offences, policy),
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
        codes = tuple(sorted(codes, key=lambda code: _GRAVEST_FIRST.index(policy.seriousness((code,)))))
    return codes[: BOUNDS.codes]


_GRAVEST_FIRST = (Seriousness.SERIOUS, Seriousness.UNKNOWN, Seriousness.NOT_SERIOUS)


def fold_deletion(file: CaseFile, event: CaseEvent, fact: AppearanceDeleted) -> Folded:
    """The file with a hearing taken back in it. Which appearances it takes back is asked at each judgement."""
    new = Deletion(
        *heading(event),
        hearing=comparable(fact.hearing),
        person=None if fact.person is None else comparable(fact.person),
    )
    placed = place(file.deletions, new, file.floors.deletions, in_time)
    held, floors = placed.held, file.floors
    if held is file.deletions:
        return untouched(placed.outcome)
    if len(held) > BOUNDS.deletions:
        if held[0] is new:
            return untouched(StepOutcome.HISTORY)
        floors = replace(floors, deletions=higher(floors.deletions, held[0].effective))
        held = held[1:]
    touched = {new.hearing, (placed.before or new).hearing}
    matters = Matters.ALL if any(signal.hearing in touched for signal in file.signals) else Matters.NOTHING
    return Folded(placed.outcome, {"deletions": held, "floors": floors}, matters)
