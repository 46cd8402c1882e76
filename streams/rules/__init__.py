"""The rules, as a table that reads like the guidance."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

from streams.rules.of_assessments import R6, R8
from streams.rules.of_duties import R10, R11
from streams.rules.of_levels import R1, R5, R9, R13
from streams.rules.of_news import R2, R3, R4, R7, R12
from streams.rules.rule import Rule

RULES: tuple[Rule, ...] = (R1, R2, R3, R4, R5, R6, R7, R8, R9, R11, R12, R13, R10)
"""All of them, in the order in which they are evaluated. The order decides nothing, but that R2 comes before R4, and
that R10 comes last: an open escalation speaks for its actions, and the others decide which escalations are open.
"""

BY_ID = {rule.id: rule for rule in RULES}

GATES = tuple({gate.bit: gate for rule in RULES for gate in rule.gates}.values())

EDITION = blake2b(
    repr([(rule.id, rule.reads, [(gate.bit, gate.reads) for gate in rule.gates]) for rule in RULES]).encode(),
    digest_size=4,
).hexdigest()
"""Names this table of rules: a case that was last evaluated by another one is evaluated whole."""


@cache
def after(changed: int, ids: frozenset[str]) -> tuple[Rule, ...]:
    """The rules that a change of these inputs concerns, and those of these ids, in their order."""
    return tuple(rule for rule in RULES if rule.heeds & changed or rule.id in ids)
