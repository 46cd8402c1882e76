"""How classifications, services, linked people and the 18th birthday change a case file (P1, P6, P12, P20). Pure.

A classification, a service and a link are told of by several messages, each a fact under its sender's id. What counts
of them is the *latest statement* about one id, by when it took effect, then by when it was said. So messages may come
in any order and leave the same (but for the 18th birthday, see there, and for what a full list has let go).

Of one id only the first and the latest few statements are kept; what goes there raises no floor: its id stays known.
Over-full lists let go what is no longer in force first, and never the end of something whose beginning stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from streams.case import BOUNDS, CaseFile, Classification, Link, LinkedNews, OnFile, Service
from streams.circumstances import ClassificationKind, Classified, ComesOfAge, Linked
from streams.circumstances import LinkedNews as LinkedNewsFact
from streams.circumstances import Service as ServiceFact
from streams.events import CaseEvent
from streams.fold.placing import (
    Folded,
    Place,
    StepOutcome,
    comparable,
    heading,
    higher,
    in_time,
    place,
    shown,
    untouched,
)
from streams.matters import Matters
from streams.policy import Policy
from streams.statements import (
    classification_of,
    ever_holds,
    held_links,
    holds,
    in_force,
    is_held,
    is_outstanding,
    latest,
    link_of,
    outstanding,
    said_last,
    service_of,
    turns,
)

S = TypeVar("S", bound=OnFile)

_NEVER = datetime.max.replace(tzinfo=UTC)


class Bounded(NamedTuple):
    """A list within its bound, and its floor after what went."""

    held: tuple[Any, ...]
    floor: datetime | None


def without_least(
    held: tuple[S, ...],
    floor: datetime | None,
    bound: int,
    of: Callable[[S], str],
    stands: Callable[[S], bool],
) -> Bounded:
    """At most ``bound`` statements: first go those about what stands no more, then those that a later one replaced.

    Of each the earliest; of one id the latest statement goes last. What was replaced raises no floor: the later
    statement about the same id is still there.
    """
    while len(held) > bound:
        last = latest(held, of)

        def worth(fact: S, last: Mapping[str, S] = last) -> Any:
            counts = last[of(fact)]
            return stands(counts), counts is fact, in_time(fact)

        least = min(held, key=worth)
        if last[of(least)] is least:
            floor = higher(floor, least.effective)
        held = tuple(fact for fact in held if fact is not least)
    return Bounded(held, floor)


def _stated(
    file: CaseFile,
    event: CaseEvent,
    held: tuple[S, ...],
    new: S,
    floor: datetime | None,
    of: Callable[[S], str],
) -> Place[S]:
    """The list with a statement in it; the very same one where nothing changes.

    What came from a merged case is counted apart: it must not push out what this case keeps when it is given back.
    """
    about = of(new)
    known = any(of(fact) == about for fact in held)
    placed = place(held, new, None if known else floor, in_time)
    if placed.held is held:
        return placed
    came = _came(file, event, new)
    theirs = new.key in came
    alike = (fact for fact in placed.held if of(fact) == about and (fact.key in came) is theirs)
    statements = sorted(alike, key=said_last)
    dead = {id(fact) for fact in statements[1 : 1 - BOUNDS.messages]}
    live = tuple(fact for fact in placed.held if id(fact) not in dead) if dead else placed.held
    if placed.outcome is StepOutcome.FOLDED and new not in live:
        return Place(held, StepOutcome.HISTORY, None)
    return placed._replace(held=live)


def _came(file: CaseFile, event: CaseEvent, new: OnFile) -> frozenset[str]:
    """The keys of what came from cases that were merged into this one, the new statement's among them if it did."""
    came = frozenset(key for entry in file.absorbed for key in entry.keys)
    return came | {new.key} if event.forwarded else came


# ── classifications ──────────────────────────────────────────────────────────────────────────────────────────


def fold_classified(file: CaseFile, event: CaseEvent, fact: Classified, now: datetime) -> Folded:
    """The file with a statement about a classification in it. Codes are kept in capitals, as the policy has them."""
    new = Classification(
        *heading(event),
        classification=comparable(fact.classification),
        kind=fact.kind,
        code=_code(fact.code) or "",
        level=_code(fact.level),
        category=_code(fact.category),
        state=fact.state,
        started=fact.started,
        ended=fact.ended,
        review_due=fact.review_due,
    )
    held, outcome, _ = _stated(file, event, file.registers, new, file.floors.registers, classification_of)
    if held is file.registers:
        return untouched(outcome)
    held, floor = bounded_registers(held, file.floors.registers, now)
    if outcome is StepOutcome.FOLDED and new not in held:
        return untouched(StepOutcome.HISTORY)
    changes = {"registers": held, "floors": replace(file.floors, registers=floor)}
    after = replace(file, registers=held)
    tells = _telling(in_force(file, now)) != _telling(in_force(after, now)) or turns(file, now) != turns(after, now)
    return Folded(outcome, changes, Matters.ALL if tells else Matters.NOTHING)


def bounded_registers(held: tuple[Classification, ...], floor: datetime | None, now: datetime) -> Bounded:
    """Within the bound: those that are over go first."""
    if len(held) <= BOUNDS.registers:
        return Bounded(held, floor)
    tiers = [fact for fact in held if fact.kind is ClassificationKind.TIER and holds(fact, now)]
    tier = max(tiers, key=said_last, default=None)

    def stands(fact: Classification) -> bool:
        if not ever_holds(fact) or (fact.ended is not None and fact.ended <= now):
            return False
        return fact.kind is not ClassificationKind.TIER or fact is tier or not holds(fact, now)

    return without_least(held, floor, BOUNDS.registers, classification_of, stands)


def _telling(found: tuple[Classification, ...]) -> list[tuple[str, str]]:
    return sorted((fact.key, fact.content) for fact in found)


def _code(text: str | None) -> str | None:
    return shown(text.strip().upper() or None) if text else None


# ── services ─────────────────────────────────────────────────────────────────────────────────────────────────


def fold_service(file: CaseFile, event: CaseEvent, fact: ServiceFact, policy: Policy) -> Folded:
    """The file with a statement about a service in it.

    Every statement about a service carries the earliest time that any of them had: it was asked for then, whichever
    message came first. Where the sender gives no due time it is the policy's from that time on.
    """
    new = Service(
        *heading(event),
        service=comparable(fact.service),
        what=shown(fact.what) or "",
        state=fact.state,
        provider=shown(fact.provider),
        due=fact.due,
        requested=event.times.effective,
        due_given=fact.due is not None,
    )
    held, outcome, before = _stated(file, event, file.services, new, file.floors.services, service_of)
    if held is file.services:
        return untouched(outcome)
    requested = [service.requested for service in file.services if service.service == new.service]
    if (
        before is not None and outcome is StepOutcome.CORRECTED
    ):  # a correction of the request moves it, also to a later time
        requested = [time for time in requested if time != before.effective]
    held = _since_requested(held, new.service, requested, policy)
    held, floor = bounded_services(held, file.floors.services)
    if outcome is StepOutcome.FOLDED and all(service.key != new.key for service in held):
        return untouched(StepOutcome.HISTORY)
    tells = set(_asked(outstanding(file))) != set(_asked(outstanding(replace(file, services=held))))
    changes = {"services": held, "floors": replace(file.floors, services=floor)}
    return Folded(outcome, changes, Matters.ALL if tells else Matters.NOTHING)


def bounded_services(held: tuple[Service, ...], floor: datetime | None) -> Bounded:
    """Within the bound: those that are settled go first."""
    return without_least(held, floor, BOUNDS.services, service_of, is_outstanding)


def _since_requested(
    held: tuple[Service, ...], about: str, before: list[datetime], policy: Policy
) -> tuple[Service, ...]:
    """The statements of one service with its earliest time; ``before``: those of statements that the list let go."""
    requested = min(*before, *(service.effective for service in held if service.service == about), _NEVER)
    due = policy.hours.after(requested, policy.deliver_within)

    def dated(service: Service) -> Service:
        if service.service != about or (service.requested == requested and service.due is not None):
            return service
        return replace(service, requested=requested, due=service.due if service.due_given else due)

    return tuple(map(dated, held))


def _asked(services: tuple[Service, ...]) -> list[tuple[str, str, datetime | None, datetime]]:
    return [(service.key, service.content, service.due, service.requested) for service in services]


# ── linked people ────────────────────────────────────────────────────────────────────────────────────────────


def fold_link(file: CaseFile, event: CaseEvent, fact: Linked) -> Folded:
    """The file with a statement about a linked person in it: it says who else must hear of this case."""
    new = Link(*heading(event), link=comparable(fact.link), other=fact.other, relation=fact.relation, held=fact.held)
    held, outcome, _ = _stated(file, event, file.links, new, file.floors.links, link_of)
    if held is file.links:
        return untouched(outcome)
    held, floor = bounded_links(held, file.floors.links)
    if outcome is StepOutcome.FOLDED and new not in held:
        return untouched(StepOutcome.HISTORY)
    tells = _known(held_links(file)) != _known(held_links(replace(file, links=held)))
    changes = {"links": held, "floors": replace(file.floors, links=floor)}
    return Folded(outcome, changes, Matters.ALL if tells else Matters.NOTHING)


def bounded_links(held: tuple[Link, ...], floor: datetime | None) -> Bounded:
    """Within the bound: those that hold no longer go first."""
    return without_least(held, floor, BOUNDS.links, link_of, is_held)


def _known(links: tuple[Link, ...]) -> set[tuple[str, str]]:
    return {(link.other, link.relation) for link in links}


def fold_linked_news(file: CaseFile, event: CaseEvent, fact: LinkedNewsFact) -> Folded:
    """The file with the news in it that a linked person's risk was raised. It changes no level of this case (P20).

    News of this very case, which came by way of one that was merged into it, is none.
    """
    if fact.source == file.case:
        return untouched(StepOutcome.DUPLICATE)
    new = LinkedNews(
        *heading(event),
        source=fact.source,
        relation=fact.relation,
        levels=tuple(shown(level) or "" for level in fact.levels[: BOUNDS.listed]),
        raised=fact.raised,
    )
    placed = place(file.linked_news, new, file.floors.linked_news, in_time)
    if placed.held is file.linked_news:
        return untouched(placed.outcome)
    held, floor = earliest_go(placed.held, file.floors.linked_news, BOUNDS.linked_news)
    if placed.outcome is StepOutcome.FOLDED and new not in held:
        return untouched(StepOutcome.HISTORY)
    changes = {"linked_news": held, "floors": replace(file.floors, linked_news=floor)}
    return Folded(placed.outcome, changes, TELLS[placed.outcome])


TELLS: Mapping[StepOutcome, Matters] = {
    StepOutcome.FOLDED: Matters.ALL,
    StepOutcome.CORRECTED: Matters.ALL,
    StepOutcome.DUPLICATE: Matters.NOTHING,
    StepOutcome.HISTORY: Matters.NOTHING,
}
"""How much it matters where every fact of a kind that counts is read by a rule."""


def earliest_go(held: tuple[S, ...], floor: datetime | None, bound: int) -> Bounded:
    """Within the bound, of a list in the order of time: the earliest go, and the floor rises to the last of them."""
    over = len(held) - bound
    return Bounded(held[over:], higher(floor, held[over - 1].effective)) if over > 0 else Bounded(held, floor)


# ── the 18th birthday ────────────────────────────────────────────────────────────────────────────────────────


def fold_comes_of_age(file: CaseFile, event: CaseEvent, fact: ComesOfAge) -> Folded:
    """The file with the 18th birthday in it. Here the order matters: what comes last counts, as no more is kept of it.

    A second delivery changes nothing, unless a correction came in between.
    """
    if fact.on == file.comes_of_age:
        return untouched(StepOutcome.DUPLICATE)
    outcome = StepOutcome.FOLDED if file.comes_of_age is None else StepOutcome.CORRECTED
    return Folded(outcome, {"comes_of_age": fact.on}, Matters.ALL)
