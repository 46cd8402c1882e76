"""A sighting's file: the answers of its identifiers, and the decision, taken once.

The rule. When every identifier has answered:

- one case is named by all that know any: that case; the strongest identifier that names it is ``matched_by``;
- they name different cases, or one of them names two: *ambiguous*, an item for the duty desk with the possible cases,
  and nothing in any case's file until a person chooses or the links are corrected;
- only *doubtful* ids know a case (ids that two different people in the same message carry): ambiguous too. Where a
  firm identifier decides, doubtful ones do not count, for their link may well be the other person's;
- none knows a case: *parked*, and weighed again with every later answer.

A link that comes after the decision does not change it: what is in a case's file was true to what was known. So two
links that come one after the other may decide where both together would have been ambiguous.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from streams.events import AppearanceDeleted, CaseEvent, CaseId, content_of
from streams.identity import Identifier, IdentifierKind
from streams.sightings import (
    Answer,
    Chosen,
    Decision,
    DutyItem,
    DutyState,
    Outcome,
    OutcomeKind,
    Resolved,
    Seen,
    Settled,
    Sighting,
    ToSightings,
)

CHOSEN = "chosen"
"""``matched_by`` of a case event whose case a person chose."""


class State(StrEnum):
    """How far a sighting is."""

    WAITING = "waiting"  # not every identifier has answered
    PARKED = "parked"  # all answered, none knows a case; a deletion: its hearing reached no case
    AMBIGUOUS = "ambiguous"
    DECIDED = "decided"


class Answered(Struct, frozen=True, array_like=True, gc=False):
    """The latest answer of one identifier."""

    identifier: Identifier
    cases: tuple[CaseId, ...]
    version: int
    crowded: bool


class SightingFile(Struct, frozen=True, array_like=True, gc=False):
    """All about one sighting until it is decided; after that only its state and case remain, as a mark.

    The marks (some 40 bytes each) are what grows for ever here, with the number of sightings decided. They make a
    replayed record change nothing. They may be dropped one day: the case then sees the same sender id and content
    again, which is a duplicate there. Parked sightings keep all, for as long as they wait; a deletion keeps all for
    good, for its hearing may reach another case at any time.
    """

    state: State
    sighting: Sighting | None = None
    answers: tuple[Answered, ...] = ()
    cases: tuple[CaseId, ...] = ()  # decided: the case (a deletion: all told); ambiguous: the possible ones


After = tuple[SightingFile, tuple[Decision, ...]]
"""The file after a message, and what is to be said."""


def fold_sighting(file: SightingFile | None, message: ToSightings) -> tuple[SightingFile | None, tuple[Decision, ...]]:
    """The file after the message, and what is to be said. Pure; safe to repeat: a decided sighting stays decided.

    An answer that nobody asked for, or that comes after the decision, makes the identifier forget the sighting.
    """
    match message:
        case Seen(sighting):
            if file is not None:
                return file, ()
            return _weighed(SightingFile(State.WAITING, sighting))
        case Answer(sighting_id, identifier):
            if file is None or file.sighting is None or identifier not in file.sighting.asked:
                return file, (Settled(identifier, sighting_id, None),)
            answers = _answered(file.answers, message)
            if answers == file.answers:
                return file, ()
            return _weighed(replace(file, answers=answers))
        case Chosen():
            if file is None or file.sighting is None or isinstance(file.sighting.fact, AppearanceDeleted):
                return file, ()
            return _decided(file, file.sighting, message.case, CHOSEN, chosen=message)
        case _:
            assert_never(message)


def _answered(answers: tuple[Answered, ...], answer: Answer) -> tuple[Answered, ...]:
    """The answers with this one taken in; an older one changes nothing."""
    known = {answered.identifier: answered for answered in answers}
    old = known.get(answer.identifier)
    if old is not None and answer.version < old.version:
        return answers
    # Once remembered by the identifier, always: only a look-up's answer can say crowded.
    crowded = answer.crowded and (old is None or old.crowded)
    known[answer.identifier] = Answered(answer.identifier, answer.cases, answer.version, crowded)
    return tuple(known.values())


def _weighed(file: SightingFile) -> After:
    """Decide if that can be done now."""
    sighting = file.sighting
    if sighting is None:
        return file, ()
    if isinstance(sighting.fact, AppearanceDeleted):
        return _followed(file, sighting)
    answers = {answered.identifier: answered for answered in file.answers}
    if not answers.keys() >= {*sighting.asked}:
        return file, ()
    firm = [(identifier.kind, answers[identifier].cases) for identifier in sighting.identifiers]
    named = _united(firm)
    if len(named) == 1:
        by = next(kind for kind, cases in firm if cases)
        return _decided(file, sighting, named[0], by)
    doubtful = [(identifier.kind, answers[identifier].cases) for identifier in sighting.doubtful]
    possible = _united([*firm, *doubtful])
    crowded = [answered.identifier.kind for answered in file.answers if answered.crowded]
    if named:
        says = "; ".join(f"{kind} says {' or '.join(cases)}" for kind, cases in firm if cases)
        reason = f"its identifiers name more than one case: {says}"
    elif possible:
        kinds = ", ".join(kind for kind, cases in doubtful if cases)
        reason = f"only ids shared with another person in the same message are known ({kinds})"
    elif crowded:
        reason = f"too many others carry the same id, and none is linked ({', '.join(crowded)})"
    else:
        return _parked(file, sighting)
    return _ambiguous(file, sighting, possible, reason)


def _united(answers: list[tuple[IdentifierKind, tuple[CaseId, ...]]]) -> tuple[CaseId, ...]:
    return tuple(sorted({case for _, cases in answers for case in cases}))


def _decided(file: SightingFile, sighting: Sighting, case: CaseId, by: str, chosen: Chosen | None = None) -> After:
    said: list[Decision] = [_event(sighting, case, by)]
    if file.state is not State.WAITING:
        said.append(Resolved(sighting.origin))
    if chosen is not None or file.state is State.AMBIGUOUS:
        corrected = f"its links were corrected: {by} names the case"
        words = corrected if chosen is None else f"chosen by {chosen.by}: {chosen.reason}"
        said.append(_duty_item(sighting, DutyState.SETTLED, words, file.cases, case))
    hearing = Identifier(IdentifierKind.HEARING, sighting.fact.hearing)
    said.extend(Settled(each, sighting.id, case) for each in (*sighting.asked, hearing))
    return SightingFile(State.DECIDED, cases=(case,)), tuple(said)


def _ambiguous(file: SightingFile, sighting: Sighting, possible: tuple[CaseId, ...], reason: str) -> After:
    after = replace(file, state=State.AMBIGUOUS, cases=possible)
    if file.state is State.AMBIGUOUS and file.cases == possible:
        return after, ()
    return after, (
        Outcome(sighting.origin, OutcomeKind.AMBIGUOUS, reason),
        _duty_item(sighting, DutyState.OPEN, reason, possible, None),
    )


def _parked(file: SightingFile, sighting: Sighting) -> After:
    after = replace(file, state=State.PARKED, cases=())
    if file.state is State.PARKED:
        return after, ()
    kinds = ", ".join(identifier.kind for identifier in sighting.asked)
    parked = Outcome(sighting.origin, OutcomeKind.PARKED, f"not linked to a case yet: {kinds}")
    if file.state is not State.AMBIGUOUS:
        return after, (parked,)
    words = "its links were withdrawn: it waits for another"
    return after, (parked, _duty_item(sighting, DutyState.SETTLED, words, file.cases, None))


def _followed(file: SightingFile, sighting: Sighting) -> After:
    """A deletion follows its hearing into every case that the hearing reached, or reaches later, once each."""
    if not file.answers:
        return file, ()
    new = tuple(case for answered in file.answers for case in answered.cases if case not in file.cases)
    if new:
        said: tuple[Decision, ...] = tuple(_event(sighting, case, IdentifierKind.HEARING) for case in new)
        if file.state is State.PARKED:
            said = (*said, Resolved(sighting.origin))
        return replace(file, state=State.DECIDED, cases=(*file.cases, *new)), said
    if file.state is not State.WAITING:
        return file, ()
    nothing = Outcome(sighting.origin, OutcomeKind.NOTHING_TO_DO, "the deleted hearing has reached no case")
    return replace(file, state=State.PARKED), (nothing,)


def _event(sighting: Sighting, case: CaseId, by: str) -> CaseEvent:
    fact, times = sighting.fact, sighting.times
    content = content_of(fact, times.occurred)
    return CaseEvent(case, sighting.origin, sighting.sender_id, content, times, fact, matched_by=str(by))


def _duty_item(
    sighting: Sighting, state: DutyState, reason: str, possible: tuple[CaseId, ...], settled: CaseId | None
) -> DutyItem:
    item = blake2b(sighting.id.encode(), digest_size=16).hexdigest()
    return DutyItem(item, state, "ambiguous-sighting", sighting.id, reason, possible, settled, sighting.times.received)
