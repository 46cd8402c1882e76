"""``raised-risk publish``: files of feed messages, sent."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from agents.cli.exits import Exit
from agents.cli.session import Session, as_json, given, line, many, say
from agents.queries.feed_files import feed_topic
from agents.queries.publish import Refused
from agents.queries.publish import publish as send
from agents.queries.writers import Writer
from agents.topics import FEEDS


class TopicName(click.ParamType):
    """A topic, by the short name of its feed, or by its own name ``among`` these."""

    name = "text"

    def __init__(self, among: Collection[str]) -> None:
        self.among = among

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The topic, without the namespace. Fails where there is none of that name."""
        try:
            return feed_topic(value, self.among)
        except LookupError as error:
            self.fail(str(error.args[0]), param, ctx)


@click.command()
@click.argument("topic", type=TopicName(FEEDS), metavar="FEED")
@click.argument(
    "files", type=click.Path(path_type=Path, exists=True, dir_okay=False), nargs=-1, required=True, metavar="FILE…"
)
@as_json
@given
@click.pass_context
def publish(ctx: click.Context, session: Session, topic: str, files: tuple[Path, ...], as_json: bool) -> None:
    """Send the messages of each FILE to FEED.

    Feeds: police, courts, assessments, allocations, oversight, hearings, acts, circumstances.

    All but hearings: JSON lines (one record a line in the schema's field names, times in ISO 8601 or milliseconds since
    1970) or Avro object container files (.avro). Hearings: each file is one Common Platform message, sent byte for byte
    as it is; a .jsonl file has one a line. A bad line is refused by its number and the rest goes on; exit 1 then.
    """
    words = Console(stderr=True)
    bar = Progress(
        TextColumn(topic), BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=words, transient=True,
        disable=not words.is_terminal,
    )  # fmt: skip

    def refuse(why: Refused) -> None:
        if as_json:
            line({"file": str(why.file), "line": why.line, "refused": why.reason})
        else:
            say(f"{why.file}:{why.line}: refused: {why.reason}")

    with Writer(session.settings) as writer, bar:
        task = bar.add_task(topic, total=sum(file.stat().st_size for file in files))
        done = send(topic, files, writer, session.codec, moved=lambda count: bar.advance(task, count), refuse=refuse)
    if as_json:
        line({"topic": session.settings.topic(topic), "sent": done.sent, "refused": len(done.refused)})
    say(f"{many(done.sent, 'message')} sent to {session.settings.topic(topic)}, {len(done.refused):,} refused")
    if done.silent:
        ctx.exit(Exit.UNAVAILABLE)
    if done.refused:
        ctx.exit(Exit.AMISS)
