"""The rules that ask whether what was asked for has been done: R10, R11. Pure."""

from __future__ import annotations

from datetime import datetime

from streams.case import Action, Service
from streams.rules.picture import Fact, Picture
from streams.rules.rule import Rule
from streams.statements import outstanding

# ── R10: an action that nobody has confirmed ─────────────────────────────────────────────────────────────────


def _unconfirmed(seen: Picture) -> tuple[Action, ...]:
    """Actions of an open item are told by that item, up its own chain."""
    if not seen.file.actions:
        return ()
    items = {item.id for item in seen.file.items}
    records = {item.overseen.reference for item in seen.file.items if item.overseen is not None}
    return tuple(
        action
        for action in seen.file.actions
        if action.confirmed is None and action.escalation not in items and action.record not in records
    )


def _actions_overdue(seen: Picture) -> tuple[Fact, ...]:
    return tuple(action for action in _unconfirmed(seen) if action.due <= seen.now)


def _actions_turn(seen: Picture) -> datetime | None:
    return min((action.due for action in _unconfirmed(seen) if action.due > seen.now), default=None)


def _action_stands(seen: Picture, fact: Fact) -> bool:
    return any(action.key == fact.key and action.confirmed is None for action in seen.file.actions)


R10 = Rule(
    "R10",
    1 << 10,
    ("P10", "P16"),
    "an action that oversight asked for is past its time, and nobody has confirmed that it was done",
    reads=frozenset(),
    lasting=True,
    opens=_actions_overdue,
    stays=lambda seen, _: bool(_actions_overdue(seen)),
    stands=_action_stands,
    turns=_actions_turn,
)

# ── R11: a service that has not come ─────────────────────────────────────────────────────────────────────────


def _services_overdue(seen: Picture) -> tuple[Fact, ...]:
    return tuple(service for service in outstanding(seen.file) if _due(seen, service) <= seen.now)


def _services_turn(seen: Picture) -> datetime | None:
    ahead = (_due(seen, service) for service in outstanding(seen.file))
    return min((due for due in ahead if due > seen.now), default=None)


def _due(seen: Picture, service: Service) -> datetime:
    return service.due or seen.policy.hours.after(service.requested, seen.policy.deliver_within)


R11 = Rule(
    "R11",
    1 << 11,
    ("P12",),
    "a service was asked for and has not been delivered by its time",
    reads=frozenset(),
    lasting=True,
    opens=_services_overdue,
    stays=lambda seen, _: bool(_services_overdue(seen)),
    stands=lambda seen, fact: any(service.key == fact.key for service in outstanding(seen.file)),
    turns=_services_turn,
)
