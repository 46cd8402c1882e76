"""``raised-risk case``: what we know of a case, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from agents.cli import words
from agents.cli.exits import Exit
from agents.cli.session import Session, as_json, given, line, say, text, when

if TYPE_CHECKING:
    from agents.desk.case_reading import Known


@click.command(short_help="What is known of a case, and why.")
@click.argument("case_id", metavar="ID")
@click.option("--events", type=click.IntRange(min=0), default=20, show_default=True, help="Latest events to show.")
@as_json
@given
@click.pass_context
def case(ctx: click.Context, session: Session, case_id: str, events: int, as_json: bool) -> None:
    """Show the case ID: levels, managers, signals, open items with their reason, what is withheld, and its history.

    ID is a CRN (X320741), or a youth case as youth:ISSUER/ID.
    """
    from agents.desk.case_reading import read_case

    known = read_case(session.settings, session.codec, full_id(case_id))
    if known.file is None and not known.events:
        say(f"nothing is known of {known.case}")
        ctx.exit(Exit.AMISS)
    if as_json:
        for row in _rows(known, events):
            line(row)
    else:
        _print(known, events)


def full_id(typed: str) -> str:
    """The case id that somebody typed, whole; a CRN in either case of letters. Raises BadParameter."""
    typed = typed.strip()
    if crn := re.fullmatch(r"(?:crn:)?([A-Z]{1,2}[0-9]{6})", typed, re.IGNORECASE | re.ASCII):
        return f"crn:{crn[1].upper()}"
    if youth := re.fullmatch(r"youth:(.+/.+)", typed, re.IGNORECASE):
        return f"youth:{youth[1]}"
    raise click.BadParameter("give a CRN (X320741), or youth:ISSUER/ID", param_hint="case id")


def _rows(known: Known, events: int) -> list[dict[str, Any]]:
    file = [{"what": "file", "case": known.case, "file": words.named(known.file)}] if known.file else []
    return [
        *file,
        *({"what": "escalation", **told} for told in known.escalations),
        *({"what": "event", "at": at, "event": words.named(event)} for at, event in known.latest(events)),
    ]


def _print(known: Known, events: int) -> None:
    for each in words.file(known.file) if known.file else [f"{known.case}: its events are not folded yet"]:
        text(each)
    for told in known.escalations:
        text()
        text("\n".join(words.escalation(told)))
    text()
    shown = known.latest(events)
    text(f"  history ({len(shown)} of {len(known.events)} events, oldest first; times are those of the case's log):")
    for at, event in shown:
        matched = f", matched by {event.matched_by}" if event.matched_by else ""
        text(f"    {when(at)}  {words.fact(event.fact)}  ({event.origin}{matched})")
