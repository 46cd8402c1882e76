"""On which line of a TOML text each key stands: the reader of TOML that comes with Python does not say. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

Path = tuple[str, ...]
"""A key from the top of the file: ``("live", "police", "for")``."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}' "|'''(?:[^']|'(?!''))*'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' "|'[^'\n]*'", re.DOTALL
)
_WORD = re.compile(r"[^\s,\]}#=.\"'\[{]+")
_NUMBER = re.compile(r"[^,\]}#\n]+")  # anything that is neither a text, a list nor a table: number, date, true, false
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_PLAIN = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def lines_of(text: str) -> Mapping[Path, int]:
    """The line, counted from 1, on which each table and key first stands, keys of inline tables included. Pure.

    The text must be TOML: whoever asks has read it with ``tomllib`` before. A table that is named only as part of
    another (``[live.police]`` names ``live``) stands where that one does.
    """
    return _Scan(text).lines


class _Scan:
    """One walk through the text. ``at`` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        table: Path = ()
        while self._blank():
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _blank(self) -> bool:
        """Pass over space, line ends and comments; whether anything follows."""
        self._match(_BLANK)
        return self.at < len(self.text)

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"the text is not TOML, at character {self.at}; read it with tomllib first")
        self.at = found.end()
        return found[0]

    def _skip(self, mark: str) -> bool:
        """Pass over the mark, if it is the next thing."""
        self._blank()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def _header(self) -> Path:
        line = self._line()
        several = self._skip("[[") or not self._skip("[")
        path = self._key()
        self._note(path, line)
        self._skip("]]" if several else "]")
        return path

    def _key(self) -> Path:
        parts = [self._part()]
        while self._skip("."):
            parts.append(self._part())
        return tuple(parts)

    def _part(self) -> str:
        self._blank()
        if self.text[self.at] not in "\"'":
            return self._match(_WORD)
        quoted = self._match(_STRING)
        return quoted[1:-1] if quoted[0] == "'" else _ESCAPE.sub(_unescaped, quoted[1:-1])

    def _pair(self, table: Path) -> None:
        self._blank()
        line = self._line()
        path = table + self._key()
        self._note(path, line)
        self._skip("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        self._blank()
        match self.text[self.at]:
            case "[":
                self._skip("[")
                while not self._skip("]"):
                    self._value(path)
                    self._skip(",")
            case "{":
                self._skip("{")
                while not self._skip("}"):
                    self._pair(path)
                    self._skip(",")
            case '"' | "'":
                self._match(_STRING)
            case _:
                self._match(_NUMBER)

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def _note(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2]
    return chr(int(digits, 16)) if digits else _PLAIN.get(found[3], found[3])
