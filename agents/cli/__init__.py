"""``raised-risk``: the commands that people use, each a thin shell over a module of its own.

A command imports what it works with when it runs, so that ``--help`` is quick and ``publish`` needs no Faust.
"""

from __future__ import annotations

from agents import logs
from agents.cli import accounting, case, checking, feeds, quarantine, running, sightings, topics, watching
from agents.cli.door import cli

__all__ = ["cli", "main"]

for command in (
    *(running.demo, running.broker, running.worker, topics.topics, checking.check, checking.settings),
    *(feeds.synth, feeds.publish),
    *(watching.watch, case.case, accounting.account),
    *(quarantine.quarantine, sightings.sightings),
):
    cli.add_command(command)


def main() -> None:
    """The program. Never returns: exits with one of ``exits.Exit``."""
    logs.configure(
        "error"
    )  # what a library says, as JSON and blotted; worker and broker take the level of the settings
    cli(prog_name="raised-risk")
