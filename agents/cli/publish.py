"""``raised-risk publish``: files of feed messages, sent."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from agents.cli.session import FILE_THERE, Session, many, say, shows
from agents.errors import Failure, Unavailable
from agents.queries.feed_files import NAMES
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
        topic = value if value in self.among else NAMES.get(value)
        return topic or self.fail(f"there is no feed {value!r}; there are {', '.join(NAMES)}", param, ctx)


@click.command()
@click.argument("topic", type=TopicName(FEEDS), metavar="FEED")
@click.argument("files", type=FILE_THERE, nargs=-1, required=True, metavar="FILE…")
@shows
def publish(session: Session, topic: str, files: tuple[Path, ...]) -> None:
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

    def refuse(file: Path, line: int, why: str) -> None:
        session.tell({"file": file, "line": line, "refused": why}, f"{file}:{line}: refused: {why}")

    with Writer(session.settings) as writer, bar:
        task = bar.add_task(topic, total=sum(file.stat().st_size for file in files))
        done = send(topic, files, writer, session.codec, moved=lambda count: bar.advance(task, count), refuse=refuse)
    name = session.settings.topic(topic)
    session.show([{"topic": name, "sent": done.sent, "refused": done.refused}], ())
    summary = f"{many(done.sent, 'message')} sent to {name}, {done.refused:,} refused"
    if done.refused:
        raise (Unavailable if done.silent else Failure)(summary)
    say(summary)
