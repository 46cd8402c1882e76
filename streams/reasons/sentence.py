"""The sentence of an escalation: what has changed, why, since when, and whose turn it is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from streams.case import (
    Item,
    Joined,
    Oversight,
)
from streams.escalation import Awaits, Change
from streams.events import OversightKind
from streams.levels import State
from streams.life import By, belongs
from streams.policy import Policy
from streams.reasons.facts import NAMED, day, minute
from streams.reasons.then import known_words, why_unknown
from streams.rules.of_levels import screenings
from streams.rules.picture import Fact, Picture
from streams.rules.rule import Rule


def sentence(
    rule: Rule,
    item: Item,
    change: Change,
    news: tuple[Fact, ...],
    seen: Picture,
    manager: str,
    referral: Oversight | None,
    by: By,
) -> str:
    """All of it, in one paragraph."""
    named = tuple(joined for joined in item.joined if not joined.taken_back)
    if change is Change.JOINED:
        heard = {fact.key for fact in news}
        named = tuple(joined for joined in named if joined.key in heard)
    sentences = [f"{rule.id} ({', '.join(rule.principles)}): {_what(rule, item, change, named, seen, manager, by)}"]
    if named:
        sentences.append(f"Signals: {_named(named, item.left_out)}")
    sentences.append(f"Known since {minute(item.known_since)}")
    sentences.append(
        f"The case was referred {minute(referral.effective)} by {referral.author or 'somebody unnamed'}"
        if referral
        else "Nobody has referred the case, which excuses nothing (P7)"
    )
    if item.next is not None:
        sentences.append(f"It is the turn of the {turn(item, seen.policy)}: {_AWAITS[item.awaits]} {minute(item.next)}")
    return ". ".join(sentences) + "."


def turn(item: Item, policy: Policy) -> str:
    """Whose turn it is."""
    return policy.chain[min(item.rung, len(policy.chain) - 1)]


_AWAITS = {
    Awaits.ACKNOWLEDGEMENT: "to be acknowledged by",
    Awaits.OVERSIGHT: "to be overseen, or acknowledged again, by",
    Awaits.CONFIRMATION: "its required actions are to be confirmed by",
    Awaits.CLEARING: "overseen, and looked at again",
    Awaits.SUPPRESSION_END: "suppressed until",
    Awaits.NOTHING: "closed",
}


def _what(
    rule: Rule, item: Item, change: Change, named: tuple[Joined, ...], seen: Picture, manager: str, by: By
) -> str:
    """What has changed, in a sentence."""
    who = " ".join(part for part in (by.grade, by.author) if part) or "somebody unnamed"
    why = f" ({by.decision})" if by.decision else ""
    match change:
        case Change.RAISED:
            return _condition(rule, named, seen, manager)
        case Change.JOINED:
            return f"more has come: {_condition(rule, named, seen, manager)}"
        case Change.REOPENED:
            by_whom = f" by {who}{why}" if by.author else ""
            return f"it is reopened{by_whom}: {_condition(rule, named, seen, manager)}"
        case Change.CONDITION_RETURNED:
            return f"the condition has returned: {_condition(rule, named, seen, manager)}"
        case Change.CONDITION_CLEARED:
            return f"the condition is cleared, for {_why_cleared(rule, seen, manager)}; the item stays open"
        case Change.ACKNOWLEDGED:
            return f"acknowledged by {who}{why}, who has still to see to it that the case is overseen"
        case Change.ACKNOWLEDGEMENT_EXPIRED:
            return (
                f"it was acknowledged, and not overseen before that expired: {_condition(rule, named, seen, manager)}"
            )
        case Change.OVERSEEN:
            asked = sum(belongs(action, item) for action in seen.file.actions)
            what = f"{_many(asked, 'action')} required" if asked else f"no action is needed{why}"
            return f"overseen by {who}: {what}"
        case Change.OVERSIGHT_INSUFFICIENT:
            return (
                f"what {who} recorded does not end it: a countersignature, a forum or a grade below what the level "
                "needs is no oversight, and oversight says what was found and what must be done (P9, P13, P15)"
            )
        case Change.ACTION_CLAIMED:
            return f"{who} says that a required action is done; somebody has yet to confirm it (P10)"
        case Change.ACTION_CONFIRMED:
            left = sum(belongs(action, item) and action.confirmed is None for action in seen.file.actions)
            return f"{who} has confirmed a required action; {_many(left, 'more')} to be confirmed"
        case Change.CONFIRMATION_REFUSED:
            return f"what {who} said confirms no action: it takes evidence, and somebody other than who did it (P10)"
        case Change.OVERDUE:
            return (
                f"a deadline has passed, and it goes up the line (P11, P12): {_condition(rule, named, seen, manager)}"
            )
        case Change.SUPPRESSED:
            return f"suppressed by {who}{why}"
        case Change.SUPPRESSION_ENDED:
            return f"its suppression is over: {_condition(rule, named, seen, manager)}"
        case Change.POLICY_ADOPTED:
            return f"moved to the policy in force by {who}{why}: {_condition(rule, named, seen, manager)}"
        case Change.CLOSED:
            return f"closed: overseen by {who}, nothing is left to be done"
        case Change.MOVED:
            into = seen.file.merged_into
            return f"its case was merged into {into}, where it goes on" if into else "it came with a case, and goes on"
        case Change.ERASED:
            return "the person's data were erased on request; that it was raised, and when, stays on record"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s are' if count != 1 and what != 'more' else ' is' if count == 1 else ' are'}"


def _condition(rule: Rule, named: tuple[Joined, ...], seen: Picture, manager: str) -> str:
    """The rule's condition as this case meets it."""
    news = _NEWS.get(rule.id)
    if news is not None:
        return f"{news(named, seen)}; the level is {_level(seen)}, there is: {manager}"
    return _MISSING[rule.id](named, seen, manager)


def _kinds(named: tuple[Joined, ...]) -> str:
    return " and ".join(dict.fromkeys(joined.kind for joined in named))


def _oversight_on_record(seen: Picture) -> str:
    bare = [record for record in seen.file.oversight if record.kind is OversightKind.COUNTERSIGNATURE]
    return f"; the countersignature of {day(bare[-1].effective)} is none" if bare else ""


_NEWS: dict[str, Callable[[tuple[Joined, ...], Picture], str]] = {
    "R4": lambda named, seen: f"{_kinds(named)} for a serious offence under supervision",
    "R6": lambda named, seen: (
        "an assessment lowers a level, and adverse news since the one before has not been addressed by a manager"
    ),
    "R7": lambda named, seen: (
        f"{_kinds(named)}, and no assessment has been completed since, within {seen.policy.review_after_news}"
    ),
    "R8": lambda named, seen: " and ".join(_what_is_missing(named, seen)),
    "R10": lambda named, seen: "what oversight asked for is past its time and unconfirmed",
    "R11": lambda named, seen: "a service has not been delivered by its time",
    "R12": lambda named, seen: "a young person is known to somebody whose risk was raised",
}
"""What has come, or has not. The level and who is there are said beside it."""


def _nobody(seen: Picture, manager: str) -> str:
    return f"the level is {_level(seen)} and no manager is attached (there is: {manager})"


_MISSING: dict[str, Callable[[tuple[Joined, ...], Picture, str], str]] = {
    "R1": lambda named, seen, manager: _nobody(seen, manager),
    "R2": lambda named, seen, manager: f"{_kinds(named)} while {_nobody(seen, manager)}",
    "R3": lambda named, seen, manager: f"on watch for {_kinds(named)}: {_nobody(seen, manager)}",
    "R5": lambda named, seen, manager: (
        f"a classification in force needs a manager's involvement and none is attached (there is: {manager}); "
        f"the level is {_level(seen)}"
    ),
    "R9": lambda named, seen, manager: (
        f"the level is {_level(seen)}, and {manager} has not overseen it within {seen.policy.oversee_raised}"
        f"{_oversight_on_record(seen)}"
    ),
    "R13": lambda named, seen, manager: (
        f"no usable level is known {seen.policy.level_within} after the case became known, for {why_unknown(seen)}; "
        f"unknown is not low, and there is: {manager}"
    ),
}
"""Where it is the manager or the level that is missing."""


def _what_is_missing(named: tuple[Joined, ...], seen: Picture) -> Iterator[str]:
    """What R8 misses: an assessment that is not stale, or the full one after a screening."""
    screened = {fact.key for fact, _ in screenings(seen)}
    if not named or any(joined.key not in screened for joined in named):
        yield "the assessment is stale"
    if any(joined.key in screened for joined in named):
        yield f"no full assessment within {seen.policy.assess_after_screening} of a screening that found indicators"


def _why_cleared(rule: Rule, seen: Picture, manager: str) -> str:
    if rule.unmanaged or rule.id == "R3":
        if not seen.unmanaged:
            return f"a manager is attached ({manager})"
        if rule.id in ("R1", "R2") and seen.standing.state is State.LOWER:
            return "the level is now known to be lower"
        if rule.id in ("R1", "R2") and not seen.raised:
            return f"what opened it was taken back or superseded; the level is {seen.standing.state}, which is not low"
        if rule.id == "R3" and seen.raised:
            return "the level is now raised, which is another rule's"
    return _CLEARED.get(rule.id, "what opened it was taken back")


_CLEARED = {
    "R5": "no such classification is in force any more",
    "R7": "the assessment has been reviewed since, or the news was taken back",
    "R8": "an assessment has followed",
    "R9": "it has been overseen, or the level or the manager has changed",
    "R10": "every action was confirmed",
    "R11": "the service was delivered, or is asked for no longer",
    "R13": "a level is known",
}


def _level(seen: Picture) -> str:
    standing = seen.standing
    shown = standing.raised or standing.was_raised
    if not shown:
        return "known to be lower" if standing.state is State.LOWER else standing.state.value
    return f"{standing.state} ({'; '.join(map(known_words, shown))})"


def _named(joined: tuple[Joined, ...], left_out: int) -> str:
    texts = [f"{entry.summary} ({_times(entry)})" for entry in joined[:NAMED]]
    more = len(joined) - len(texts) + left_out
    return " | ".join(texts) + (f" | and {more} more" if more > 0 else "")


def _times(entry: Joined) -> str:
    occurred, recorded, received = entry.times.occurred, entry.times.recorded, entry.times.received
    first = "" if occurred is None else f"occurred {minute(occurred)}, "
    second = "" if recorded is None else f"recorded {minute(recorded)}, "
    return f"{first}{second}received {minute(received)}"
