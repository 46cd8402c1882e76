"""What the engines are given: records of the synthetic feeds, and the case events that come of them.

Times lie just before ``end``, now where nothing else is said: the rules see fresh news, and no deadline passes while we
measure. With a fixed ``end`` the same events have the same bytes on every day. ``year.py`` lays them over a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from agents import timer, wire
from agents.bank_holidays import england_and_wales
from agents.sandbox.feeds.synth import Message, Options, Synth
from agents.topics import POLICE_NOTIFICATIONS
from schemas import Codec
from streams.events import CaseEvent, CaseId, Origin, content_of
from streams.identity import Identifier
from streams.sightings import Link, Sighting

SEED = 7
RATE = 200.0
EVENTS_A_CASE = 30
MADE = 10_000
END = datetime(2026, 11, 27, 12, tzinfo=UTC)
"""The moment at which event sets stand still, or their year begins: a Friday at noon."""


class Keyed(NamedTuple):
    """A record as it is produced."""

    key: bytes | None
    value: bytes | None


def feed_messages(
    records: int, seed: int = SEED, cases: int | None = None, end: datetime | None = None, **more: float
) -> Iterator[Message]:
    """``records`` good records of the synthetic feeds, hearings among them, 30 a case when it is over."""
    start, options = (end or timer.now()) - timedelta(seconds=records / RATE), Options(rate=RATE, spoilt=0.0, **more)
    return Synth(seed, cases or max(1, records // EVENTS_A_CASE), start=start, options=options).messages(records)


def case_events(count: int, end: datetime | None = None) -> list[CaseEvent]:
    """``count`` events of about ``count / 30`` cases, in the order of the feeds, duplicates and corrections among them.

    Synthetic feeds cost more to make than to work on: 10,000 events are made once, and what more is asked for says the
    same of other cases, one beside the other.
    """
    made = min(count, MADE)
    few = list(islice(from_feeds(SEED, made, end), made))
    if count <= MADE:
        return few
    twins = -(-count // MADE)
    more = (replace(event, case=CaseId(f"{event.case}~{twin}")) for event in few for twin in range(twins))
    return list(islice(more, count))


def from_feeds(seed: int, count: int, end: datetime | None = END, **more: float) -> Iterator[CaseEvent]:
    """The case events of some ``2 * count`` records; ``more``: shares of what else comes (circumstances, acts).

    People in hearings are matched by the links of allocations seen so far, the first that fits; others are left.
    """
    codec = Codec()
    known: dict[Identifier, CaseId] = {}
    for offset, message in enumerate(feed_messages(2 * count, seed, max(1, count // EVENTS_A_CASE), end, **more)):
        origin = Origin(message.topic, 0, offset)
        for part in wire.translate(message.topic, message.value, origin, message.at, codec):
            match part:
                case CaseEvent():
                    yield part
                case Link(identifier=identifier, case=case, held=True):
                    known[identifier] = case
                case Sighting(identifiers=identifiers, fact=fact, times=times):
                    found = next((each for each in identifiers if each in known), None)
                    if found is not None:
                        yield CaseEvent(
                            known[found], part.origin, part.sender_id, content_of(fact, times.occurred), times, fact,
                            matched_by=found.kind.value,
                        )  # fmt: skip
                case _:
                    pass


def write(path: Path, events: Iterable[tuple[datetime, CaseEvent]]) -> str:
    """An event set as ``measure.py`` reads it, the bank holidays first; its path. Every tree reads the same bytes."""
    path.write_bytes(wire.encode((england_and_wales(), list(events))))
    return str(path)


def encoded(events: list[CaseEvent]) -> list[Keyed]:
    """The events as they lie in case.events."""
    return [Keyed(event.case.encode(), wire.encode(event)) for event in events]


def call_out(number: int, codec: Codec) -> Keyed:
    """A call-out to somebody of a case that nobody has heard of: no level, no manager, so R2 is raised at once."""
    now = timer.now()
    crn = f"Z{number:06}"
    value = codec.encode(
        "police_notification",
        {
            "message_id": f"bench-{number}",
            "sender": "Bench Constabulary",
            "case": {"crn": crn, "youth_case_id": None, "youth_case_issuer": None},
            "kind": "CALL_OUT",
            "role": "PERPETRATOR",
            "reference": None,
            "grade": "HIGH",
            "grade_tool": "DASH",
            "children_present": None,
            "offences": [],
            "occurred_at": now,
            "recorded_at": now,
        },
    )
    return Keyed(crn.encode(), value)


def case_of(number: int) -> bytes:
    """The key of the escalation that ``call_out(number)`` raises."""
    return f"crn:Z{number:06}".encode()


CALL_OUTS = POLICE_NOTIFICATIONS
