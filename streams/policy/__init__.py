"""The policy: every number that a rule reads; its source and date stand in the file that it was read from. Values."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from operator import itemgetter

from msgspec import Struct

from streams.circumstances import Relation
from streams.events import Cohort, Domain, Level
from streams.policy.working_time import Span, WorkingTime

RANK: Mapping[Level, int] = {level: rank for rank, level in enumerate(Level)}
"""Levels from low to very high, as numbers that can be compared."""


_EVER = datetime.min.replace(tzinfo=UTC)
_REMEMBERED = 20_000  # combinations of codes


class Unlisted(StrEnum):
    """What a hearing does whose offence the table does not list, so that its seriousness is unknown."""

    NOTED = "noted"  # named in the notes of an open escalation, and opens none by itself
    COUNTS = "counts"  # opens one as a serious hearing would; the reason says that its seriousness is unknown


class Seriousness(StrEnum):
    """Of an offence, by the table."""

    SERIOUS = "serious"
    NOT_SERIOUS = "not serious"
    UNKNOWN = "seriousness unknown"


class Urgency(StrEnum):
    """How soon somebody must look."""

    ROUTINE = "routine"
    SOON = "soon"
    URGENT = "urgent"


URGENCY_RANK: Mapping[Urgency, int] = {urgency: rank for rank, urgency in enumerate(Urgency)}


class Pace(Struct, frozen=True):
    """How long each step of an escalation may take, for one urgency (P11)."""

    acknowledge: Span
    acknowledged_for: Span  # an acknowledgement holds so long, then it expires, and the escalation is raised anew
    oversee: Span  # from the raising on
    review: Span  # how often a record says again that what was overseen still holds


class RegisterLevel(Struct, frozen=True):
    """What a register of risk of harm says: a domain and its level; None: the registration's own level code says it."""

    domain: Domain
    level: Level | None


class NeedsManager(Struct, frozen=True):
    """The classifications that need a manager (P6), in capitals."""

    tiers: frozenset[str]  # by their first letter or whole: "A" is any of A0 to A3
    mappa_levels: frozenset[str]
    mappa_categories: frozenset[str]
    registers: frozenset[str]
    flags: frozenset[str]


class Watch(Struct, frozen=True):
    """What puts a case below the threshold on watch (P2)."""

    call_outs: int  # so many within the window; the upper edge
    clear_below: int  # fewer of them still standing: the lower edge
    within: timedelta
    rising: int  # so many adverse signals within the window, one level below the threshold
    serious_charge: bool
    indicators: bool  # a screening that found any


class Standard(Struct, frozen=True):
    """What counts for one mixture of cohorts: from where a domain's level is raised, and when the picture is whole."""

    cohorts: frozenset[Cohort]
    raised_from: Mapping[Domain, int]
    pictures: tuple[tuple[frozenset[Domain], ...], ...]  # for each cohort, the sets of which one must be known
    grades: tuple[frozenset[str], ...]  # of managers, by the rank of the highest level that is known
    holders: tuple[frozenset[str], ...]  # of case managers, likewise


class Policy(Struct, frozen=True, dict=True):
    """What the rules read. ``version`` is a hash of the texts, so that a decision can name what it was made under."""

    version: str
    thresholds: Mapping[Cohort, Mapping[Domain, Level]]
    pictures: Mapping[Cohort, tuple[frozenset[Domain], ...]]
    custody_crosses: bool
    stale_after: timedelta
    manager_grades: Mapping[Cohort, Mapping[Level, frozenset[str]]]
    holder_grades: Mapping[Cohort, Mapping[Level, frozenset[str]]]
    placeholder_endings: tuple[str, ...]
    inactive_endings: tuple[str, ...]
    police_live: timedelta
    hearing_live: timedelta
    horizon: timedelta
    unlisted: Unlisted
    offences: Mapping[str, bool]
    registers: Mapping[str, RegisterLevel]
    register_levels: Mapping[str, Level]  # RSKL, RSKM, RSKH, RSKV
    needs_manager: NeedsManager
    watch: Watch
    review_after_news: Span  # an assessment is reviewed after significant news
    assess_after_screening: Span  # a full assessment follows a screening that found indicators
    level_within: Span  # a case that became known has a usable level
    oversee_raised: Span  # a manager has overseen the present raised level
    act_within: Span  # a required action without a due time of its own
    deliver_within: Span  # a service without one
    hours: WorkingTime
    urgency: Mapping[str, Urgency]  # by rule
    urgency_serious: Urgency  # of an escalation that a serious offence opened or joined
    urgency_very_high: Urgency  # of an escalation of a case with a very high level
    pace: Mapping[Urgency, Pace]
    chain: tuple[str, ...]  # whose turn it is, the first first
    suppress_at_most: timedelta
    suppress_unmanaged_at_most: timedelta  # of rules that say that a raised case has no manager
    reopen_within: timedelta
    self_confirming: frozenset[str]  # grades that may confirm an action that they claimed themselves
    linked_cohorts: frozenset[Cohort]  # whose linked people are looked at (P20)
    linked_relations: frozenset[Relation]

    @cached_property
    def unreal_endings(self) -> tuple[str, ...]:
        """How the staff codes end of those who are nobody: placeholders, active and inactive ones."""
        return (*self.placeholder_endings, *self.inactive_endings)

    @cached_property
    def standards(self) -> Mapping[frozenset[Cohort], Standard]:
        """What counts for a case of these cohorts.

        For two at once: of each domain the lower threshold, both cohorts' pictures must be whole, and a manager of
        either service is a manager.
        """
        mixtures = (*(frozenset({cohort}) for cohort in Cohort), frozenset(Cohort))
        return {mixture: self._mixed(mixture) for mixture in mixtures}

    def _mixed(self, cohorts: frozenset[Cohort]) -> Standard:
        raised_from: dict[Domain, int] = {}
        for cohort in cohorts:
            for domain, level in self.thresholds[cohort].items():
                raised_from[domain] = min(RANK[level], raised_from.get(domain, RANK[level]))
        return Standard(
            cohorts,
            raised_from,
            tuple(self.pictures[cohort] for cohort in sorted(cohorts)),
            _by_rank(self.manager_grades, cohorts),
            _by_rank(self.holder_grades, cohorts),
        )

    @cached_property
    def gravity(self) -> Mapping[tuple[str, ...], Seriousness]:
        """How serious offences with these codes are together (empty text: one without a code).

        One that is serious makes it serious; otherwise one that the table does not list leaves it unknown; with no
        offence at all there is nothing serious. The table knows every combination of codes.
        """
        return _Gravity(self.offences)


class _Gravity(dict[tuple[str, ...], Seriousness]):
    """How serious combinations of codes are; each is worked out once, for the same ones come again and again."""

    def __init__(self, offences: Mapping[str, bool]) -> None:
        super().__init__()
        self._offences = offences

    def __missing__(self, codes: tuple[str, ...]) -> Seriousness:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = [self._offences.get(code) for code in codes]
        serious, unknown = True in found, None in found
        known = Seriousness.SERIOUS if serious else Seriousness.UNKNOWN if unknown else Seriousness.NOT_SERIOUS
        self[codes] = known
        return known


def _by_rank(
    grades: Mapping[Cohort, Mapping[Level, frozenset[str]]], cohorts: frozenset[Cohort]
) -> tuple[frozenset[str], ...]:
    return tuple(frozenset().union(*(grades[cohort][level] for cohort in cohorts)) for level in Level)


class Policies(Struct, frozen=True):
    """The policies by their version, and since when each has been in force. Where they come from is for the shells.

    An open escalation is judged by the version that it was opened under, everything new by the one in force.
    """

    by_version: Mapping[str, Policy]
    since: tuple[tuple[datetime, str], ...]  # the earliest first; never empty

    @property
    def latest(self) -> Policy:
        """The one that came into force last."""
        return self.by_version[self.since[-1][1]]

    def in_force(self, at: datetime) -> Policy:
        """The one in force at a time; before the first of all, that first."""
        began = bisect_right(self.since, at, key=itemgetter(0))
        return self.by_version[self.since[max(began - 1, 0)][1]]

    def of(self, version: str, at: datetime) -> Policy:
        """The policy of an escalation's version; one that is not at hand is replaced by the one in force. Pure."""
        return self.by_version.get(version) or self.in_force(at)


def only(policy: Policy) -> Policies:
    """That policy and no other, always in force. Pure."""
    return Policies({policy.version: policy}, ((_EVER, policy.version),))
