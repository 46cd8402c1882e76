"""What judges: the history of policies in their topic, and what becomes of one that cannot be read. No broker here."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from agents import bank_holidays, logs, policies, wire
from agents.cli.exits import Exit
from agents.cli.group import cli
from agents.policies import PolicyHistory, PolicyOfAnotherRelease, Texts, known, record_of
from agents.settings import Settings, load
from streams.policy import only

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ONE = policies.given(Settings())
TWO = replace(ONE, policy=ONE.policy.replace("[pace.urgent]", "# as agreed\n[pace.urgent]"))
FAULTY = replace(ONE, policy=ONE.policy + "\n[of-a-later-release]\nnumber = 1\n")
EMPTY = known(())


@dataclass
class Record:
    key: bytes | None
    value: bytes | None
    timestamp: int


def version(texts: Texts) -> str:
    return texts.parsed().version


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def record(key: str, texts: Texts, hours: float) -> Record:
    return Record(key.encode(), wire.encode(texts), int(at(hours).timestamp() * 1000))


def came(*given: Texts) -> list[Record]:
    """The records that workers with these files leave, each started an hour after the one before."""
    log: list[Record] = []
    for hours, texts in enumerate(given):
        if new := record_of(texts, known(log)):
            log.append(Record(*new, int(at(hours).timestamp() * 1000)))
    return log


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What is logged, read when asked for."""

    class Lines(list[dict[str, Any]]):
        def __iter__(self) -> Iterator[dict[str, Any]]:
            return iter([json.loads(line) for line in out.getvalue().splitlines()])

    out = io.StringIO()
    logs.configure("info", out)
    yield Lines()
    logs.configure("info")


# ── the topic ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_policy_comes_into_force_under_its_version_and_the_first_ordinal() -> None:
    new = record_of(ONE, EMPTY)
    assert new is not None
    assert new[0] == f"{version(ONE)}/1".encode()
    assert known([Record(*new, int(NOON.timestamp() * 1000))]) == PolicyHistory(
        {version(ONE): ONE.parsed()}, ((NOON, version(ONE)),), {}, version(ONE), 1
    )


def test_what_is_in_force_already_is_not_put_there_again() -> None:
    assert len(came(ONE, ONE, ONE)) == 1


def test_a_policy_that_comes_back_into_force_keeps_its_first_record() -> None:
    log = came(ONE, TWO, ONE)
    assert [each.key for each in log] == [
        f"{version(ONE)}/1".encode(), f"{version(TWO)}/2".encode(), f"{version(ONE)}/3".encode(),
    ]  # fmt: skip
    assert known(log).since == ((at(0), version(ONE)), (at(1), version(TWO)), (at(2), version(ONE)))


def test_each_time_finds_the_policy_that_was_in_force() -> None:
    judging = policies.judging(known(came(ONE, TWO, ONE)), Settings())
    found = [judging.in_force(at(hours)).version for hours in (-1, 0, 0.999, 1, 1.999, 2, 99)]
    one, two = version(ONE), version(TWO)
    assert found == [one, one, one, two, two, one, one]
    assert judging.of(two, at(99)) == TWO.parsed()


def test_two_workers_that_started_at_once_leave_the_history_as_one_would() -> None:
    twice = [record(f"{version(ONE)}/1", ONE, 0), record(f"{version(ONE)}/1", ONE, 0.1)]
    assert known(twice).since == ((at(0), version(ONE)),)
    both = [record(f"{version(ONE)}/1", ONE, 0), record(f"{version(TWO)}/1", TWO, 0.1)]
    assert known(both).latest == version(TWO)
    assert record_of(ONE, known(both)) == (f"{version(ONE)}/2".encode(), wire.encode(ONE))


def test_a_broker_whose_clock_is_behind_does_not_put_a_policy_before_the_former_one() -> None:
    log = [record(f"{version(ONE)}/1", ONE, 1), record(f"{version(TWO)}/2", TWO, 0.9)]
    assert known(log).since == ((at(1), version(ONE)), (at(1), version(TWO)))


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param(Record(None, b"x", 0), id="no key"),
        pytest.param(Record(b"x", b"x", 0), id="another's key"),
        pytest.param(Record(b"x/y", b"x", 0), id="no ordinal"),
        pytest.param(Record(b"x/2", None, 0), id="deleted"),
    ],
)
def test_a_record_that_is_none_of_ours_changes_nothing(stray: Record) -> None:
    assert known([*came(ONE), stray]) == known(came(ONE))


def test_a_policy_is_its_file_its_offences_and_its_bank_holidays() -> None:
    christmas = date(2099, 12, 25)
    others = (
        TWO,
        replace(ONE, offences=ONE.offences.replace("\n", "\n\n", 1)),
        replace(ONE, holidays=(*ONE.holidays, christmas)),
    )
    assert len({version(ONE), *map(version, others)}) == 4
    log = came(ONE, others[2])
    assert [policy.hours.works(christmas) for policy in known(log).by_version.values()] == [True, False]


def test_a_policy_stays_known_by_the_version_that_its_items_name() -> None:
    """A later release may compute another version from the same texts."""
    log = [record("of-an-older-release/1", ONE, 0)]
    assert known(log).by_version == {"of-an-older-release": replace(ONE.parsed(), version="of-an-older-release")}
    assert record_of(ONE, known(log)) is not None


# ── one that cannot be read ──────────────────────────────────────────────────────────────────────────────────


def test_a_former_policy_that_cannot_be_read_is_left_out_and_named() -> None:
    log = [record(f"{version(ONE)}/1", ONE, 0), record("later/2", FAULTY, 1), record(f"{version(TWO)}/3", TWO, 2)]
    found = known(log)
    assert list(found.unreadable) == ["later"]
    assert "of-a-later-release" in found.unreadable["later"]
    judging = policies.judging(found, Settings())
    assert judging.in_force(at(1.5)).version == version(ONE)
    assert judging.of("later", at(3)).version == version(TWO)


@pytest.mark.parametrize("value", [wire.encode(FAULTY), b"\xc1", b""], ids=["faulty", "no texts", "empty"])
def test_nothing_is_judged_while_the_latest_policy_cannot_be_read(value: bytes) -> None:
    found = known([*came(ONE), Record(b"later/2", value, int(at(1).timestamp() * 1000))])
    assert found.latest == "later"
    with pytest.raises(PolicyOfAnotherRelease, match="later"):
        policies.judging(found, Settings())
    assert record_of(ONE, found) == (f"{version(ONE)}/3".encode(), wire.encode(ONE))


def test_where_no_policy_ever_came_into_force_the_given_one_judges() -> None:
    assert policies.judging(EMPTY, Settings()) == only(ONE.parsed())


# ── a worker's start ─────────────────────────────────────────────────────────────────────────────────────────


class Topic:
    """The topic, without a broker."""

    def __init__(self, *records: Record) -> None:
        self.records = list(records)

    async def read(self, _: object) -> PolicyHistory:
        return known(self.records)

    async def write(self, _: object, key: bytes, value: bytes) -> None:
        self.records.append(Record(key, value, int(at(len(self.records)).timestamp() * 1000)))


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Topic:
    topic = Topic()
    monkeypatch.setattr(policies, "_read", topic.read)
    monkeypatch.setattr(policies, "_write", topic.write)
    return topic


def with_files(tmp_path: Path, texts: Texts) -> Settings:
    (tmp_path / "own.toml").write_text(texts.policy, encoding="utf-8")
    return load(environ={}, overrides={"files.policy": str(tmp_path / "own.toml")})


def test_a_worker_puts_its_own_policy_in_force_once(topic: Topic, tmp_path: Path) -> None:
    for settings in (Settings(), Settings(), with_files(tmp_path, TWO), with_files(tmp_path, TWO), Settings()):
        policies.put_in_force(settings)
    assert [each.key for each in topic.records] == [each.key for each in came(ONE, TWO, ONE)]


def test_a_worker_warns_of_a_former_policy_that_it_cannot_read(topic: Topic, lines: list[dict[str, Any]]) -> None:
    topic.records = [record("later/1", FAULTY, 0)]
    policies.put_in_force(Settings())
    assert [(line["level"], line.get("policy")) for line in lines] == [
        ("warning", "later"), ("info", f"{version(ONE)}/2"),
    ]  # fmt: skip


def test_a_process_whose_own_files_are_not_in_force_judges_by_what_is_and_says_so(
    topic: Topic, tmp_path: Path, lines: list[dict[str, Any]]
) -> None:
    topic.records = came(ONE, TWO)
    assert policies.in_force(with_files(tmp_path, TWO)).latest == TWO.parsed()
    assert list(lines) == []
    assert policies.in_force(Settings()).latest == TWO.parsed()
    (tmp_path / "own.toml").write_bytes(b"\xff")
    assert policies.in_force(with_files(tmp_path, FAULTY)).latest == TWO.parsed()
    assert [(line["policy"], line["version"]) for line in lines] == [
        (version(TWO), version(ONE)), (version(TWO), "unreadable"),
    ]  # fmt: skip


def test_a_broker_that_does_not_answer_is_told_as_such() -> None:
    nowhere = load(environ={}, overrides={"kafka.bootstrap": "127.0.0.1:1"})
    with pytest.raises(policies.PolicyUnheard):
        policies.in_force(nowhere)


# ── bank holidays ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("ahead", "told"), [(364, True), (365, False)])
def test_check_notes_bank_holidays_that_do_not_reach_a_year_ahead_and_it_is_no_problem(
    ahead: int, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.timer.now", lambda: NOON)
    monkeypatch.setattr(bank_holidays, "england_and_wales", lambda: (NOON.date() + timedelta(days=ahead),))
    result = CliRunner().invoke(cli, ["--bootstrap", "nowhere", "check", "--json"])
    assert result.exit_code == Exit.AMISS  # such a broker is none
    rows = [row for line in result.stdout.splitlines() if (row := json.loads(line))["part"] == "policy"]
    assert all(row["ok"] for row in rows)
    assert [row["what"] for row in rows if "what" in row] == (
        ["the bank holidays are known for 364 days more only"] if told else []
    )


@pytest.mark.parametrize(("ahead", "told"), [(364, True), (365, False)])
def test_a_worker_warns_of_bank_holidays_that_do_not_reach_a_year_ahead(
    ahead: int, told: bool, topic: Topic, lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.timer.now", lambda: NOON)
    monkeypatch.setattr(bank_holidays, "england_and_wales", lambda: (NOON.date() + timedelta(days=ahead),))
    policies.put_in_force(Settings())
    assert [line["count"] for line in lines if line["level"] == "warning"] == ([364] if told else [])
