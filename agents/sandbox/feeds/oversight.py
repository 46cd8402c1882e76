"""Referrals, forums' outcomes, discussions and countersignatures: the oversight records feed."""

from __future__ import annotations

from datetime import datetime, timedelta

from agents import topics
from agents.sandbox.feeds import numbers, officers, rates
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.population import Case, Draft, Record, named

_BY_MANAGER = ("CASE_DISCUSSION", "DIRECT_OBSERVATION", "ASSESSMENT_ROLLED_BACK", "COUNTERSIGNATURE")
_BY_OTHERS = ("REFERRAL", "FORUM_OUTCOME", "AGENCY_COMMUNICATION")
_DECISIONS = ("NO_ACTION", "REVIEW_PLAN", "RAISE_LEVEL", "MARAC_REFERRAL", "HOME_VISIT")


def oversight(chance: Chance, case: Case, at: datetime) -> Draft:
    """A record by the manager where the case has one and is among those overseen; otherwise by somebody else."""
    holder = case.manager
    by_manager = holder is not None and (not case.raised or rates.OVERSEEN.happens(chance))
    kind = chance.among(_BY_MANAGER if by_manager else _BY_OTHERS)
    author = holder if by_manager and holder is not None else officers.case_manager(chance, case.area)
    occurred = at - timedelta(minutes=chance.between(10, 2_000))
    record: Record = {
        "message_id": numbers.ident(chance, "OVR"),
        "sender": case.sender,
        "case": named(chance, case),
        "kind": kind,
        "author_staff_code": author.code,
        "author_grade": author.grade,
        "forum": chance.among(("MAPPA", "MARAC", "RISK_PANEL")) if kind == "FORUM_OUTCOME" else None,
        "decision": chance.among(_DECISIONS),
        "escalation_id": None,
        "practice_assessed": False,
        "deficits": [],
        "actions": [],
        "none_needed": None,
        "variance": None,
        "occurred_at": occurred,
        "recorded_at": at - timedelta(seconds=chance.between(2, 300)),
    }
    # No key: this sender's partitioner deals its records round, so a case's records come from any partition.
    return Draft(topics.OVERSIGHT_RECORDS, None, record, at)
