"""The view of a case: what its file comes to at a time under a policy. Each part is worked out once, when asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct

from streams import managers, statements
from streams.case import CaseFile
from streams.events import OversightKind, Setting
from streams.facts import Assessment, Classification, OnFile, Oversight, Signal, SignalKind, counting
from streams.levels import Known, Standing, State, cohorts, standing, taken_back_by, withdrawals
from streams.managers import Attachment, Present
from streams.policy import RANK, Policy, Seriousness, Standard

Fact = OnFile
"""What can open an escalation: an assessment, a signal, a classification, an action, a service, news of a linked
person, or that the case is known at all."""

TRIED = frozenset({SignalKind.CHARGE, SignalKind.HEARING})
_NO_OVERSIGHT = frozenset({OversightKind.REFERRAL, OversightKind.COUNTERSIGNATURE, OversightKind.FORUM_OUTCOME})

T = TypeVar("T")


class _once(Generic[T]):  # noqa: N801 - it is used as a decorator
    """A part of a view, worked out when it is first asked for. functools' takes a lock each time in Python 3.11."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    def __get__(self, view: Any, _: type[Any]) -> T:
        found = view.__dict__[self._name] = self._make(view)
        return found


class _Part(Generic[T]):
    """A part that is worked out together with others, of which nearly always all are wanted: see ``_standing``."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, view: Any, _: type[Any]) -> T:
        view.__dict__.update(_standing(view.file, view.policy, view.now))
        found: T = view.__dict__[self._name]
        return found


def _standing(file: CaseFile, policy: Policy, now: datetime) -> dict[str, Any]:
    """What is known of the levels, and who oversees them."""
    standard = policy.standards[cohorts(file, now)]
    known = standing(file, policy, standard, now)
    grades = standard.grades[known.rank]
    present = managers.governing(file.holders, now)
    attached = managers.attachment(file.holders, present, policy, grades, now)
    return {
        "standard": standard,
        "standing": known,
        "grades": grades,
        "present": present,
        "attachment": attached,
        "unmanaged": attached.manager is None,
        "raised": known.state is State.RAISED,
    }


class CaseView(Struct, frozen=True, dict=True):
    """What the file comes to at ``now`` under ``policy``."""

    file: CaseFile
    policy: Policy
    now: datetime

    # ── levels, and who oversees them ────────────────────────────────────────────────────────────────────────

    standard: ClassVar = _Part[Standard]("standard")  # the thresholds and grades that count for the case's cohorts
    standing: ClassVar = _Part[Standing]("standing")  # what is known of the levels (P1)
    grades: ClassVar = _Part[frozenset[str]]("grades")  # of a manager who may oversee a case of the known level (P13)
    present: ClassVar = _Part[Present]("present")  # for each allocation the record that speaks now
    attachment: ClassVar = _Part[Attachment]("attachment")  # the manager, if there is one
    unmanaged: ClassVar = _Part[bool]("unmanaged")  # no manager is attached
    raised: ClassVar = _Part[bool]("raised")  # the level known now is raised

    @_once
    def supervised(self) -> bool:
        """Whether the case is held by anybody."""
        return managers.supervised(self.present, self.now)

    @_once
    def in_force(self) -> tuple[Classification, ...]:
        """The classifications in force."""
        return statements.in_force(self.file, self.now) if self.file.registers else ()

    def one_below(self, known: Known) -> bool:
        """Whether a level is just below its threshold, in the community."""
        given = known.given
        return (
            given.level is not None
            and given.setting is Setting.COMMUNITY
            and given.domain in self.standard.raised_from
            and RANK[given.level] == self.standard.raised_from[given.domain] - 1
        )

    def manager_oversight(self, record: Oversight) -> bool:
        """Whether a record is evidence of oversight by somebody who may oversee this case (P19).

        A countersignature is not (P9), nor a forum (P15). To end an escalation it must also be substantive.
        """
        return record.kind not in _NO_OVERSIGHT and record.grade in self.grades

    # ── news ─────────────────────────────────────────────────────────────────────────────────────────────────

    @_once
    def signals(self) -> tuple[Signal, ...]:
        """The news that counts and was not taken back, whenever it happened."""
        return self.signals_after(None)

    def signals_after(self, time: datetime | None) -> tuple[Signal, ...]:
        """The news that counts, was not taken back, and happened after a time."""
        policy, deletions, held = self.policy, self.file.deletions, self.file.signals
        first = 0 if time is None else bisect_right(held, time, key=_effective)
        found = counting(held[first:] if first else held, policy)
        return tuple(one for one in found if not one.taken_back(deletions)) if deletions else tuple(found)

    @_once
    def tried(self) -> tuple[Signal, ...]:
        """Charges and hearings for serious offences that are live, count, and were not taken back."""
        policy, now, deletions = self.policy, self.now, self.file.deletions
        gravity, serious = policy.gravity, Seriousness.SERIOUS
        found = [one for one in self.file.signals if one.codes and gravity[one.codes] is serious and one.kind in TRIED]
        return tuple(one for one in counting(found, policy) if one.live(policy, now) and not one.taken_back(deletions))

    # ── assessments ──────────────────────────────────────────────────────────────────────────────────────────

    @_once
    def assessed(self) -> tuple[Assessment, ...]:
        """The complete assessments that were not withdrawn, in their order."""
        if not self.file.assessments:
            return ()
        withdrawn = withdrawals(self.file.assessments)
        return tuple(held for held in self.file.assessments if not taken_back_by(held, withdrawn))

    @_once
    def assessed_last(self) -> Assessment | None:
        """The assessment that counts for most: the latest complete one that was not withdrawn."""
        return self.assessed[-1] if self.assessed else None

    # ── all facts ────────────────────────────────────────────────────────────────────────────────────────────

    @_once
    def erased(self) -> bool:
        """Whether the person's data were erased and nothing has come since: then nothing is asked for."""
        file = self.file
        return file.erased is not None and file.known is not None and file.known.times.received <= file.erased

    @_once
    def on_file(self) -> dict[str, Fact]:
        """The facts of the file that an escalation can list, by their keys."""
        file = self.file
        lists = file.assessments, file.signals, file.registers, file.services, file.linked_news, file.actions
        found: dict[str, Fact] = {fact.key: fact for facts in lists for fact in facts}
        if file.known is not None:
            found[file.known.key] = file.known
        return found


def once(make: Callable[[CaseView], T]) -> Callable[[CaseView], T]:
    """A function of a view that is asked for more than once, worked out once."""
    name = f"{make.__module__}.{make.__name__}"

    @wraps(make)
    def known(view: CaseView) -> T:
        parts = view.__dict__
        if name not in parts:
            parts[name] = make(view)
        found: T = parts[name]
        return found

    return known


def _effective(signal: Signal) -> datetime:
    times = signal.times
    return times.occurred or times.recorded or times.received
