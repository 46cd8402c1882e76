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
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from streams.acts import ActKind, Evidence
from streams.circumstances import ClassificationKind, ClassificationState, Relation, ServiceState
from streams.escalation import Awaits, Stage
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
    closed: int = 8  # items that may yet be reopened
    absorbed: int = 4  # cases that were merged into this one
    merges: int = 4  # statements about merging it into another
    listed: int = 12  # signals named by an open item; further ones are counted
    codes: int = 12  # offence codes of one signal, serious ones first
    text: int = 64  # characters of a sender's text that is shown
    id: int = 160  # characters of a sender's text that is compared; a longer one is compared by its hash


BOUNDS = Bounds()


CORRECTED = 1 << 30
"""In ``OnFile.told``: a correction has come since an item heard of it. The other bits: which rules' items have."""


class OnFile(Struct, frozen=True, array_like=True, gc=False):
    """A fact as the file holds it: who said it, what it says, when, and where it was read."""

    key: str
    content: str
    times: Times
    sighting: str
    superseded: tuple[str, ...]  # contents that corrections have replaced
    told: int  # a bit for each rule whose item has heard of it (``Rule.bit``), and CORRECTED

    @property
    def effective(self) -> datetime:
        """The time by which facts are ordered, as in events.Times; spelt out, for nothing is asked so often."""
        times = self.times
        return times.occurred or times.recorded or times.received

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
    indicators: int = 0  # how many indicators of raised risk a screening found (P5)

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
    """An oversight record. Only one that says what was found and what must be done ends anything (P9)."""

    kind: OversightKind
    author: str | None
    forum: str | None
    grade: str | None = None
    escalation: str | None = None  # the one that it answers; None: the case as a whole
    practice_assessed: bool = False
    deficits: int = 0
    actions: int = 0  # how many it asks for
    none_needed: str | None = None
    variance: str | None = None

    @property
    def substantive(self) -> bool:
        """Whether it says that practice was assessed, and what must be done, or why nothing (P9)."""
        return self.practice_assessed and (self.actions > 0 or self.none_needed is not None)


class Classification(OnFile, frozen=True, array_like=True, gc=False):
    """A registration, a MAPPA level, a tier or a flag (P6)."""

    classification: str
    kind: ClassificationKind
    code: str
    level: str | None
    category: str | None
    state: ClassificationState
    started: datetime | None
    ended: datetime | None
    review_due: datetime | None


class Service(OnFile, frozen=True, array_like=True, gc=False):
    """The latest word on a service that was asked for; ``requested`` is when it first was (P12)."""

    service: str
    what: str
    state: ServiceState
    provider: str | None
    due: datetime | None
    requested: datetime
    due_given: bool = True  # by the sender; else it is the policy's time from the request on


class Link(OnFile, frozen=True, array_like=True, gc=False):
    """Somebody with a case of their own who is known to the person of this one."""

    link: str
    other: CaseId
    relation: Relation
    held: bool


class LinkedNews(OnFile, frozen=True, array_like=True, gc=False):
    """A linked person's risk was raised (P20)."""

    source: CaseId
    relation: Relation
    levels: tuple[str, ...]
    raised: datetime


class Merge(OnFile, frozen=True, array_like=True, gc=False):
    """That the case lives on in another, or (``held`` false) that this was a mistake."""

    into: CaseId
    held: bool


class Act(OnFile, frozen=True, array_like=True, gc=False):
    """What a person did about an item or an action. Kept lest a second delivery count, and for actions to come."""

    kind: ActKind
    author: str
    grade: str | None
    escalation: str | None
    action: str | None
    record: str | None
    evidence: Evidence | None
    reference: str | None
    reason: str | None
    variance: str | None
    until: datetime | None


class Done(Struct, frozen=True, array_like=True, gc=False):
    """That somebody says, or has seen, that an action is done."""

    by: str
    grade: str | None
    at: datetime
    evidence: Evidence | None = None
    reference: str | None = None


class Action(OnFile, frozen=True, array_like=True, gc=False):
    """An action that an oversight record asks for (P10). Its key is the record's and its own id."""

    action: str
    record: str  # the key of the oversight record
    what: str
    owner: str | None
    owner_grade: str | None
    due: datetime
    escalation: str | None  # the item that it belongs to
    claimed: Done | None = None
    confirmed: Done | None = None


class CaseKnown(OnFile, frozen=True, array_like=True, gc=False):
    """That the case became known to us: the event that reached us first, whatever it was."""


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
    policy: str = ""  # the version that it was opened under, and is judged by until a person moves it
    urgency: Urgency = Urgency.ROUTINE
    stage: Stage = Stage.RAISED
    rung: int = 0  # how far up the chain of the policy
    awaits: Awaits = Awaits.ACKNOWLEDGEMENT
    next: datetime | None = None  # when that is overdue; None: it is closed
    oversee_by: datetime | None = None
    acknowledged: Done | None = None
    overseen: Done | None = None  # its ``reference`` is the key of the oversight record
    suppressed: Done | None = None
    suppressed_until: datetime | None = None
    suppress_cap: datetime | None = None  # no suppression of it lasts beyond this
    closed: datetime | None = None
    since: datetime | None = None  # when it was last raised, or news joined it: what oversight must have come after
    occurrence: int = 0  # how many items of this rule the case had before


class Floors(Struct, frozen=True, array_like=True, gc=False):
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
    """A case that was merged into this one: which facts and items came from it, should it ever be given back."""

    source: CaseId
    keys: tuple[str, ...]
    items: tuple[str, ...]
    through: CaseId | None = None  # the case that it had been merged into before that one was merged into this
    also_known: tuple[CaseId, ...] = ()  # case ids that came with it
    came_of_age: datetime | None = None  # the 18th birthday, where it came with it


class Chain(Struct, frozen=True, array_like=True, gc=False):
    """The heads of a case's two chains: over the events that changed its file, and over the records that it told."""

    events: str = ""
    records: str = ""
    count: int = 0  # of records


class Brief(Struct, frozen=True, array_like=True, gc=False):
    """What the last judgement came to, as far as ordinary news must know; holds under ``policy`` until ``due``."""

    policy: str = ""
    quiet: bool = False  # no news can open or join anything, but what is serious
    review: bool = False  # not used since there are ``turns``
    assessed: datetime | None = None  # the last complete assessment: news from before it asks for no review
    lowered: bool = False  # that assessment lowers a level: news from before it may go unaddressed
    turns: tuple[tuple[str, datetime], ...] = ()  # when a rule may next open though nothing comes, by rule
    edition: int = 0  # of the rules that judged: see ``rules.EDITION``


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
    quiet: str = ""  # not used since there is ``brief``
    brief: Brief = Brief()
    known: CaseKnown | None = None
    registers: tuple[Classification, ...] = ()
    services: tuple[Service, ...] = ()
    links: tuple[Link, ...] = ()
    linked_news: tuple[LinkedNews, ...] = ()
    acts: tuple[Act, ...] = ()
    actions: tuple[Action, ...] = ()
    closed: tuple[Item, ...] = ()  # items that may yet be reopened
    occurrences: tuple[tuple[str, int], ...] = ()  # by rule, how many items the case has had
    comes_of_age: datetime | None = None
    raised: datetime | None = None  # since when the level is raised, as told to the linked cases; None: it is not
    merged_into: CaseId | None = None
    absorbed: tuple[Absorbed, ...] = ()
    erased: datetime | None = None
    chain: Chain = Chain()
    merges: tuple[Merge, ...] = ()  # what was said of merging this case into another; the latest counts
    frozen: tuple[Item, ...] = ()  # open items of a case that lives on elsewhere: they come back if it lives again

    def cohorts_at(self, now: datetime) -> frozenset[Cohort]:
        """Whose thresholds apply: by the case id, the ids also named, whose tools assessed the person, and their age.

        Once a young person is 18, both cohorts' thresholds apply until the case has moved: nobody falls in between.
        """
        spoken = {held.cohort for held in self.assessments}
        spoken.add(cohort_of(self.case))
        if self.also_known:
            spoken.update(map(cohort_of, self.also_known))
        if self.comes_of_age is not None:
            spoken.add(Cohort.ADULT if self.comes_of_age <= now else Cohort.YOUTH)
        return frozenset(spoken)


class Due(Struct, frozen=True, array_like=True, gc=False):
    """The first field of a case file, decoded alone."""

    due: datetime | None
