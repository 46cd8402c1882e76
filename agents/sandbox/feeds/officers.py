"""The staff of the synthetic services: real officers, managers, leavers, and the placeholders that stand for nobody."""

from __future__ import annotations

from msgspec import Struct

from agents.sandbox.feeds import rates
from agents.sandbox.feeds.chance import Chance

AREAS = ("N01", "N03", "N07", "N22", "N36", "N52")
SERVICES = {"Northshire YJS": "YN1", "Westmere YJS": "YW1", "Eastvale YJS": "YE1"}
"""Youth justice services, and how their staff codes begin: with Y."""
FORCES = ("Northshire Police", "Westmere Police", "Eastvale Constabulary", "Southmoor Police")
_FAMILY = (
    "Alder",
    "Birch",
    "Cedar",
    "Elder",
    "Hawthorn",
    "Juniper",
    "Larch",
    "Maple",
    "Oakes",
    "Rowan",
    "Sorrel",
    "Yew",
)


class Officer(Struct, frozen=True, gc=False):
    """A holder as an allocating system shows one: staff code, name, grade and whether they are there at all."""

    code: str | None
    name: str | None
    grade: str | None
    state: str = "ACTIVE"


def case_manager(chance: Chance, area: str) -> Officer:
    """Somebody who holds cases: never a manager, whatever the grade."""
    return Officer(_code(chance, area), _name(chance), _grade(chance, area))


def manager(chance: Chance, area: str, kind: str) -> Officer:
    """What there is in the role of manager; ``kind`` as in ``rates.MANAGER``, NOBODY excepted.

    Placeholder codes end in U, those of inactive ones in IAVU (feeds.md 5); the name says unallocated, mostly.
    """
    match kind:
        case "PLACEHOLDER":
            name = f"Unallocated Staff({area})" if chance.random() < 0.7 else None
            return Officer(f"{area}UATU", name, None)
        case "INACTIVE_PLACEHOLDER":
            return Officer(f"{area}IAVU", "Inactive Staff", None, "INACTIVE")
        case "LEAVER":
            return Officer(_code(chance, area), _name(chance), _manager_grade(chance, area), "LEFT")
        case "JUNIOR":
            return Officer(_code(chance, area), _name(chance), _grade(chance, area))
        case _:
            return Officer(_code(chance, area), _name(chance), _manager_grade(chance, area))


def _grade(chance: Chance, area: str) -> str:
    return (rates.YOUTH_GRADE if area[0] == "Y" else rates.GRADE).pick(chance)


def _manager_grade(chance: Chance, area: str) -> str:
    return (rates.YOUTH_MANAGER_GRADE if area[0] == "Y" else rates.MANAGER_GRADE).pick(chance)


def _code(chance: Chance, area: str) -> str:
    return f"{area}A{chance.below(1000):03}"


def _name(chance: Chance) -> str:
    return f"{chance.among('ABCDEFGHJKLMNPRSTW')}. {chance.among(_FAMILY)}"
