"""docs/hearings.md is true, row by row: for the real samples and for our own, with links known before or after."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

import pytest

from streams.events import CaseEvent, CaseId, Origin
from streams.faults import Fault, Unreadable, Untranslatable
from streams.feeds.common_platform import translate
from streams.identifiers import Book, fold_identifier
from streams.identity import Identifier
from streams.resolution import SightingFile, fold_sighting
from streams.sightings import BadPart, Link, LookUp, Outcome, Resolved, Settled, Sighting, ask, key_of
from tests.unit.sample_files import (
    HEARINGS,
    OWN_HEARINGS,
    REAL,
    REAL_HEARINGS,
    ROWS,
    Row,
    hearing,
    needs_real,
    of_other_formats,
    present,
    sample,
)

RECEIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = Origin("court.hearings.v1", 0, 0)
CASE = CaseId("crn:X320741")
NO_HEARING = "a message without a hearing"
NO_JSON = "not JSON: Expecting value (character 0)"


def became(name: str, *, links: str) -> list[Row]:
    """What becomes of each place: without links, or with every identifier linked to one case, before or after.

    Links that come one by one come strongest first here: ``matched_by`` is the strongest that was known by then.
    """
    try:
        parts = translate(hearing(name).read_bytes(), FEED, RECEIVED)
    except Fault:
        return [Row(name, "", "", "quarantined", "quarantined")]
    sightings = [part for part in parts if isinstance(part, Sighting)]
    asked = dict.fromkeys(identifier for each in sightings for identifier in (*each.identifiers, *each.doubtful))
    linking = [Link(each, CASE, True, RECEIVED, Origin("case.allocations.v1", 0, 0)) for each in asked]
    looking = [message for each in sightings for message in ask(each)]
    ended = resolved(*{"none": [looking], "before": [linking, looking], "after": [looking, linking]}[links])
    read = []
    for part in parts:
        match part:
            case Sighting():
                by = [str(each.kind) for each in part.identifiers] + [f"({each.kind})" for each in part.doubtful]
                read.append(Row(name, part.origin.path, ", ".join(by), ended[part.id], ended[part.id]))
            case Outcome():
                read.append(Row(name, part.origin.path, "", part.kind, part.kind))
            case BadPart():
                read.append(Row(name, part.path, "", "quarantined", "quarantined"))
    return read


def resolved(*groups: list[object]) -> dict[str, str]:
    """The current outcome of each sighting, when every group of messages has been handled to the end."""
    books: dict[bytes, Book | None] = {}
    files: dict[bytes, SightingFile | None] = {}
    ended: dict[str, str] = {}
    for group in groups:
        waiting = deque(group)
        while waiting:
            match message := waiting.popleft():
                case LookUp() | Link() | Settled():
                    key = key_of(message)
                    books[key], answers = fold_identifier(books.get(key), message)
                    waiting.extend(answers)
                case CaseEvent():
                    ended[str(message.origin)] = f"folded, by {message.matched_by}"
                case Outcome():
                    ended[str(message.origin)] = message.kind
                case Resolved():
                    assert ended[str(message.origin)].startswith("folded")
                case _ if hasattr(message, "item_id"):
                    pass
                case _:
                    key = key_of(message)  # type: ignore[arg-type]
                    files[key], said = fold_sighting(files.get(key), message)  # type: ignore[arg-type]
                    waiting.extend(said)
    return ended


def test_the_tables_name_every_hearing_of_ours() -> None:
    assert set(OWN_HEARINGS) == {path.name for path in HEARINGS.glob("*.json")}


@needs_real
def test_the_tables_name_every_hearing_and_other_sender_s_case_in_the_real_samples() -> None:
    manifest = (REAL / "manifest.tsv").read_text(encoding="utf-8").splitlines()[1:]
    hearings = {
        line.split("\t")[0] for line in manifest if "CP hearing" in line or "CP payload" in line or "Libra" in line
    }
    assert set(REAL_HEARINGS) == hearings


@pytest.mark.parametrize("links", ["before", "after"])
@pytest.mark.parametrize("name", present((*OWN_HEARINGS, *REAL_HEARINGS)))
def test_each_person_ends_as_the_table_says(name: str, links: str) -> None:
    unlinked, linked = became(name, links="none"), became(name, links=links)
    assert [one._replace(linked=other.linked) for one, other in zip(unlinked, linked, strict=True)] == [
        row for row in ROWS if row.file == name
    ]


@pytest.mark.parametrize("name", of_other_formats())
def test_what_is_no_hearing_is_refused_whole_and_says_nothing_of_what_is_in_it(name: str) -> None:
    with pytest.raises((Unreadable, Untranslatable)) as refused:
        translate(sample(name).read_bytes(), FEED, RECEIVED)
    a_list = "the message is not a JSON object" if "offender" in name and "managers" in name else NO_HEARING
    assert refused.value.reason == (a_list if name.endswith(".json") else NO_JSON)
    assert refused.value.case is None


def test_a_deletion_reaches_the_case_of_the_hearing_that_it_deletes() -> None:
    origins = Origin("court.hearings.v1", 0, 0), Origin("court.hearings.v1", 0, 1)
    names = "two-cases-four-defendants.json", "deleted.json"
    parts = [
        part
        for origin, name in zip(origins, names, strict=True)
        for part in translate(hearing(name).read_bytes(), origin, RECEIVED)
        if isinstance(part, Sighting)
    ]
    defendant: Identifier = parts[0].identifiers[0]
    link = Link(defendant, CASE, True, RECEIVED, Origin("case.allocations.v1", 0, 0))
    for order in (parts, parts[::-1]):
        ended = resolved([message for each in order for message in ask(each)], [link])
        assert [ended[each.id] for each in parts] == ["folded, by defendant", "parked", "parked", "folded, by hearing"]
