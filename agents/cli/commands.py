"""All the commands, in the one group that they stand in."""

from __future__ import annotations

from agents.cli import (
    accounting,
    case,
    checking,
    publish,
    quarantine,
    record,
    sandbox,
    sightings,
    topics,
    watching,
    work,
)
from agents.cli.group import cli

__all__ = ["cli"]

for command in (
    *(sandbox.demo, sandbox.broker, work.worker, topics.topics, checking.check, checking.settings),
    *(sandbox.synth, publish.publish),
    *(watching.watch, case.case, record.record, accounting.account),
    *(quarantine.quarantine, sightings.sightings),
):
    cli.add_command(command)
