"""``raised-risk record``: whether the record of a case is whole, and its heads to keep elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from agents.cli.case import full_id
from agents.cli.session import FILE_THERE, Session, many, say, shows
from agents.cli.words import named
from agents.errors import Failure
from agents.queries.record_reading import Checked, check
from streams.verifying import Head, head_of


@click.group()
def record() -> None:
    """See whether what was recorded of a case is whole: nothing missing, changed, doubled or out of order."""


@record.command(short_help="Follow the chains of one case, or of all.")
@click.argument("case_id", metavar="[ID]", required=False)
@click.option("--heads", is_flag=True, help="Print the heads of the chains, as lines to keep elsewhere.")
@click.option("--against", type=FILE_THERE, metavar="FILE", help="Kept heads: each must still be on its chain.")
@shows
def verify(session: Session, case_id: str | None, heads: bool, against: Path | None) -> None:
    """Follow both chains of a case's record from the beginning, or those of all cases; exit 1 if something is amiss.

    The chain of the records: numbers without a gap, each entry's hash, and its word on the one before it. The chain
    of the events: the log folded again must come to the head that each entry was emitted after, and to the one in the
    case file. The first entry that is missing, changed, doubled or out of order is named by topic/partition/offset.

    Whoever can write everything can make both chains whole again. So print the heads with --heads now and then, keep
    them where nobody can change them, and check with --against that they are still on the chains (docs/record.md).

    ID is a CRN (X320741), or a youth case as youth:ISSUER/ID.
    """
    case = full_id(case_id) if case_id is not None else None
    kept = _kept(against) if against is not None else {}
    kept = {name: head for name, head in kept.items() if case in (None, name)}
    cases = entries = amiss = 0
    for found in check(session.settings, session.codec, case, kept, say):
        cases, entries, amiss = cases + 1, entries + found.entries, amiss + (not found.whole)
        session.show([_row(found)], [found.head.line()] if heads and found.whole else [])
        _tell(found, only=case is not None)
    if case is not None and not cases:
        raise Failure(f"nothing is known of {case}")
    if amiss:
        raise Failure(
            f"{many(amiss, 'record')} of {cases:,} not whole; keep the topics as they are until it is known why"
        )
    against_heads = f", and {many(len(kept), 'kept head')} still on the chains" if kept else ""
    whole = f"{many(cases, 'case')}, {entries:,} entries: nothing is missing, changed, doubled or out of order"
    say(whole + against_heads if cases else "there are no cases")


def _kept(path: Path) -> dict[str, Head]:
    """The kept heads by case; of several of one case the one with the most entries. Raises BadParameter."""
    found: dict[str, Head] = {}
    for number, each in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            head = head_of(each)
        except ValueError as error:
            raise click.BadParameter(f"{path}, line {number}: {error}", param_hint="--against") from None
        if head is not None and (head.case not in found or head.entries >= found[head.case].entries):
            found[head.case] = head
    return found


def _tell(found: Checked, *, only: bool) -> None:
    """What is amiss with one case: all of it where one was asked for, else the first."""
    for remark in found.remarks:
        say(f"{found.case}: mind: {remark}")
    if only and found.unchained:
        say(f"{found.case}: {many(found.unchained, 'record')} of before there was a chain, which nothing vouches for")
    for finding in found.findings if only else found.findings[:1]:
        say(f"{found.case}: {finding.place}: {finding.what}; {finding.remedy}")
    if not only and len(found.findings) > 1:
        say(f"{found.case}: and {len(found.findings) - 1:,} more; `raised-risk record verify {found.case}` tells all")


def _row(found: Checked) -> dict[str, Any]:
    return {
        "what": "record",
        "whole": found.whole,
        **named(found),
        "head": found.head._asdict(),
        "findings": [
            {"amiss": each.amiss, "place": each.place, "finding": each.what, "remedy": each.remedy}
            for each in found.findings
        ],
    }
