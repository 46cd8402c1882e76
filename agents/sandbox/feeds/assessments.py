"""Screenings and full assessments, adult (OASys and its like) and youth (AssetPlus and its like)."""

from __future__ import annotations

from datetime import datetime, timedelta

from agents import topics
from agents.sandbox.feeds import numbers, rates
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.population import Case, Draft, Record, named

USABLE = timedelta(weeks=55)  # after that, a level is not known any more (feeds.md 3.4)
_GROUPS = ("CHILDREN", "PUBLIC", "KNOWN_ADULT", "STAFF")
_LEVELS = ("LOW", "MEDIUM", "HIGH", "VERY_HIGH")
_INDICATORS = ("PREVIOUS_VIOLENCE", "WEAPON", "CHILD_CONCERNS", "STALKING", "SELF_HARM")


def assessment(chance: Chance, case: Case, at: datetime, stale_at: datetime | None = None) -> Draft:
    """An assessment of this case, at some status. With ``stale_at``, complete, and going stale at that time."""
    state = "COMPLETE" if stale_at else rates.STATE.pick(chance)
    screening = rates.SCREENING.happens(chance)
    if case.da_perpetrator and not rates.DA_ASSESSED.happens(chance):
        screening = True
    completed = at - timedelta(hours=chance.between(2, 72))
    if state == "STALE":
        completed = at - USABLE - timedelta(days=chance.between(1, 200))
    elif stale_at is not None:
        completed = stale_at - USABLE
    levels = _youth(chance) if case.youth else _adult(chance)
    done = state in ("COMPLETE", "STALE", "NULLS")
    if state in ("NULLS", "LOCKED_INCOMPLETE"):
        levels = [row | {"level": None} for row in levels]
    if done:
        case.raised = _raised(case, levels)
    started = completed - timedelta(days=chance.between(1, 15))
    record: Record = {
        "message_id": numbers.ident(chance, "ASM"),
        "sender": case.sender,
        "case": named(chance, case),
        "assessment_id": numbers.ident(chance, "AS"),
        "kind": "SCREENING" if screening else "FULL",
        "cohort": "YOUTH" if case.youth else "ADULT",
        "tool": "ASSETPLUS" if case.youth else "OASYS",
        "status": "COMPLETE" if done else state,
        "started_at": started,
        "completed_at": completed if done else None,
        "levels": levels,
        "indicators": chance.sample(_INDICATORS, chance.below(3)) if screening else [],
        "occurred_at": completed if done else started,
        "recorded_at": max(completed, started) + timedelta(minutes=chance.between(1, 60)),
    }
    return Draft(topics.ASSESSMENT_UPDATES, record["assessment_id"].encode(), record, at)


def _adult(chance: Chance) -> list[Record]:
    highest = rates.ADULT_LEVEL.pick(chance)
    custody_only = highest in ("HIGH", "VERY_HIGH") and rates.CUSTODY_ONLY.happens(chance)
    worst = chance.among(_GROUPS)
    lower = _LEVELS[: _LEVELS.index(highest) + 1]
    rows = [
        _row(group, "COMMUNITY", highest if group == worst and not custody_only else chance.among(lower[:2]))
        for group in _GROUPS
    ]
    if custody_only:
        rows.append(_row("STAFF", "CUSTODY", highest))
    return rows


def _youth(chance: Chance) -> list[Record]:
    return [
        _row(domain, "COMMUNITY", rates.YOUTH_LEVEL.pick(chance)) for domain in ("HARM", "VULNERABILITY", "REOFFENDING")
    ]


def _row(domain: str, setting: str, level: str) -> Record:
    return {"domain": domain, "setting": setting, "level": level}


def _raised(case: Case, levels: list[Record]) -> bool:
    """Whether a service would think of it as needing oversight; only the oversight records' frequency hangs on it."""
    wanted = _LEVELS[1:] if case.youth else _LEVELS[2:]
    return any(row["level"] in wanted and row["domain"] != "REOFFENDING" for row in levels)
