"""The core reads as a straight line: one arrest visits few files, and seldom moves from one to another."""

from __future__ import annotations

from tests.unit.casebook import said
from tests.unit.way_of_an_arrest import way

FILES, MOVES = 18, 50


def test_one_arrest_visits_few_files_and_seldom_moves_between_them() -> None:
    found = way()
    assert said(found.done.escalations) == (("R2", "RAISED"),)
    assert len(found.files) <= FILES
    assert found.moves <= MOVES
