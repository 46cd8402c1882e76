"""A table of the policy file, read key by key: what is wrong with a key is noted, and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)

_DURATION = re.compile(r"([1-9][0-9]{0,3}) (day|week)s?")


class Table:
    """A table of the file: says what is wrong with a key and goes on with a stand-in, so that all faults are found."""

    def __init__(self, key: str, values: Mapping[str, Any], faults: list[str]) -> None:
        self.key = key
        self.values = values
        self.faults = faults
        self.read: set[str] = set()
        self.children: list[Table] = []

    def fault(self, key: str, what: str, remedy: str) -> None:
        """Note a fault of a key: what is wrong, and what to do."""
        self.faults.append(f"policy.toml: {self.path(key)} {what}; {remedy}")

    def path(self, key: str) -> str:
        """The key as it is written from the top of the file."""
        return f"{self.key}.{key}" if self.key else key

    def get(self, key: str, remedy: str) -> Any:
        """The value of a key; a missing one is a fault, and None."""
        self.read.add(key)
        if key not in self.values:
            self.fault(key, "is missing", remedy)
        return self.values.get(key)

    def table(self, key: str) -> Table:
        """The table under a key; a missing one is a fault, and empty."""
        found = self.get(key, f"add the table [{self.path(key)}]")
        if found is not None and not isinstance(found, dict):
            self.fault(key, "is not a table", f"write it as [{self.path(key)}]")
        child = Table(self.path(key), found if isinstance(found, dict) else {}, self.faults)
        if isinstance(found, dict):
            self.children.append(child)
        return child

    def sourced(self) -> Table:
        """The same table, once it has said where its numbers come from and when they were set."""
        if not self.values:
            return self  # already told as missing
        source = self.get("source", "say where the number comes from")
        if source is not None and (not isinstance(source, str) or not source.strip()):
            self.fault("source", "is not a text", "say where the number comes from")
        when = self.get("date", "say when the number was set, as 2026-11-23")
        if when is not None and type(when) is not date:
            self.fault("date", "is not a date", "write it without quotes, as 2026-11-23")
        return self

    def duration(self, key: str) -> timedelta:
        """A duration in days or weeks; nought where there is none."""
        text = self.get(key, 'write a duration, as "55 weeks" or "28 days"') if self.values else None
        found = _DURATION.fullmatch(text) if isinstance(text, str) else None
        if text is not None and found is None:
            self.fault(key, f"({text!r}) is not a duration", 'write it as "55 weeks" or "28 days"')
        if found is None:
            return timedelta()
        return timedelta(weeks=int(found[1])) if found[2] == "week" else timedelta(days=int(found[1]))

    def word(self, key: str, kind: type[E]) -> E | None:
        """A word of a closed set; None where there is none."""
        allowed = ", ".join(kind)
        text = self.get(key, f"write one of {allowed}") if self.values else None
        if text is None:
            return None
        if text not in set(kind):
            self.fault(key, f"({text!r}) is not known", f"write one of {allowed}")
            return None
        return kind(text)

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts, in capitals as codes and grades are compared; empty where there is none."""
        found = self.get(key, 'write a list of texts, as ["SPO"]') if self.values else []
        if found is None:
            return ()
        if not isinstance(found, list) or not all(isinstance(word, str) and word.strip() for word in found):
            self.fault(key, "is not a list of texts", 'write it as ["SPO"]')
            return ()
        if self.values and not found:
            self.fault(key, "is empty", "name at least one")
        return tuple(word.strip().upper() for word in found)

    def finish(self) -> None:
        """Name what nobody reads: a misspelt key would otherwise be a number that silently does nothing."""
        for key in sorted(self.values.keys() - self.read):
            self.fault(key, "is not known", "correct its spelling or take it out")
        for child in self.children:
            child.finish()
