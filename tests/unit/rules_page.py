"""Writes docs/rules.md from the rules and their tables, lest the page drift: python -m tests.unit.rules_page."""

from __future__ import annotations

from pathlib import Path

from streams.rules import RULES
from tests.unit.casebook import POLICY
from tests.unit.rule_tables import TABLES

PAGE = Path(__file__).parent.parent.parent / "docs" / "rules.md"

_HEAD = """# The rules, by example

Written from the tables of the tests (`python -m tests.unit.rules_page`); do not edit. P1 to P21 are the principles of
HM Inspectorate of Probation's paper on management oversight. Every number and its source: `deploy/policy.toml`.
"""

_CHANGES = {
    "RAISED": "raised",
    "JOINED": "joined",
    "CONDITION_CLEARED": "cleared",
    "CONDITION_RETURNED": "returned",
}


def text() -> str:
    """The whole page."""
    parts = [_HEAD]
    parts.extend(f"- **{rule.id}** ({', '.join(rule.principles)}): {rule.sentence}." for rule in RULES)
    parts.append(
        f"\nA level is stale {POLICY.stale_after.days // 7} weeks after its assessment was completed. News opens an "
        f"escalation for {POLICY.police_live.days} days (police) and {POLICY.hearing_live.days} days (courts).\n"
    )
    for table in TABLES:
        parts.append(
            f"## {table.title} ({', '.join(table.principles)})\n\n{table.text}\n\n| example | told |\n|---|---|"
        )
        for example in table.examples:
            told = "; ".join(f"{rule} {_CHANGES[change]}" for rule, change in example.told) or "nothing"
            instead = f" (there is: {example.manager})" if example.manager else ""
            parts.append(f"| {example.says} | {told}{instead} |")
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
