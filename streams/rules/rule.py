"""What a rule is: when it opens an item, with which facts, and while what is open stands.

A rule has two edges. Over the upper one (``opens``) it raises an item, on facts that are live and certain enough to act
on. Under the lower one (``stays`` is false) the item's condition is cleared. Between the two an open item stands: a
level that has merely turned stale, or a signal that has merely grown old, is no reason to call off what was raised,
for nobody has done anything. Growing old clears nothing.

A *lasting* rule speaks of a state (no manager is attached), and its item cannot close while the state lasts. The
others speak of news, and their items close once a manager has dealt with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from streams.case import Item
from streams.matters import Matters
from streams.rules.picture import Fact, Picture


class Rule(Struct, frozen=True):
    """One rule. ``sentence`` is what a risk officer proof-reads against the principles it names."""

    id: str  # R1, R2, …: given once, never to another rule
    bit: int  # its place in ``OnFile.told``
    principles: tuple[str, ...]
    sentence: str
    reads: frozenset[Matters]
    """After which changes it is asked; after any other it would say what it said before. (After ``ALL``, each is.)"""
    lasting: bool
    opens: Callable[[Picture], tuple[Fact, ...]]
    stays: Callable[[Picture, Item], bool]
    stands: Callable[[Picture, Fact], bool]
    """Whether a fact that opened or joined an item still says so: not corrected to something else, nor taken back."""
    turns: Callable[[Picture], datetime | None] | None = None
    """When the rule may next open though nothing comes, beyond what turns in levels and managers. It is relied upon:
    the passing of time alone does nothing else that could open an item."""
    unmanaged: bool = False
    """Whether it says that a raised case has no manager: the policy's harder cap on suppressions holds (P7)."""
