"""Court appearances of our own Avro feed, which name their case."""

from __future__ import annotations

from datetime import datetime, timedelta

from agents import topics
from agents.sandbox.feeds import numbers, offences, rates
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.population import Case, Draft, Record, named

COURTS = (
    ("B10JQ00", "Wimbledon Magistrates' Court"),
    ("C01IS00", "Isleworth Crown Court"),
    ("B01CN00", "Northshire Youth Court"),
)
KINDS = ("First hearing", "Plea and trial preparation", "Trial", "Sentence", "Review")
APPLICATIONS = (
    "Failing to comply with the requirements of a community order",
    "Breach of a suspended sentence order",
    "Review progress of drug rehabilitation requirement",
)


def appearance(chance: Chance, case: Case, at: datetime) -> Draft:
    """One appearance: listed for some day to come, resulted, or taken back; for offences or on an application."""
    dice = chance.random()
    status = "RESULTED" if dice < 0.5 else "LISTED" if dice < 0.95 else "DELETED"
    application = chance.among(APPLICATIONS) if rates.HEARING.pick(chance) == "APPLICATION" else None
    hearing = numbers.uuid(chance)
    sitting = (
        at + timedelta(days=chance.between(3, 40)) if status == "LISTED" else at - timedelta(hours=chance.between(1, 8))
    )
    record: Record = {
        "message_id": numbers.ident(chance, "CRT"),
        "sender": "HM Courts and Tribunals Service",
        "case": named(chance, case),
        "hearing_id": hearing,
        "court_code": chance.among(COURTS)[0],
        "kind": chance.among(KINDS),
        "application": application,
        "offences": [] if application else offences.some(chance),
        "remanded": rates.REMANDED.happens(chance) if status == "RESULTED" else None,
        "status": status,
        "occurred_at": sitting,
        "recorded_at": at - timedelta(minutes=chance.between(1, 50)),
    }
    return Draft(topics.COURT_APPEARANCES, hearing.encode(), record, at)
