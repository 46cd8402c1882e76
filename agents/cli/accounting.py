"""``raised-risk account``: each sighting that came in has exactly one current outcome, and the sum is what came in."""

from __future__ import annotations

import time
from typing import Any

import click

from agents.cli.exits import Exit
from agents.cli.session import Session, as_json, given, line, say, table
from agents.queries.account import Account, FeedAccount, Outcome
from agents.queries.account_reading import read_account

_PAUSE = 2.0  # seconds between two looks while it settles


@click.command()
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=0,
    metavar="SECONDS",
    help="Look again, for so long, until it adds up.",
)
@as_json
@given
@click.pass_context
def account(ctx: click.Context, session: Session, wait: float, as_json: bool) -> None:
    """Say what became of everything that came in, feed by feed, and whether it adds up (exit 1 if not).

    A sighting is a feed record and the path of one person in it. Each has exactly one current outcome: folded (into a
    case), parked (no case is linked yet), ambiguous (a person must choose), duplicate, nothing-to-do, organisation,
    quarantined, or empty (nobody in it). Everything committed is read anew and translated once more; no count of the
    worker's is believed. While feeds flow, what is on its way has no outcome yet: --wait gives it time.
    """
    until = time.monotonic() + wait
    found = read_account(session.settings, say)
    if not found.adds_up and time.monotonic() < until:
        say("it does not add up yet; looking again until it does, or the time is over")
    while not found.adds_up and time.monotonic() < until:
        time.sleep(_PAUSE)
        found = read_account(session.settings, lambda _: None)
    rows = [_row(feed) for feed in (*found.feeds, found.total)]
    if as_json:
        for row in rows:
            line({"what": "sum" if row["feed"] == "all" else "feed", **row})
        for each in found.findings:
            line({"what": "finding", "sighting": each.sighting, "finding": each.what})
    else:
        _print(rows)
        for each in found.findings:
            say(f"{each.sighting} {each.what}")
    _conclude(found)
    if not found.adds_up:
        ctx.exit(Exit.AMISS)


def _row(feed: FeedAccount) -> dict[str, Any]:

    return {
        "feed": feed.feed,
        "records": feed.records,
        "sightings": feed.sightings,
        **{outcome.value: feed.outcomes.get(outcome, 0) for outcome in Outcome},
        "not_read": feed.not_read,
        "on_the_way": feed.on_the_way,
        "twice": feed.twice,
        "strangers": feed.strangers,
        "adds_up": feed.adds_up,
    }


def _print(rows: list[dict[str, Any]]) -> None:
    names = [name for name in rows[0] if name not in {"feed", "adds_up"}]
    shown = [name for name in names if name in {"records", "sightings"} or any(row[name] for row in rows)]
    heads = {"feed": "Feed", **{name: ">" + name.replace("_", " ").replace("-", " ") for name in shown}}
    table(heads, rows)


def _conclude(found: Account) -> None:
    total = found.total
    if found.gone:
        say(f"{found.gone:,} times something was said of a record that its feed no longer keeps; those are left out")
    if found.adds_up:
        say(f"it adds up: {total.sightings:,} sightings came in, and each has one outcome")
        return
    missing = total.not_read + total.on_the_way
    say(
        f"it does not add up: of {total.sightings:,} sightings {missing:,} have no outcome "
        f"({total.not_read:,} not read yet), {total.twice:,} have more than one, "
        f"and {total.strangers:,} outcomes are of sightings that never came in"
    )
