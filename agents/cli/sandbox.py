"""The commands of the sandbox: demo, the laptop's broker, synthetic feeds, load. A production image has them not."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from agents import logs
from agents.cli.session import FILE, Session, given, many, say, shows, table, text

_POSITIVE = click.FloatRange(min=0, min_open=True)
_A_WEEK = click.FloatRange(min=0.01, max=10)


class SandboxCommand(click.Command):
    """A command that needs ``agents.sandbox``, which is a distribution of its own."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises ClickException where the sandbox is not installed."""
        if find_spec("agents.sandbox") is None:
            raise click.ClickException(
                f"`raised-risk {self.name}` is not part of a production installation: install raised-risk-sandbox, or "
                "run it from a checkout (`make demo` sets one up)"
            )
        return super().invoke(ctx)


@click.command(cls=SandboxCommand)
@click.option("--minutes", type=_POSITIVE, help="End by itself after so long.")
@click.option("--rate", type=_POSITIVE, default=50.0, show_default=True, help="Messages/s.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same messages.")
@given
def demo(session: Session, minutes: float | None, rate: float, seed: int) -> None:
    """See it at work: a broker, a worker, synthetic feeds and a story of five cases, live in the terminal.

    Starts its own broker unless kafka.bootstrap is set. Ctrl-C ends it; with --minutes it ends by itself, and the last
    line on standard output is one line of JSON with what came in, what was raised, and whether it adds up.
    """
    from agents.sandbox.demo import run

    logs.configure("error")
    sys.exit(run.main(minutes, rate, seed, session.settings))


@click.command(cls=SandboxCommand)
@click.option("--brokers", type=click.Choice(["1", "3"]), default="1", show_default=True, help="One broker, or three.")
@click.option("--port", type=click.IntRange(1, 65_533), default=9092, show_default=True, help="Of the first broker.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of data and logs; otherwise broker.data.")
@given
def broker(session: Session, brokers: str, port: int, data: Path | None) -> None:
    """Run Apache Kafka here, for a laptop or tests: on 127.0.0.1 only, until Ctrl-C.

    The first time it fetches Kafka's jars and holds them to their locked checksums; Java comes with pip. Stop workers
    before the broker. Production has a cluster of its own, named by kafka.bootstrap.
    """
    from agents.sandbox.broker import serve

    settings = session.settings.broker
    logs.configure(session.settings.logs.level)
    sys.exit(serve(data or Path(settings.data), int(brokers), port, java=settings.java, jars=settings.jars))


@click.command(cls=SandboxCommand)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed writes the same files.")
@click.option("--cases", type=click.IntRange(min=1), default=400, show_default=True, help="Cases that it speaks of.")
@click.option("--messages", type=click.IntRange(min=1), help="Stop after so many messages.")
@click.option("--days", type=_POSITIVE, help="Stop after so many days of their time.")
@shows
def synth(session: Session, folder: Path, seed: int, cases: int, messages: int | None, days: float | None) -> None:
    """Write synthetic feeds to FOLDER: they look like England and Wales in small, and nobody in them is real.

    One file a feed, as `raised-risk publish` reads them.
    """
    from agents.sandbox.feeds import files

    if messages is not None and days is not None:
        raise click.UsageError("say how many --messages or how many --days, not both")
    if messages is None and days is None:
        messages = 10_000
    written = sorted(files.write(folder, seed, cases, messages=messages, days=days).items())
    session.show(
        ({"file": folder / name, "messages": count} for name, count in written),
        (f"{folder / name}: {many(count, 'message')}" for name, count in written),
    )


@click.command(cls=SandboxCommand)
@click.argument("policy", nargs=-1, type=FILE)
@click.option("--cases", type=click.IntRange(min=1), default=400, show_default=True, help="Cases to simulate.")
@click.option("--weeks", type=click.IntRange(min=1), default=52, show_default=True, help="Weeks that are counted.")
@click.option("--per-case-week", type=_A_WEEK, default=0.1, show_default=True, help="Feed messages a case and week.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same numbers.")
@shows
def load(session: Session, policy: tuple[Path, ...], cases: int, weeks: int, per_case_week: float, seed: int) -> None:
    """What a policy means for the people who must read its escalations: a simulated year of a caseload.

    POLICY is a policy file; without one, the policy that the settings name. Two files are shown side by side. Numbers
    are per 400 cases and week, for managers who act in time, who are late, and who are absent. docs/load.md says what
    is counted. The last line of --json has the sums, for two policies by their versions.
    """
    from agents.sandbox.load import comparing, shown

    if len(policy) > 2:
        raise click.UsageError("give one policy, or two to be shown side by side")
    read = comparing.policies(session.settings, policy)
    if len({each.version for each in read.values()}) < len(policy):
        raise click.UsageError("the two files are the same policy: there is nothing to compare")
    found, about = comparing.compared(
        read, seed=seed, cases=cases, weeks=weeks, per_case_week=per_case_week, progress=say
    )
    say(f"CPU: {time.process_time():.1f} s")
    if session.as_json:
        session.show(shown.rows(found, about), ())
        return
    for line in comparing.heading(read, about):
        text(line)
    for title, heads, rows in shown.tables(found):
        text()
        if title:
            text(title)
        table(heads, rows)
    for lines in (shown.notes(found), shown.pictures(found)):
        text()
        for line in lines:
            text(line)
