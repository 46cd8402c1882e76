"""All topics at once on an empty namespace, feeds too: for tests and measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agents.topics import ASSIGNMENTS, FEEDS, needed
from agents.topics.cluster import admin, grown, make
from agents.topics.declaration import declared


def create(
    clients: Mapping[str, Any],
    namespace: str,
    *,
    partitions: int = 4,
    feeds: Mapping[str, int] | None = None,
    groups: int = 1,
    single: bool = True,
) -> None:
    """Create every topic, each record kept once unless ``single`` is False.

    ``partitions`` for each; ``feeds`` gives single feeds another count (0: not made), and changelogs
    follow; ``groups`` of partitions, each with a lane of its own.
    """
    counts = dict.fromkeys(FEEDS, partitions) | dict(feeds or {}) | {ASSIGNMENTS: groups}
    specs = [
        replace(
            spec,
            partitions=counts.get(spec.name, min(partitions, spec.partitions) if spec.partitions == 1 else partitions),
        )
        for spec in declared(single=single)
    ]
    least = needed({spec.name: spec.partitions for spec in specs})
    with admin(clients) as client:
        make(client, namespace, [grown(spec, least) for spec in specs if spec.partitions])
