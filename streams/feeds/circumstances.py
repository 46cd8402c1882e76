"""Circumstances (P6, P12, P20): a classification, a service, a linked person, the 18th birthday, a merge, an erasure.

One record tells one thing. Designed here: of these, the real systems have words (register codes, MAPPA levels, tiers)
and domain events that carry an id and no content (docs/schemas.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from streams.circumstances import (
    ClassificationKind,
    ClassificationState,
    Classified,
    ComesOfAge,
    Erased,
    Linked,
    Merged,
    Relation,
    Service,
    ServiceState,
    Unmerged,
)
from streams.events import CaseEvent, Fact, Origin, Times
from streams.faults import Untranslatable
from streams.feeds.record import Reading, Record, code, read
from streams.identity import case_ids
from streams.primitives import CaseId
from streams.sightings import Part, only_at

LINK, LINK_BACK = "/link", "/link/back"
"""The paths of a link's two halves: each is a sighting of its own, for each is news to a case of its own."""

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""The years in which somebody under supervision may turn 18. Others are dates that some system left unset."""

_LONDON = ZoneInfo("Europe/London")


def translate(record: Record, origin: Origin, received: datetime) -> tuple[Part, ...]:
    """The one thing that the record tells; a link with ``relation_back`` is told to both cases.

    A classification occurred when its system changed it, and not when it started: of two versions the later counts.
    With ``origin.path`` (a part replayed from quarantine) only what lies at that path or under it. Raises
    Untranslatable. Pure.
    """
    reading = read("circumstances", record, replace(origin, path=""), received)
    given = [field for field in (*_FACTS, "link") if record[field] is not None]
    if len(given) != 1:
        raise reading.refused(
            f"the record tells {'of ' + ' and of '.join(given) if given else 'nothing'}; one record tells one thing",
            f"give exactly one of {', '.join((*_FACTS, 'link'))}, each under a message id of its own",
        )
    (field,) = given
    inside = reading.within(field, record[field])
    times = reading.times(reading.past("occurred_at"))
    parts = _link(inside, times) if field == "link" else (reading.event(_FACTS[field](inside), times),)
    return only_at(origin.path, parts, reading.case)


# ── each thing ───────────────────────────────────────────────────────────────────────────────────────────────


def _classified(reading: Reading) -> Classified:
    said = reading.record
    return Classified(
        classification=reading.id("classification_id"),
        kind=ClassificationKind[said["kind"]],
        code=reading.code("code"),
        level=code(reading.text("level")),
        category=code(reading.text("category")),
        state=ClassificationState[said["state"]],
        started=reading.planned("started_at"),
        ended=reading.until("ended_at"),
        review_due=reading.planned("review_due_at"),
    )


def _service(reading: Reading) -> Service:
    return Service(
        service=reading.id("service_id"),
        what=reading.required("what"),
        state=ServiceState[reading.record["state"]],
        provider=reading.text("provider"),
        due=reading.planned("due_at"),
    )


def _comes_of_age(reading: Reading) -> ComesOfAge:
    given: datetime = reading.record["turns_18_on"]
    if not FIRST_YEAR <= given.year <= LAST_YEAR:  # London keeps UTC when the first begins and the last ends
        raise reading.misdated("turns_18_on", f"{given.date()}, and not of {FIRST_YEAR} to {LAST_YEAR}")
    return ComesOfAge(datetime.combine(given.astimezone(_LONDON), time(), _LONDON).astimezone(UTC))


def _merged(reading: Reading) -> Merged:
    return Merged(_another(reading, "into", "name the case that lives on")[0])


def _unmerged(reading: Reading) -> Unmerged:
    return Unmerged(_another(reading, "out_of", "name the case that it had been merged into")[0])


def _erased(reading: Reading) -> Erased:
    return Erased(author=reading.staff("author_staff_code"), ground=reading.code("ground"))


_FACTS: Mapping[str, Callable[[Reading], Fact]] = {
    "classification": _classified,
    "service": _service,
    "coming_of_age": _comes_of_age,
    "merge": _merged,
    "unmerge": _unmerged,
    "erasure": _erased,
}
"""What a record may tell of its own case alone."""


# ── what two cases are told of ───────────────────────────────────────────────────────────────────────────────


def _link(reading: Reading, times: Times) -> tuple[CaseEvent, ...]:
    said = reading.record
    link = reading.id("link_id")
    other, also_known = _another(reading, "other", "name the other person's case")
    there = _half(reading, LINK).event(Linked(link, other, Relation[said["relation"]], said["held"]), times)
    if said["relation_back"] is None:
        return (there,)
    half = _half(reading, LINK_BACK)._replace(case=other, also_known=also_known)
    return (there, half.event(Linked(link, reading.case, Relation[said["relation_back"]], said["held"]), times))


def _half(reading: Reading, path: str) -> Reading:
    """The reading as that of one half, a sighting of its own under a sender's id of its own."""
    return reading._replace(origin=replace(reading.origin, path=path), sender_id=f"{reading.sender_id}{path}")


def _another(reading: Reading, field: str, remedy: str) -> tuple[CaseId, CaseId | None]:
    """The case that the field names, as ``case_ids``; it must not be the record's own, by either of its ids."""
    named = reading.record[field]
    try:
        found = case_ids(named["crn"], named["youth_case_id"], named["youth_case_issuer"])
    except Untranslatable as fault:
        raise reading.refused(f"{reading.inside}{field}: {fault.reason}", fault.remedy) from None
    if {*found} & {reading.case, reading.also_known} - {None}:
        raise reading.wrong(field, "is the case itself", remedy)
    return found
