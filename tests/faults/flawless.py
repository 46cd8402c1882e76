"""A machine that does all the steps in memory, one record after the other, without a fault: logs to spoil in tests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from verifier import Record, Tolds, cases_tell, intake_tells

from agents import cases, wire
from agents.identifiers import IDENTIFIERS
from agents.lane.transaction import Output, hashed
from agents.quarantine import DeadLetters
from agents.sandbox.feeds.synth import Options, Synth
from agents.sightings import SIGHTINGS
from agents.topics import (
    CASE_EVENTS,
    CASES_CHANGELOG,
    DUTY_ITEMS,
    ESCALATIONS,
    FEEDS,
    IDENTIFIERS_CHANGELOG,
    IDENTITY_LOOKUPS,
    IDENTITY_SIGHTINGS,
    QUARANTINE,
    SIGHTING_OUTCOMES,
    SIGHTINGS_CHANGELOG,
)
from schemas import Codec
from streams.policy import Policies

BEGAN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
END = BEGAN + timedelta(hours=2)
PARTITIONS = 2
COUNTS = dict.fromkeys((*FEEDS, CASE_EVENTS, IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS, SIGHTING_OUTCOMES, DUTY_ITEMS,
                        QUARANTINE, ESCALATIONS), PARTITIONS)  # fmt: skip


class Flawless:
    """Topics in memory."""

    def __init__(self, codec: Codec, policies: Policies) -> None:
        self.codec, self.policies = codec, policies
        self.logs: dict[str, list[Record]] = defaultdict(list)
        self._clock = int(BEGAN.timestamp() * 1000)

    def add(self, topic: str, key: bytes | None, value: bytes | None, at: int | None = None) -> None:
        """Put one record at the end of its partition, a millisecond after the one before unless ``at`` says when."""
        self._clock = max(self._clock + 1, at or 0)
        partition = hashed(key or b"") % PARTITIONS
        offset = 2 * sum(record.partition == partition for record in self.logs[topic])  # offsets have gaps
        self.logs[topic].append(Record(partition, offset, key, value, self._clock))

    def feed(self, messages: int, spoilt: float = 0.05) -> None:
        """So many messages of the synthetic feeds, managers' ends within minutes; cases are linked, merged, parted."""
        options = Options(
            rate=5, spoilt=spoilt, duplicates=0.1, corrections=0.1, deadline_in=timedelta(minutes=5),
            circumstances=0.25, acts=0.1,
        )  # fmt: skip
        for message in Synth(3, 25, start=BEGAN, options=options).messages(messages):
            self.add(message.topic, message.key, message.value, int(message.at.timestamp() * 1000))

    def identify(self) -> None:
        """Intake; then identifiers and sightings, record by record, until neither has anything left to say."""
        first = intake_tells(self.logs, self.codec)
        self._write(output for told in first.values() for output in told.outputs)
        second, third = Tolds(IDENTIFIERS_CHANGELOG), Tolds(SIGHTINGS_CHANGELOG)
        steps = (
            (IDENTITY_LOOKUPS, second, IDENTIFIERS.take_in, DeadLetters(IDENTIFIERS.step, self.codec)),
            (IDENTITY_SIGHTINGS, third, SIGHTINGS.take_in, DeadLetters(SIGHTINGS.step, self.codec)),
        )
        done = dict.fromkeys((IDENTITY_LOOKUPS, IDENTITY_SIGHTINGS), 0)
        while any(done[topic] < len(self.logs[topic]) for topic in done):
            for topic, tolds, fold, letters in steps:
                while done[topic] < len(self.logs[topic]):
                    record = self.logs[topic][done[topic]]
                    done[topic] += 1
                    told = tolds[record.partition]
                    before = len(told.outputs)
                    fold(told, record, letters)
                    self._write(told.outputs[before:])
        for tolds in (first, second, third):
            self._keep(tolds)

    def judge(self) -> None:
        """Say every deadline up to the end, and what cases tell others; then fold all: files and escalations."""
        while True:
            fourth, deadlines = cases_tell(self.sorted(), self.codec, self.policies)
            if told := self._untold(fourth):
                self._write(told)
                continue
            passed = sorted((due, key) for key, (due, _) in deadlines.since.items() if due <= END)
            if not passed:
                break
            due, key = passed[0]
            at = max(due, wire.time_of(self._clock)) + timedelta(milliseconds=2)
            partition = hashed(key) % PARTITIONS
            self.add(*cases.deadline(key, due, at, partition), at=int(at.timestamp() * 1000) + 1)
        self.fold_cases()

    def fold_cases(self) -> None:
        """Files and escalations anew, whatever the case events are."""
        self.logs[ESCALATIONS], self.logs[CASES_CHANGELOG] = [], []
        self.logs[QUARANTINE] = [each for each in self.logs[QUARANTINE] if not self._of_cases(each)]
        fourth, _ = cases_tell(self.sorted(), self.codec, self.policies)
        self._write(output for told in fourth.values() for output in told.outputs if output[0] != CASE_EVENTS)
        self._keep(fourth)

    def _untold(self, fourth: Tolds) -> list[Output]:
        """What cases have told other cases, and is not in the log yet."""
        there = Counter((record.key, record.value) for record in self.logs[CASE_EVENTS])
        said = Counter(pair for topic, pair in fourth.outputs() if topic == CASE_EVENTS)
        return [(CASE_EVENTS, *pair) for pair in (said - there).elements()]

    def sorted(self) -> dict[str, list[Record]]:
        """The logs as a reader gives them: by partition and offset."""
        return {topic: sorted(log, key=lambda record: record[:2]) for topic, log in self.logs.items()}

    def _of_cases(self, record: Record) -> bool:
        return bool(self.codec.decode("quarantined", record.value)["step"] == cases.STEP)

    def _write(self, outputs: Iterable[Output]) -> None:
        for topic, key, value in outputs:
            self.add(topic, key, value)

    def _keep(self, tolds: Tolds) -> None:
        for partition, told in tolds.items():
            log = self.logs[told.changelog]
            log.append(Record(partition, len(log), b"\x00position:somewhere", b"1"))
            for key, state in told.states.items():
                log.append(Record(partition, len(log), key, state))


def flawless(codec: Codec, policies: Policies, messages: int = 250) -> Flawless:
    """Logs in which nothing is amiss."""
    machine = Flawless(codec, policies)
    machine.feed(messages)
    machine.identify()
    machine.judge()
    return machine
