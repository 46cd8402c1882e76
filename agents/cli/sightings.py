"""``raised-risk sightings``: people whose case is not known or not certain, and a person's choice."""

from __future__ import annotations

import click

from agents.cli.case import full_id
from agents.cli.session import Session, by_whom, given, many, say, shows
from agents.cli.words import named
from agents.errors import Failure
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
@shows
def list_(session: Session, kind: str | None) -> None:
    """List parked and ambiguous sightings, with the cases that an ambiguous one may be."""
    with Reader(session.settings) as reader:
        found = [each for each in unsettled(reader, session.codec) if kind in (None, each.kind)]
    heads = {"sighting": "Sighting", "kind": "Kind", "detail": "Why", "possible_cases": "Possible cases"}
    session.show_table([named(each) for each in found], heads)
    if not session.as_json:
        say(f"{many(len(found), 'sighting')} waiting" if found else "no sighting waits")


@sightings.command()
@click.argument("sighting")
@click.argument("case_id", metavar="CASE")
@by_whom
@given
def choose(session: Session, sighting: str, case_id: str, by: str, reason: str) -> None:
    """Say that SIGHTING (as `list` shows it) is a sighting of CASE. Once only: a second choice changes nothing.

    CASE is a CRN (X320741), or a youth case as youth:ISSUER/ID.
    """
    case = full_id(case_id)
    with Reader(session.settings) as reader, Writer(session.settings) as writer:
        waiting = {each.sighting: each for each in unsettled(reader, session.codec)}
        if sighting not in waiting:
            raise Failure(f"{sighting} does not wait for a choice; `raised-risk sightings list` shows those that do")
        possible = waiting[sighting].possible_cases
        if possible and case not in possible:
            say(f"mind: {case} is not among the possible cases ({', '.join(possible)})")
        say_it(writer, sighting, case, by, reason)
    say(f"{sighting} is {case}, says {by}")
