"""The command line without a broker: help, usage, exit codes, settings, and the pages that are written from them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from kafka.errors import KafkaTimeoutError

from agents import settings
from agents.cli import session, words
from agents.cli.case import full_id
from agents.cli.exits import Exit
from agents.cli.group import COMMANDS, cli
from agents.sandbox.broker import BrokerRefused
from agents.topics.cluster import TopicsRefused
from streams.escalation import Awaits, Change, Condition, EscalationAction, EscalationRecord, Stage
from tests.unit.commands_page import DOCS, PAGES

NOWHERE = ("--bootstrap", "127.0.0.1:1")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(settings.PREFIX)]:
        monkeypatch.delenv(name)


def _run(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def _commands(group: click.Group = cli, *before: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*before, name))
        if isinstance(command, click.Group):
            found += _commands(command, *before, name)
    return found


@pytest.mark.parametrize("command", _commands(), ids=" ".join)
def test_every_command_has_help_in_whole_sentences(command: tuple[str, ...]) -> None:
    result = _run(*command, "--help")
    assert result.exit_code == Exit.OK
    assert "Usage: " in result.output


def test_help_lists_every_command_by_what_one_wants_to_do_and_imports_none_of_them() -> None:
    code = (
        "import sys; from agents.cli.group import cli\n"
        "try: cli(['--help'])\n"
        "finally: sys.exit(sorted(name for name in sys.modules if name.split('.')[0] in ('kafka', 'faust')) != [])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == Exit.OK, done.stderr
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ") and line.split()}
    assert {name for commands in COMMANDS.values() for name in commands} <= listed
    assert set(cli.list_commands(click.Context(cli))) <= listed


@pytest.mark.parametrize(
    "command",
    [("topics", "list"), ("topics", "check"), ("topics", "apply"), ("quarantine", "list"), ("quarantine", "show"),
     ("quarantine", "replay"), ("sightings", "list"), ("watch",), ("case",), ("account",), ("check",), ("settings",),
     ("publish",), ("synth",), ("load",), ("record", "verify")],
    ids=" ".join,
)  # fmt: skip
def test_every_command_that_shows_something_can_show_it_to_programs(command: tuple[str, ...]) -> None:
    assert "--json" in _run(*command, "--help").output


def test_the_exit_codes_are_told_in_the_help() -> None:
    output = _run("--help").output
    assert all(f"{int(code)} " in output for code in Exit)


@pytest.mark.parametrize(
    "command",
    [
        ("watch",),
        ("account",),
        ("case", "X320741"),
        ("case", "X320741", "--explain"),
        ("record", "verify"),
        ("quarantine", "list"),
        ("sightings", "list"),
        ("topics", "list"),
    ],
    ids=" ".join,
)
def test_a_broker_that_is_not_there_is_exit_69_with_the_remedy(command: tuple[str, ...], monkeypatch: Any) -> None:
    # As after ten seconds of asking; test_readers_kafka waits for the real thing.
    def nobody(*_: Any, **__: Any) -> None:
        raise KafkaTimeoutError

    monkeypatch.setattr("agents.queries.readers.KafkaConsumer", nobody)
    monkeypatch.setattr("agents.topics.cluster.KafkaAdminClient", nobody)
    result = _run(*NOWHERE, *command)
    assert result.exit_code == Exit.UNAVAILABLE
    assert result.stderr.startswith("no answer from 127.0.0.1:1 (KafkaTimeoutError); ")
    assert "kafka.bootstrap" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "command",
    [
        ("--set", "kafka.bootstrap", "settings"),
        ("case", "320741"),
        ("case", "X320741", "--as-at", "2026-03-02"),
        ("case", "X320741", "--explain", "--as-at", "yesterday"),
        ("case", "X320741", "--explain", "--as-at", "9000-01-01"),
        ("record", "verify", "320741"),
        ("record", "verify", "--against", "x.jsonl", "--against", "nowhere"),
        ("record", "verify", "--against", "no-head.txt"),
        ("publish", "polce", "x.jsonl"),
        ("quarantine", "replay"),
        ("quarantine", "replay", "--all", "abc"),
        ("quarantine", "resume", "police"),
        ("synth", "out", "--days", "1", "--messages", "1"),
        ("watch", "--limit", "0"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_exit_2(command: tuple[str, ...]) -> None:
    Path("x.jsonl").write_text("")
    Path("no-head.txt").write_text("this is none\n")
    assert _run(*command).exit_code == Exit.USAGE


def test_wrong_settings_are_exit_78_all_at_once_with_their_remedies() -> None:
    result = _run("--set", "worker.run=0", "--bootstrap", "localhost", "settings")
    assert result.exit_code == Exit.CONFIG
    assert result.stderr.splitlines() == [
        "settings: worker.run (flag): '0' is refused; it should be greater than or equal to 1",
        "settings: kafka.bootstrap (flag): has the wrong form; give host:port, with commas between several",
    ]


def test_check_tells_wrong_settings_beside_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("policy.toml").write_text("")
    result = _run("--set", "kafka.bootstrap=localhost", "--set", "files.policy=policy.toml", "check", "--json")
    assert result.exit_code == Exit.AMISS
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {row["part"]: row["ok"] for row in rows} == {
        "settings": False,
        "schemas": True,
        "codecs": True,
        "policy": False,
        "topics declaration": True,
        "broker": False,
    }
    assert all(row["remedy"] for row in rows if not row["ok"])


def test_settings_are_shown_with_where_they_came_from_and_secrets_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAISED_RISK_SECURITY_PASSWORD", "open sesame")
    Path("raised-risk.toml").write_text('[security]\ntls = true\nmechanism = "PLAIN"\nusername = "us"\n')
    result = _run("--namespace", "t.", "settings", "--json")
    rows = {row["setting"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert list(rows) == [row.key for row in settings.TABLE]
    assert "sesame" not in result.output
    shown = {key: (rows[key]["value"], rows[key]["origin"]) for key in rows if rows[key]["origin"] != "default"}
    assert shown == {
        "kafka.namespace": ("t.", "flag"),
        "security.tls": ("true", "raised-risk.toml"),
        "security.mechanism": ("PLAIN", "raised-risk.toml"),
        "security.username": ("us", "raised-risk.toml"),
        "security.password": (settings.MASK, "RAISED_RISK_SECURITY_PASSWORD"),
    }


@pytest.mark.parametrize(
    ("typed", "case"),
    [
        ("X320741", "crn:X320741"),
        ("AB320741", "crn:AB320741"),
        ("crn:X320741", "crn:X320741"),
        ("youth:Y/7", "youth:Y/7"),
    ],
)
def test_a_case_is_named_as_people_write_it(typed: str, case: str) -> None:
    assert full_id(typed) == case


ESCALATION = EscalationRecord(
    escalation_id="e1",
    revision=2,
    case_id="crn:X320741",
    cohort="adult",
    rule="R1",
    principles=("P1", "P7"),
    change=Change.CONDITION_CLEARED,
    condition=Condition.CLEARED,
    reason="R1: why.",
    manager="SPO N07B123",
    levels=(),
    signals=(),
    signals_left_out=0,
    notes=("something lies in quarantine",),
    policy_version="p1",
    at=datetime(2026, 11, 2, 9, tzinfo=UTC),
    stage=Stage.RAISED,
    urgency="soon",
    turn="duty manager",
    awaits=Awaits.ACKNOWLEDGEMENT,
    variance="by telephone",
    actions=(EscalationAction(action="a1", what="HOME_VISIT", due=datetime(2026, 11, 9, 17, tzinfo=UTC)),),
)


def test_an_escalation_reads_as_who_what_why() -> None:
    assert "\n".join(words.escalation(ESCALATION)).splitlines() == [
        "2026-11-02 09:00:00Z  CONDITION CLEARED  crn:X320741 (adult)  R1 [P1, P7]",
        "  R1: why.",
        "  levels: none known",
        "  manager: SPO N07B123",
        "  note: something lies in quarantine",
        "  policy p1",
        "  required: HOME_VISIT of (nobody named), due 2026-11-09 17:00:00Z, not confirmed",
        "  variance from procedure: by telephone",
        "  escalation e1, revision 2",
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_say_what_the_program_says(page: str) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == PAGES[page](), "run: python -m tests.unit.commands_page"


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["x320741", "crn:x320741", "CRN:X320741", " X320741 "])
def test_a_crn_may_be_typed_in_small_letters(typed: str) -> None:
    assert full_id(typed) == "crn:X320741"


@pytest.mark.parametrize("typed", ["crn:nonsense", "crn:", "X32074", "youth:alone", ""])
def test_what_is_no_case_id_is_not_looked_for(typed: str) -> None:
    with pytest.raises(click.BadParameter, match="give a CRN"):
        full_id(typed)


def _fails_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> Result:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("agents.sandbox.feeds.files.write", fail)
    return _run("synth", "out")


def test_a_folder_that_cannot_be_written_is_told_without_a_traceback() -> None:
    Path("file").touch()
    result = _run("synth", "file/folder")
    assert (result.exit_code, result.stdout) == (Exit.AMISS, "")
    assert result.stderr == "file/folder: Not a directory; look at the path and its permissions\n"


def test_a_defect_is_told_by_its_class_and_place_and_never_quotes_what_it_stumbled_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = _fails_with(KeyError("Joe Bloggs"), monkeypatch)
    assert result.exit_code == Exit.AMISS
    assert "a defect of raised-risk, please report it: KeyError in fail, test_cli.py line " in result.stderr
    assert "Bloggs" not in result.output


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (BrokerRefused("port 9092 is in use; stop what listens there, or name another"), "port 9092 is in use"),
        (TopicsRefused("case.events.v1: …; raised-risk topics apply --single"), "topics apply --single"),
    ],
)
def test_what_a_broker_refuses_is_told_with_its_remedy(
    refused: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = _fails_with(refused, monkeypatch)
    assert (result.exit_code, result.stderr) == (Exit.AMISS, f"{refused}\n")
    assert words in result.stderr


@pytest.mark.parametrize("command", [("topics", "list"), ("topics", "apply")], ids=" ".join)
def test_an_own_file_that_is_no_text_is_exit_78(command: tuple[str, ...]) -> None:
    Path("junk").write_bytes(b"\xff\xfe")
    result = _run(*NOWHERE, "--set", "files.topics=junk", "--set", "files.policy=junk", *command)
    assert (result.exit_code, result.stderr) == (Exit.CONFIG, "junk: is not text in UTF-8 (byte 0)\n")


def test_check_tells_own_files_that_are_no_text() -> None:
    Path("junk").write_bytes(b"\xff\xfe")
    own = [word for name in ("policy", "offences", "topics") for word in ("--set", f"files.{name}=junk")]
    result = _run("--bootstrap", "nowhere", *own, "check", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["part"] for row in rows if not row["ok"]] == ["settings", "policy", "topics declaration", "broker"]


def test_a_senders_text_commands_nobodys_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    session.text("\x1b[2Jgone\x9b\r\n\tkept é")
    session.table({"a": "A"}, [{"a": "\x1b]0;title\x07"}])
    assert capsys.readouterr().out.startswith("\\x1b[2Jgone\\x9b\\x0d\n\tkept é\nA")
    assert "\x1b" not in capsys.readouterr().out


def test_ctrl_c_while_modules_are_read_is_exit_130() -> None:
    """In a process of its own: a module that is read only then raises as Ctrl-C would."""
    code = (
        "import sys; from agents.cli import main\n"
        "class Stop:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'agents.cli.group': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop()); main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (Exit.INTERRUPTED, b"")
