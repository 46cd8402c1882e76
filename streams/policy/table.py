"""A table of the policy file, read key by key: what is wrong with a key is noted, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct, convert
from msgspec.structs import fields

from streams.policy.toml_lines import Path
from streams.policy.working_time import Counting, Span

C = TypeVar("C", tuple[str, ...], frozenset[str])
E = TypeVar("E", bound=StrEnum)
S = TypeVar("S", bound=Struct)
T = TypeVar("T")

_AMOUNT = "^[1-9][0-9]{0,3} "
_Text = Annotated[str, Meta(pattern=r"\S")]


class Kind(NamedTuple, Generic[T]):
    """What may stand under a key, and how that is said where something else does."""

    what: str
    example: str  # as it stands in the file
    type: Any  # as msgspec takes it
    instead: T  # the stand-in where there is none
    then: Callable[[Any], T] = lambda value: value  # what is made of it


def one_of(words: type[E]) -> Kind[E | None]:
    """A word of a closed set; None where there is none."""
    return Kind("a known word", f"one of {', '.join(words)}", words, None)


def _span(text: str) -> Span:
    number, *working, unit = text.split()
    if working and unit.startswith("day"):
        return Span(Counting.WORKING_DAYS, days=int(number))
    length = timedelta(**{f"{unit.removesuffix('s')}s": int(number)})
    return Span(Counting.WORKING_HOURS if working else Counting.CLOCK, length)


def _texts(found: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.strip() for text in found)


def _codes(found: tuple[str, ...]) -> frozenset[str]:
    return frozenset(text.strip().upper() for text in found)


SPAN = Kind(
    "a time",
    '"4 hours", "4 working hours" or "10 working days"',
    Annotated[str, Meta(pattern=rf"{_AMOUNT}(?:(?:working )?(?:hour|day)|week)s?\Z")],
    Span(Counting.CLOCK),
    _span,
)
DURATION = Kind(
    "a duration by the clock",
    '"55 weeks" or "28 days"',
    Annotated[str, Meta(pattern=rf"{_AMOUNT}(?:hour|day|week)s?\Z")],
    timedelta(),
    lambda text: _span(text).length,
)
CLOCK = Kind(
    "a time of day",
    '"09:00", in quotes',
    Annotated[str, Meta(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]\Z")],
    time.min,
    time.fromisoformat,
)
NUMBER = Kind("a number from 1 up", "3, without quotes", Annotated[int, Meta(ge=1)], 0)
TRUTH = Kind("a truth value", "true or false, without quotes", bool, False)
ZONE = Kind("a time zone", '"Europe/London"', str, "UTC", lambda name: ZoneInfo(name).key)
TEXTS = Kind[tuple[str, ...]]("a list of texts", '["SPO"]', tuple[_Text, ...], (), _texts)
CODES = Kind[frozenset[str]]("a list of texts", '["SPO"]', tuple[_Text, ...], frozenset(), _codes)
_SOURCE = Kind("the source of the number", '"P12"', _Text, "")
_DATE = Kind("the date when the number was set", "2026-11-23, without quotes", date, date.min)
_BY_TYPE: dict[Any, Kind[Any]] = {Span: SPAN, timedelta: DURATION, int: NUMBER, bool: TRUTH, frozenset[str]: CODES}
"""What stands under a key whose value is of such a type."""


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
        self.value("source", _SOURCE)
        self.value("date", _DATE)
        return self

    def value(self, key: str, kind: Kind[T]) -> T:
        """The value of a key; one that is missing or of another kind is a fault. Of a missing table none is named."""
        self.read.add(key)
        if key not in self.values:
            if self.there:
                self.fault(key, "is missing", f"write {kind.what}, as {kind.example}")
            return kind.instead
        value = self.values[key]
        try:
            return kind.then(convert(value, kind.type, builtin_types=(date,)))
        except (ValueError, KeyError, OSError):  # ZoneInfo: no such zone, and a folder of zones
            self.fault(key, f"({_shown(value)}) is not {kind.what}", f"write it as {kind.example}")
            return kind.instead

    def struct(self, kind: type[S]) -> S:
        """A struct whose fields stand under their names in this table, each read by its type."""
        keys = {each.name: each.name.replace("_", "-") for each in fields(kind)}
        return kind(**{each.name: self.value(keys[each.name], _BY_TYPE[each.type]) for each in fields(kind)})

    def some(self, key: str, kind: Kind[C]) -> C:
        """The same of a list that may not be empty."""
        found = self.value(key, kind)
        if self.values.get(key) == []:
            self.fault(key, "is empty", "name at least one")
        return found

    def members(self, key: str, kind: type[E], *, none: bool = True) -> frozenset[E]:
        """Words of a closed set; ``none``: the list may be empty."""
        found = self.value(key, TEXTS) if none else self.some(key, TEXTS)
        for text in found:
            if text not in set(kind):
                remedy = f"write some of {', '.join(kind)}{', or none' if none else ''}"
                self.fault(key, f"names {text!r}, which is not known", remedy)
        return frozenset(kind(text) for text in found if text in set(kind))

    def finish(self) -> None:
        """Name what nobody reads: a misspelt key would otherwise be a number that silently does nothing."""
        for key in sorted(self.values.keys() - self.read):
            self.fault(key, "is not known", "correct its spelling or take it out")
        for child in self.children:
            child.finish()


def _shown(value: object) -> str:
    """A value as the file has it, near enough to be found."""
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
