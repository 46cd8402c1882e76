"""docs/hearings.md is true, row by row: for the real samples and for our own, with links known before or after."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from streams.events import CaseEvent, CaseId, Origin
from streams.faults import Fault
from streams.feeds.common_platform import translate
from streams.identifiers import Book, fold_identifier
from streams.identity import Identifier
from streams.resolution import SightingFile, fold_sighting
from streams.sightings import BadPart, Link, LookUp, Outcome, Resolved, Settled, Sighting, ask, key_of

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT.parent / "shared/domain/samples"
OWN = ROOT / "tests/golden/hearings"
RECEIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)
CASE = CaseId("crn:X320741")


class Row(NamedTuple):
    """What becomes of one place in one file."""

    file: str
    path: str
    known_by: str
    unlinked: str
    linked: str

    @property
    def place(self) -> Path:
        return (OWN if "/" not in self.file else SAMPLES) / self.file


def rows() -> list[Row]:
    """The rows of every table in docs/hearings.md whose first column is a file."""
    read: list[Row] = []
    for line in (ROOT / "docs/hearings.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if cells[0].endswith(".json") and len(cells) == 7:
            read.append(Row(cells[0], "" if cells[1] == "whole" else cells[1], cells[3], cells[4], cells[5]))
    return read


FILES = sorted({row.file for row in rows()})


def became(file: Path, *, links: str) -> list[Row]:
    """What becomes of each place: without links, or with every identifier linked to one case, before or after.

    Links that come one by one come strongest first here: ``matched_by`` is the strongest that was known by then.
    """
    name = file.name if file.parent == OWN else str(file.relative_to(SAMPLES))
    try:
        parts = translate(file.read_bytes(), Origin("court.hearings.v1", 0, 0), RECEIVED)
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
                case _ if hasattr(message, "escalation_id"):
                    pass
                case _:
                    key = key_of(message)  # type: ignore[arg-type]
                    files[key], said = fold_sighting(files.get(key), message)  # type: ignore[arg-type]
                    waiting.extend(said)
    return ended


def test_the_tables_name_every_hearing_and_other_sender_s_case_in_the_samples() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the real samples (../shared/domain/samples) are not beside this checkout")
    manifest = (SAMPLES / "manifest.tsv").read_text(encoding="utf-8").splitlines()[1:]
    hearings = {
        line.split("\t")[0] for line in manifest if "CP hearing" in line or "CP payload" in line or "Libra" in line
    }
    assert {name for name in FILES if "/" in name} == hearings
    assert {name for name in FILES if "/" not in name} == {path.name for path in OWN.glob("*.json")}


@pytest.mark.parametrize("links", ["before", "after"])
@pytest.mark.parametrize("name", FILES)
def test_each_person_ends_as_the_table_says(name: str, links: str) -> None:
    expected = [row for row in rows() if row.file == name]
    file = expected[0].place
    if not file.is_file():
        pytest.skip(f"the real sample {name} is not beside this checkout")
    unlinked, linked = became(file, links="none"), became(file, links=links)
    assert [one._replace(linked=other.linked) for one, other in zip(unlinked, linked, strict=True)] == expected


def test_a_deletion_reaches_the_case_of_the_hearing_that_it_deletes() -> None:
    origins = Origin("court.hearings.v1", 0, 0), Origin("court.hearings.v1", 0, 1)
    names = "two-cases-four-defendants.json", "deleted.json"
    parts = [
        part
        for origin, name in zip(origins, names, strict=True)
        for part in translate((OWN / name).read_bytes(), origin, RECEIVED)
        if isinstance(part, Sighting)
    ]
    defendant: Identifier = parts[0].identifiers[0]
    link = Link(defendant, CASE, True, RECEIVED, Origin("case.allocations.v1", 0, 0))
    for order in (parts, parts[::-1]):
        ended = resolved([message for each in order for message in ask(each)], [link])
        assert [ended[each.id] for each in parts] == ["folded, by defendant", "parked", "parked", "folded, by hearing"]
