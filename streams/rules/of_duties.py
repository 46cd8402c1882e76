"""The rules that ask whether what was asked for has been done: R10, R11. Pure."""

from __future__ import annotations

from datetime import datetime

from streams import inputs, words
from streams.facts import Action, Service
from streams.rules.rule import Facts, Rule, SoFar, found
from streams.statements import outstanding
from streams.view import CaseView, Fact

# ── R10: an action that nobody has confirmed ─────────────────────────────────────────────────────────────────


def _unconfirmed(view: CaseView, so_far: SoFar) -> tuple[Action, ...]:
    """Actions of an open escalation are told by that one, up its own chain."""
    if not view.file.actions:
        return ()
    open_ids = {one.id for one in so_far.open.values()}
    records = {one.overseen.reference for one in so_far.open.values() if one.overseen is not None}
    return tuple(
        action
        for action in view.file.actions
        if action.confirmed is None and action.escalation not in open_ids and action.record not in records
    )


def _action_stands(view: CaseView, fact: Fact) -> bool:
    return any(action.key == fact.key and action.confirmed is None for action in view.file.actions)


R10 = Rule(
    "R10",
    ("P10", "P16"),
    "an action that oversight asked for is past its time, and nobody has confirmed that it was done",
    reads=inputs.ACTIONS | inputs.ESCALATIONS,
    lasting=True,
    opens=lambda view, so_far: tuple(one for one in _unconfirmed(view, so_far) if one.due <= view.now),
    stays=found,
    stands=_action_stands,
    says=lambda view, listed, there: (
        f"what oversight asked for is past its time and unconfirmed; the level is {words.level(view)}, "
        f"there is: {there}"
    ),
    cleared=lambda view, there: "every action was confirmed",
    changes_at=lambda view, so_far: min(
        (one.due for one in _unconfirmed(view, so_far) if one.due > view.now), default=None
    ),
)

# ── R11: a service that has not come ─────────────────────────────────────────────────────────────────────────


def _due(view: CaseView, service: Service) -> datetime:
    return service.due or view.policy.hours.after(service.requested, view.policy.deliver_within)


def _services_overdue(view: CaseView, so_far: SoFar) -> Facts:
    del so_far
    return tuple(service for service in outstanding(view.file) if _due(view, service) <= view.now)


def _services_change_at(view: CaseView, so_far: SoFar) -> datetime | None:
    del so_far
    ahead = (_due(view, service) for service in outstanding(view.file))
    return min((due for due in ahead if due > view.now), default=None)


R11 = Rule(
    "R11",
    ("P12",),
    "a service was asked for and has not been delivered by its time",
    reads=inputs.SERVICES,
    lasting=True,
    opens=_services_overdue,
    stays=found,
    stands=lambda view, fact: any(service.key == fact.key for service in outstanding(view.file)),
    says=lambda view, listed, there: (
        f"a service has not been delivered by its time; the level is {words.level(view)}, there is: {there}"
    ),
    cleared=lambda view, there: "the service was delivered, or is asked for no longer",
    changes_at=_services_change_at,
)
