"""What every command is given: the settings (read when first asked for) and where to say what it has to say.

What a command shows goes to standard output: text for people, or with ``--json`` one JSON object a line and nothing
else. Words about the work itself always go to standard error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from agents import settings as reading
from agents.settings import Settings
from schemas import Codec

as_json = click.option("--json", "as_json", is_flag=True, help="JSON lines on standard output, for programs.")
"""The option of every command that shows something."""


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}


@dataclass
class Session:
    """One run of ``raised-risk``."""

    path: Path | None = None
    overrides: dict[str, str] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Settings:
        """The settings. Raises SettingsFaults."""
        return reading.load(self.path, overrides=self.overrides)

    @cached_property
    def codec(self) -> Codec:
        """Reads and writes our Avro records."""
        return Codec(self.settings.registry.url)


given = click.make_pass_decorator(Session, ensure=True)
"""Gives a command its session."""


def say(words: str) -> None:
    """Words about the work, for people: standard error."""
    click.echo(words.translate(_CONTROLS), err=True)


def line(shown: Mapping[str, Any]) -> None:
    """One JSON object on standard output."""
    click.echo(json.dumps(shown, default=_plain, ensure_ascii=False))


def text(words: str = "") -> None:
    """What was asked for, as text: standard output. Much of it is a sender's, and commands nobody's terminal."""
    click.echo(words.translate(_CONTROLS))


def rows(found: Sequence[Mapping[str, Any]], heads: Mapping[str, str], *, as_json: bool) -> None:
    """Rows for programs, or for people as a table."""
    if as_json:
        for each in found:
            line(each)
    elif found:
        table(heads, found)


def table(heads: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as a table on standard output; ``heads`` gives the columns by key, ``>`` before a head means numbers."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads.values():
        drawn.add_column(head.lstrip(">"), justify="right" if head.startswith(">") else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(_cell(row.get(key)) for key in heads))
    # A pipe has no width: do not fold what grep or a person's editor will read.
    console = Console(highlight=False, markup=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=400)
    console.print(drawn)


def many(count: int, thing: str) -> str:
    """So many of a thing, in words."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def when(time: datetime | None) -> str:
    """A time as people read it, in UTC to the second; a dash where it is not known."""
    return f"{time:%Y-%m-%d %H:%M:%S}Z" if time is not None else "–"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = ", ".join(value)
    return f"{value:,}" if isinstance(value, int) else str(value).translate(_CONTROLS)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum | Path):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(type(value).__name__)
