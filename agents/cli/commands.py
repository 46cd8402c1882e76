"""All the commands, in the one group that they stand in."""

from __future__ import annotations

from agents.cli import accounting, case, checking, feeds, quarantine, record, running, sightings, topics, watching
from agents.cli.door import cli

__all__ = ["cli"]

for command in (
    *(running.demo, running.broker, running.worker, topics.topics, checking.check, checking.settings),
    *(feeds.synth, feeds.publish),
    *(watching.watch, case.case, record.record, accounting.account),
    *(quarantine.quarantine, sightings.sightings),
):
    cli.add_command(command)
