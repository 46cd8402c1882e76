"""One number of the policy changed: an example comes out otherwise, and the test's name says whose principle it is."""

from __future__ import annotations

import pytest

from streams.policy.reading import parse
from streams.rules import BY_ID
from tests.unit.casebook import HOLIDAYS, OFFENCES_TEXT
from tests.unit.policy_numbers import EXCEPTIONS, NUMBERS, Number, in_file
from tests.unit.rule_tables import TABLES, mismatches

EXAMPLES = {example.says: (table, example) for table in TABLES for example in table.examples}


@pytest.mark.parametrize("number", [pytest.param(number, id=number.id) for number in NUMBERS])
def test_a_changed_number_changes_what_its_principle_s_example_comes_to(number: Number) -> None:
    table, example = EXAMPLES[number.says]
    changed = parse(number.changed(), OFFENCES_TEXT, BY_ID, HOLIDAYS)
    assert mismatches(table, example) == []
    assert mismatches(table, example, changed) != []


def test_every_number_and_word_of_the_policy_has_an_example_or_a_reason_why_not() -> None:
    named = [(number.key, number.word) for number in NUMBERS]
    assert len(named) == len(set(named))
    assert in_file() == {*named, *EXCEPTIONS}
    assert not set(named) & EXCEPTIONS.keys()


@pytest.mark.parametrize("number", [pytest.param(number, id=number.id) for number in NUMBERS])
def test_the_principle_that_a_number_is_named_with_is_one_of_its_example_s_table(number: Number) -> None:
    table, _ = EXAMPLES[number.says]
    assert number.principle in table.principles
