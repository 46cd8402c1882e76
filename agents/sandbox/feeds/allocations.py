"""Who holds the case and who oversees it, and what the case is known by elsewhere: the case allocations feed."""

from __future__ import annotations

from datetime import datetime, timedelta

from agents import topics
from agents.sandbox.feeds import numbers, officers, rates
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.population import Case, Draft, Person, Record, named


def case_manager(chance: Chance, case: Case, at: datetime, *, links: bool) -> Draft:
    """The first allocation: somebody takes the case on. With ``links``, it says who the person is to the courts."""
    holder = officers.case_manager(chance, case.area)
    known_by = known(case.person) if links else []
    return _record(chance, case, at, numbers.ident(chance, "AL"), "ATTACHED", "CASE_MANAGER", holder, known_by=known_by)


def links(chance: Chance, case: Case, at: datetime) -> Draft:
    """Nobody comes or goes; the case is told what it is known by."""
    allocation = numbers.ident(chance, "AL")
    nobody = officers.Officer(None, None, None)
    return _record(chance, case, at, allocation, "LINKS_ONLY", "CASE_MANAGER", nobody, known_by=known(case.person))


def manager(chance: Chance, case: Case, at: datetime, kind: str, ends: datetime | None = None) -> Draft:
    """Somebody in the role of manager, real or not (``rates.MANAGER``); ``ends`` may lie in the future."""
    case.manager = officers.manager(chance, case.area, kind)
    case.manager_allocation = numbers.ident(chance, "AL")
    if kind == "ENDED":
        ends = at - timedelta(days=chance.between(1, 90))
    return _record(
        chance,
        case,
        at,
        case.manager_allocation,
        "ATTACHED",
        "MANAGER",
        case.manager,
        started=at - timedelta(days=120),
        ended=ends,
    )


def detached(chance: Chance, case: Case, at: datetime) -> Draft:
    """The manager goes. The case must have had one."""
    holder = case.manager or officers.Officer(None, None, None)
    case.manager = None
    return _record(chance, case, at, case.manager_allocation, "DETACHED", "MANAGER", holder, ended=at)


def forum(chance: Chance, case: Case, at: datetime) -> Draft:
    """A forum takes an interest: never a manager (P15)."""
    holder = officers.Officer(None, chance.among(("MAPPA level 2", "MARAC", "Risk panel")), None)
    return _record(chance, case, at, numbers.ident(chance, "AL"), "ATTACHED", "FORUM", holder)


def change(chance: Chance, case: Case, at: datetime) -> Draft:
    """What an allocation message about an open case says: a new manager mostly, now and then none at all."""
    dice = chance.random()
    if dice < 0.15 and case.manager is not None:
        return detached(chance, case, at)
    if dice < 0.25:
        return forum(chance, case, at)
    if dice < 0.35:
        return links(chance, case, at)
    kind = rates.MANAGER.pick(chance)
    return manager(chance, case, at, "REAL" if kind == "NOBODY" else kind)


def known(person: Person) -> list[Record]:
    """What the case is known by: one court case, the human being across court cases, the police's number."""
    return [
        {"kind": "DEFENDANT_ID", "value": person.defendant, "state": "HELD"},
        {"kind": "MASTER_DEFENDANT_ID", "value": person.master, "state": "HELD"},
        {"kind": "PNC", "value": person.pnc, "state": "HELD"},
    ]


def _record(
    chance: Chance,
    case: Case,
    at: datetime,
    allocation: str,
    change: str,
    role: str,
    holder: officers.Officer,
    *,
    started: datetime | None = None,
    ended: datetime | None = None,
    known_by: list[Record] = [],  # noqa: B006 - never changed
) -> Draft:
    occurred = at - timedelta(minutes=chance.between(5, 600))
    record: Record = {
        "message_id": numbers.ident(chance, "ALM"),
        "sender": case.sender,
        "case": named(chance, case),
        "allocation_id": allocation,
        "change": change,
        "role": role,
        "staff_code": holder.code,
        "staff_name": holder.name,
        "grade": holder.grade,
        "staff_state": holder.state,
        "started_at": started or occurred,
        "ended_at": ended,
        "known_by": known_by,
        "occurred_at": occurred,
        "recorded_at": at - timedelta(seconds=chance.between(2, 120)),
    }
    return Draft(topics.CASE_ALLOCATIONS, case.key, record, at)
