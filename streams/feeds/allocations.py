"""Case allocations (P13, P15): who holds or oversees a case, and what the case is known by elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from streams.events import Allocation, HolderRole, Origin, StaffState
from streams.feeds.record import Reading, Record, code, grade, read
from streams.identity import IdentifierKind, identifier
from streams.sightings import BadPart, Link, Outcome, OutcomeKind, Part


def translate(record: Record, origin: Origin, received: datetime) -> tuple[Part, ...]:
    """The allocation, and a link for each identifier. Raises Untranslatable. Pure.

    An identifier that cannot be one is a BadPart; the rest goes on. With ``origin.path`` (a part replayed from
    quarantine) only the identifier at that path is translated.
    """
    reading = read("allocations", record, origin, received)
    started, ended = reading.planned("started_at"), reading.until("ended_at")
    times = reading.times(reading.planned("occurred_at", "started_at"))
    # A link is a statement of its sender: the later statement counts. Without a record of when it was made, the
    # change's own time orders deliveries better than their receipt, unless it lies ahead.
    links = tuple(_links(reading, times.recorded or min(times.effective, received)))
    if origin.path:
        return links
    if record["change"] == "LINKS_ONLY":
        return (Outcome(origin, OutcomeKind.NOTHING_TO_DO, "links only: nobody comes or goes"), *links)
    attached = record["change"] == "ATTACHED"
    allocation = Allocation(
        allocation=reading.id("allocation_id"),
        attached=attached,
        role=HolderRole[record["role"]],
        staff=code(record["staff_code"]),
        grade=grade(record["grade"]),
        state=StaffState[record["staff_state"]],
        placeholder_name=any("unallocated" in (record[said] or "").casefold() for said in ("staff_name", "staff_code")),
        started=started,
        ended=ended,
    )
    if not attached:
        # A detachment takes effect when it happened, which is its end; the start that it may repeat does not order it.
        times = reading.times(reading.planned("occurred_at") or ended)
    return (reading.event(allocation, times), *links)


def _links(reading: Reading, as_of: datetime) -> Iterator[Link | BadPart]:
    for index, known in enumerate(reading.record["known_by"]):
        path = f"/known_by/{index}"
        if reading.origin.path not in ("", path):
            continue
        found = identifier(IdentifierKind[known["kind"].removesuffix("_ID")], known["value"])
        if found is None:
            yield BadPart(
                path,
                f"the identifier ({known['kind']}) is not well formed, or its check letter is wrong",
                "correct the identifier at the sender, then replay this part or send the record again",
                reading.case,
            )
        else:
            yield Link(found, reading.case, known["state"] == "HELD", as_of, reading.origin)
