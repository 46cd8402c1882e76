"""Quarantine: what cannot be read, translated or folded goes here, in the transaction of its own batch.

Nothing is lost by it: the bytes (or, where they are too large to copy, their place, length and hash), where they came
from, why, and what to do. ``raised-risk quarantine`` shows and replays it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Any

from agents import metrics, wire
from agents.lane.batches import Batch, TooLarge
from agents.records import Record
from agents.topics import CASE_EVENTS, QUARANTINE
from schemas import Codec
from streams.events import CaseEvent, Origin, Times, Withheld, content_of
from streams.faults import Fault, Unreadable
from streams.primitives import CaseId

COPIED_AT_MOST = 16 << 20
"""Bytes that the bad parts of one record copy into quarantine, each the whole record; further parts refer to it. A
hearing of a few hundred kilobytes can have as many thousand bad parts, and must not become gigabytes in one batch."""

REPLAY_FIRST = "mend the cause, then: raised-risk quarantine replay"


def quarantine_id(step: str, origin: Origin) -> str:
    """The id of what lies in quarantine: its step, origin and path, so that a second failure is the same item."""
    return blake2b(f"{step}:{origin}".encode(), digest_size=16).hexdigest()


class Unexpected(Fault):
    """A defect of this program. The record is kept all the same."""


def as_fault(error: Exception) -> Fault:
    """The fault that an error stands for. One that is none of ours is named by its class: its message may quote."""
    if isinstance(error, Fault):
        return error
    what = str(error) if isinstance(error, TooLarge) else f"this program failed on it ({type(error).__name__})"
    return Unexpected(what, f"report it; {REPLAY_FIRST}")


@lru_cache(maxsize=1)
def _digest(value: bytes) -> str:
    """The hash of what was held last is at hand: the bad parts of one record come one after the other."""
    return sha256(value).hexdigest()


@dataclass(frozen=True)
class DeadLetters:
    """The dead-letter writer of one step: puts its records into quarantine."""

    step: str
    codec: Codec

    def write(
        self,
        batch: Batch,
        origin: Origin,
        record: Record,
        error: Exception,
        *,
        case: CaseId | None = None,
        attempts: int = 1,
        copied: bool = True,
    ) -> str:
        """Put one record, or the part of it that ``origin.path`` names, into quarantine; its id.

        Its value is what would be replayed, kept by reference where it is not ``copied``; ``case`` whose it is, where
        the fault does not know.
        """
        fault, value = as_fault(error), record.value
        # In characters that can be written: a quarantine that fails on its own words would stop the step.
        reason = fault.reason.encode(errors="backslashreplace").decode()
        case = fault.case or case
        item = quarantine_id(self.step, origin)
        content: dict[str, Any] = {
            "quarantine_id": item,
            "state": "HELD",
            "step": self.step,
            "fault": "too-large" if isinstance(error, TooLarge) else type(fault).__name__.lower(),
            "reason": reason,
            "remedy": fault.remedy,
            "topic": origin.topic,
            "partition": origin.partition,
            "offset": origin.offset,
            "path": origin.path,
            "case_id": case,
            "key": record.key,
            "value": value if copied else None,
            "value_bytes": -1 if value is None else len(value),
            "value_sha256": None if value is None else _digest(value),
            "received_at": wire.time_of(record.timestamp),
            "attempts": attempts,
        }
        try:
            batch.send(QUARANTINE, item.encode(), self.codec.encode("quarantined", content))
        except TooLarge:  # by reference: the bytes stay where they are, and a replay reads them there
            key = record.key if len(record.key or b"") < 1024 else None
            referring = {**content, "value": None, "key": key}
            batch.send(QUARANTINE, item.encode(), self.codec.encode("quarantined", referring))
        metrics.QUARANTINED.labels(self.step, origin.topic, content["fault"]).inc()
        if case is not None and self.step != "cases":
            tell_case(batch, case, origin, wire.time_of(record.timestamp), Withheld(item, self.step, reason))
        return item

    def replayed(self, batch: Batch, content: dict[str, Any]) -> None:
        """Say of an item that it went on its way. The bytes are dropped; what it was stays."""
        done = {**content, "state": "REPLAYED", "value": None, "key": None, "attempts": content["attempts"] + 1}
        batch.send(QUARANTINE, content["quarantine_id"].encode(), self.codec.encode("quarantined", done))


async def bytes_of(batch: Batch, content: dict[str, Any]) -> bytes | None:
    """The bytes of an item: its copy, or, where it was too large for one, what still lies where it came from."""
    value: bytes | None = content["value"]
    if value is not None or content["value_bytes"] < 0:
        return value
    value = await batch.fetch(content["topic"], content["partition"], content["offset"])
    if value is None:
        raise Unreadable(
            "the record was too large to copy, and is no longer in its topic",
            "ask the sender to send it again; the hash in quarantine shows whether it is the same",
        )
    return value


def tell_case(batch: Batch, case: CaseId, origin: Origin, received: Any, fact: Any) -> None:
    """Tell a case what became of something of its own in quarantine."""
    event = withheld_event(case, origin, received, fact)
    batch.send(CASE_EVENTS, case.encode(), wire.encode(event))


def withheld_event(case: CaseId, origin: Origin, received: Any, fact: Any) -> CaseEvent:
    """The event that tells a case that something of its own went to quarantine, or came out of it."""
    name = f"quarantine:{fact.quarantine}:{type(fact).__name__.lower()}"
    return CaseEvent(case, origin, name, content_of(fact, None), Times(None, None, received), fact)
