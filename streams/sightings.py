"""Who is this? The words in which a person, seen in a message that names no case, is brought to one.

Two pure folds talk to each other, each in a log of its own. An *identifier's* book (``streams.identifiers``) holds the
links that allocations bring and the sightings that wait for them; a *sighting's* file (``streams.resolution``) gathers
the answers and decides, once.

    intake ──Seen──────────────────────────────► sighting ──► CaseEvent, Outcome, Resolved, DutyItem
       └────LookUp, Link──► identifier ──Answer──►   │
                                 ▲──────Settled──────┘ (forget me; and for a hearing: it reached this case)
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeVar, assert_never

from msgspec import Struct

from streams.events import AppearanceDeleted, CaseEvent, CaseId, CourtAppearance, Origin, Times
from streams.faults import Untranslatable
from streams.identity import Identifier

# ── what a feed's translation gives ──────────────────────────────────────────────────────────────────────────


class OutcomeKind(StrEnum):
    """What became of a sighting that is in no case's file."""

    PARKED = "parked"  # no identifier is linked to a case yet
    AMBIGUOUS = "ambiguous"  # it may be more than one case: a person must choose
    DUPLICATE = "duplicate"  # the same person at another place of the same message
    NOTHING_TO_DO = "nothing-to-do"  # a deletion of a hearing that reached no case
    ORGANISATION = "organisation"  # not a person
    EMPTY = "empty"  # a message with nobody in it


class Outcome(Struct, frozen=True, array_like=True, tag="outcome", gc=False):
    """The current outcome of a sighting, and why, without personal data. A later one, or Resolved, replaces it."""

    origin: Origin
    kind: OutcomeKind
    detail: str


class BadPart(Struct, frozen=True, array_like=True, tag="bad-part", gc=False):
    """A part of a message that cannot be translated; the rest goes on. It can be replayed alone, by its path."""

    path: str  # JSON pointer
    reason: str
    remedy: str
    case: CaseId | None = None


class Sighting(Struct, frozen=True, array_like=True, tag="sighting", gc=False):
    """A person seen in a message that names no case. Holds ids and the fact; never a name, an address or a birthday."""

    origin: Origin
    identifiers: tuple[Identifier, ...]  # strongest first
    doubtful: tuple[Identifier, ...]  # carried by two different people in the same message
    sender_id: str
    times: Times
    fact: CourtAppearance | AppearanceDeleted

    @property
    def id(self) -> str:
        """The sighting's id: where it was read."""
        return str(self.origin)

    @property
    def asked(self) -> tuple[Identifier, ...]:
        """The identifiers that are looked up: the firm ones first."""
        return (*self.identifiers, *self.doubtful)


# ── to the identifiers ───────────────────────────────────────────────────────────────────────────────────────


class LookUp(Struct, frozen=True, array_like=True, tag="look-up", gc=False):
    """A sighting asks which cases an identifier is linked to, now and until it is settled."""

    identifier: Identifier
    sighting: str


class Link(Struct, frozen=True, array_like=True, tag="link", gc=False):
    """An allocation says that a case is known by this identifier, or (``held`` false) that this was a mistake.

    For each identifier and case the latest ``as_of`` wins; at the same ``as_of`` the withdrawal wins.
    """

    identifier: Identifier
    case: CaseId
    held: bool
    as_of: datetime
    origin: Origin


class Settled(Struct, frozen=True, array_like=True, tag="settled", gc=False):
    """The sighting needs no more answers. For a hearing's identifier: the hearing reached this case."""

    identifier: Identifier
    sighting: str
    case: CaseId | None


# ── to the sightings ─────────────────────────────────────────────────────────────────────────────────────────


class Seen(Struct, frozen=True, array_like=True, tag="seen", gc=False):
    """A sighting begins. Intake sends it together with its look-ups, in one transaction."""

    sighting: Sighting


class Answer(Struct, frozen=True, array_like=True, tag="answer", gc=False):
    """The cases that an identifier is linked to. A higher ``version`` is later news.

    ``crowded``: so many wait for this identifier already that this sighting is not remembered.
    """

    sighting: str
    identifier: Identifier
    cases: tuple[CaseId, ...]
    version: int = 0
    crowded: bool = False


class Chosen(Struct, frozen=True, array_like=True, tag="chosen", gc=False):
    """A person says whose sighting it is."""

    sighting: str
    case: CaseId
    by: str
    at: datetime
    reason: str


# ── out of the sightings, beside CaseEvent, Outcome and Settled ──────────────────────────────────────────────


class Resolved(Struct, frozen=True, array_like=True, tag="resolved", gc=False):
    """The outcome said earlier no longer holds: the sighting reached a case. On the compacted topic a tombstone."""

    origin: Origin


class DutyState(StrEnum):
    """Whether the duty desk still has something to do."""

    OPEN = "OPEN"
    SETTLED = "SETTLED"


class DutyItem(Struct, frozen=True, array_like=True, tag="duty-item", gc=False):
    """Something for the duty desk that is in no case's file. Its Avro record has the same fields."""

    item_id: str
    state: DutyState
    kind: str
    sighting: str
    reason: str
    possible_cases: tuple[CaseId, ...]
    settled_case: CaseId | None
    received_at: datetime


P = TypeVar("P", bound="CaseEvent | Sighting | Outcome | BadPart")

Part = CaseEvent | Link | Sighting | Outcome | BadPart
"""What a feed's ``translate`` gives, one for each thing in the record."""

ToIdentifiers = LookUp | Link | Settled
"""The messages of identity.lookups, keyed by identifier."""

ToSightings = Seen | Answer | Chosen
"""The messages of identity.sightings, keyed by sighting."""

Decision = CaseEvent | Outcome | Resolved | DutyItem | Settled
"""What comes out of a sighting. Settled goes back to the identifiers; the others leave this machine."""


def only_at(path: str, parts: tuple[P, ...], case: CaseId | None = None) -> tuple[P, ...]:
    """The parts at this place of their message, or inside it. Raises Untranslatable where there are none. Pure."""
    places = [part.path if isinstance(part, BadPart) else part.origin.path for part in parts]
    found = tuple(part for part, place in zip(parts, places, strict=True) if f"{place}/".startswith(f"{path}/"))
    if not found:
        raise Untranslatable(
            "there is nothing at this path of the message", "replay the whole message instead", case=case
        )
    return found


def ask(sighting: Sighting) -> tuple[Seen | LookUp, ...]:
    """The messages that begin a sighting. Pure.

    Sent in one transaction: then Seen stands in its log before any answer, for the identifiers read what is committed.
    """
    return (Seen(sighting), *(LookUp(identifier, sighting.id) for identifier in sighting.asked))


def key_of(message: ToIdentifiers | ToSightings | Decision) -> bytes:
    """The key under which a message is sent; for the first two unions it is also the key of the state it folds into."""
    match message:
        case LookUp() | Link() | Settled():
            return str(message.identifier).encode()
        case Seen():
            return message.sighting.id.encode()
        case Answer() | Chosen():
            return message.sighting.encode()
        case CaseEvent():
            return message.case.encode()
        case Outcome() | Resolved():
            return str(message.origin).encode()
        case DutyItem():
            return message.item_id.encode()
        case _:
            assert_never(message)
