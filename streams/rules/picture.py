"""All that a rule reads: a case file, and what it comes to at a time under a policy. Each part is worked out once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from streams import managers, statements
from streams.case import Assessment, CaseFile, Classification, OnFile, Oversight, Signal, SignalKind
from streams.events import OversightKind, Setting
from streams.levels import Known, Standing, State, standing, taken_back_by, withdrawals
from streams.managers import Attachment, Present, attachment, governing
from streams.policy import RANK, Policy, Seriousness, Standard
from streams.signals import counting, counts, live, serious, taken_back

Fact = OnFile
"""What can open an item: an assessment, a signal, a classification, an action, a service, news of a linked person, or
that the case is known at all."""

_NOTHING_TOLD: Mapping[str, int] = {}

_TRIED = (SignalKind.CHARGE, SignalKind.HEARING)

_NO_OVERSIGHT = frozenset({OversightKind.REFERRAL, OversightKind.COUNTERSIGNATURE, OversightKind.FORUM_OUTCOME})


T = TypeVar("T")


class _once(Generic[T]):  # noqa: N801 - it is used as a decorator
    """A part of a picture, worked out when it is first asked for. functools' takes a lock each time in Python 3.11."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    def __get__(self, picture: Any, _: type[Any]) -> T:
        found = picture.__dict__[self._name] = self._make(picture)
        return found


class Picture(Struct, frozen=True, dict=True):
    """What the file comes to at ``now``: levels and manager at once, the rest when it is asked for."""

    file: CaseFile
    policy: Policy
    now: datetime
    standard: Standard
    standing: Standing
    grades: frozenset[str]  # of a manager who may oversee a case of the known level (P13)
    present: Present
    attachment: Attachment
    unmanaged: bool  # no manager is attached
    raised: bool  # the level known now is raised
    told: Mapping[str, int]  # bits like those of ``OnFile.told``, by key: what this judgement has told until now

    def counted(self, known: Known) -> bool:
        """Whether a level is one that the policy looks at: in the community, or in custody if it says so."""
        given = known.given
        in_scope = given.setting is Setting.COMMUNITY or self.policy.custody_crosses
        return in_scope and given.domain in self.standard.raised_from

    def one_below(self, known: Known) -> bool:
        """Whether a level is just below its threshold, in the community."""
        given = known.given
        return (
            given.level is not None
            and given.setting is Setting.COMMUNITY
            and given.domain in self.standard.raised_from
            and RANK[given.level] == self.standard.raised_from[given.domain] - 1
        )

    @property
    def erased(self) -> bool:
        """Whether the person's data were erased and nothing has come since: then nothing is asked for."""
        file = self.file
        return file.erased is not None and file.known is not None and file.known.times.received <= file.erased

    @_once
    def supervised(self) -> bool:
        """Whether the case is held by anybody."""
        return managers.supervised(self.present, self.now)

    @_once
    def quiet(self) -> bool:
        """Whether no police contact and no hearing can open or join R2: it needs a level not lower and no manager."""
        return not self.unmanaged or self.standing.state is State.LOWER

    @_once
    def signals(self) -> tuple[Signal, ...]:
        """The news that counts and was not taken back, whenever it happened."""
        return self.signals_after(None)

    @_once
    def unreviewed(self) -> tuple[Signal, ...]:
        """The adverse news since the last complete assessment."""
        last = self.assessed_last
        return self.signals_after(None if last is None else last.effective)

    @_once
    def unreviewed_since(self) -> datetime | None:
        """From when on the first of it could be acted on."""
        return min(map(self.age, self.unreviewed), default=None)

    def signals_after(self, time: datetime | None) -> tuple[Signal, ...]:
        """Those of them that happened after a time."""
        policy, deletions, held = self.policy, self.file.deletions, self.file.signals
        first = 0 if time is None else bisect_right(held, time, key=_effective)
        found = counting(held[first:] if first else held, policy)
        return tuple(one for one in found if not taken_back(one, deletions)) if deletions else tuple(found)

    def tried(self, signal: Signal) -> bool:
        """Whether it is a charge or a hearing for a serious offence."""
        return signal.kind in _TRIED and serious(signal, self.policy)

    @_once
    def grave(self) -> tuple[Signal, ...]:
        """Charges and hearings for serious offences that are live and were not taken back."""
        policy, now, deletions = self.policy, self.now, self.file.deletions
        gravity = policy.gravity
        found = [
            signal
            for signal in self.file.signals
            if signal.codes and gravity[signal.codes] is Seriousness.SERIOUS and signal.kind in _TRIED
        ]
        return tuple(
            signal
            for signal in found
            if live(signal, policy, now) and counts(signal, policy) and not taken_back(signal, deletions)
        )

    @_once
    def in_force(self) -> tuple[Classification, ...]:
        """The classifications in force."""
        return statements.in_force(self.file, self.now) if self.file.registers else ()

    def manager_oversight(self, record: Oversight) -> bool:
        """Whether a record is evidence of oversight by somebody who may oversee this case (P19); a countersignature is
        not (P9), nor a forum (P15). To end an item it must also be substantive: see ``life.overseen``.
        """
        return record.kind not in _NO_OVERSIGHT and record.grade in self.grades

    @_once
    def assessed_last(self) -> Assessment | None:
        """The assessment that counts for most: the latest complete one that was not withdrawn."""
        return next(reversed(self.assessed), None)

    @_once
    def assessed(self) -> tuple[Assessment, ...]:
        """The complete assessments that were not withdrawn, in their order."""
        withdrawn = withdrawals(self.file.assessments)
        return tuple(held for held in self.file.assessments if not taken_back_by(held, withdrawn))

    @_once
    def on_file(self) -> dict[str, Fact]:
        """The facts of the file that an item can list, by their keys."""
        file = self.file
        lists = file.assessments, file.signals, file.registers, file.services, file.linked_news, file.actions
        found: dict[str, Fact] = {fact.key: fact for facts in lists for fact in facts}
        if file.known is not None:
            found[file.known.key] = file.known
        return found

    def age(self, fact: Fact) -> datetime:
        """From when on a fact could be acted on: when it happened, or when it reached us, whichever is later."""
        return max(fact.effective, fact.times.received)


def with_items_of(file: CaseFile, seen: Picture) -> Picture:
    """The same picture of a file in which only the items are others: nothing that is worked out is made of them."""
    again = replace(seen, file=file)
    again.__dict__.update(seen.__dict__)
    return again


def once(make: Callable[[Picture], T]) -> Callable[[Picture], T]:
    """A function of a picture that is asked for more than once, worked out once."""
    name = f"{make.__module__}.{make.__name__}"

    @wraps(make)
    def known(seen: Picture) -> T:
        parts = seen.__dict__
        if name not in parts:
            parts[name] = make(seen)
        found: T = parts[name]
        return found

    return known


def _effective(signal: Signal) -> datetime:
    times = signal.times
    return times.occurred or times.recorded or times.received


def picture(file: CaseFile, policy: Policy, now: datetime, told: Mapping[str, int] = _NOTHING_TOLD) -> Picture:
    """What the file comes to at ``now``."""
    standard = policy.standard(file.cohorts_at(now))
    levels = standing(file, policy, standard, now)
    grades = standard.grades[levels.rank]
    present = governing(file.holders, now)
    attached = attachment(file.holders, present, policy, grades, now)
    return Picture(
        file,
        policy,
        now,
        standard,
        levels,
        grades,
        present,
        attached,
        attached.manager is None,
        levels.state is State.RAISED,
        told,
    )
