"""What a rule is: when it opens an escalation, while that stands, when time changes it, and its words.

A rule has two edges. Over the upper one (``finds``) it raises an escalation, on facts that are live and certain enough
to act on. Under the lower one (``stays`` is false) the escalation's condition is cleared. Between the two an open
escalation stands: a level that has merely turned stale, or news that has merely grown old, is no reason to call off
what was raised, for nobody has done anything. Growing old clears nothing.

A *lasting* rule speaks of a state (no manager is attached), and its escalation cannot close while the state lasts. The
others speak of news, and their escalations close once a manager has dealt with it.

A *gate* is a condition that several rules stand behind. While it is shut those rules find nothing, so what else they
read is of no interest: most news comes to cases that have a manager, and there R2 and R3 have nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property, reduce
from operator import or_

from msgspec import Struct

from streams.case import Escalation, Listed
from streams.events import Times
from streams.policy import Policy
from streams.transitions import Escalations
from streams.view import CaseView, Fact

Facts = tuple[Fact, ...]

Found = tuple[Facts, datetime | None]
"""The facts that raise or join an escalation; and when there may be more of them though nothing comes, beyond what time
changes in the rule's inputs. That is relied upon: time alone does nothing else that could open an escalation."""


class Gate(Struct, frozen=True):
    """A condition that rules stand behind: the inputs that it reads, and whether it is open."""

    bit: int
    reads: int  # inputs
    is_open: Callable[[CaseView], bool]


class Rule(Struct, frozen=True, dict=True):
    """One rule: all of it but its numbers, which stand in the policy, and its examples, which stand in the tests."""

    id: str  # R1, R2, …: given once, never to another rule
    principles: tuple[str, ...]
    sentence: str  # what opens it, for a risk officer to proof-read against the principles
    reads: int  # inputs; no other change alters what it finds, or whether that stays
    lasting: bool
    finds: Callable[[CaseView, Escalations], Found]
    """The upper edge. The second argument is what this evaluation has come to so far: few rules heed it."""
    stays: Callable[[CaseView, Escalation, Facts], bool]  # the last argument is what it finds
    stands: Callable[[CaseView, Fact], bool]
    """Whether a listed fact still counts: neither taken back, nor corrected to something that would not open it."""
    stands_on: int
    """The inputs that ``stands`` reads."""
    says: Callable[[CaseView, tuple[Listed, ...], str], str]
    """The condition as this case meets it: the facts that are named, and who is there (``managers.in_words``)."""
    cleared: Callable[[CaseView, str], str]
    """Why the condition holds no longer: who is there."""
    gates: tuple[Gate, ...] = ()
    sooner: Callable[[Times, datetime, Policy], bool] | None = None
    """While the rule has a time ahead: whether ordinary news of these times could bring it forward."""
    unmanaged: bool = False
    """Whether its condition is that a raised case has no manager. Then the shorter cap on suppressions holds (P7)."""

    @cached_property
    def bit(self) -> int:
        """Its place in ``OnFile.heard_by``: the number of its id."""
        return 1 << int(self.id[1:])

    @cached_property
    def behind(self) -> int:
        """The bits of its gates."""
        return sum(gate.bit for gate in self.gates)

    @cached_property
    def heeds(self) -> int:
        """The inputs after a change of which it is evaluated: its own and those of its gates."""
        return reduce(or_, (gate.reads for gate in self.gates), self.reads)


def any_stands(_view: CaseView, escalation: Escalation, _facts: Facts) -> bool:
    """The lower edge of most rules about news: something that is listed was not taken back."""
    return escalation.left_out > 0 or any(not fact.taken_back for fact in escalation.listed)


def while_found(_view: CaseView, _escalation: Escalation, facts: Facts) -> bool:
    """The lower edge of rules that have one edge only: it stays while it would open."""
    return bool(facts)
