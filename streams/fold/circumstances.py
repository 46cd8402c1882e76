"""How classifications, services, linked people and the 18th birthday change a case file (P1, P6, P12, P20). Pure.

Several messages speak of one classification, service or link; each is a fact under its sender's id. What counts
of them is the *latest statement* about one id, by when it took effect, then by when it was said. So messages may come
in any order and leave the same (but for the 18th birthday, see there, and for what a full list has let go).

Of one id only the first and the latest few statements are kept. No watermark rises by what goes there: its id stays
known. Over-full lists let go what is no longer in force first, and never the end of something whose beginning stays.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from streams import inputs
from streams.case import BOUNDS, CaseFile
from streams.circumstances import ClassificationKind, Classified, ComesOfAge, Linked
from streams.circumstances import LinkedNews as LinkedNewsFact
from streams.circumstances import Service as ServiceFact
from streams.events import CaseEvent
from streams.facts import Classification, Link, LinkedNews, Service
from streams.fold.placing import (
    Folded,
    StepOutcome,
    comparable,
    corrects_what_is_listed,
    heading,
    put,
    shown,
    untouched,
)
from streams.policy import Policy
from streams.statements import changes_at, in_force, outstanding

_NEVER = datetime.max.replace(tzinfo=UTC)


# ── classifications ──────────────────────────────────────────────────────────────────────────────────────────


def fold_classified(file: CaseFile, event: CaseEvent, fact: Classified, _policy: Policy, now: datetime) -> Folded:
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
    outcome, changes, before = put(file, "registers", new, event, now)
    if not changes:
        return Folded(outcome, changes)
    after = replace(file, registers=changes["registers"])
    tells = corrects_what_is_listed(outcome, before) or _telling(file, now) != _telling(after, now)
    speaks_of_level = ClassificationKind.REGISTER in (new.kind, (before or new).kind)
    level = inputs.LEVELS if speaks_of_level else inputs.NOTHING
    return Folded(outcome, changes, inputs.REGISTERS | level if tells else inputs.NOTHING)


def _telling(file: CaseFile, now: datetime) -> tuple[list[tuple[str, str]], datetime | None]:
    """What is in force, and when that changes by time."""
    return sorted((fact.key, fact.content) for fact in in_force(file, now)), changes_at(file, now)


def _code(text: str | None) -> str | None:
    return shown(text.strip().upper() or None) if text else None


# ── services ─────────────────────────────────────────────────────────────────────────────────────────────────


def fold_service(file: CaseFile, event: CaseEvent, fact: ServiceFact, policy: Policy, now: datetime) -> Folded:
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
    requested = [service.requested for service in file.services if service.service == new.service]

    def adjusted(held: tuple[Any, ...], outcome: StepOutcome, before: Any) -> tuple[Any, ...]:
        known = list(requested)
        if outcome is StepOutcome.CORRECTED:  # a correction of the request moves it, also to a later time
            known = [time for time in known if time != before.effective]
        return _since_requested(held, new.service, known, policy)

    outcome, changes, before = put(file, "services", new, event, now, adjusted=adjusted)
    if not changes:
        return Folded(outcome, changes)
    tells = corrects_what_is_listed(outcome, before) or _asked(file) != _asked(
        replace(file, services=changes["services"])
    )
    return Folded(outcome, changes, inputs.SERVICES if tells else inputs.NOTHING)


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


def _asked(file: CaseFile) -> set[tuple[str, str, datetime | None, datetime]]:
    return {(one.key, one.content, one.due, one.requested) for one in outstanding(file)}


# ── linked people ────────────────────────────────────────────────────────────────────────────────────────────


def fold_link(file: CaseFile, event: CaseEvent, fact: Linked, _policy: Policy, now: datetime) -> Folded:
    """The file with a statement about a linked person in it: it says who else must hear of this case.

    No rule reads it.
    """
    new = Link(*heading(event), link=comparable(fact.link), other=fact.other, relation=fact.relation, held=fact.held)
    outcome, changes, _ = put(file, "links", new, event, now)
    return Folded(outcome, changes)


def fold_linked_news(file: CaseFile, event: CaseEvent, fact: LinkedNewsFact, _policy: Policy, now: datetime) -> Folded:
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
    outcome, changes, _ = put(file, "linked_news", new, event, now)
    tells = bool(changes) and outcome in (StepOutcome.FOLDED, StepOutcome.CORRECTED)
    return Folded(outcome, changes, inputs.LINKED_NEWS if tells else inputs.NOTHING)


# ── the 18th birthday ────────────────────────────────────────────────────────────────────────────────────────


def fold_comes_of_age(file: CaseFile, event: CaseEvent, fact: ComesOfAge, _policy: Policy, _now: datetime) -> Folded:
    """The file with the 18th birthday in it. Here the order matters: what comes last counts, as no more is kept of it.

    A second delivery changes nothing, unless a correction came in between.
    """
    if fact.on == file.comes_of_age:
        return untouched(StepOutcome.DUPLICATE)
    outcome = StepOutcome.FOLDED if file.comes_of_age is None else StepOutcome.CORRECTED
    return Folded(outcome, {"comes_of_age": fact.on}, inputs.EVERYTHING)
