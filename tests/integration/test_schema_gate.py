"""The gate at work in its own environment (.venv-tools): what it lets through, and what it refuses with which words."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
PYTHON = ROOT / ".venv-tools" / "bin" / "python"
GATE = ROOT / "schemas" / "gate.py"
NAME = "police_notification"

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="there is no .venv-tools; `make gate` makes it")


def gate(folder: Path) -> tuple[int, list[str]]:
    done = subprocess.run([PYTHON, GATE, folder], capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(copytree(ROOT / "schemas", tmp_path / "schemas", ignore=ignore_patterns("*.py", "__pycache__")))


Change = Callable[[dict[str, Any]], None]


def change(folder: Path, how: Change, *, record: bool = True) -> None:
    """Change the schema of now; ``record`` it as the next version, as one should."""
    schema = json.loads((folder / f"{NAME}.avsc").read_text())
    how(schema)
    text = json.dumps(schema)
    (folder / f"{NAME}.avsc").write_text(text)
    past = folder / "past" / NAME
    if record:
        (past / f"{len(list(past.iterdir())) + 1}.avsc").write_text(text)


def field(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in schema["fields"] if each["name"] == name)


def a_field(schema: dict[str, Any], **said: Any) -> None:
    schema["fields"].append({"name": "custody_suite"} | said)


def an_offence_field(schema: dict[str, Any]) -> None:
    field(schema, "offences")["type"]["items"]["fields"].append({"name": "plea", "type": "string"})


ACCEPTED: dict[str, Change] = {
    "nothing": lambda schema: None,
    "a new field with a default": lambda schema: a_field(schema, type=["null", "string"], default=None),
    "a field less": lambda schema: schema["fields"].remove(field(schema, "grade_tool")),
    "another enum symbol": lambda schema: field(schema, "kind")["type"]["symbols"].append("CAUTION"),
    "a wider number": lambda schema: field(schema, "children_present").update(type=["null", "long"]),
    "a field that may be null now": lambda schema: field(schema, "sender").update(type=["null", "string"]),
    "a new name with the old as alias": lambda schema: field(schema, "reference").update(
        name="incident", aliases=["reference"]
    ),
}


@pytest.mark.parametrize("how", ACCEPTED.values(), ids=ACCEPTED)
def test_a_change_that_can_read_what_was_written_passes_once_it_is_recorded(folder: Path, how: Change) -> None:
    change(folder, how)
    assert gate(folder) == (0, [])


KEEP_TYPE = "keep its type, and add a new field with a default for the new one"
KEEP_SYMBOLS = "put the symbols back (unused ones do no harm), or give the enum a default"
REFUSED: dict[str, tuple[Change, str]] = {
    "a new field without a default": (
        lambda schema: a_field(schema, type="string"),
        "custody_suite: is new and has no default (version 1); give it a default, so that older records can be read",
    ),
    "the same inside a list": (
        an_offence_field,
        "offences[].plea: is new and has no default (version 1); give it a default, so that older records can be read",
    ),
    "an enum symbol less": (
        lambda schema: field(schema, "kind")["type"]["symbols"].remove("CALL_OUT"),
        f"kind: has lost CALL_OUT (version 1); {KEEP_SYMBOLS}",
    ),
    "the same in a union": (
        lambda schema: field(schema, "grade")["type"][1]["symbols"].remove("HIGH"),
        f"grade: has lost HIGH (version 1); {KEEP_SYMBOLS}",
    ),
    "another type": (
        lambda schema: field(schema, "message_id").update(type="long"),
        f"message_id: was string and is long (version 1); {KEEP_TYPE}",
    ),
    "another type in a union": (
        lambda schema: field(schema, "reference").update(type=["null", "boolean"]),
        "reference: can no longer be string (version 1); keep string among its types",
    ),
    "null no more": (
        lambda schema: field(schema, "reference").update(type="string", default=""),
        "reference: can no longer be null (version 1); keep null among its types",
    ),
    "times in another unit": (
        lambda schema: field(schema, "occurred_at")["type"][1].update(logicalType="timestamp-micros"),
        "occurred_at: meant timestamp-millis and means timestamp-micros: older bytes would be misread (version 1); "
        "keep its logical type, and add a new field with a default for the new meaning",
    ),
    "another name": (
        lambda schema: schema.update(name="PoliceContact"),
        "the record: was called raised_risk.PoliceNotification and is called raised_risk.PoliceContact (version 1); "
        "keep its name, or name the old as an alias",
    ),
}


@pytest.mark.parametrize(("how", "words"), REFUSED.values(), ids=REFUSED)
def test_a_change_that_cannot_is_refused_by_schema_field_reason_and_remedy(
    folder: Path, how: Change, words: str
) -> None:
    change(folder, how)
    assert gate(folder) == (1, [f"{NAME}: {words}"])


def test_a_change_must_read_every_version_and_not_only_the_newest(folder: Path) -> None:
    change(folder, lambda schema: schema["fields"].remove(field(schema, "grade_tool")))
    change(folder, lambda schema: a_field(schema, type="string", default=""))
    change(folder, lambda schema: schema["fields"].append({"name": "grade_tool", "type": "int", "default": 0}))
    refusal = f"{NAME}: grade_tool: can no longer be %s (version 1); keep %s among its types"
    assert gate(folder) == (1, [refusal % ("null", "null"), refusal % ("string", "string")])


def test_a_change_that_is_not_recorded_is_refused_with_the_command_that_records_it(folder: Path) -> None:
    change(folder, ACCEPTED["a new field with a default"], record=False)
    remedy = f"cp schemas/{NAME}.avsc schemas/past/{NAME}/2.avsc"
    assert gate(folder) == (1, [f"{NAME}: differs from the newest recorded version; if the change is meant, {remedy}"])


def test_other_words_need_no_new_version(folder: Path) -> None:
    change(folder, lambda schema: field(schema, "sender").update(doc="Who tells us."), record=False)
    assert gate(folder) == (0, [])


def test_a_schema_that_was_never_recorded_a_lost_one_and_a_gap_are_refused(folder: Path) -> None:
    (folder / "past" / "case_act" / "1.avsc").unlink()
    (folder / "duty_item.avsc").unlink()
    (folder / "past" / NAME / "1.avsc").rename(folder / "past" / NAME / "2.avsc")
    assert gate(folder) == (
        1,
        [
            "duty_item: its schema is gone, and what it wrote is still to be read; put duty_item.avsc back",
            "case_act: is not recorded; if the change is meant, cp schemas/case_act.avsc schemas/past/case_act/1.avsc",
            f"{NAME}: the versions in past/{NAME} are not 1, 2, 3, …; put back what is missing, by its number",
        ],
    )


def test_the_schemas_of_this_checkout_pass() -> None:
    assert gate(ROOT / "schemas") == (0, [])


# Its canonical form keeps {"type": "long"} where a logical type stood, against the specification (and against Java,
# fastavro and avro-python3): the fingerprint is taken of the schema without them.
READS = """
import avro.io, avro.schema, json, sys
from io import BytesIO
text = open(sys.argv[1]).read()
value = bytes.fromhex(open(sys.argv[2]).read())
plain = json.loads(text, object_hook=lambda each: each["type"] if "logicalType" in each else each)
assert value[:2] == b"\\xc3\\x01"
assert value[2:10] == avro.schema.parse(json.dumps(plain)).fingerprint("CRC-64-AVRO")
body = BytesIO(value[10:])
avro.io.DatumReader(avro.schema.parse(text)).read(avro.io.BinaryDecoder(body))
assert not body.read()
"""


@pytest.mark.parametrize("golden", sorted((ROOT / "tests/golden/avro").glob("*.hex")), ids=lambda golden: golden.stem)
def test_apaches_own_library_reads_what_we_wrote_and_gives_it_the_same_fingerprint(golden: Path) -> None:
    name, number = golden.stem.split(".")
    schema = ROOT / "schemas" / "past" / name / f"{number}.avsc"
    done = subprocess.run(
        [PYTHON, "-c", READS, schema, golden], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
