"""The rules' tables, example by example; and the page that shows them."""

from __future__ import annotations

import pytest

from tests.unit import rules_page
from tests.unit.casebook import run, said
from tests.unit.rule_tables import TABLES, Example


@pytest.mark.parametrize(
    "example", [pytest.param(example, id=example.says) for table in TABLES for example in table.examples]
)
def test_what_is_told_is_what_the_table_says(example: Example) -> None:
    _, told = run(example.events, now=example.now)
    assert said(told) == example.told
    if example.manager is not None:
        assert told[-1].manager == example.manager


def test_no_sentence_of_a_table_is_said_twice() -> None:
    says = [example.says for table in TABLES for example in table.examples]
    assert len(says) == len(set(says))


def test_the_page_shows_the_tables_as_they_are() -> None:
    assert rules_page.PAGE.read_text(encoding="utf-8") == rules_page.text(), "run: python -m tests.unit.rules_page"
