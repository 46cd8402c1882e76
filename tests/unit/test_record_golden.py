"""What a record once said it says still: the ids of escalations and the hashes of both chains, of logs kept whole."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from streams.escalation import Change
from streams.record import chained, digest
from tests.unit.golden_record import EDITION, FOLDER, Record, path, replayed

EDITIONS = sorted(FOLDER.glob("record.*.json"))


def read(where: Path) -> Record:
    return msgspec.json.decode(where.read_bytes(), type=Record)


def test_the_log_told_anew_gives_the_same_heads_ids_and_records() -> None:
    kept = read(path(EDITION))
    now = replayed(kept.events)
    assert now.heads == kept.heads
    assert [one.escalation_id for one in now.told] == [one.escalation_id for one in kept.told]
    for told, was in zip(now.told, kept.told, strict=True):
        assert told == was
    assert now.chain == kept.chain


WORDS = {"reason": "", "notes": (), "previous": None, "hash": None}
"""What an edition before may have in other words, and the hashes, which cover the words."""


@pytest.mark.parametrize("where", EDITIONS, ids=lambda where: where.stem)
def test_the_log_of_every_edition_told_anew_differs_in_words_alone(where: Path) -> None:
    kept = read(where)
    now = replayed(kept.events)
    assert now.heads == kept.heads
    assert (now.chain.events, now.chain.count) == (kept.chain.events, kept.chain.count)
    assert [replace(one, **WORDS) for one in now.told] == [replace(one, **WORDS) for one in kept.told]


@pytest.mark.parametrize("where", EDITIONS, ids=lambda where: where.stem)
def test_the_chains_of_every_edition_add_up(where: Path) -> None:
    kept = read(where)
    head = ""
    for event, after in zip(kept.events, kept.heads, strict=True):
        head = chained(head, event, event.times.received)  # as casebook.run has it
        assert head == after
    previous = ""
    for number, told in enumerate(kept.told, 1):
        assert (told.entry, told.previous, told.hash) == (number, previous, digest(told.record()))
        assert told.events_head in kept.heads
        previous = told.hash
    assert (kept.chain.events, kept.chain.records, kept.chain.count) == (head, previous, len(kept.told))


def test_the_log_shows_the_life_of_an_escalation() -> None:
    assert {one.change for one in read(path(EDITION)).told} >= {
        Change.RAISED,
        Change.JOINED,
        Change.ACKNOWLEDGED,
        Change.CONDITION_CLEARED,
        Change.OVERSEEN,
        Change.ACTION_CLAIMED,
        Change.ACTION_CONFIRMED,
        Change.OVERDUE,
        Change.CLOSED,
        Change.REOPENED,
        Change.SUPPRESSED,
        Change.SUPPRESSION_ENDED,
    }
