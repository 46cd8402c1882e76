"""The two programs that are compared: this checkout, and an earlier revision in a git worktree of its own.

Both run under the same interpreter and the same libraries. ``PYTHONPATH`` says whose packages are imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent
WORKTREES = CHECKOUT / ".data" / "bench"
WAS = "d77cc08"
"""The revision that everything is compared with."""


T = TypeVar("T")


def in_turn(things: Sequence[T], number: int) -> Sequence[T]:
    """The things as they come in round ``number``: nobody is always the first. Pure."""
    shift = number % len(things)
    return (*things[shift:], *things[:shift])


@dataclass(frozen=True)
class Tree:
    """A program: where its packages lie, and what its keys begin with in the JSON (``us``, ``was_us``)."""

    root: Path
    prefix: str = ""

    @property
    def name(self) -> str:
        """As the tables call it."""
        return "before" if self.prefix else "now"

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Ours, without settings of the program that somebody may have set, and with this program's packages."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("RAISED_RISK_")}
        return {**kept, "PYTHONPATH": str(self.root), **more}


NOW = Tree(CHECKOUT)


def both(was: str = WAS) -> tuple[Tree, ...]:
    """This checkout and the one before: ``was`` is a revision, or a folder that holds one; empty leaves it out.

    A worktree that is there already is used again. Raises RuntimeError where the history lacks the revision.
    """
    if not was:
        return (NOW,)
    root = Path(was).resolve() if Path(was).is_dir() else WORKTREES / was
    if not (root / "streams").is_dir():
        subprocess.run(["git", "worktree", "prune"], cwd=CHECKOUT, check=False)
        command = ["git", "worktree", "add", "--detach", str(root), was]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"revision {was} is needed for the comparison (a whole clone has it): {done.stderr}")
    return NOW, Tree(root, "was_")


class Child:
    """``measure.py`` under one of the trees: a request in, an answer out, as lines of JSON."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "measure.py")],
            env=tree.environment({}), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, do: str, **what: Any) -> Any:
        """Ask, and wait for the answer. Raises RuntimeError when the child has ended; its standard error is ours."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the child has no pipes")
        self._process.stdin.write(msgspec.json.encode({"do": do, **what}) + b"\n")
        self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            raise RuntimeError(f"{do}: the measuring process ({self.tree.name}) ended with {self._process.wait()}")
        return msgspec.json.decode(line)

    def close(self) -> None:
        """End it: it ends when its standard input does."""
        self._process.communicate(timeout=30)


@contextmanager
def children(trees: tuple[Tree, ...]) -> Iterator[list[Child]]:
    """A measuring process for each tree. They wait while another one measures."""
    with ExitStack() as stack:
        found = []
        for tree in trees:
            found.append(Child(tree))
            stack.callback(found[-1].close)
        yield found
