"""The gates that rules stand behind, and what is said when one has shut. Pure."""

from __future__ import annotations

from collections.abc import Callable

from streams import inputs
from streams.levels import State
from streams.rules.rule import Gate
from streams.view import CaseView

# A gate's bit is kept in each case file: take one that no other gate has. 16 is in of_assessments.
NO_MANAGER = Gate(1, inputs.LEVELS | inputs.HOLDERS, lambda view: view.unmanaged)
"""No manager is attached. The grade that a manager must have depends on the level."""
NOT_LOWER = Gate(2, inputs.LEVELS, lambda view: view.standing.state is not State.LOWER)
NOT_RAISED = Gate(4, inputs.LEVELS, lambda view: not view.raised)
RAISED = Gate(8, inputs.LEVELS, lambda view: view.raised)


def why_manager_or_level(otherwise: str) -> Callable[[CaseView, str], str]:
    """Why a raised case without a manager is that no longer: there is one, or the level is another."""

    def why(view: CaseView, there: str) -> str:
        if not view.unmanaged:
            return f"a manager is attached ({there})"
        if view.standing.state is State.LOWER:
            return "the level is now known to be lower"
        if view.raised:
            return otherwise
        return f"what opened it was taken back or superseded; the level is {view.standing.state}, which is not low"

    return why
