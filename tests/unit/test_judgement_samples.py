"""Samples of the field's systems, in our words, and what the rules make of them.

There is no feed of most of these formats: each is read here by a table of the sender's words to ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.case import CaseFile
from streams.circumstances import ClassificationKind, ClassificationState
from streams.escalation import EscalationRecord
from streams.events import AssessmentStatus, CaseEvent, HolderRole, OversightKind
from tests.unit.casebook import all_low, assessed, holder, levels, oversight, passed, police, run, said
from tests.unit.sample_files import marks, present
from tests.unit.sample_files import sample as sample_place
from tests.unit.sample_outcomes import OWN, REAL, Sample
from tests.unit.table_book import classified

ARNS = "hmpps-assess-risks-and-needs"
LONDON = ZoneInfo("Europe/London")
LEVELS = {"Low": "low", "Medium": "medium", "High": "high", "Very High": "very-high"}
GROUPS = {"riskChildren": "children", "riskPublic": "public", "riskKnownAdult": "known_adult", "riskStaff": "staff"}
LATER = timedelta(days=60)
"""How long after its last event each case is looked at again, with nothing new."""


def text_of(file: str) -> str:
    return sample_place(file).read_text(encoding="utf-8")


def content_of(file: str) -> Any:
    return json.loads(text_of(file))


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


# ── readers, one a sample ────────────────────────────────────────────────────────────────────────────────────


def registrations(file: str) -> list[CaseEvent]:
    """All fetched when the latest began."""
    listed = content_of(file)["registrations"]
    fetched = max(london(one["startDate"]) for one in listed)
    return [
        classified(
            fetched,
            one["type"]["code"],
            started=london(one["startDate"]),
            state=ClassificationState.IN_FORCE if one["active"] else ClassificationState.ENDED,
            ended=_date(one, "endDate"),
            review_due=_date(one, "nextReviewDate"),
        )
        for one in listed
    ]


def _date(one: dict[str, Any], key: str) -> datetime | None:
    return london(one[key]) if one.get(key) else None


_MAPPA = {0: "M0", 1: "M1", 2: "M2", 3: "M3"}
_CATEGORY = {0: "X9", 1: "M1", 2: "M2", 3: "M3", 4: "M4"}


def mappa_and_rosh(file: str) -> list[CaseEvent]:
    """A level that ended is told on the day of its end."""
    content = content_of(file)
    mappa = content["mappa"]
    found = [
        classified(
            _date(rosh, "endDate") or london(rosh["startDate"]),
            rosh["type"],
            started=london(rosh["startDate"]),
            state=ClassificationState.IN_FORCE if rosh["active"] else ClassificationState.ENDED,
            ended=_date(rosh, "endDate"),
        )
        for rosh in content["roshHistory"]
    ]
    found.append(
        classified(
            london(mappa["startDate"]),
            "MAPP",
            kind=ClassificationKind.MAPPA,
            level=_MAPPA[mappa["level"]],
            category=_CATEGORY[mappa["category"]],
        )
    )
    return sorted(found, key=lambda event: event.times.received)


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
    return [
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


def allocation(file: str) -> list[CaseEvent]:
    """A high level is assessed half an hour later. The SPO's notes on the allocation are a signature, not oversight."""
    body = content_of(file)
    at = datetime.fromisoformat(body["createdDate"]).astimezone(UTC)
    assert body["spoOversightNotes"]
    return [
        holder(at, HolderRole.CASE_MANAGER, name="staff", staff=body["staffCode"], grade=None),
        holder(at, HolderRole.MANAGER, name="spo", staff=body["spoStaffCode"], grade="SPO"),
        oversight(at, OversightKind.COUNTERSIGNATURE, author=body["spoStaffCode"], grade="SPO"),
        assessed(at + timedelta(minutes=30), all_low(public="high")),
    ]


def open_assessment(file: str) -> list[CaseEvent]:
    (one,) = content_of(file)["assessments"]
    assert one["dateCompleted"] is None
    given = levels(harm=LEVELS[one["riskLevel"]["riskScoreLevel"]])
    started, status = london(one["initiationDate"]), AssessmentStatus[one["assessmentStatus"]]
    return [assessed(started, given, status=status)]


def summary(file: str) -> list[CaseEvent]:
    one = content_of(file)["assessments"][0]
    given: dict[str, str | None] = {"prisoners_custody": LEVELS.get(one["riskPrisonersCustody"])}
    for theirs, ours in GROUPS.items():
        given[ours] = LEVELS.get(one[f"{theirs}Community"])
        given[f"{ours}_custody"] = LEVELS.get(one[f"{theirs}Custody"])
    status = AssessmentStatus[one["assessmentStatus"]]
    return [assessed(london(one["dateCompleted"]), levels(**given), status=status, assessment=str(one["assessmentPk"]))]


def same_day_pair(file: str) -> list[CaseEvent]:
    """The day's complete assessment says high, the one that was locked says nothing; both come at midnight."""
    done = [entry for entry in content_of(file)["timeline"] if "completedDate" in entry]
    (day,) = {entry["completedDate"][:10] for entry in done if entry["status"] == "LOCKED_INCOMPLETE"}
    return [
        assessed(
            london(entry["completedDate"]),
            levels(harm="high") if entry["status"] == "COMPLETE" else levels(harm=None),
            status=AssessmentStatus[entry["status"]],
            name=str(entry["assessmentPk"]),
            received=london(day) + timedelta(days=1),
        )
        for entry in done
        if entry["completedDate"].startswith(day)
    ]


READERS: dict[str, Callable[[str], list[CaseEvent]]] = {
    read.__name__: read
    for read in (
        *(registrations, mappa_and_rosh, registration_added, contact_history, offender_managers, allocation),
        *(open_assessment, summary, same_day_pair),
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


def events_of(sample: Sample) -> list[CaseEvent]:
    """What the sample says, and the arrests told beside it."""
    arrests = [police(london(when), name=f"p{number}") for number, when in enumerate(sample.arrests)]
    return [*READERS[sample.read](sample.file), *arrests]


@pytest.mark.parametrize(
    "sample", [pytest.param(sample, id=sample.file, marks=marks(sample.file)) for sample in (*OWN, *REAL)]
)
def test_a_sample_comes_to_what_is_documented(sample: Sample) -> None:
    told = looked_at(events_of(sample))
    assert outcome(told) == sample.told
    first = {one.rule: one for one in reversed(told) if one.change.value == "RAISED"}
    for rule, words in sample.reason:
        assert words in first[rule].reason
    if sample.manager is not None:
        assert sample.manager in told[-1].manager


def test_every_format_that_has_a_reader_has_a_sample_of_ours_and_a_real_one() -> None:
    assert {sample.read for sample in OWN} == {sample.read for sample in REAL} == READERS.keys()


@pytest.mark.parametrize(
    "file", present(["rosh-summary.json", "hmpps-assess-risks-and-needs/ordsAssessmentRoshSummary.json"])
)
def test_the_summary_shows_what_holds_in_custody_and_does_not_compare_it(file: str) -> None:
    _, told = run(summary(file))
    assert "staff: very-high, in custody: shown, does not cross" in told[0].levels


@pytest.mark.parametrize(
    "file", present(["assessment-timeline.json", "hmpps-assess-risks-and-needs/ordsAssessmentTimeline.json"])
)
def test_a_same_day_pair_comes_to_the_same_in_either_order(file: str) -> None:
    pair = same_day_pair(file)
    assert [event.fact.status for event in pair] != [AssessmentStatus.COMPLETE] * 2  # type: ignore[union-attr]
    for order in (pair, pair[::-1]):
        case, told = run(order)
        assert said(told) == (("R1", "RAISED"),)
        assert case.assessments[-1].status is AssessmentStatus.COMPLETE  # counts for more, whichever came later


@pytest.mark.parametrize(
    ("read", "file"),
    [
        pytest.param(registration_added, "registration-added.yaml", id="own"),
        pytest.param(
            mappa_and_rosh,
            "make-recall-decision-api/mappa-and-rosh-history.json",
            id="real",
            marks=marks("make-recall-decision-api/mappa-and-rosh-history.json"),
        ),
    ],
)
def test_the_very_high_register_is_urgent(read: Callable[[str], list[CaseEvent]], file: str) -> None:
    told = looked_at(read(file))
    assert {(one.rule, one.urgency) for one in told} == {("R1", "urgent"), ("R5", "urgent")}
