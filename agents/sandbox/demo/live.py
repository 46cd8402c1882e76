"""The demo's face: a live view where standard output is a terminal, plain lines where it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agents.sandbox.demo.board import Board, Escalation, sentences
from agents.topics import FEEDS

_COLOURS = {
    **dict.fromkeys(("RAISED", "CONDITION_RETURNED", "REOPENED"), "red"),
    **dict.fromkeys(("OVERDUE", "ACKNOWLEDGEMENT_EXPIRED", "OVERSIGHT_INSUFFICIENT"), "yellow"),
    **dict.fromkeys(("CONDITION_CLEARED", "OVERSEEN", "CLOSED"), "green"),
}


@contextmanager
def face(board: Board, console: Console) -> Iterator[Face]:
    """The face that suits the console, until the ``with`` is left."""
    if not console.is_terminal:
        yield Plain(console.file)
        return
    with Live(console=console, refresh_per_second=4, transient=False) as live:
        view = Terminal(board, live)
        view.refresh()
        yield view
        view.refresh()
    console.print()  # the last line is JSON: the sequence that gives the cursor back is no part of it


class Plain:
    """One line after the other, for pipes and files. ``JOINED`` is not shown, nor in ``Terminal``: it is counted."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def say(self, words: str) -> None:
        """A line of its own."""
        print(words, file=self._out, flush=True)

    def caption(self, case: str, words: str) -> None:
        """The case, and what happens."""
        self.say(f"  story  {case}: {words}")

    def escalation(self, escalation: Escalation) -> None:
        """The first sentence, the others under it."""
        if escalation["change"] != "JOINED":
            first, *others = sentences(escalation)
            self.say("\n".join([f"! {first}", *(f"    {each}" for each in others)]))

    def refresh(self) -> None:
        """Nothing: lines do not change."""


class Terminal:
    """Escalations scroll by above a table that stays."""

    def __init__(self, board: Board, live: Live) -> None:
        self.board, self._live = board, live

    def say(self, words: str) -> None:
        """What the demo does, in the table's title."""
        self.board.doing = words
        self.refresh()

    def caption(self, case: str, words: str) -> None:
        """The last few stay under the table."""
        self.board.captions.append(f"{case}: {words}")
        self.refresh()

    def escalation(self, escalation: Escalation) -> None:
        """A box that scrolls up."""
        colour = _COLOURS.get(escalation["change"])
        if colour is not None:
            first, *others = sentences(escalation)
            body = Text("\n".join(others))
            self._live.console.print(
                Panel(body, title=Text(first, style="bold"), title_align="left", border_style=colour)
            )

    def refresh(self) -> None:
        """Draw the board as it is now."""
        self._live.update(self._table())

    def _table(self) -> RenderableType:
        board = self.board
        table = Table(title=f"raised-risk demo: {board.doing}", title_justify="left", expand=True)
        for heading in ("feed", "sent", "what became of it"):
            table.add_column(heading, justify="right" if heading == "sent" else "left")
        for feed in FEEDS:
            table.add_row(feed, str(board.sent[feed]), _outcomes(board, feed))
        raised = ", ".join(f"{rule} {number}" for rule, number in board.raised().items()) or "none yet"
        joined = sum(number for (_, change), number in board.changes.items() if change == "JOINED")
        waiting = ", ".join(f"{kind} {number}" for kind, number in sorted(board.waiting.items()) if number)
        state = Text(
            f"escalations raised: {raised} · further signals joined: {joined}"
            f"{' · hearings that wait: ' * bool(waiting)}{waiting}\n"
            f"bad records sent: {board.bad.total()} · lanes open: {board.lanes_open} of {board.lanes_wanted}"
        )
        story = Panel("\n".join(board.captions) or "…", title="the story", title_align="left", border_style="cyan")
        return Group(table, state, story)


def _outcomes(board: Board, feed: str) -> str:
    found = Counter({outcome: number for (source, outcome), number in board.outcomes.items() if source == feed})
    return ", ".join(f"{outcome} {number}" for outcome, number in sorted(found.items())) or "…"


Face = Plain | Terminal
