"""The rules, as a table that reads like the guidance."""

from __future__ import annotations

from streams.matters import Matters
from streams.rules.of_duties import R10, R11
from streams.rules.of_levels import R1, R5, R6, R7, R8, R9, R13
from streams.rules.of_news import R2, R3, R4, R12
from streams.rules.rule import Rule

RULES: tuple[Rule, ...] = (R1, R2, R3, R4, R5, R6, R7, R8, R9, R11, R12, R13, R10)
"""All of them. The order is that in which they are asked and told. It decides nothing, but that R2 comes before R4, and
that R10 comes last: an action is its item's to tell, and which items are open is what the others decide.
"""

BY_ID = {rule.id: rule for rule in RULES}

ASKED = {
    matters: tuple(rule for rule in RULES if matters is Matters.ALL or matters in rule.reads) for matters in Matters
}
"""The rules that are asked after a change, in their order."""

BY_MANAGER = frozenset(rule.id for rule in (R1, R2, R3, R4, R5))
"""The rules that read of holders and levels no more than whether there is a manager, while there is one: R4 then reads
the news alone, and the others are silent.
"""

EDITION = 1
"""To be raised when a rule is added, or comes to read or to turn by something else. A case that was last judged under
another edition is judged whole.
"""
