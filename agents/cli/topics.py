"""``raised-risk topics``: made, compared with their declaration, listed."""

from __future__ import annotations

import click

from agents.cli.session import Session, many, say, shows
from agents.errors import Failure
from agents.topics import cluster


@click.group()
def topics() -> None:
    """Make, check and list the topics that the program stands on (deploy/topics.toml, or files.topics)."""


@topics.command()
@click.option("--single", is_flag=True, help="Each record once: for a cluster of one broker.")
@click.option("--feeds", is_flag=True, help="Make missing feed topics too; in production their senders do.")
@shows
def apply(session: Session, single: bool, feeds: bool) -> None:
    """Make the cluster's topics what the declaration says. Safe to repeat; deletes nothing."""
    done = cluster.apply(session.settings, single=single, feeds=feeds)
    session.show(({"done": what} for what in done), done)
    say(many(len(done), "change") if done else "nothing to do: the topics are as declared")


@topics.command()
@shows
def check(session: Session) -> None:
    """Say what differs from the declaration, each with its remedy. Exit 1 if anything does."""
    problems = cluster.check(session.settings)
    session.show(({"what": each.what, "remedy": each.remedy} for each in problems), map(str, problems))
    if problems:
        raise Failure(many(len(problems), "problem"))
    say("the topics are as declared")


@topics.command("list")
@shows
def list_(session: Session) -> None:
    """List every declared topic with its partitions and replicas, and whether it is there."""
    found = [
        {
            "topic": session.settings.topic(state.spec.name),
            "owner": state.spec.owner.value,
            "there": state.there,
            "partitions": state.partitions if state.there else None,
            "replication": state.replication if state.there else None,
        }
        for state in cluster.listed(session.settings)
    ]
    columns = {"topic": "Topic", "owner": "Owner", "there": "There"}
    session.show_table(found, {**columns, "partitions": ">Partitions", "replication": ">Copies"})
