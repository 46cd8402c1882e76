"""The pages docs/commands.md and docs/settings.md, written from the commands' own help and the table of settings.

``python -m agents.cli.pages docs`` writes them; a test holds them to what the program says.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click

from agents.cli.exits import Exit
from agents.settings import FILE_HERE, FILE_VARIABLE, TABLE, Setting

WIDTH = 100


def commands_page(cli: click.Group) -> str:
    """docs/commands.md."""
    parts = [
        "# Commands",
        "Written by `python -m agents.cli.pages docs` from the commands' own help; do not edit.",
        "What a command shows goes to standard output, words about the work to standard error. With `--json` standard\n"
        "output has one JSON object a line and nothing else.",
        "## Exit codes",
        "\n".join(["| code | meaning |", "|---|---|", *(f"| {int(code)} | {code.meaning} |" for code in Exit)]),
    ]
    for level, name, text in _helps(cli, "raised-risk"):
        parts += [f"{'#' * level} {name}", f"```text\n{text}\n```"]
    return "\n\n".join(parts) + "\n"


def _helps(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[int, str, str]]:
    context = click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
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
        "Written by `python -m agents.cli.pages docs` from the table in `agents/settings_table.py`; do not edit.",
        f"One TOML file (`--settings FILE`, else the variable `{FILE_VARIABLE}`, else `{FILE_HERE}` in the\n"
        "current folder), with one table a section; a variable wins over the file, and a flag\n"
        "(`--set section.name=value`) over both. `raised-risk settings` prints each with where it came from, secrets\n"
        "masked; whatever is wrong is told at once, with exit code 78.",
    ]
    sections = dict.fromkeys(row.key.split(".")[0] for row in TABLE)
    for section in sections:
        rows = [row for row in TABLE if row.key.startswith(section + ".")]
        heads = ["| setting | default | variable | meaning |", "|---|---|---|---|"]
        parts += [f"## {section}", "\n".join([*heads, *map(_row, rows)])]
    return "\n\n".join(parts) + "\n"


def _row(row: Setting) -> str:
    default = str(row.default).lower() if isinstance(row.default, bool) else str(row.default)
    notes = [row.rule.meaning]
    if choices := [each for each in get_args(row.kind) if each]:
        notes.append(f"One of {', '.join(choices)}.")
    if row.rule.shaped:
        notes.append(f"Its form: {row.rule.shaped}.")
    bounds = [
        f"{word} {edge:g}"
        for word, edge in (("at least", row.rule.least), ("at most", row.rule.most))
        if edge is not None
    ]
    if bounds:
        notes.append(f"{' and '.join(bounds).capitalize()}.")
    if row.rule.is_file:
        notes.append("A file that is there.")
    if row.rule.secret:
        notes.append("A secret: never shown.")
    return f"| `{row.key}` | {f'`{default}`' if default else 'empty'} | `{row.variable}` | {' '.join(notes)} |"


def main(folder: str) -> None:
    """Write both pages into ``folder``."""
    from agents.cli.commands import cli

    (Path(folder) / "commands.md").write_text(commands_page(cli), encoding="utf-8")
    (Path(folder) / "settings.md").write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
