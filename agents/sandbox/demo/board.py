"""What the demo knows at any moment: what was sent, what came of it, what was raised. Run writes it, live shows it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from streams.words import short

Escalation = dict[str, Any]
"""An escalation as its schema has it."""


@dataclass
class Board:
    """The demo at a glance. Counts only grow, but for what the metrics say."""

    doing: str = "starting"
    sent: Counter[str] = field(default_factory=Counter)  # by feed
    bad: Counter[str] = field(default_factory=Counter)  # bad records sent, by kind
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)  # (feed, what intake or cases made of it)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)  # (rule, change)
    waiting: Counter[str] = field(default_factory=Counter)  # sightings that wait: parked, ambiguous
    lanes_open: int = 0
    lanes_wanted: int = 0
    captions: deque[str] = field(default_factory=lambda: deque(maxlen=4))

    def raised(self) -> dict[str, int]:
        """Escalations raised so far, by rule."""
        return {rule: number for (rule, change), number in sorted(self.changes.items()) if change == "RAISED"}

    def heard(self, escalation: Escalation) -> None:
        """One more escalation record was read."""
        self.changes[escalation["rule"], escalation["change"]] += 1

    def measured(self, pages: list[str]) -> None:
        """Take over what the worker processes' metrics pages say."""
        self.outcomes, self.waiting = Counter(), Counter()
        self.lanes_open = self.lanes_wanted = 0
        for page in pages:
            for family in text_string_to_metric_families(page):
                for sample in family.samples:
                    self._take(sample.name, sample.labels, int(sample.value))

    def _take(self, name: str, labels: Mapping[str, str], value: int) -> None:
        match name:
            case "raised_risk_events_total" if _is_outcome(labels["step"], labels["outcome"]):
                self.outcomes[labels["source"], labels["outcome"]] += value
            case "raised_risk_waiting_sightings":
                self.waiting[labels["kind"]] += value
            case "raised_risk_lanes_open":
                self.lanes_open += value
            case "raised_risk_lanes_wanted":
                self.lanes_wanted += value
            case _:
                pass


def _is_outcome(step: str, outcome: str) -> bool:
    """Whether this is where it ended: in a case's file, or in none already at intake. The rest was only on its way."""
    return step == "cases" or (step == "intake" and outcome not in ("case-event", "sighting", "link"))


def sentences(escalation: Escalation) -> list[str]:
    """An escalation in full sentences: what changed, for whom; the reason in the judgement's own words; notes."""
    cohort, at = escalation["cohort"], escalation["at"]
    change = short(escalation["change"])
    headline = f"{escalation['rule']} {change}: {escalation['case_id']} ({cohort}), {at:%H:%M:%S} UTC"
    return [headline, escalation["reason"], *(f"Note: {note}." for note in escalation["notes"])]
