"""JSON as strictly as its standard: UTF-8, no key twice, no NaN, nothing after the value.

The standard library's reader is lenient in all of these, and each has hidden a fault in real messages (a key written
twice was seen in the field: the second value silently won). Reasons name places, never values.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from streams.faults import Unreadable

_REMEDY = "have the sender repair the message, then publish it again"
_SHOWN = 60  # characters of a key that a reason shows
_DEEP = 10  # keys on the way to a doubled one that a reason shows


class _KeyTwiceError(Exception):
    """Somewhere a key stands twice; where, only a second, slower reading can tell."""


class _Doubled(dict[str, Any]):
    """In that second reading: an object in which ``key`` stands twice."""

    key: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise _KeyTwiceError
    return read


def _marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) == len(pairs):
        return read
    doubled = _Doubled(read)
    doubled.key = Counter(key for key, _ in pairs).most_common(1)[0][0]
    return doubled


def _constant(name: str) -> NoReturn:
    raise Unreadable(f"{name} is not a JSON number", _REMEDY)


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant).decode
_decode_marked = json.JSONDecoder(object_pairs_hook=_marked).decode


def read(text: bytes | str, where: str = "") -> Any:
    """The JSON value. ``where`` is the JSON pointer of this text, where it stood in another. Pure.

    Raises Unreadable: empty, not UTF-8, not JSON, NaN or Infinity, a lone half of a surrogate pair, a number beyond
    all measure, nested deeper than Python reads, or a key twice in one object at any depth (named by its path).
    """
    place = f" at {where}" if where else ""
    try:
        if isinstance(text, bytes):
            text = text.decode()
        try:
            value = _decode(text)
        except _KeyTwiceError:
            # What is broken behind it, too, is met by this second reading, and named below instead.
            path = _shown(_way(_decode_marked(text))[::-1])
            raise Unreadable(f"a key stands twice in one object, at {where}{path}", _REMEDY) from None
        if "\\ud" in text or "\\uD" in text:
            # Only an escape can smuggle in half a pair, which no key and no log could then be written with.
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 at byte {error.start}{place}", _REMEDY) from None
    except UnicodeEncodeError:
        raise Unreadable(f"half a surrogate pair in a text{place}", _REMEDY) from None
    except json.JSONDecodeError as error:
        reason = "empty" if not text.strip() else f"not JSON: {error.msg} (character {error.pos})"
        raise Unreadable(f"{reason}{place}", _REMEDY) from None
    except ValueError:
        raise Unreadable(f"a number beyond all measure{place}", _REMEDY) from None
    except RecursionError:
        raise Unreadable(f"nested too deep{place}", _REMEDY) from None
    return value


def pointer(path: str, key: str | int) -> str:
    """The JSON pointer of a key below a path."""
    return f"{path}/{key}" if isinstance(key, int) else f"{path}/{key.replace('~', '~0').replace('/', '~1')}"


def _way(value: Any) -> list[str | int]:
    """The keys from a value to its first doubled key, from the last to the first; none where there is none."""
    if isinstance(value, _Doubled):
        return [value.key]
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if way := _way(below):
            return [*way, key]
    return []


def _shown(keys: list[str | int]) -> str:
    """The JSON pointer, without what no log could be written with; the middle of a long one is left out."""
    path = ""
    for key in keys if len(keys) <= _DEEP else [*keys[: _DEEP // 2], "…", *keys[-_DEEP // 2 :]]:
        path = pointer(path, key if isinstance(key, int) else key[:_SHOWN] if key.isprintable() else "(unprintable)")
    return path
