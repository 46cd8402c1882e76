"""Arrests, charges and call-outs, with the person's role and the grade of the officer's tool."""

from __future__ import annotations

from datetime import datetime, timedelta

from agents import topics
from agents.sandbox.feeds import numbers, offences, officers, rates
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.population import Case, Draft, Record, named


def contact(chance: Chance, case: Case, at: datetime) -> Draft:
    """One contact of the police with the person of the case: a call-out has a grade, the others an offence."""
    kind = rates.POLICE_KIND.pick(chance)
    call_out = kind == "CALL_OUT"
    occurred = at - timedelta(minutes=chance.between(20, 900))
    grade = rates.CALL_OUT_GRADE.pick(chance) if call_out else None
    reference = numbers.ident(chance, "INC" if call_out else "CUS")
    record: Record = {
        "message_id": numbers.ident(chance, "POL"),
        "sender": chance.among(officers.FORCES),
        "case": named(chance, case),
        "kind": kind,
        "role": _role(chance, case, kind),
        "reference": reference,
        "grade": grade,
        "grade_tool": rates.TOOL.pick(chance) if grade else None,
        "children_present": rates.CHILDREN.pick(chance) if call_out else None,
        "offences": [] if call_out else offences.some(chance),
        "occurred_at": occurred,
        "recorded_at": occurred + timedelta(minutes=chance.between(1, 20)),
    }
    return Draft(topics.POLICE_NOTIFICATIONS, reference.encode(), record, at)


def _role(chance: Chance, case: Case, kind: str) -> str:
    if kind != "CALL_OUT":
        return "SUSPECT"
    mix = rates.CALL_OUT_ROLE if case.da_perpetrator else rates.OTHER_CALL_OUT_ROLE
    return mix.pick(chance)
