"""Claims: under which transactional id a lane writes, and whom it must refuse before it may.

The id names the group and the number of groups, so the broker refuses whoever had the same group before. When the
number of groups changes, the same partitions are written under other ids, which the broker knows nothing of. So each
lane leaves its id in every changelog partition before it reads it, and refuses each other id that it finds there. No
list of former numbers is kept by anybody, and none can be forgotten: the log itself tells who could write to it.

Lanes of revision d77cc08 had one id a partition and left none. They are refused once, and what a lane leaves in the
changelog keeps them from opening again (see ``changelog``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiokafka import TopicPartition

from agents.lane import changelog
from agents.lane.context import WorkerContext
from agents.lane.processor import Processor
from agents.lane.transaction import States


def name_of(context: WorkerContext, group: int) -> str:
    """The transactional id of a group's lane."""
    return f"{context.name}-lane-{group}-of-{context.groups}"


def entries(processors: Iterable[Processor], name: str, refused: Iterable[str] = ()) -> Mapping[TopicPartition, States]:
    """What a lane leaves in its changelog partitions when it claims them, or has ``refused`` all others."""
    own: States = dict([changelog.claimed(name)])
    if gone := dict(map(changelog.refused, refused)):
        own.update([changelog.grouped(), *gone.items()])
    return {processor.log: own for processor in processors}


def others(context: WorkerContext, processors: Iterable[Processor], name: str) -> set[str]:
    """The ids under which somebody else may still write to these partitions, as their changelogs have it."""
    found: set[str] = set()
    for processor in processors:
        own = processor.own()
        found |= own.claims - {name}
        if not own.grouped:
            found.add(f"{context.name}-lane-{processor.partition}")
    return found
