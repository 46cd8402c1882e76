"""What a rule reads of a case, in kinds. The fold says which kinds an event has changed; a rule names those it reads.

Plain numbers that can be added up, and no IntFlag: in Python 3.11 that takes a microsecond for each operation.
"""

from __future__ import annotations

NOTHING = 0
NEWS = 1 << 0  # a police contact or a hearing that counts, and is not about a serious offence
SERIOUS_NEWS = 1 << 1  # one about a serious offence; or news was corrected, or taken back
LEVELS = 1 << 2  # the levels that assessments and registers say
HOLDERS = 1 << 3  # whether a manager is attached, and whether anybody holds the case
OVERSIGHT = 1 << 4
REGISTERS = 1 << 5  # the classifications in force
SERVICES = 1 << 6
LINKED_NEWS = 1 << 7
ACTIONS = 1 << 8  # the required actions
KNOWN = 1 << 9  # since when the case is known
ACTS = 1 << 10  # a person has acted on an escalation: no rule reads it
ESCALATIONS = 1 << 11  # which escalations are open, and what was overseen
EVERYTHING = (1 << 12) - 1

ALL_NEWS = NEWS | SERIOUS_NEWS
