"""Whether the tables bite: mutmut changes the rules in one place at a time, and some example must then fail.

``make mutants`` runs this with the Python of ``.venv-mutants``. mutmut makes the mutants (``[tool.mutmut]`` in
pyproject.toml says of which files, and which tests they meet) and remembers what became of each in ``mutants/``: after
a change of the tests alone, take that folder away. mypy refuses many mutants; those count as caught. What survives is
compared with ``accepted.toml``:

- a survivor that is not in it fails the run: add the example that kills it, or say there why none can;
- an entry that no survivor answers to fails it as well: it was killed, or its code is gone.

mutmut leaves out what is not inside a plain function. Such blind spots are looked for here and must be listed too;
there an entry that ends in ``*`` stands for all that begin like it.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ACCEPTED = Path(__file__).parent / "accepted.toml"
CAUGHT = {"killed", "caught by type check", "timeout"}  # a mutant that never ends has been noticed


class Mutant(NamedTuple):
    """One change that was made: in which function, and which lines became which."""

    function: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.function}: {self.was} -> {self.now}"


def mutant(name: str, diff: str) -> Mutant:
    """What mutmut calls ``streams.life.x__acknowledged__mutmut_3``, named by what it changes instead.

    mutmut's numbers move whenever something is written above; the changed lines stay.
    """
    module, _, mangled = name.rpartition(".")
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    was, now = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
    function = mangled.rpartition("__mutmut_")[0].removeprefix("x").removeprefix("_").replace("ǁ", ".").strip(".")
    return Mutant(f"{module}.{function}", was, now)


def blind_spots(text: str, module: str) -> Iterator[str]:
    """Functions with a decorator, and lambdas outside of functions: mutmut mutates neither."""
    waiting: list[tuple[ast.AST, str]] = [(ast.parse(text), module)]
    while waiting:
        node, place = waiting.pop()
        match node:
            case ast.FunctionDef(name=name, decorator_list=[_, *_]):
                yield f"{place}.{name}"
            case ast.FunctionDef():
                pass
            case ast.Lambda():
                yield f"{place}: {ast.unparse(node)}"
            case ast.ClassDef(name=name):
                waiting.extend((below, f"{place}.{name}") for below in ast.iter_child_nodes(node))
            case _:
                waiting.extend((below, place) for below in ast.iter_child_nodes(node))


def compared(found: set[str], accepted: set[str]) -> list[str]:
    """What is wrong with the list of accepted ones, in words."""
    starts = tuple(entry[:-1] for entry in accepted if entry.endswith("*"))
    new = [f"not accepted: {each}" for each in sorted(found - accepted) if not each.startswith(starts)]
    gone = (entry for entry in sorted(accepted - found) if not _answered(entry, found))
    return new + [f"accepted, and not there any more: {entry}" for entry in gone]


def _answered(entry: str, found: set[str]) -> bool:
    return entry.endswith("*") and any(each.startswith(entry[:-1]) for each in found)


def listed(text: str, kind: str) -> set[str]:
    """The entries of that kind in accepted.toml. Each group of them has its reason."""
    groups = tomllib.loads(text).get(kind, [])
    if bare := [group for group in groups if not group["why"].strip()]:
        raise ValueError(f"accepted.toml: no reason for {bare[0]['these']}")
    return {each for group in groups for each in group["these"]}


def main() -> int:
    """Make the mutants, run them, compare. 0: what survives is what was accepted."""
    began = time.monotonic()
    os.chdir(ROOT)
    tools = Path(sys.executable).parent
    run = [tools / "mutmut", "run", "--max-children", os.environ.get("CHILDREN", str(os.cpu_count() or 2))]
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    if code := subprocess.run(run, env=environment).returncode:
        return code

    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.file_utils import walk_mutatable_files

    survived: set[str] = set()
    blind: set[str] = set()
    total = unchecked = 0
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        if not data.exit_code_by_key:
            continue
        blind |= set(
            blind_spots(Path(path).read_text(encoding="utf-8"), str(path).removesuffix(".py").replace("/", "."))
        )
        for name, code in data.exit_code_by_key.items():
            total += 1
            status = status_by_exit_code[code]
            unchecked += status == "not checked"
            if status not in CAUGHT:
                survived.add(str(mutant(name, get_diff_for_mutant(name, path=path))))
    if unchecked:  # mutmut ends with 0 also when it was interrupted
        print(f"{unchecked} of {total} mutants were not run; the next `make mutants` goes on with them")
        return 1
    text = ACCEPTED.read_text(encoding="utf-8")
    wrong = compared(survived, listed(text, "survivor")) + compared(blind, listed(text, "blind"))
    print(*wrong, sep="\n")
    print(f"{total} mutants, {len(survived)} survived, {len(wrong)} to look at, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
