"""The people of the synthetic feeds and their cases. Invented: names are trees, numbers come from the seed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct

from agents.sandbox.feeds import numbers, officers, rates
from agents.sandbox.feeds.chance import Chance

_FIRST = ("Ash", "Bay", "Clove", "Fern", "Hazel", "Heath", "Ivy", "Linden", "Moss", "Olive", "Reed", "Sage", "Tansy")
_LAST = ("Underhill", "Brookside", "Farrow", "Longacre", "Millrace", "Nethercote", "Overbeck", "Stonecrop", "Thornaby")

Record = dict[str, Any]


class Draft(Struct, gc=False):
    """A message before it is encoded: the feed's topic, the sender's key, the record, when it is sent.

    ``record`` has the schema's field names; for a hearing it is the JSON document as the sender writes it.
    """

    feed: str
    key: bytes | None
    record: Record
    at: datetime


class Person(Struct, frozen=True, gc=False):
    """A human being as courts know one."""

    defendant: str
    master: str
    pnc: str
    first: str
    last: str
    born: date
    youth: bool


class Case(Struct):
    """A case as the generator remembers it: who it is, and what was last said of who holds it."""

    number: int
    youth: bool
    reference: Record
    key: bytes
    sender: str
    area: str
    person: Person
    da_perpetrator: bool
    raised: bool = False
    manager: officers.Officer | None = None
    manager_allocation: str = ""


def person(chance: Chance, *, youth: bool, today: date, other: Person | None = None) -> Person:
    """Somebody; with ``other``, the same human being again, under another court case."""
    defendant = numbers.uuid(chance)
    if other is not None:
        return Person(defendant, other.master, other.pnc, other.first, other.last, other.born, other.youth)
    years = chance.between(12, 18) if youth else chance.between(18, 70)
    return Person(
        defendant,
        numbers.uuid(chance),
        numbers.pnc(chance),
        chance.among(_FIRST),
        chance.among(_LAST),
        today - timedelta(days=years * 365 + chance.below(365)),
        youth,
    )


def case(chance: Chance, number: int, offset: int, today: date, earlier: Case | None = None) -> Case:
    """Case ``number``, opened today; with ``earlier``, a second case of that adult, under a CRN of its own."""
    youth = earlier is None and rates.YOUTH.happens(chance)
    if youth:
        service = chance.among(tuple(officers.SERVICES))
        reference: Record = {"crn": None, "youth_case_id": f"YC/{number:06}", "youth_case_issuer": service}
        sender, area = service, officers.SERVICES[service]
        key = f"{service}/{number}".encode()
    else:
        text = numbers.crn(chance, number, offset, two_letters=rates.TWO_LETTER_CRN.happens(chance))
        reference = {"crn": text, "youth_case_id": None, "youth_case_issuer": None}
        area = chance.among(officers.AREAS)
        sender = f"Probation {area}"
        key = text.encode()
    return Case(
        number,
        youth,
        reference,
        key,
        sender,
        area,
        person(chance, youth=youth, today=today, other=earlier.person if earlier else None),
        not youth and rates.DA_PERPETRATOR.happens(chance),
    )


def named(chance: Chance, case: Case) -> Record:
    """The case as a message names it: now and then a young person's with a CRN beside it."""
    if case.youth and rates.BOTH_IDS.happens(chance):
        return case.reference | {"crn": f"Y{case.number % 1_000_000:06}"}
    return case.reference
