"""``raised-risk quarantine``: what lies there and why, mending and replaying it, letting a held lane go on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from agents.cli.exits import Exit
from agents.cli.publish import TopicName
from agents.cli.session import Session, as_json, given, line, many, say, table, text, when
from agents.queries import quarantine as queries
from agents.queries.feed_files import Refusal, messages
from agents.queries.readers import Reader
from agents.queries.writers import Writer
from agents.topics import ALL, COURT_HEARINGS, FEEDS

_FIELDS = (
    "quarantine_id", "state", "step", "fault", "reason", "remedy", "topic", "partition", "offset", "path", "case_id",
    "value_bytes", "value_sha256", "received_at", "attempts",
)  # fmt: skip


@click.group()
def quarantine() -> None:
    """See what could not be read, translated or folded; mend and replay it; let a held lane go on.

    Nothing is lost in quarantine, and nothing of it is in a case's file yet: the case says that something is withheld.
    """


@quarantine.command("list")
@click.option("--feed", "topic", type=TopicName(ALL), help="Only of this feed or topic.")
@click.option("--all", "everything", is_flag=True, help="What was replayed, too.")
@as_json
@given
def list_(session: Session, topic: str | None, everything: bool, as_json: bool) -> None:
    """List what is held, with the reason and what to do about it, and the lanes that stand still. No personal data."""
    with Reader(session.settings) as reader:
        there = queries.quarantined(reader, session.codec, topic).values()
        found = [one for one in there if everything or one["state"] == "HELD"]
        lanes = queries.held_lanes(reader, topic)
    if as_json:
        for one in found:
            line({"what": "item", **_masked(one)})
        for lane in lanes:
            line({"what": "held-lane", **_lane(lane)})
        return
    if found:
        heads = {
            "quarantine_id": "Id", "state": "State", "step": "Step", "fault": "Fault", "place": "Where",
            "attempts": ">Tries", "reason": "Reason", "remedy": "What to do",
        }  # fmt: skip
        table(heads, [{**one, "place": _place(one)} for one in found])
    say(many(len(found), "record") if found else f"nothing{f' of {topic}' if topic else ''} lies in quarantine")
    for lane in lanes:
        hold = lane.hold
        place = f"{hold.topic}/{hold.partition}"
        say(f"held since {when(hold.at)}: {lane.step} does not read {place} from {hold.offset} on")
        say(f"  {hold.reason}; find the cause, then: raised-risk quarantine resume {hold.topic} --by … --reason …")


@quarantine.command()
@click.argument("name", metavar="ID")
@click.option("--unmask", is_flag=True, help="Show the bytes: they may be personal data, and your terminal keeps them.")
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), help="Write the bytes to this file, to mend them."
)
@as_json
@given
@click.pass_context
def show(ctx: click.Context, session: Session, name: str, unmask: bool, to: Path | None, as_json: bool) -> None:
    """Show one quarantined record (ID, or as much of it as is unique). Key and bytes are masked without --unmask."""
    with Reader(session.settings) as reader:
        one = _one(queries.quarantined(reader, session.codec), name)
        value = queries.bytes_of(one, reader) if unmask or to else None
    shown = _masked(one)
    if unmask:
        shown |= {"key": _readable(one["key"]), "value": _readable(value)}
    if as_json:
        line(shown)
    else:
        for field, each in shown.items():
            text(f"{field + ':':<16}{when(each) if field == 'received_at' else '–' if each is None else each}")
    if to is not None:
        if value is None:
            say("the bytes are no longer there: replayed already, or gone from their topic")
            ctx.exit(Exit.AMISS)
        to.write_bytes(value)
        to.chmod(0o600)
        say(f"{len(value):,} bytes written to {to}; they may be personal data")


@quarantine.command()
@click.argument("names", metavar="[ID]…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that is held.")
@click.option("--feed", "topic", type=TopicName(ALL), help="With --all: only of this feed or topic.")
@click.option(
    "--value",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Mended bytes in place of those of the one ID. For our own feeds a .json file is encoded by its schema.",
)
@click.option(
    "--wait", type=click.FloatRange(min=0), default=0, metavar="SECONDS", help="Wait for what becomes of them."
)
@as_json
@given
@click.pass_context
def replay(
    ctx: click.Context,
    session: Session,
    names: tuple[str, ...],
    everything: bool,
    topic: str | None,
    value: Path | None,
    wait: float,
    as_json: bool,
) -> None:
    """Try held records again: after a fix of the program as they are, or one with mended bytes (--value).

    Each goes on its way once, however often it is replayed. With --wait, exit 1 if any is held again or not heard of.
    """
    if bool(names) == everything:
        raise click.UsageError("name the records, or say --all: one of the two")
    if value is not None and len(names) != 1:
        raise click.UsageError("--value mends one record: name exactly one ID")
    with Reader(session.settings) as reader, Writer(session.settings) as writer:
        known = queries.quarantined(reader, session.codec, topic)
        chosen = [_one(known, name) for name in names] or known.values()
        held = [one for one in chosen if one["state"] == "HELD"]
        for one in chosen:
            if names and one not in held:
                say(f"{one['quarantine_id']} was replayed already")
        count = queries.replay(held, writer, session.codec, _mended(session, held, value) if value and held else None)
        say(f"{many(count, 'record')} tried again")
        back, heard = 0, 0
        for one in queries.news(held, reader, session.codec, wait) if wait else ():
            heard += 1
            back += one["state"] == "HELD"
            if as_json:
                line(_masked(one))
            else:
                text(f"{one['quarantine_id']}: {_news(one)}")
    if wait and (back or heard < count):
        say(f"{heard - back:,} went on their way, {back:,} are held again, {count - heard:,} were not heard of in time")
        ctx.exit(Exit.AMISS)


@quarantine.command()
@click.argument("topic", type=TopicName(ALL), metavar="FEED")
@click.option("--partition", type=click.IntRange(min=0), help="Only this partition; otherwise all that are held.")
@click.option("--by", required=True, metavar="NAME", help="Who says so; it is kept.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it may go on; it is kept.")
@click.option("--wait", type=click.FloatRange(min=0), default=0, metavar="SECONDS", help="Wait until it goes on.")
@given
@click.pass_context
def resume(
    ctx: click.Context, session: Session, topic: str, partition: int | None, by: str, reason: str, wait: float
) -> None:
    """Let the held lanes of FEED (a feed or any topic) go on, from where they stand.

    A lane is held by the breaker, when a feed turns bad, or because records were deleted before they were read; then
    it goes on with the first that is still there. Find the cause first.
    """
    with Reader(session.settings) as reader, Writer(session.settings) as writer:
        lanes = queries.held_lanes(reader, topic, partition)
        if not lanes:
            say(f"no lane of {topic} is held")
            ctx.exit(Exit.AMISS)
        queries.resume(lanes, writer, by, reason)
        for lane in lanes:
            say(f"{lane.step} may go on with {topic}/{lane.hold.partition} ({lane.hold.reason})")
        until = time.monotonic() + wait
        asked = {lane.hold.id for lane in lanes}
        while wait and (still := asked & {lane.hold.id for lane in queries.held_lanes(reader, topic, partition)}):
            if time.monotonic() > until:
                say(f"{len(still)} still stand; is a worker running?")
                ctx.exit(Exit.AMISS)
            time.sleep(0.5)


def _one(known: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    found = [one for full, one in known.items() if full.startswith(name)]
    if len(found) != 1:
        what = "nothing in quarantine has" if not found else f"{len(found)} records have"
        raise click.BadParameter(f"{what} an id that begins with {name!r}", param_hint="ID")
    return found[0]


def _masked(one: dict[str, Any]) -> dict[str, Any]:
    """A record without what may be personal data: its key and its bytes."""
    return {field: one[field] for field in _FIELDS}


def _lane(lane: Any) -> dict[str, Any]:
    hold = lane.hold
    return {
        "step": lane.step, "hold": hold.id, "kind": hold.kind, "topic": hold.topic, "partition": hold.partition,
        "offset": hold.offset, "reason": hold.reason, "at": hold.at,
    }  # fmt: skip


def _place(one: dict[str, Any]) -> str:
    return f"{one['topic']}/{one['partition']}/{one['offset']}#{one['path']}"


def _news(one: dict[str, Any]) -> str:
    return "went on its way" if one["state"] == "REPLAYED" else f"held again: {one['reason']}; {one['remedy']}"


def _readable(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"hex:{value.hex()}"


def _mended(session: Session, held: list[dict[str, Any]], value: Path) -> bytes:

    topic = held[0]["topic"]
    if value.suffix == ".json" and topic in FEEDS and topic != COURT_HEARINGS:
        found = list(messages(topic, value, session.codec, moved=lambda _: None))
        if len(found) != 1 or isinstance(found[0], Refusal):
            why = found[0].reason if found and isinstance(found[0], Refusal) else f"it has {len(found)} lines, not one"
            raise click.BadParameter(f"{value}: {why}", param_hint="--value")
        return found[0].value
    return value.read_bytes()
