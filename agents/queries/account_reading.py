"""Reads everything committed for the account: the feeds, translated once more, and what became of each sighting.

What came in is told by the same pure translators as intake's, from the feeds themselves; what became of it by folding
the cases' log with the same pure fold as the worker's, and by the topics of outcomes and quarantine. So the account
believes no count that the worker kept. Everything is read in one pass up to the ends of the moment it began.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agents import policies, topics, wire
from agents.cases import advance
from agents.lane import changelog
from agents.queries.account import Account, Heard, Ledger, Outcome
from agents.queries.quarantine import Quarantined, owned, quarantined
from agents.queries.readers import Reader, Span
from agents.records import Record
from agents.settings import Settings
from schemas import Codec, NotReadable
from streams.case import CaseFile
from streams.events import OUR_OWN, CaseEvent, Origin
from streams.faults import Fault
from streams.policy import Policies
from streams.sightings import BadPart, Link, Sighting
from streams.sightings import Outcome as SightingOutcome
from streams.step import StepOutcome

Say = Callable[[str], None]

Statement: TypeAlias = tuple[Origin, Heard | Outcome]
"""Something that is said of a sighting."""

_READ = (
    *topics.FEEDS, topics.CASE_EVENTS, topics.CASES_CHANGELOG, topics.INTAKE_CHANGELOG, topics.POLICIES,
    topics.QUARANTINE, topics.QUARANTINE_REPLAYS, topics.SIGHTING_OUTCOMES,
)  # fmt: skip
_BETWEEN = {topics.IDENTITY_SIGHTINGS: wire.to_sightings, topics.IDENTITY_LOOKUPS: wire.to_identifiers}
"""The topics between intake and the cases, and how a message there is read."""

_outcome = msgspec.msgpack.Decoder(SightingOutcome).decode
_EVERY = 100_000  # records between two words on how far it is


def read_account(settings: Settings, say: Say) -> Account:
    """Read all and reconcile. ``say`` is told how far it is.

    Raises Unreachable, NoTopic, PolicyOfAnotherRelease, and PolicyFaults or FileUnreadable where no policy ever came
    into force.
    """
    codec = Codec(settings.registry.url or None)
    with Reader(settings) as reader:
        spans = reader.spans(_READ)

        def records(topic: str, partition: int | None = None) -> Iterator[Record]:
            name = topic if partition is None else f"{topic}/{partition}"
            mine = {(of, n): span for (of, n), span in spans.items() if of == topic and partition in (None, n)}
            return _counted(reader.read(mine), name, say)

        found = policies.known(records(topics.POLICIES))
        for version, fault in found.unreadable.items():
            say(f"a former policy ({version}) cannot be read by this release and is left out: {fault}")
        judging = policies.judging(found, settings)
        ledger = Ledger({place: span for place, span in spans.items() if place[0] in topics.FEEDS})
        index = QuarantineIndex.of(records(topics.QUARANTINE), records(topics.QUARANTINE_REPLAYS), codec)
        for topic in topics.FEEDS:
            for record in records(topic):
                ledger.record(topic)
                ledger.hear_all(came_in(topic, record, index, codec))
        for record in records(topics.SIGHTING_OUTCOMES):
            kind = _outcome(record.value).kind if record.value is not None else None
            ledger.hear_outcome(origin_of((record.key or b"").decode()), kind)
        ledger.hear_all((origin, Heard.STUCK) for origin in index.stuck())
        for partition in sorted(n for topic, n in spans if topic == topics.CASE_EVENTS):
            folded = _folded(reader, partition, spans.get((topics.CASES_CHANGELOG, partition)))
            ledger.hear_all(in_cases(records(topics.CASE_EVENTS, partition), folded, index, judging))
        lanes = owned(records(topics.INTAKE_CHANGELOG))
        return ledger.account({(topic, p): at for p, own in lanes.items() for topic, at in own.positions.items()})


def _counted(records: Iterator[Record], name: str, say: Say) -> Iterator[Record]:
    count = 0
    for count, record in enumerate(records, start=1):
        yield record
        if count % _EVERY == 0:
            say(f"{name}: {count:,} records")
    if count:
        say(f"{name}: {count:,} records, all")


def _folded(reader: Reader, partition: int, span: Span | None) -> int:
    """How far the worker has folded one partition of the cases' log."""
    key, _ = changelog.position(topics.CASE_EVENTS, 0)
    found = reader.last_of(topics.CASES_CHANGELOG, partition, key, span) if span else None
    return int(found.value) if found is not None and found.value is not None else 0


def origin_of(sighting: str) -> Origin:
    """The origin that a sighting's id is the text of. Pure."""
    place, _, path = sighting.partition("#")
    topic, partition, offset = place.rsplit("/", 2)
    return Origin(topic, int(partition), int(offset), path)


# ── quarantine ───────────────────────────────────────────────────────────────────────────────────────────────


class HeldPart(Struct, frozen=True):
    """One part of a feed record (or all of it, path "") that went to quarantine in intake."""

    path: str
    now: bool  # it lies there now; else it was replayed
    tries: tuple[bytes | None, ...] = ()  # the bytes it was replayed with, oldest first; None: those of the record


class QuarantineIndex(Struct, frozen=True):
    """What lies in quarantine, found by where it came from."""

    intake: Mapping[tuple[str, int, int], tuple[HeldPart, ...]]
    cases: frozenset[tuple[int, int]]  # partition and offset in the cases' log
    identity: tuple[Quarantined, ...]  # held on the way between intake and the cases

    @staticmethod
    def of(quarantine: Iterable[Record], replays: Iterable[Record], codec: Codec) -> QuarantineIndex:
        """Read the two topics of quarantine."""
        tries: dict[tuple[str, int], list[bytes | None]] = defaultdict(list)
        for record in replays:
            try:
                one = codec.decode("quarantined", record.value)
            except NotReadable:
                continue  # whatever somebody wrote there, it replayed nothing
            tries[one["quarantine_id"], one["attempts"]].append(one["value"])
        found = quarantined(quarantine, codec).values()
        held = [one for one in found if one["state"] == "HELD"]
        intake: dict[tuple[str, int, int], tuple[HeldPart, ...]] = defaultdict(tuple)
        for one in found:
            if one["step"] == "intake" and one["topic"] in topics.FEEDS:
                now = one["state"] == "HELD"
                # The one that went on its way counted one attempt less; others of that count may have failed.
                made = () if now else tuple(tries[one["quarantine_id"], one["attempts"] - 1])
                intake[one["topic"], one["partition"], one["offset"]] += (HeldPart(one["path"], now, made),)
        cases = frozenset((one["partition"], one["offset"]) for one in held if one["topic"] == topics.CASE_EVENTS)
        return QuarantineIndex(intake, cases, tuple(one for one in held if one["topic"] in _BETWEEN))

    def stuck(self) -> Iterator[Origin]:
        """The sightings of which a message lies in quarantine between intake and the cases."""
        for one in self.identity:
            with suppress(Fault, ValueError):  # else the sighting will be found to have no outcome
                sighting = getattr(_BETWEEN[one["topic"]](one["value"]), "sighting", None)
                if sighting is not None:  # a link is of none
                    yield sighting.origin if isinstance(sighting, Sighting) else origin_of(sighting)


# ── what came in ─────────────────────────────────────────────────────────────────────────────────────────────


def came_in(topic: str, record: Record, index: QuarantineIndex, codec: Codec) -> Iterator[Statement]:
    """The sightings that came in with one feed record, and which of them intake could not take."""
    origin = Origin(topic, record.partition, record.offset)
    paths: set[str] = set()
    lying: set[str] = set()
    held = index.intake.get((topic, record.partition, record.offset), ())
    for each in (HeldPart("", now=False, tries=(None,)), *held):  # a part comes after what it is a part of
        paths = {path for path in paths if path != each.path and not path.startswith(each.path + "/")}
        if each.now:
            lying.add(each.path)
        else:
            paths |= _translated(record, replace(origin, path=each.path), each.tries, codec)
    for path in paths | lying:
        yield replace(origin, path=path), Heard.CAME
        if path in lying:
            yield replace(origin, path=path), Outcome.QUARANTINED


def _translated(record: Record, origin: Origin, tries: Iterable[bytes | None], codec: Codec) -> set[str]:
    """The paths of what the first of these that can be translated says."""
    for value in tries:
        mended = record.value if value is None else value
        try:
            parts = wire.translate(origin.topic, mended, origin, wire.time_of(record.timestamp), codec)
        except Exception:  # noqa: BLE001, S112 - as in intake: whatever it is, the sighting is then the record itself
            continue
        sightings = (part for part in parts if not isinstance(part, Link))
        return {part.path if isinstance(part, BadPart) else part.origin.path for part in sightings}
    return {origin.path}


# ── what became of it in the cases ───────────────────────────────────────────────────────────────────────────


def in_cases(records: Iterable[Record], folded: int, index: QuarantineIndex, judging: Policies) -> Iterator[Statement]:
    """What the fold of one partition of the cases' log says of each sighting; ``folded``: how far the worker is."""
    files: dict[bytes, CaseFile] = {}
    for record in records:
        if record.offset >= folded:
            with suppress(Fault):
                if is_sighting(ahead := wire.case_event(record.value)):
                    yield ahead.origin, Heard.CASE_AHEAD
            continue
        key = record.key or b""
        done, event, fault = advance(files.get(key), record, judging)
        files[key] = done.file
        if event is None or not is_sighting(event):
            continue
        if (record.partition, record.offset) in index.cases:
            yield event.origin, Heard.CASE_QUARANTINED
        elif fault is None:
            duplicate = done.outcome is StepOutcome.DUPLICATE
            yield event.origin, Heard.CASE_DUPLICATE if duplicate else Heard.CASE_FOLDED


def is_sighting(event: CaseEvent) -> bool:
    """Whether a feed says it: not what we ourselves say of a case, nor what one case sent on to another. Pure.

    What was sent on was counted in the case that it came to first.
    """
    return not event.forwarded and not isinstance(event.fact, OUR_OWN)
