"""What two revisions of the program write alike, of one case after the other. Pure.

The verifier knows the present rules only. What a former revision wrote of an escalation may be said in other words, and
its files may hold other marks; which escalations there are, what became of each and when, must be the same.
"""

from __future__ import annotations

from msgspec.structs import replace

from agents import wire
from schemas import Codec
from streams.circumstances import TakenOver
from streams.faults import Unreadable

WORDS = frozenset({"reason", "notes", "entry", "previous", "hash", "events_head"})
"""Fields of an escalation record that hold words, or depend on them."""
NAMES = frozenset({"escalation_id", "revision"})
"""Which escalation of its rule it is: one that came back with its case kept its id in d77cc08, and now has another."""
STANDING = frozenset({"stage", "awaits", "next_at"})
"""How an escalation stands. One that goes on elsewhere is closed here now, and was not in d77cc08."""


def escalation(value: bytes | None, codec: Codec) -> bytes | None:
    """An escalation record, words and names aside; None: d77cc08 may have written more of these.

    It told that what had moved away was erased, besides the case in which it lived.
    """
    record = codec.decode("escalation", value)
    if record["change"] == "ERASED":
        return None
    aside = WORDS | NAMES | (STANDING if record["change"] == "MOVED" else frozenset())
    # What they say may be of an older version: d77cc08 did not bring each correction up to date.
    record["signals"] = [signal["kind"] for signal in record["signals"]]
    return repr(sorted((name, said) for name, said in record.items() if name not in aside)).encode()


def case_file(state: bytes | None) -> bytes | None:
    """A case file, as far as it says how many events it has folded: one lost or doubled shows."""
    if state is None:
        return None
    file = wire.case_file(state)
    return f"{file.case}: {file.events}".encode()


def case_event(value: bytes | None) -> bytes | None:
    """A case event. Of a file that one case hands over to another, that it was handed over: its marks differ.

    The id of its content is made from them.
    """
    try:
        event = wire.case_event(value)
    except Unreadable:
        return value
    if not isinstance(event.fact, TakenOver):
        return value
    return wire.encode(replace(event, content_id="", fact=replace(event.fact, file=b"")))
