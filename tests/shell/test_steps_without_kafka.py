"""The four steps on batches made by hand: what each sends, keeps and puts aside. Delivery is shown elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from agents import intake, policies, wire
from agents.case_files import Files
from agents.cases import fold
from agents.intake import COPIED_AT_MOST, LONGEST_EVENT
from agents.lane.batches import Batch, Fetch, TooLarge
from agents.lane.store import Memory
from agents.quarantine import DeadLetters
from agents.settings import Settings
from agents.steps import TOPIC_OF, Tally
from agents.topics import (
    CASE_EVENTS,
    COURT_HEARINGS,
    ESCALATIONS,
    IDENTITY_LOOKUPS,
    IDENTITY_SIGHTINGS,
    POLICE_NOTIFICATIONS,
    QUARANTINE,
)
from schemas import Codec, RegistryUnavailable
from streams.events import Origin, PoliceContact, Restored, Withheld
from streams.faults import Unreadable
from streams.primitives import CaseId
from streams.sightings import Decision, ToIdentifiers, ToSightings
from tests.unit.casebook import run
from tests.unit.circumstance_book import linked

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
CODEC = Codec(None)
POLICIES = policies.own(Settings())


@dataclass
class Record:
    value: bytes | None
    key: bytes | None = b"k"
    offset: int = 17
    partition: int = 0
    timestamp: int = int(NOON.timestamp() * 1000)


async def nothing(*_: Any) -> None:
    """No record is there any longer."""


async def a_batch(
    *, before: dict[bytes, bytes | None] | None = None, largest: int = 900_000, fetch: Fetch = nothing
) -> Batch:
    batch = Batch(
        {}, before or {}, partition=0, store=Memory(), breakers={}, largest=largest, now=lambda: NOON, fetch_anew=fetch
    )
    batch.done.set_result(None)
    return batch


def police(**changed: Any) -> dict[str, Any]:
    return {
        "message_id": "m1", "sender": "Kent Police",
        "case": {"crn": "X320741", "youth_case_id": None, "youth_case_issuer": None},
        "kind": "CALL_OUT", "role": "PERPETRATOR", "reference": "INC-1", "grade": "HIGH", "grade_tool": "DASH",
        "children_present": 1, "offences": [], "occurred_at": NOON, "recorded_at": NOON,
    } | changed  # fmt: skip


def take_in(batch: Batch, value: bytes | None, topic: str = POLICE_NOTIFICATIONS, codec: Codec = CODEC) -> bool:
    record = Record(value)
    tally: Tally = Tally()
    return intake.take_in(batch, Origin(topic, 0, 17), record, DeadLetters("intake", codec), tally)


def quarantined(batch: Batch) -> list[dict[str, Any]]:
    return [CODEC.decode("quarantined", value) for topic, _, value in batch.outputs if topic == QUARANTINE and value]


async def test_a_police_record_becomes_one_event_of_its_case() -> None:
    batch = await a_batch()
    assert take_in(batch, CODEC.encode("police_notification", police())) is False
    [(topic, key, value)] = batch.outputs
    assert (topic, key) == (CASE_EVENTS, b"crn:X320741")
    event = wire.case_event(value)
    assert isinstance(event.fact, PoliceContact)
    assert event.origin == Origin(POLICE_NOTIFICATIONS, 0, 17)
    assert event.times.received == NOON


async def test_a_reason_that_no_log_could_be_written_with_is_told_in_characters_that_can() -> None:
    batch = await a_batch()
    fault = Unreadable("a key \ud800 stands twice", "ask the sender")
    DeadLetters("intake", CODEC).write(batch, Origin(POLICE_NOTIFICATIONS, 0, 17), Record(b"x"), fault)
    assert [item["reason"] for item in quarantined(batch)] == ["a key \\ud800 stands twice"]


async def test_a_hearing_asks_for_its_people_and_is_in_no_file_yet() -> None:
    batch = await a_batch()
    hearing = {
        "hearing": {
            "id": "8bbb4fe3-a899-45c7-bdd4-4ee25ac5a83f",
            "prosecutionCases": [
                {
                    "id": "c1",
                    "defendants": [
                        {
                            "id": "f91ef118-a51f-4874-9409-c0538b4ca6fd",
                            "pncId": "2002/0073319Z",
                            "personDefendant": {"personDetails": {"lastName": "Invented", "firstName": "Person"}},
                            "offences": [],
                        }
                    ],
                }
            ],
        }
    }
    assert take_in(batch, json.dumps(hearing).encode(), COURT_HEARINGS) is False
    assert sorted(topic for topic, _, _ in batch.outputs) == [IDENTITY_LOOKUPS, IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS]
    assert not any(b"Invented" in (value or b"") for _, _, value in batch.outputs)


@pytest.mark.parametrize("value", [None, b"", b"\xc3\x01nonsense", b"{}"], ids=["null", "empty", "cut", "JSON"])
async def test_what_cannot_be_read_goes_to_quarantine_with_its_bytes_origin_reason_and_remedy(
    value: bytes | None,
) -> None:
    batch = await a_batch()
    assert take_in(batch, value) is True
    [item] = quarantined(batch)
    assert (item["topic"], item["partition"], item["offset"], item["value"]) == (POLICE_NOTIFICATIONS, 0, 17, value)
    assert item["reason"]
    assert item["remedy"]


async def test_a_case_hears_that_something_of_its_own_went_to_quarantine() -> None:
    batch = await a_batch()
    old = datetime(1850, 1, 1, tzinfo=UTC)
    assert take_in(batch, CODEC.encode("police_notification", police(occurred_at=old))) is True
    [item] = quarantined(batch)
    [event] = [wire.case_event(value) for topic, _, value in batch.outputs if topic == CASE_EVENTS]
    assert (event.case, event.fact) == ("crn:X320741", Withheld(item["quarantine_id"], "intake", item["reason"]))


async def test_a_record_too_large_to_copy_is_kept_by_reference_and_hash() -> None:
    batch = await a_batch(largest=2000)
    value = b"x" * 5000
    assert take_in(batch, value) is True
    [item] = quarantined(batch)
    assert (item["value"], item["value_bytes"]) == (None, 5000)
    assert len(item["value_sha256"]) == 64


async def test_a_key_that_no_record_could_be_written_with_is_quarantined_like_any_other() -> None:
    batch = await a_batch()
    assert take_in(batch, b'{"\\ud800": {"a": 1, "a": 1}}', COURT_HEARINGS) is True
    assert take_in(batch, b'{"' + b"a" * 800_000 + b'": {"a": 1, "a": 1}}', COURT_HEARINGS) is True
    assert [item["fault"] for item in quarantined(batch)] == ["unreadable", "unreadable"]


async def test_the_bad_parts_of_a_large_record_are_all_held_and_do_not_each_copy_it() -> None:
    defendants = [None] * 1000 + [{"id": "d1"}]
    case = {"id": "c1", "defendants": defendants, "caseMarkers": "x" * 500_000}
    value = json.dumps({"hearing": {"id": "h1", "prosecutionCases": [case]}}).encode()
    batch = await a_batch()
    assert take_in(batch, value, COURT_HEARINGS) is False
    items = quarantined(batch)
    assert [item["path"] for item in items] == [f"/hearing/prosecutionCases/0/defendants/{n}" for n in range(1000)]
    assert {(item["value_bytes"], item["value_sha256"]) for item in items} == {(len(value), sha256(value).hexdigest())}
    copied = [item for item in items if item["value"] is not None]
    assert copied == items[: len(copied)]
    assert COPIED_AT_MOST <= len(copied) * len(value) < COPIED_AT_MOST + len(value)


async def test_an_event_that_would_swell_its_case_file_is_quarantined_whole() -> None:
    batch = await a_batch()
    assert take_in(batch, CODEC.encode("police_notification", police(reference="x" * LONGEST_EVENT))) is True
    assert len(quarantined(batch)) == 1


async def test_a_registry_that_does_not_answer_is_no_fault_of_the_record() -> None:
    class Down(Codec):
        def decode(self, _name: str, _value: bytes | None) -> dict[str, Any]:
            raise RegistryUnavailable("the registry does not answer", "wait")

    batch = await a_batch()
    with pytest.raises(RegistryUnavailable):
        take_in(batch, b"\x00\x00\x00\x00\x01", codec=Down(None))
    assert batch.outputs == []


async def test_a_replay_goes_on_its_way_once_however_often_it_is_asked_for() -> None:
    bad = await a_batch()
    take_in(bad, CODEC.encode("police_notification", police(occurred_at=datetime(1850, 1, 1, tzinfo=UTC))))
    [item] = quarantined(bad)
    mended = {**item, "value": CODEC.encode("police_notification", police())}
    asked = Record(CODEC.encode("quarantined", mended), key=item["quarantine_id"].encode())
    batch = await a_batch()
    letters = DeadLetters("intake", CODEC)
    for _ in range(2):
        assert await intake.replay(batch, asked, letters, Tally()) is False
    events = [wire.case_event(value) for topic, _, value in batch.outputs if topic == CASE_EVENTS]
    assert [type(event.fact) for event in events] == [PoliceContact, Restored]
    assert events[0].origin == Origin(POLICE_NOTIFICATIONS, 0, 17)
    [now] = quarantined(batch)
    assert (now["state"], now["value"], now["attempts"]) == ("REPLAYED", None, 2)


async def test_a_replay_that_fails_again_is_held_again() -> None:
    bad = await a_batch()
    take_in(bad, b"")
    [item] = quarantined(bad)
    batch = await a_batch()
    asked = Record(CODEC.encode("quarantined", item))
    assert await intake.replay(batch, asked, DeadLetters("intake", CODEC), Tally()) is False
    [now] = quarantined(batch)
    assert (now["quarantine_id"], now["state"], now["attempts"]) == (item["quarantine_id"], "HELD", 2)


async def test_a_replay_by_reference_reads_the_record_where_it_lies() -> None:
    bad = await a_batch(largest=2000)
    take_in(bad, b"x" * 5000)
    [item] = quarantined(bad)
    kept = CODEC.encode("police_notification", police())

    async def fetch(*_: Any) -> bytes:
        return kept

    batch = await a_batch(fetch=fetch)
    asked = Record(CODEC.encode("quarantined", item))
    assert await intake.replay(batch, asked, DeadLetters("intake", CODEC), Tally()) is False
    assert [topic for topic, _, _ in batch.outputs] == [CASE_EVENTS, QUARANTINE]


async def test_bytes_that_cannot_be_read_anew_in_time_are_asked_for_again_and_not_called_gone() -> None:
    async def slow(*_: Any) -> bytes | None:
        raise TimeoutError

    bad = await a_batch(largest=2000)
    take_in(bad, b"x" * 5000)
    [item] = quarantined(bad)
    batch = await a_batch(fetch=slow)
    with pytest.raises(TimeoutError):
        await intake.replay(batch, Record(CODEC.encode("quarantined", item)), DeadLetters("intake", CODEC), Tally())
    assert batch.outputs == []


async def test_bytes_that_several_parts_of_a_record_ask_for_are_read_once() -> None:
    asked = []

    async def counting(*place: Any) -> bytes | None:
        asked.append(place)
        return b"v"

    batch = await a_batch(fetch=counting)
    places = [("a", 0, 1), ("a", 0, 1), ("a", 0, 2), ("a", 0, 2)]
    assert [await batch.fetch(*place) for place in places] == [b"v"] * 4
    assert asked == [("a", 0, 1), ("a", 0, 2)]


def folded(batch: Batch, files: Files, *events: bytes | None) -> list[str]:
    return [
        fold(batch, Record(value, key=b"crn:X320741", offset=offset), files, DeadLetters("cases", CODEC), POLICIES)[1]
        for offset, value in enumerate(events)
    ]


async def an_event() -> bytes:
    batch = await a_batch()
    take_in(batch, CODEC.encode("police_notification", police()))
    assert batch.outputs[0][2] is not None
    return batch.outputs[0][2]


async def test_a_call_out_on_a_case_nobody_oversees_is_escalated_once() -> None:
    batch, files, event = await a_batch(), Files(), await an_event()
    files.begin(batch)
    assert folded(batch, files, event, event) == ["folded", "duplicate"]
    [(topic, key, value)] = batch.outputs
    assert (topic, key) == (ESCALATIONS, b"crn:X320741")
    told = CODEC.decode("escalation", value)
    assert (told["rule"], told["change"], told["revision"]) == ("R2", "RAISED", 1)


async def test_what_a_case_tells_another_is_an_event_of_that_cases_own(monkeypatch: pytest.MonkeyPatch) -> None:
    batch, files, event = await a_batch(), Files(), await an_event()
    news = replace(wire.case_event(event), case=CaseId("crn:X999999"), forwarded=(CaseId("crn:X320741"),))
    monkeypatch.setattr("streams.step.tells_others", lambda *_: (news,))
    files.begin(batch)
    assert files.get(b"crn:X320741") is None
    files.set(b"crn:X320741", run((linked(news.times.received),))[0])  # somebody is known to this person
    assert folded(batch, files, event, event) == ["folded", "duplicate"]
    assert [(topic, key) for topic, key, _ in batch.outputs] == [
        (ESCALATIONS, b"crn:X320741"), (CASE_EVENTS, b"crn:X999999"),
    ]  # fmt: skip
    assert wire.case_event(batch.outputs[1][2]) == news


async def test_an_event_that_cannot_be_folded_is_quarantined_and_its_case_says_so() -> None:
    batch, files = await a_batch(), Files()
    files.begin(batch)
    assert folded(batch, files, b"\xff\xff") == ["quarantined"]
    [item] = quarantined(batch)
    [(_, file)] = files.changed()
    assert [held.quarantine for held in file.withheld] == [item["quarantine_id"]]
    assert item["case_id"] == "crn:X320741"


async def test_a_file_from_a_run_that_was_not_committed_is_not_remembered() -> None:
    files, event = Files(), await an_event()
    lost = await a_batch()
    files.begin(lost)
    folded(lost, files, event)
    for key, file in files.changed():
        lost.put(key, files.keep(key, file), file.due)
    again = await a_batch()  # a store that has none of it: the transaction failed
    files.begin(again)
    assert folded(again, files, event) == ["folded"]


async def test_what_a_record_brought_about_is_all_or_nothing() -> None:
    batch = await a_batch(largest=100)
    mark = batch.mark()
    batch.send("t", b"k", b"v")
    with pytest.raises(TooLarge):
        batch.send("t", b"k", b"v" * 101)
    batch.undo(mark)
    assert batch.outputs == []


def test_every_message_has_a_topic() -> None:
    assert TOPIC_OF.keys() == {*get_args(ToIdentifiers), *get_args(ToSightings), *get_args(Decision)}
