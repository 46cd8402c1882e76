"""The words of an escalation: why, who was there, what was known, since when. Pure.

The same words reach the alert, the log, the page and the test. No name, no address, no free text of the police: codes,
kinds, levels and times. Times are UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from streams import managers
from streams.case import Assessment, Item, Joined, OnFile, Oversight, Signal, SignalKind
from streams.escalation import Change, Condition, Escalation, EscalationSignal
from streams.events import AssessmentStatus, Domain, OversightKind, Setting
from streams.levels import Known, State
from streams.policy import Policy, Seriousness
from streams.rules import Fact, Picture, Rule
from streams.signals import live, taken_back

NAMED = 4
"""How many signals the sentence names; all that are listed stand in the record."""


def escalation(rule: Rule, item: Item, change: Change, news: tuple[Fact, ...], seen: Picture) -> Escalation:
    """The record that tells this change of the item."""
    referral = _referral(seen)
    manager = managers.in_words(seen.file, seen.policy, seen.standard, seen.now)
    return Escalation(
        escalation_id=item.id,
        revision=item.revision,
        case_id=seen.file.case,
        cohort="both" if len(seen.standard.cohorts) > 1 else next(iter(seen.standard.cohorts)).value,
        rule=rule.id,
        principles=rule.principles,
        change=change,
        condition=Condition.HOLDS if item.holds else Condition.CLEARED,
        reason=_reason(rule, item, change, news, seen, manager, referral),
        manager=manager,
        levels=tuple(_levels(seen)),
        signals=tuple(_signal(joined) for joined in item.joined),
        signals_left_out=item.left_out,
        known_since=item.known_since,
        referred_at=referral.effective if referral else None,
        referred_by=referral.author if referral else None,
        notes=tuple(_notes(seen)),
        policy_version=seen.policy.version,
        at=seen.now,
    )


# ── a fact in words ──────────────────────────────────────────────────────────────────────────────────────────


def kind(fact: Fact) -> str:
    """What kind of fact it is: arrest, charge, call-out, hearing, assessment."""
    return fact.kind.value if isinstance(fact, Signal) else "assessment"


def summary(fact: Fact, policy: Policy) -> str:
    """What the fact says, in a few words."""
    return _news(fact, policy) if isinstance(fact, Signal) else _assessed(fact)


def _assessed(fact: Assessment) -> str:
    levels = ", ".join(f"{given.domain} {given.level} ({given.setting})" for given in fact.levels)
    return f"{fact.kind} assessment of {_day(fact.effective)}: {levels or 'no level given'}"


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
        occurred_at=joined.times.occurred,
        recorded_at=joined.times.recorded,
        received_at=joined.times.received,
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
) -> str:
    named = tuple(joined for joined in item.joined if not joined.taken_back)
    match change:
        case Change.RAISED:
            what = _condition(rule, named, seen, manager)
        case Change.JOINED:
            heard = {fact.key for fact in news}
            named = tuple(joined for joined in named if joined.key in heard)
            what = f"more has come: {_condition(rule, named, seen, manager)}"
        case Change.CONDITION_RETURNED:
            what = f"the condition has returned: {_condition(rule, named, seen, manager)}"
        case Change.CONDITION_CLEARED:
            what = f"the condition is cleared, for {_why_cleared(seen, manager)}; the item stays open"
    sentences = [f"{rule.id} ({', '.join(rule.principles)}): {what}"]
    if named:
        sentences.append(f"Signals: {_named(named, item.left_out)}")
    sentences.append(f"Known since {_time(item.known_since)}")
    sentences.append(
        f"The case was referred {_time(referral.effective)} by {referral.author or 'somebody unnamed'}"
        if referral
        else "Nobody has referred the case, which excuses nothing (P7)"
    )
    return ". ".join(sentences) + "."


def _condition(rule: Rule, named: tuple[Joined, ...], seen: Picture, manager: str) -> str:
    """The rule's condition as this case meets it."""
    level = f"the level is {_level(seen)} and no manager is attached (there is: {manager})"
    kinds = tuple(dict.fromkeys(joined.kind for joined in named))
    return level if rule.id == "R1" else f"{' and '.join(kinds)} while {level}"


def _why_cleared(seen: Picture, manager: str) -> str:
    if not seen.unmanaged:
        return f"a manager is attached ({manager})"
    if seen.standing.state is State.LOWER:
        return "the level is now known to be lower"
    if seen.standing.state is State.RAISED:
        return "what opened it was taken back"
    return f"what opened it was taken back or superseded; the level is {seen.standing.state}, which is not low"


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
    times = (
        ("occurred", entry.times.occurred),
        ("recorded", entry.times.recorded),
        ("received", entry.times.received),
    )
    return ", ".join(f"{which} {_time(at)}" for which, at in times if at is not None)


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
    if given.setting is Setting.CUSTODY:
        note = ", in custody: shown, does not cross"
    elif entry.stale:
        note = f", stale: assessed {_day(entry.by.effective)}"
    else:
        note = f", assessed {_day(entry.by.effective)}"
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


def _notes(seen: Picture) -> Iterator[str]:
    file = seen.file
    if len(seen.standard.cohorts) > 1:
        also = f", also known as {', '.join(file.also_known)}" if file.also_known else ""
        yield f"the sources disagree whether this is an adult's or a young person's{also}: the lower threshold counts"
    withheld = sum(not held.restored for held in file.withheld)
    if withheld:
        more = "more than " if file.withheld_more else ""
        yield f"{more}{withheld} records of this case lie in quarantine: what is known may be incomplete"
    if file.assessments and file.assessments[-1].status in (AssessmentStatus.OPEN, AssessmentStatus.LOCKED_INCOMPLETE):
        yield f"the latest assessment is {file.assessments[-1].status}: it lowers nothing"
    for signal in file.signals:
        if (
            signal.kind is SignalKind.HEARING
            and seen.policy.seriousness(signal.codes) is Seriousness.UNKNOWN
            and live(signal, seen.policy, seen.now)
            and not taken_back(signal, file.deletions)
        ):
            yield f"{summary(signal, seen.policy)} ({_time(signal.effective)}): an offence that the table does not list"
    forum = max((record for record in file.oversight if record.forum), key=_effective, default=None)
    if forum is not None:
        yield f"a forum ({forum.forum}) was concerned on {_day(forum.effective)}: it attaches no manager (P15)"
