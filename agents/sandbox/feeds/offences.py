"""Offences with their CJS codes: serious ones, which the serious further offence list has, and others."""

from __future__ import annotations

from typing import Any

from agents.sandbox.feeds import rates
from agents.sandbox.feeds.chance import Chance

SERIOUS = (
    ("COML025", "Murder"),
    ("SX03001", "Rape a woman 16 or over"),
    ("TH68023", "Robbery"),
)
OTHER = (
    ("TH68010", "Theft from a shop"),
    ("CJ88116", "Assault by beating"),
    ("CD71039", "Criminal damage to property valued under £5,000"),
    ("CA03013", "Obstruct person executing search warrant for TV receiver"),
    ("OF61102", "Wound / inflict grievous bodily harm without intent"),
)


def some(chance: Chance) -> list[dict[str, Any]]:
    """One or two offences, as our own feeds name them."""
    return [dict(zip(("code", "title"), one(chance), strict=True)) for _ in range(1 if chance.random() < 0.8 else 2)]


def one(chance: Chance) -> tuple[str, str]:
    """Code and title."""
    return chance.among(SERIOUS if rates.SERIOUS.happens(chance) else OTHER)
