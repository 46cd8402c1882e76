"""Erasure on request: what a case file held goes, that decisions were made stays. Pure.

The file is emptied; the case, that it was merged, its chains, and how many escalations of each rule it had are kept,
so that the record of decisions can still be verified. What the log holds of the person is not the file's to erase.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec.structs import fields, replace

from streams import inputs
from streams.case import Absorbed, CaseFile, Watermarks
from streams.circumstances import Erased
from streams.escalation import Change
from streams.events import CaseEvent
from streams.facts import CaseKnown
from streams.fold.placing import Folded, StepOutcome, untouched
from streams.policy import Policy

_KEPT = frozenset(
    {"case", "at", "events", "chain", "occurrences", "known", "watermarks", "merged_into", "absorbed", "erased"}
)
"""What erasure leaves or sets itself; every other field, one that is added later too, is emptied."""


def erase(file: CaseFile, event: CaseEvent, _fact: Erased, _policy: Policy, now: datetime) -> Folded:
    """The person's data go. What happened before now is history from now on, and so changes nothing any more.

    It is done again for each request that was made after the last one was carried out. Who asked, and on what ground,
    is in the log of the case.
    """
    if file.erased is not None and event.times.effective <= file.erased:
        return untouched(StepOutcome.DUPLICATE)
    changes: dict[str, Any] = {field.name: field.default for field in fields(CaseFile) if field.name not in _KEPT}
    changes |= {
        "due": None,
        "erased": now,
        "watermarks": Watermarks(*(now for _ in fields(Watermarks))),
        "known": None if file.known is None else CaseKnown("", "", file.known.times, file.known.sighting, (), 0),
        "absorbed": tuple(Absorbed(entry.source, (), (), entry.through) for entry in file.absorbed),
    }
    emptied = tuple((replace(one, listed=(), left_out=0), Change.ERASED) for one in file.open)
    return Folded(StepOutcome.FOLDED, changes, inputs.EVERYTHING, emptied)
