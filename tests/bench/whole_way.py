"""The whole way in one worker process: bytes of six feeds in, escalations out, four steps, exactly once."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from typing import Any

from load import Keyed, feed_messages
from meter import Mark
from rig import Rig

QUIET = 2.0  # seconds without a commit: how many records the later steps get is for the worker to find out
PATIENCE = 600.0


def run(rig: Rig, records: int, partitions: int, store: str = "memory") -> dict[str, Any]:
    """One round; prints a line and gives its numbers. CPU is that of the worker process, per feed record."""
    by_feed: dict[str, list[Keyed]] = defaultdict(list)
    for message in feed_messages(records):
        by_feed[message.topic].append(Keyed(message.key, message.value))
    with rig.namespace(partitions) as namespace:
        for feed, some in by_feed.items():
            rig.fill(namespace + feed, some)
        settings = {"WORKER_STORE": store, "WORKER_DATA": str(rig.folder / namespace)}
        with rig.engine("ours.py", namespace, partitions, settings=settings) as engine:

            def over(found: list[Mark]) -> bool:
                done = sum(mark.records for mark in found if mark.what == "intake")
                return done >= records and time.monotonic() - found[-1].at > QUIET

            marks = engine.wait(over, PATIENCE, "the whole way")
    work = [mark for mark in marks if mark.records]
    first, last = next(mark for mark in marks if mark.what == "open"), work[-1]
    steps: Counter[str] = Counter()
    for mark in work:
        steps[mark.what] += mark.records
    seconds, cpu = last.at - first.at, last.cpu - first.cpu
    transactions = sum(mark.what == "transaction" for mark in marks)
    numbers = {
        "store": store,
        "feed_records": records,
        "records_by_step": steps,
        "feed_records_per_s": round(records / seconds),
        "cpu_us_per_feed_record": round(cpu / records * 1e6, 1),
        "cpu_us_per_record_of_any_step": round(cpu / sum(steps.values()) * 1e6, 1),
        "transactions": transactions,
    }
    print(f"\nThe whole way: {records:,} feed records, {partitions} partitions, one process, {store}")
    print(
        f"  {numbers['feed_records_per_s']:,} feed records/s, {numbers['cpu_us_per_feed_record']} us of CPU each"
        f" ({numbers['cpu_us_per_record_of_any_step']} us a record of any step), {transactions} transactions;"
        f" by step: {dict(steps)}"
    )
    return numbers
