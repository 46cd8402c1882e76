"""Folds the log of a case again from its records, as the worker folds it: for ``record verify`` and ``--explain``."""

from __future__ import annotations

from agents import policies
from agents.cases import advance
from agents.queries.readers import Reader
from agents.records import Record
from agents.settings import Settings
from agents.topics import CASE_EVENTS, POLICIES
from streams.events import CaseEvent
from streams.policy import Policies
from streams.refolding import Refolded, is_sound


def fold(again: Refolded, record: Record, judging: Policies, upto: int) -> CaseEvent | None:
    """One event more; None: it cannot be read. The stored file covers what lies before the offset ``upto``."""
    done, event, _ = advance(again.last, record, judging)
    sound = event is None or is_sound(record.value or b"", event)
    again.fold(place(CASE_EVENTS, record), done, sound=sound, since=record.offset >= upto)
    return event


def place(topic: str, record: Record) -> str:
    """Where a record lies, in words."""
    return f"{topic}/{record.partition}/{record.offset}"


def read_policies(reader: Reader, settings: Settings) -> Policies:
    """The policies that were ever in force, from their topic. Raises Unreachable, NoTopic, PolicyFaults."""
    return policies.judging(policies.known(reader.all(POLICIES)), settings)
