"""How long grave news waits until somebody is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from agents.sandbox.load.feed import Feed
from agents.sandbox.load.year import Lived
from streams.events import CourtAppearance, Fact, PoliceContact, PoliceKind
from streams.facts import ADVERSE
from streams.policy import Policy, Seriousness

Thing = tuple[str, str]
"""The case and the sender's id of what was said of it."""


@dataclass
class Waits:
    """How long grave news waited for its first telling: an arrest, a charge or a hearing for a serious offence.

    From the broker's receipt of the feed record to the first record that lists it, so the time is in it for which a
    hearing was parked. All deliveries and corrections of one thing are one.
    """

    policy: Policy
    received: dict[Thing, datetime] = field(default_factory=dict)
    told: dict[Thing, datetime] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)  # by the sighting

    def copied(self) -> Waits:
        """The same so far; what either takes from now on is its own."""
        return Waits(self.policy, dict(self.received), dict(self.told), dict(self.things))

    def take(self, lived: Lived) -> None:
        """Count what happened."""
        event = lived.event
        thing = event.case, event.sender_id
        if thing in self.received or self.is_grave(event.fact):
            self.things[str(event.origin)] = thing
            self.received.setdefault(thing, event.times.received)
        for record in lived.records:
            for signal in record.signals:
                named = self.things.get(signal.sighting)
                if named is not None:
                    self.told.setdefault(named, record.at)

    def is_grave(self, fact: Fact) -> bool:
        """Whether the fact is grave."""
        match fact:
            case PoliceContact(kind=PoliceKind.ARREST | PoliceKind.CHARGE, role=role, offences=offences):
                counts = role in ADVERSE
            case CourtAppearance(offences=offences):
                counts = True
            case _:
                return False
        codes = tuple(offence.code or "" for offence in offences)
        return counts and self.policy.gravity[codes] is Seriousness.SERIOUS

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.received)

    @property
    def untold(self) -> int:
        """How many no record has listed."""
        return len(self.received.keys() - self.told.keys())

    @property
    def longest(self) -> float | None:
        """The longest wait of those that were told, in seconds."""
        return max(((at - self.received[one]).total_seconds() for one, at in self.told.items()), default=None)


def unmatched(feed: Feed, waits: Waits) -> int:
    """How many grave hearings reached no case: nobody could be told whose they are."""
    return sum(waits.is_grave(sighting.fact) for sighting in feed.unmatched)
