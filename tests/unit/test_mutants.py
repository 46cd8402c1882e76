"""The comparison of surviving mutants with those that were accepted; the mutants themselves are `make mutants`."""

from __future__ import annotations

import tomllib

import pytest

from tests.mutants.mutants import ACCEPTED, ROOT, blind_spots, compared, listed, mutant

DIFF = """--- streams/life.py
+++ streams/life.py
@@ -1,4 +1,4 @@
 def _suppressed(item):
-    if until <= seen.now:
+    if until < seen.now:
         return None"""


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("streams.life.x__suppressed__mutmut_19", "streams.life._suppressed"),
        ("streams.life.x_raised__mutmut_2", "streams.life.raised"),
        ("streams.rules.picture.xǁPictureǁage__mutmut_1", "streams.rules.picture.Picture.age"),
    ],
)
def test_a_mutant_is_named_by_what_it_changes(name: str, function: str) -> None:
    assert str(mutant(name, DIFF)) == f"{function}: if until <= seen.now: -> if until < seen.now:"


def test_a_change_over_several_lines_is_told_in_one() -> None:
    diff = DIFF.replace("-    if until <= seen.now:", "-    if (\n-        until <= seen.now\n-    ):")
    assert mutant("streams.life.x__suppressed__mutmut_19", diff).was == "if ( until <= seen.now ):"


def test_functions_with_a_decorator_and_lambdas_outside_of_functions_are_blind_spots() -> None:
    text = """
LIST = [("a", lambda one: one.a), plain]

@once
def seen(): return max((), key=lambda one: one)

def unseen(): return lambda: 0

class View:
    @property
    def now(self): return 0

    def then(self): return 0
"""
    assert set(blind_spots(text, "m")) == {"m: lambda one: one.a", "m.seen", "m.View.now"}


def test_a_new_survivor_is_wrong_and_so_is_an_entry_for_none() -> None:
    assert compared({"a", "b"}, {"b", "c"}) == ["not accepted: a", "accepted, and not there any more: c"]
    assert compared({"a"}, {"a"}) == []


def test_an_entry_with_a_star_stands_for_all_that_begin_like_it_and_for_one_at_least() -> None:
    assert compared({"m: lambda x: 1", "m: lambda y: 2", "m.once"}, {"m: lambda *"}) == ["not accepted: m.once"]
    assert compared({"m.once"}, {"m.once", "m: lambda *"}) == ["accepted, and not there any more: m: lambda *"]


def test_an_accepted_one_has_a_reason() -> None:
    with pytest.raises(ValueError, match="no reason for"):
        listed('[[survivor]]\nwhy = " "\nthese = ["a"]', "survivor")
    assert listed('[[survivor]]\nwhy = "the same"\nthese = ["a", "b"]', "survivor") == {"a", "b"}
    assert listed("", "blind") == set()


def test_the_list_can_be_read_and_the_files_and_tests_that_are_named_are_there() -> None:
    for kind in ("survivor", "blind"):
        listed(ACCEPTED.read_text(encoding="utf-8"), kind)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    for pattern in (*settings["only_mutate"], *settings["pytest_add_cli_args_test_selection"]):
        assert list(ROOT.glob(pattern)), pattern
