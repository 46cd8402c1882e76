"""How an event changes a case file. Pure. One room a kind of fact; what all kinds share is in placing.

Facts are ordered by when they happened, not by when they came, so late news is folded as if it had come in time. The
exceptions: what a full list or the horizon has let go (see case.py) is history; and a correction that moves a fact to
another case is seen by that case only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_never

from msgspec.structs import replace

from streams import managers
from streams.acts import Act
from streams.case import BOUNDS, Assessment, CaseFile, CaseKnown, Holder, Withheld
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
from streams.events import (
    OUR_OWN,
    Allocation,
    AppearanceDeleted,
    Assessed,
    AssessmentStatus,
    CaseEvent,
    CourtAppearance,
    DeadlinePassed,
    Domain,
    DomainLevel,
    HolderRole,
    PoliceContact,
    Restored,
    Setting,
    cohort_of,
)
from streams.events import Oversight as OversightFact
from streams.events import Withheld as WithheldFact
from streams.faults import Unfoldable
from streams.fold.acts import fold_act, fold_oversight
from streams.fold.circumstances import (
    fold_classified,
    fold_comes_of_age,
    fold_link,
    fold_linked_news,
    fold_service,
)
from streams.fold.erasure import erase
from streams.fold.merging import give_back, merge, note_forwarded, take_over, unmerge
from streams.fold.placing import (
    Folded,
    StepOutcome,
    comparable,
    ending,
    heading,
    higher,
    place,
    shown,
    untouched,
)
from streams.fold.signals import fold_deletion, fold_signal
from streams.levels import sources
from streams.matters import Matters
from streams.policy import RANK, Policy


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
    folded = _folded(file, event, policy, now)
    if _made_known(file, event):
        known = opened(event, now).known
        if file.known is not None and known is not None:
            known = replace(known, told=file.known.told)
        folded = folded._replace(changes={"known": known, **folded.changes}, matters=Matters.ALL)
    if event.forwarded:
        folded = folded._replace(changes=note_forwarded(file, folded.changes, event))
    also = event.also_known
    if also is None or also in file.also_known or len(file.also_known) == BOUNDS.also_known:
        return folded
    matters = folded.matters if cohort_of(also) in file.cohorts_at(now) else Matters.ALL
    return folded._replace(changes={**folded.changes, "also_known": (*file.also_known, also)}, matters=matters)


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


_MAKES_NOTHING_KNOWN = (*OUR_OWN, Erased)


def _folded(file: CaseFile, event: CaseEvent, policy: Policy, now: datetime) -> Folded:
    fact = event.fact
    match fact:
        case PoliceContact() | CourtAppearance():
            return fold_signal(file, event, fact, policy, now)
        case Assessed():
            return _assessment(file, event, fact, now)
        case Allocation():
            return _holder(file, event, fact, now)
        case OversightFact():
            return fold_oversight(file, event, fact, policy, now)
        case AppearanceDeleted():
            return fold_deletion(file, event, fact)
        case Act():
            return fold_act(file, event, fact, policy)
        case Classified():
            return fold_classified(file, event, fact, now)
        case Service():
            return fold_service(file, event, fact, policy)
        case Linked():
            return fold_link(file, event, fact)
        case LinkedNews():
            return fold_linked_news(file, event, fact)
        case ComesOfAge():
            return fold_comes_of_age(file, event, fact)
        case Merged():
            return merge(file, event, fact, now)
        case Unmerged():
            return unmerge(file, event, fact)
        case TakenOver():
            return take_over(file, event, fact, policy, now)
        case GivenBack():
            return give_back(file, event, fact, now)
        case Erased():
            return erase(file, event, fact, now)
        case WithheldFact():
            return _withheld(file, fact)
        case Restored():
            return _restored(file, fact)
        case DeadlinePassed():
            return untouched(StepOutcome.DUPLICATE)  # time is read by step, not folded
        case _:
            assert_never(fact)


# ── assessments ──────────────────────────────────────────────────────────────────────────────────────────────

_SETS_LEVELS = frozenset({AssessmentStatus.COMPLETE, AssessmentStatus.WITHDRAWN})


def _by_order(fact: Assessment) -> Any:
    return fact.order


def _assessment(file: CaseFile, event: CaseEvent, fact: Assessed, now: datetime) -> Folded:
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
    placed = place(file.assessments, new, file.floors.assessments, _by_order)
    if placed.held is file.assessments:
        return untouched(placed.outcome)
    held, floors = _live_messages(placed.held, new.assessment), file.floors
    if new in placed.held and new not in held and placed.outcome is StepOutcome.FOLDED:
        return untouched(StepOutcome.HISTORY)
    while len(held) > BOUNDS.assessments:
        kept = _without_least(held)
        if kept is held:
            break
        if new in held and new not in kept and placed.outcome is StepOutcome.FOLDED:
            return untouched(StepOutcome.HISTORY)
        gone = max(record.effective for record in held if record not in kept)
        floors = replace(floors, assessments=higher(floors.assessments, gone))
        held = kept
    before = placed.before
    matters = Matters.NOTHING
    if placed.outcome is not StepOutcome.HISTORY:
        if new.cohort not in file.cohorts_at(now) or (before is not None and before.cohort is not new.cohort):
            matters = Matters.ALL  # other thresholds
        elif new.status in _SETS_LEVELS or (before is not None and before.status in _SETS_LEVELS):
            matters = Matters.LEVELS
    return Folded(placed.outcome, {"assessments": held, "floors": floors}, matters)


def _given(levels: tuple[DomainLevel, ...]) -> tuple[DomainLevel, ...]:
    """The levels that were given, each domain and setting once; given twice, the higher counts."""
    found: dict[tuple[Domain, Setting], DomainLevel] = {}
    for given in levels:
        if given.level is not None:
            at = (given.domain, given.setting)
            if at not in found or RANK[given.level] > RANK[found[at].level or given.level]:
                found[at] = given
    return tuple(found.values())


def _live_messages(held: tuple[Assessment, ...], assessment: str) -> tuple[Assessment, ...]:
    """Of this assessment only the latest few messages, and of the others those that set a level or take it back.

    What goes here raises no floor: drafts that are saved every minute must not make history of another assessment.
    """
    messages = [record for record in held if record.assessment == assessment]
    old = {record.key for record in messages[: -BOUNDS.messages]}
    if not old:
        return held
    withdrawn = [record for record in messages if record.status is AssessmentStatus.WITHDRAWN]
    speak = (*(by for _, by in sources(tuple(messages)).values()), *sorted(withdrawn, key=_by_said)[-1:])
    dead = old.difference(record.key for record in speak)
    return tuple(record for record in held if record.key not in dead)


def _by_said(fact: Assessment) -> Any:
    return fact.said, fact.key


def _without_least(held: tuple[Assessment, ...]) -> tuple[Assessment, ...]:
    """Without the assessment that counts for least; all its records go at once, lest a withdrawal go alone.

    One that still sets a level stays, and so does the latest of each cohort's tools; where all do, nothing goes.
    """
    latest = {record.cohort: record.assessment for record in held}
    needed = {by.assessment for _, by in sources(held).values()}.union(latest.values())
    least = next((record.assessment for record in held if record.assessment not in needed), None)
    return held if least is None else tuple(record for record in held if record.assessment != least)


# ── allocations ──────────────────────────────────────────────────────────────────────────────────────────────


def _holder(file: CaseFile, event: CaseEvent, fact: Allocation, now: datetime) -> Folded:
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
    known = any(held.allocation == new.allocation for held in file.holders)
    placed = place(file.holders, new, None if known else file.floors.holders, _by_turn)
    if placed.held is file.holders:
        return untouched(placed.outcome)
    held, floors = _live_records(placed.held, new.allocation, now), file.floors
    if len(held) > BOUNDS.holders:
        least = _least_holder(held, now)
        gone = [record for record in held if record.allocation == least]
        held = tuple(record for record in held if record.allocation != least)
        floors = replace(floors, holders=higher(floors.holders, min(now, max(old.effective for old in gone))))
    if placed.outcome is StepOutcome.FOLDED and new not in held:
        return untouched(StepOutcome.HISTORY)
    touched = {new.allocation, (placed.before or new).allocation}
    tells = placed.outcome is not StepOutcome.HISTORY and any(
        record.role is HolderRole.MANAGER for record in (new, *file.holders) if record.allocation in touched
    )
    if not tells and file.signals and new.role is HolderRole.CASE_MANAGER:
        tells = _supervision(file.holders, now) != _supervision(held, now)
    matters = Matters.HOLDERS if tells else Matters.NOTHING
    return Folded(placed.outcome, {"holders": held, "floors": floors}, matters)


def _supervision(held: tuple[Holder, ...], now: datetime) -> tuple[bool, datetime | None]:
    """Whether anybody holds the case, and when that may next be otherwise."""
    return managers.supervised(managers.governing(held, now), now), managers.supervision_turns(held, now)


def _by_turn(holder: Holder) -> Any:
    return holder.order


def _live_records(held: tuple[Holder, ...], allocation: str, now: datetime) -> tuple[Holder, ...]:
    """Of this allocation only what can still speak: the record in effect, the few before it, and those to come.

    Those before stay for the sake of a correction that moves the present one, and of a second delivery by a sender who
    gives no time at all.
    """
    records = [record for record in held if record.allocation == allocation]
    past = [record for record in records if record.effective <= now]
    to_come = records[len(past) :]
    dead = {id(record) for record in (*past[: -BOUNDS.messages], *to_come[BOUNDS.upcoming :])}
    return tuple(record for record in held if id(record) not in dead) if dead else held


def _least_holder(held: tuple[Holder, ...], now: datetime) -> str:
    """The allocation that goes when there are too many: an ended one first, a manager's last, of these the oldest."""
    present = managers.governing(held, now)
    manages = {record.allocation for record in held if record.role is HolderRole.MANAGER}

    def worth(allocation: str) -> Any:
        record = present[allocation]
        return not managers.ended(record, now), allocation in manages, record.order

    return min(present, key=worth)


# ── what is withheld ─────────────────────────────────────────────────────────────────────────────────────────


def _withheld(file: CaseFile, fact: WithheldFact) -> Folded:
    if any(noted.quarantine == fact.quarantine for noted in file.withheld):
        return untouched(StepOutcome.DUPLICATE)
    noted = Withheld(fact.quarantine, fact.step, shown(fact.reason) or "")
    return _noted(file, (*file.withheld, noted))


def _restored(file: CaseFile, fact: Restored) -> Folded:
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
