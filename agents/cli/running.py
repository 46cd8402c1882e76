"""What runs until it is told to stop: the demo, the broker, the worker."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from agents import logs
from agents.cli.session import Session, given


@click.command(short_help="See it at work, live: broker, worker, synthetic feeds, five cases.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="End by itself after so long.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), default=50.0, show_default=True, help="Messages/s."
)
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same messages.")
@given
def demo(session: Session, minutes: float | None, rate: float, seed: int) -> None:
    """See it at work: a broker, a worker, synthetic feeds and a story of five cases, live in the terminal.

    Starts its own broker unless kafka.bootstrap is set. Ctrl-C ends it; with --minutes it ends by itself, and the last
    line on standard output is one line of JSON with what came in, what was raised, and whether it adds up.
    """
    from agents.demo import run

    logs.configure("error")
    sys.exit(run.main(minutes, rate, seed, session.settings))


@click.command(short_help="Run Apache Kafka here, for a laptop or tests.")
@click.option("--brokers", type=click.Choice(["1", "3"]), default="1", show_default=True, help="One broker, or three.")
@click.option("--port", type=click.IntRange(1, 65_533), default=9092, show_default=True, help="Of the first broker.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of data and logs; otherwise broker.data.")
@given
def broker(session: Session, brokers: str, port: int, data: Path | None) -> None:
    """Run Apache Kafka here, for a laptop or tests: on 127.0.0.1 only, until Ctrl-C.

    The first time it fetches Kafka's jars and holds them to their locked checksums; Java comes with pip. Stop workers
    before the broker. Production has a cluster of its own, named by kafka.bootstrap.
    """
    from agents.broker import serve

    settings = session.settings.broker
    logs.configure(session.settings.logs.level)
    sys.exit(serve(data or Path(settings.data), int(brokers), port, java=settings.java, jars=settings.jars))


@click.command(short_help="Do the work: feeds in, escalations out.")
@given
def worker(session: Session) -> None:
    """Do the work: feeds in, escalations out, nothing lost and nothing doubled.

    Keeps worker.processes processes running and starts one that ends again. SIGTERM or Ctrl-C ends all in good order.
    Refuses to start against topics or settings that would break the promise (exit 78, each with its remedy). Logs are
    JSON on standard error; metrics and health are on metrics.host and metrics.port.
    """
    from agents import worker as work

    logs.configure(session.settings.logs.level)
    sys.exit(work.main(session.settings))
