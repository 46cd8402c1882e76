"""What the agents of the steps share: the way through a batch, and how a message of ours finds its topic.

Two of the steps do no more than fold each message into the state of its key, and send what follows: ``Keyed``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_args

from msgspec.structs import asdict

from agents import metrics, topics, wire
from agents.lane.batches import Batch
from agents.quarantine import DeadLetters
from agents.records import Record
from schemas import Codec, RegistryUnavailable
from streams.events import CaseEvent, Origin
from streams.sightings import Decision, DutyItem, Outcome, Resolved, ToIdentifiers, ToSightings, key_of

Tally = Counter[tuple[str, str]]
"""How many records, by the topic that they came from and what became of them."""

Agent = Callable[[Any], Awaitable[None]]

TOPIC_OF: dict[type, str] = {
    **dict.fromkeys(get_args(ToIdentifiers), topics.IDENTITY_LOOKUPS),
    **dict.fromkeys(get_args(ToSightings), topics.IDENTITY_SIGHTINGS),
    CaseEvent: topics.CASE_EVENTS,
    Outcome: topics.SIGHTING_OUTCOMES,
    Resolved: topics.SIGHTING_OUTCOMES,
    DutyItem: topics.DUTY_ITEMS,
}
"""Where each kind of message belongs."""


def send(batch: Batch, message: ToIdentifiers | ToSightings | Decision, codec: Codec) -> None:
    """Send a message to where it belongs. Others read the duty items; an outcome that is settled is forgotten."""
    value: bytes | None
    match message:
        case Resolved():
            value = None
        case DutyItem():
            value = codec.encode("duty_item", asdict(message))
        case _:
            value = wire.encode(message)
    batch.send(TOPIC_OF[type(message)], key_of(message), value)


def agent(step: str, work: Callable[[Batch, Tally], Awaitable[None]]) -> Agent:
    """The Faust agent of a step, which has ``work`` done on each batch and counts what came of it."""

    async def agent(batches: Any) -> None:
        async for batch in batches:
            with batch:
                tally: Tally = Counter()
                await work(batch, tally)
                for (source, outcome), number in tally.items():
                    metrics.EVENTS.labels(step, source, outcome).inc(number)

    return agent


@dataclass(frozen=True)
class Keyed:
    """A step that folds messages of ours, each into the state of its key."""

    step: str
    state: Callable[[bytes | None], Any]
    message: Callable[[bytes | None], Any]
    # Takes the state (None: there is none yet) and the message; gives the new state and what is to be sent.
    fold: Callable[[Any, Any], tuple[Any, Iterable[Any]]]
    note: Callable[[Batch, bytes, Any], None] = lambda *_: None  # hears of each new state, for the figures about them

    def agent(self, codec: Codec) -> Agent:
        """The agent of this step."""
        letters = DeadLetters(self.step, codec)

        async def work(batch: Batch, tally: Tally) -> None:
            for topic, record in batch:
                batch.tally(topic, record, bad := self.take_in(batch, record, letters))
                tally[topic, "quarantined" if bad else "folded"] += 1

        return agent(self.step, work)

    def take_in(self, batch: Batch, record: Record, letters: DeadLetters) -> bool:
        """Fold one message into its state and send what follows. Whether it was bad."""
        key, mark = record.key or b"", batch.mark()
        try:
            state = batch.get(key)
            new, messages = self.fold(self.state(state) if state else None, self.message(record.value))
            for message in messages:
                send(batch, message, letters.codec)
            batch.put(key, wire.encode(new) if new else None)
            self.note(batch, key, new)
        except RegistryUnavailable:
            raise  # no fault of the record's: the processor rests and tries again
        except Exception as fault:  # noqa: BLE001 - the one place: nothing is lost over a defect of ours
            batch.undo(mark)
            [source] = topics.STEPS[self.step].sources
            letters.write(batch, Origin(source, record.partition, record.offset), record, fault)
            return True
        return False
