"""Facts and times in words: what an item lists, and what the sentence and the notes name. Pure."""

from __future__ import annotations

from datetime import datetime

from streams.case import (
    Action,
    Assessment,
    Classification,
    LinkedNews,
    Service,
    Signal,
    SignalKind,
)
from streams.policy import Policy
from streams.rules.picture import Fact

NAMED = 4
"""How many signals the sentence names; all that are listed stand in the record."""


def kind(fact: Fact) -> str:
    """What kind of fact it is: arrest, charge, call-out, hearing, assessment, classification and so on."""
    match fact:
        case Signal():
            return fact.kind.value
        case Assessment():
            return "assessment"
        case Classification():
            return "classification"
        case Action():
            return "required action"
        case Service():
            return "service"
        case LinkedNews():
            return "linked person"
        case _:
            return "case"


def summary(fact: Fact, policy: Policy) -> str:
    """What the fact says, in a few words."""
    match fact:
        case Signal():
            return _news(fact, policy)
        case Assessment():
            return _assessed(fact)
        case Classification():
            details = ", ".join(part for part in (fact.level, fact.category) if part)
            return f"{fact.kind} {fact.code}{f' ({details})' if details else ''}"
        case Action():
            return f"required action {fact.what} of {fact.owner or 'nobody named'}, due {minute(fact.due)}"
        case Service():
            due = f", due {minute(fact.due)}" if fact.due else ""
            return f"service {fact.what} by {fact.provider or 'nobody named'}{due}"
        case LinkedNews():
            return f"{fact.relation} of the person of {fact.source}, who was raised ({'; '.join(fact.levels)})"
        case _:
            return "the case became known"


def _assessed(fact: Assessment) -> str:
    levels = ", ".join(f"{given.domain} {given.level} ({given.setting})" for given in fact.levels)
    found = f"; {fact.indicators} indicators of raised risk" if fact.indicators else ""
    return f"{fact.kind} assessment of {day(fact.effective)}: {levels or 'no level given'}{found}"


def _news(signal: Signal, policy: Policy) -> str:
    parts: list[str] = []
    if signal.kind is SignalKind.HEARING:
        parts.append(f"hearing at {signal.place}" if signal.place else "hearing")
    else:
        parts.append(f"{signal.kind} as {signal.role}, {signal.place}")
    if signal.what:
        parts.append(signal.what)
    if signal.codes:
        codes = ", ".join(code or "no code" for code in signal.codes)
        parts.append(f"{codes}: {policy.seriousness(signal.codes)}")
    if signal.remanded:
        parts.append("remanded in custody")
    return "; ".join(parts)


def minute(at: datetime) -> str:
    """A time, to the minute."""
    return f"{at.isoformat(' ', 'minutes')[:16]} UTC"


def day(at: datetime) -> str:
    """A day."""
    return at.isoformat()[:10]
