"""The case file: what is live about one case, as the fold of its events left it. Values only; fold writes them.

The log is the history; the file holds what a rule may still read, and is bounded (``BOUNDS`` say how and why), so that
the busiest case never grows too big to write. Positions are the wire format, as in events: fields are only appended,
each with a default.

Every list of facts is bounded in the same way (lists.py): when it is over-full the facts that count for least go, and
the list's *watermark* rises to the latest time that went. What then comes with a time at or below the watermark is
history and changes nothing. So a second delivery of a fact that was dropped cannot bring it back, unless its sender
dates it neither by when it happened nor by when it was recorded: then it looks like news.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct

from streams import facts
from streams.escalation import Awaits, Stage
from streams.events import CaseId, Times
from streams.policy import Urgency


class Bounds(NamedTuple):
    """How many of each the file holds. They bound bytes and not judgement: the program's numbers, not the policy's."""

    messages: int = 4  # about one assessment or allocation; what still sets a level, or takes it back, stays beyond
    assessments: int = 16  # a review every few months for years; what still sets a level stays beyond this number
    holders: int = 48  # records of allocations; ended ones go first
    upcoming: int = 4  # records of one allocation that lie ahead
    signals: int = 48  # police contacts and hearings: one a week for most of the horizon
    deletions: int = 16  # hearings taken back: needed only until their late appearances have come
    oversight: int = 8  # the latest records; the log has all
    referrals: int = 4  # counted apart, so that many other records cannot hide that somebody referred the case (P7)
    withheld: int = 8  # named in the file, those that went on their way go first; that there are more is said
    also_known: int = 4  # other case ids that messages named; more than one is already a mistake of somebody's
    superseded: int = 4  # contents of one fact that a correction replaced: their second delivery is no correction
    registers: int = 32  # classifications; those that are over go first
    services: int = 24  # those that are settled go first
    links: int = 24  # people known to the person; those no longer go first
    linked_news: int = 12
    acts: int = 32  # the latest, so that a second delivery of one is known
    actions: int = 32  # required actions; confirmed ones go first
    closed: int = 8  # escalations that may yet be reopened
    absorbed: int = 4  # cases that were merged into this one
    merges: int = 4  # statements about merging it into another
    formerly: int = 8  # ids of an escalation that came back with its case; the first and the latest
    listed: int = 12  # facts named by an escalation; further ones are counted
    codes: int = 12  # offence codes of one signal, serious ones first
    text: int = 64  # characters of a sender's text that is shown
    id: int = 160  # characters of a sender's text that is compared; a longer one is compared by its hash


BOUNDS = Bounds()


class Withheld(Struct, frozen=True, array_like=True, gc=False):
    """Something of this case lies in quarantine. Kept after it went on its way, so that it is not noted again."""

    quarantine: str
    step: str
    reason: str
    restored: bool = False


class Listed(Struct, frozen=True, array_like=True, gc=False):
    """A fact that an escalation lists: its own copy, for the file may let the fact itself go."""

    key: str
    content: str
    kind: str
    summary: str
    times: Times
    sighting: str
    taken_back: bool = False


class Escalation(Struct, frozen=True, array_like=True, gc=False):
    """An escalation of a rule, open or closed. A case has at most one open escalation of each rule.

    ``holds``: whether the rule's condition holds now. ``next_at`` is the time of its next step, UTC.
    """

    rule: str
    id: str
    revision: int
    holds: bool
    opened: datetime
    known_since: datetime
    listed: tuple[Listed, ...]
    left_out: int = 0
    policy: str = ""  # the version that it was opened under, and is judged by until a person moves it
    urgency: Urgency = Urgency.ROUTINE
    stage: Stage = Stage.RAISED
    chain_step: int = 0  # how far up the chain of the policy
    awaits: Awaits = Awaits.ACKNOWLEDGEMENT
    next_at: datetime | None = None  # when that is overdue; None: it is closed
    oversee_by: datetime | None = None
    acknowledged: facts.Done | None = None
    overseen: facts.Done | None = None  # its ``reference`` is the key of the oversight record
    suppressed: facts.Done | None = None
    suppressed_until: datetime | None = None
    suppress_cap: datetime | None = None  # no suppression of it lasts beyond this
    closed: datetime | None = None
    since: datetime | None = None  # when it was last raised, or news joined it: what oversight must have come after
    occurrence: int = 0  # how many escalations of this rule the case had before
    formerly: tuple[str, ...] = ()  # ids under which it was known before it came back with its case, the oldest first

    def goes_by(self, name: str | None) -> bool:
        """Whether somebody who says this id means this escalation: people answer under the id that they were told."""
        return name == self.id or name in self.formerly


class Watermarks(Struct, frozen=True, array_like=True, gc=False):
    """The latest effective time that each list has let go; None: nothing yet."""

    assessments: datetime | None = None
    holders: datetime | None = None
    signals: datetime | None = None
    deletions: datetime | None = None
    oversight: datetime | None = None
    referrals: datetime | None = None
    registers: datetime | None = None
    services: datetime | None = None
    links: datetime | None = None
    linked_news: datetime | None = None
    acts: datetime | None = None
    actions: datetime | None = None  # up to then an act that names no record is taken for none of the actions held
    merges: datetime | None = None


class Absorbed(Struct, frozen=True, array_like=True, gc=False):
    """A case that was merged into this one: which facts and escalations came from it, should it ever be given back."""

    source: CaseId
    keys: tuple[str, ...]
    escalations: tuple[str, ...]
    through: CaseId | None = None  # the case that it had been merged into before that one was merged into this
    also_known: tuple[CaseId, ...] = ()  # case ids that came with it
    came_of_age: datetime | None = None  # the 18th birthday, where it came with it


class Chain(Struct, frozen=True, array_like=True, gc=False):
    """The heads of a case's two chains: over the events that changed its file, and over its records."""

    events: str = ""
    records: str = ""
    count: int = 0  # of records


class Schedule(Struct, frozen=True, array_like=True, gc=False):
    """All that changes by time alone, the earliest first; and which gates of the rules are open.

    It holds for one policy and one table of rules: under another one every rule is evaluated anew.
    """

    policy: str = ""  # its version
    edition: str = ""  # of the table of rules: ``rules.EDITION``
    gates: int = 0  # those that are open (``Gate.bit``)
    entries: tuple[tuple[datetime, str], ...] = ()  # when, and what: see schedule.py


class CaseFile(Struct, frozen=True, array_like=True, gc=False):
    """All that is live about one case. ``due`` comes first: an index of deadlines decodes it alone (see Due)."""

    due: datetime | None  # when it must be judged again though nothing comes; always after ``at``
    case: CaseId
    at: datetime  # the latest time at which it was changed or judged: a case's clock never runs backwards
    events: int = 0  # how many events have changed it
    also_known: tuple[CaseId, ...] = ()
    assessments: tuple[facts.Assessment, ...] = ()
    holders: tuple[facts.Holder, ...] = ()
    signals: tuple[facts.Signal, ...] = ()
    deletions: tuple[facts.Deletion, ...] = ()
    oversight: tuple[facts.Oversight, ...] = ()
    open: tuple[Escalation, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    withheld_more: bool = False  # more than are named
    watermarks: Watermarks = Watermarks()
    quiet: str = ""  # not used since there is ``schedule``
    brief: tuple[Any, ...] = ()  # likewise
    known: facts.CaseKnown | None = None
    registers: tuple[facts.Classification, ...] = ()
    services: tuple[facts.Service, ...] = ()
    links: tuple[facts.Link, ...] = ()
    linked_news: tuple[facts.LinkedNews, ...] = ()
    acts: tuple[facts.Act, ...] = ()
    actions: tuple[facts.Action, ...] = ()
    closed: tuple[Escalation, ...] = ()  # those that may yet be reopened
    occurrences: tuple[tuple[str, int], ...] = ()  # by rule, how many escalations the case has had
    comes_of_age: datetime | None = None
    raised: datetime | None = None  # since when the level is raised, as the linked cases hear of it; None: it is not
    merged_into: CaseId | None = None
    absorbed: tuple[Absorbed, ...] = ()
    erased: datetime | None = None
    chain: Chain = Chain()
    merges: tuple[facts.Merge, ...] = ()  # statements about merging this case into another; the latest counts
    suspended: tuple[Escalation, ...] = ()  # those of a case that lives on elsewhere: open again if it lives again
    schedule: Schedule = Schedule()


class Due(Struct, frozen=True, array_like=True, gc=False):
    """The first field of a case file, decoded alone."""

    due: datetime | None
