"""Measures the pure core of one tree. Runs unchanged under every tree that is compared: ``PYTHONPATH`` says which.

So it imports little, and only what every revision has: ``step``, the events, the policy, and how a file is encoded.
A line of JSON on standard input is a request, a line on standard output its answer; see ``trees.Child``.

CPU is that of this process, from the decoded event to the sealed record with its words: ``record()`` is called on
each, so that words that are made late are made here.
"""

from __future__ import annotations

import gc
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from judging import judging
from msgspec.structs import replace

from agents import wire
from streams.events import CaseEvent
from streams.policy import Policies
from streams.step import step

EventSet = tuple[tuple[date, ...], list[tuple[datetime, msgspec.Raw]]]
"""The bank holidays; then each event with the time of its record, in the order of the log."""
_event_set = msgspec.msgpack.Decoder(EventSet).decode

Pair = tuple[Any, CaseEvent, datetime]
"""A case file, the event that comes to it, and when."""


def read(path: str) -> tuple[Policies, list[tuple[datetime, CaseEvent]]]:
    """An event set."""
    holidays, some = _event_set(Path(path).read_bytes())
    return judging(holidays), [(now, wire.case_event(raw)) for now, raw in some]


class Measure:
    """The requests. What a set needs is read and decoded once."""

    def __init__(self) -> None:
        self._sets: dict[str, tuple[Policies, list[tuple[datetime, CaseEvent]]]] = {}
        self._pairs: list[Pair] = []
        self._policies: Any = None

    def fold(self, path: str) -> dict[str, Any]:
        """Fold the whole set once: CPU, cases, and how many records of each rule and change were emitted."""
        if path not in self._sets:
            self._sets = {path: read(path)}
        policies, some = self._sets[path]
        files: dict[str, Any] = {}
        emitted: Counter[tuple[str, str]] = Counter()
        with Quiet():
            began = time.process_time()
            for now, event in some:
                done = step(files.get(event.case), event, policies, now)
                files[event.case] = done.file
                for escalation in done.escalations:
                    escalation.record()
                    emitted[escalation.rule, escalation.change] += 1
            cpu = time.process_time() - began
        records = {f"{rule} {change}": count for (rule, change), count in sorted(emitted.items())}
        return {"us": cpu / len(some) * 1e6, "events": len(some), "cases": len(files), "records": records}

    def pairs(self, path: str, skip: int, count: int, out: str) -> int:
        """``count`` cases with one event to come: files of ``skip`` events or more, and the event after them.

        The set's cases are folded, and each later state of each is one such case, under an id of its own; where that is
        not enough, again. Keys, files and events go to ``out``, as a list; they stay here for ``pass_pairs``.
        """
        self._policies, some = read(path)
        self._pairs = list(_twins(list(_states(some, self._policies, skip)), count))
        Path(out).write_bytes(
            wire.encode([(event.case, wire.encode(file), wire.encode(event)) for file, event, _ in self._pairs])
        )
        return len(self._pairs)

    def pass_pairs(self) -> float:
        """CPU of the core on these very events and files, in us an event. Nothing is decoded in it."""
        policies = self._policies
        with Quiet():
            began = time.process_time()
            for file, event, now in self._pairs:
                for escalation in step(file, event, policies, now).escalations:
                    escalation.record()
            return (time.process_time() - began) / len(self._pairs) * 1e6

    def kinds(self, path: str, events: int, count: int, case: str) -> list[str]:
        """Case files of so many events, ``count`` different ones, all under the id ``case``, in hex."""
        policies, some = read(path)
        found = [file for file, _, _ in _states(some, policies, events, exactly=True)]
        return [wire.encode(replace(file, case=case)).hex() for file in found[:count]]


class Quiet:
    """The collector rests meanwhile: where it strikes is chance, and most values here are none of its business."""

    def __enter__(self) -> None:
        gc.collect()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.enable()


def _states(
    some: Iterable[tuple[datetime, CaseEvent]], policies: Policies, skip: int, exactly: bool = False
) -> Iterator[Pair]:
    """Each state of ``skip`` folded events and more (or exactly so many), before the event that comes to it."""
    files: dict[str, Any] = {}
    for now, event in some:
        file = files.get(event.case)
        if file is not None and (file.events == skip if exactly else file.events >= skip):
            yield file, event, now
        files[event.case] = step(file, event, policies, now).file


def _twins(found: list[Pair], count: int) -> Iterator[Pair]:
    for number in range(count):
        file, event, now = found[number % len(found)]
        case = type(event.case)(f"{event.case}~{number}")
        yield replace(file, case=case), replace(event, case=case), now


def main() -> None:
    """Answer until standard input is closed."""
    measure = Measure()
    does: dict[str, Callable[..., Any]] = {
        "fold": measure.fold, "pairs": measure.pairs, "pass_pairs": measure.pass_pairs, "kinds": measure.kinds
    }  # fmt: skip
    for line in sys.stdin.buffer:
        request = msgspec.json.decode(line)
        answer = does[request.pop("do")](**request)
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
