"""The case file: what is live about one case, as the fold of its events left it. Values only; fold writes them.

The log is the history; the file holds what a rule may still read, and is bounded (``BOUNDS`` say how and why), so that
the busiest case never grows too big to write. Positions are the wire format, as in events: fields are only appended,
each with a default. A fact's *key* is the sender's own id for it, its *content* the identity of what it says.

Every list is bounded in the same way: when it is over-full the facts with the earliest effective times go, and the
list's *floor* rises to the latest time that went. What then comes with a time at or below the floor is history and
changes nothing; so a second delivery of a fact that was dropped cannot bring it back, unless its sender dates it
neither by when it happened nor by when it was recorded: then it cannot be told from news.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

from msgspec import Struct

from streams.events import (
    AssessmentKind,
    AssessmentStatus,
    CaseId,
    Cohort,
    DomainLevel,
    HolderRole,
    OversightKind,
    PoliceRole,
    StaffState,
    Times,
    cohort_of,
)


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
    listed: int = 12  # signals named by an open item; further ones are counted
    codes: int = 12  # offence codes of one signal, serious ones first
    text: int = 64  # characters of a sender's text that is shown
    id: int = 160  # characters of a sender's text that is compared; a longer one is compared by its hash


BOUNDS = Bounds()


class Told(IntEnum):
    """Whether an open item has heard of a fact."""

    NO = 0
    YES = 1
    CORRECTED = 2  # it has, and a correction came since


class OnFile(Struct, frozen=True, array_like=True, gc=False):
    """A fact as the file holds it: who said it, what it says, when, and where it was read."""

    key: str
    content: str
    times: Times
    sighting: str
    superseded: tuple[str, ...]  # contents that corrections have replaced
    told: Told

    @property
    def effective(self) -> datetime:
        """The time by which facts are ordered, as in events.Times."""
        return self.times.effective

    @property
    def said(self) -> datetime:
        """When the sender said it: recorded, else received. Orders versions of one thing, where the later counts."""
        return self.times.recorded or self.times.received


class Assessment(OnFile, frozen=True, array_like=True, gc=False):
    """A message about an assessment. Only a complete one sets levels; a withdrawn one takes its assessment back."""

    assessment: str
    kind: AssessmentKind
    cohort: Cohort
    status: AssessmentStatus
    completed: datetime | None
    levels: tuple[DomainLevel, ...]  # those that were given, each domain and setting once

    @property
    def effective(self) -> datetime:
        """When the judgement was made: the completion, where there is one."""
        return self.completed or self.times.effective

    @property
    def order(self) -> tuple[date, int, datetime, int, str, datetime, str]:
        """Which assessment counts for more: the later day; on one day a complete one over a locked incomplete one over
        an open one, then the later completion, the larger id, what was said later.
        """
        made = self.effective
        return (made.date(), _RANK[self.status], made, len(self.assessment), self.assessment, self.said, self.content)


_RANK = {
    AssessmentStatus.WITHDRAWN: 0,
    AssessmentStatus.OPEN: 1,
    AssessmentStatus.LOCKED_INCOMPLETE: 2,
    AssessmentStatus.COMPLETE: 3,
}


class Holder(OnFile, frozen=True, array_like=True, gc=False):
    """A message about an allocation: from its effective time on, it says who holds what role, or no longer does."""

    allocation: str
    attached: bool
    role: HolderRole
    staff: str | None
    grade: str | None
    state: StaffState
    placeholder_name: bool
    started: datetime | None
    ended: datetime | None

    @property
    def order(self) -> tuple[datetime, datetime, bool, str]:
        """Which record of an allocation speaks later. Said at the same time of the same time, the end counts."""
        return self.times.effective, self.said, not self.attached, self.content


class SignalKind(StrEnum):
    """What kind of news it was."""

    ARREST = "arrest"
    CHARGE = "charge"
    CALL_OUT = "call-out"
    HEARING = "hearing"


class Signal(OnFile, frozen=True, array_like=True, gc=False):
    """A police contact or a hearing. Whether its offences are serious is asked of the policy at each judgement."""

    kind: SignalKind
    role: PoliceRole | None  # None: a hearing
    place: str | None  # the force, or the court
    what: str | None  # the hearing type or the application, in the sender's words; the grade and its tool
    codes: tuple[str, ...]  # empty text: an offence that came without a code
    hearing: str | None = None
    person: str | None = None
    remanded: bool | None = None


class Deletion(OnFile, frozen=True, array_like=True, gc=False):
    """A hearing taken back, for a person or (None) for everybody in it."""

    hearing: str
    person: str | None


class Oversight(OnFile, frozen=True, array_like=True, gc=False):
    """An oversight record: shown, counted, and read for whether anybody had referred the case (P7)."""

    kind: OversightKind
    author: str | None
    forum: str | None


class Withheld(Struct, frozen=True, array_like=True, gc=False):
    """Something of this case lies in quarantine. Kept after it went on its way, so that it is not noted again."""

    quarantine: str
    step: str
    reason: str
    restored: bool = False


class Joined(Struct, frozen=True, array_like=True, gc=False):
    """A fact in an open item: the item's own copy, for the file may let the fact itself go."""

    key: str
    content: str
    kind: str
    summary: str
    times: Times
    sighting: str
    taken_back: bool = False


class Item(Struct, frozen=True, array_like=True, gc=False):
    """An open item of a rule: one for each case and rule. ``holds``: whether the rule's condition holds now."""

    rule: str
    id: str
    revision: int
    holds: bool
    opened: datetime
    known_since: datetime
    joined: tuple[Joined, ...]
    left_out: int = 0


class Floors(Struct, frozen=True, array_like=True, gc=False):
    """The latest effective time that each list has let go; None: nothing yet."""

    assessments: datetime | None = None
    holders: datetime | None = None
    signals: datetime | None = None
    deletions: datetime | None = None
    oversight: datetime | None = None
    referrals: datetime | None = None


class CaseFile(Struct, frozen=True, array_like=True, gc=False):
    """All that is live about one case. ``due`` comes first: an index of deadlines decodes it alone (see Due)."""

    due: datetime | None  # when it must be judged again though nothing comes; always after ``at``
    case: CaseId
    at: datetime  # the latest time at which it was changed or judged: a case's clock never runs backwards
    events: int = 0  # how many events have changed it
    also_known: tuple[CaseId, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    holders: tuple[Holder, ...] = ()
    signals: tuple[Signal, ...] = ()
    deletions: tuple[Deletion, ...] = ()
    oversight: tuple[Oversight, ...] = ()
    items: tuple[Item, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    withheld_more: bool = False  # more than are named
    floors: Floors = Floors()
    quiet: str = ""  # the policy version under which, until ``due``, no signal can open or join anything

    @property
    def cohorts(self) -> frozenset[Cohort]:
        """Whose thresholds apply: by the case id, the ids also named, and whose tools assessed the person."""
        return frozenset(
            [cohort_of(self.case), *map(cohort_of, self.also_known), *[held.cohort for held in self.assessments]]
        )


class Due(Struct, frozen=True, array_like=True, gc=False):
    """The first field of a case file, decoded alone."""

    due: datetime | None
