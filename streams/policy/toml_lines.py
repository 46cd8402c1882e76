"""On which line of a TOML text each key stands: the reader of TOML that comes with Python does not say. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]
"""A key from the top of the file: ``("live", "police", "for")``."""


def lines_of(text: str) -> Mapping[Path, int]:
    """The line, counted from 1, on which each table and key first stands, keys of inline tables included. Pure.

    A table that is named only as part of another (``[live.police]`` names ``live``) stands where that one does. Tables
    inside a list have no lines. Raises ValueError for what is not TOML: whoever asks has read it before.
    """
    lines: dict[Path, int] = {}
    table: Path = ()
    statement, first = "", 1
    for number, line in enumerate(text.split("\n"), start=1):
        statement += f"{line}\n"
        try:
            said = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue  # a list or a text over several lines: what is cut off within it is never TOML
        header = statement.lstrip().startswith("[")
        for path in _paths(said, () if header else table):
            lines.setdefault(path, first)
            table = path if header else table
        statement, first = "", number + 1
    if statement:
        raise ValueError(f"the text is not TOML, from line {first} on; read it with tomllib first")
    return lines


def _paths(values: Mapping[str, Any], at: Path) -> Iterator[Path]:
    for key, value in values.items():
        yield (*at, key)
        if isinstance(value, dict):
            yield from _paths(value, (*at, key))
