"""The words of an escalation: why, who was there, what was known, since when. Pure.

The same words reach the alert, the log, the page and the test. No name, no address, no free text of the police: codes,
kinds, levels and times. Times are UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from streams import managers
from streams.case import (
    Action,
    Assessment,
    CaseFile,
    Classification,
    Item,
    Joined,
    LinkedNews,
    OnFile,
    Oversight,
    Service,
    Signal,
    SignalKind,
)
from streams.escalation import Awaits, Change, Condition, Escalation, EscalationAction, EscalationSignal
from streams.events import AssessmentStatus, Domain, OversightKind, Setting
from streams.levels import Known, State
from streams.life import NOBODY, By, belongs
from streams.policy import Policy, Seriousness
from streams.primitives import whole_ms
from streams.rules.of_levels import screenings
from streams.rules.picture import Fact, Picture, picture
from streams.rules.rule import Rule
from streams.signals import live, taken_back

NAMED = 4
"""How many signals the sentence names; all that are listed stand in the record."""


def escalation(
    rule: Rule, item: Item, change: Change, news: tuple[Fact, ...], seen: Picture, by: By = NOBODY
) -> Escalation:
    """The record that tells this change of the item."""
    referral = _referral(seen)
    manager = managers.in_words(seen.attachment, seen.present, seen.policy, seen.grades, seen.now)
    return Escalation(
        escalation_id=item.id,
        revision=item.revision,
        case_id=seen.file.case,
        cohort="both" if len(seen.standard.cohorts) > 1 else next(iter(seen.standard.cohorts)).value,
        rule=rule.id,
        principles=rule.principles,
        change=change,
        condition=Condition.HOLDS if item.holds else Condition.CLEARED,
        reason=_reason(rule, item, change, news, seen, manager, referral, by),
        manager=manager,
        levels=tuple(_levels(seen)),
        signals=tuple(_signal(joined) for joined in item.joined),
        signals_left_out=item.left_out,
        known_since=whole_ms(item.known_since),
        referred_at=whole_ms(referral.effective) if referral else None,
        referred_by=referral.author if referral else None,
        notes=tuple(_notes(item, seen)),
        policy_version=seen.policy.version,
        at=whole_ms(seen.now),
        stage=item.stage,
        urgency=item.urgency.value,
        turn=turn(item, seen.policy),
        awaits=item.awaits,
        next_at=whole_ms(item.next),
        actor=by.author,
        actor_grade=by.grade,
        decision=by.decision,
        variance=by.variance,
        actions=tuple(_action(action) for action in seen.file.actions if belongs(action, item)),
        suppressed_until=whole_ms(item.suppressed_until),
    )


def raised_levels(file: CaseFile, policy: Policy, now: datetime) -> tuple[str, ...]:
    """The levels by which a case is raised, in words, for those whom it tells; none where it has nobody to tell."""
    if file.raised is None or not file.links:
        return ()
    return tuple(f"{known.given.domain}: {known.given.level}" for known in picture(file, policy, now).standing.raised)


def turn(item: Item, policy: Policy) -> str:
    """Whose turn it is."""
    return policy.chain[min(item.rung, len(policy.chain) - 1)]


# ── a fact in words ──────────────────────────────────────────────────────────────────────────────────────────


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
            return f"required action {fact.what} of {fact.owner or 'nobody named'}, due {_time(fact.due)}"
        case Service():
            due = f", due {_time(fact.due)}" if fact.due else ""
            return f"service {fact.what} by {fact.provider or 'nobody named'}{due}"
        case LinkedNews():
            return f"{fact.relation} of the person of {fact.source}, who was raised ({'; '.join(fact.levels)})"
        case _:
            return "the case became known"


def _assessed(fact: Assessment) -> str:
    levels = ", ".join(f"{given.domain} {given.level} ({given.setting})" for given in fact.levels)
    found = f"; {fact.indicators} indicators of raised risk" if fact.indicators else ""
    return f"{fact.kind} assessment of {_day(fact.effective)}: {levels or 'no level given'}{found}"


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


def _signal(joined: Joined) -> EscalationSignal:
    return EscalationSignal(
        kind=joined.kind,
        content_id=joined.content,
        sighting=joined.sighting,
        summary=f"taken back: {joined.summary}" if joined.taken_back else joined.summary,
        occurred_at=whole_ms(joined.times.occurred),
        recorded_at=whole_ms(joined.times.recorded),
        received_at=whole_ms(joined.times.received),
    )


def _action(action: Action) -> EscalationAction:
    claimed, confirmed = action.claimed, action.confirmed
    return EscalationAction(
        action=action.action,
        what=action.what,
        owner=action.owner,
        due=whole_ms(action.due),
        claimed_at=whole_ms(claimed.at) if claimed else None,
        claimed_by=claimed.by if claimed else None,
        confirmed_at=whole_ms(confirmed.at) if confirmed else None,
        confirmed_by=confirmed.by if confirmed else None,
        evidence=confirmed.evidence.value if confirmed and confirmed.evidence else None,
        reference=confirmed.reference if confirmed else None,
    )


# ── the sentence ─────────────────────────────────────────────────────────────────────────────────────────────


def _reason(
    rule: Rule,
    item: Item,
    change: Change,
    news: tuple[Fact, ...],
    seen: Picture,
    manager: str,
    referral: Oversight | None,
    by: By,
) -> str:
    named = tuple(joined for joined in item.joined if not joined.taken_back)
    if change is Change.JOINED:
        heard = {fact.key for fact in news}
        named = tuple(joined for joined in named if joined.key in heard)
    sentences = [f"{rule.id} ({', '.join(rule.principles)}): {_what(rule, item, change, named, seen, manager, by)}"]
    if named:
        sentences.append(f"Signals: {_named(named, item.left_out)}")
    sentences.append(f"Known since {_time(item.known_since)}")
    sentences.append(
        f"The case was referred {_time(referral.effective)} by {referral.author or 'somebody unnamed'}"
        if referral
        else "Nobody has referred the case, which excuses nothing (P7)"
    )
    if item.next is not None:
        sentences.append(f"It is the turn of the {turn(item, seen.policy)}: {_AWAITS[item.awaits]} {_time(item.next)}")
    return ". ".join(sentences) + "."


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


_Words = Callable[[tuple[Joined, ...], Picture, str], str]


def _condition(rule: Rule, named: tuple[Joined, ...], seen: Picture, manager: str) -> str:
    """The rule's condition as this case meets it."""
    return _CONDITIONS[rule.id](named, seen, manager)


def _nobody(seen: Picture, manager: str) -> str:
    return f"the level is {_level(seen)} and no manager is attached (there is: {manager})"


def _kinds(named: tuple[Joined, ...]) -> str:
    return " and ".join(dict.fromkeys(joined.kind for joined in named))


def _oversight_on_record(seen: Picture) -> str:
    bare = [record for record in seen.file.oversight if record.kind is OversightKind.COUNTERSIGNATURE]
    return f"; the countersignature of {_day(bare[-1].effective)} is none" if bare else ""


_CONDITIONS: dict[str, _Words] = {
    "R1": lambda named, seen, manager: _nobody(seen, manager),
    "R2": lambda named, seen, manager: f"{_kinds(named)} while {_nobody(seen, manager)}",
    "R3": lambda named, seen, manager: f"on watch for {_kinds(named)}: {_nobody(seen, manager)}",
    "R4": lambda named, seen, manager: (
        f"{_kinds(named)} for a serious offence under supervision; the level is {_level(seen)}, there is: {manager}"
    ),
    "R5": lambda named, seen, manager: (
        f"a classification in force needs a manager's involvement and none is attached (there is: {manager}); "
        f"the level is {_level(seen)}"
    ),
    "R6": lambda named, seen, manager: (
        f"an assessment lowers a level, and adverse news since the one before has not been addressed by a manager; "
        f"the level is {_level(seen)}, there is: {manager}"
    ),
    "R7": lambda named, seen, manager: (
        f"{_kinds(named)}, and no assessment has been completed since, within {seen.policy.review_after_news}; "
        f"the level is {_level(seen)}, there is: {manager}"
    ),
    "R8": lambda named, seen, manager: (
        f"{' and '.join(_what_is_missing(named, seen))}; the level is {_level(seen)}, there is: {manager}"
    ),
    "R9": lambda named, seen, manager: (
        f"the level is {_level(seen)}, and {manager} has not overseen it within {seen.policy.oversee_raised}"
        f"{_oversight_on_record(seen)}"
    ),
    "R10": lambda named, seen, manager: (
        f"what oversight asked for is past its time and unconfirmed; the level is {_level(seen)}, there is: {manager}"
    ),
    "R11": lambda named, seen, manager: (
        f"a service has not been delivered by its time; the level is {_level(seen)}, there is: {manager}"
    ),
    "R12": lambda named, seen, manager: (
        f"a young person is known to somebody whose risk was raised; the level is {_level(seen)}, there is: {manager}"
    ),
    "R13": lambda named, seen, manager: (
        f"no usable level is known {seen.policy.level_within} after the case became known, for {_why_unknown(seen)}; "
        f"unknown is not low, and there is: {manager}"
    ),
}


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
    return f"{standing.state} ({'; '.join(map(_known, shown))})"


def _named(joined: tuple[Joined, ...], left_out: int) -> str:
    texts = [f"{entry.summary} ({_times(entry)})" for entry in joined[:NAMED]]
    more = len(joined) - len(texts) + left_out
    return " | ".join(texts) + (f" | and {more} more" if more > 0 else "")


def _times(entry: Joined) -> str:
    occurred, recorded, received = entry.times.occurred, entry.times.recorded, entry.times.received
    first = "" if occurred is None else f"occurred {_time(occurred)}, "
    second = "" if recorded is None else f"recorded {_time(recorded)}, "
    return f"{first}{second}received {_time(received)}"


def _time(at: datetime) -> str:
    return f"{at.isoformat(' ', 'minutes')[:16]} UTC"


def _day(at: datetime) -> str:
    return at.isoformat()[:10]


# ── what was known ───────────────────────────────────────────────────────────────────────────────────────────


def _levels(seen: Picture) -> Iterator[str]:
    yield from map(_known, seen.standing.known)
    known = {entry.given.domain for entry in seen.standing.known if entry.given.setting is Setting.COMMUNITY}
    pictures = seen.standard.pictures
    wanted = {domain for cohort in pictures for domain in (max(cohort, key=lambda part: len(part & known)))}
    if wanted - known:
        why = _why_unknown(seen)
        yield from (f"{domain}: not known, {why}" for domain in Domain if domain in wanted - known)


def _known(entry: Known) -> str:
    given = entry.given
    said = f"register {entry.by.code} of" if isinstance(entry.by, Classification) else "assessed"
    if given.setting is Setting.CUSTODY:
        note = ", in custody" if entry.raised else ", in custody: shown, does not cross"
    elif entry.stale:
        note = f", stale: {said} {_day(entry.by.effective)}"
    else:
        note = f", {said} {_day(entry.by.effective)}"
    return f"{given.domain}: {given.level}{note}"


def _why_unknown(seen: Picture) -> str:
    if not seen.file.assessments:
        return "no assessment"
    latest = seen.file.assessments[-1]
    return f"the latest assessment ({_day(latest.effective)}, {latest.status}) gives none"


def _referral(seen: Picture) -> Oversight | None:
    """The latest referral, whatever it was about: for each escalation it says whether the case had been referred."""
    referrals = (record for record in seen.file.oversight if record.kind is OversightKind.REFERRAL)
    return max(referrals, key=_effective, default=None)


def _effective(fact: OnFile) -> datetime:
    return fact.effective


def _unlisted(seen: Picture) -> Iterator[Signal]:
    """Live hearings for an offence of unknown seriousness, which open nothing by themselves."""
    gravity, deletions = seen.policy.gravity, seen.file.deletions
    for signal in seen.file.signals:
        unknown = signal.kind is SignalKind.HEARING and signal.codes and gravity[signal.codes] is Seriousness.UNKNOWN
        if unknown and live(signal, seen.policy, seen.now) and not taken_back(signal, deletions):
            yield signal


def _notes(item: Item, seen: Picture) -> Iterator[str]:
    file = seen.file
    if item.policy != seen.policy.version:
        yield f"the policy that it was opened under ({item.policy}) is not at hand: the one in force judged it"
    if item.suppressed is not None and item.suppressed_until is not None:
        who, why = item.suppressed.by, item.suppressed.reference
        yield f"suppressed by {who} until {_time(item.suppressed_until)}{f' ({why})' if why else ''}"
    if seen.standing.disagreeing:
        domains = ", ".join(seen.standing.disagreeing)
        yield f"assessment and register disagree about {domains}: the higher counts"
    junior = managers.unsuitable_holder(seen.present, seen.standard.holders[seen.standing.rank], seen.now)
    if junior is not None:
        yield f"the case manager's grade ({junior.grade}) may not hold a case of this level (P13)"
    if file.comes_of_age is not None and file.comes_of_age <= seen.now and file.case.startswith("youth:"):
        yield f"the person turned 18 on {_day(file.comes_of_age)} and the case has not moved: both thresholds count"
    if len(seen.standard.cohorts) > 1:
        also = f", also known as {', '.join(file.also_known)}" if file.also_known else ""
        yield f"the sources disagree whether this is an adult's or a young person's{also}: the lower threshold counts"
    withheld = sum(not held.restored for held in file.withheld)
    if withheld:
        more = "more than " if file.withheld_more else ""
        yield f"{more}{withheld} records of this case lie in quarantine: what is known may be incomplete"
    if file.assessments and file.assessments[-1].status in (AssessmentStatus.OPEN, AssessmentStatus.LOCKED_INCOMPLETE):
        yield f"the latest assessment is {file.assessments[-1].status}: it lowers nothing"
    unlisted = list(_unlisted(seen))
    for signal in unlisted[-NAMED:]:
        yield f"{summary(signal, seen.policy)} ({_time(signal.effective)}): an offence that the table does not list"
    if len(unlisted) > NAMED:
        yield f"and {len(unlisted) - NAMED} earlier hearings for an offence that the table does not list"
    forum = max((record for record in file.oversight if record.forum), key=_effective, default=None)
    if forum is not None:
        yield f"a forum ({forum.forum}) was concerned on {_day(forum.effective)}: it attaches no manager (P15)"
