"""Who could have known what, and when: the awareness timeline of a case, read from its log and from its records (P8).

It is never kept in the case file. For each thing that came it says when that occurred, was recorded by its sender, was
received (the broker's time of the feed) and was processed (its time in the case's log); and for each escalation that it
opened or joined, when the record was emitted, and when somebody acknowledged it. Whether an alert was delivered and
seen, nothing says yet: that is not known (None), never no. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from streams.escalation import Change, EscalationRecord
from streams.events import CaseEvent, DeadlinePassed, Oversight, OversightKind


class Version(StrEnum):
    """What a message is to those before it under the same sender's id."""

    FIRST = "first"
    AGAIN = "again"  # a second delivery: it says what one before it has said
    CORRECTION = "correction"
    OLDER = "older"  # a version that was said before the one we had, and came after it


class Emission(Struct, frozen=True):
    """An escalation was emitted with this among its signals; when that was delivered, seen and acknowledged."""

    escalation: str
    rule: str
    change: Change
    revision: int
    at: datetime
    delivered: datetime | None = None  # no source yet
    seen: datetime | None = None  # no source yet
    acknowledged: datetime | None = None
    acknowledged_by: str | None = None


class Entry(Struct, frozen=True):
    """One thing that came to the case."""

    event: CaseEvent
    processed: datetime
    version: Version
    of: str | None = None  # the sighting of the version before it
    summary: str | None = None  # in the words of the escalation that it opened or joined; None: it did neither
    told: tuple[Emission, ...] = ()

    @property
    def sighting(self) -> str:
        """Where it was read."""
        return str(self.event.origin)

    @property
    def reached_us_after(self) -> timedelta | None:
        """From when it happened until we received it; None: when it happened is not known."""
        times = self.event.times
        return None if times.occurred is None else times.received - times.occurred

    def told_after(self, told: Emission) -> timedelta:
        """From when we received it until it was emitted."""
        return told.at - self.event.times.received


class Referral(Struct, frozen=True):
    """That somebody referred the case."""

    at: datetime
    by: str | None
    received: datetime


class Aware(Struct, frozen=True):
    """For one escalation: since when it could be known, when it was emitted, and whether the case had been referred."""

    escalation: str
    rule: str
    known_since: datetime
    told: datetime
    acknowledged: datetime | None
    acknowledged_by: str | None
    referred_before: Referral | None  # the latest up to ``known_since``
    referred_after: Referral | None  # the first later than that, which excuses nothing (P7)

    @property
    def told_after(self) -> timedelta:
        """From when it could be known until it was emitted."""
        return self.told - self.known_since


class Timeline(Struct, frozen=True):
    """All of it: what came, in the order of the log, and the escalations, in the order in which they were emitted."""

    entries: tuple[Entry, ...]
    escalations: tuple[Aware, ...]


def timeline(log: Iterable[tuple[datetime, CaseEvent]], told: Sequence[EscalationRecord]) -> Timeline:
    """The timeline of a case: ``log`` are its events, each with its time in the log, ``told`` the records, in order.

    A deadline that has passed is news of nothing, and no entry. Where more facts joined an escalation than its record
    lists, those that are only counted there show as emitted with nothing.
    """
    by_sighting = _emissions(told)
    entries: list[Entry] = []
    said: dict[str, list[CaseEvent]] = {}
    for at, event in log:
        if isinstance(event.fact, DeadlinePassed):
            continue
        before = said.setdefault(event.sender_id, [])
        version, of = _version(event, before)
        before.append(event)
        heard = by_sighting.get(str(event.origin), [])
        summary = heard[-1][1] if heard else None
        entries.append(Entry(event, at, version, of, summary, tuple(one for one, _ in heard)))
    return Timeline(tuple(entries), tuple(_aware(told, _referrals(said.values()))))


def _version(event: CaseEvent, before: list[CaseEvent]) -> tuple[Version, str | None]:
    """As placing finds it: by content, and by when the sender said it."""
    if not before:
        return Version.FIRST, None
    same = next((one for one in before if one.content_id == event.content_id), None)
    if same is not None:
        return Version.AGAIN, str(same.origin)
    latest = max(before, key=_said)
    if _said(event) < _said(latest):
        return Version.OLDER, str(latest.origin)
    return Version.CORRECTION, str(latest.origin)


def _said(event: CaseEvent) -> datetime:
    return event.times.recorded or event.times.received


def _emissions(records: Sequence[EscalationRecord]) -> dict[str, list[tuple[Emission, str]]]:
    """By sighting, the first record of each escalation that lists it, and what it says of it."""
    found: dict[str, dict[str, tuple[Emission, str]]] = {}
    for one in records:
        for signal in one.signals:
            of = found.setdefault(signal.sighting, {})
            if one.escalation_id not in of:
                heard = _acknowledged(record for record in records if _follows(record, one))
                emission = Emission(one.escalation_id, one.rule, one.change, one.revision, one.at, None, None, *heard)
                of[one.escalation_id] = emission, signal.summary
    return {sighting: list(of.values()) for sighting, of in found.items()}


def _follows(record: EscalationRecord, one: EscalationRecord) -> bool:
    return record.escalation_id == one.escalation_id and record.revision > one.revision


def _acknowledged(records: Iterable[EscalationRecord]) -> tuple[datetime | None, str | None]:
    """When, and by whom, the first of these that is an acknowledgement was made."""
    return next(((one.at, one.actor) for one in records if one.change is Change.ACKNOWLEDGED), (None, None))


def _referrals(versions: Iterable[list[CaseEvent]]) -> list[Referral]:
    """Each referral as its sender last had it, the earliest first."""
    found: list[Referral] = []
    for events in versions:
        event = max(events, key=_said)
        fact = event.fact
        if isinstance(fact, Oversight) and fact.kind is OversightKind.REFERRAL:
            found.append(Referral(event.times.effective, fact.author, events[0].times.received))
    return sorted(found, key=lambda one: one.at)


def _aware(records: Sequence[EscalationRecord], referrals: Sequence[Referral]) -> Iterator[Aware]:
    lives: dict[str, list[EscalationRecord]] = {}
    for one in records:
        lives.setdefault(one.escalation_id, []).append(one)
    for name, (first, *later) in lives.items():
        since = min(one.known_since or one.at for one in (first, *later))
        before = next((each for each in reversed(referrals) if each.at <= since), None)
        after = next((each for each in referrals if each.at > since), None)
        yield Aware(name, first.rule, since, first.at, *_acknowledged(later), before, after)
