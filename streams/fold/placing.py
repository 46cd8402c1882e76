"""One fact among those of its kind: a new one, a second delivery, a correction, an old version that came late. Pure.

What a second message under a sender's id does is the same for every kind of fact:

- the same content, or a content that a correction has replaced since: nothing changes (duplicate), but that the sender
  has said it again: if it was taken back in between, it counts again;
- another content, said no earlier than the one held: it replaces it (corrected);
- another content, said earlier: an old version that arrived late. It changes nothing that a rule reads (history).

*Said* is when the sender recorded it, else when we received it. Where only the receipt is known, a second delivery of
an old version would look like a correction: the contents of the last few versions are therefore remembered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec.structs import replace

from streams.case import BOUNDS, CORRECTED, Item, OnFile
from streams.escalation import Change
from streams.events import CaseEvent, Times
from streams.matters import Matters

F = TypeVar("F", bound=OnFile)


class StepOutcome(StrEnum):
    """What an event did to its case's file."""

    FOLDED = "folded"
    DUPLICATE = "duplicate"
    CORRECTED = "corrected"
    HISTORY = "history"


class Folded(NamedTuple):
    """What an event does to its case file: which fields change (none: nothing does), and how much that matters."""

    outcome: StepOutcome
    changes: Mapping[str, Any]
    matters: Matters = Matters.NOTHING
    moved: tuple[tuple[Item, Change], ...] = ()  # items that came or went with a case, or were erased: to be told


def untouched(outcome: StepOutcome) -> Folded:
    """Nothing changes."""
    return Folded(outcome, {})


def heading(event: CaseEvent) -> tuple[str, str, Times, str, tuple[str, ...], int]:
    """What every fact on file begins with, in the order of OnFile's fields."""
    return comparable(event.sender_id), event.content_id, event.times, str(event.origin), (), 0


class Place(NamedTuple, Generic[F]):
    """Where a fact went: the list with it, what that did, and the version that it replaced."""

    held: tuple[F, ...]
    outcome: StepOutcome
    before: F | None


def place(held: tuple[F, ...], new: F, floor: datetime | None, order: Callable[[F], Any]) -> Place[F]:
    """Put a fact among those of its kind: replace its older version, or insert it in order."""
    for index, old in enumerate(held):
        if old.key == new.key:
            return _version(held, index, new, order)
    if floor is not None and new.effective <= floor:
        return Place(held, StepOutcome.HISTORY, None)
    return Place(_inserted(held, new, order), StepOutcome.FOLDED, None)


def _version(held: tuple[F, ...], index: int, new: F, order: Callable[[F], Any]) -> Place[F]:
    old = held[index]
    if new.content == old.content:
        if new.times.recorded is None or new.times.recorded <= old.said:
            return Place(held, StepOutcome.DUPLICATE, old)
        again = replace(old, times=replace(old.times, recorded=new.times.recorded))
        return Place(_inserted(held[:index] + held[index + 1 :], again, order), StepOutcome.DUPLICATE, old)
    if new.content in old.superseded and not (new.times.recorded and new.times.recorded > old.said):
        return Place(held, StepOutcome.DUPLICATE, old)
    if new.said < old.said:
        if new.times.recorded is not None:
            return Place(held, StepOutcome.HISTORY, old)
        noted = replace(old, superseded=_kept((*old.superseded, new.content)))
        return Place((*held[:index], noted, *held[index + 1 :]), StepOutcome.HISTORY, old)
    told = old.told | CORRECTED if old.told else 0
    corrected = replace(new, superseded=_kept((*old.superseded, old.content)), told=told)
    return Place(_inserted(held[:index] + held[index + 1 :], corrected, order), StepOutcome.CORRECTED, old)


def _inserted(held: tuple[F, ...], new: F, order: Callable[[F], Any]) -> tuple[F, ...]:
    if not held or order(held[-1]) <= order(new):  # most news is the latest
        return (*held, new)
    at = bisect_left(held, order(new), key=order)
    return (*held[:at], new, *held[at:])


def _kept(contents: tuple[str, ...]) -> tuple[str, ...]:
    return contents[-BOUNDS.superseded :]


def in_time(fact: OnFile) -> tuple[datetime, str]:
    """The order of most lists: Times.effective, spelt out for it is asked of every event; then the key."""
    times = fact.times
    return times.occurred or times.recorded or times.received, fact.key


def higher(floor: datetime | None, dropped: datetime) -> datetime:
    """The floor of a list after a fact of that time was dropped."""
    return dropped if floor is None or dropped > floor else floor


# ── senders' texts ───────────────────────────────────────────────────────────────────────────────────────────


def comparable(text: str) -> str:
    """A text that is compared: whole, or its hash where it is too long to keep."""
    return text if len(text) <= BOUNDS.id else blake2b(text.encode(), digest_size=16).hexdigest()


def ending(code: str | None) -> str | None:
    """A staff code, which is shown and compared by its ending: cut in front where it is too long to keep."""
    return code if code is None or len(code) <= BOUNDS.text else f"…{code[1 - BOUNDS.text :]}"


def shown(text: str | None) -> str | None:
    """A text that is shown: cut where it is too long to keep."""
    return text if text is None or len(text) <= BOUNDS.text else f"{text[: BOUNDS.text - 1]}…"
