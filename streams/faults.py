"""What can be wrong with something that came in.

    Fault
    ├── Unreadable       the bytes are not what they say they are
    ├── Untranslatable   they can be read, and do not make sense in our words
    └── Unfoldable       the event makes sense, and its case cannot take it

All go to quarantine with the bytes, their origin, the reason and what to do. The reason carries no personal data:
it is logged and shown.
"""

from __future__ import annotations

from streams.events import CaseId


class Fault(Exception):
    """Something is wrong with what came in: why, what to do about it, and whose case it is where that can be told."""

    def __init__(self, reason: str, remedy: str, *, case: CaseId | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.case = case


class Unreadable(Fault):
    """The bytes are not what they say they are."""


class Untranslatable(Fault):
    """The record can be read, and does not make sense in our words."""


class Unfoldable(Fault):
    """The event makes sense, and its case cannot take it."""
