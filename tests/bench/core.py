"""The pure core and the codec on their own: microseconds of CPU a call, no broker, one process."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any
from unittest.mock import patch

from load import case_events, feed_messages

from agents import policies, timer, wire
from agents.settings import Settings
from agents.topics import POLICE_NOTIFICATIONS
from schemas import Codec
from streams.case import CaseFile
from streams.escalation import EscalationRecord
from streams.events import CaseEvent
from streams.judge import judge
from streams.policy import Policies
from streams.step import step

TOP = 14


def fold_all(events: Iterable[CaseEvent], judging: Policies) -> tuple[dict[str, CaseFile], list[EscalationRecord]]:
    """The files, and all that was told."""
    now = timer.now()
    files: dict[str, CaseFile] = {}
    told: list[EscalationRecord] = []
    for event in events:
        done = step(files.get(event.case), event, judging, now)
        files[event.case] = done.file
        told.extend(done.escalations)
    return files, told


def us_each(work: Callable[[], object], calls: int, rounds: int) -> float:
    """Median CPU of one call, in microseconds."""
    found = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        found.append((time.process_time() - began) / calls * 1e6)
    return round(median(found), 2)


def run(events: int, rounds: int) -> dict[str, Any]:
    """Prints a table and a short profile; gives the numbers."""
    judging = policies.own(Settings())
    some = case_events(events)
    files, told = fold_all(some, judging)
    codec = Codec()
    notices = [m.value for m in feed_messages(min(events, 5000)) if m.topic == POLICE_NOTIFICATIONS and m.value]
    records = [codec.decode("police_notification", value) for value in notices]
    raw_events = [wire.encode(event) for event in some]
    raw_files = [wire.encode(file) for file in files.values()]
    said = [escalation.record() for escalation in told]
    raw_said = [codec.encode("escalation", record) for record in said]

    def each(function: Callable[[Any], object], values: list[Any]) -> float:
        return us_each(lambda: [function(value) for value in values], len(values), rounds) if values else 0.0

    def size(values: list[bytes]) -> int:
        return round(sum(map(len, values)) / max(1, len(values)))

    numbers: dict[str, Any] = {
        "fold_and_judge_us": us_each(lambda: fold_all(some, judging), len(some), rounds),
        "case_event": _codec(size(raw_events), each(wire.encode, some), each(wire.case_event, raw_events)),
        "case_file": _codec(size(raw_files), each(wire.encode, list(files.values())), each(wire.case_file, raw_files)),
        "escalation": _codec(
            size(raw_said),
            each(lambda record: codec.encode("escalation", record), said),
            each(lambda value: codec.decode("escalation", value), raw_said),
        ),
        "escalation_record_us": each(EscalationRecord.record, told),
        "police_notification": _codec(
            size(notices),
            each(lambda record: codec.encode("police_notification", record), records),
            each(lambda value: codec.decode("police_notification", value), notices),
        ),
        "escalations_per_event": round(len(told) / len(some), 3),
        "events": len(some),
        "cases": len(files),
    }
    print(f"\nThe pure core: {len(some):,} events of {len(files):,} cases, {len(told):,} escalations")
    print(f"  fold and judge: {numbers['fold_and_judge_us']} us an event")
    print(f"{'':26}{'bytes':>8}{'encode us':>11}{'decode us':>11}")
    for name in ("case_event", "case_file", "escalation", "police_notification"):
        row = numbers[name]
        print(f"{name:26}{row['bytes']:>8}{row['encode_us']:>11.2f}{row['decode_us']:>11.2f}")
    numbers["by_what_they_did"] = by_what_they_did(some, judging)
    numbers["profile"] = profile(lambda: fold_all(some, judging), len(some))
    return numbers


def by_what_they_did(events: list[CaseEvent], judging: Policies) -> dict[str, dict[str, float]]:
    """Of the events that changed nothing, were folded only, were judged, and were told: their share and their cost."""
    now, files, took = timer.now(), dict[str, CaseFile](), defaultdict[str, list[int]](list)
    judged = 0

    def counted(*given: Any, **more: Any) -> Any:
        nonlocal judged
        judged += 1
        return judge(*given, **more)

    with patch("streams.step.judge", counted):
        for event in events:
            before, judged = files.get(event.case), 0
            began = time.perf_counter_ns()
            done = step(before, event, judging, now)
            spent = time.perf_counter_ns() - began
            files[event.case] = done.file
            what = "changed nothing" if done.file is before else "folded, not judged"
            if judged:
                what = "judged, and told" if done.escalations else "judged, nothing to tell"
            took[what].append(spent)
    whole = sum(map(sum, took.values()))
    rows = {
        what: {
            "share_of_events": round(len(spans) / len(events), 3),
            "us": round(median(spans) / 1000, 1),
            "share_of_time": round(sum(spans) / whole, 3),
        }
        for what, spans in sorted(took.items(), key=lambda row: median(row[1]))
    }
    print(f"  {'what became of them':<26}{'events':>8}{'median us':>11}{'of the time':>13}")
    for what, row in rows.items():
        print(f"    {what:<24}{row['share_of_events']:>8.1%}{row['us']:>11.1f}{row['share_of_time']:>13.1%}")
    return rows


def _codec(size: int, encode: float, decode: float) -> dict[str, float]:
    return {"bytes": size, "encode_us": encode, "decode_us": decode}


def profile(work: Callable[[], object], events: int) -> list[dict[str, Any]]:
    """The functions in which the time goes. The profiler weighs small ones too heavily: an order, not a measure."""
    profiler = cProfile.Profile()
    profiler.runcall(work)
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    rows = sorted(stats.items(), key=lambda item: -item[1][2])[:TOP]
    print(f"  where it goes (profiled: an order, not a measure){'calls/event':>16}{'own us/event':>14}")
    told = []
    for (file, line, name), (_, calls, own, _, _) in rows:
        where = f"{'/'.join(file.split('/')[-2:])}:{line} {name}" if line else name
        print(f"    {where:60.60}{calls / events:>8.2f}{own / events * 1e6:>12.2f}")
        told.append({"where": where, "calls": round(calls / events, 2), "own_us": round(own / events * 1e6, 2)})
    return told
