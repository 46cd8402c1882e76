"""The rules, as a table that reads like the guidance, and what they read. Pure.

A rule has two edges. Over the upper one (``opens``) it raises an item, on facts that are live and certain enough to act
on. Under the lower one (``stays`` is false) the item's condition is cleared. Between the two an open item stands: a
level that has merely turned stale, or a signal that has merely grown old, is no reason to call off what was raised,
for nobody has done anything. Growing old clears nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from streams.case import Assessment, CaseFile, Item, Signal
from streams.levels import Standing, State, crosses, standing, taken_back_by, withdrawals
from streams.managers import Attachment, attachment
from streams.policy import Policy, Standard
from streams.signals import counts, live, taken_back

Fact = Assessment | Signal
"""What can open an item."""


class Picture(Struct, frozen=True, gc=False):
    """All that a rule reads: the file, and what it comes to at ``now``."""

    file: CaseFile
    policy: Policy
    now: datetime
    standard: Standard
    standing: Standing
    attachment: Attachment

    @property
    def unmanaged(self) -> bool:
        """Whether no manager is attached."""
        return self.attachment.manager is None

    @property
    def quiet(self) -> bool:
        """Whether no signal can open or join anything as things are: R2 needs a level not lower and no manager."""
        return not self.unmanaged or self.standing.state is State.LOWER


class Rule(Struct, frozen=True):
    """One rule: when it opens an item, with the facts that do it, and while what is open stands."""

    id: str
    principles: tuple[str, ...]
    sentence: str
    opens: Callable[[Picture], tuple[Fact, ...]]
    stays: Callable[[Picture, Item], bool]
    stands: Callable[[Picture, Fact], bool]
    """Whether a fact that opened or joined an item still says so: not corrected to something else, nor taken back."""


def picture(file: CaseFile, policy: Policy, now: datetime) -> Picture:
    """What the file comes to at ``now``."""
    standard = policy.standard(file.cohorts)
    return Picture(
        file, policy, now, standard, standing(file, policy, standard, now), attachment(file, policy, standard, now)
    )


# ── R1 ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _raised(seen: Picture) -> tuple[Assessment, ...]:
    if not seen.unmanaged:
        return ()
    return tuple({known.by.key: known.by for known in seen.standing.raised}.values())


def _still_raised(seen: Picture, item: Item) -> bool:
    """A stale level keeps up what is raised; it brings back only an item that has heard of it."""
    stale = any(item.holds or known.by.told for known in seen.standing.was_raised)
    return seen.unmanaged and (stale or bool(seen.standing.raised))


def _assessed_raised(seen: Picture, fact: Fact) -> bool:
    if not isinstance(fact, Assessment) or taken_back_by(fact, withdrawals(seen.file.assessments)):
        return False
    return any(crosses(given, seen.standard.raised_from) for given in fact.levels)


# ── R2 ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _news(seen: Picture) -> tuple[Signal, ...]:
    if seen.quiet:
        return ()
    return tuple(
        signal for signal in seen.file.signals if live(signal, seen.policy, seen.now) and _counts(seen, signal)
    )


def _news_stands(seen: Picture, item: Item) -> bool:
    return not seen.quiet and (item.left_out > 0 or any(not joined.taken_back for joined in item.joined))


def _counts(seen: Picture, fact: Fact) -> bool:
    return isinstance(fact, Signal) and counts(fact, seen.policy) and not taken_back(fact, seen.file.deletions)


RULES: tuple[Rule, ...] = (
    Rule(
        "R1",
        ("P1", "P7", "P13", "P15"),
        "the level known for the case is raised and no manager is attached",
        opens=_raised,
        stays=_still_raised,
        stands=_assessed_raised,
    ),
    Rule(
        "R2",
        ("P3", "P4", "P7", "P13", "P15"),
        "an arrest, charge or call-out as suspect or perpetrator, or a hearing for a serious offence, "
        "while the level is raised, unknown or stale and no manager is attached",
        opens=_news,
        stays=_news_stands,
        stands=_counts,
    ),
)
