"""What was known when something was told: levels, and what the reader must bear in mind. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from streams import managers
from streams.case import (
    Classification,
    Item,
    OnFile,
    Signal,
    SignalKind,
)
from streams.events import AssessmentStatus, Domain, Setting
from streams.levels import Known
from streams.policy import Seriousness
from streams.reasons.facts import NAMED, day, minute, summary
from streams.rules.picture import Picture
from streams.signals import live, taken_back


def levels(seen: Picture) -> Iterator[str]:
    """What is known of the levels, and of those that are wanted and not known, why."""
    yield from map(known_words, seen.standing.known)
    known = {entry.given.domain for entry in seen.standing.known if entry.given.setting is Setting.COMMUNITY}
    pictures = seen.standard.pictures
    wanted = {domain for cohort in pictures for domain in (max(cohort, key=lambda part: len(part & known)))}
    if wanted - known:
        why = why_unknown(seen)
        yield from (f"{domain}: not known, {why}" for domain in Domain if domain in wanted - known)


def known_words(entry: Known) -> str:
    """A level, who says so and from when."""
    given = entry.given
    said = f"register {entry.by.code} of" if isinstance(entry.by, Classification) else "assessed"
    if given.setting is Setting.CUSTODY:
        note = ", in custody" if entry.raised else ", in custody: shown, does not cross"
    elif entry.stale:
        note = f", stale: {said} {day(entry.by.effective)}"
    else:
        note = f", {said} {day(entry.by.effective)}"
    return f"{given.domain}: {given.level}{note}"


def why_unknown(seen: Picture) -> str:
    """Why a level is not known."""
    if not seen.file.assessments:
        return "no assessment"
    latest = seen.file.assessments[-1]
    return f"the latest assessment ({day(latest.effective)}, {latest.status}) gives none"


def _effective(fact: OnFile) -> datetime:
    return fact.effective


def _unlisted(seen: Picture) -> Iterator[Signal]:
    """Live hearings for an offence of unknown seriousness, which open nothing by themselves."""
    gravity, deletions = seen.policy.gravity, seen.file.deletions
    for signal in seen.file.signals:
        unknown = signal.kind is SignalKind.HEARING and signal.codes and gravity[signal.codes] is Seriousness.UNKNOWN
        if unknown and live(signal, seen.policy, seen.now) and not taken_back(signal, deletions):
            yield signal


def notes(item: Item, seen: Picture) -> Iterator[str]:
    """What the reader must bear in mind besides."""
    file = seen.file
    if item.policy != seen.policy.version:
        yield f"the policy that it was opened under ({item.policy}) is not at hand: the one in force judged it"
    if item.suppressed is not None and item.suppressed_until is not None:
        who, why = item.suppressed.by, item.suppressed.reference
        yield f"suppressed by {who} until {minute(item.suppressed_until)}{f' ({why})' if why else ''}"
    if seen.standing.disagreeing:
        domains = ", ".join(seen.standing.disagreeing)
        yield f"assessment and register disagree about {domains}: the higher counts"
    junior = managers.unsuitable_holder(seen.present, seen.standard.holders[seen.standing.rank], seen.now)
    if junior is not None:
        yield f"the case manager's grade ({junior.grade}) may not hold a case of this level (P13)"
    if file.comes_of_age is not None and file.comes_of_age <= seen.now and file.case.startswith("youth:"):
        yield f"the person turned 18 on {day(file.comes_of_age)} and the case has not moved: both thresholds count"
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
        yield f"{summary(signal, seen.policy)} ({minute(signal.effective)}): an offence that the table does not list"
    if len(unlisted) > NAMED:
        yield f"and {len(unlisted) - NAMED} earlier hearings for an offence that the table does not list"
    forum = max((record for record in file.oversight if record.forum), key=_effective, default=None)
    if forum is not None:
        yield f"a forum ({forum.forum}) was concerned on {day(forum.effective)}: it attaches no manager (P15)"
