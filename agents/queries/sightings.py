"""What a person does about sightings that wait: see which there are, and say whose one is."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from agents import timer, wire
from agents.queries.readers import Reader, latest
from agents.queries.writers import Writer
from agents.topics import DUTY_ITEMS, IDENTITY_SIGHTINGS, SIGHTING_OUTCOMES
from schemas import Codec
from streams.primitives import CaseId
from streams.sightings import Chosen, Outcome, OutcomeKind, key_of

_outcome = msgspec.msgpack.Decoder(Outcome).decode


class Waiting(Struct, frozen=True):
    """A sighting without a case: parked, or ambiguous with the cases that it may be."""

    sighting: str
    kind: str
    detail: str
    possible_cases: tuple[str, ...] = ()


def unsettled(reader: Reader, codec: Codec) -> tuple[Waiting, ...]:
    """All sightings that wait, by place."""
    items = (codec.decode("duty_item", record.value) for record in latest(reader.all(DUTY_ITEMS)).values())
    possible = {item["sighting"]: tuple(item["possible_cases"]) for item in items if item["state"] == "OPEN"}
    found: dict[str, Waiting] = {}
    for record in reader.all(SIGHTING_OUTCOMES):
        name = (record.key or b"").decode()
        found.pop(name, None)
        if record.value is None:
            continue
        outcome = _outcome(record.value)
        if outcome.kind in (OutcomeKind.PARKED, OutcomeKind.AMBIGUOUS):
            found[name] = Waiting(name, outcome.kind.value, outcome.detail, possible.get(name, ()))
    return tuple(found[name] for name in sorted(found))


def choose(writer: Writer, sighting: str, case: str, by: str, reason: str) -> None:
    """Say whose sighting it is; who said so, when and why goes with it."""
    chosen = Chosen(sighting, CaseId(case), by, timer.now(), reason)
    writer.send(IDENTITY_SIGHTINGS, [(key_of(chosen), wire.encode(chosen))])
