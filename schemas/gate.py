"""The gate: refuses a change of a schema by which what was written before could no longer be read.

Runs on its own, in an environment of its own (Apache's ``avro`` and our avro-python3 install the same package):

    .venv-tools/bin/python schemas/gate.py [FOLDER]

For each ``<name>.avsc`` in the folder (by default this file's): every version in ``past/<name>/`` must be readable by
it, as Apache's own ReaderWriterCompatibilityChecker sees it; no field may change its logical type, which that checker
and the fingerprint both leave out; and it must be recorded there itself, as the newest version. Documentation may be
reworded at any time. Exit code 0: the gate is open; 1: it is not, and standard error says where, why and what to do.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import avro.compatibility
import avro.errors
import avro.schema

_OPEN = avro.compatibility.SchemaCompatibilityType.compatible


def refusals(folder: Path) -> Iterator[str]:
    """Everything that keeps the gate shut: schema, field, reason and remedy, one sentence each."""
    names = {file.stem for file in folder.glob("*.avsc")}
    if not names:
        yield f"{folder}: there are no schemas; name the folder that holds the .avsc files"
    past = {each.name for each in (folder / "past").glob("*") if each.is_dir()}
    for name in sorted(past - names):
        yield f"{name}: its schema is gone, and what it wrote is still to be read; put {name}.avsc back"
    for name in sorted(names):
        yield from _schema(folder, name)


def _schema(folder: Path, name: str) -> Iterator[str]:
    files = sorted((folder / "past" / name).glob("*.avsc"), key=lambda each: (len(each.stem), each.stem))
    if [each.stem for each in files] != [str(number) for number in range(1, len(files) + 1)]:
        yield f"{name}: the versions in past/{name} are not 1, 2, 3, …; put back what is missing, by its number"
        return
    texts = [each.read_text(encoding="utf-8") for each in (folder / f"{name}.avsc", *files)]
    try:
        now, *versions = [avro.schema.parse(text) for text in texts]
    except (avro.errors.AvroException, ValueError, TypeError, KeyError) as error:
        yield f"{name}: one of its versions is no valid Avro schema ({type(error).__name__}: {error}); mend it"
        return
    written, *recorded = [_undocumented(json.loads(text)) for text in texts]
    if not recorded or recorded[-1] != written:
        # What is not recorded cannot be read once the schema has moved on: nobody knows what wrote it.
        number = len(files) + 1
        yield (
            f"{name}: differs from the newest recorded version" if recorded else f"{name}: is not recorded"
        ) + f"; if the change is meant, cp schemas/{name}.avsc schemas/past/{name}/{number}.avsc"
    for number, version in enumerate(versions, start=1):
        found = list(_breaks(now, version, ""))
        if not found and not _reads(now, version):
            found = [("", "Apache's checker refuses it", "take the change back, and add a new field with a default")]
        for path, reason, remedy in found:
            yield f"{name}: {path or 'the record'}: {reason} (version {number}); {remedy}"


def _undocumented(schema: Any) -> Any:
    """The schema without its words: what is left decides how bytes are read."""
    if isinstance(schema, dict):
        return {key: _undocumented(value) for key, value in schema.items() if key != "doc"}
    return [_undocumented(each) for each in schema] if isinstance(schema, list) else schema


def _breaks(reader: Any, writer: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Where ``reader`` cannot read what ``writer`` wrote: path, reason, remedy.

    Apache's checker decides; this walks down beside it to name the field, which its own report loses in unions.
    """
    match reader.type, writer.type:
        case "long", "long":
            yield from _logical(reader, writer, path)
        case ("union", _) | (_, "union"):
            for branch in _branches(writer):
                alike = [each for each in _branches(reader) if each.type == branch.type]
                if alike:
                    yield from _breaks(alike[0], branch, path)
                elif not _reads(reader, branch):
                    yield path, f"can no longer be {branch.type}", f"keep {branch.type} among its types"
        case "array", "array":
            yield from _breaks(reader.items, writer.items, path + "[]")
        case "record", "record" if reader.name == writer.name:
            for field in reader.fields:
                inner = f"{path}.{field.name}" if path else field.name
                before = avro.compatibility.lookup_writer_field(writer, field)
                if before is not None:
                    yield from _breaks(field.type, before.type, inner)
                elif not field.has_default:
                    yield inner, "is new and has no default", "give it a default, so that older records can be read"
        case _ if not _reads(reader, writer):
            yield path, *_leaf(reader, writer)


def _reads(reader: Any, writer: Any) -> bool:
    result = avro.compatibility.ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
    return bool(result.compatibility is _OPEN)


def _logical(reader: Any, writer: Any, path: str) -> Iterator[tuple[str, str, str]]:
    now, before = reader.props.get("logicalType"), writer.props.get("logicalType")
    if now != before:
        reason = f"meant {before or 'a bare number'} and means {now or 'a bare number'}: older bytes would be misread"
        yield path, reason, "keep its logical type, and add a new field with a default for the new meaning"


def _leaf(reader: Any, writer: Any) -> tuple[str, str]:
    if reader.type != writer.type:
        changed = f"was {writer.type} and is {reader.type}"
        return changed, "keep its type, and add a new field with a default for the new one"
    if reader.type == "enum" and reader.name == writer.name:
        lost = f"has lost {', '.join(symbol for symbol in writer.symbols if symbol not in reader.symbols)}"
        return lost, "put the symbols back (unused ones do no harm), or give the enum a default"
    return f"was called {writer.fullname} and is called {reader.fullname}", "keep its name, or name the old as an alias"


def _branches(schema: Any) -> list[Any]:
    return list(schema.schemas) if schema.type == "union" else [schema]


def main(arguments: list[str]) -> int:
    """Say what keeps the gate shut, or that nothing does; the exit code."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    found = list(refusals(folder))
    for each in found:
        print(each, file=sys.stderr)
    if not found:
        print(f"schemas: {len(list(folder.glob('*.avsc')))} read everything that they ever wrote")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
