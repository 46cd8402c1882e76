"""State gauges: figures about states. Open escalations by rule, condition and age; sightings that wait, by kind.

Kept by key as states change; a lane that opens is counted in the background, some states at a time, so that counting
never delays an event. Only figures: nothing is decided here.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from agents import metrics
from agents.lane.changelog import is_own
from streams.case import CaseFile, Escalation
from streams.resolution import State

AGES = (
    (timedelta(hours=1), "under 1 h"),
    (timedelta(days=1), "under 1 day"),
    (timedelta(days=7), "under 1 week"),
    (timedelta.max, "older"),
)
_SOME = 100  # states counted before others get their turn

T = TypeVar("T")


class StateGauge(Generic[T]):
    """What of the states of this worker's partitions is worth a figure; a state that has none of it is not kept."""

    def __init__(self, of: Callable[[bytes], T | None], report: Callable[[Iterable[T], datetime], None]) -> None:
        self._of, self._report = of, report
        self._found: dict[int, dict[bytes, T | None]] = {}

    def begin(self, partition: int, states: Iterator[tuple[bytes, bytes]]) -> asyncio.Task[None]:
        """A partition is open: count its states in the background."""
        self._found[partition] = {}
        return asyncio.create_task(self._count(self._found[partition], states))

    async def _count(self, found: dict[bytes, T | None], states: Iterator[tuple[bytes, bytes]]) -> None:
        for number, (key, state) in enumerate(states):
            if not is_own(key) and key not in found and (what := self._of(state)):
                found[key] = what
            if number % _SOME == 0:
                await asyncio.sleep(0)

    def end(self, partition: int) -> None:
        """A partition is closed: its states are another worker's to count."""
        self._found.pop(partition, None)

    def note(self, partition: int, key: bytes, what: T | None) -> None:
        """A state has changed; None where there is nothing of it to count any more."""
        found = self._found.get(partition)
        if found is not None and (what or key in found):
            found[key] = what  # nothing stays as None: the count in the background must not bring back what is over

    def set(self, now: datetime) -> None:
        """Set the gauges."""
        self._report((what for found in self._found.values() for what in list(found.values()) if what), now)


def open_escalations() -> StateGauge[tuple[Escalation, ...]]:
    """The open escalations of case files."""
    return StateGauge(_open_of, _report_open)


def waiting() -> StateGauge[str]:
    """The sightings that are parked or ambiguous."""
    return StateGauge(lambda state: waits(_state(state).state), _report_waiting)


def waits(state: State) -> str | None:
    """The label of a sighting that waits for a link or a person."""
    return state.value if state in (State.PARKED, State.AMBIGUOUS) else None


# A case file up to its open escalations, the rest of it left as bytes: counting must not cost what judging costs.
_fields = CaseFile.__struct_fields__[: CaseFile.__struct_fields__.index("open")]
_UpToOpen = msgspec.defstruct(
    "_UpToOpen", [*((name, msgspec.Raw) for name in _fields), ("open", tuple[Escalation, ...], ())], array_like=True
)
_up_to_open: Any = msgspec.msgpack.Decoder(_UpToOpen).decode


class _State(msgspec.Struct, array_like=True):
    state: State


_state = msgspec.msgpack.Decoder(_State).decode


def _open_of(state: bytes) -> tuple[Escalation, ...] | None:
    escalations: tuple[Escalation, ...] = _up_to_open(state).open
    return escalations or None


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
