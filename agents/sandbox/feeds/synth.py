"""The synthetic feeds: seeded, lazy, without end. They look like England and Wales in small, and nobody in them exists.

The same seed gives the same bytes, on every machine; no clock is read, all times follow from ``start``. Message n
is sent at ``start + n / rate``. Cases are opened one after the other (who holds them, who oversees them, what they
are known by, how they were assessed), and contacts of all kinds come in for those that are open; how often is
``rates``'s to say. Circumstances and acts come only where they are asked for. Some messages are overtaken, sent twice
or corrected, hearings come before anybody knows whose they are, and a few records are bad.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count

import msgspec
from msgspec import Struct

import schemas
from agents import topics
from agents.sandbox.feeds import (
    acts,
    allocations,
    appearances,
    assessments,
    circumstances,
    hearings,
    numbers,
    oversight,
    police,
    population,
    rates,
)
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.population import Case, Draft
from agents.sandbox.feeds.spoilt import EVERYDAY, Encode, Spoilt, fits, spoil

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""Where time begins when nobody says: a Monday."""

Make = Callable[[datetime], Draft | None]


class Message(Struct, frozen=True, gc=False):
    """A record as its sender puts it on the feed's topic (without namespace); ``spoilt`` if it is bad, and how."""

    topic: str
    key: bytes | None
    value: bytes | None  # None: a null record, one of the kinds of bad ones
    at: datetime
    spoilt: Spoilt | None = None


@dataclass(frozen=True)
class Options:
    """What can be turned off or up, for tests that need to know exactly what is coming. Shares are of all messages."""

    rate: float = 50.0  # messages a second, in the time that the messages speak of
    hearings: bool = True  # Common Platform hearings at all
    duplicates: float = rates.DUPLICATE.share
    corrections: float = rates.CORRECTION.share
    late: float = rates.LATE.share
    circumstances: float = 0.0  # classifications, services, links, merges, erasures
    acts: float = 0.0  # oversight that asks for actions, claims, confirmations
    spoilt: float = rates.SPOILT.share
    spoilt_kinds: tuple[Spoilt, ...] = EVERYDAY
    largest: int = 1_000_000  # bytes of a record as large as the broker takes (Kafka's default, less its framing)
    deadline_in: timedelta | None = None
    """Managers' allocations end and levels go stale, for some cases, within this time from ``start``."""


class Synth:
    """A stream of messages about ``cases`` cases. Iterate once; a second stream needs a second Synth."""

    def __init__(
        self,
        seed: int,
        cases: int,
        *,
        start: datetime = START,
        options: Options = Options(),
        encode: Encode | None = None,
    ) -> None:
        self.start, self.options = start, options
        self.sent: Counter[str] = Counter()  # messages so far, by topic, the bad ones included
        self.spoilt: Counter[Spoilt] = Counter()  # bad ones so far, by kind
        self._cases = cases
        self._encode = encode or schemas.encode
        self._as_json = msgspec.json.Encoder().encode
        self._chance = Chance(f"{seed}/feeds")
        self._mishap = Chance(f"{seed}/spoilt")
        # Dice of their own: where neither is asked for, the bytes are those of a time that knew neither.
        self._beside = Chance(f"{seed}/beside")
        self._circumstances = circumstances.Circumstances(self._beside)
        self._acts = acts.Acts(self._beside)
        self._offset = self._chance.below(1_000_000)
        self._open: list[Case] = []
        self._agenda: list[tuple[int, int, Make]] = []  # (message number, tie breaker, how to make it)
        self._ties = count()
        self._listed: deque[str] = deque(maxlen=64)  # hearings that can still be taken back

    def messages(self, most: int | None = None) -> Iterator[Message]:
        """The messages, encoded; without end unless ``most`` says how many good ones."""
        options, mishap = self.options, self._mishap
        for draft in self.drafts(most):
            value = self.encoded(draft)
            self.sent[draft.feed] += 1
            yield Message(draft.feed, draft.key, value, draft.at)
            if mishap.random() < options.spoilt:
                fitting = [kind for kind in options.spoilt_kinds if fits(kind, draft)]
                if fitting:
                    kind = mishap.among(fitting)
                    bad = spoil(mishap, kind, draft, value, self._encode, options.largest)
                    self.sent[draft.feed] += 1
                    self.spoilt[kind] += 1
                    yield Message(draft.feed, draft.key, bad, draft.at, kind)

    def records(self, most: int | None = None) -> Iterator[Draft]:
        """The same messages before they are encoded, for files; bad ones cannot be written down, and are left out."""
        return self.drafts(most)

    def encoded(self, draft: Draft) -> bytes:
        """The bytes that the sender puts on the topic."""
        if draft.feed == topics.COURT_HEARINGS:
            return self._as_json(draft.record)
        return self._encode(topics.FEEDS[draft.feed], draft.record)

    def drafts(self, most: int | None = None) -> Iterator[Draft]:
        """The good messages, duplicates and corrections among them, in the order in which they are sent."""
        chance, options = self._chance, self.options
        repeats, corrects = options.duplicates, options.duplicates + options.corrections
        sent = 0
        for number in count():
            if sent == most:
                return
            at = self._at(number)
            if self._agenda and self._agenda[0][0] <= number:
                draft = heappop(self._agenda)[2](at)
            else:
                draft = self._fresh(chance, number, at)
            if draft is None:
                continue
            dice = chance.random()
            if dice < options.late:
                self._plan(number + chance.between(2, 60), _again(draft))
                continue
            dice = chance.random()
            if dice < repeats:
                self._plan(number + chance.between(1, 200), _again(draft))
            elif dice < corrects:
                self._plan(number + chance.between(1, 200), self._corrected(draft))
            sent += 1
            yield draft

    def _at(self, number: int) -> datetime:
        return self.start + timedelta(milliseconds=int(number * 1000 / self.options.rate))

    def _plan(self, number: int, make: Make) -> None:
        heappush(self._agenda, (number, next(self._ties), make))

    def _fresh(self, chance: Chance, number: int, at: datetime) -> Draft | None:
        """A message out of the blue: a case is opened, or something happens in one that is open."""
        opened = len(self._open)
        if opened < self._cases and (opened == 0 or rates.OPENING.happens(chance)):
            return self._opening(chance, number, at)
        if (beside := self._told_beside(at)) is not None:
            return beside
        case = self._open[chance.below(opened)]
        match rates.CONTACT.pick(chance):
            case "POLICE":
                return police.contact(chance, case, at)
            case "HEARING":
                return self._hearing(chance, case, at) if self.options.hearings else police.contact(chance, case, at)
            case "APPEARANCE":
                return appearances.appearance(chance, case, at)
            case "ASSESSMENT":
                return assessments.assessment(chance, case, at, self._soon(chance))
            case "ALLOCATION":
                return allocations.change(chance, case, at)
            case _:
                return oversight.oversight(chance, case, at)

    def _told_beside(self, at: datetime) -> Draft | None:
        """A circumstance or an act, as often as was asked for; None: it is something else's turn."""
        options = self.options
        if not options.circumstances + options.acts:
            return None
        dice = self._beside.random()
        if dice < options.circumstances:
            return self._circumstances.circumstance(self._open, at, self._soon(self._beside))
        if dice < options.circumstances + options.acts:
            return self._acts.act(self._open, at, self._soon(self._beside))
        return None

    def _opening(self, chance: Chance, number: int, at: datetime) -> Draft:
        """Open a case: its first allocation now, the rest of what is known of it within the next messages."""
        earlier = chance.among(self._open) if self._open and rates.SAME_PERSON.happens(chance) else None
        if earlier is not None and earlier.youth:
            earlier = None
        case = population.case(chance, len(self._open), self._offset, at.date(), earlier)
        self._open.append(case)
        linked = not rates.LATE_LINK.happens(chance)
        if not linked:
            self._plan(number + chance.between(50, 400), lambda at: allocations.links(chance, case, at))
        kind = rates.MANAGER.pick(chance)
        if kind != "NOBODY":
            ends = self._soon(chance) if kind == "REAL" else None
            self._plan(number + chance.between(1, 10), lambda at: allocations.manager(chance, case, at, kind, ends))
        stale_at = self._soon(chance)
        # Seconds, not messages: the manager's allocation should be through before the level is known.
        gap = min(int(2 * self.options.rate), 200) + 12
        assessed = number + chance.between(gap, 2 * gap)
        self._plan(assessed, lambda at: assessments.assessment(chance, case, at, stale_at))
        return allocations.case_manager(chance, case, at, links=linked)

    def _soon(self, chance: Chance) -> datetime | None:
        """A moment within ``deadline_in`` of the start, for one case in three; None without that option."""
        within = self.options.deadline_in
        if within is None or chance.random() < 2 / 3:
            return None
        return self.start + timedelta(milliseconds=chance.below(int(within.total_seconds() * 1000)))

    def _hearing(self, chance: Chance, case: Case, at: datetime) -> Draft:
        match rates.HEARING.pick(chance):
            case "APPLICATION" if not case.youth:
                return hearings.application(chance, case.person, at)
            case "EMPTY":
                return hearings.empty(chance, at)
            case "DELETED" if self._listed:
                gone = self._listed[chance.below(len(self._listed))]
                self._listed.remove(gone)
                return hearings.deleted(chance, gone, at)
            case _:
                people = [self._defendant(chance, case, at)]
                people += [self._somebody(chance, at) for _ in range(rates.DEFENDANTS.pick(chance) - 1)]
                draft = hearings.prosecution(chance, people, at)
                if draft.key is not None and chance.random() < 0.2:
                    self._listed.append(draft.key.decode())
                return draft

    def _defendant(self, chance: Chance, case: Case, at: datetime) -> population.Person:
        if rates.STRANGER.happens(chance):
            return population.person(chance, youth=False, today=at.date())
        return case.person

    def _somebody(self, chance: Chance, at: datetime) -> population.Person:
        return self._defendant(chance, self._open[chance.below(len(self._open))], at)

    def _corrected(self, draft: Draft) -> Make:
        """The same thing under the same id, with other content: what the sender found out later."""
        chance = self._chance

        def make(at: datetime) -> Draft | None:
            record = draft.record | {"recorded_at": at}
            match draft.feed:
                case topics.POLICE_NOTIFICATIONS:
                    record["reference"] = numbers.ident(chance, "REF")
                case topics.ASSESSMENT_UPDATES:
                    record["levels"] = record["levels"][1:]
                case topics.COURT_APPEARANCES:
                    record["remanded"] = not record["remanded"]
                case topics.CASE_ALLOCATIONS:
                    record["staff_name"], record["grade"] = None, "PO"
                case topics.OVERSIGHT_RECORDS:
                    record["decision"] = "CORRECTED"
                case topics.CASE_ACTS:
                    record = acts.corrected(record, self._beside)
                case topics.CASE_CIRCUMSTANCES:
                    changed = circumstances.corrected(record, self._beside)
                    return None if changed is None else Draft(draft.feed, draft.key, changed, at)
                case _:
                    return self._next_version(draft, at)
            return Draft(draft.feed, draft.key, record, at)

        return make

    def _next_version(self, draft: Draft, at: datetime) -> Draft | None:
        """A hearing comes again with its offences as they now stand. None for one that was taken back."""
        found = hearings.hearing_of(draft.record)
        if not found or draft.key is None:
            return None
        changed = found | {"type": {"description": "Sentence"}, "hasSharedResults": True}
        return Draft(draft.feed, draft.key, {"hearing": changed}, at)


def _again(draft: Draft) -> Make:
    """The very same message, later."""
    return lambda at: Draft(draft.feed, draft.key, draft.record, at)
