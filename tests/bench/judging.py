"""The policy that judges: the one that lies beside the ``streams`` that is imported, so each revision has its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import streams
from agents.policies import Texts
from streams.policy import Policies, only


def judging(holidays: Iterable[date]) -> Policies:
    """It and no other, always in force. ``holidays``: the bank holidays."""
    deploy = Path(streams.__file__).parent.parent / "deploy"
    policy, offences = ((deploy / name).read_text("utf-8") for name in ("policy.toml", "serious_offences.csv"))
    return only(Texts(policy, offences, tuple(holidays)).parsed())
