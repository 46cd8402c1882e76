"""The policy that judges: the one that lies beside the ``streams`` that is imported, so each revision has its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from inspect import signature
from pathlib import Path

import streams
from streams import rules
from streams.policy import Policies, only
from streams.policy.reading import parse


def judging(holidays: Iterable[date]) -> Policies:
    """It and no other, always in force. ``holidays``: the bank holidays."""
    deploy = Path(streams.__file__).parent.parent / "deploy"
    policy, offences = ((deploy / name).read_text("utf-8") for name in ("policy.toml", "serious_offences.csv"))
    ids = (rules.BY_ID,) if "rules" in signature(parse).parameters else ()  # d77cc08 has its own list of them
    return only(parse(policy, offences, *ids, holidays))
