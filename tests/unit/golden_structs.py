"""Writes the values whose bytes are kept in tests/golden/structs (python -m tests.unit.golden_structs), never anew.

A release's bytes stay readable: where the shape of a value grows, the old bytes stay and are read by the new code, and
the new shape gets a file of its own (``….2.msgpack``). Beside each stands what it says, as JSON.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec

from streams.case import CaseFile
from streams.events import AssessmentStatus, CaseEvent, PoliceKind, Restored, Withheld
from tests.unit.casebook import (
    SERIOUS,
    T0,
    YOUTH,
    all_low,
    assessed,
    day,
    deleted,
    event,
    hearing,
    holder,
    oversight,
    passed,
    police,
    run,
)

FOLDER = Path(__file__).parent.parent / "golden" / "structs"
SHAPE = 1
"""Raised by whoever appends a field."""

EVENTS: dict[str, CaseEvent] = {
    "case-event-police": police(recorded=day(1), received=day(2)),
    "case-event-court": hearing(T0, SERIOUS, None, application="Breach", remanded=True),
    "case-event-court-deleted": deleted(day(3), person="person-1"),
    "case-event-assessed": assessed(T0, all_low(public="high", staff_custody="very-high", children=None), also=YOUTH),
    "case-event-allocation": holder(ended=day(30)),
    "case-event-oversight": oversight(forum="MARAC"),
    "case-event-deadline": passed(day(30)),
    "case-event-withheld": event(Withheld("q1", "intake", "bad dates"), day(2), "q1"),
    "case-event-restored": event(Restored("q1"), day(3), "q1"),
}


def case_file() -> CaseFile:
    """A file with something in every list."""
    correction = police(kind=PoliceKind.CHARGE, recorded=day(3))
    late = assessed(day(4), (), status=AssessmentStatus.OPEN, name="a2")
    held = event(Withheld("q2", "cases", "another reason"), day(5), "q2")
    file, _ = run((*EVENTS.values(), correction, late, held), now=day(31) + timedelta(hours=1))
    return file


def main() -> None:
    """Write what is not there yet."""
    values: dict[str, CaseEvent | CaseFile] = {**EVENTS, "case-file": case_file()}
    for name, value in values.items():
        path = FOLDER / f"{name}.{SHAPE}.msgpack"
        if not path.exists():
            path.write_bytes(msgspec.msgpack.encode(value))
            path.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(value)) + b"\n")


if __name__ == "__main__":
    main()
