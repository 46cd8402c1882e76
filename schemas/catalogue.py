"""Every schema and every version of it that a release has written, loaded once from the .avsc files beside this file.

``<name>.avsc`` is the schema of now, ``past/<name>/<n>.avsc`` the versions in their order, the newest being the same
as now (schemas/gate.py sees to that). A version's mark is what single-object encoding begins with: C3 01 and the
CRC-64-AVRO fingerprint of the canonical form, least significant byte first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fastavro.schema import SchemaParseException, UnknownType, fingerprint, parse_schema, to_parsing_canonical_form

from schemas import check, strict
from schemas.check import BrokenSchema

MARK = b"\xc3\x01"
MARK_BYTES = 10  # the mark and eight bytes of fingerprint


@dataclass(frozen=True)
class Version:
    """One version of one schema, in every form in which it is needed."""

    name: str  # the file's: police_notification
    number: int  # from 1
    text: str = field(repr=False)
    checked: Any = field(repr=False)  # avro-python3's
    parsed: dict[str, Any] = field(repr=False)  # fastavro's
    reading: dict[str, Any] = field(repr=False)
    mark: bytes = b""


def version(name: str, number: int, text: str, file: str) -> Version:
    """Load one version. Raises BrokenSchema, which names ``file``."""
    checked = check.parse(file, text)
    try:
        parsed: Any = parse_schema(json.loads(text))
    except (SchemaParseException, UnknownType, ValueError, KeyError, TypeError) as error:
        raise BrokenSchema(file, f"fastavro refuses it ({type(error).__name__}: {error})") from None
    mark = MARK + bytes.fromhex(fingerprint(to_parsing_canonical_form(parsed), "CRC-64-AVRO"))
    return Version(name, number, text, checked, parsed, strict.for_reading(parsed), mark)


class Catalogue:
    """The schemas of one folder. Raises BrokenSchema when any of them must not be used."""

    def __init__(self, folder: Path) -> None:
        self._versions = {file.stem: _versions(folder, file) for file in sorted(folder.glob("*.avsc"))}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all schemas, sorted."""
        return tuple(self._versions)

    def versions(self, name: str) -> tuple[Version, ...]:
        """All versions of ``name``, oldest first; the last is the one of now. Raises LookupError."""
        if name not in self._versions:
            raise LookupError(f"there is no schema {name}; there are {', '.join(self._versions)}")
        return self._versions[name]

    def current(self, name: str) -> Version:
        """The version of ``name`` that is written now. Raises LookupError."""
        return self.versions(name)[-1]


def _versions(folder: Path, file: Path) -> tuple[Version, ...]:
    now = version(file.stem, 1, file.read_text(encoding="utf-8"), file.name)
    recorded = sorted((int(past.stem), past) for past in (folder / "past" / file.stem).glob("*.avsc"))
    past = []
    for number, each in recorded:
        text = each.read_text(encoding="utf-8")
        # What is the same to the letter as now is not checked twice: half the time of a start.
        same = replace(now, number=number)
        past.append(same if text == now.text else version(file.stem, number, text, str(each.relative_to(folder))))
    if past and past[-1].mark == now.mark:  # recorded as it should be, or changed since in its words only
        return (*past[:-1], replace(now, number=past[-1].number))
    return (*past, replace(now, number=past[-1].number + 1 if past else 1))
