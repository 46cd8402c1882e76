"""For mutmut: the lists of the case file are made anew for each test of them (``-p tests.mutants.anew``).

mutmut switches a mutant on when everything is imported. ``LISTS`` is made by functions that run on import; made once,
it would hold the functions as they are written, and none of their mutants would ever be met.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from streams.fold import lists

CODE = compile(Path(lists.__file__).read_text(encoding="utf-8"), lists.__file__, "exec")
TESTS = ("test_case_fold", "test_fold_acts", "test_fold_circumstances", "test_lists", "test_merging")


@pytest.fixture(autouse=True)
def lists_made_anew(request: pytest.FixtureRequest) -> None:
    """``LISTS`` as the module's functions make it now. The mapping stays the same one, for others have imported it."""
    if request.module.__name__.rpartition(".")[2] in TESTS:
        made: dict[str, Any] = {"__name__": lists.__name__, "__file__": lists.__file__}
        exec(CODE, made)
        cast("dict[str, lists.FactList]", lists.LISTS).update(made["LISTS"])
