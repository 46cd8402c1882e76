"""Real samples, in our words, and what the rules make of them. Skipped where ../shared is not beside us.

There is no feed of most of these formats: each is read here by a table of the sender's words to ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.case import CaseFile
from streams.circumstances import ClassificationKind, ClassificationState
from streams.escalation import EscalationRecord
from streams.events import AssessmentStatus, CaseEvent, DomainLevel, HolderRole, OversightKind
from tests.unit.casebook import all_low, assessed, holder, levels, oversight, passed, police, run, said
from tests.unit.sample_outcomes import SAMPLES, Sample
from tests.unit.table_book import classified

FOLDER = Path(__file__).parents[3] / "shared" / "domain" / "samples"

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the real samples (../shared) are not beside the checkout")

LONDON = ZoneInfo("Europe/London")
LEVELS = {"Low": "low", "Medium": "medium", "High": "high", "Very High": "very-high"}
GROUPS = {"riskChildren": "children", "riskPublic": "public", "riskKnownAdult": "known_adult", "riskStaff": "staff"}
LATER = timedelta(days=60)
"""How long after its last event each case is looked at again, with nothing new."""


def text_of(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")


def content_of(file: str) -> Any:
    return json.loads(text_of(file))


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


# ── readers, one a sample ────────────────────────────────────────────────────────────────────────────────────


def registrations(file: str) -> list[CaseEvent]:
    """All fetched when the latest began; an arrest a week before the review of RMRH is due, and one after."""
    fetched = london("2020-09-30")
    found = [
        classified(
            fetched,
            one["type"]["code"],
            started=london(one["startDate"]),
            state=ClassificationState.IN_FORCE if one["active"] else ClassificationState.ENDED,
            ended=london(one["endDate"]) if "endDate" in one else None,
            review_due=london(one["nextReviewDate"]) if "nextReviewDate" in one else None,
        )
        for one in content_of(file)["registrations"]
    ]
    assert {event.fact.code for event in found} == {"ALSH", "ADVP", "RMRH", "AV2S"}  # type: ignore[union-attr]
    return [*found, police(london("2020-10-07 12:00")), police(london("2020-10-15 12:00"), name="p2")]


_MAPPA = {0: "M0", 1: "M1", 2: "M2", 3: "M3"}
_CATEGORY = {0: "X9", 1: "M1", 2: "M2", 3: "M3", 4: "M4"}


def mappa_and_rosh(file: str) -> list[CaseEvent]:
    content = content_of(file)
    (rosh,), mappa = content["roshHistory"], content["mappa"]
    return [
        classified(london(rosh["startDate"]), rosh["type"]),
        classified(
            london(mappa["startDate"]),
            "MAPP",
            kind=ClassificationKind.MAPPA,
            level=_MAPPA[mappa["level"]],
            category=_CATEGORY[mappa["category"]],
        ),
    ]


_ZONES = {"BST": "+0100", "GMT": "+0000"}


def java_date(text: str) -> datetime:
    """``Fri Jun 14 09:06:52 BST 2024``: Date.toString(), in the zone of the court's clock."""
    _, month, day, clock, zone, year = text.split()
    return datetime.strptime(f"{day} {month} {year} {clock} {_ZONES[zone]}", "%d %b %Y %H:%M:%S %z").astimezone(UTC)


def registration_added(file: str) -> list[CaseEvent]:
    """The schema gives an example of each field; a reader of YAML is not worth it."""
    fields = dict(re.findall(r"(\w+):\n +example: '?([^'\n]*)'?", text_of(file)))
    occurred = datetime.fromisoformat(fields["occurredAt"]).astimezone(UTC)
    started = java_date(fields["registrationDate"])
    assert java_date(fields["createdDateAndTime"]) == occurred.replace(microsecond=0)
    return [classified(occurred, fields["registerTypeCode"], name=fields["registrationId"], started=started)]


_COMMENT = re.compile(r"Comment added by .* on (\d\d)/(\d\d)/(\d{4}) at (\d\d:\d\d)")


def contact_history(file: str) -> list[CaseEvent]:
    """Tiers, MAPPA registrations, responsible officers and oversight; each came to us when it was typed in."""
    found = [event for number, one in enumerate(content_of(file)["contacts"]) for event in _contact(number, one)]
    return sorted(found, key=lambda event: event.times.received)


def _contact(number: int, contact: dict[str, Any]) -> Iterable[CaseEvent]:
    notes, code = contact.get("notes", ""), contact["type"]["code"]
    at = datetime.fromisoformat(contact["startDateTime"]).astimezone(UTC)
    typed = _COMMENT.search(notes)
    told = at
    if typed is not None:
        day, month, year, clock = typed.groups()
        told = max(at, london(f"{year}-{month}-{day} {clock}"))
    if tier := re.search(r"\nTier: ([A-D])-(\d)", f"\n{notes}"):
        yield classified(max(at, told), "".join(tier.groups()), kind=ClassificationKind.TIER, name=f"tier-{number}")
    elif code == "ERGN" and (level := re.search(r"MAPPA Level (\d)", notes)):
        category = re.search(r"MAPPA Cat (\d)", notes)
        yield classified(
            told,
            "MAPP",
            kind=ClassificationKind.MAPPA,
            level=_MAPPA[int(level[1])],
            category=_CATEGORY[int(category[1])] if category else None,
            started=at,
        )
    elif code == "ROC":
        nobody = "Responsible Officer: Unallocated" in notes
        yield holder(told, HolderRole.CASE_MANAGER, staff=None, grade=None, placeholder_name=nobody, started=at)
    elif code in ("C002", "SPOD02"):
        yield oversight(told, OversightKind.CASE_DISCUSSION, name=f"o{number}", author="unknown", grade=None)


def offender_managers(file: str) -> list[CaseEvent]:
    found = [
        holder(
            london(one["fromDate"]),
            HolderRole.CASE_MANAGER,
            name=one["staffCode"],
            staff=one["staffCode"],
            grade=None,
            placeholder_name=one["isUnallocated"],
        )
        for one in content_of(file)
    ]
    return [*found, police(london("2019-01-02 11:00"))]


def allocation(file: str) -> list[CaseEvent]:
    """A high level is assessed half an hour later. The SPO's notes on the allocation are a signature, not oversight."""
    body = content_of(file)
    at = datetime.fromisoformat(body["createdDate"]).astimezone(UTC)
    assert body["spoOversightNotes"]
    return [
        holder(at, HolderRole.CASE_MANAGER, name="staff", staff=body["staffCode"], grade=None),
        holder(at, HolderRole.MANAGER, name="spo", staff=body["spoStaffCode"], grade="SPO"),
        oversight(at, OversightKind.COUNTERSIGNATURE, author=body["spoStaffCode"], grade="SPO"),
        assessed(london("2022-07-28 11:00"), all_low(public="high")),
    ]


def open_assessment(file: str) -> list[CaseEvent]:
    (one,) = content_of(file)["assessments"]
    assert one["dateCompleted"] is None
    given = levels(harm=LEVELS[one["riskLevel"]["riskScoreLevel"]])
    started, status = london(one["initiationDate"]), AssessmentStatus[one["assessmentStatus"]]
    return [assessed(started, given, status=status), police(london("2023-12-06 12:00"))]


def _given(summary: dict[str, Any], **instead: str | None) -> tuple[DomainLevel, ...]:
    found: dict[str, str | None] = {}
    for theirs, ours in GROUPS.items():
        found[ours] = LEVELS.get(summary[f"{theirs}Community"])
        found[f"{ours}_custody"] = LEVELS.get(summary[f"{theirs}Custody"])
    return levels(**(found | {"prisoners_custody": LEVELS.get(summary["riskPrisonersCustody"])} | instead))


def _of(file: str, **instead: str | None) -> CaseEvent:
    one = content_of(file)["assessments"][0]
    status = AssessmentStatus[one["assessmentStatus"]]
    given = _given(one, **instead)
    return assessed(london(one["dateCompleted"]), given, status=status, assessment=str(one["assessmentPk"]))


def summary(file: str) -> list[CaseEvent]:
    return [_of(file)]


def summary_custody_only(file: str) -> list[CaseEvent]:
    return [_of(file, staff="medium"), police(london("2024-12-20 12:00"))]


def summary_all_null(file: str) -> list[CaseEvent]:
    nothing = dict.fromkeys([*GROUPS.values(), *(f"{group}_custody" for group in GROUPS.values()), "prisoners_custody"])
    return [_of(file, **nothing), police(london("2024-12-20 12:00"))]


def _pair(file: str) -> list[CaseEvent]:
    timeline = content_of(file)["timeline"]
    pair = [entry for entry in timeline if (entry.get("completedDate") or "").startswith("2022-06-09")]
    assert {entry["status"] for entry in pair} == {"COMPLETE", "LOCKED_INCOMPLETE"}
    return [
        assessed(
            london(entry["completedDate"]),
            levels(harm="high") if entry["status"] == "COMPLETE" else levels(harm=None),
            status=AssessmentStatus[entry["status"]],
            name=str(entry["assessmentPk"]),
            received=london("2022-06-10 00:00"),
        )
        for entry in pair
    ]


def same_day_pair(file: str) -> list[CaseEvent]:
    return _pair(file)


READERS: dict[str, Callable[[str], list[CaseEvent]]] = {
    read.__name__: read
    for read in (
        *(registrations, mappa_and_rosh, registration_added, contact_history, offender_managers, allocation),
        *(open_assessment, summary, summary_custody_only, summary_all_null, same_day_pair),
    )
}

# ── what comes of them ───────────────────────────────────────────────────────────────────────────────────────

_SHOWN = ("RAISED", "JOINED", "CONDITION_CLEARED")


def outcome(told: Iterable[EscalationRecord]) -> tuple[tuple[str, str, str], ...]:
    """All but the deadlines that pass, for nobody does anything."""
    return tuple((one.rule, one.change.value, f"{one.at:%Y-%m-%d %H:%M}") for one in told if one.change.value in _SHOWN)


def looked_at(events: list[CaseEvent]) -> tuple[EscalationRecord, ...]:
    """Each event when it came, each deadline when it passed, and once more some time after."""
    file: CaseFile | None = None
    told: list[EscalationRecord] = []
    for event in events:
        file = _until(file, event.times.received, told)
        file, more = run((event,), file=file)
        told.extend(more)
    _until(file, events[-1].times.received + LATER, told)
    return tuple(told)


def _until(file: CaseFile | None, end: datetime, told: list[EscalationRecord]) -> CaseFile | None:
    while file is not None and file.due is not None and file.due <= end:
        file, more = run((passed(file.due),), file=file)
        told.extend(more)
    return file


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(
            sample,
            id=sample.name,
            marks=[pytest.mark.xfail(strict=True, reason=sample.pending)] if sample.pending else [],
        )
        for sample in SAMPLES
    ],
)
def test_a_real_sample_comes_to_what_is_documented(sample: Sample) -> None:
    told = looked_at(READERS[sample.name](sample.file))
    assert outcome(told) == sample.told
    first = {one.rule: one for one in reversed(told) if one.change.value == "RAISED"}
    for rule, words in sample.reason:
        assert words in first[rule].reason
    if sample.manager is not None:
        assert sample.manager in told[-1].manager


def test_every_sample_has_a_reader_and_every_reader_a_sample() -> None:
    assert {sample.name for sample in SAMPLES} == READERS.keys()


def test_the_summary_shows_what_holds_in_custody_and_does_not_compare_it() -> None:
    _, told = run((_of("hmpps-assess-risks-and-needs/ordsAssessmentRoshSummary.json"),))
    assert "staff: very-high, in custody: shown, does not cross" in told[0].levels


def test_a_same_day_pair_comes_to_the_same_in_either_order() -> None:
    pair = _pair("hmpps-assess-risks-and-needs/ordsAssessmentTimeline.json")
    for order in (pair, pair[::-1]):
        file, told = run(order)
        assert said(told) == (("R1", "RAISED"),)
        assert file.assessments[-1].status is AssessmentStatus.COMPLETE  # counts for more, whichever came later


def test_the_very_high_register_is_urgent() -> None:
    told = looked_at(mappa_and_rosh("make-recall-decision-api/mappa-and-rosh-history.json"))
    assert {(one.rule, one.urgency) for one in told} == {("R1", "urgent"), ("R5", "urgent")}
