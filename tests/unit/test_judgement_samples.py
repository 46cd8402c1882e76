"""Real assessment samples, in our words, and what the rules make of them. Skipped where ../shared is not beside us."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.events import AssessmentStatus, CaseEvent, DomainLevel
from tests.unit.casebook import POLICY, assessed, levels, run, said

SAMPLES = Path(__file__).parents[3] / "shared" / "domain" / "samples" / "hmpps-assess-risks-and-needs"

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the real samples (../shared) are not beside the checkout")

LONDON = ZoneInfo("Europe/London")
LEVELS = {"Low": "low", "Medium": "medium", "High": "high", "Very High": "very-high"}
GROUPS = {"riskChildren": "children", "riskPublic": "public", "riskKnownAdult": "known_adult", "riskStaff": "staff"}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(ZoneInfo("UTC"))


def given(summary: dict[str, Any], **instead: str | None) -> tuple[DomainLevel, ...]:
    found: dict[str, str | None] = {}
    for theirs, ours in GROUPS.items():
        found[ours] = LEVELS.get(summary[f"{theirs}Community"])
        found[f"{ours}_custody"] = LEVELS.get(summary[f"{theirs}Custody"])
    return levels(**(found | {"prisoners_custody": LEVELS.get(summary["riskPrisonersCustody"])} | instead))


def of(summary: dict[str, Any], given_levels: tuple[DomainLevel, ...]) -> CaseEvent:
    at = london(summary["dateCompleted"])
    status = AssessmentStatus[summary["assessmentStatus"]]
    return assessed(at, given_levels, status=status, assessment=str(summary["assessmentPk"]))


@pytest.fixture
def summary() -> dict[str, Any]:
    found: dict[str, Any] = sample("ordsAssessmentRoshSummary.json")["assessments"][0]
    return found


def test_the_real_summary_is_raised_by_its_high_risk_to_staff_in_the_community(summary: dict[str, Any]) -> None:
    _, told = run((of(summary, given(summary)),))
    assert said(told) == (("R1", "RAISED"),)
    assert "the level is raised (staff: high, assessed 2024-12-19)" in told[0].reason
    assert "staff: very-high, in custody: shown, does not cross" in told[0].levels


def test_the_same_summary_with_its_very_high_risk_in_custody_alone_does_not_cross(summary: dict[str, Any]) -> None:
    file, told = run((of(summary, given(summary, staff="medium")),))
    assert told == ()
    assert file.quiet == POLICY.version  # known to be lower, whatever holds in custody


def test_the_same_summary_with_all_null_sets_no_level(summary: dict[str, Any]) -> None:
    nothing = {key: None for key in summary if key.startswith("risk")}
    file, told = run((of(summary, given(summary | nothing)),))
    assert (told, file.assessments[0].levels, file.quiet) == ((), (), "")


def test_of_the_real_same_day_pair_the_locked_incomplete_one_changes_nothing() -> None:
    timeline = sample("ordsAssessmentTimeline.json")["timeline"]
    pair = [entry for entry in timeline if (entry.get("completedDate") or "").startswith("2022-06-09")]
    assert {entry["status"] for entry in pair} == {"COMPLETE", "LOCKED_INCOMPLETE"}
    events = [
        assessed(
            london(entry["completedDate"]),
            levels(harm="high") if entry["status"] == "COMPLETE" else levels(harm=None),
            status=AssessmentStatus[entry["status"]],
            name=str(entry["assessmentPk"]),
        )
        for entry in pair
    ]
    for order in (events, events[::-1]):
        file, told = run(order, now=london("2022-06-10T00:00:00"))
        assert said(told) == (("R1", "RAISED"),)
        assert file.assessments[-1].status is AssessmentStatus.COMPLETE  # counts for more, whichever came later
