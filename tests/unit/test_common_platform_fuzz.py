"""Whatever stands anywhere in a hearing: it is read, or it is refused by name. Never another exception."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.events import CourtAppearance, Origin
from streams.faults import Fault, Unreadable, Untranslatable
from streams.feeds.common_platform import translate
from streams.sightings import BadPart, Outcome, Sighting
from tests.unit.sample_files import OWN_HEARINGS, REAL_HEARINGS, hearing, present

RECEIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)
ORIGIN = Origin("court.hearings.v1", 0, 0)

files = [path for path in map(hearing, (*OWN_HEARINGS, *REAL_HEARINGS)) if path.is_file()]
messages = [path.read_bytes() for path in files]

texts = st.text(max_size=8) | st.sampled_from(
    [
        "true",
        "2026-03-02T10:00:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "02/73319Z",
        "Deleted",
        "\ud800",
        "/",
        "x" * 300,
    ]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside, the whole included."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in below for place in places(inner, (*path, key)))]


def put(message: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    owner = message
    for key in path[:-1]:
        owner = owner[key]
    owner[path[-1]] = value
    return message


def inside(message: Any) -> Any:
    """The message in the envelope, opened so that it too can be mutated."""
    if isinstance(message, dict) and isinstance(message.get("Message"), str):
        return {**message, "Message": json.loads(message["Message"])}
    return message


def sent(message: Any) -> bytes:
    if isinstance(message, dict) and isinstance(message.get("Message"), dict | list):
        message = {**message, "Message": json.dumps(message["Message"])}
    return json.dumps(message).encode()


def check(value: bytes) -> None:
    try:
        parts = translate(value, ORIGIN, RECEIVED)
    except (Unreadable, Untranslatable) as refused:
        fault: Fault | None = refused
    else:
        fault = None
    if fault is not None:
        assert fault.reason
        assert fault.remedy
        return
    assert parts
    paths = []
    ids = []
    for part in parts:
        paths.append(part.path if isinstance(part, BadPart) else part.origin.path)
        msgspec.msgpack.encode(part)
        if isinstance(part, Sighting):
            assert part.identifiers or part.doubtful
            assert set(part.identifiers).isdisjoint(part.doubtful)
            assert (part.times.occurred is None) or part.times.occurred.tzinfo is UTC
            if isinstance(part.fact, CourtAppearance):
                ids.append(part.sender_id)
        else:
            assert isinstance(part, Outcome | BadPart)
    assert len(set(paths)) == len(paths)
    assert len(set(ids)) == len(ids)
    for path in paths:
        if path:
            alone = translate(value, Origin(ORIGIN.topic, 0, 0, path), RECEIVED)
            assert set(alone) <= set(parts)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    message = inside(json.loads(data.draw(st.sampled_from(messages))))
    for _ in range(data.draw(st.integers(1, 3))):
        known = places(message)
        message = put(message, data.draw(st.sampled_from(known)), data.draw(values))
    check(sent(message))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_bytes_are_read_or_refused(data: st.DataObject) -> None:
    value = bytearray(data.draw(st.sampled_from(messages)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(value)))
        value[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=4))
    check(bytes(value))


@pytest.mark.parametrize("name", present((*OWN_HEARINGS, *REAL_HEARINGS)))
def test_each_sample_itself_passes_the_same_check(name: str) -> None:
    check(hearing(name).read_bytes())


def test_an_application_with_many_parties_and_results_is_read_in_one_go() -> None:
    parties = [{"masterDefendant": {"masterDefendantId": f"m{number}"}} for number in range(5_000)]
    results = [{"label": f"Result {number}"} for number in range(5_000)]
    listed = {"id": "a1", "respondents": parties, "judicialResults": [*results, {"label": "Remanded in custody"}]}
    parts = translate(json.dumps({"hearing": {"id": "h1", "courtApplications": [listed]}}).encode(), ORIGIN, RECEIVED)
    facts = [part.fact for part in parts if isinstance(part, Sighting)]
    assert {(fact.remanded, fact.resulted) for fact in facts if isinstance(fact, CourtAppearance)} == {(True, True)}
    assert len(facts) == 5_000


@pytest.mark.parametrize("master", ["m1", None], ids=["one person", "many people"])
def test_a_large_hearing_is_read_in_one_go(master: str | None) -> None:
    person = {"offences": [{"offenceCode": "TH68001"}] * 3, "personDefendant": {"personDetails": {"firstName": "Ada"}}}
    defendants = [{"id": f"d{number}", "masterDefendantId": master, **person} for number in range(5_000)]
    message = {"hearing": {"id": "h1", "prosecutionCases": [{"id": "c1", "defendants": defendants}]}}
    parts = translate(json.dumps(message).encode(), ORIGIN, RECEIVED)
    kinds = Counter(type(part) for part in parts)
    assert kinds == (Counter({BadPart: 1, Outcome: 4_999}) if master else Counter({Sighting: 5_000}))
