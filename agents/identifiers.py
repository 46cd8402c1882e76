"""Identifiers: keeps, for each identifier, the cases it is linked to and the sightings that wait to hear of them."""

from __future__ import annotations

from agents import wire
from agents.steps import Keyed
from streams.identifiers import fold_identifier

IDENTIFIERS = Keyed("identifiers", wire.book, wire.to_identifiers, fold_identifier)
"""The step that answers who is meant by an identifier."""
