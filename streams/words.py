"""What is said of facts, levels and escalations, in one vocabulary. Pure.

The same words reach the record, the terminal, the board and the explanation. No name, no address, no free text of the
police: codes, kinds, levels and times. Times are UTC. What a rule says of its own condition stands with the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from streams import managers
from streams.case import Escalation, Listed
from streams.escalation import Awaits, Change, Condition
from streams.events import AssessmentStatus, Domain, OversightKind, Setting
from streams.facts import Action, Assessment, Classification, LinkedNews, Oversight, Service, Signal, SignalKind
from streams.levels import Known, State
from streams.policy import Policy, Seriousness
from streams.view import CaseView, Fact

NAMED = 4
"""How many facts the sentence names; all that are listed stand in the record."""

# ── what a change says ───────────────────────────────────────────────────────────────────────────────────────

_HOLDS, _CLEARED = "{condition}", "the condition is cleared, for {condition}"

_SAME: Mapping[Change, str] = {
    Change.ACKNOWLEDGED: "acknowledged by {who}{why}, who has still to see to it that the case is overseen",
    Change.OVERSEEN: "overseen by {who}: {asked}",
    Change.OVERSIGHT_INSUFFICIENT: (
        "what {who} recorded does not end it: a countersignature, a forum or a grade below what the level needs is no "
        "oversight, and oversight says what was found and what must be done (P9, P13, P15)"
    ),
    Change.ACTION_CLAIMED: "{who} says that a required action is done; somebody has yet to confirm it (P10)",
    Change.ACTION_CONFIRMED: "{who} has confirmed a required action; {left} to be confirmed",
    Change.CONFIRMATION_REFUSED: (
        "what {who} said confirms no action: it takes evidence, and somebody other than who did it (P10)"
    ),
    Change.SUPPRESSED: "suppressed by {who}{why}",
    Change.CLOSED: "closed: overseen by {who}, nothing is left to be done",
    Change.MOVED: "{moved}",
    Change.ERASED: "the person's data were erased on request; that it was raised, and when, stays on record",
}
"""Changes that say the same whether the rule's condition holds or not."""

_BEFORE: Mapping[Change, str] = {
    Change.RAISED: "",
    Change.JOINED: "more has come: ",
    Change.REOPENED: "it is reopened{by_whom}: ",
    Change.CONDITION_RETURNED: "the condition has returned: ",
    Change.CONDITION_CLEARED: "",
    Change.ACKNOWLEDGEMENT_EXPIRED: "it was acknowledged, and not overseen before that expired: ",
    Change.OVERDUE: "a deadline has passed, and it goes up the line (P11, P12): ",
    Change.SUPPRESSION_ENDED: "its suppression is over: ",
    Change.POLICY_ADOPTED: "moved to the policy in force by {who}{why}: ",
}
"""What stands before the rule's condition, as it holds or as it was cleared."""

CHANGES: Mapping[tuple[Change, Condition], str] = {
    **{(change, condition): said for change, said in _SAME.items() for condition in Condition},
    **{(change, Condition.HOLDS): said + _HOLDS for change, said in _BEFORE.items()},
    **{(change, Condition.CLEARED): said + _CLEARED for change, said in _BEFORE.items()},
    (Change.CONDITION_CLEARED, Condition.CLEARED): f"{_CLEARED}; the escalation stays open",
}
"""What has changed, by the change and by whether the rule's condition holds; ``{condition}`` is the rule's to say."""

AWAITS: Mapping[Awaits, str] = {
    Awaits.ACKNOWLEDGEMENT: "to be acknowledged by",
    Awaits.OVERSIGHT: "to be overseen, or acknowledged again, by",
    Awaits.CONFIRMATION: "its required actions are to be confirmed by",
    Awaits.CLEARING: "overseen, and looked at again",
    Awaits.SUPPRESSION_END: "suppressed until",
    Awaits.NOTHING: "closed",
}
"""What an escalation waits for, before the time by which it is due."""


def short(change: str) -> str:
    """A change in a word or two, for a line of a list."""
    return change.lower().replace("_", " ")


def many(count: int, what: str) -> str:
    """So many of something, with its verb."""
    if what == "more":
        return f"{count} more {'is' if count == 1 else 'are'}"
    return f"{count} {what}{' is' if count == 1 else 's are'}"


def kinds(listed: tuple[Listed, ...]) -> str:
    """The kinds of the facts, each once."""
    return " and ".join(dict.fromkeys(fact.kind for fact in listed))


def signals(listed: tuple[Listed, ...], left_out: int) -> str:
    """The first few facts with their times, and how many there are besides."""
    texts = [f"{fact.summary} ({_times(fact)})" for fact in listed[:NAMED]]
    more = len(listed) - len(texts) + left_out
    return " | ".join(texts) + (f" | and {more} more" if more > 0 else "")


def _times(fact: Listed) -> str:
    occurred, recorded, received = fact.times.occurred, fact.times.recorded, fact.times.received
    first = "" if occurred is None else f"occurred {minute(occurred)}, "
    second = "" if recorded is None else f"recorded {minute(recorded)}, "
    return f"{first}{second}received {minute(received)}"


@lru_cache(10_000)
def minute(at: datetime) -> str:
    """A time, to the minute. Kept, for the same times are said again and again."""
    return f"{at.isoformat(' ', 'minutes')[:16]} UTC"


@lru_cache(10_000)
def day(at: datetime) -> str:
    """A day."""
    return at.isoformat()[:10]


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────


_KINDS: Mapping[type[Fact], str] = {
    Assessment: "assessment",
    Classification: "classification",
    Action: "required action",
    Service: "service",
    LinkedNews: "linked person",
}


def kind(fact: Fact) -> str:
    """What kind of fact it is: arrest, charge, call-out, hearing, assessment, classification and so on."""
    return fact.kind.value if isinstance(fact, Signal) else _KINDS.get(type(fact), "case")


def summary(fact: Fact, policy: Policy) -> str:
    """What the fact says, in a few words."""
    match fact:
        case Signal():
            return _news(fact, policy)
        case Assessment():
            levels = ", ".join(f"{given.domain} {given.level} ({given.setting})" for given in fact.levels)
            found = f"; {fact.indicators} indicators of raised risk" if fact.indicators else ""
            return f"{fact.kind} assessment of {day(fact.effective)}: {levels or 'no level given'}{found}"
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


def _news(signal: Signal, policy: Policy) -> str:
    if signal.kind is SignalKind.HEARING:
        said = f"hearing at {signal.place}" if signal.place else "hearing"
    else:
        said = f"{signal.kind} as {signal.role}, {signal.place}"
    if signal.what:
        said += f"; {signal.what}"
    if signal.codes:
        codes = ", ".join(code or "no code" for code in signal.codes)
        said += f"; {codes}: {policy.gravity[signal.codes]}"
    return f"{said}; remanded in custody" if signal.remanded else said


# ── levels ───────────────────────────────────────────────────────────────────────────────────────────────────


def level(view: CaseView) -> str:
    """The level of the case as a whole, and what raises it."""
    standing = view.standing
    shown = standing.raised or standing.was_raised
    if not shown:
        return "known to be lower" if standing.state is State.LOWER else standing.state.value
    return f"{standing.state} ({'; '.join(map(known_level, shown))})"


def levels(view: CaseView) -> tuple[str, ...]:
    """What is known of the levels, and of those that are wanted and not known, why."""
    found = [known_level(known) for known in view.standing.known]
    known = {entry.given.domain for entry in view.standing.known if entry.given.setting is Setting.COMMUNITY}
    pictures = view.standard.pictures
    wanted = {domain for cohort in pictures for domain in (max(cohort, key=lambda part: len(part & known)))} - known
    if wanted:
        why = why_unknown(view)
        found += [f"{domain}: not known, {why}" for domain in Domain if domain in wanted]
    return tuple(found)


def known_level(entry: Known) -> str:
    """A level, who says so and from when."""
    given = entry.given
    if given.setting is Setting.CUSTODY:
        note = "in custody" if entry.raised else "in custody: shown, does not cross"
    else:
        said = f"register {entry.by.code} of" if isinstance(entry.by, Classification) else "assessed"
        note = f"{'stale: ' if entry.stale else ''}{said} {day(entry.by.effective)}"
    return f"{given.domain}: {given.level}, {note}"


def why_unknown(view: CaseView) -> str:
    """Why a level is not known."""
    if not view.file.assessments:
        return "no assessment"
    latest = view.file.assessments[-1]
    return f"the latest assessment ({day(latest.effective)}, {latest.status}) gives none"


def nobody(view: CaseView, there: str) -> str:
    """That no manager is attached, and who is there instead; or that one is by now."""
    return f"no manager is attached (there is: {there})" if view.unmanaged else f"a manager is attached now ({there})"


# ── what the reader must bear in mind ────────────────────────────────────────────────────────────────────────


def notes(escalation: Escalation, view: CaseView) -> Iterator[str]:
    """What the reader must bear in mind besides."""
    file, standing = view.file, view.standing
    if escalation.policy != view.policy.version:
        yield f"the policy that it was opened under ({escalation.policy}) is not at hand: the one in force judged it"
    if escalation.suppressed is not None and escalation.suppressed_until is not None:
        who, why = escalation.suppressed.by, escalation.suppressed.reference
        yield f"suppressed by {who} until {minute(escalation.suppressed_until)}{f' ({why})' if why else ''}"
    if file.registers and standing.disagreeing:
        yield f"assessment and register disagree about {', '.join(standing.disagreeing)}: the higher counts"
    junior = managers.unsuitable_holder(view.present, view.standard.holders[standing.rank], view.now)
    if junior is not None:
        yield f"the case manager's grade ({junior.grade}) may not hold a case of this level (P13)"
    if file.comes_of_age is not None and file.comes_of_age <= view.now and file.case.startswith("youth:"):
        yield f"the person turned 18 on {day(file.comes_of_age)} and the case has not moved: both thresholds count"
    if len(view.standard.cohorts) > 1:
        also = f", also known as {', '.join(file.also_known)}" if file.also_known else ""
        yield f"the sources disagree whether this is an adult's or a young person's{also}: the lower threshold counts"
    withheld = sum(not held.restored for held in file.withheld)
    if withheld:
        more = "more than " if file.withheld_more else ""
        yield f"{more}{withheld} records of this case lie in quarantine: what is known may be incomplete"
    if file.assessments and file.assessments[-1].status in (AssessmentStatus.OPEN, AssessmentStatus.LOCKED_INCOMPLETE):
        yield f"the latest assessment is {file.assessments[-1].status}: it lowers nothing"
    yield from _unlisted(view)
    forum = max((record for record in file.oversight if record.forum), key=_effective, default=None)
    if forum is not None:
        yield f"a forum ({forum.forum}) was concerned on {day(forum.effective)}: it attaches no manager (P15)"


def _effective(record: Oversight) -> datetime:
    return record.effective


def _unlisted(view: CaseView) -> list[str]:
    """Live hearings for an offence of unknown seriousness, which open nothing by themselves."""
    gravity, deletions = view.policy.gravity, view.file.deletions
    found = [
        one
        for one in view.file.signals
        if one.kind is SignalKind.HEARING
        and one.codes
        and gravity[one.codes] is Seriousness.UNKNOWN
        and one.live(view.policy, view.now)
        and not one.taken_back(deletions)
    ]
    said = [
        f"{summary(one, view.policy)} ({minute(one.effective)}): an offence that the table does not list"
        for one in found[-NAMED:]
    ]
    more = f"and {len(found) - NAMED} earlier hearings for an offence that the table does not list"
    return [*said, more] if len(found) > NAMED else said


def referral(view: CaseView) -> Oversight | None:
    """The latest referral, whatever it was about: each escalation says whether the case had been referred."""
    referrals = (record for record in view.file.oversight if record.kind is OversightKind.REFERRAL)
    return max(referrals, key=_effective, default=None)
