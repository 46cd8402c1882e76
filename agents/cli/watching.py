"""``raised-risk watch``: escalations as they come."""

from __future__ import annotations

import click

from agents.cli import words
from agents.cli.session import Session, say, shows
from agents.queries.case_reading import place, record_of
from agents.queries.readers import Reader
from agents.topics import ESCALATIONS
from schemas import NotReadable


@click.command()
@click.option("--from-start", is_flag=True, help="Begin with the first that is still kept, not with the next.")
@click.option("--limit", type=click.IntRange(min=1), help="End after so many.")
@shows
def watch(session: Session, from_start: bool, limit: int | None) -> None:
    """Show escalations as they come, each with its reason, until Ctrl-C."""
    codec, shown = session.codec, 0
    with Reader(session.settings) as reader:
        for record in reader.follow(ESCALATIONS, from_start=from_start):
            if record is None:
                continue
            try:
                escalation = record_of(record, codec)
            except NotReadable as error:
                say(f"{place(record.topic, record)} is no escalation: {error.reason}; {error.remedy}")
                continue
            session.show([escalation.record()], (*words.escalation(escalation), ""))
            shown += 1
            if shown == limit:
                return
