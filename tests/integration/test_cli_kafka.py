"""The commands against a real broker, on records that lie there as the worker would have written them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import asdict

from agents import policies, wire
from agents.cli.exits import Exit
from agents.cli.group import cli
from agents.lane import changelog
from agents.lane.changelog import Hold
from agents.quarantine import quarantine_id
from agents.settings import Settings, load
from schemas import Codec
from streams.events import (
    CaseEvent,
    CaseId,
    Origin,
    PoliceContact,
    PoliceKind,
    PoliceRole,
    Times,
    content_of,
)
from streams.sightings import Chosen, DutyItem, DutyState, Outcome, OutcomeKind
from streams.step import step

CODEC = Codec()
POLICIES = policies.own(Settings())
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
CASE = CaseId("crn:X320741")
ORIGIN = Origin("police.notifications.v1", 0, 0)
ARREST = PoliceContact(PoliceKind.ARREST, PoliceRole.SUSPECT, "Northshire Police", None)
EVENT = CaseEvent(CASE, ORIGIN, "M1", content_of(ARREST, AT), Times(AT, None, AT), ARREST)
SEEN = Origin("court.hearings.v1", 1, 7, "/hearing/prosecutionCases/0/defendants/0")
PERSONAL = b"Joe Bloggs, 1 High Street"


class Here:
    """The commands and the topics of one test."""

    def __init__(self, settings: Settings, wire: Any) -> None:
        self.settings, self.wire = settings, wire

    def run(self, *words: str) -> Result:
        kafka = self.settings.kafka
        return CliRunner().invoke(cli, ["--bootstrap", kafka.bootstrap, "--namespace", kafka.namespace, *words])

    def lines(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*words, "--json").stdout.splitlines()]

    def send(self, topic: str, key: bytes | str | None, value: bytes | None, partition: int = -1) -> None:
        key = key.encode() if isinstance(key, str) else key
        self.wire.send(self.settings.topic(topic), key, value, partition=partition)

    def read(self, topic: str) -> list[tuple[bytes, bytes]]:
        return [(record.key, record.value) for record in self.wire.read(self.settings.topic(topic))]


@pytest.fixture
def here(kafka: str, namespace: str, topics: Callable[..., None], wire: Any) -> Here:
    topics(2)
    return Here(load(environ={}, overrides={"kafka.bootstrap": kafka, "kafka.namespace": namespace}), wire)


# ── what is seen ─────────────────────────────────────────────────────────────────────────────────────────────


def test_watch_shows_escalations_and_ends_after_as_many_as_one_wants(here: Here) -> None:
    (escalation,) = step(None, EVENT, POLICIES, AT).escalations
    for revision in (1, 2, 3):
        here.send("escalations.v1", CASE, CODEC.encode("escalation", {**escalation.record(), "revision": revision}))
    shown = here.lines("watch", "--from-start", "--limit", "2")
    assert [(each["case_id"], each["rule"], each["revision"]) for each in shown] == [(CASE, "R2", 1), (CASE, "R2", 2)]
    text = here.run("watch", "--from-start", "--limit", "1").stdout
    assert escalation.reason in text


def test_a_case_is_shown_with_its_file_its_escalation_and_its_history(here: Here) -> None:
    done = step(None, EVENT, POLICIES, AT)
    here.send("case.events.v1", CASE, wire.encode(EVENT))
    here.send("cases.changelog.v1", CASE, wire.encode(done.file))
    here.send("escalations.v1", CASE, CODEC.encode("escalation", done.escalations[0].record()))
    shown = here.lines("case", "X320741")
    assert [each["what"] for each in shown] == ["file", "escalation", "event"]
    assert shown[0]["file"]["case"] == CASE
    assert shown[2]["event"]["fact"] == {
        "is": "police", "kind": "arrest", "role": "suspect", "force": "Northshire Police", "reference": None,
        "grade": None, "grade_tool": None, "children_present": None, "offences": [],
    }  # fmt: skip
    text = here.run("case", "X320741").stdout
    assert "arrest as suspect, Northshire Police" in text
    assert done.escalations[0].reason in text


def test_a_case_of_which_nothing_is_known_is_exit_1(here: Here) -> None:
    result = here.run("case", "X999999")
    assert (result.exit_code, result.stderr) == (Exit.AMISS, "nothing is known of crn:X999999\n")


def test_an_account_of_what_nobody_has_read_yet_does_not_add_up(here: Here) -> None:
    here.send("police.notifications.v1", b"k", b"bad", partition=0)
    result = here.run("account", "--json")
    assert result.exit_code == Exit.AMISS
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert rows[-1] == {
        "what": "finding", "sighting": str(ORIGIN), "finding": "was not read by intake yet",
    }  # fmt: skip
    assert (rows[-2]["what"], rows[-2]["sightings"], rows[-2]["not_read"]) == ("sum", 1, 1)


def test_an_account_adds_up_once_everything_has_its_outcome(here: Here) -> None:
    record = {
        "message_id": "M1", "sender": "S", "case": {"crn": "X320741"}, "kind": "ARREST", "role": "SUSPECT",
    }  # fmt: skip
    for _ in range(2):
        here.send("police.notifications.v1", b"k", CODEC.encode("police_notification", record), partition=0)
    here.send("police.notifications.v1", b"k", b"bad", partition=0)
    (first,) = wire.translate(ORIGIN.topic, CODEC.encode("police_notification", record), ORIGIN, AT, CODEC)
    for offset in (0, 1):
        event = msgspec.structs.replace(first, origin=Origin(ORIGIN.topic, 0, offset))
        here.send("case.events.v1", CASE, wire.encode(event), partition=1)
    _hold(here, Origin(ORIGIN.topic, 0, 2))
    here.send("cases.changelog.v1", *changelog.position("case.events.v1", 2), partition=1)
    here.send("intake.changelog.v1", *changelog.position(ORIGIN.topic, 3), partition=0)
    result = here.run("account")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        Exit.OK,
        "it adds up: 3 sightings came in, and each has one outcome",
    )
    (total,) = [row for row in here.lines("account") if row["what"] == "sum"]
    assert {name: total[name] for name in ("records", "folded", "duplicate", "quarantined")} == {
        "records": 3, "folded": 1, "duplicate": 1, "quarantined": 1,
    }  # fmt: skip


# ── quarantine ───────────────────────────────────────────────────────────────────────────────────────────────


def _hold(here: Here, origin: Origin = ORIGIN, **changes: Any) -> str:
    name = quarantine_id("intake", origin)
    item = {
        "quarantine_id": name, "state": "HELD", "step": "intake", "fault": "unreadable", "reason": "why",
        "remedy": "what to do", "topic": origin.topic, "partition": origin.partition, "offset": origin.offset,
        "path": origin.path, "case_id": None, "key": PERSONAL, "value": PERSONAL, "value_bytes": len(PERSONAL),
        "value_sha256": sha256(PERSONAL).hexdigest(), "received_at": AT, "attempts": 1,
    }  # fmt: skip
    here.send("quarantine.v1", name, CODEC.encode("quarantined", {**item, **changes}))
    return name


@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("show",), ("show", "--json")], ids=" ".join)
def test_what_lies_in_quarantine_is_shown_with_reason_and_remedy_and_masked(here: Here, words: tuple[str, ...]) -> None:
    name = _hold(here)
    result = here.run("quarantine", words[0], *([name[:8]] if words[0] == "show" else []), *words[1:])
    assert result.exit_code == Exit.OK
    assert all(each in result.stdout for each in (name, "why", "what to do", "police.notifications.v1"))
    assert "Bloggs" not in result.output
    assert PERSONAL.hex() not in result.output


def test_the_bytes_are_shown_and_written_only_when_somebody_says_so(here: Here, tmp_path: Path) -> None:
    name = _hold(here)
    (shown,) = here.lines("quarantine", "show", name, "--unmask")
    assert shown["value"] == PERSONAL.decode()
    assert here.run("quarantine", "show", name, "--to", str(tmp_path / "it")).exit_code == Exit.OK
    assert ((tmp_path / "it").read_bytes(), (tmp_path / "it").stat().st_mode & 0o777) == (PERSONAL, 0o600)


def test_bytes_kept_by_reference_are_read_where_they_lie(here: Here) -> None:
    here.send("police.notifications.v1", b"k", PERSONAL, partition=0)
    name = _hold(here, value=None)
    (shown,) = here.lines("quarantine", "show", name, "--unmask")
    assert shown["value"] == PERSONAL.decode()


def _replays(here: Here) -> dict[str, bytes | None]:
    found = here.read("quarantine.replays.v1")
    return {key.decode(): CODEC.decode("quarantined", value)["value"] for key, value in found}


def test_what_is_replayed_is_what_was_named_and_what_was_done_is_not_sent_again(here: Here, tmp_path: Path) -> None:
    name = _hold(here)
    done = _hold(here, Origin(ORIGIN.topic, 0, 1), state="REPLAYED", value=None)
    other = _hold(here, Origin(ORIGIN.topic, 0, 2), value=None)
    mended = tmp_path / "mended.bin"
    mended.write_bytes(b"mended")
    assert here.run("quarantine", "replay", name, "--value", str(mended)).exit_code == Exit.OK
    assert here.run("quarantine", "replay", done).exit_code == Exit.OK
    assert _replays(here) == {name: b"mended"}
    assert here.run("quarantine", "replay", "--all", "--feed", "police").exit_code == Exit.OK
    assert _replays(here) == {name: PERSONAL, other: None}


def test_a_record_of_our_own_feeds_may_be_mended_as_json(here: Here, tmp_path: Path) -> None:
    name = _hold(here)
    record = {"message_id": "M1", "sender": "S", "case": {"crn": "X320741"}, "kind": "ARREST", "role": "SUSPECT"}
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(record))
    assert here.run("quarantine", "replay", name, "--value", str(mended)).exit_code == Exit.OK
    value = _replays(here)[name]
    assert CODEC.decode("police_notification", value)["message_id"] == "M1"
    mended.write_text(json.dumps({**record, "kind": "STOP"}))
    assert here.run("quarantine", "replay", name, "--value", str(mended)).exit_code == Exit.USAGE


def test_a_replay_that_nobody_answers_in_time_is_exit_1(here: Here) -> None:
    assert here.run("quarantine", "replay", _hold(here), "--wait", "1").exit_code == Exit.AMISS


HOLD = Hold(ORIGIN.topic, 1, 17, "breaker", "250 bad records in a row", AT)


def test_a_held_lane_is_listed_and_may_go_on_when_a_person_says_so(here: Here) -> None:
    here.send("intake.changelog.v1", *changelog.held(HOLD), partition=1)
    lanes = [each for each in here.lines("quarantine", "list") if each["what"] == "held-lane"]
    assert lanes == [
        {
            "what": "held-lane", "step": "intake", "hold": HOLD.id, "kind": "breaker", "topic": ORIGIN.topic,
            "partition": 1, "offset": 17, "reason": HOLD.reason, "at": "2026-11-02T09:00:00Z",
        }
    ]  # fmt: skip
    assert here.run("quarantine", "resume", "courts", "--by", "A", "--reason", "b").exit_code == Exit.AMISS
    assert here.run("quarantine", "resume", "police", "--partition", "0", "--by", "A", "--reason", "b").exit_code == 1
    assert here.run("quarantine", "resume", "police", "--by", "A", "--reason", "b").exit_code == Exit.OK
    ((key, value),) = here.read("operator.commands.v1")
    said = msgspec.msgpack.decode(value)
    assert (key.decode(), {name: said[name] for name in ("hold", "by", "reason")}) == (
        HOLD.id,
        {"hold": HOLD.id, "by": "A", "reason": "b"},
    )


def test_a_lane_that_went_on_is_held_no_longer(here: Here) -> None:
    here.send("intake.changelog.v1", *changelog.held(HOLD), partition=1)
    here.send("intake.changelog.v1", *changelog.released(HOLD.topic), partition=1)
    assert here.run("quarantine", "resume", "police", "--by", "A", "--reason", "b").exit_code == Exit.AMISS


# ── sightings ────────────────────────────────────────────────────────────────────────────────────────────────


def test_sightings_that_wait_are_listed_and_a_persons_choice_is_on_record(here: Here) -> None:
    parked = Origin(SEEN.topic, 1, 8, SEEN.path)
    for origin, kind in ((SEEN, OutcomeKind.AMBIGUOUS), (parked, OutcomeKind.PARKED), (ORIGIN, OutcomeKind.EMPTY)):
        here.send("sighting.outcomes.v1", str(origin), wire.encode(Outcome(origin, kind, "why")))
    item = DutyItem("d1", DutyState.OPEN, "ambiguous-sighting", str(SEEN), "why", (CASE, CaseId("crn:X1")), None, AT)
    here.send("duty.items.v1", "d1", CODEC.encode("duty_item", asdict(item)))
    assert here.lines("sightings", "list") == [
        {"sighting": str(SEEN), "kind": "ambiguous", "detail": "why", "possible_cases": [CASE, "crn:X1"]},
        {"sighting": str(parked), "kind": "parked", "detail": "why", "possible_cases": []},
    ]
    assert here.run("sightings", "choose", str(ORIGIN), "X320741", "--by", "A", "--reason", "b").exit_code == Exit.AMISS
    assert here.run("sightings", "choose", str(SEEN), "X320741", "--by", "A", "--reason", "b").exit_code == Exit.OK
    ((key, value),) = here.read("identity.sightings.v1")
    chosen = wire.to_sightings(value)
    assert isinstance(chosen, Chosen)
    assert (key.decode(), msgspec.structs.replace(chosen, at=AT)) == (str(SEEN), Chosen(str(SEEN), CASE, "A", AT, "b"))


# ── topics and check ─────────────────────────────────────────────────────────────────────────────────────────


def test_check_notes_that_there_are_more_processes_than_groups(here: Here) -> None:
    rows = here.lines("--set", "worker.processes=2", "check")
    assert [row["what"] for row in rows if row["part"] == "topics" and row["ok"] and "what" in row] == [
        "2 worker processes share 1 group of partitions: some have nothing to do"
    ]
    assert not [row for row in here.lines("check") if "processes" in row.get("what", "")]


def test_check_and_topics_say_what_is_missing_and_apply_makes_it(kafka: str, namespace: str, wire: Any) -> None:
    here = Here(load(environ={}, overrides={"kafka.bootstrap": kafka, "kafka.namespace": namespace}), wire)
    assert here.run("topics", "check").exit_code == Exit.AMISS
    result = here.run("check", "--json")
    assert result.exit_code == Exit.AMISS
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {row["part"] for row in rows if not row["ok"]} == {"topics"}
    assert {"part": "brokers", "ok": True} in rows
    assert all(row["remedy"] for row in rows if not row["ok"])
    try:
        assert here.run("topics", "apply", "--single", "--feeds").exit_code == Exit.OK
        assert here.run("topics", "check").exit_code == Exit.OK
        assert here.run("check").exit_code == Exit.OK
        assert all(row["there"] for row in here.lines("topics", "list"))
        assert "nothing to do" in here.run("topics", "apply", "--single", "--feeds").stderr
    finally:
        from confluent_kafka.admin import AdminClient

        admin = AdminClient({"bootstrap.servers": kafka})
        ours = [name for name in admin.list_topics(timeout=20).topics if name.startswith(namespace)]
        for done in admin.delete_topics(ours).values():
            done.result(30)
