"""On which line of a TOML text each key stands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from streams.policy.toml_lines import lines_of

POLICY_TEXT = (Path(__file__).parents[2] / "deploy/policy.toml").read_text(encoding="utf-8")

PLACES: tuple[tuple[str, str, dict[tuple[str, ...], int]], ...] = (
    ("a key before any table", "# first\n\nkey = 1\n", {("key",): 3}),
    (
        "a key in a table",
        "[a]\nkey = 1 # [b]\n[c]\nkey = true",
        {("a",): 1, ("a", "key"): 2, ("c",): 3, ("c", "key"): 4},
    ),
    ("a table in a table", "[a.b]\n[ a . c ]\nd = 1", {("a",): 1, ("a", "b"): 1, ("a", "c"): 2, ("a", "c", "d"): 3}),
    ("a dotted key", "[a]\nb.c = 1\nb.d = 2", {("a",): 1, ("a", "b"): 2, ("a", "b", "c"): 2, ("a", "b", "d"): 3}),
    ("quoted keys", '["a.b"]\n\'c = d\' = 1\n"\\u00e9\\"" = 2', {("a.b",): 1, ("a.b", "c = d"): 2, ("a.b", 'é"'): 3}),
    (
        "an inline table",
        "a = { b = 1, c = { d = [1, 2] } }\ne = {}",
        {("a",): 1, ("a", "b"): 1, ("a", "c"): 1, ("a", "c", "d"): 1, ("e",): 2},
    ),
    ("a list over several lines", 'a = [ # ]\n  "]", # one\n  [1,\n  2],\n]\nb = []', {("a",): 1, ("b",): 6}),
    (
        "texts that look like something else",
        'a = "# \\" [x]"\nb = \'[x] \\\'\nc = 3',
        {("a",): 1, ("b",): 2, ("c",): 3},
    ),
    (
        "texts over several lines",
        'a = """\n[x]\nb = \\""" 2 """"\nc = \'\'\'\nd = 1\'\'\'\ne = 5',
        {("a",): 1, ("c",): 4, ("e",): 6},
    ),
    ("an empty text", 'a = ""\nb = \'\'\nc = """"""\nd = 1', {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4}),
    ("line ends of another system", "a = 1\r\n\r\n[b]\r\nc = 2\r\n", {("a",): 1, ("b",): 3, ("b", "c"): 4}),
    ("several tables of one name", "[[a]]\nb = 1\n[[a]]\nb = 2\nc = 3", {("a",): 1, ("a", "b"): 2, ("a", "c"): 5}),
    (
        "dates, times and numbers",
        "a = 2026-11-25 # day\nb = 09:00:00\nc = 1979-05-27 07:32:00Z\nd = -1_0.5e+3\n",
        {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4},
    ),
    ("nothing", "", {}),
    ("a comment alone", "# nothing", {}),
)


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*row[1:], id=row[0]) for row in PLACES])
def test_each_key_stands_on_its_line(text: str, expected: dict[tuple[str, ...], int]) -> None:
    tomllib.loads(text)
    assert lines_of(text) == expected


def _paths(values: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        yield (*at, key)
        if isinstance(value, dict):
            yield from _paths(value, (*at, key))


def test_every_key_of_the_shipped_file_has_its_line_and_no_other_has_one() -> None:
    lines = POLICY_TEXT.splitlines()
    found = lines_of(POLICY_TEXT)
    assert set(found) == set(_paths(tomllib.loads(POLICY_TEXT)))
    assert all(path[-1] in lines[line - 1] for path, line in found.items())


def test_a_text_that_is_not_toml_has_no_lines() -> None:
    with pytest.raises(ValueError, match="read it with tomllib first"):
        lines_of("= 5")
