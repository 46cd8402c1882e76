"""Whether a manager is attached to a case at a time, and if not, who was there instead (P13, P15). Pure.

A manager is an active, real holder in the role of manager, of a grade that the policy accepts, whose allocation has
started and not ended. Whoever falls short of that is named by the first line of ``SHORTFALLS`` that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import zip_longest

from msgspec import Struct

from streams.events import HolderRole, StaffState
from streams.facts import Holder
from streams.policy import Policy

NAMED = 4
"""How many of those who are there in place of a manager are named; the rest is counted."""

_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Attachment(Struct, frozen=True, gc=False):
    """The manager, if there is one; and when the next record of a manager's allocation takes effect or ends."""

    manager: Holder | None
    changes_at: datetime | None


_NOBODY = Attachment(None, None)


class Asked(Struct, frozen=True, gc=False):
    """When, by which policy, and of which grades a manager must be."""

    now: datetime
    policy: Policy
    grades: frozenset[str]


Shortfall = Callable[[Holder, Asked], bool]


def _coded(holder: Holder, endings: tuple[str, ...]) -> bool:
    return holder.staff is not None and holder.staff.endswith(endings)


SHORTFALLS: tuple[tuple[str, Shortfall], ...] = (
    ("an allocation that has not started", lambda holder, asked: _starts(holder) > asked.now),
    ("an ended allocation", lambda holder, asked: _ends(holder) <= asked.now),
    ("a leaver", lambda holder, _: holder.state is StaffState.LEFT),
    ("an inactive placeholder", lambda holder, asked: _coded(holder, asked.policy.inactive_endings)),
    (
        "a placeholder",
        lambda holder, asked: holder.placeholder_name or _coded(holder, asked.policy.placeholder_endings),
    ),
    ("nobody by staff code", lambda holder, _: holder.staff is None),
    ("an inactive member of staff", lambda holder, _: holder.state is StaffState.INACTIVE),
    ("an unsuitable grade", lambda holder, asked: holder.grade not in asked.grades),
)
"""What keeps a holder in the role of manager from being one, in the order in which it is said."""

_AT_ANY_TIME = SHORTFALLS[2:]
_OF_ANY_ROLE = SHORTFALLS[:-1]  # a case manager or a forum needs no manager's grade


Present = dict[str, Holder]
"""For each allocation the record that speaks now."""


def governing(records: tuple[Holder, ...], now: datetime) -> Present:
    """For each allocation the record that speaks now: the latest in effect, or where all lie ahead the first of them.

    The records are in the order of ``Holder.order``.
    """
    found: dict[str, Holder] = {}
    for record in records:
        if record.allocation not in found or record.times.effective <= now:
            found[record.allocation] = record
    return found


def ended(holder: Holder, now: datetime) -> bool:
    """Whether the allocation that this record governs is over."""
    return _ends(holder) <= now


def attachment(
    records: tuple[Holder, ...], present: Present, policy: Policy, grades: frozenset[str], now: datetime
) -> Attachment:
    """The manager at ``now``, of one of the grades that the known level needs (P13).

    Only an allocation that somewhere speaks of a manager can change who that is by time.
    """
    allocations = {held.allocation for held in records if held.role is HolderRole.MANAGER}
    if not allocations:
        return _NOBODY
    asked = Asked(now, policy, grades)
    manager = None
    for holder in present.values():
        if manages(holder, asked):
            manager = holder
    return Attachment(manager, _next((held for held in records if held.allocation in allocations), now))


def _next(records: Iterable[Holder], now: datetime) -> datetime | None:
    """When the next of these records takes effect, starts or ends."""
    ahead = [
        time
        for holder in records
        for time in (holder.effective, holder.started, holder.ended)
        if time is not None and time > now
    ]
    return min(ahead) if ahead else None


def first_there(
    records: tuple[Holder, ...], policy: Policy, grades: frozenset[str], since: datetime, now: datetime
) -> datetime | None:
    """When, from ``since`` on, a manager was first attached, whoever has followed them; None: none was yet."""
    asked = Asked(now, policy, grades)
    starts = [
        max(_starts(holder), since)
        for holder in records
        if holder.role is HolderRole.MANAGER
        and since < _ends(holder)
        and _starts(holder) <= now
        and not any(short(holder, asked) for _, short in _AT_ANY_TIME)
    ]
    return min(starts, default=None)


def supervised(present: Present, now: datetime) -> bool:
    """Whether the case is held at all: an allocation, of whatever role but a forum's, is in effect and not over."""
    return any(
        holder.role is not HolderRole.FORUM and _starts(holder) <= now < _ends(holder) for holder in present.values()
    )


def supervision_changes_at(records: tuple[Holder, ...], now: datetime) -> datetime | None:
    """When somebody's holding of the case next begins or ends, so that it may change whether it is held at all."""
    return _next((holder for holder in records if holder.role is not HolderRole.FORUM), now)


def unsuitable_holder(present: Present, grades: frozenset[str], now: datetime) -> Holder | None:
    """A case manager in post whose grade is known and may not hold a case of the known level (P13)."""
    for holder in present.values():
        in_post = holder.role is HolderRole.CASE_MANAGER and _starts(holder) <= now < _ends(holder)
        if in_post and holder.grade is not None and holder.grade not in grades:
            return holder
    return None


def in_words(attached: Attachment, present: Present, policy: Policy, grades: frozenset[str], now: datetime) -> str:
    """Who the manager is, or who is there in place of one: managers that fall short, case managers, forums; nobody.

    One of every kind is named before a second of any, lest managers of long ago hide who is there now.
    """
    if attached.manager is not None:
        return f"{attached.manager.grade} {attached.manager.staff}"
    asked = Asked(now, policy, grades)
    holders = tuple(reversed(present.values()))
    kinds: dict[str, list[str]] = {}
    for role in _WORDS:
        for holder in holders:
            if holder.role is role:
                kind, words = _words(holder, asked)
                kinds.setdefault(kind, []).append(words)
    by_turns = [words for turn in zip_longest(*kinds.values()) for words in turn if words is not None]
    left_out = f"; and {len(by_turns) - NAMED} more" if len(by_turns) > NAMED else ""
    return "; ".join(by_turns[:NAMED]) + left_out or "nobody"


def manages(holder: Holder, asked: Asked) -> bool:
    """Whether this is a manager: in that role, and no shortfall of the table fits. Spelt out, for speed."""
    return (
        holder.role is HolderRole.MANAGER
        and holder.grade in asked.grades
        and holder.state is StaffState.ACTIVE
        and holder.staff is not None
        and not holder.placeholder_name
        and not holder.staff.endswith(asked.policy.unreal_endings)
        and _starts(holder) <= asked.now < _ends(holder)
    )


_WORDS = {
    HolderRole.MANAGER: ("{short} as manager", "a manager", SHORTFALLS),
    HolderRole.CASE_MANAGER: ("{short} as case manager", "a case manager alone", _OF_ANY_ROLE),
    HolderRole.FORUM: ("{short} as forum", "a forum, which is no substitute", _OF_ANY_ROLE[:2]),
}


def _words(holder: Holder, asked: Asked) -> tuple[str, str]:
    """What kind of holder it is, and the same with who and until when."""
    falls_short, stands, table = _WORDS[holder.role]
    short = next((words for words, short in table if short(holder, asked)), None)
    words = stands if short is None else falls_short.format(short=short)
    known = " ".join(part for part in (holder.grade, holder.staff) if part)
    until = f"until {_ends(holder).isoformat()[:10]}" if ended(holder, asked.now) else ""
    details = ", ".join(part for part in (known, until) if part)
    return words, f"{words} ({details})" if details else words


def _starts(holder: Holder) -> datetime:
    """An attachment holds from its start and from when it takes effect, whichever is later."""
    started = holder.started or _EVER
    if not holder.attached:
        return started
    times = holder.times
    return max(started, times.occurred or times.recorded or times.received)


def _ends(holder: Holder) -> datetime:
    """A detachment ends it when it says, else when it takes effect; an attachment when it says, else never."""
    if holder.attached:
        return holder.ended or _NEVER
    return holder.ended or holder.times.effective
