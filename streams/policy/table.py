"""A table of the policy file, read key by key: what is wrong with a key is noted, and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from streams.policy.toml_lines import Path
from streams.policy.working_time import Counting, Span

E = TypeVar("E", bound=StrEnum)

_SPAN = re.compile(r"([1-9][0-9]{0,3}) (?:(working )?(hour|day)|(week))s?")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class Faults:
    """What is wrong with the file so far, and on which line of it."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines
        self._found: list[tuple[int, str]] = []

    def note(self, at: Path, what: str, remedy: str, *, table: Path = ()) -> None:
        """Note a fault of a key: what is wrong, and what to do. A key that is not there stands where its table does."""
        line = self._lines.get(at) or self._lines.get(table, 0)
        where = f" line {line}" if line else ""
        self._found.append((line, f"policy.toml{where}: {'.'.join(at)} {what}; {remedy}"))

    def told(self) -> tuple[str, ...]:
        """All of them: those that have no line, then from the top of the file down."""
        return tuple(text for _, text in sorted(self._found, key=lambda fault: fault[0]))


class Table:
    """A table of the file: says what is wrong with a key and goes on with a stand-in, so that all faults are found."""

    def __init__(self, at: Path, values: Mapping[str, Any] | None, faults: Faults) -> None:
        self.at = at
        self.there = values is not None
        self.values: Mapping[str, Any] = values or {}
        self.faults = faults
        self.read: set[str] = set()
        self.children: list[Table] = []

    def fault(self, key: str, what: str, remedy: str) -> None:
        """Note a fault of a key of this table, or of the table itself where the key is empty."""
        self.faults.note((*self.at, key) if key else self.at, what, remedy, table=self.at)

    def get(self, key: str, remedy: str) -> Any:
        """The value of a key; a missing one is a fault, and None. Of a missing table nothing more is named."""
        self.read.add(key)
        if key not in self.values and self.there:
            self.fault(key, "is missing", remedy)
        return self.values.get(key)

    def table(self, key: str) -> Table:
        """The table under a key; a missing one is a fault, and empty."""
        self.read.add(key)
        path = (*self.at, key)
        found = self.values.get(key)
        if key not in self.values:
            self.faults.note(path, "is missing", f"add the table [{'.'.join(path)}]")
        elif not isinstance(found, dict):
            self.fault(key, "is not a table", f"write it as [{'.'.join(path)}]")
        child = Table(path, found if isinstance(found, dict) else None, self.faults)
        self.children.append(child)
        return child

    def sourced(self) -> Table:
        """The same table, once it has said where its numbers come from and when they were set."""
        source = self.get("source", "say where the number comes from")
        if source is not None and (not isinstance(source, str) or not source.strip()):
            self.fault("source", "is not a text", "say where the number comes from")
        when = self.get("date", "say when the number was set, as 2026-11-23")
        if when is not None and type(when) is not date:
            self.fault("date", "is not a date", "write it without quotes, as 2026-11-23")
        return self

    def duration(self, key: str) -> timedelta:
        """A duration by the clock; nought where there is none."""
        remedy = '"55 weeks" or "28 days"'
        span = self._span(key, "a duration", remedy)
        if span is not None and span.counting is not Counting.CLOCK:
            self.fault(key, f"({self.values[key]!r}) is counted in working time", f"count by the clock, as {remedy}")
        return span.length if span is not None else timedelta()

    def span(self, key: str) -> Span:
        """A time by the clock or in working time; nought by the clock where there is none."""
        return self._span(key, "a time", '"4 hours", "4 working hours" or "10 working days"') or Span(Counting.CLOCK)

    def _span(self, key: str, kind: str, examples: str) -> Span | None:
        text = self.get(key, f"write {kind}, as {examples}")
        if text is None:
            return None
        found = _SPAN.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            self.fault(key, f"({text!r}) is not {kind}", f"write it as {examples}")
            return None
        number, working, unit, weeks = int(found[1]), found[2], found[3], found[4]
        if weeks:
            return Span(Counting.CLOCK, timedelta(weeks=number))
        if working and unit == "day":
            return Span(Counting.WORKING_DAYS, days=number)
        length = timedelta(days=number) if unit == "day" else timedelta(hours=number)
        return Span(Counting.WORKING_HOURS if working else Counting.CLOCK, length)

    def clock(self, key: str, instead: time) -> time:
        """A time of day; the given one where there is none."""
        text = self.get(key, 'write a time of day, as "09:00"')
        found = _CLOCK.fullmatch(text) if isinstance(text, str) else None
        if text is not None and found is None:
            self.fault(key, f"({_shown(text)}) is not a time of day", 'write it in quotes, as "09:00"')
        return time(int(found[1]), int(found[2])) if found else instead

    def number(self, key: str) -> int:
        """A number from 1 up; nought where there is none."""
        found = self.get(key, "write a number from 1 up")
        if found is None:
            return 0
        if type(found) is not int or found < 1:
            self.fault(key, f"({_shown(found)}) is not a number from 1 up", "write it without quotes, as 3")
            return 0
        return found

    def truth(self, key: str) -> bool:
        """True or false; false where there is none."""
        found = self.get(key, "write true or false")
        if found is not None and type(found) is not bool:
            self.fault(key, f"({_shown(found)}) is neither true nor false", "write true or false, without quotes")
        return found is True

    def word(self, key: str, kind: type[E]) -> E | None:
        """A word of a closed set; None where there is none."""
        allowed = ", ".join(kind)
        text = self.get(key, f"write one of {allowed}")
        if text is None:
            return None
        if not isinstance(text, str) or text not in set(kind):
            self.fault(key, f"({_shown(text)}) is not known", f"write one of {allowed}")
            return None
        return kind(text)

    def members(self, key: str, kind: type[E]) -> frozenset[E]:
        """Words of a closed set, possibly none of them."""
        found = self.texts(key, empty=True)
        for text in found:
            if text not in set(kind):
                self.fault(key, f"names {text!r}, which is not known", f"write some of {', '.join(kind)}, or none")
        return frozenset(kind(text) for text in found if text in set(kind))

    def texts(self, key: str, *, empty: bool = False) -> tuple[str, ...]:
        """A list of texts as they are written; empty where there is none."""
        found = self.get(key, 'write a list of texts, as ["SPO"]')
        if found is None:
            return ()
        if not isinstance(found, list) or not all(isinstance(word, str) and word.strip() for word in found):
            self.fault(key, "is not a list of texts", 'write it as ["SPO"]')
            return ()
        if not found and not empty:
            self.fault(key, "is empty", "name at least one")
        return tuple(word.strip() for word in found)

    def words(self, key: str, *, empty: bool = False) -> tuple[str, ...]:
        """A list of texts, in capitals as codes and grades are compared; empty where there is none."""
        return tuple(word.upper() for word in self.texts(key, empty=empty))

    def finish(self) -> None:
        """Name what nobody reads: a misspelt key would otherwise be a number that silently does nothing."""
        for key in sorted(self.values.keys() - self.read):
            self.fault(key, "is not known", "correct its spelling or take it out")
        for child in self.children:
            child.finish()


def _shown(value: object) -> str:
    """A value as the file has it, near enough to be found."""
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
