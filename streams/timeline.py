"""Who could have known what, and when: the awareness timeline of a case, read from its log and from what was told (P8).

It is never kept in the case file. For each thing that came it says when that occurred, was recorded by its sender, was
received (the broker's time of the feed) and was processed (its time in the case's log); and for each escalation that it
opened or joined, when that was told, and when somebody acknowledged it. Whether an alert was delivered and seen,
nothing says yet: that is not known (None), never no. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from streams.escalation import Change, EscalationRecord
from streams.events import CaseEvent, DeadlinePassed, Oversight, OversightKind


class Version(StrEnum):
    """What a message is to those before it under the same sender's id."""

    FIRST = "first"
    AGAIN = "again"  # a second delivery: it says what one before it has said
    CORRECTION = "correction"
    OLDER = "older"  # a version that was said before the one we had, and came after it


class Told(Struct, frozen=True):
    """That an escalation was told with this among its signals, and what became known of its being heard."""

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
    told: tuple[Told, ...] = ()

    @property
    def sighting(self) -> str:
        """Where it was read."""
        return str(self.event.origin)

    @property
    def reached_us_after(self) -> timedelta | None:
        """From when it happened until we received it; None: when it happened is not known."""
        times = self.event.times
        return None if times.occurred is None else times.received - times.occurred

    def told_after(self, told: Told) -> timedelta:
        """From when we received it until it was told."""
        return told.at - self.event.times.received


class Referral(Struct, frozen=True):
    """That somebody referred the case."""

    at: datetime
    by: str | None
    received: datetime


class Aware(Struct, frozen=True):
    """For one escalation: since when it could be known, when it was told, and whether the case had been referred."""

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
        """From when it could be known until it was told."""
        return self.told - self.known_since


class Timeline(Struct, frozen=True):
    """All of it: what came, in the order of the log, and the escalations, in the order of their being told."""

    entries: tuple[Entry, ...]
    escalations: tuple[Aware, ...]


def timeline(log: Iterable[tuple[datetime, CaseEvent]], told: Sequence[EscalationRecord]) -> Timeline:
    """The timeline of a case: ``log`` are its events, each with its time in the log, ``told`` the records, in order.

    A deadline that has passed is news of nothing, and no entry. Where more facts joined an escalation than its record
    lists, those that are only counted there show as told with nothing.
    """
    by_sighting = _told(told)
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
    return Timeline(tuple(entries), _aware(told, _referrals(said.values())))


def _version(event: CaseEvent, before: list[CaseEvent]) -> tuple[Version, str | None]:
    """As placing tells them: by content, and by when the sender said it."""
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


def _told(told: Sequence[EscalationRecord]) -> dict[str, list[tuple[Told, str]]]:
    """By sighting, the first record of each escalation that lists it, and what it says of it."""
    found: dict[str, dict[str, tuple[Told, str]]] = {}
    for record in told:
        for signal in record.signals:
            heard = found.setdefault(signal.sighting, {})
            if record.escalation_id not in heard:
                one = Told(record.escalation_id, record.rule, record.change, record.revision, record.at)
                heard[record.escalation_id] = one, signal.summary
    return {
        sighting: [(_acknowledged(one, told), summary) for one, summary in heard.values()]
        for sighting, heard in found.items()
    }


def _acknowledged(one: Told, told: Sequence[EscalationRecord]) -> Told:
    """With who acknowledged it first after it was told."""
    for record in told:
        if (
            record.escalation_id == one.escalation
            and record.revision > one.revision
            and record.change is Change.ACKNOWLEDGED
        ):
            return replace(one, acknowledged=record.at, acknowledged_by=record.actor)
    return one


def _referrals(versions: Iterable[list[CaseEvent]]) -> list[Referral]:
    """Each referral as its sender last had it, the earliest first."""
    found: list[Referral] = []
    for events in versions:
        event = max(events, key=_said)
        fact = event.fact
        if isinstance(fact, Oversight) and fact.kind is OversightKind.REFERRAL:
            found.append(Referral(event.times.effective, fact.author, events[0].times.received))
    return sorted(found, key=lambda one: one.at)


def _aware(told: Sequence[EscalationRecord], referrals: Sequence[Referral]) -> tuple[Aware, ...]:
    found: dict[str, Aware] = {}
    for record in told:
        known = record.known_since or record.at
        before = found.get(record.escalation_id)
        if before is None:
            found[record.escalation_id] = Aware(
                record.escalation_id, record.rule, known, record.at, None, None, None, None
            )
            continue
        now = replace(before, known_since=min(known, before.known_since))
        if record.change is Change.ACKNOWLEDGED and before.acknowledged is None:
            now = replace(now, acknowledged=record.at, acknowledged_by=record.actor)
        found[record.escalation_id] = now
    return tuple(
        replace(
            one,
            referred_before=next((each for each in reversed(referrals) if each.at <= one.known_since), None),
            referred_after=next((each for each in referrals if each.at > one.known_since), None),
        )
        for one in found.values()
    )
