"""The log: lines of JSON with ids and kinds only, whatever somebody tries to put into them."""

from __future__ import annotations

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import agents
from agents import logs
from streams.faults import Untranslatable

PERSONAL = "Joe Bloggs, 1 High Street"
METHODS = {"debug", "info", "warning", "error", "exception", "critical", "bind"}


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers, root.level
    logs.configure("info", stream)
    found: list[dict[str, Any]] = _Lines(stream)
    yield found
    logs.configure()
    root.handlers, root.level = before


class _Lines(list[dict[str, Any]]):
    def __init__(self, stream: io.StringIO) -> None:
        self.stream = stream

    def __eq__(self, other: object) -> bool:
        said = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return [{key: value for key, value in line.items() if key != "time"} for line in said] == other

    __hash__ = None  # type: ignore[assignment]


def test_an_event_is_one_line_of_json_with_its_keys(lines: list[dict[str, Any]]) -> None:
    logs.get("intake").bind(processor="intake-3").info("committed", topic="court.hearings.v1", offset=3, count=7)
    assert lines == [
        {
            "event": "committed",
            "level": "info",
            "part": "intake",
            "processor": "intake-3",
            "topic": "court.hearings.v1",
            "offset": 3,
            "count": 7,
        }
    ]


def test_a_key_that_is_not_on_the_list_is_left_out_and_named(lines: list[dict[str, Any]]) -> None:
    logs.get("intake").info("seen", surname=PERSONAL, offset=1)
    assert lines == [{"event": "seen", "level": "info", "part": "intake", "offset": 1, "refused": ["surname"]}]


@pytest.mark.parametrize(
    "value", [PERSONAL.encode(), {"name": PERSONAL}, ValueError(PERSONAL)], ids=["bytes", "dict", "error"]
)
def test_a_value_that_is_no_plain_word_is_named_by_its_kind(lines: list[dict[str, Any]], value: object) -> None:
    logs.get("intake").info("seen", hold=value)
    assert lines == [{"event": "seen", "level": "info", "part": "intake", "hold": f"<{type(value).__name__}>"}]


def test_an_exception_is_named_by_class_and_place_and_never_by_its_message(lines: list[dict[str, Any]]) -> None:
    try:
        raise ValueError(PERSONAL)
    except ValueError:
        logs.get("intake").exception("it broke")
    text = lines.stream.getvalue()  # type: ignore[attr-defined]
    assert '"fault": "ValueError"' in text
    assert "test_an_exception_is_named" in text
    assert "Bloggs" not in text


def test_a_fault_says_its_reason_for_that_is_in_our_own_words(lines: list[dict[str, Any]]) -> None:
    logs.get("intake").warning("refused", exc_info=Untranslatable("no such kind", "mend it"))
    assert lines == [
        {
            "event": "refused",
            "level": "warning",
            "part": "intake",
            "fault": "Untranslatable",
            "at": "",
            "reason": "no such kind",
        }
    ]


def test_what_a_library_logs_is_blotted_but_for_numbers(lines: list[dict[str, Any]]) -> None:
    logging.getLogger("aiokafka").warning("could not send %r to %d: %s", PERSONAL, 3, ValueError(PERSONAL))
    assert lines == [
        {
            "event": "library",
            "level": "warning",
            "part": "aiokafka",
            "words": "could not send … to 3: ValueError",
        }
    ]


def test_what_a_library_says_again_and_again_is_told_once_in_a_while_with_how_often(
    lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("agents.logs.time.monotonic", lambda: now)
    for _ in range(700):
        logging.getLogger("aiokafka").error("no node %s", 1)
    logging.getLogger("aiokafka").error("no node %s", 2)
    now += 11
    logging.getLogger("aiokafka").error("no node %s", 1)
    said = {"event": "library", "level": "error", "part": "aiokafka"}
    assert lines == [
        {**said, "words": "no node 1"},
        {**said, "words": "no node 2"},
        {**said, "words": "no node 1", "count": 700},
    ]


def test_what_is_below_the_level_is_not_logged(lines: list[dict[str, Any]]) -> None:
    logs.get("intake").debug("seen")
    assert lines == []


def test_no_key_of_the_list_is_a_place_for_personal_data() -> None:
    personal = {"name", "names", "surname", "forename", "address", "postcode", "dob", "date_of_birth", "pnc", "cro",
                "title", "text", "value", "key", "record", "message", "headers", "by", "identifier"}  # fmt: skip
    assert personal & set(logs.KEYS) == set()


def _log_calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            of = node.func.value
            name = of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
            if name.strip("_").lower() in {"log", "logger"}:
                yield node


MODULES = sorted(Path(agents.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem if path.stem != "__init__" else path.parent.name)
def test_every_log_call_of_the_program_has_constant_words_and_known_keys(path: Path) -> None:
    for call in _log_calls(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{path.name}:{call.lineno}"
        keys = {keyword.arg for keyword in call.keywords}
        assert keys <= {*logs.KEYS, "exc_info"}, f"{where} logs keys that are not on the list: {keys - set(logs.KEYS)}"
        assert all(isinstance(each, ast.Constant) for each in call.args), f"{where}: the words must be constant"


def test_no_key_of_the_list_is_one_that_the_program_never_logs() -> None:
    calls = [call for path in MODULES for call in _log_calls(ast.parse(path.read_text(encoding="utf-8")))]
    of_exceptions = logs._told(Untranslatable("no such kind", "mend it")).keys() | {"code"}
    of_libraries = {"count"}
    assert {keyword.arg for call in calls for keyword in call.keywords} | of_exceptions | of_libraries >= {*logs.KEYS}
