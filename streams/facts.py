"""The facts that a case file holds: who said what, when, and where it was read. Values only; fold writes them.

The positions of the fields are the wire format, as in events: fields are only appended, each with a default. A fact's
*key* is the sender's own id for it, its *content* the identity of what it says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from streams.acts import ActKind, Evidence
from streams.circumstances import ClassificationKind, ClassificationState, Relation, ServiceState
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
)
from streams.policy import Policy, Seriousness, Unlisted

CORRECTED = 1 << 30
"""In ``OnFile.heard_by``: the fact was corrected after an escalation had listed it. The other bits name rules."""


class OnFile(Struct, frozen=True, array_like=True, gc=False):
    """A fact as the file holds it: who said it, what it says, when, and where it was read."""

    key: str
    content: str
    times: Times
    sighting: str
    superseded: tuple[str, ...]  # contents that corrections have replaced
    heard_by: int  # a bit for each rule whose escalation has listed it (``Rule.bit``), and CORRECTED

    @property
    def effective(self) -> datetime:
        """The time by which facts are ordered, as in events.Times; spelt out, for nothing is asked so often."""
        times = self.times
        return times.occurred or times.recorded or times.received

    @property
    def age(self) -> datetime:
        """From when on it could be acted on: when it happened, or when it reached us, whichever is later."""
        return max(self.effective, self.times.received)

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
    """A police contact or a hearing (P3, P4). Whether its offences are serious, the policy says at each evaluation."""

    kind: SignalKind
    role: PoliceRole | None  # None: a hearing
    place: str | None  # the force, or the court
    what: str | None  # the hearing type or the application, in the sender's words; the grade and its tool
    codes: tuple[str, ...]  # empty text: an offence that came without a code
    hearing: str | None = None
    person: str | None = None
    remanded: bool | None = None

    def counts(self, policy: Policy) -> bool:
        """Whether the news is adverse."""
        return bool(counting((self,), policy))

    def serious(self, policy: Policy) -> bool:
        """Whether it is about an offence that the policy's table marks as serious."""
        return bool(self.codes) and policy.gravity[self.codes] is Seriousness.SERIOUS

    def live(self, policy: Policy, now: datetime) -> bool:
        """Whether it can open an escalation still. News that reaches us late counts from its receipt (P7)."""
        window = policy.hearing_live if self.kind is SignalKind.HEARING else policy.police_live
        return self.age > now - window  # no sum: a sender may write the year 9999

    def taken_back(self, deletions: Iterable[Deletion]) -> bool:
        """Whether the court took the hearing back after it had said so. A later listing counts again."""
        return self.hearing is not None and any(
            deletion.hearing == self.hearing and deletion.person in (None, self.person) and deletion.said >= self.said
            for deletion in deletions
        )


ADVERSE = frozenset({PoliceRole.SUSPECT, PoliceRole.PERPETRATOR})
"""The roles in which a police contact says something about the person's own conduct. A victim is never one of them."""

_COUNTED = {
    Unlisted.NOTED: frozenset({Seriousness.SERIOUS}),
    Unlisted.COUNTS: frozenset({Seriousness.SERIOUS, Seriousness.UNKNOWN}),
}


def counting(signals: Iterable[Signal], policy: Policy) -> list[Signal]:
    """Those of the news that are adverse: police contacts by their role, hearings by how serious their offences are."""
    hearing, gravity, severe = SignalKind.HEARING, policy.gravity, _COUNTED[policy.unlisted]
    return [
        one
        for one in signals
        if (one.role in ADVERSE if one.kind is not hearing else one.codes and gravity[one.codes] in severe)
    ]


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
    """What a person did about an escalation or action. Kept lest a second delivery count, and for actions to come."""

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
    escalation: str | None  # the id of the one that it belongs to
    claimed: Done | None = None
    confirmed: Done | None = None


class CaseKnown(OnFile, frozen=True, array_like=True, gc=False):
    """That the case became known to us: the event that reached us first, whatever it was."""
