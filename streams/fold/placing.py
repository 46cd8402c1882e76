"""One fact and its list: a new one, a second delivery, a correction, an old version that came late. Pure.

What a second message under a sender's id does is the same for every kind of fact:

- The same content, or a content that a correction has replaced since: a duplicate. Nothing changes but the
  time at which the sender said it last: if it was taken back in between, it counts again.
- Another content, said no earlier than the one on file: it replaces that one (corrected).
- Another content, said earlier: an old version that arrived late. It changes nothing that a rule reads (history).

*Said* is when the sender recorded it, else when we received it. Where only the receipt is known, a second delivery of
an old version would look like a correction: the contents of the last few versions are therefore remembered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, NamedTuple

from msgspec.structs import replace

from streams import inputs
from streams.case import BOUNDS, CaseFile, Escalation
from streams.escalation import Change
from streams.events import CaseEvent, Times
from streams.facts import CORRECTED, OnFile
from streams.fold.lists import LISTS, Facts, raised_to


class StepOutcome(StrEnum):
    """What an event did to its case's file."""

    FOLDED = "folded"
    DUPLICATE = "duplicate"
    CORRECTED = "corrected"
    HISTORY = "history"


class Folded(NamedTuple):
    """What an event does to its case file: which fields change (none: nothing does), and what of it rules read."""

    outcome: StepOutcome
    changes: Mapping[str, Any]
    changed: int = inputs.NOTHING
    moved: tuple[tuple[Escalation, Change], ...] = ()  # escalations that came or went with a case, or were erased


def untouched(outcome: StepOutcome) -> Folded:
    """Nothing changes."""
    return Folded(outcome, {})


# ── putting a fact in its list ───────────────────────────────────────────────────────────────────────────────


class Put(NamedTuple):
    """What putting a fact in its list did: the fields that change (none: nothing does), the version it replaced."""

    outcome: StepOutcome
    changes: Mapping[str, Any]
    before: Any = None


def put(
    file: CaseFile,
    name: str,
    new: OnFile,
    event: CaseEvent,
    now: datetime,
    *,
    oldest: datetime | None = None,
    adjusted: Callable[[Facts, StepOutcome, Any], Facts] | None = None,
) -> Put:
    """Put a fact in its list, within its bound: what no longer fits there, or is too old, is history.

    ``oldest``: what happened up to then goes. ``adjusted``: what a new fact changes in others of its list.
    """
    spec, before = LISTS[name], getattr(file, name)
    mark = getattr(file.watermarks, name if spec.watermark is None else spec.watermark(new))
    if mark is not None and spec.about is not None:
        id_ = spec.about(new)
        mark = None if any(spec.about(fact) == id_ for fact in before) else mark
    placed = place(before, new, mark, spec.order)
    if placed.held is before:
        return Put(placed.outcome, {}, placed.before)
    held, marks = placed.held, file.watermarks
    if spec.pruned is not None:
        held = spec.pruned(held, new, now, _came(file, event, new))
    if adjusted is not None:
        held = adjusted(held, placed.outcome, placed.before)
    if oldest is not None and held and held[0].effective <= oldest:
        first = next((at for at, fact in enumerate(held) if fact.effective > oldest), len(held))
        marks, held = raised_to(marks, name, held[first - 1].effective), held[first:]
    if len(held) > spec.bound:
        held, marks = spec.bounded(held, marks, now)
    let_go = held is not placed.held and placed.outcome is StepOutcome.FOLDED
    if let_go and all(fact.key != new.key for fact in held):
        return Put(StepOutcome.HISTORY, {})
    changes = {name: held} if marks is file.watermarks else {name: held, "watermarks": marks}
    return Put(placed.outcome, changes, placed.before)


def corrects_what_is_listed(outcome: StepOutcome, before: OnFile | None) -> bool:
    """Whether an escalation has listed the version of a fact that was replaced: what it lists follows."""
    return outcome is StepOutcome.CORRECTED and before is not None and before.heard_by > 0


def _came(file: CaseFile, event: CaseEvent, new: OnFile) -> frozenset[str]:
    """The keys of what came from cases that were merged into this one, the new fact's among them if it did."""
    if not file.absorbed:
        return frozenset({new.key}) if event.forwarded else frozenset()
    came = frozenset(key for entry in file.absorbed for key in entry.keys)
    return came | {new.key} if event.forwarded else came


class Place(NamedTuple):
    """Where a fact went: the list with it, what that did, and the version that it replaced."""

    held: Facts
    outcome: StepOutcome
    before: Any


def place(held: Facts, new: Any, mark: datetime | None, order: Callable[[Any], Any]) -> Place:
    """Put a fact among those of its kind: replace its older version, or insert it in order."""
    keys = [old.key for old in held]
    if new.key in keys:
        return _version(held, keys.index(new.key), new, order)
    if mark is not None and new.effective <= mark:
        return Place(held, StepOutcome.HISTORY, None)
    return Place(_inserted(held, new, order), StepOutcome.FOLDED, None)


def _version(held: Facts, index: int, new: Any, order: Callable[[Any], Any]) -> Place:
    old = held[index]
    others = held[:index] + held[index + 1 :]
    if new.content == old.content:
        if new.times.recorded is None or new.times.recorded <= old.said:
            return Place(held, StepOutcome.DUPLICATE, old)
        again = replace(old, times=replace(old.times, recorded=new.times.recorded))
        return Place(_inserted(others, again, order), StepOutcome.DUPLICATE, old)
    if new.content in old.superseded and not (new.times.recorded and new.times.recorded > old.said):
        return Place(held, StepOutcome.DUPLICATE, old)
    if new.said < old.said:
        if new.times.recorded is not None:
            return Place(held, StepOutcome.HISTORY, old)
        noted = replace(old, superseded=(*old.superseded, new.content)[-BOUNDS.superseded :])
        return Place((*held[:index], noted, *held[index + 1 :]), StepOutcome.HISTORY, old)
    corrected = replace(
        new,
        superseded=(*old.superseded, old.content)[-BOUNDS.superseded :],
        heard_by=old.heard_by | CORRECTED if old.heard_by else 0,
    )
    return Place(_inserted(others, corrected, order), StepOutcome.CORRECTED, old)


def _inserted(held: Facts, new: Any, order: Callable[[Any], Any]) -> Facts:
    if not held or order(held[-1]) <= order(new):  # most news is the latest
        return (*held, new)
    at = bisect_left(held, order(new), key=order)
    return (*held[:at], new, *held[at:])


# ── what a sender wrote, within its bound ────────────────────────────────────────────────────────────────────


def heading(event: CaseEvent) -> tuple[str, str, Times, str, tuple[str, ...], int]:
    """What every fact on file begins with, in the order of OnFile's fields."""
    return comparable(event.sender_id), event.content_id, event.times, str(event.origin), (), 0


def comparable(text: str) -> str:
    """A text that is compared: whole, or its hash where it is too long to keep."""
    return text if len(text) <= BOUNDS.id else blake2b(text.encode(), digest_size=16).hexdigest()


def ending(code: str | None) -> str | None:
    """A staff code, which is shown and compared by its ending: cut in front where it is too long to keep."""
    return code if code is None or len(code) <= BOUNDS.text else f"…{code[1 - BOUNDS.text :]}"


def shown(text: str | None) -> str | None:
    """A text that is shown: cut where it is too long to keep."""
    return text if text is None or len(text) <= BOUNDS.text else f"{text[: BOUNDS.text - 1]}…"
