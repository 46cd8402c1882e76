"""What was measured, for people and for programs: tables, a picture of the weeks, rows, and the last line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

from agents.sandbox.load.people import Managers
from agents.sandbox.load.run import SETTLING, Measured
from agents.sandbox.load.tally import BY

_BARS = " ▁▂▃▄▅▆▇█"
_SUMMARY = {
    "new": "new escalations",
    "new_out_of_hours": "… out of hours",
    "new_at_closing": "… told when the office closes",
    "repeats": "repeats",
    "repeats_out_of_hours": "… out of hours",
    "head_repeats": "… to the head of unit",
    "joined": "news that joined an open escalation",
    "records_per_case_year": "records of all kinds, a case and year",
    "longest_wait_grave_s": "longest wait of grave news, hours",
    "grave": "grave news, in all",
    "grave_untold": "… never told",
}
_COLUMNS = {
    "new": "new",
    "new_out_of_hours": "out",
    "repeats": "repeats",
    "repeats_out_of_hours": "out",
    "joined": "joined",
}


class Table(NamedTuple):
    """A table: what it says, its heads by key (``>`` before a column of numbers), its rows."""

    title: str
    heads: Mapping[str, str]
    rows: Sequence[Mapping[str, str]]


def rows(found: Mapping[str, Measured], about: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """One object a row of each table; the last has the sums: of one policy, or of each by its version."""
    for version, measured in found.items():
        for managers, tally in measured.tallies.items():
            for row in tally.rows():
                yield {"policy": version, "managers": managers.value, **row}
    last = {version: {**measured.summed(), **about, "policy": version} for version, measured in found.items()}
    yield last if len(last) > 1 else next(iter(last.values()))


def tables(found: Mapping[str, Measured]) -> Iterator[Table]:
    """The tables for people: the sums, then for each kind of managers by rule, urgency and addressee."""
    names = _names(found)
    heads = {"what": "per 400 cases and week"}
    heads |= {f"{version}/{each}": f">{names[version]}{each}" for each in Managers for version in found}
    sums = {version: measured.summed() for version, measured in found.items()}
    yield Table(
        "",
        heads,
        [
            {"what": says}
            | {f"{version}/{each}": _number(key, sums[version][each][key]) for each in Managers for version in found}
            for key, says in _SUMMARY.items()
        ],
    )
    heads = {"what": ""}
    heads |= {f"{version}/{key}": f">{names[version]}{says}" for version in found for key, says in _COLUMNS.items()}
    for each in Managers:
        shown: dict[tuple[str, str], dict[str, str]] = {}
        for version, measured in found.items():
            for row in measured.tallies[each].rows():
                if row["by"] != "week":
                    cells = shown.setdefault((row["by"], row[row["by"]]), {"what": row[row["by"]]})
                    cells |= {f"{version}/{key}": f"{row[key]:.2f}" for key in _COLUMNS}
        ordered = sorted(shown, key=lambda one: list(BY).index(one[0]))
        yield Table(f"Managers who are {each}", heads, [shown[one] for one in ordered])


def pictures(found: Mapping[str, Measured]) -> Iterator[str]:
    """The weeks of the year as bars, each line up to its own highest week."""
    names = _names(found)
    yield "Week by week (each line up to its own highest week)"
    for each in Managers:
        for version, measured in found.items():
            weeks = [row for row in measured.tallies[each].rows() if row["by"] == "week"]
            for key in ("new", "repeats"):
                numbers = [row[key] for row in weeks]
                yield f"{f'{names[version]}{each}, {key}':24}{bars(numbers)}  highest {max(numbers):,.1f}"


def notes(found: Mapping[str, Measured]) -> Iterator[str]:
    """What stands in no table."""
    names = _names(found)
    for version, measured in found.items():
        yield (
            f"{names[version]}Not in the tables: a case that opens brings {measured.new_per_case_opened:g} new "
            f"escalations in its first {SETTLING.days // 7} weeks; {measured.grave_unmatched} grave hearings reached "
            "no case, most of them of strangers."
        )


def bars(numbers: Sequence[float]) -> str:
    """One bar a number; a space is nothing at all, the full height the highest of them."""
    most = max(numbers, default=0) or 1
    return "".join(_BARS[ceil(number * 8 / most)] for number in numbers)


def _names(found: Mapping[str, Measured]) -> Mapping[str, str]:
    return {version: f"{'ABCDEFGH'[place]} " if len(found) > 1 else "" for place, version in enumerate(found)}


def _number(key: str, number: float | None) -> str:
    if number is None:
        return "–"
    if key == "longest_wait_grave_s":
        return f"{number / 3600:,.1f}"
    return f"{number:,}" if isinstance(number, int) else f"{number:,.2f}"
