"""Reads everything committed for the account: the feeds, translated once more, and what became of each sighting.

What came in is told by the same pure translators as intake's, from the feeds themselves; what became of it by folding
the cases' log with the same pure fold as the worker's, and by the topics of outcomes and quarantine. So the account
believes no count that the worker kept. Everything is read in one pass up to the ends of the moment it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from agents import policies, wire
from agents.cases import advance
from agents.desk.account import Account, Heard, Ledger
from agents.desk.quarantine import Item, owned
from agents.desk.readers import Reader, Record, Span, latest
from agents.lane import changelog
from agents.settings import Settings
from agents.topics import (
    CASE_EVENTS,
    CASES_CHANGELOG,
    FEEDS,
    IDENTITY_LOOKUPS,
    IDENTITY_SIGHTINGS,
    INTAKE_CHANGELOG,
    POLICIES,
    QUARANTINE,
    QUARANTINE_REPLAYS,
    SIGHTING_OUTCOMES,
)
from schemas import Codec
from streams.case import CaseFile
from streams.events import OUR_OWN, CaseEvent, Origin
from streams.faults import Fault
from streams.policy import Policies
from streams.sightings import BadPart, Link, LookUp, Outcome, Part, Seen, Settled
from streams.step import StepOutcome

Say = Callable[[str], None]
_READ = (
    *FEEDS, CASE_EVENTS, CASES_CHANGELOG, INTAKE_CHANGELOG, POLICIES, QUARANTINE, QUARANTINE_REPLAYS, SIGHTING_OUTCOMES,
)  # fmt: skip
_outcome = msgspec.msgpack.Decoder(Outcome).decode
_EVERY = 100_000  # records between two words on how far it is


def read_account(settings: Settings, say: Say) -> Account:
    """Read all and reconcile. ``say`` is told how far it is.

    Raises Unreachable, NoTopic, PolicyOfAnotherRelease, and PolicyFaults or FileUnreadable where no policy ever came
    into force.
    """
    codec = Codec(settings.registry.url or None)
    with Reader(settings) as reader:
        spans = reader.spans(_READ)

        def records(topic: str) -> Iterator[Record]:
            mine = {place: span for place, span in spans.items() if place[0] == topic}
            return _counted(reader.read(mine), topic, say)

        found = policies.known(records(POLICIES))
        for version, fault in found.unreadable.items():
            say(f"a former policy ({version}) cannot be read by this release and is left out: {fault}")
        judging = policies.judging(found, settings)
        ledger = Ledger({place: span for place, span in spans.items() if place[0] in FEEDS})
        ward = Ward.of(records(QUARANTINE), records(QUARANTINE_REPLAYS), codec)
        for topic in FEEDS:
            for record in records(topic):
                ledger.record(topic)
                for origin, heard in came_in(topic, record, ward, codec):
                    ledger.hear(origin, heard)
        for record in records(SIGHTING_OUTCOMES):
            kind = _outcome(record.value).kind if record.value is not None else None
            ledger.hear_outcome(origin_of((record.key or b"").decode()), kind)
        for origin in ward.stuck():
            ledger.hear(origin, Heard.STUCK)
        for (_, partition), span in sorted((p, s) for p, s in spans.items() if p[0] == CASE_EVENTS):
            folded = _folded(reader, partition, spans.get((CASES_CHANGELOG, partition)))
            mine = _counted(reader.read({(CASE_EVENTS, partition): span}), f"{CASE_EVENTS}/{partition}", say)
            for origin, heard in in_cases(mine, folded, ward, judging):
                ledger.hear(origin, heard)
        lanes = owned(records(INTAKE_CHANGELOG))
        return ledger.account({(topic, p): at for p, own in lanes.items() for topic, at in own.positions.items()})


def _counted(records: Iterator[Record], name: str, say: Say) -> Iterator[Record]:
    count = 0
    for record in records:
        yield record
        count += 1
        if count % _EVERY == 0:
            say(f"{name}: {count:,} records")
    if count:
        say(f"{name}: {count:,} records, all")


def _folded(reader: Reader, partition: int, span: Span | None) -> int:
    """How far the worker has folded one partition of the cases' log."""
    key, _ = changelog.position(CASE_EVENTS, 0)
    found = reader.last_of(CASES_CHANGELOG, partition, key, span) if span else None
    return int(found.value) if found is not None and found.value is not None else 0


def origin_of(sighting: str) -> Origin:
    """The origin that a sighting's id is the text of. Pure."""
    place, _, path = sighting.partition("#")
    topic, partition, offset = place.rsplit("/", 2)
    return Origin(topic, int(partition), int(offset), path)


# ── quarantine ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Held:
    """One part of a feed record (or all of it, path "") that went to quarantine in intake."""

    path: str
    now: bool  # it lies there now; else it was replayed
    tries: tuple[bytes | None, ...] = ()  # the bytes it was replayed with, oldest first; None: those of the record


@dataclass(frozen=True)
class Ward:
    """What lies in quarantine, found by where it came from."""

    intake: Mapping[tuple[str, int, int], tuple[Held, ...]]
    cases: frozenset[tuple[int, int]]  # partition and offset in the cases' log
    identity: tuple[Item, ...]  # held on the way between intake and the cases

    @staticmethod
    def of(quarantine: Iterable[Record], replays: Iterable[Record], codec: Codec) -> Ward:
        """Read the two topics of quarantine."""
        tries: dict[str, list[Item]] = {}
        for record in replays:
            try:
                item = codec.decode("quarantined", record.value)
            except Exception:  # noqa: BLE001, S112 - whatever somebody wrote there, it replayed nothing
                continue
            tries.setdefault(item["quarantine_id"], []).append(item)
        intake: dict[tuple[str, int, int], tuple[Held, ...]] = {}
        cases: set[tuple[int, int]] = set()
        identity: list[Item] = []
        for record in latest(quarantine).values():
            item = codec.decode("quarantined", record.value)
            now = item["state"] == "HELD"
            if item["step"] == "intake" and item["topic"] in FEEDS:
                place = (item["topic"], item["partition"], item["offset"])
                # The one that went on its way counted one attempt less; others of that count may have failed.
                attempt = item["attempts"] - 1
                made = tuple(t["value"] for t in tries.get(item["quarantine_id"], ()) if t["attempts"] == attempt)
                intake[place] = (*intake.get(place, ()), Held(item["path"], now, () if now else made))
            elif item["topic"] == CASE_EVENTS and now:
                cases.add((item["partition"], item["offset"]))
            elif now:
                identity.append(item)
        return Ward(intake, frozenset(cases), tuple(identity))

    def stuck(self) -> Iterator[Origin]:
        """The sightings of which a message lies in quarantine between intake and the cases."""
        for item in self.identity:
            try:
                if item["topic"] == IDENTITY_SIGHTINGS:
                    said = wire.to_sightings(item["value"])
                    yield said.sighting.origin if isinstance(said, Seen) else origin_of(said.sighting)
                elif item["topic"] == IDENTITY_LOOKUPS:
                    asked = wire.to_identifiers(item["value"])
                    if isinstance(asked, LookUp | Settled):
                        yield origin_of(asked.sighting)
            except (Fault, ValueError):
                continue  # it cannot be told whose it was; the sighting will be found to have no outcome


# ── what came in ─────────────────────────────────────────────────────────────────────────────────────────────


def came_in(topic: str, record: Record, ward: Ward, codec: Codec) -> Iterator[tuple[Origin, Heard]]:
    """The sightings that came in with one feed record, and which of them intake could not take."""
    held = ward.intake.get((topic, record.partition, record.offset), ())
    whole = next((each for each in held if each.path == ""), None)
    origin = Origin(topic, record.partition, record.offset)
    if whole and whole.now:
        yield origin, Heard.CAME | Heard.QUARANTINED
        return
    paths = _translated(record, origin, whole.tries if whole else (None,), codec)
    lying: set[str] = set()
    for each in held:
        if each.path:
            paths = {path for path in paths if path != each.path and not path.startswith(each.path + "/")}
            place = Origin(topic, record.partition, record.offset, each.path)
            if each.now:
                lying.add(each.path)
            else:
                paths |= _translated(record, place, each.tries, codec)
    for path in paths | lying:
        heard = Heard.CAME | Heard.QUARANTINED if path in lying else Heard.CAME
        yield Origin(topic, record.partition, record.offset, path), heard


def _translated(record: Record, origin: Origin, tries: Iterable[bytes | None], codec: Codec) -> set[str]:
    """The paths of what the first of these that can be translated says."""
    for value in tries:
        mended = record.value if value is None else value
        try:
            parts = wire.translate(origin.topic, mended, origin, wire.time_of(record.timestamp), codec)
        except Exception:  # noqa: BLE001, S112 - as in intake: whatever it is, the sighting is then the record itself
            continue
        return {path for part in parts if (path := _path(part)) is not None}
    return {origin.path}


def _path(part: Part) -> str | None:
    if isinstance(part, Link):
        return None
    return part.path if isinstance(part, BadPart) else part.origin.path


# ── what became of it in the cases ───────────────────────────────────────────────────────────────────────────


def in_cases(records: Iterable[Record], folded: int, ward: Ward, judging: Policies) -> Iterator[tuple[Origin, Heard]]:
    """What the fold of one partition of the cases' log says of each sighting; ``folded``: how far the worker is."""
    files: dict[bytes, CaseFile] = {}
    for record in records:
        if record.offset >= folded:
            if (ahead := _sent(record)) and is_sighting(ahead):
                yield ahead.origin, Heard.CASE_AHEAD
            continue
        key = record.key or b""
        done, event, fault = advance(files.get(key), record, judging)
        files[key] = done.file
        if event is None or not is_sighting(event):
            continue
        if (record.partition, record.offset) in ward.cases:
            yield event.origin, Heard.CASE_QUARANTINED
        elif fault is None:
            duplicate = done.outcome is StepOutcome.DUPLICATE
            yield event.origin, Heard.CASE_DUPLICATE if duplicate else Heard.CASE_FOLDED


def is_sighting(event: CaseEvent) -> bool:
    """Whether a feed says it: not what we ourselves say of a case, nor what one case sent on to another. Pure.

    What was sent on was counted in the case that it came to first.
    """
    return not event.forwarded and not isinstance(event.fact, OUR_OWN)


def _sent(record: Record) -> CaseEvent | None:
    try:
        return wire.case_event(record.value)
    except Fault:
        return None
