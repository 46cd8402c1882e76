"""``raised-risk watch``: escalations as they come."""

from __future__ import annotations

import click

from agents.cli import words
from agents.cli.session import Session, as_json, given, line, say, text
from agents.queries.readers import Reader
from agents.topics import ESCALATIONS
from schemas import NotReadable


@click.command()
@click.option("--from-start", is_flag=True, help="Begin with the first that is still kept, not with the next.")
@click.option("--limit", type=click.IntRange(min=1), help="End after so many.")
@as_json
@given
def watch(session: Session, from_start: bool, limit: int | None, as_json: bool) -> None:
    """Show escalations as they come, each with its reason, until Ctrl-C."""
    codec, shown = session.codec, 0
    with Reader(session.settings) as reader:
        for record in reader.follow(ESCALATIONS, from_start=from_start):
            if record is None:
                continue
            try:
                escalation = codec.decode("escalation", record.value)
            except NotReadable as error:
                place = f"{record.topic}/{record.partition}/{record.offset}"
                say(f"{place} is no escalation: {error.reason}; {error.remedy}")
                continue
            if as_json:
                line(escalation)
            else:
                text("\n".join(words.escalation(escalation)) + "\n")
            shown += 1
            if shown == limit:
                return
