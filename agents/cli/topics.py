"""``raised-risk topics``: made, compared with their declaration, listed."""

from __future__ import annotations

import click

from agents.cli.exits import Exit
from agents.cli.session import Session, as_json, given, line, many, rows, say, text
from agents.topics import cluster


@click.group()
def topics() -> None:
    """Make, check and list the topics that the program stands on (deploy/topics.toml, or files.topics)."""


@topics.command()
@click.option("--single", is_flag=True, help="Each record once: for a cluster of one broker.")
@click.option("--feeds", is_flag=True, help="Make missing feed topics too; in production their senders do.")
@as_json
@given
def apply(session: Session, single: bool, feeds: bool, as_json: bool) -> None:
    """Make the cluster's topics what the declaration says. Safe to repeat; deletes nothing."""
    done = cluster.apply(session.settings, single=single, feeds=feeds)
    for what in done:
        line({"done": what}) if as_json else text(what)
    say(many(len(done), "change") if done else "nothing to do: the topics are as declared")


@topics.command()
@as_json
@given
@click.pass_context
def check(ctx: click.Context, session: Session, as_json: bool) -> None:
    """Say what differs from the declaration, each with its remedy. Exit 1 if anything does."""
    problems = cluster.check(session.settings)
    for problem in problems:
        line({"what": problem.what, "remedy": problem.remedy}) if as_json else text(str(problem))
    if problems:
        say(many(len(problems), "problem"))
        ctx.exit(Exit.AMISS)
    say("the topics are as declared")


@topics.command("list")
@as_json
@given
def list_(session: Session, as_json: bool) -> None:
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
    rows(found, {**columns, "partitions": ">Partitions", "replication": ">Copies"}, as_json=as_json)
