"""``raised-risk account``: each sighting that came in has exactly one current outcome, and the sum is what came in."""

from __future__ import annotations

from typing import Any

import click

from agents.cli.session import Session, say, shows, waits
from agents.errors import Failure
from agents.queries.account import COUNTS, Account, FeedAccount
from agents.queries.account_reading import read_account
from agents.queries.readers import looks

_PAUSE = 2.0  # seconds between two looks while it settles


@click.command()
@waits("Look again, for so long, until it adds up.")
@shows
def account(session: Session, wait: float) -> None:
    """Say what became of everything that came in, feed by feed, and whether it adds up (exit 1 if not).

    A sighting is a feed record and the path of one person in it. Each has exactly one current outcome: folded (into a
    case), parked (no case is linked yet), ambiguous (a person must choose), duplicate, nothing-to-do, organisation,
    quarantined, or empty (nobody in it). Everything committed is read anew and translated once more; no count of the
    worker's is believed. While feeds flow, what is on its way has no outcome yet: --wait gives it time.
    """
    found = read_account(session.settings, say)
    if wait and not found.adds_up:
        say("it does not add up yet; looking again until it does, or the time is over")
        for _ in looks(wait, _PAUSE):
            found = read_account(session.settings, lambda _: None)
            if found.adds_up:
                break
    rows = [_row(feed) for feed in (*found.feeds, found.total)]
    shown = [name for name in COUNTS if name in {"records", "sightings"} or any(row[name] for row in rows)]
    heads = {name: ">" + name.replace("_", " ").replace("-", " ") for name in shown}
    session.show_table(rows, {"feed": "Feed"} | heads)
    for each in found.findings:
        row = {"what": "finding", "sighting": each.sighting, "finding": each.what}
        session.tell(row, f"{each.sighting} {each.what}")
    _conclude(found)


def _row(feed: FeedAccount) -> dict[str, Any]:
    what = "sum" if feed.feed == "all" else "feed"
    counts = {name: feed.counts[name] for name in COUNTS}
    return {"what": what, "feed": feed.feed, **counts, "adds_up": feed.adds_up}


def _conclude(found: Account) -> None:
    total = found.total.counts
    if found.gone:
        say(f"{found.gone:,} times something was said of a record that its feed no longer keeps; those are left out")
    if not found.adds_up:
        raise Failure(
            f"it does not add up: of {total['sightings']:,} sightings {total['not_read'] + total['on_the_way']:,} have "
            f"no outcome ({total['not_read']:,} not read yet), {total['twice']:,} have more than one, "
            f"and {total['strangers']:,} outcomes are of sightings that never came in"
        )
    say(f"it adds up: {total['sightings']:,} sightings came in, and each has one outcome")
