"""What a rule is: when it opens an escalation, while that stands, when time alone changes it, and what it says.

A rule has two edges. Over the upper one (``opens``) it raises an escalation, on facts that are live and certain enough
to act on. Under the lower one (``stays`` is false) the escalation's condition is cleared. Between the two an open
escalation stands: a level that has merely turned stale, or news that has merely grown old, is no reason to call off
what was raised, for nobody has done anything. Growing old clears nothing.

A *lasting* rule speaks of a state (no manager is attached), and its escalation cannot close while the state lasts. The
others speak of news, and their escalations close once a manager has dealt with it.

A *gate* is a condition that several rules stand behind. While it is shut those rules find nothing, so what else they
read is of no interest: most news comes to cases that have a manager, and there R2 and R3 have nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple

from msgspec import Struct

from streams.case import Escalation, Listed
from streams.view import CaseView, Fact

Facts = tuple[Fact, ...]


class SoFar(NamedTuple):
    """What this evaluation has come to so far, for the few rules that heed what another one says."""

    open: Mapping[str, Escalation]  # the open escalations, by rule
    heard: Mapping[str, int]  # by the key of a fact, the bits of the rules that have just listed it


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
    reads: int  # inputs; after another change the rule says what it said before
    lasting: bool
    opens: Callable[[CaseView, SoFar], Facts]
    stays: Callable[[CaseView, Escalation, Facts], bool]  # the last argument is what ``opens`` found
    stands: Callable[[CaseView, Fact], bool]
    """Whether a listed fact still says what it was listed for: not corrected to something else, nor taken back."""
    says: Callable[[CaseView, tuple[Listed, ...], str], str]
    """The condition as this case meets it: the facts that are named, and who is there (``managers.in_words``)."""
    cleared: Callable[[CaseView, str], str]
    """Why the condition holds no longer: who is there."""
    gates: tuple[Gate, ...] = ()
    changes_at: Callable[[CaseView, SoFar], datetime | None] | None = None
    """When the rule may next open though nothing comes, beyond what changes in its inputs. It is relied upon: the
    passing of time alone does nothing else that could open an escalation."""
    unmanaged: bool = False
    """Whether it says that a raised case has no manager: the policy's harder cap on suppressions holds (P7)."""

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
        """The inputs after a change of which it may say something else: its own and those of its gates."""
        return reduce(or_, (gate.reads for gate in self.gates), self.reads)


def any_stands(view: CaseView, escalation: Escalation, facts: Facts) -> bool:
    """The lower edge of most rules about news: something that is listed was not taken back."""
    del view, facts
    return escalation.left_out > 0 or any(not fact.taken_back for fact in escalation.listed)


def found(view: CaseView, escalation: Escalation, facts: Facts) -> bool:
    """The lower edge of rules that have one edge only: it stays while it would open."""
    del view, escalation
    return bool(facts)
