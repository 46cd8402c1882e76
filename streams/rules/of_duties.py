"""The rules that ask whether what was asked for has been done: R10, R11. Pure."""

from __future__ import annotations

from datetime import datetime

from streams import inputs, words
from streams.facts import Service
from streams.rules.rule import Found, Gate, Rule, while_found
from streams.statements import outstanding
from streams.transitions import Escalations
from streams.view import CaseView, Fact

# ── R10: an action that nobody has confirmed ─────────────────────────────────────────────────────────────────


def _unconfirmed(view: CaseView, so_far: Escalations) -> Found:
    """Actions of no open escalation: one that is open goes up its own chain for its actions."""
    open_ids = {name for one in so_far.open.values() for name in (one.id, *one.formerly)}
    records = {one.overseen.reference for one in so_far.open.values() if one.overseen is not None}
    unconfirmed = [
        action
        for action in view.file.actions
        if action.confirmed is None and action.escalation not in open_ids and action.record not in records
    ]
    overdue = tuple(action for action in unconfirmed if action.due <= view.now)
    return overdue, min((action.due for action in unconfirmed if action.due > view.now), default=None)


def _action_stands(view: CaseView, fact: Fact) -> bool:
    return any(action.key == fact.key and action.confirmed is None for action in view.file.actions)


_ASKED = Gate(32, inputs.ACTIONS, lambda view: bool(view.file.actions))
"""Something was asked for."""

R10 = Rule(
    "R10",
    ("P10", "P16"),
    "an action that oversight asked for is past its time, and nobody has confirmed that it was done",
    reads=inputs.ACTIONS | inputs.ESCALATIONS,
    gates=(_ASKED,),
    lasting=True,
    finds=_unconfirmed,
    stays=while_found,
    stands=_action_stands,
    stands_on=inputs.ACTIONS,
    says=lambda view, listed, there: (
        f"what oversight asked for is past its time and unconfirmed; the level is {words.level(view)}, "
        f"there is: {there}"
    ),
    cleared=lambda view, there: "every action was confirmed",
)

# ── R11: a service that has not come ─────────────────────────────────────────────────────────────────────────


def _due(view: CaseView, service: Service) -> datetime:
    return service.due or view.policy.hours.after(service.requested, view.policy.deliver_within)


def _undelivered(view: CaseView, _so_far: Escalations) -> Found:
    due = [(_due(view, service), service) for service in outstanding(view.file)]
    ahead = min((time for time, _ in due if time > view.now), default=None)
    return tuple(service for time, service in due if time <= view.now), ahead


R11 = Rule(
    "R11",
    ("P12",),
    "a service was asked for and has not been delivered by its time",
    reads=inputs.SERVICES,
    lasting=True,
    finds=_undelivered,
    stays=while_found,
    stands=lambda view, fact: any(service.key == fact.key for service in outstanding(view.file)),
    stands_on=inputs.SERVICES,
    says=lambda view, listed, there: (
        f"a service has not been delivered by its time; the level is {words.level(view)}, there is: {there}"
    ),
    cleared=lambda view, there: "the service was delivered, or is asked for no longer",
)
