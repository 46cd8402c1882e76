"""What stands in the way of a command or a start, in words that a person can act on.

Every error whose message is for people is a ``Failure``; its ``exit_code`` is how the command line ends. The kinds:
``Misconfigured`` (settings, policy, topics, installation), ``Unavailable`` (broker, topic, registry), and others.
"""

from __future__ import annotations

from typing import NamedTuple


class Failure(Exception):
    """Something is not as it should be; the message says what, and what to do."""

    exit_code = 1


class Misconfigured(Failure):
    """What was given to the program is wrong. Starting again would not help; a person must mend it."""

    exit_code = 78  # EX_CONFIG of sysexits.h


class Unavailable(Failure):
    """What the program needs does not answer, or is not there."""

    exit_code = 69  # EX_UNAVAILABLE


class Problem(NamedTuple):
    """Something that is wrong, and what to do about it."""

    what: str
    remedy: str
    breaks: bool = True  # a record could be lost, doubled, or be given a wrong time: no worker may start on it

    def __str__(self) -> str:
        return f"{self.what}; {self.remedy}"
