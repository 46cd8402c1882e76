"""All tables of examples, in the order in which docs/rules.md shows them."""

from __future__ import annotations

from tests.unit.tables.assessing import MISSING, NO_LEVEL
from tests.unit.tables.attached import GRADES, MANAGERS
from tests.unit.tables.chain import ACKNOWLEDGED, BY_CLOCK, ROUTINE, RUNGS, SOON
from tests.unit.tables.classes import CLASSIFIED
from tests.unit.tables.conditions import LIFE
from tests.unit.tables.dealt_with import ADOPTED, JOINING, REOPENED, SUPPRESSED
from tests.unit.tables.duties import LINKED, NOT_OVERSEEN, UNCONFIRMED, UNDELIVERED
from tests.unit.tables.levels import AGE, PICTURE, THRESHOLDS, UNKNOWN
from tests.unit.tables.moved import MOVED
from tests.unit.tables.news import SIGNALS
from tests.unit.tables.overseen import ACTIONS, LATE_ACTIONS, OVERSEEN
from tests.unit.tables.registers import REGISTERS
from tests.unit.tables.reviewed import LOWERED, REVIEWED
from tests.unit.tables.shape import Example, Table, mismatches
from tests.unit.tables.urgencies import URGENCIES
from tests.unit.tables.watched import CALL_OUTS, RISING, SERIOUS_OFFENCE

__all__ = ["TABLES", "Example", "Table", "mismatches"]

TABLES: tuple[Table, ...] = (
    *(THRESHOLDS, UNKNOWN, PICTURE, REGISTERS, AGE, MANAGERS, GRADES),
    *(SIGNALS, CALL_OUTS, RISING, SERIOUS_OFFENCE, CLASSIFIED),
    *(LOWERED, REVIEWED, MISSING, NO_LEVEL, NOT_OVERSEEN, UNCONFIRMED, UNDELIVERED, LINKED),
    *(LIFE, RUNGS, ACKNOWLEDGED, SOON, ROUTINE, BY_CLOCK, *URGENCIES),
    *(JOINING, OVERSEEN, ACTIONS, LATE_ACTIONS, REOPENED, SUPPRESSED, ADOPTED, MOVED),
)
