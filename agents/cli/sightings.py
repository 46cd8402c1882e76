"""``raised-risk sightings``: people whose case is not known or not certain, and a person's choice."""

from __future__ import annotations

import click

from agents.cli.case import full_id
from agents.cli.exits import Exit
from agents.cli.session import Session, as_json, given, many, rows, say
from agents.queries.readers import Reader
from agents.queries.sightings import choose as say_it
from agents.queries.sightings import unsettled
from agents.queries.writers import Writer

_UNSETTLED = ("parked", "ambiguous")


@click.group()
def sightings() -> None:
    """See people in hearings whose case is not known (parked) or not certain (ambiguous), and choose it."""


@sightings.command("list")
@click.option("--kind", type=click.Choice(_UNSETTLED), help="Only these.")
@as_json
@given
def list_(session: Session, kind: str | None, as_json: bool) -> None:
    """List parked and ambiguous sightings, with the cases that an ambiguous one may be."""
    with Reader(session.settings) as reader:
        found = [each for each in unsettled(reader, session.codec) if kind in (None, each.kind)]
    waiting = [
        {
            "sighting": each.sighting,
            "kind": each.kind,
            "detail": each.detail,
            "possible_cases": list(each.possible_cases),
        }
        for each in found
    ]
    heads = {"sighting": "Sighting", "kind": "Kind", "detail": "Why", "possible_cases": "Possible cases"}
    rows(waiting, heads, as_json=as_json)
    if not as_json:
        say(f"{many(len(found), 'sighting')} waiting" if found else "no sighting waits")


@sightings.command()
@click.argument("sighting")
@click.argument("case_id", metavar="CASE")
@click.option("--by", required=True, metavar="NAME", help="Who chooses; it is kept.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept.")
@given
@click.pass_context
def choose(ctx: click.Context, session: Session, sighting: str, case_id: str, by: str, reason: str) -> None:
    """Say that SIGHTING (as `list` shows it) is a sighting of CASE. Once only: a second choice changes nothing.

    CASE is a CRN (X320741), or a youth case as youth:ISSUER/ID.
    """
    case = full_id(case_id)
    with Reader(session.settings) as reader, Writer(session.settings) as writer:
        waiting = {each.sighting: each for each in unsettled(reader, session.codec)}
        if sighting not in waiting:
            say(f"{sighting} does not wait for a choice; `raised-risk sightings list` shows those that do")
            ctx.exit(Exit.AMISS)
        possible = waiting[sighting].possible_cases
        if possible and case not in possible:
            say(f"mind: {case} is not among the possible cases ({', '.join(possible)})")
        say_it(writer, sighting, case, by, reason)
    say(f"{sighting} is {case}, says {by}")
