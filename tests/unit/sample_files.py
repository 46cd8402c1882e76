"""The sample messages: our own, which come with the checkout, and real ones, which may lie beside it.

A name with a folder in it (``court-case-matcher/case.json``) is a real sample, any other is one of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
HEARINGS = ROOT / "tests/golden/hearings"
OWN = ROOT / "tests/samples"
"""Our own, of every format but hearings: ours are invented, and have the traps of the real ones."""

REAL = ROOT.parent / "shared/domain/samples"
needs_real = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real samples (../shared/domain/samples) are not beside this checkout"
)


class Row(NamedTuple):
    """What docs/hearings.md says of one place in one hearing."""

    file: str
    path: str
    known_by: str
    unlinked: str
    linked: str


def _rows() -> tuple[Row, ...]:
    """The rows of every table whose first column is a file and that has as many columns as ours."""
    read: list[Row] = []
    for line in (ROOT / "docs/hearings.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if cells[0].endswith(".json") and len(cells) == 7:
            read.append(Row(cells[0], "" if cells[1] == "whole" else cells[1], cells[3], cells[4], cells[5]))
    return tuple(read)


ROWS = _rows()
REAL_HEARINGS = tuple(sorted({row.file for row in ROWS if "/" in row.file}))
OWN_HEARINGS = tuple(sorted({row.file for row in ROWS if "/" not in row.file}))


def hearing(name: str) -> Path:
    """Where the hearing of that name lies."""
    return (REAL if "/" in name else HEARINGS) / name


def sample(name: str) -> Path:
    """Where the sample of another format lies."""
    return (REAL if "/" in name else OWN) / name


def marks(name: str) -> list[Any]:
    """What a test of that sample is marked with: a real one is skipped where they are not."""
    return [needs_real] if "/" in name else []


def present(names: Iterable[str]) -> list[Any]:
    """The names as parameters of a test."""
    return [pytest.param(name, id=name, marks=marks(name)) for name in names]


def of_other_formats() -> list[str]:
    """Every sample here that is no hearing, by its name."""
    real = (path.relative_to(REAL).as_posix() for path in REAL.glob("*/*"))
    return sorted({path.name for path in OWN.iterdir()} | set(real) - set(REAL_HEARINGS))
