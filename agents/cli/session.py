"""What every command is given: the settings (read when first asked for) and where to say what it has to say.

What a command shows goes to standard output: text for people, or with ``--json`` one JSON object a line and nothing
else. Words about the work itself always go to standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from agents import settings as reading
from agents.settings import Settings
from schemas import Codec

FILE = click.Path(path_type=Path, dir_okay=False)
FILE_THERE = click.Path(path_type=Path, dir_okay=False, exists=True)
"""Types of options and arguments."""

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}


@dataclass
class Session:
    """One run of ``raised-risk``."""

    path: Path | None = None
    overrides: dict[str, str] = field(default_factory=dict)
    as_json: bool = False

    @cached_property
    def settings(self) -> Settings:
        """The settings. Raises SettingsFaults."""
        return reading.load(self.path, overrides=self.overrides)

    @cached_property
    def codec(self) -> Codec:
        """Reads and writes our Avro records."""
        return Codec(self.settings.registry.url)

    def show(self, rows: Iterable[Mapping[str, Any]], lines: Iterable[str]) -> None:
        """What was asked for: rows for programs, or lines for people. What is not wanted is never worked out."""
        if self.as_json:
            for row in rows:
                _line(row)
        else:
            for each in lines:
                text(each)

    def show_table(self, rows: Sequence[Mapping[str, Any]], heads: Mapping[str, str]) -> None:
        """Rows for programs, or for people a table of those columns that ``heads`` names (see ``table``)."""
        if self.as_json:
            self.show(rows, ())
        elif rows:
            table(heads, rows)

    def tell(self, row: Mapping[str, Any], words: str) -> None:
        """Something that is amiss: a row for programs, or words for people on standard error."""
        if self.as_json:
            _line(row)
        else:
            say(words)


given = click.make_pass_decorator(Session, ensure=True)
"""Gives a command its session."""


def shows(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command that shows something its session, and the option ``--json``."""
    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_choose,
        help="JSON lines on standard output, for programs.",
    )(given(command))


def waits(help_: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option ``--wait`` of a command."""
    seconds = click.FloatRange(min=0)
    return click.option("--wait", type=seconds, default=0, metavar="SECONDS", help=help_)


def by_whom(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that decides something: who says so, and why."""
    by = click.option("--by", required=True, metavar="NAME", help="Who says so; it is kept.")
    return by(click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept.")(command))


def _choose(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    ctx.ensure_object(Session).as_json = wanted


def say(words: str) -> None:
    """Words about the work, for people: standard error."""
    click.echo(words.translate(_CONTROLS), err=True)


def _line(shown: Mapping[str, Any]) -> None:
    click.echo(msgspec.json.encode(shown, enc_hook=str))


def text(words: str = "") -> None:
    """What was asked for, as text: standard output. Much of it is a sender's, and commands nobody's terminal."""
    click.echo(words.translate(_CONTROLS))


def table(heads: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as a table on standard output; ``heads`` gives the columns by key, ``>`` before a head means numbers."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads.values():
        drawn.add_column(head.lstrip(">"), justify="right" if head.startswith(">") else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(_cell(row.get(key)) for key in heads))
    # A pipe has no width: do not fold what grep or a person's editor will read.
    width = None if click.get_text_stream("stdout").isatty() else 400
    Console(highlight=False, markup=False, width=width).print(drawn)


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
