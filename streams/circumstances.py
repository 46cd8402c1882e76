"""What else is so about a case: classifications, services, linked people, the 18th birthday, merges, erasure.

Facts like those in ``events``, under the same rule of evolution; they stand apart because none of them is news of what
somebody did.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from streams.primitives import CaseId, Time

# ── classifications (P6) ─────────────────────────────────────────────────────────────────────────────────────


class ClassificationKind(StrEnum):
    """Which guidance classifies."""

    REGISTER = "register"  # a registration: RHRH, RCPR, …; registers of risk of harm say a level, too
    MAPPA = "mappa"
    TIER = "tier"
    FLAG = "flag"


class ClassificationState(StrEnum):
    """Whether it is in force. A deleted one was a mistake and never was."""

    IN_FORCE = "in-force"
    ENDED = "ended"
    DELETED = "deleted"


class Classified(Struct, frozen=True, array_like=True, tag="classified", gc=False):
    """A classification of the case, as its system now has it."""

    classification: str  # the sender's id of it; a case has one tier, whatever its id
    kind: ClassificationKind
    code: str  # RVHR, MAPP, A2, …
    level: str | None  # M0 to M3; RSKL, RSKM, RSKH, RSKV of a register by group
    category: str | None  # M1 to M4, X9
    state: ClassificationState
    started: Time | None = None
    ended: Time | None = None  # may lie ahead
    review_due: Time | None = None


# ── services (P12) ───────────────────────────────────────────────────────────────────────────────────────────


class ServiceState(StrEnum):
    """How far a service has come."""

    REQUESTED = "requested"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Service(Struct, frozen=True, array_like=True, tag="service", gc=False):
    """A service asked for on the person's behalf, at some state."""

    service: str
    what: str  # a code of the sender's
    state: ServiceState
    provider: str | None = None
    due: Time | None = None  # None: the policy's time from the request on


# ── linked people (P20) ──────────────────────────────────────────────────────────────────────────────────────


class Relation(StrEnum):
    """What another person is to the one of this case."""

    SIBLING = "sibling"
    CHILD_OF_HOUSEHOLD = "child-of-household"
    PARENT = "parent"
    PARTNER = "partner"
    CO_DEFENDANT = "co-defendant"
    VICTIM = "victim"
    PEER = "peer"
    OTHER = "other"


class Linked(Struct, frozen=True, array_like=True, tag="linked", gc=False):
    """Somebody with a case of their own is known to the person of this one; ``held`` false: no longer, or never was."""

    link: str
    other: CaseId
    relation: Relation  # what the other is to this one
    held: bool


class LinkedNews(Struct, frozen=True, array_like=True, tag="linked-news", gc=False):
    """The risk of a linked person was raised: that case sends it to this one, once for each time that it is raised."""

    source: CaseId
    relation: Relation  # what the person of *this* case is to the one who was raised, as the other case has it
    levels: tuple[str, ...]  # "public: high", in words
    raised: Time


# ── age, merges, erasure ─────────────────────────────────────────────────────────────────────────────────────


class ComesOfAge(Struct, frozen=True, array_like=True, tag="comes-of-age", gc=False):
    """When the person turns, or turned, 18. The birthday itself is not kept: nothing else is read from it."""

    on: Time


class Merged(Struct, frozen=True, array_like=True, tag="merged", gc=False):
    """The case was found to be the same person's as another and lives on there."""

    into: CaseId


class Unmerged(Struct, frozen=True, array_like=True, tag="unmerged", gc=False):
    """The merge was a mistake: this case lives again."""

    out_of: CaseId


class TakenOver(Struct, frozen=True, array_like=True, tag="taken-over", gc=False):
    """The case takes over what another one held when it was merged into this one."""

    source: CaseId
    file: bytes  # the other's file, as it was


class GivenBack(Struct, frozen=True, array_like=True, tag="given-back", gc=False):
    """The case gives back what it had taken over from another, and what came through it since."""

    source: CaseId


class Erased(Struct, frozen=True, array_like=True, tag="erased", gc=False):
    """The person's data are erased on request: what the case file held goes, that decisions were made stays."""

    author: str
    ground: str  # the legal ground, a code


Circumstance = Classified | Service | Linked | ComesOfAge | Merged | Unmerged | Erased
"""What a sender says."""

FromAnotherCase = LinkedNews | TakenOver | GivenBack
"""What one case tells another."""
