"""Sightings: decides, once, whose case a person is who was seen in a message that names none."""

from __future__ import annotations

from dataclasses import replace

from agents import wire
from agents.lane.batches import Batch
from agents.lane.gauges import StateGauge
from agents.state_gauges import waits
from agents.steps import Keyed
from streams.resolution import SightingFile, fold_sighting

SIGHTINGS = Keyed("sightings", wire.sighting_file, wire.to_sightings, fold_sighting)
"""The step that decides whose sighting it is."""


def sightings(waiting: StateGauge[str]) -> Keyed:
    """The step, with a count kept of the sightings that wait."""

    def note(batch: Batch, key: bytes, file: SightingFile | None) -> None:
        waiting.note(batch.partition, key, waits(file.state) if file else None)

    return replace(SIGHTINGS, note=note)
