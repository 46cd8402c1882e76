"""The demo's last line: what came in by feed and outcome, what was raised by rule, and whether in and out add up.

Nothing here believes a counter of the worker's: the account reads the topics anew, and so do the escalations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from agents.queries.account import Account, Outcome
from agents.queries.account_reading import read_account
from agents.queries.readers import Reader
from agents.sandbox.demo.board import Board, Escalation
from agents.sandbox.demo.story import ENDINGS
from agents.settings import Settings
from agents.topics import ESCALATIONS
from schemas import Codec


def taken(settings: Settings, codec: Codec, board: Board) -> dict[str, Any]:
    """Read what there is now, and sum it up. Raises Unreachable, NoTopic."""
    account = read_account(settings, lambda _: None)
    with Reader(settings) as reader:
        values = [record.value for record in reader.all(ESCALATIONS) if record.value is not None]
    return summed(account, [codec.decode("escalation", value) for value in values], board)


def summed(account: Account, escalations: Sequence[Escalation], board: Board) -> dict[str, Any]:
    """The last line's content. Pure, given the board.

    It adds up when every sighting has exactly one outcome, and each feed holds as many records as were sent.
    """
    changes = Counter((record["rule"], record["change"]) for record in escalations)
    arrived = {feed.feed: feed.counts["records"] for feed in account.feeds}
    return {
        "in": {feed.feed: {kind.value: n for kind, n in sorted(feed.outcomes.items())} for feed in account.feeds},
        "sent": {feed: board.sent[feed] for feed in arrived},
        "raised": {rule: n for (rule, change), n in sorted(changes.items()) if change == "RAISED"},
        "quarantined": account.total.counts[Outcome.QUARANTINED],
        "bad": {str(kind): n for kind, n in sorted(board.bad.items())},
        "escalations": changes.total(),
        "story": as_told(escalations),
        "adds_up": account.adds_up and arrived == {feed: board.sent[feed] for feed in arrived},
    }


def as_told(escalations: Sequence[Escalation]) -> bool:
    """Whether each case of the story ended as it should: raised, cleared and closed by these rules, no other. Pure."""
    last = {(record["case_id"], record["rule"]): record for record in escalations}

    def rules(case: str, **said: str) -> set[str]:
        return {
            rule
            for (of, rule), record in last.items()
            if of == case and all(record[field] == value for field, value in said.items())
        }

    return all(
        rules(end.case) == set(end.raised)
        and rules(end.case, condition="CLEARED") == set(end.cleared)
        and rules(end.case, stage="CLOSED") == set(end.closed)
        for end in ENDINGS
    )
