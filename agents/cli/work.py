"""``raised-risk worker``: the work itself, until it is told to stop."""

from __future__ import annotations

import sys

import click

from agents import logs
from agents import worker as work
from agents.cli.session import Session, given


@click.command()
@given
def worker(session: Session) -> None:
    """Do the work: feeds in, escalations out, nothing lost and nothing doubled.

    Keeps worker.processes processes running and starts one that ends again. SIGTERM or Ctrl-C ends all in good order.
    Refuses to start against topics or settings that would break the promise (exit 78, each with its remedy). Logs are
    JSON on standard error; metrics and health are on metrics.host and metrics.port.
    """
    logs.configure(session.settings.logs.level)
    sys.exit(work.main(session.settings))
