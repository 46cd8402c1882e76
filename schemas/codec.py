"""Bytes to records and back: Avro single-object encoding, and Confluent framing where a registry is configured.

    C3 01 <fingerprint, 8 bytes, little-endian> <body>      single-object encoding, what we write by default
    00 <schema id, 4 bytes, big-endian> <body>              Confluent framing, what we write with a registry

Both are understood on input. The fingerprint or the id says which version of which schema wrote the body; an older
one is resolved to the version of now. Whatever is wrong with the bytes raises NotReadable and nothing else, with what
to do about it; whatever is wrong with a record raises NotWritable. Neither says what the record says, so that both
can be logged: fastavro's own errors, which quote it, are let go of before ours are raised.

In a damaged body nothing can tell a wrong letter from a right one (Avro has no checksum): what decodes is what the
bytes say, by the specification (schemas/strict.py), and never costs more than the bytes are long.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from fastavro import schemaless_reader, schemaless_writer

from schemas import check, strict
from schemas.catalogue import MARK, MARK_BYTES, Catalogue, Version, version
from schemas.check import BrokenSchema, Refused
from schemas.registry import Registry

FRAME = b"\x00"
FRAME_BYTES = 5  # the frame and four bytes of schema id

_RESEND = "ask the sender to send the record again, whole and as its library wrote it"
_SENDER = "ask the sender which schema wrote it; a new version must be in schemas/past before it is sent"


class NotReadable(Refused):
    """Bytes are no record of that schema: why, and what to do. Says nothing of what the record says."""


class NotWritable(Refused):
    """A record does not fit its schema: why, field by field, and what to do. Says nothing of what the record says."""

    def __init__(self, name: str, differences: tuple[str, ...], remedy: str) -> None:
        super().__init__(f"the record does not fit {name}: {'; '.join(differences)}", remedy)
        self.differences = differences


class _Reader(NamedTuple):
    writer: dict[str, Any]  # the schema that wrote the body
    reader: dict[str, Any] | None  # the one of now; None: it is the same, which is twice as fast
    skip: int  # where the body begins


_Writer = tuple[dict[str, Any], bytes]
"""The schema to write by, and what the bytes begin with."""


class Codec:
    """Reads and writes records by name of schema. One a process is enough; it keeps only what it looked up.

    ``registry`` is a registry's address (or a Registry); None or empty: none.
    """

    def __init__(self, registry: str | Registry | None = None, catalogue: Catalogue | None = None) -> None:
        self.catalogue = catalogue or Catalogue(Path(__file__).parent)
        self._registry = Registry(registry) if isinstance(registry, str) and registry else registry or None
        self._readers = {name: self._known(name) for name in self.catalogue.names}
        self._writers: dict[str, _Writer] = {}

    def encode(self, name: str, record: Mapping[str, Any]) -> bytes:
        """The bytes of ``record``. Raises NotWritable; LookupError for a schema there is none of.

        Times must carry their zone; they are written in whole milliseconds, the rest is cut off. With a registry, the
        first call for a schema registers it, and may raise RegistryUnavailable.
        """
        schema, prefix = self._writers.get(name) or self._writer(name)
        stream = BytesIO()
        stream.write(prefix)
        try:
            schemaless_writer(stream, schema, record, strict_allow_default=True)
            return stream.getvalue()
        except Exception as error:  # noqa: BLE001 - fastavro raises what Python raises: each of them means the same
            kind = type(error).__name__
        # Out here, so that fastavro's error, which quotes the record, does not travel along as the context of ours.
        differences = self.explain(name, record) or (f"fastavro refuses it ({kind})",)
        raise NotWritable(name, differences, f"mend the record; schemas/{name}.avsc says what each field means")

    def decode(self, name: str, value: bytes | None) -> dict[str, Any]:
        """The record in ``value``, as the schema of now has it. Raises NotReadable, and LookupError as ``encode``.

        Enums are their symbols, times aware UTC datetimes. With a registry, an id seen for the first time is looked
        up, and may raise RegistryUnavailable: the record is not at fault then.
        """
        known = self._readers.get(name)
        if known is None or not value:
            raise self._nothing(name, value)
        reader = known.get(value[:MARK_BYTES]) or known.get(value[:FRAME_BYTES]) or self._find(name, value)
        stream = BytesIO(value[reader.skip :])
        try:
            record: dict[str, Any] = schemaless_reader(stream, reader.writer, reader.reader)
        except Exception as error:  # noqa: BLE001 - as above: what fastavro raises on damaged bytes is not a closed set
            reason = _reason(error, at_end=not stream.read(1))
        else:
            left = len(stream.read())
            if not left:
                return record
            reason = f"goes on for {left} bytes after its last field"
        raise NotReadable(f"the body {reason}{_where(reader, value)}, read as {name}", _RESEND)

    def explain(self, name: str, record: object) -> tuple[str, ...]:
        """Why ``record`` does not fit the schema ``name``, field by field, without quoting it; empty: it fits."""
        return check.explain(self.catalogue.current(name).checked, record)

    # ── which schema wrote it ────────────────────────────────────────────────────────────────────────────────

    def _known(self, name: str) -> dict[bytes, _Reader]:
        now = self.catalogue.current(name)
        past = {each.mark: _Reader(each.reading, now.parsed, MARK_BYTES) for each in self.catalogue.versions(name)}
        return past | {now.mark: _Reader(now.reading, None, MARK_BYTES)}

    def _nothing(self, name: str, value: bytes | None) -> Exception:
        self.catalogue.current(name)  # raises LookupError, which lists the names
        if value is None:
            return NotReadable("there is no value (null)", "ask the sender: a feed's records are never deleted by key")
        return NotReadable("the value is empty", _RESEND)

    def _find(self, name: str, value: bytes) -> _Reader:
        """The reader for a beginning not met before; remembered where it came from the registry."""
        if value.startswith(MARK):
            return self._refuse_mark(name, value)
        if not value.startswith(FRAME):
            raise NotReadable(_beginning(value), "send Avro single-object encoding (docs/schemas.md)")
        if self._registry is None:
            raise NotReadable("names its schema by a registry's id, and no registry is configured", "set registry.url")
        if len(value) < FRAME_BYTES:
            raise NotReadable("ends within the schema id that it begins with", _RESEND)
        number = int.from_bytes(value[1:FRAME_BYTES], "big")
        reader = self._registered(name, number, self._registry)
        self._readers[name][value[:FRAME_BYTES]] = reader
        return reader

    def _refuse_mark(self, name: str, value: bytes) -> _Reader:
        mark = value[:MARK_BYTES]
        if len(mark) < MARK_BYTES:
            raise NotReadable("ends within the fingerprint that it begins with", _RESEND)
        for other, readers in self._readers.items():
            if mark in readers:
                raise NotReadable(f"is a record of {other}, and this place takes {name}", "publish it to its own topic")
        raise NotReadable(f"was written by a schema that is not known here (fingerprint {mark[2:].hex()})", _SENDER)

    def _registered(self, name: str, number: int, registry: Registry) -> _Reader:
        now = self.catalogue.current(name)
        found = registry.look_up(number)
        if found is None:
            raise NotReadable(f"was written by schema id {number}, which the registry does not know", _SENDER)
        if found.kind != "AVRO" or found.refers:
            what = "refers to other schemas" if found.kind == "AVRO" else f"is {found.kind}"
            raise NotReadable(f"was written by schema id {number}, which {what}", "send Avro, its schema in one piece")
        try:
            writer = version(name, 0, found.text, f"schema id {number} of the registry")
        except BrokenSchema as broken:
            raise NotReadable(str(broken), _SENDER) from None
        _alike(writer, now, number)
        if writer.mark == now.mark:
            return _Reader(now.reading, None, FRAME_BYTES)
        return _Reader(writer.reading, now.parsed, FRAME_BYTES)

    def _writer(self, name: str) -> _Writer:
        now = self.catalogue.current(name)
        prefix = now.mark
        if self._registry is not None:
            prefix = FRAME + self._registry.register(now.checked.fullname, now.text).to_bytes(4, "big")
        self._writers[name] = strict.for_writing(now.parsed), prefix
        return self._writers[name]


def _alike(writer: Version, now: Version, number: int) -> None:
    """Raises NotReadable where a registry's schema is of another message, or means another thing by the same field."""
    if writer.checked.fullname != now.checked.fullname:
        what = f"was written by schema id {number}, {writer.checked.fullname}"
        raise NotReadable(f"{what}, and this place takes {now.checked.fullname}", "publish it to its own topic")
    theirs, ours = check.leaves(writer.checked), check.leaves(now.checked)
    for path in theirs.keys() & ours.keys():
        if theirs[path] != ours[path]:
            # The fingerprint leaves logical types out: the bytes would be read, and mean something else.
            reason = f"schema id {number} says {path} as {theirs[path] or 'a bare number'}, ours is {ours[path]}"
            raise NotReadable(reason, _SENDER)


# ── what is wrong with it ────────────────────────────────────────────────────────────────────────────────────


def _beginning(value: bytes) -> str:
    """What bytes look like that begin neither way. Looks at four of them at most."""
    if value.startswith(b"Obj\x01"):
        return "is an Avro file, not one record"
    if value[:1] in (b"{", b"["):
        return "looks like JSON, and Avro is expected"
    return "begins neither as Avro single-object encoding (C3 01) nor as Confluent framing (00)"


def _reason(error: Exception, *, at_end: bool) -> str:
    """What fastavro's error says of a body, in our words: fastavro's own would quote it."""
    match error:
        case EOFError() | IndexError() if at_end:
            return "ends too early, or a length in it is wrong"
        case EOFError():
            return "has a length that is wrong"
        case IndexError() | KeyError():
            return "has a choice that the schema does not have"
        case UnicodeDecodeError():
            return "has a text that is not UTF-8"
        case OverflowError() | ValueError():
            return "has a time or a number outside the range of its type"
        case _:
            return f"is not what the schema describes ({type(error).__name__})"


def _where(reader: _Reader, value: bytes) -> str:
    """Which top-level field cannot be read, found by reading one field more each time. For bad records only."""
    fields = reader.writer["fields"]
    for count, each in enumerate(fields, start=1):
        try:
            schemaless_reader(BytesIO(value[reader.skip :]), {**reader.writer, "fields": fields[:count]}, None)
        except Exception:  # noqa: BLE001 - the same error again
            return f", at field {each['name']}"
    return ""


_HERE = Codec()
encode = _HERE.encode
decode = _HERE.decode
explain = _HERE.explain
