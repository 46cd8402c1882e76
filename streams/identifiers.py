"""An identifier's book: the cases that it is linked to, and the sightings that wait to hear of them.

Links come from allocations, in any order, and can be withdrawn. A sighting that asks is answered at once, and again
whenever the answer changes, until it is settled. A *hearing's* book is filled by the sightings themselves: it holds
the cases that the hearing reached, so that a deletion, which names nothing but the hearing, finds every one of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from streams.events import CaseId
from streams.faults import Unfoldable
from streams.identity import IdentifierKind
from streams.sightings import Answer, Link, LookUp, Settled, ToIdentifiers

LINKS_AT_MOST = 50
"""Cases that one identifier may ever be linked to. Past that it is no identifier but somebody's default value."""

REACHED_AT_MOST = 5_000
"""Cases that one hearing may reach. Past that it is not one hearing."""

WAITING_AT_MOST = 5_000
"""Sightings that wait for one identifier. Past that it is a default value too, and the book would outgrow a record."""


class Held(Struct, frozen=True, array_like=True, gc=False):
    """The latest word on one case. A withdrawn link stays, so that an older message cannot bring it back."""

    case: CaseId
    held: bool
    as_of: datetime


class Book(Struct, frozen=True, array_like=True, gc=False):
    """All about one identifier. It grows with the cases ever linked to it and with who still waits, within the limits.

    A hearing's book has no links but the cases that the hearing ``reached``, and only deletions wait in it, for good.
    """

    links: tuple[Held, ...] = ()
    reached: tuple[CaseId, ...] = ()
    waiting: tuple[str, ...] = ()
    version: int = 0

    @property
    def cases(self) -> tuple[CaseId, ...]:
        """The cases that the identifier is linked to now, in the order of their ids."""
        return tuple(sorted((*(link.case for link in self.links if link.held), *self.reached)))


def fold_identifier(book: Book | None, message: ToIdentifiers) -> tuple[Book | None, tuple[Answer, ...]]:
    """The book after the message, and what to tell the sightings that wait. Pure; safe to repeat.

    Links may come in any order. Raises Unfoldable when a limit is reached by a link or by a hearing's cases; one more
    sighting past the limit is answered, and told that it is not remembered.
    """
    book = book or Book()
    match message:
        case LookUp(identifier, sighting):
            known = sighting in book.waiting
            crowded = not known and len(book.waiting) >= WAITING_AT_MOST
            after = book if known or crowded else replace(book, waiting=(*book.waiting, sighting))
            return after, (Answer(sighting, identifier, book.cases, book.version, crowded),)
        case Link(identifier, case):
            after = replace(book, links=_linked(book.links, message))
        case Settled(identifier, sighting, case):
            after = book
            if sighting in book.waiting:
                after = replace(book, waiting=tuple(other for other in book.waiting if other != sighting))
            if identifier.kind is IdentifierKind.HEARING and case is not None and case not in book.reached:
                if len(book.reached) >= REACHED_AT_MOST:
                    raise Unfoldable(
                        f"one hearing id has reached {REACHED_AT_MOST} cases already",
                        "ask the sender whether it uses this id as a default; a deletion by it will miss this case",
                        case=case,
                    )
                after = replace(after, reached=(*book.reached, case))
        case _:
            assert_never(message)
    cases = after.cases
    if cases == book.cases:
        return (after if after.links or after.reached or after.waiting else None), ()
    after = replace(after, version=book.version + 1)
    return after, tuple(Answer(sighting, identifier, cases, after.version) for sighting in after.waiting)


def _linked(links: tuple[Held, ...], link: Link) -> tuple[Held, ...]:
    """The links with this one taken in, where it is the latest word on its case."""
    known = {held.case: held for held in links}
    old = known.get(link.case)
    if old is not None and (link.as_of, not link.held) <= (old.as_of, not old.held):
        return links
    known[link.case] = Held(link.case, link.held, link.as_of)
    if len(known) > LINKS_AT_MOST:
        raise Unfoldable(
            f"one identifier ({link.identifier.kind}) is linked to {LINKS_AT_MOST} cases already",
            "ask the sender whether it uses this identifier as a default, and replay this when links were removed",
            case=link.case,
        )
    return tuple(known.values())
