"""What becomes of open escalations when a case is merged into another, or its person's data are erased (P17)."""

from __future__ import annotations

from streams.circumstances import Erased, Merged, Unmerged
from tests.unit.casebook import T0, all_low, assessed, day, event, passed, police
from tests.unit.table_book import HIGH, OTHER, utc
from tests.unit.tables.shape import Example, Table, Told, pairs


def _one(*changes: str) -> Told:
    return pairs("R1", "RAISED", *changes)


MERGED = event(Merged(OTHER), utc("2026-03-02 09:30"), "delius/merge/1")
UNMERGED = event(Unmerged(OTHER), utc("2026-03-02 09:50"), "delius/unmerge/1")
ERASED = event(Erased("N07DPO1", "ART_17"), utc("2026-03-02 09:30"), "delius/gdpr/1")

MOVED = Table(
    "Merged, given back, erased",
    ("P17",),
    "An escalation goes with its case when that is found to be the same person's as another, and comes back with it; "
    "nobody is asked for it twice. On request a person's data are erased: that there was an escalation, and when, "
    "stays on record. What the other case is told stands in test_merging and test_others.",
    (
        Example(
            "merged: the escalation moves",
            (HIGH, MERGED),
            _one("MOVED"),
            reason=("its case was merged into crn:X320742",),
        ),
        Example("merged: no deadline passes here any more", (HIGH, MERGED, passed(day(60))), _one("MOVED")),
        Example("merged: what comes here is not judged here", (HIGH, MERGED, police(day(2))), _one("MOVED")),
        Example("merged and unmerged: the escalation comes back", (HIGH, MERGED, UNMERGED), _one("MOVED", "MOVED")),
        Example(
            "erased: that it was raised stays on record",
            (HIGH, ERASED),
            _one("ERASED"),
            reason=("the person's data were erased on request",),
        ),
        Example("erased twice is told once", (HIGH, ERASED, ERASED), _one("ERASED")),
        Example("erased: no deadline passes any more", (HIGH, ERASED, passed(day(60))), _one("ERASED")),
        Example(
            "erased: what happened before is history, whenever it comes",
            (HIGH, ERASED, assessed(T0, all_low(staff="high"), name="a2", received=day(2))),
            _one("ERASED"),
        ),
        Example(
            "erased: what happens since is a case of its own, and a new escalation",
            (HIGH, ERASED, assessed(day(2), all_low(staff="high"), name="a2")),
            _one("ERASED", "RAISED"),
        ),
    ),
    ("R1", "R2", "R13"),
    late=True,
)
