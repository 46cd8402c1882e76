"""Hearings, published as they are to a real Kafka, reach the right cases: links known before, or coming after."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import schemas
from agents import settings as all_settings
from agents import wire as words
from agents.queries.account import Outcome
from agents.queries.account_reading import read_account
from agents.topics import CASE_ALLOCATIONS, CASE_EVENTS, COURT_HEARINGS
from streams.events import AppearanceDeleted, CourtAppearance, Origin
from streams.faults import Fault
from streams.feeds.common_platform import translate
from streams.identity import Identifier, IdentifierKind
from streams.sightings import Sighting
from tests.unit.sample_files import OWN_HEARINGS, REAL_HEARINGS, hearing, needs_real

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
KINDS = {
    IdentifierKind.DEFENDANT: "DEFENDANT_ID",
    IdentifierKind.MASTER_DEFENDANT: "MASTER_DEFENDANT_ID",
    IdentifierKind.PNC: "PNC",
}


def people(files: list[Path]) -> list[Sighting]:
    """Who is in them, each with the record that it will be: the files are published in order, to one partition."""
    seen: list[Sighting] = []
    for offset, path in enumerate(files):
        try:
            parts = translate(path.read_bytes(), Origin(COURT_HEARINGS, 0, offset), NOW)
        except Fault:
            continue
        seen += [part for part in parts if isinstance(part, Sighting) and isinstance(part.fact, CourtAppearance)]
    return seen


def cases(seen: list[Sighting]) -> dict[Identifier, str]:
    """One case for all who share an identifier."""
    crns: dict[Identifier, str] = {}
    for number, sighting in enumerate(seen):
        mine = (*sighting.identifiers, *sighting.doubtful)
        known = {crns[each] for each in mine if each in crns} or {f"X{number:06}"}
        crn = min(known)
        crns.update(dict.fromkeys(mine, crn))
        crns.update({each: crn for each, other in crns.items() if other in known})
    return crns


def links(crns: dict[Identifier, str]) -> list[tuple[bytes, bytes]]:
    return [
        (
            crn.encode(),
            schemas.encode(
                "case_allocation",
                {
                    "message_id": f"links-{crn}", "sender": "North",
                    "case": {"crn": crn, "youth_case_id": None, "youth_case_issuer": None},
                    "allocation_id": f"a-{crn}", "change": "ATTACHED", "role": "CASE_MANAGER", "staff_code": "N07A001",
                    "staff_name": None, "grade": "PO", "staff_state": "ACTIVE", "started_at": NOW, "ended_at": None,
                    "known_by": [
                        {"kind": KINDS[each.kind], "value": each.value, "state": "HELD"}
                        for each, other in crns.items() if other == crn
                    ],
                    "occurred_at": NOW, "recorded_at": NOW,
                },
            ),
        )
        for crn in sorted(set(crns.values()))
    ]  # fmt: skip


@pytest.fixture
def worker(kafka: str, namespace: str) -> Iterator[Callable[[], None]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        environment = {
            **os.environ,
            "RAISED_RISK_KAFKA_BOOTSTRAP": kafka,
            "RAISED_RISK_KAFKA_NAMESPACE": namespace,
            "RAISED_RISK_METRICS_PORT": "0",
            "RAISED_RISK_LOGS_LEVEL": "error",
        }
        started.append(
            subprocess.Popen([sys.executable, "-m", "agents.process", "0"], stdin=subprocess.PIPE, env=environment)
        )

    yield start
    for each in started:
        each.terminate()
        each.wait(60)


def settled(settings: all_settings.Settings, count: Callable[[Any], bool]) -> Any:
    """The account, once it adds up and is as it should be."""
    end = time.monotonic() + 120
    while True:
        account = read_account(settings, lambda _: None)
        if (account.adds_up and count(account)) or time.monotonic() > end:
            return account
        time.sleep(0.5)


@pytest.mark.kafka
@pytest.mark.parametrize("order", ["links first", "hearings first"])
@pytest.mark.parametrize(
    "names", [pytest.param(REAL_HEARINGS, id="real", marks=needs_real), pytest.param(OWN_HEARINGS, id="own")]
)
def test_each_hearing_reaches_the_right_cases(
    names: tuple[str, ...], order: str, kafka: str, namespace: str, topics: Any, wire: Any, worker: Callable[[], None]
) -> None:
    files = [hearing(name) for name in names]
    seen = people(files)
    crns = cases(seen)
    topics(2, {COURT_HEARINGS: 1})
    settings = all_settings.load(environ={}, overrides={"kafka.bootstrap": kafka, "kafka.namespace": namespace})
    worker()
    published = [(None, path.read_bytes()) for path in files]

    def outcome(kind: Outcome) -> Callable[[Any], int]:
        return lambda account: account.total.outcomes.get(kind, 0)

    firm = [sighting for sighting in seen if sighting.identifiers]
    linked = len(set(crns.values()))
    if order == "links first":
        wire.send_all(namespace + CASE_ALLOCATIONS, links(crns))
        settled(settings, lambda account: outcome(Outcome.FOLDED)(account) == linked)
        wire.send_all(namespace + COURT_HEARINGS, published)
    else:
        wire.send_all(namespace + COURT_HEARINGS, published)
        parked = settled(settings, lambda account: outcome(Outcome.PARKED)(account) == len(seen))
        assert outcome(Outcome.PARKED)(parked) == len(seen)
        assert wire.read(namespace + CASE_EVENTS) == ()
        wire.send_all(namespace + CASE_ALLOCATIONS, links(crns))
    settled(settings, lambda account: outcome(Outcome.PARKED)(account) == 0)

    events = [words.case_event(record.value) for record in wire.read(namespace + CASE_EVENTS)]
    reached = {
        str(event.origin): event.case
        for event in events
        if event.origin.topic == COURT_HEARINGS and not isinstance(event.fact, AppearanceDeleted)
    }
    assert reached == {sighting.id: f"crn:{crns[sighting.identifiers[0]]}" for sighting in firm}
    account = read_account(settings, lambda _: None)
    assert account.adds_up
