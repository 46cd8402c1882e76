"""The rules' tables, example by example; and the page that shows them."""

from __future__ import annotations

import pytest

from tests.unit import rules_page
from tests.unit.rule_tables import TABLES, Example, Table, mismatches


@pytest.mark.parametrize(
    ("table", "example"),
    [
        pytest.param(
            table,
            example,
            id=example.says,
            marks=[pytest.mark.xfail(strict=True, reason=example.pending)] if example.pending else [],
        )
        for table in TABLES
        for example in table.examples
    ],
)
def test_what_is_told_is_what_the_table_says(table: Table, example: Example) -> None:
    assert mismatches(table, example) == []


def test_no_sentence_of_a_table_is_said_twice() -> None:
    says = [example.says for table in TABLES for example in table.examples]
    assert len(says) == len(set(says))


def test_the_page_shows_the_tables_as_they_are() -> None:
    assert rules_page.PAGE.read_text(encoding="utf-8") == rules_page.text(), "run: python -m tests.unit.rules_page"
