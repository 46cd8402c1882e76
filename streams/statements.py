"""What is told of in several messages: classifications, services, links. The latest statement on each counts. Pure.

Which is the latest is a matter of when it took effect, then of when it was said: not of when it came.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import takewhile
from operator import attrgetter
from typing import TypeVar

from streams.case import CaseFile
from streams.circumstances import ClassificationKind, ClassificationState, ServiceState
from streams.facts import Classification, Link, OnFile, Service
from streams.policy import NeedsManager

S = TypeVar("S", bound=OnFile)

HISTORIC_REGISTER = "HREG"
"""The register of what once was: it says nothing about now, whatever its state."""


def said_last(fact: OnFile) -> tuple[datetime, datetime, str]:
    """Which statement about one thing counts: the one that took effect last, then the one that was said last."""
    return fact.effective, fact.said, fact.content


def latest(held: tuple[S, ...], of: Callable[[S], str]) -> dict[str, S]:
    """The latest statement about each id. Pure."""
    found: dict[str, S] = {}
    for fact in held:
        about = of(fact)
        if about not in found or said_last(found[about]) < said_last(fact):
            found[about] = fact
    return found


def in_force(file: CaseFile, now: datetime) -> tuple[Classification, ...]:
    """The classifications that are in force at ``now``; of the tiers the latest alone, for a case has one tier. Pure.

    A deleted one never was; one without a start has started. A tier whose successor has ended or was deleted counts
    again: that the case has no tier at all is for its system to say of that one, too.
    """
    found = [fact for fact in latest(file.registers, classification_of).values() if holds(fact, now)]
    tiers = [fact for fact in found if fact.kind is ClassificationKind.TIER]
    last = max(tiers, key=said_last, default=None)
    return tuple(fact for fact in found if fact.kind is not ClassificationKind.TIER or fact is last)


def changes_at(file: CaseFile, now: datetime) -> datetime | None:
    """When the next of the classifications begins or ends, if that is known. Pure."""
    times = (
        time
        for fact in latest(file.registers, classification_of).values()
        if ever_holds(fact)
        for time in (fact.started, fact.ended)
        if time is not None and time > now
    )
    return min(times, default=None)


def outstanding(file: CaseFile) -> tuple[Service, ...]:
    """The services that were asked for and neither delivered nor called off. Pure."""
    return tuple(filter(is_outstanding, latest(file.services, service_of).values()))


def held_links(file: CaseFile) -> tuple[Link, ...]:
    """The people who are known to the person of this case; nobody is linked to themselves. Pure."""
    return tuple(link for link in latest(file.links, link_of).values() if link.held and link.other != file.case)


def holds(fact: Classification, now: datetime) -> bool:
    """Whether a statement, if it is the latest, says that the classification is in force at ``now``."""
    return (
        ever_holds(fact) and (fact.started is None or fact.started <= now) and (fact.ended is None or fact.ended > now)
    )


def ever_holds(fact: Classification) -> bool:
    """Whether it speaks of a classification that is, was or will be in force; of one that is historic it does not."""
    historic = fact.kind is ClassificationKind.REGISTER and fact.code == HISTORIC_REGISTER
    return fact.state is ClassificationState.IN_FORCE and not historic


classification_of: Callable[[Classification], str] = attrgetter("classification")
"""What classification a statement is about."""

service_of: Callable[[Service], str] = attrgetter("service")
"""What service a statement is about."""

link_of: Callable[[Link], str] = attrgetter("link")
"""What link a statement is about."""

is_held: Callable[[Link], bool] = attrgetter("held")
"""Whether a statement says that somebody is linked."""

_words = attrgetter("classification", "kind", "code", "level", "category", "state")


def is_outstanding(service: Service) -> bool:
    """Whether a statement says that a service was asked for, and no more."""
    return service.state is ServiceState.REQUESTED


def says_the_same(one: Classification, other: Classification) -> bool:
    """Whether two statements are about one classification and say the same of it, whatever their dates."""
    return bool(_words(one) == _words(other))


def said_before(held: tuple[Classification, ...], fact: Classification) -> list[Classification]:
    """The statements in whose words this one was only saved again, itself among them: those before it, up to the last
    that said otherwise. Pure.
    """
    about = sorted((one for one in held if one.classification == fact.classification), key=said_last)
    earlier = [one for one in about if said_last(one) <= said_last(fact)]
    return list(takewhile(lambda one: says_the_same(one, fact), reversed(earlier)))


def needing_manager(held: Classification, needs: NeedsManager) -> bool:
    """Whether the guidance, as the policy lists it, wants a manager's involvement for this classification."""
    match held.kind:
        case ClassificationKind.TIER:
            return held.code in needs.tiers or held.code[:1] in needs.tiers
        case ClassificationKind.MAPPA:
            return held.level in needs.mappa_levels or held.category in needs.mappa_categories
        case ClassificationKind.REGISTER:
            return held.code in needs.registers
        case ClassificationKind.FLAG:
            return held.code in needs.flags
