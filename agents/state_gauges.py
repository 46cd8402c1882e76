"""State gauges: figures about states. Open escalations by rule, condition and age; sightings that wait, by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from agents import metrics
from agents.lane.gauges import StateGauge
from agents.wire import part_of
from streams.case import CaseFile, Escalation
from streams.resolution import SightingFile, State

AGES = (
    (timedelta(hours=1), "under 1 h"),
    (timedelta(days=1), "under 1 day"),
    (timedelta(days=7), "under 1 week"),
    (timedelta.max, "older"),
)


def open_escalations() -> StateGauge[tuple[Escalation, ...]]:
    """The open escalations of case files."""
    return StateGauge(part_of(CaseFile, "open"), _report_open)  # counting must not cost what judging costs


def waiting() -> StateGauge[str]:
    """The sightings that are parked or ambiguous."""
    state = part_of(SightingFile, "state")
    return StateGauge(lambda file: waits(state(file)), _report_waiting)


def waits(state: State) -> str | None:
    """The label of a sighting that waits for a link or a person."""
    return state.value if state in (State.PARKED, State.AMBIGUOUS) else None


def _report_open(files: Iterable[tuple[Escalation, ...]], now: datetime) -> None:
    counts: Counter[tuple[str, ...]] = Counter(
        (one.rule, "holds" if one.holds else "cleared", age_of(now - one.opened)) for file in files for one in file
    )
    metrics.gauge(metrics.OPEN, counts)


def _report_waiting(kinds: Iterable[str], _now: datetime) -> None:
    metrics.gauge(metrics.WAITING, Counter((kind,) for kind in kinds))


def age_of(age: timedelta) -> str:
    """The age in the words of the metric's label."""
    return next(name for most, name in AGES if age < most)
