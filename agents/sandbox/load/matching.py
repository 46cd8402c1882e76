"""From a feed's record to the case events that come of it, by the program's own pure functions, without Kafka.

A hearing names nobody's case: it is looked up, and parked until a link says whose it is, as the steps ``identifiers``
and ``sightings`` do it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime

from agents import wire
from schemas import Codec
from streams.events import CaseEvent, Origin
from streams.identifiers import Book, fold_identifier
from streams.resolution import SightingFile, fold_sighting
from streams.sightings import (
    Answer,
    BadPart,
    Chosen,
    Decision,
    Link,
    LookUp,
    Part,
    Seen,
    Settled,
    Sighting,
    ask,
)


class Matching:
    """What the identifiers and the sightings remember."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._books: dict[str, Book | None] = {}
        self._sightings: dict[str, SightingFile | None] = {}

    def parts(self, topic: str, value: bytes | None, received: datetime, offset: int) -> tuple[Part, ...]:
        """What a record says, in our words. Raises Fault."""
        return wire.translate(topic, value, Origin(topic, 0, offset), received, self._codec)

    def decided(self, part: Part) -> Iterator[Decision | BadPart]:
        """What comes of a part now: case events, those of earlier hearings among them, and what became of the others.

        Raises Unfoldable.
        """
        waiting: deque[Part | Decision | Link | LookUp | Seen | Answer | Chosen] = deque([part])
        while waiting:
            match message := waiting.popleft():
                case Sighting():
                    waiting.extend(ask(message))
                case Link() | LookUp() | Settled():
                    name = str(message.identifier)
                    self._books[name], answers = fold_identifier(self._books.get(name), message)
                    waiting.extend(answers)
                case Seen():
                    waiting.extend(self._sighted(message.sighting.id, message))
                case Answer() | Chosen():
                    waiting.extend(self._sighted(message.sighting, message))
                case _:
                    yield message

    def _sighted(self, name: str, message: Seen | Answer | Chosen) -> tuple[Decision, ...]:
        self._sightings[name], said = fold_sighting(self._sightings.get(name), message)
        return said


def events_of(matching: Matching, part: Part) -> Iterator[CaseEvent]:
    """The case events that come of a part now. Raises Unfoldable."""
    return (decided for decided in matching.decided(part) if isinstance(decided, CaseEvent))
