"""Writes docs/rules.md from the rules and their tables, lest the page drift: python -m tests.unit.rules_page."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from streams.rules import RULES
from tests.unit.casebook import POLICY_TEXT
from tests.unit.principles import PRINCIPLES
from tests.unit.rule_tables import TABLES, Example, Table
from tests.unit.sample_outcomes import OWN, REAL, Sample

PAGE = Path(__file__).parent.parent.parent / "docs" / "rules.md"

_HEAD = """# The rules, by example

Written from the tables of the tests (`python -m tests.unit.rules_page`); do not edit. P1 to P21 are the principles of
HM Inspectorate of Probation's paper on management oversight. Every number and its source: `deploy/policy.toml`. Times
are UTC; nothing else is so in an example than what it says.
"""

_CHANGES = {"CONDITION_CLEARED": "cleared", "CONDITION_RETURNED": "returned"}


def text() -> str:
    """The whole page."""
    parts = [_HEAD, "## The rules\n"]
    parts.extend(f"- **{rule.id}** ({', '.join(rule.principles)}): {rule.sentence}." for rule in RULES)
    parts += ["\n## Where each principle is shown\n", *mapping(), "\n## The numbers that apply\n", *_numbers(), ""]
    for table in TABLES:
        parts += [*_table(table), ""]
    return "\n".join((*parts, *_samples())).rstrip() + "\n"


def mapping() -> list[str]:
    """Of each principle the rules and the tables that name it (each has a test besides), and what another part does."""
    rows = ["| principle | what the paper asks for | rules | tables | elsewhere |", "|---|---|---|---|---|"]
    for name, principle in PRINCIPLES.items():
        rules = ", ".join(rule.id for rule in RULES if name in rule.principles)
        tables = "; ".join(table.title for table in TABLES if name in table.principles)
        shown = tables or "`test_principles.py`"
        rows.append(f"| {name} | {principle.says} | {rules} | {shown} | {principle.elsewhere} |")
    return rows


def _numbers() -> Iterator[str]:
    yield "| number | value | source | date |"
    yield "|---|---|---|---|"
    yield from _sourced(tomllib.loads(POLICY_TEXT), ())


def _sourced(values: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[str]:
    source, date = values.get("source", ""), values.get("date", "")
    for key, value in values.items():
        path = (*above, key)
        if isinstance(value, dict) and "source" not in values:
            yield from _sourced(value, path)
        elif key not in ("source", "date"):
            yield f"| `{'.'.join(path)}` | {_shown(value)} | {source} | {date} |"


def _shown(value: object) -> str:
    match value:
        case list():
            return ", ".join(map(_shown, value)) or "none"
        case dict():
            return ", ".join(f"{key} {one}" for key, one in value.items())
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def _table(table: Table) -> Iterator[str]:
    yield f"## {table.title} ({', '.join(table.principles)})\n\n{table.text}\n"
    yield "| example | told |\n|---|---|"
    for example in table.examples:
        if not example.pending:
            yield f"| {example.says} | {_told(example)} |"


def _told(example: Example) -> str:
    told = "; ".join(f"{rule} {_change(change)}" for rule, change in example.told) or "nothing"
    more = [
        f"there is: {example.manager}" if example.manager else "",
        f"urgency: {example.urgency}" if example.urgency else "",
        f"turn of the {example.turn}" if example.turn else "",
        f"next: {example.next_at}" if example.next_at else "",
        *(f'reason: "{words}"' for words in example.reason),
        *(f'level: "{words}"' for words in example.levels),
        *(f'note: "{words}"' for words in example.notes),
    ]
    shown = "; ".join(one for one in more if one)
    return f"{told} ({shown})" if shown else told


def _change(change: str) -> str:
    return _CHANGES.get(change, change.lower().replace("_", " "))


def _samples() -> Iterator[str]:
    yield (
        "## Samples\n\nMessages of the field's own systems, in our words; each comes when its sender had it, nobody "
        "does anything, and the case is looked at for 60 days more. The real ones are of public repositories of the "
        "Ministry of Justice, with invented people; ours are invented, in the same formats.\n"
    )
    yield "| sample | what it says | raised, with its time |\n|---|---|---|"
    for sample in (*REAL, *OWN):
        beside = f"; beside it, arrested at {' and '.join(sample.arrests)}" if sample.arrests else ""
        yield f"| `{sample.file}` | {sample.says}{beside} | {_outcome(sample)} |"


def _outcome(sample: Sample) -> str:
    told = "; ".join(f"{rule} {_change(change)} {at}" for rule, change, at in sample.told) or "nothing"
    reasons = "; ".join(f'{rule}: "{words}"' for rule, words in sample.reason)
    there = f"there is: {sample.manager}" if sample.manager else ""
    shown = "; ".join(one for one in (reasons, there) if one)
    return f"{told} ({shown})" if shown else told


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
