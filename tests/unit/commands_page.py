"""The pages docs/commands.md and docs/settings.md, written from the commands' own help and the table of settings.

``python -m tests.unit.commands_page`` writes them; a test holds them to what the program says.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import get_args

import click
from pydantic import AfterValidator

from agents.cli.exits import Exit
from agents.cli.group import cli
from agents.settings import FILE_HERE, FILE_VARIABLE, SECRETS_VARIABLE, TABLE, Setting

WIDTH = 100
DOCS = Path(__file__).parent.parent.parent / "docs"


def commands_page() -> str:
    """docs/commands.md."""
    parts = [
        "# Commands",
        "Written by `python -m tests.unit.commands_page` from the commands' own help; do not edit.",
        "What a command shows goes to standard output, words about the work to standard error. With `--json` standard\n"
        "output has one JSON object a line and nothing else.",
        "## Exit codes",
        "\n".join(["| code | meaning |", "|---|---|", *(f"| {int(code)} | {code.meaning} |" for code in Exit)]),
    ]
    for level, name, text in _helps(cli, "raised-risk"):
        parts += [f"{'#' * level} {name}", f"```text\n{text}\n```"]
    return "\n\n".join(parts) + "\n"


def _helps(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[int, str, str]]:
    context = command.make_context(name, [], parent, resilient_parsing=True, terminal_width=WIDTH)
    lines = command.get_help(context).splitlines()
    depth = len(context.command_path.split()) + 1
    yield min(depth, 4), context.command_path, "\n".join(line.rstrip() for line in lines)
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            if found := command.get_command(context, sub):
                yield from _helps(found, sub, context)


def settings_page() -> str:
    """docs/settings.md."""
    parts = [
        "# Settings",
        "Written by `python -m tests.unit.commands_page` from the table in `agents/settings_table.py`; do not edit.",
        "A setting has the value that the first of these gives:",
        "1. a flag: `--set section.name=value`\n"
        "2. its variable\n"
        f"3. the settings file, in TOML with one table a section: `--settings FILE`, else the variable\n"
        f"   `{FILE_VARIABLE}`, else `{FILE_HERE}` in the current folder\n"
        f"4. a file in the folder that the variable `{SECRETS_VARIABLE}` names. The file has the name of the\n"
        "   setting's variable, in capitals or small letters, and holds the value: as Docker and Kubernetes mount\n"
        "   secrets (`/run/secrets/raised_risk_security_password`)\n"
        "5. its default",
        "`raised-risk settings` prints each setting with where its value came from; secrets are masked. All that is\n"
        "wrong is told at once, each with what to do, and the exit code is 78.",
    ]
    heads = ["| setting | default | variable | meaning |", "|---|---|---|---|"]
    for section, rows in groupby(TABLE, key=lambda row: row.key.split(".")[0]):
        parts += [f"## {section}", "\n".join([*heads, *map(_row, rows)])]
    return "\n\n".join(parts) + "\n"


def _row(row: Setting) -> str:
    default = row.shown(row.default)
    choices = [each for each in get_args(row.info.annotation) if each]
    edges = (("at least", "ge"), ("at most", "le"))
    bounds = [
        f"{word} {getattr(each, edge):g}" for word, edge in edges for each in row.info.metadata if hasattr(each, edge)
    ]
    notes = [
        row.info.description,
        choices and f"One of {', '.join(choices)}.",
        row.form and f"Its form: {row.form}.",
        bounds and f"{' and '.join(bounds).capitalize()}.",
        any(isinstance(each, AfterValidator) for each in row.info.metadata) and "A file that is there.",
        row.secret and "A secret: never shown.",
    ]
    meaning = " ".join(str(note) for note in notes if note)
    return f"| `{row.key}` | {f'`{default}`' if default else 'empty'} | `{row.variable}` | {meaning} |"


PAGES = {"commands.md": commands_page, "settings.md": settings_page}
"""What writes each of the pages in docs."""


if __name__ == "__main__":
    for name, text in PAGES.items():
        (DOCS / name).write_text(text(), encoding="utf-8")
