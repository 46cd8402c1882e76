"""The account: every sighting that came in has exactly one current outcome, and the sum is what came in.

A *sighting* is a feed record and the path of one person (or one thing) in it; a message with nobody in it is one
sighting, empty. Several parts of the program know something of it: the cases' log, the outcomes that never reach a
case, the quarantine. This module is told what each of them says and holds that against what came in. It reads nothing
itself (``agents.queries.account_reading`` does), and keeps two bytes a record, so that a million of them fit anywhere.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from functools import lru_cache

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


class Heard(IntFlag):
    """What was heard of one sighting: that it came in, and what each part of the program says of it."""

    CAME = 1
    CASE_FOLDED = 2  # its event changed a case's file, or was corrected or already history there
    CASE_DUPLICATE = 4  # its case knew it already
    CASE_QUARANTINED = 8  # its case could not take it
    CASE_AHEAD = 16  # it lies in the cases' log, not folded yet
    PARKED = 32
    AMBIGUOUS = 64
    DUPLICATE = 128
    NOTHING_TO_DO = 256
    ORGANISATION = 512
    EMPTY = 1024
    QUARANTINED = 2048  # intake could not take it
    STUCK = 4096  # a message about it lies in quarantine on the way: counts where nothing else is known


OF_ITS_OWN = {
    Heard.PARKED: Outcome.PARKED,
    Heard.AMBIGUOUS: Outcome.AMBIGUOUS,
    Heard.DUPLICATE: Outcome.DUPLICATE,
    Heard.NOTHING_TO_DO: Outcome.NOTHING_TO_DO,
    Heard.ORGANISATION: Outcome.ORGANISATION,
    Heard.EMPTY: Outcome.EMPTY,
    Heard.QUARANTINED: Outcome.QUARANTINED,
}
SAID_BY_KIND = {outcome.value: heard for heard, outcome in OF_ITS_OWN.items() if heard is not Heard.QUARANTINED}
"""An outcome's kind, as sighting.outcomes has it, to what we then have heard."""
_NO_OUTCOME = ~sum(SAID_BY_KIND.values())


@lru_cache(1 << 13)
def outcomes(heard: int) -> tuple[Outcome, ...]:
    """The current outcomes that follow from what was heard: one, if all is well. Pure.

    A sighting may have gone to several cases (a hearing taken back, for everybody in it): that is one outcome, and
    what lies in quarantine counts before what was folded, and that before a duplicate.
    """
    found = [outcome for flag, outcome in OF_ITS_OWN.items() if heard & flag]
    if heard & Heard.CASE_QUARANTINED:
        found.append(Outcome.QUARANTINED)
    elif heard & Heard.CASE_FOLDED:
        found.append(Outcome.FOLDED)
    elif heard & Heard.CASE_DUPLICATE:
        found.append(Outcome.DUPLICATE)
    if not found and heard & Heard.STUCK:
        found.append(Outcome.QUARANTINED)
    return tuple(found)


@dataclass(frozen=True)
class Finding:
    """A sighting that is not as it should be."""

    sighting: str
    what: str


@dataclass(frozen=True)
class FeedAccount:
    """What came in on one feed, and what became of it."""

    feed: str
    records: int
    sightings: int
    outcomes: Mapping[Outcome, int]
    not_read: int = 0  # in the topic, and intake is not there yet
    on_the_way: int = 0  # read, and nothing has become of it yet
    twice: int = 0  # more than one current outcome
    strangers: int = 0  # an outcome, and it never came in

    @property
    def adds_up(self) -> bool:
        """Whether every sighting has one outcome, and nothing else has one."""
        return not (self.not_read or self.on_the_way or self.twice or self.strangers) and self.sightings == sum(
            self.outcomes.values()
        )


@dataclass(frozen=True)
class Account:
    """All feeds; examples of what is not as it should be; and what could not be compared."""

    feeds: tuple[FeedAccount, ...]
    findings: tuple[Finding, ...] = ()
    gone: int = 0  # heard of, and the feed no longer has the record
    later: int = 0  # heard of, and the record came after we looked

    @property
    def total(self) -> FeedAccount:
        """The sum over the feeds."""
        counts: Counter[Outcome] = Counter()
        for feed in self.feeds:
            counts.update(feed.outcomes)
        names = ("records", "sightings", "not_read", "on_the_way", "twice", "strangers")
        sums = {name: sum(getattr(feed, name) for feed in self.feeds) for name in names}
        return FeedAccount(feed="all", outcomes=dict(counts), **sums)

    @property
    def adds_up(self) -> bool:
        """Whether what came in is what became of it, sighting by sighting."""
        return all(feed.adds_up for feed in self.feeds)


EXAMPLES = 20


class Ledger:
    """Gathers what was heard of each sighting; ``account`` then holds the sides against each other.

    ``feeds`` says which records there are; sightings outside are counted and left alone.
    """

    def __init__(self, feeds: Mapping[Place, Span]) -> None:
        self._spans = dict(feeds)
        self._whole = {place: array("H", bytes(2 * (span.end - span.first))) for place, span in feeds.items()}
        self._parts: dict[Place, dict[tuple[int, str], int]] = {place: {} for place in feeds}
        self._records: Counter[str] = Counter()
        self._gone = self._later = 0

    def record(self, topic: str) -> None:
        """One more record of this feed was read."""
        self._records[topic] += 1

    def hear(self, origin: Origin, heard: Heard, instead_of: int = 0) -> None:
        """Something is said of a sighting; it takes the place of what ``instead_of`` covers."""
        place = (origin.topic, origin.partition)
        span = self._spans.get(place)
        if span is None or origin.offset < span.first:
            self._gone += 1
        elif origin.offset >= span.end:
            self._later += 1
        elif origin.path:
            parts, key = self._parts[place], (origin.offset, origin.path)
            parts[key] = parts.get(key, 0) & ~instead_of | heard
        else:
            column = self._whole[place]
            column[origin.offset - span.first] = column[origin.offset - span.first] & ~instead_of | heard

    def hear_outcome(self, origin: Origin, kind: str | None) -> None:
        """The outcome that is in no case's file is now ``kind``; None: no longer any."""
        self.hear(origin, SAID_BY_KIND[kind] if kind else Heard(0), instead_of=~_NO_OUTCOME)

    def account(self, positions: Mapping[Place, int]) -> Account:
        """Hold what came in against what became of it. ``positions``: how far intake has read each feed's partition."""
        feeds: list[FeedAccount] = []
        findings: list[Finding] = []
        for topic in dict.fromkeys(topic for topic, _ in self._spans):
            counts: Counter[Outcome] = Counter()
            wrong: Counter[str] = Counter()
            sightings = 0
            for place in (place for place in self._spans if place[0] == topic):
                for heard, many in Counter(self._all(place)).items():
                    found = outcomes(heard)
                    if heard & Heard.CAME:
                        sightings += many
                        if len(found) == 1:
                            counts[found[0]] += many
                for origin, heard in self._amiss(place):
                    field, what = _amiss(heard, read=origin.offset < positions.get(place, 0))
                    wrong[field] += 1
                    if wrong[field] <= EXAMPLES:
                        findings.append(Finding(str(origin), what))
            feeds.append(FeedAccount(topic, self._records[topic], sightings, dict(counts), **wrong))
        return Account(tuple(feeds), tuple(findings), self._gone, self._later)

    def _all(self, place: Place) -> Iterator[int]:
        yield from filter(None, self._whole[place])
        yield from filter(None, self._parts[place].values())

    def _amiss(self, place: Place) -> Iterator[tuple[Origin, int]]:
        first = self._spans[place].first
        for index, heard in enumerate(self._whole[place]):
            if heard and not _right(heard):
                yield Origin(*place, first + index), heard
        for (offset, path), heard in self._parts[place].items():
            if heard and not _right(heard):
                yield Origin(*place, offset, path), heard


@lru_cache(1 << 13)
def _right(heard: int) -> bool:
    return bool(heard & Heard.CAME) and len(outcomes(heard)) == 1


def _amiss(heard: int, *, read: bool) -> tuple[str, str]:
    """Which count it belongs to, and what is wrong, in words."""
    found = outcomes(heard)
    if not heard & Heard.CAME:
        return "strangers", f"has an outcome ({', '.join(found) or 'on its way'}), and never came in"
    if len(found) > 1:
        return "twice", f"has more than one outcome: {', '.join(found)}"
    if heard & Heard.CASE_AHEAD:
        return "on_the_way", "lies in the cases' log, and is not folded yet"
    if read:
        return "on_the_way", "was read by intake, and nothing has become of it yet"
    return "not_read", "was not read by intake yet"
