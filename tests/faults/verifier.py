"""What should lie in the topics, held against what lies there: stage by stage, byte for byte. Pure.

    (a) feeds ─► intake ─► identifiers ⇄ sightings ─► case events   as multisets of (key, value), deadlines aside;
    (b) case events ─► cases ─► files, escalations,                 the fold of the log in its order, each once;
                                events of other cases
        what a case tells another comes back by the log of case events: expected of (b), a multiset as in (a), and
        of one case to another in its order;
    (c) deadlines                                                   each once, none early, none left out.

Every stage is given the log that its step really read, and the program's own rules for one record; what is tested is
that the lanes brought each record about exactly once, in order, whatever was killed. Four counts come out:

    lost        should be there, and is not                     duplicates  is there more often than it should be
    extra       is there, and nothing accounts for it           wrong       there, but not as it should be: a state, an
                                                                            order, a partition, a time
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import two_versions as versions

from agents import cases, intake, wire
from agents.identifiers import IDENTIFIERS
from agents.lane.batches import Batch
from agents.lane.transaction import LARGEST, hashed
from agents.quarantine import DeadLetters
from agents.sightings import SIGHTINGS
from agents.topics import (
    CASE_EVENTS,
    CASES_CHANGELOG,
    DUTY_ITEMS,
    ESCALATIONS,
    FEEDS,
    IDENTIFIERS_CHANGELOG,
    IDENTITY_LOOKUPS,
    IDENTITY_SIGHTINGS,
    INTAKE_CHANGELOG,
    QUARANTINE,
    QUARANTINE_REPLAYS,
    SIGHTING_OUTCOMES,
    SIGHTINGS_CHANGELOG,
)
from schemas import Codec, NotReadable
from streams.acts import Act
from streams.case import CaseFile
from streams.circumstances import Erased, GivenBack, Linked, LinkedNews, Merged, TakenOver, Unmerged
from streams.events import CaseEvent, DeadlinePassed, Origin, Oversight
from streams.faults import Fault
from streams.policy import Policies
from streams.primitives import CaseId
from streams.sightings import Chosen

READ = (
    *FEEDS, QUARANTINE_REPLAYS, CASE_EVENTS, IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS, SIGHTING_OUTCOMES, DUTY_ITEMS,
    QUARANTINE, ESCALATIONS, INTAKE_CHANGELOG, IDENTIFIERS_CHANGELOG, SIGHTINGS_CHANGELOG, CASES_CHANGELOG,
)  # fmt: skip
"""The topics that the verifier wants to see whole."""

WRITTEN = (CASE_EVENTS, IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS, SIGHTING_OUTCOMES, DUTY_ITEMS, QUARANTINE, ESCALATIONS)
"""The topics that the steps write to, changelogs aside."""


class Record(NamedTuple):
    """A committed record as it lies in its log; the timestamp in milliseconds."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = 0


Logs = Mapping[str, Sequence[Record]]
"""Topic (without namespace) to its records, by partition and offset. A topic that is not there is empty."""

Pair = tuple[bytes | None, bytes | None]

K = TypeVar("K")


@dataclass
class Verdict:
    """What the verifier counted. ``findings`` says the first of each kind in words, for whoever has to look."""

    lost: int = 0
    extra: int = 0
    duplicates: int = 0
    wrong: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is amiss."""
        return not (self.lost or self.extra or self.duplicates or self.wrong)

    def add(self, kind: str, number: int, words: str) -> None:
        """Count ``number`` more of a kind."""
        if number:
            setattr(self, kind, getattr(self, kind) + number)
            self.findings.append(f"{kind} {number}: {words}")


class Told(Batch):
    """A batch as the steps see it, that only takes down what they say: one for all the records of a partition."""

    def __init__(self, changelog: str, values: Mapping[tuple[str, int, int], bytes | None]) -> None:
        self.changelog, self.partition = changelog, 0
        self.states, self.dues, self.read_back, self.outputs = {}, {}, [], []
        self.largest, self._values = LARGEST, values

    def get(self, key: bytes) -> bytes | None:
        return self.states.get(key)

    def tally(self, topic: str, record: Any, bad: bool) -> None:
        """The breaker is not what is verified here."""

    async def fetch(self, topic: str, partition: int, offset: int) -> bytes | None:
        return self._values.get((topic, partition, offset))


class Tolds(dict[int, Told]):
    """One ``Told`` for each partition of a step."""

    def __init__(self, changelog: str, fetch: Mapping[tuple[str, int, int], bytes | None] | None = None) -> None:
        super().__init__()
        self._made = changelog, fetch or {}

    def __missing__(self, partition: int) -> Told:
        self[partition] = Told(*self._made)
        return self[partition]

    def outputs(self) -> Iterator[tuple[str, Pair]]:
        for told in self.values():
            for topic, key, value in told.outputs:
                yield topic, (key, value)


# ── the stages: what each step should have said ──────────────────────────────────────────────────────────────


def intake_tells(logs: Logs, codec: Codec) -> Tolds:
    """Stage one: every feed record translated, every replay tried."""
    fetch = {
        (topic, record.partition, record.offset): record.value for topic in FEEDS for record in logs.get(topic, ())
    }
    tolds, letters, tally = Tolds(INTAKE_CHANGELOG, fetch), DeadLetters(intake.STEP, codec), Counter[tuple[str, str]]()
    for topic in FEEDS:
        for record in logs.get(topic, ()):
            origin = Origin(topic, record.partition, record.offset)
            intake.take_in(tolds[record.partition], origin, record, letters, tally)
    for record in logs.get(QUARANTINE_REPLAYS, ()):
        _at_once(intake.replay(tolds[record.partition], record, letters, tally))
    return tolds


def identifiers_tell(logs: Logs, codec: Codec) -> Tolds:
    """Stage two: every identifier's book, folded over the log of look-ups."""
    tolds, letters = Tolds(IDENTIFIERS_CHANGELOG), DeadLetters(IDENTIFIERS.step, codec)
    for record in logs.get(IDENTITY_LOOKUPS, ()):
        IDENTIFIERS.take_in(tolds[record.partition], record, letters)
    return tolds


def sightings_tell(logs: Logs, codec: Codec) -> Tolds:
    """Stage three: every sighting's file, folded over its log."""
    tolds, letters = Tolds(SIGHTINGS_CHANGELOG), DeadLetters(SIGHTINGS.step, codec)
    for record in logs.get(IDENTITY_SIGHTINGS, ()):
        SIGHTINGS.take_in(tolds[record.partition], record, letters)
    return tolds


@dataclass
class Deadlines:
    """What the fold of the case events says of deadlines: those that files carried, and from when to when."""

    carried: dict[bytes, set[datetime]] = field(default_factory=lambda: defaultdict(set))
    since: dict[bytes, tuple[datetime, datetime]] = field(default_factory=dict)  # due, and since when
    overdue: list[tuple[bytes, datetime, timedelta]] = field(default_factory=list)


class Kept(dict[bytes, CaseFile]):
    """All files, at hand and decoded: the plainest thing that ``cases.fold`` can work on."""

    def set(self, key: bytes, file: CaseFile) -> None:
        self[key] = file


def cases_tell(logs: Logs, codec: Codec, policies: Policies) -> tuple[Tolds, Deadlines]:
    """Stage four: every case's file, folded over the log of case events in its order."""
    tolds, letters, deadlines = Tolds(CASES_CHANGELOG), DeadLetters(cases.STEP, codec), Deadlines()
    files: Any = Kept()
    for record in logs.get(CASE_EVENTS, ()):
        key, now = record.key or b"", wire.time_of(record.timestamp)
        event = _event(record)
        is_deadline = event is not None and isinstance(event.fact, DeadlinePassed)
        if is_deadline and key in deadlines.since and deadlines.since[key][0] == event.fact.due:
            del deadlines.since[key]  # said
        cases.fold(tolds[record.partition], record, files, letters, policies)
        due = files[key].due
        if key in deadlines.since and deadlines.since[key][0] != due:
            was, since = deadlines.since.pop(key)
            deadlines.overdue.append((key, was, now - max(was, since)))
        if due is not None and key not in deadlines.since:
            deadlines.since[key] = due, now
            deadlines.carried[key].add(due)
    for record in logs.get(CASE_EVENTS, ()):
        key = record.key or b""
        if key in files:
            tolds[record.partition].states[key] = wire.encode(files.pop(key))
    return tolds, deadlines


# ── holding one against the other ────────────────────────────────────────────────────────────────────────────


def verify(
    logs: Logs,
    counts: Mapping[str, int],
    codec: Codec,
    policies: Policies,
    until: datetime,
    patience: timedelta = timedelta(minutes=2),
    *,
    two_versions: bool = False,
) -> Verdict:
    """Everything. ``counts``: partitions of each topic; ``until``: when the lanes had nothing left to do.

    ``patience``: a deadline that a later event overtook counts as lost when it had been due for so long.
    ``two_versions``: another revision of the program wrote the first part; compared is what both write alike.
    """
    alike: dict[str, Callable[[bytes | None], bytes | None]] = {}
    if two_versions:
        alike = {
            ESCALATIONS: lambda value: versions.escalation(value, codec),
            CASES_CHANGELOG: versions.case_file,
            CASE_EVENTS: versions.case_event,
        }

    def seen(topic: str, pairs: Iterable[Pair]) -> Iterator[Pair]:
        look = alike.get(topic, lambda value: value)
        looked = ((key, value, look(value)) for key, value in pairs)
        return ((key, now) for key, value, now in looked if now is not None or value is None)  # else it is left out

    verdict = Verdict()
    first, second, third = intake_tells(logs, codec), identifiers_tell(logs, codec), sightings_tell(logs, codec)
    fourth, deadlines = cases_tell(logs, codec, policies)
    said: dict[str, Counter[Pair]] = defaultdict(Counter)
    for tolds in (first, second, third, fourth):
        for topic, pair in tolds.outputs():
            said[topic][pair] += 1
    for topic in WRITTEN:
        there = ((record.key, record.value) for record in logs.get(topic, ()) if not from_outside(topic, record))
        compare(verdict, topic, Counter(seen(topic, said[topic].elements())), Counter(seen(topic, there)))
        misplaced = sum(record.partition != hashed(record.key or b"") % counts[topic] for record in logs.get(topic, ()))
        verdict.add("wrong", misplaced, f"{topic}: on another partition than its key's")
    for changelog, tolds in (
        (INTAKE_CHANGELOG, first), (IDENTIFIERS_CHANGELOG, second), (SIGHTINGS_CHANGELOG, third),
        (CASES_CHANGELOG, fourth),
    ):  # fmt: skip
        compare_states(verdict, changelog, tolds, logs.get(changelog, ()), alike.get(changelog, lambda value: value))
    expected = [pair for name, pair in fourth.outputs() if name == ESCALATIONS]
    there = [(record.key, record.value) for record in logs.get(ESCALATIONS, ())]
    compare_order(verdict, ESCALATIONS, seen(ESCALATIONS, expected), seen(ESCALATIONS, there))
    compare_tellings(verdict, fourth.outputs(), logs.get(CASE_EVENTS, ()))
    compare_faults(verdict, logs.get(QUARANTINE, ()), codec)
    compare_deadlines(verdict, logs.get(CASE_EVENTS, ()), deadlines, until, patience, alone=not two_versions)
    return verdict


def verify_cases(logs: Logs, codec: Codec, policies: Policies) -> Verdict:
    """For an engine that does no more than feeds → case events → files and escalations (and knows no deadlines)."""
    verdict = Verdict()
    first = intake_tells(logs, codec)
    fourth, _ = cases_tell(logs, codec, policies)
    for topic in (CASE_EVENTS, ESCALATIONS):
        said = Counter(pair for tolds in (first, fourth) for name, pair in tolds.outputs() if name == topic)
        compare(verdict, topic, said, Counter((record.key, record.value) for record in logs.get(topic, ())))
    compare_states(verdict, CASES_CHANGELOG, fourth, logs.get(CASES_CHANGELOG, ()))
    expected = [pair for name, pair in fourth.outputs() if name == ESCALATIONS]
    compare_order(verdict, ESCALATIONS, expected, [(record.key, record.value) for record in logs.get(ESCALATIONS, ())])
    return verdict


def from_outside(topic: str, record: Record) -> bool:
    """Whether no stage accounts for the record: what a person chose, and (compared on their own) deadlines."""
    if topic == CASE_EVENTS:
        event = _event(record)
        return event is not None and isinstance(event.fact, DeadlinePassed)
    if topic == IDENTITY_SIGHTINGS:
        try:
            return isinstance(wire.to_sightings(record.value), Chosen)
        except Fault:
            return False
    return False


def compare(verdict: Verdict, what: str, expected: Counter[Pair], there: Counter[Pair]) -> None:
    """Two multisets: what is missing is lost, what is too often there a duplicate, what nobody said extra."""
    lost, more = expected - there, there - expected
    twice = sum(number for pair, number in more.items() if pair in expected)
    verdict.add("lost", lost.total(), f"{what}: {_some(lost)}")
    verdict.add("duplicates", twice, f"{what}: {_some(pair for pair in more if pair in expected)}")
    verdict.add("extra", more.total() - twice, f"{what}: {_some(pair for pair in more if pair not in expected)}")


def compare_states(
    verdict: Verdict, changelog: str, tolds: Tolds, log: Iterable[Record],
    look: Callable[[bytes | None], bytes | None] = lambda state: state,
) -> None:  # fmt: skip
    """The latest record of each key against the fold; keys that start with a zero byte are the lane's own.

    ``look``: what of a state is compared.
    """
    expected = {(partition, key): state for partition, told in tolds.items() for key, state in told.states.items()}
    latest = {
        (record.partition, record.key): record.value for record in log if not (record.key or b"").startswith(b"\x00")
    }
    wrong = [key for key in expected.keys() | latest.keys() if look(expected.get(key)) != look(latest.get(key))]
    verdict.add("wrong", len(wrong), f"{changelog}: states of {_some(key for _, key in wrong)}")


def compare_order(verdict: Verdict, topic: str, expected: Iterable[Pair], there: Iterable[Pair]) -> None:
    """Of each key, the records in the order in which the fold says them (as far as they are the same ones)."""
    wrong = _disordered(expected, there)
    verdict.add("wrong", len(wrong), f"{topic}: order of {_some(wrong)}")


def compare_tellings(verdict: Verdict, said: Iterable[tuple[str, Pair]], log: Iterable[Record]) -> None:
    """What one case tells another, in the order in which the fold says it (as far as it is the same)."""
    expected = [pair for name, pair in said if name == CASE_EVENTS]
    there = [(record.key, record.value) for record in log]
    wrong = _disordered(_told_by_cases(expected), _told_by_cases(there))
    verdict.add("wrong", len(wrong), f"{CASE_EVENTS}: order of what cases told others, {_some(wrong)}")


def _disordered(expected: Iterable[tuple[K, bytes | None]], there: Iterable[tuple[K, bytes | None]]) -> list[K]:
    """The keys of which the same values are there, and in another order."""
    should: dict[K, list[bytes | None]] = defaultdict(list)
    does: dict[K, list[bytes | None]] = defaultdict(list)
    for values, pairs in ((should, expected), (does, there)):
        for key, value in pairs:
            values[key].append(value)
    return [key for key, found in does.items() if found != should[key] and Counter(found) == Counter(should[key])]


def _told_by_cases(pairs: Iterable[Pair]) -> Iterator[tuple[tuple[CaseId, bytes | None], bytes | None]]:
    """Who told it and to whom, and what; what no case told is left out."""
    for key, value in pairs:
        event = _event_in(value)
        if event is not None and (by := teller(event)) is not None:
            yield (by, key), value


def compare_faults(verdict: Verdict, log: Iterable[Record], codec: Codec) -> None:
    """What the program itself failed on is in quarantine, and so not lost; it is a defect all the same."""
    found = (_quarantined(record, codec) for record in log)
    failed = [item["quarantine_id"] for item in found if item is not None and item["fault"] == "unexpected"]
    verdict.add("wrong", len(failed), f"{QUARANTINE}: the program failed on {_some(failed)}")


def _quarantined(record: Record, codec: Codec) -> dict[str, Any] | None:
    try:
        return codec.decode("quarantined", record.value)
    except NotReadable:
        return None


def said_twice(logs: Logs, codec: Codec) -> int:
    """How many escalation records have the id and the revision of another one: the schema says that none has."""
    records = (codec.decode("escalation", record.value) for record in logs.get(ESCALATIONS, ()))
    found = Counter((told["escalation_id"], told["revision"]) for told in records)
    return found.total() - len(found)


def teller(event: CaseEvent) -> CaseId | None:
    """The case that told this event to its case; None: no case did, it came from a feed or a deadline."""
    if event.forwarded:
        return event.forwarded[-1]
    return event.fact.source if isinstance(event.fact, LinkedNews | TakenOver | GivenBack) else None


def told(logs: Logs) -> dict[str, int]:
    """How much cases told each other in these logs, and how much people did: by kind, as its tag has it."""
    found: Counter[str] = Counter()
    for record in logs.get(CASE_EVENTS, ()):
        event = _event(record)
        if event is None:
            continue
        if event.forwarded:
            found["forwarded"] += 1
        elif isinstance(event.fact, _COUNTED):
            found[str(event.fact.__struct_config__.tag)] += 1
        if isinstance(event.fact, Oversight) and event.fact.actions and not event.forwarded:
            found["oversight with actions"] += 1
    return dict(sorted(found.items()))


_COUNTED = (Linked, LinkedNews, Merged, Unmerged, TakenOver, GivenBack, Erased, Act)


def compare_deadlines(
    verdict: Verdict, log: Iterable[Record], deadlines: Deadlines, until: datetime, patience: timedelta,
    *, alone: bool = True,
) -> None:  # fmt: skip
    """Each deadline that a file carried: said once, not before its time, and not forgotten.

    Not ``alone``: a former revision may have had other times to look again, which no file of ours carries.
    """
    said: Counter[tuple[bytes, datetime]] = Counter()
    early, odd, unasked = [], [], []
    for record in log:
        event = _event(record)
        if event is None or not isinstance(event.fact, DeadlinePassed):
            continue
        key, due = record.key or b"", event.fact.due
        said[key, due] += 1
        if due not in deadlines.carried.get(key, ()):
            unasked += [key] * alone
            continue
        if wire.time_of(record.timestamp) < due or event.times.received < due:
            early.append(key)
        if (CASE_EVENTS, key, record.value) != cases.deadline(key, due, event.times.received, record.partition):
            odd.append(key)
    twice = [key for (key, _), number in said.items() for _ in range(number - 1)]
    forgotten = [key for key, (due, _) in deadlines.since.items() if due <= until]
    forgotten += [key for key, due, late in deadlines.overdue if late > patience and (key, due) not in said]
    verdict.add("duplicates", len(twice), f"deadlines said twice: {_some(twice)}")
    verdict.add("extra", len(unasked), f"deadlines that no file carried: {_some(unasked)}")
    verdict.add("wrong", len(early), f"deadlines said early: {_some(early)}")
    verdict.add("wrong", len(odd), f"deadlines said in other words: {_some(odd)}")
    verdict.add("lost", len(forgotten), f"deadlines not said: {_some(forgotten)}")


def _event(record: Record) -> CaseEvent | None:
    return _event_in(record.value)


def _event_in(value: bytes | None) -> CaseEvent | None:
    try:
        return wire.case_event(value)
    except Fault:
        return None


def _at_once(work: Coroutine[Any, Any, Any]) -> None:
    """Run a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise RuntimeError("it waits")


def _some(keys: Iterable[Any]) -> str:
    """The first few, by their keys."""
    return ", ".join(sorted({str(key[0] if isinstance(key, tuple) else key) for key in keys})[:3])
