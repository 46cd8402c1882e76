"""Transitions of escalations, and the escalations of a case as transitions have left them. Values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from streams.case import Escalation
from streams.escalation import Change
from streams.facts import OnFile


class By(NamedTuple):
    """Who made a change, and what they said of it."""

    author: str | None = None
    grade: str | None = None
    decision: str | None = None
    variance: str | None = None


NOBODY = By()


class Transition(NamedTuple):
    """One change of an escalation: the escalation after it, who made it, and the news that it lists by it."""

    change: Change
    escalation: Escalation
    by: By = NOBODY
    news: tuple[OnFile, ...] = ()


class Escalations(NamedTuple):
    """A case's escalations as one evaluation has left them so far, and the transitions that led there."""

    open: Mapping[str, Escalation]  # by rule
    closed: tuple[Escalation, ...]
    occurrences: tuple[tuple[str, int], ...]  # by rule, how many escalations the case has had
    heard: Mapping[str, int]  # by the key of a fact, the bits of the rules that have listed it
    transitions: tuple[Transition, ...]
