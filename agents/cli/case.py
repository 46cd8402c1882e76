"""``raised-risk case``: what we know of a case, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from agents import timer
from agents.cli import explained, words
from agents.cli.session import Session, say, shows, when
from agents.errors import Failure
from agents.queries import explaining
from agents.queries.case_reading import KnownCase, read_case, read_policies
from agents.queries.readers import Reader

_HERE = ZoneInfo("Europe/London")
_WHOLE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Moment(click.ParamType):
    """A time in the past, as people write it."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time that was written. Fails on what is no time, and on the future."""
        now = timer.now()
        try:
            at = moment(str(value), now)
        except ValueError:
            self.fail(f"{value!r} is no time; write 2026-03-02, 2026-03-02T14:30 or 2026-03-02T14:30:00Z", param, ctx)
        if at > now:
            self.fail(f"{value} lies ahead (it is {when(now)}): what will be known then is not known", param, ctx)
        return at


def moment(written: str, now: datetime) -> datetime:
    """The time that was written, in UTC. Pure. Raises ValueError.

    Without a zone it is the clock's in England and Wales; a date is the end of that day, and today's date is now.
    """
    written = written.strip()
    if _WHOLE_DAY.fullmatch(written):
        after = datetime.combine(date.fromisoformat(written) + timedelta(days=1), time(), _HERE)
        end = after.astimezone(UTC) - timedelta(milliseconds=1)
        return now if now.astimezone(_HERE).date().isoformat() == written else end
    at = datetime.fromisoformat(written)
    return (at if at.tzinfo is not None else at.replace(tzinfo=_HERE)).astimezone(UTC)


@click.command()
@click.argument("case_id", metavar="ID")
@click.option("--events", type=click.IntRange(min=0), default=20, show_default=True, help="Latest events to show.")
@click.option("--explain", is_flag=True, help="All that is behind each escalation, and the awareness timeline.")
@click.option("--as-at", type=Moment(), metavar="TIME", help="With --explain: as it was then.")
@shows
def case(session: Session, case_id: str, events: int, explain: bool, as_at: datetime | None) -> None:
    """Show the case ID: levels, managers, signals, open escalations with their reason, what is withheld, its history.

    ID is a CRN (X320741), or a youth case as youth:ISSUER/ID.

    With --explain it shows for each escalation the rule and the principles behind it, the signals and when each
    occurred, was recorded, received and processed, what was known then, who did what and why, and what is awaited; and
    for the case who could have known what, and when. With --as-at TIME all of it is as it was then: the log folded
    again up to that time, under the policies in force then, and what was emitted by then. TIME is a date (the end of
    that day) or a time; without a zone it is the clock's in London.
    """
    if as_at is not None and not explain:
        raise click.UsageError("--as-at goes with --explain")
    case_id = full_id(case_id)
    with Reader(session.settings) as reader:
        policies = read_policies(reader, session.settings) if explain else None
        known = read_case(reader, session.codec, case_id)
    found = explaining.explain(known, policies, as_at) if policies is not None else None
    there = (known.file or known.events) if found is None else (found.file or found.escalations)
    if not there:
        raise Failure(f"nothing was known of {case_id} {when(as_at)}" if as_at else f"nothing is known of {case_id}")
    if found is None:
        session.show(_rows(known, events), _lines(known, events))
        return
    session.show(explained.rows(found), explained.lines(found))
    for difference in found.differences:
        say(f"mind: {difference}")


def full_id(typed: str) -> str:
    """The case id that somebody typed, whole; a CRN in either case of letters. Raises BadParameter."""
    typed = typed.strip()
    if crn := re.fullmatch(r"(?:crn:)?([A-Z]{1,2}[0-9]{6})", typed, re.IGNORECASE | re.ASCII):
        return f"crn:{crn[1].upper()}"
    if youth := re.fullmatch(r"youth:(.+/.+)", typed, re.IGNORECASE):
        return f"youth:{youth[1]}"
    raise click.BadParameter("give a CRN (X320741), or youth:ISSUER/ID", param_hint="case id")


def _rows(known: KnownCase, events: int) -> Iterator[dict[str, Any]]:
    if known.file is not None:
        yield {"what": "file", "case": known.case, "file": words.named(known.file)}
    yield from ({"what": "escalation", **record.record()} for record in known.escalations)
    yield from ({"what": "event", "at": at, "event": words.named(event)} for at, event in known.latest(events))


def _lines(known: KnownCase, events: int) -> Iterator[str]:
    yield from words.file(known.file) if known.file else [f"{known.case}: its events are not folded yet"]
    for record in known.escalations:
        yield from ("", *words.escalation(record))
    yield ""
    if known.erased:
        yield f"  what came before {when(known.erased)} is erased, and shown to nobody"
    shown = known.latest(events)
    yield f"  history ({len(shown)} of {len(known.events)} events, oldest first; times are those of the case's log):"
    for at, event in shown:
        matched = f", matched by {event.matched_by}" if event.matched_by else ""
        yield f"    {when(at)}  {words.fact(event.fact)}  ({event.origin}{matched})"
