"""Fields of a JSON object, each of the type that it must have or absent; what is not says where it stands.

Absent, null and blank text are all None: "not known". A value of another type is never guessed at. ``path`` is the
JSON pointer of the object; the field's own is only put together to complain (our keys need no escapes in it).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo


class WrongTypeError(Exception):
    """A field is not what it must be: its JSON pointer and what it should have been. Never its value."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path or 'the message'} is not {expected}")
        self.path = path


def as_object(value: Any, path: str) -> dict[str, Any]:
    """The value, which must be an object."""
    if isinstance(value, dict):
        return value
    raise WrongTypeError(path, "an object")


def fields(owner: dict[str, Any], key: str, path: str) -> dict[str, Any] | None:
    """The object under the key."""
    value = owner.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise WrongTypeError(f"{path}/{key}", "an object")


def entries(owner: dict[str, Any], key: str, path: str) -> list[tuple[str, Any]]:
    """The values of the list under the key, each with its JSON pointer; none where there is no list."""
    value = owner.get(key)
    if isinstance(value, list):
        return [(f"{path}/{key}/{position}", entry) for position, entry in enumerate(value)] if value else []
    if value is None:
        return []
    raise WrongTypeError(f"{path}/{key}", "a list")


def text(owner: dict[str, Any], key: str, path: str) -> str | None:
    """The text under the key, without blanks around it."""
    value = owner.get(key)
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    raise WrongTypeError(f"{path}/{key}", "text")


def words(owner: dict[str, Any], key: str, path: str) -> str | None:
    """The text under the key, cut to what a title needs: a hearing's own words are repeated for everybody in it."""
    value = text(owner, key, path)
    return None if value is None else value[:_TITLE]


_TITLE = 300  # characters


def flag(owner: dict[str, Any], key: str, path: str) -> bool | None:
    """The truth value under the key. The words "true" and "false" are taken too: a real sender writes them."""
    value = owner.get(key)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and (word := value.strip().lower()) in _FLAGS:
        return _FLAGS[word]
    raise WrongTypeError(f"{path}/{key}", "true or false")


_FLAGS = {"true": True, "false": False, "": None}
_LONDON = ZoneInfo("Europe/London")
_YEARS = range(1900, 2100)  # outside it is nobody's sitting day; the ends of the calendar cannot be moved to UTC


def time(owner: dict[str, Any], key: str, path: str) -> datetime | None:
    """The time under the key, in UTC, cut to milliseconds. A time that names no zone is London's."""
    value = text(owner, key, path)
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        read = None
    if read is None or read.year not in _YEARS:
        raise WrongTypeError(f"{path}/{key}", "a time")
    if read.tzinfo is None:
        read = read.replace(tzinfo=_LONDON)
    return read.astimezone(UTC).replace(microsecond=read.microsecond // 1000 * 1000)
