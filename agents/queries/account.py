"""The account: every sighting that came in has exactly one current outcome, and the sum is what came in.

A *sighting* is a feed record and the path of one person (or one thing) in it; a message with nobody in it is one
sighting, empty. Several parts of the program know something of it: the cases' log, the outcomes that never reach a
case, the quarantine. This module is told what each of them says and holds that against what came in. It reads nothing
itself (``agents.queries.account_reading`` does). A whole record takes 70 bytes of memory, a part of one 125 (measured).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from agents.queries.readers import Place, Span
from streams.events import Origin


class Outcome(StrEnum):
    """What has become of a sighting, as it stands now."""

    FOLDED = "folded"
    PARKED = "parked"
    AMBIGUOUS = "ambiguous"
    DUPLICATE = "duplicate"
    NOTHING_TO_DO = "nothing-to-do"
    ORGANISATION = "organisation"
    QUARANTINED = "quarantined"
    EMPTY = "empty"


class Amiss(StrEnum):
    """Why a sighting has not exactly one outcome."""

    NOT_READ = "not_read"  # in the topic, and intake is not there yet
    ON_THE_WAY = "on_the_way"  # read, and nothing has become of it yet
    TWICE = "twice"  # more than one current outcome
    STRANGERS = "strangers"  # an outcome, and it never came in


COUNTS = ("records", "sightings", *Outcome, *Amiss)
"""What is counted, feed by feed."""


class Heard(StrEnum):
    """What is said of a sighting besides an outcome of its own, which is in no case's file."""

    CAME = "came in"
    CASE_QUARANTINED = "its case could not take it"
    CASE_FOLDED = "its event changed a case's file, or was corrected or already history there"
    CASE_DUPLICATE = "its case knew it already"
    CASE_AHEAD = "it lies in the cases' log, not folded yet"
    STUCK = "a message about it lies in quarantine on the way: counts where nothing else is known"


Said = frozenset[Outcome | Heard]
"""All that is said of one sighting."""

_IN_CASES = {
    Heard.CASE_QUARANTINED: Outcome.QUARANTINED,
    Heard.CASE_FOLDED: Outcome.FOLDED,
    Heard.CASE_DUPLICATE: Outcome.DUPLICATE,
}
"""A sighting may have gone to several cases (a hearing taken back, for everybody in it). That is one outcome: the first
of these that was heard."""


@lru_cache(1 << 13)
def outcomes(said: Said) -> tuple[Outcome, ...]:
    """The current outcomes that follow from what is said: one, if all is well. Pure."""
    found = [outcome for outcome in Outcome if outcome in said]
    found += [outcome for heard, outcome in _IN_CASES.items() if heard in said][:1]
    return tuple(found) or ((Outcome.QUARANTINED,) if Heard.STUCK in said else ())


class Finding(Struct, frozen=True):
    """A sighting that is not as it should be."""

    sighting: str
    what: str


class FeedAccount(Struct, frozen=True):
    """What came in on one feed, and what became of it: so many of each of ``COUNTS``."""

    feed: str
    counts: Counter[str]

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """How many sightings have each outcome that there is."""
        return {outcome: self.counts[outcome] for outcome in Outcome if self.counts[outcome]}

    @property
    def adds_up(self) -> bool:
        """Whether every sighting has one outcome, and nothing else has one."""
        outcomes = sum(self.outcomes.values())
        return self.counts["sightings"] == outcomes and not any(self.counts[amiss] for amiss in Amiss)


class Account(Struct, frozen=True):
    """All feeds; examples of what is not as it should be; and how much could not be compared."""

    feeds: tuple[FeedAccount, ...]
    findings: tuple[Finding, ...] = ()
    gone: int = 0  # heard of, and the feed no longer has the record

    @property
    def total(self) -> FeedAccount:
        """The sum over the feeds."""
        return FeedAccount("all", sum((feed.counts for feed in self.feeds), Counter()))

    @property
    def adds_up(self) -> bool:
        """Whether what came in is what became of it, sighting by sighting."""
        return all(feed.adds_up for feed in self.feeds)


EXAMPLES = 20


class Ledger:
    """Gathers what is said of each sighting; ``account`` then holds the sides against each other.

    ``feeds`` says which records there are; sightings outside are counted and left alone.
    """

    def __init__(self, feeds: Mapping[Place, Span]) -> None:
        self._spans = dict(feeds)
        self._said: dict[Place, dict[int | tuple[int, str], Said]] = {place: {} for place in feeds}
        self._alike: dict[Said, Said] = {}  # there are few different ones: each is kept once
        self._records: Counter[str] = Counter()
        self._gone = 0

    def record(self, topic: str) -> None:
        """One more record of this feed was read."""
        self._records[topic] += 1

    def hear(self, origin: Origin, *heard: Outcome | Heard, instead_of: Said = frozenset()) -> None:
        """Something is said of a sighting; it takes the place of ``instead_of``."""
        place = (origin.topic, origin.partition)
        span = self._spans.get(place)
        if span is None or origin.offset < span.first:
            self._gone += 1
        elif origin.offset < span.end:  # else it came after we looked
            key = (origin.offset, origin.path) if origin.path else origin.offset
            said = self._said[place].get(key, frozenset()) - instead_of | frozenset(heard)
            self._said[place][key] = self._alike.setdefault(said, said)

    def hear_all(self, said: Iterable[tuple[Origin, Outcome | Heard]]) -> None:
        """Each of these is said of its sighting."""
        for origin, heard in said:
            self.hear(origin, heard)

    def hear_outcome(self, origin: Origin, kind: str | None) -> None:
        """The outcome that is in no case's file is now ``kind``; None: no longer any."""
        self.hear(origin, *([Outcome(kind)] if kind else []), instead_of=_REPLACED)

    def account(self, positions: Mapping[Place, int]) -> Account:
        """Hold what came in against what became of it. ``positions``: how far intake has read each feed's partition."""
        counts = {topic: Counter(records=self._records[topic]) for topic, _ in self._spans}
        findings: list[Finding] = []
        for origin, said in self._all():
            tally = counts[origin.topic]
            tally["sightings"] += Heard.CAME in said
            if said:
                read = origin.offset < positions.get((origin.topic, origin.partition), 0)
                count, what = _counted(said, read=read)
                tally[count] += 1
                if what and tally[count] <= EXAMPLES:
                    findings.append(Finding(str(origin), what))
        feeds = tuple(FeedAccount(topic, tally) for topic, tally in counts.items())
        return Account(feeds, tuple(findings), self._gone)

    def _all(self) -> Iterator[tuple[Origin, Said]]:
        for place, sightings in self._said.items():
            for key, said in sightings.items():
                yield Origin(*place, *(key if isinstance(key, tuple) else (key,))), said


_REPLACED: Said = frozenset(Outcome) - {Outcome.QUARANTINED}


def _counted(said: Said, *, read: bool) -> tuple[Outcome | Amiss, str]:
    """What a sighting is counted under; and what is wrong with it, in words: empty where nothing is."""
    found = outcomes(said)
    if Heard.CAME not in said:
        return Amiss.STRANGERS, f"has an outcome ({', '.join(found) or 'on its way'}), and never came in"
    if len(found) > 1:
        return Amiss.TWICE, f"has more than one outcome: {', '.join(found)}"
    if found:
        return found[0], ""
    if Heard.CASE_AHEAD in said:
        return Amiss.ON_THE_WAY, "lies in the cases' log, and is not folded yet"
    if read:
        return Amiss.ON_THE_WAY, "was read by intake, and nothing has become of it yet"
    return Amiss.NOT_READ, "was not read by intake yet"
