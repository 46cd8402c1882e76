"""The pure core now and before, on the same bytes: the clock still, over a year, and over a year in which people act.

The best of interleaved rounds counts: CPU time only ever errs upwards, by what the neighbours do to the caches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from judging import judging
from load import END, case_events, write
from trees import Child, Tree, children, in_turn
from year import Timed, laid_out, with_acts

from agents.bank_holidays import england_and_wales

Found = dict[str, Any]
"""Numbers of the last line, by their key."""


def still(events: int) -> Iterable[Timed]:
    """The set of events that d77cc08 was measured with: all of them at one moment."""
    return ((END, event) for event in case_events(events, END))


def year(events: int, cases: int) -> Iterable[Timed]:
    """The same, over a year, and nobody acts."""
    return (timed for some in laid_out(case_events(events, END), END, cases).values() for timed in some)


def year_acted(events: int, cases: int) -> Iterable[Timed]:
    """The same, over a year, with deadlines as the timer says them and a service that acts."""
    policies = judging(england_and_wales())
    for some in laid_out(case_events(events, END), END, cases).values():
        yield from with_acts(some, policies)


def run(folder: Path, trees: tuple[Tree, ...], rounds: int, events: int, cases: int) -> Found:
    """All three sets; prints a table and gives its numbers."""
    sets: dict[str, Callable[[], Iterable[Timed]]] = {
        "core": partial(still, events),
        "year": partial(year, events, cases),
        "year_acted": partial(year_acted, events, cases),
    }
    found: Found = {}
    print("\nThe pure core, from decoded event to sealed record, CPU us an event (best of all rounds)")
    print(f"{'':14}{'events':>9}{'cases':>7}{'now':>9}{'before':>9}{'ratio':>8}{'records/event':>15}{'a case':>8}")
    with children(trees) as some:
        for name, make in sets.items():
            path = write(folder / name, make())
            found |= one(some, name, path, rounds)
    return found


def one(some: list[Child], name: str, path: str, rounds: int) -> Found:
    """One set in every tree, in turns; prints its line, and whether all emitted the same records."""
    turns = [{child: child("fold", path=path) for child in in_turn(some, number)} for number in range(rounds)]
    best = [min(turn[child]["us"] for turn in turns) for child in some]
    last = [turns[-1][child] for child in some]
    now, emitted = last[0], [sum(each["records"].values()) for each in last]
    found: Found = {f"{name}.{child.tree.prefix}us": round(us, 2) for child, us in zip(some, best, strict=True)}
    found |= {
        f"{name}.events": now["events"],
        f"{name}.cases": now["cases"],
        f"{name}.told_per_event": round(emitted[0] / now["events"], 3),
        f"{name}.told_per_case": round(emitted[0] / now["cases"], 1),
    }
    before = ratio = ""
    if len(some) > 1:
        found[f"{name}.told_alike"] = all(each["records"] == now["records"] for each in last)
        before, ratio = f"{best[1]:.1f}", f"{best[1] / best[0]:.2f}"
    print(
        f"{name:14}{now['events']:>9,}{now['cases']:>7,}{best[0]:>9.1f}{before:>9}{ratio:>8}"
        f"{found[f'{name}.told_per_event']:>15.3f}{found[f'{name}.told_per_case']:>8.1f}"
    )
    for each in last[1:]:
        kinds = sorted({*now["records"], *each["records"]})
        both = {kind: (now["records"].get(kind, 0), each["records"].get(kind, 0)) for kind in kinds}
        differing = {kind: pair for kind, pair in both.items() if pair[0] != pair[1]}
        print(f"    records by rule and change, now and before: {differing or 'the same'}, {emitted[0]:,} in all")
    return found
