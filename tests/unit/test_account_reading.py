"""What came in, told from the feeds and quarantine; what became of it, told from the cases' log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from agents import policies, wire
from agents.quarantine import quarantine_id
from agents.queries.account import Heard, Outcome
from agents.queries.account_reading import QuarantineIndex, came_in, in_cases, origin_of
from agents.settings import Settings
from schemas import Codec
from streams.circumstances import LinkedNews, Relation
from streams.events import (
    CaseEvent,
    CaseId,
    DeadlinePassed,
    Origin,
    PoliceContact,
    PoliceKind,
    PoliceRole,
    Times,
    Withheld,
    content_of,
)
from streams.identity import Identifier, IdentifierKind
from streams.sightings import Answer, LookUp

CODEC = Codec()
POLICE, CASE_EVENTS = "police.notifications.v1", "case.events.v1"
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
GOOD = CODEC.encode(
    "police_notification",
    {
        "message_id": "M1",
        "sender": "Northshire Police",
        "case": {"crn": "X320741", "youth_case_id": None, "youth_case_issuer": None},
        "kind": "ARREST",
        "role": "SUSPECT",
        "reference": None,
        "grade": None,
        "grade_tool": None,
        "children_present": None,
        "offences": [],
        "occurred_at": AT,
        "recorded_at": None,
    },
)
ORIGIN = Origin(POLICE, 1, 7)


@dataclass
class Record:
    value: bytes | None
    offset: int = 7
    key: bytes | None = b"k"
    topic: str = POLICE
    partition: int = 1
    timestamp: int = int(AT.timestamp() * 1000)


def _item(step: str = "intake", origin: Origin = ORIGIN, **changes: Any) -> dict[str, Any]:
    item = {
        "quarantine_id": quarantine_id(step, origin),
        "state": "HELD",
        "step": step,
        "fault": "unreadable",
        "reason": "why",
        "remedy": "what to do",
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "path": origin.path,
        "case_id": None,
        "key": None,
        "value": b"bad",
        "value_bytes": 3,
        "value_sha256": None,
        "received_at": AT,
        "attempts": 1,
    }
    return {**item, **changes}


def _index(*items: dict[str, Any], replays: tuple[dict[str, Any], ...] = ()) -> QuarantineIndex:
    def records(of: tuple[dict[str, Any], ...]) -> list[Any]:
        return [Record(CODEC.encode("quarantined", each), key=each["quarantine_id"].encode()) for each in of]

    return QuarantineIndex.of(records(items), records(replays), CODEC)


def _came(value: bytes | None, index: QuarantineIndex) -> set[tuple[Origin, Heard | Outcome]]:
    return set(came_in(POLICE, Record(value), index, CODEC))


def test_a_good_record_is_the_sightings_that_its_translation_gives() -> None:
    assert _came(GOOD, _index()) == {(ORIGIN, Heard.CAME)}


def test_a_bad_record_is_one_sighting_and_has_an_outcome_only_from_quarantine() -> None:
    assert _came(b"bad", _index()) == {(ORIGIN, Heard.CAME)}
    assert _came(b"bad", _index(_item())) == {(ORIGIN, Heard.CAME), (ORIGIN, Outcome.QUARANTINED)}


def test_a_record_held_stays_quarantined_though_the_program_could_read_it_by_now() -> None:
    assert _came(GOOD, _index(_item())) == {(ORIGIN, Heard.CAME), (ORIGIN, Outcome.QUARANTINED)}


def test_a_replayed_record_is_what_its_mended_bytes_say() -> None:
    done = _item(state="REPLAYED", value=None, attempts=2)
    assert _came(b"bad", _index(done, replays=(_item(value=GOOD),))) == {(ORIGIN, Heard.CAME)}


HEARING = "court.hearings.v1"
PERSON = "/hearing/prosecutionCases/0/defendants/0"
MESSAGE = b"""{"hearing": {"id": "8b8b8a4a-1111-4222-8333-444444444444", "jurisdictionType": "MAGISTRATES",
 "courtCentre": {"id": "9b583616-049b-30f9-a14f-028a53b7cfe8", "code": "B01LY00", "roomId": "7c"},
 "type": {"id": "4a0e892d-c0c5-3c51-95b8-704d8c781776", "description": "First hearing"},
 "hearingDays": [{"sittingDay": "2026-11-02T10:00:00.000Z", "listedDurationMinutes": 20}],
 "prosecutionCases": [{"id": "1d1861ed-e18c-429d-bad0-671802f9cdba", "defendants": [%s]}]}}"""
DEFENDANT = (
    b'{"id": "%s", "prosecutionCaseId": "1d1861ed-e18c-429d-bad0-671802f9cdba", "personDefendant": {}, "offences": []}'
)
TWO = MESSAGE % (DEFENDANT % b"d1" + b"," + DEFENDANT.replace(b'"id": "%s", ', b""))


def _paths(index: QuarantineIndex) -> dict[str, set[Heard | Outcome]]:
    found: dict[str, set[Heard | Outcome]] = {}
    for origin, heard in came_in(HEARING, Record(TWO, topic=HEARING), index, CODEC):
        found.setdefault(origin.path, set()).add(heard)
    return found


def test_of_a_partly_bad_message_each_person_is_a_sighting_and_the_bad_one_is_quarantined() -> None:
    bad = "/hearing/prosecutionCases/0/defendants/1"
    held = _item(origin=Origin(HEARING, 1, 7, bad))
    assert _paths(_index(held)) == {PERSON: {Heard.CAME}, bad: {Heard.CAME, Outcome.QUARANTINED}}


def test_a_part_that_was_held_as_a_whole_hides_what_a_new_program_finds_in_it() -> None:
    held = _item(origin=Origin(HEARING, 1, 7, "/hearing/prosecutionCases/0"))
    assert _paths(_index(held)) == {"/hearing/prosecutionCases/0": {Heard.CAME, Outcome.QUARANTINED}}


def test_a_part_replayed_with_mended_bytes_is_what_those_say_at_its_path() -> None:
    origin = Origin(HEARING, 1, 7, "/hearing/prosecutionCases/0/defendants/1")
    mended = MESSAGE % (DEFENDANT % b"d1" + b"," + DEFENDANT % b"d2")
    done = _item(origin=origin, state="REPLAYED", value=None, attempts=2)
    index = _index(done, replays=(_item(origin=origin, value=mended),))
    assert _paths(index) == {PERSON: {Heard.CAME}, origin.path: {Heard.CAME}}


def test_of_several_replays_the_one_that_went_on_its_way_says_what_came_in() -> None:
    origin = Origin(HEARING, 1, 7)
    one, two = (MESSAGE % b",".join(DEFENDANT % name for name in names) for names in ([b"d1"], [b"d1", b"d2"]))
    tries = (_item(origin=origin, value=one, attempts=1), _item(origin=origin, value=two, attempts=2))
    done = _item(origin=origin, state="REPLAYED", value=None, attempts=3)
    second = "/hearing/prosecutionCases/0/defendants/1"
    assert _paths(_index(done, replays=tries)) == {PERSON: {Heard.CAME}, second: {Heard.CAME}}


# ── the cases' log ───────────────────────────────────────────────────────────────────────────────────────────

POLICIES = policies.own(Settings())
ARREST = PoliceContact(PoliceKind.ARREST, PoliceRole.SUSPECT, "Northshire Police", None)
CASE = CaseId("crn:X320741")


def _event(offset: int, sender_id: str = "M1", fact: Any = ARREST) -> CaseEvent:
    return CaseEvent(CASE, Origin(POLICE, 1, offset), sender_id, content_of(fact, AT), Times(AT, None, AT), fact)


def _log(*events: CaseEvent | bytes) -> list[Any]:
    return [
        Record(event if isinstance(event, bytes) else wire.encode(event), number, CASE.encode(), CASE_EVENTS, 0)
        for number, event in enumerate(events)
    ]


def _said(records: list[Any], folded: int = 99, index: QuarantineIndex | None = None) -> list[tuple[int, Heard]]:
    return [(origin.offset, heard) for origin, heard in in_cases(records, folded, index or _index(), POLICIES)]


def test_the_first_of_two_alike_is_folded_and_the_second_a_duplicate() -> None:
    assert _said(_log(_event(7), _event(8))) == [(7, Heard.CASE_FOLDED), (8, Heard.CASE_DUPLICATE)]


def test_what_the_worker_has_not_folded_yet_is_ahead() -> None:
    assert _said(_log(_event(7), _event(8, "M2")), folded=1) == [(7, Heard.CASE_FOLDED), (8, Heard.CASE_AHEAD)]


def test_what_we_ourselves_say_of_a_case_is_no_sighting() -> None:
    other = CaseId("crn:X999999")
    news = LinkedNews(other, Relation.SIBLING, ("harm: high",), AT)
    ours = (DeadlinePassed(AT + timedelta(days=1)), Withheld("q", "intake", "why"), news)
    for folded in (0, 99):
        assert _said(_log(*(_event(7, str(fact), fact) for fact in ours)), folded) == []


def test_an_event_that_another_case_sent_on_was_counted_there() -> None:
    sent_on = replace(_event(7), forwarded=(CaseId("crn:X999999"),))
    for folded in (0, 99):
        assert _said(_log(sent_on), folded) == []


def test_an_event_held_at_the_cases_is_quarantined_and_one_that_was_replayed_says_nothing() -> None:
    records = _log(_event(7))
    origin = Origin(CASE_EVENTS, 0, 0)
    assert _said(records, index=_index(_item("cases", origin))) == [(7, Heard.CASE_QUARANTINED)]
    assert _said(_log(b"not ours"), index=_index(_item("cases", origin))) == []


def test_a_message_held_on_the_way_names_its_sighting() -> None:
    seen = Origin(HEARING, 1, 7, PERSON)
    identifier = Identifier(IdentifierKind.DEFENDANT, "d1")
    answer = wire.encode(Answer(str(seen), identifier, ()))
    question = wire.encode(LookUp(identifier, str(seen)))
    index = _index(
        _item("sightings", Origin("identity.sightings.v1", 0, 1), value=answer),
        _item("identifiers", Origin("identity.lookups.v1", 0, 2), value=question),
        _item("identifiers", Origin("identity.lookups.v1", 0, 3), value=b"nothing of ours"),
    )
    assert list(index.stuck()) == [seen, seen]


@pytest.mark.parametrize("origin", [ORIGIN, Origin(HEARING, 0, 12, "/hearing/a#b/c")], ids=str)
def test_a_sightings_id_leads_back_to_its_origin(origin: Origin) -> None:
    assert origin_of(str(origin)) == origin
