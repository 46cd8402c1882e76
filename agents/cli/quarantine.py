"""``raised-risk quarantine``: what lies there and why, mending and replaying it, letting a held lane go on."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from agents.cli.publish import TopicName
from agents.cli.session import FILE, FILE_THERE, Session, by_whom, given, many, say, shows, waits, when
from agents.errors import Failure
from agents.queries import quarantine as queries
from agents.queries.feed_files import FeedMessage, Refusal, messages
from agents.queries.quarantine import Quarantined
from agents.queries.readers import Reader, looks
from agents.queries.writers import Writer
from agents.topics import ALL, COURT_HEARINGS, FEEDS, QUARANTINE

_HEADS = {
    "quarantine_id": "Id", "state": "State", "step": "Step", "fault": "Fault", "place": "Where",
    "attempts": ">Tries", "reason": "Reason", "remedy": "What to do",
}  # fmt: skip

_PLACE = "{topic}/{partition}/{offset}#{path}"
_NEWS = {"REPLAYED": "{quarantine_id}: went on its way", "HELD": "{quarantine_id}: held again: {reason}; {remedy}"}


@click.group()
def quarantine() -> None:
    """See what could not be read, translated or folded; mend and replay it; let a held lane go on.

    Nothing is lost in quarantine, and nothing of it is in a case's file yet: the case says that something is withheld.
    """


@quarantine.command("list")
@click.option("--feed", "topic", type=TopicName(ALL), help="Only of this feed or topic.")
@click.option("--all", "everything", is_flag=True, help="What was replayed, too.")
@shows
def list_(session: Session, topic: str | None, everything: bool) -> None:
    """List what is held, with the reason and what to do about it, and the lanes that stand still. No personal data."""
    with Reader(session.settings) as reader:
        there = queries.quarantined(reader.all(QUARANTINE), session.codec, topic).values()
        found = [one for one in there if everything or one["state"] == "HELD"]
        lanes = queries.held_lanes(reader, topic)
    items = [{"what": "item", **_masked(one), "place": _PLACE.format_map(one)} for one in found]
    session.show_table(items, _HEADS)
    if not session.as_json:
        say(many(len(found), "record") if found else f"nothing{f' of {topic}' if topic else ''} lies in quarantine")
    for step, hold in lanes:
        words = (
            f"held since {when(hold.at)}: {step} does not read {hold.topic}/{hold.partition} from {hold.offset} on\n"
            f"  {hold.reason}; find the cause, then: raised-risk quarantine resume {hold.topic} --by … --reason …"
        )
        session.tell({"what": "held-lane", "step": step, "hold": hold.id, **asdict(hold)}, words)


@quarantine.command()
@click.argument("name", metavar="ID")
@click.option("--unmask", is_flag=True, help="Show the bytes: they may be personal data, and your terminal keeps them.")
@click.option("--to", type=FILE, help="Write the bytes to this file, to mend them.")
@shows
def show(session: Session, name: str, unmask: bool, to: Path | None) -> None:
    """Show one quarantined record (ID, or as much of it as is unique). Key and bytes are masked without --unmask."""
    with Reader(session.settings) as reader:
        one = _one(queries.quarantined(reader.all(QUARANTINE), session.codec), name)
        value = queries.bytes_of(one, reader) if unmask or to else None
    shown = _masked(one)
    if unmask:
        shown |= {"key": _readable(one["key"]), "value": _readable(value)}
    words = {**shown, "received_at": when(one["received_at"])}
    session.show([shown], (f"{field + ':':<16}{'–' if each is None else each}" for field, each in words.items()))
    if to is not None:
        if value is None:
            raise Failure("the bytes are no longer there: replayed already, or gone from their topic")
        to.write_bytes(value)
        to.chmod(0o600)
        say(f"{len(value):,} bytes written to {to}; they may be personal data")


@quarantine.command()
@click.argument("names", metavar="[ID]…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that is held.")
@click.option("--feed", "topic", type=TopicName(ALL), help="With --all: only of this feed or topic.")
@click.option(
    "--value",
    type=FILE_THERE,
    help="Mended bytes in place of those of the one ID. For our own feeds a .json file is encoded by its schema.",
)
@waits("Wait for what becomes of them.")
@shows
def replay(
    session: Session, names: tuple[str, ...], everything: bool, topic: str | None, value: Path | None, wait: float
) -> None:
    """Try held records again: after a fix of the program as they are, or one with mended bytes (--value).

    Each goes on its way once, however often it is replayed. With --wait, exit 1 if any is held again or not heard of.
    """
    if bool(names) == everything:
        raise click.UsageError("name the records, or say --all: one of the two")
    if value is not None and len(names) != 1:
        raise click.UsageError("--value mends one record: name exactly one ID")
    with Reader(session.settings) as reader, Writer(session.settings) as writer:
        known = queries.quarantined(reader.all(QUARANTINE), session.codec, topic)
        chosen = [_one(known, name) for name in names] or known.values()
        held = [one for one in chosen if one["state"] == "HELD"]
        for one in chosen:
            if names and one not in held:
                say(f"{one['quarantine_id']} was replayed already")
        queries.replay(held, writer, session.codec, _mended(session, held, value) if value and held else None)
        say(f"{many(len(held), 'record')} tried again")
        heard = []
        for one in queries.news(held, reader, session.codec, wait) if wait else ():
            session.show([_masked(one)], [_NEWS[one["state"]].format_map(one)])
            heard.append(one["state"])
    back, silent = heard.count("HELD"), len(held) - len(heard)
    if wait and (back or silent):
        gone = len(heard) - back
        raise Failure(f"{gone:,} went on their way, {back:,} are held again, {silent:,} were not heard of in time")


@quarantine.command()
@click.argument("topic", type=TopicName(ALL), metavar="FEED")
@click.option("--partition", type=click.IntRange(min=0), help="Only this partition; otherwise all that are held.")
@by_whom
@waits("Wait until it goes on.")
@given
def resume(session: Session, topic: str, partition: int | None, by: str, reason: str, wait: float) -> None:
    """Let the held lanes of FEED (a feed or any topic) go on, from where they stand.

    A lane is held by the breaker, when a feed turns bad, or because records were deleted before they were read; then
    it goes on with the first that is still there. Find the cause first.
    """
    with Reader(session.settings) as reader, Writer(session.settings) as writer:
        lanes = queries.held_lanes(reader, topic, partition)
        if not lanes:
            raise Failure(f"no lane of {topic} is held")
        queries.resume(lanes, writer, by, reason)
        for step, hold in lanes:
            say(f"{step} may go on with {topic}/{hold.partition} ({hold.reason})")
        asked = {hold.id for _, hold in lanes}
        for _ in looks(wait) if wait else ():
            still = [hold for _, hold in queries.held_lanes(reader, topic, partition) if hold.id in asked]
            if not still:
                return
    if wait:
        raise Failure(f"{len(still)} still stand; is a worker running?")


def _one(known: dict[str, Quarantined], name: str) -> Quarantined:
    found = [one for full, one in known.items() if full.startswith(name)]
    if len(found) != 1:
        what = "nothing in quarantine has" if not found else f"{len(found)} records have"
        raise click.BadParameter(f"{what} an id that begins with {name!r}", param_hint="ID")
    return found[0]


def _masked(one: Quarantined) -> dict[str, Any]:
    """A record without what may be personal data: its key and its bytes."""
    return {field: value for field, value in one.items() if field not in {"key", "value"}}


def _readable(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"hex:{value.hex()}"


def _mended(session: Session, held: list[Quarantined], value: Path) -> bytes:
    topic = held[0]["topic"]
    if value.suffix != ".json" or topic not in FEEDS or topic == COURT_HEARINGS:
        return value.read_bytes()
    match list(messages(topic, value, session.codec)):
        case [FeedMessage() as one]:
            return one.value
        case [Refusal() as one, *_]:
            why = one.reason
        case found:
            why = f"it has {len(found)} lines, not one"
    raise click.BadParameter(f"{value}: {why}", param_hint="--value")
