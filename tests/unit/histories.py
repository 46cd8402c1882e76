"""Generated histories of one case, for laws: events of every kind that feeds and people send."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from hypothesis import strategies as st

from streams.circumstances import ClassificationState, ComesOfAge, ServiceState
from streams.events import (
    Allocation,
    Assessed,
    AssessmentStatus,
    CaseEvent,
    Cohort,
    CourtAppearance,
    HolderRole,
    Offence,
    OversightKind,
    PoliceContact,
    PoliceKind,
    PoliceRole,
    Restored,
    StaffState,
    Withheld,
)
from tests.unit import table_book
from tests.unit.casebook import (
    CASE,
    COUNTED,
    NOT_SERIOUS,
    SERIOUS,
    T0,
    UNLISTED,
    YOUTH,
    assessed,
    deleted,
    event,
    hearing,
    holder,
    levels,
    overseen,
    oversight,
    police,
    required,
)

LEVELS = st.sampled_from([None, "low", "low", "medium", "high", "very-high"])
NAMES = st.sampled_from("abc")


def at(days: int) -> st.SearchStrategy[datetime]:
    """Times that differ nearly always: a history's order is then one order."""
    return st.integers(0, days * 86_400_000).map(lambda ms: T0 + timedelta(milliseconds=ms))


@st.composite
def facts(draw: st.DrawFn, days: int) -> CaseEvent:
    """One event of any kind, of few enough ids that events meet; recorded up to three days after it happened."""
    when = draw(at(days))
    recorded = when + timedelta(milliseconds=draw(st.integers(0, 3 * 86_400_000)))
    unique = f"{when:%d%H%M%S%f}"
    match draw(st.sampled_from("pphhdaaaammmowr")):
        case "p":
            kind, role = draw(st.sampled_from(PoliceKind)), draw(st.sampled_from(PoliceRole))
            return police(when, kind, role, name=unique, recorded=recorded)
        case "h":
            code = draw(st.sampled_from([SERIOUS, NOT_SERIOUS, UNLISTED, None]))
            return hearing(when, code, name=unique, hearing=draw(NAMES), person=draw(NAMES), recorded=recorded)
        case "d":
            person = draw(st.none() | NAMES)
            return deleted(when, name=unique, hearing=draw(NAMES), person=person, recorded=recorded)
        case "a":
            whole = draw(st.none() | LEVELS)  # one level for all: low in one domain is seldom low in every other
            chosen = {domain.replace("-", "_"): whole or draw(LEVELS) for domain in COUNTED}
            chosen |= {"staff_custody": draw(LEVELS), "vulnerability": draw(LEVELS), "harm": draw(st.none() | LEVELS)}
            return assessed(
                when,
                levels(**chosen),
                status=draw(st.sampled_from([*AssessmentStatus, AssessmentStatus.COMPLETE])),
                name=unique,
                assessment=draw(NAMES),
                cohort=draw(st.sampled_from([Cohort.ADULT, Cohort.ADULT, Cohort.ADULT, Cohort.YOUTH])),
                recorded=recorded,
            )
        case "m":
            return holder(
                when,
                draw(st.sampled_from([*HolderRole, HolderRole.MANAGER])),
                name=unique,
                allocation=draw(NAMES),
                attached=draw(st.booleans()),
                staff=draw(st.sampled_from(["N07B123", "N07UATU", None])),
                grade=draw(st.sampled_from(["SPO", "SPO", "PO", None])),
                state=draw(st.sampled_from([StaffState.ACTIVE, StaffState.ACTIVE, StaffState.LEFT])),
                ended=draw(st.none() | at(2 * days)),
                recorded=recorded,
            )
        case "o":
            return oversight(when, draw(st.sampled_from(OversightKind)), name=unique)
        case "w":
            return event(Withheld(draw(NAMES), "intake", "bad dates"), when, unique)
        case _:
            return event(Restored(draw(NAMES)), when, unique)


def corrected(one: CaseEvent, draw: st.DrawFn) -> CaseEvent:
    """The same message again with another content, recorded later."""
    fact = one.fact
    recorded = one.times.effective + timedelta(days=4, milliseconds=draw(st.integers(0, 86_400_000)))
    match fact:
        case Assessed():
            fact = msgspec.structs.replace(fact, levels=levels(public=draw(LEVELS)))
        case Allocation():
            fact = msgspec.structs.replace(fact, grade="ACO", state=StaffState.ACTIVE)
        case PoliceContact():
            fact = msgspec.structs.replace(fact, role=draw(st.sampled_from(PoliceRole)))
        case CourtAppearance():
            fact = msgspec.structs.replace(fact, offences=(Offence(draw(st.sampled_from([SERIOUS, NOT_SERIOUS]))),))
        case _:
            pass  # said again, recorded later
    return event(fact, one.times.effective, one.sender_id, recorded=recorded)


@st.composite
def histories(draw: st.DrawFn, days: int = 20, most: int = 14) -> tuple[CaseEvent, ...]:
    """Events of one case, some of them corrected; ``days`` long, which decides whether anything grows old in it."""
    events = draw(st.lists(facts(days), min_size=1, max_size=most, unique_by=lambda one: one.times.effective))
    for index in draw(st.lists(st.integers(0, len(events) - 1), max_size=3, unique=True)):
        events.append(corrected(events[index], draw))
    if draw(st.integers(0, 5)) == 0:
        events[0] = msgspec.structs.replace(events[0], also_known=YOUTH)
    return tuple(sorted(events, key=lambda one: one.times.received))


@st.composite
def circumstances(draw: st.DrawFn, days: int) -> CaseEvent:
    """What else can be so about a case: classifications, services, linked people, required actions, the birthday."""
    when = draw(at(days))
    match draw(st.sampled_from("cctsslooob")):
        case "c":
            code = draw(st.sampled_from(["RVHR", "RHRH", "RMRH", "ALSH"]))
            return table_book.classified(
                when,
                code,
                name=draw(NAMES),
                state=draw(st.sampled_from(ClassificationState)),
                started=draw(st.none() | at(2 * days)),
                ended=draw(st.none() | at(2 * days)),
            )
        case "t":
            return table_book.tier(when, draw(st.sampled_from(["A1", "B2", "C3"])))
        case "s":
            due = draw(st.none() | at(2 * days))
            return table_book.service(when, draw(st.sampled_from(ServiceState)), due=due, name=draw(NAMES))
        case "l":
            return table_book.linked_news(when, case=CASE)
        case "o":
            asked = [required(name, draw(st.none() | at(2 * days))) for name in draw(st.sets(NAMES))]
            return overseen(when, *asked, name=f"{when:%d%H%M%S%f}", grade=draw(st.sampled_from(["SPO", "SPO", "PO"])))
        case _:
            return event(ComesOfAge(draw(at(2 * days))), when, f"age/{when:%d%H%M%S%f}")


BEGINNINGS: tuple[tuple[CaseEvent, ...], ...] = (
    (),
    (table_book.HIGH,),
    (table_book.HIGH, table_book.SPO),
    (table_book.HIGH, table_book.SPO),
    (table_book.LOW, table_book.PO),
    (table_book.SPO,),
)
"""What a case begins with, lest most histories be of cases of which no level and no manager is known."""


@st.composite
def whole_histories(draw: st.DrawFn, days: int = 500, most: int = 30) -> tuple[CaseEvent, ...]:
    """The same, with what else is so about the case; a few events come late, for they waited in quarantine."""
    events = draw(histories(days=days, most=most))
    more = draw(
        st.lists(circumstances(days), min_size=2, max_size=most // 2, unique_by=lambda one: one.times.effective)
    )
    begin = draw(st.sampled_from(BEGINNINGS))
    found = sorted((*begin, *events, *more), key=lambda one: one.times.received)
    for _ in range(draw(st.integers(0, 3))):
        late = found.pop(draw(st.integers(0, len(found) - 1)))
        found.insert(draw(st.integers(0, len(found))), late)
    return tuple(found)
