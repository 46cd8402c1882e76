"""Writes the record that is kept in tests/golden/record.2.json (python -m tests.unit.golden_record), never anew.

It is a short log of one case with what was told of it: the chains' heads and the escalation ids are then known, and a
change of the code that changes one of them is seen. Whoever means such a change raises ``EDITION`` and writes a new
file beside; the old ones stay, and their chains must still add up, for cases have records that were written so.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.acts import ActKind
from streams.case import CaseFile, Chain
from streams.escalation import EscalationRecord
from streams.events import CaseEvent, PoliceKind
from streams.policy import Policy, Urgency
from streams.rules import RULES
from tests.unit import circumstance_book
from tests.unit.casebook import act, assessed, day, event, holder, levels, overseen, police, required, run

FOLDER = Path(__file__).parent.parent / "golden"
EDITION = 2
"""Raised by whoever means to change what a record says or how it is hashed. 2: words are chosen by change and
condition; an escalation is called by that name.
"""

POLICY: Policy = replace(
    circumstance_book.POLICY,
    version="golden",
    urgency={rule.id: Urgency.SOON for rule in RULES},
)
"""A policy by hand, lest each number that is changed in the shipped one change the record."""


class Record(Struct, frozen=True):
    """A case's log, and the record of it. Every event here changes the file, so that each is in the chain."""

    events: tuple[CaseEvent, ...]
    heads: tuple[str, ...]  # of the events' chain, after each event
    chain: Chain  # at the end
    told: tuple[EscalationRecord, ...]


def path(edition: int = EDITION) -> Path:
    """Where an edition lies."""
    return FOLDER / f"record.{edition}.json"


def replayed(events: tuple[CaseEvent, ...]) -> Record:
    """The log told anew by the code as it is."""
    file: CaseFile | None = None
    heads: list[str] = []
    told: list[EscalationRecord] = []
    for one in events:
        file, more = run((one,), policy=POLICY, file=file)
        heads.append(file.chain.events)
        told += more
    return Record(events, tuple(heads), file.chain if file is not None else Chain(), tuple(told))


def log() -> tuple[CaseEvent, ...]:
    """An escalation's whole life: raised, joined, acknowledged, left too long, overseen, confirmed, closed,
    reopened.
    """
    news = (assessed(day(0), levels(harm="high")), police(day(0.1)), police(day(0.2), PoliceKind.CHARGE, name="p2"))
    ids = {one.rule: one.escalation_id for one in replayed(news).told}
    asked = replace(required("a1", day(5)), owner_grade="PO")
    return (
        *news,
        act(day(0.25), ActKind.ACKNOWLEDGED, ids["R2"]),
        holder(day(0.5)),
        event(circumstance_book.classified(day(1)).fact, day(1), "circumstances/delius/reg-1"),
        overseen(day(3), asked),
        act(day(4), ActKind.CLAIMED, ids["R2"], action="a1", author="N07A001", grade="PO"),
        act(day(6), ActKind.CONFIRMED, ids["R2"], action="a1"),
        act(day(7), ActKind.REOPENED, ids["R2"], reason="NEW_CONCERN"),
        act(day(7.1), ActKind.SUPPRESSED, ids["R2"], reason="DUPLICATE_OF_R1", until=day(7.5)),
        police(day(9), name="p3"),
    )


def main() -> None:
    """Write it, if it is not there yet."""
    if not path().exists():
        path().write_bytes(msgspec.json.format(msgspec.json.encode(replayed(log()))) + b"\n")


if __name__ == "__main__":
    main()
