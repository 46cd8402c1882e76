"""The whole way in one worker process: bytes of all feeds in, escalations out, four steps, exactly once."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from load import Keyed, feed_messages
from meter import Mark, worked
from rig import Rig
from trees import Tree

QUIET = 2.0  # seconds without an event: how many records the later steps get is for the worker to find out
PATIENCE = 600.0


def run(rig: Rig, trees: tuple[Tree, ...], records: int) -> dict[str, Any]:
    """One round of each tree; prints a line and gives its numbers. CPU is that of the worker process."""
    by_feed: dict[str, list[Keyed]] = defaultdict(list)
    for message in feed_messages(records):
        by_feed[message.topic].append(Keyed(message.key, message.value))
    print(f"\nThe whole way: {records:,} feed records, one process, settings as shipped")
    found: dict[str, Any] = {}
    for tree in trees:
        with rig.namespace(tree) as namespace:
            for feed, some in by_feed.items():
                rig.fill(namespace + feed, some)
            with rig.engine("worker.py", tree, namespace) as engine:
                work = worked(engine.wait(over, PATIENCE, "the whole way"))
        first, last = work[0], work[-1]
        share = (last.taken - first.taken) / last.taken  # of the work, between the first commit and the last
        cpu, seconds = last.cpu - first.cpu, last.at - first.at
        key = f"whole.{tree.prefix}"
        found |= {
            key + "us": round(cpu / (share * records) * 1e6, 1),
            key + "records_per_s": round(share * records / seconds),
            key + "case_events": last.stepped,
        }
        print(
            f"  {tree.name:8}{found[key + 'records_per_s']:,} feed records/s, {found[key + 'us']} us of CPU each;"
            f" {last.stepped:,} case events, {last.taken:,} records read, {len(work)} transactions with events"
        )
    return found


def over(found: list[Mark]) -> bool:
    """Whether nothing has come for a while."""
    work = worked(found)
    return bool(work) and time.monotonic() - work[-1].at > QUIET
