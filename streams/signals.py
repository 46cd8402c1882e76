"""Which news about a case counts as a signal (P3, P4), and for how long it can open an escalation. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from streams.case import Deletion, Signal, SignalKind
from streams.events import PoliceRole
from streams.policy import Policy, Seriousness, Unlisted

ADVERSE = frozenset({PoliceRole.SUSPECT, PoliceRole.PERPETRATOR})
"""The roles in which a police contact says something about the person's own conduct. A victim is never one of them."""


_COUNTED = {
    Unlisted.NOTED: frozenset({Seriousness.SERIOUS}),
    Unlisted.COUNTS: frozenset({Seriousness.SERIOUS, Seriousness.UNKNOWN}),
}


def counts(signal: Signal, policy: Policy) -> bool:
    """Whether the news, as it stands, is a signal."""
    return bool(counting((signal,), policy))


def counting(signals: Iterable[Signal], policy: Policy) -> list[Signal]:
    """Those of the news that count. By their role, or by the seriousness of their offences."""
    hearing, gravity, severe = SignalKind.HEARING, policy.gravity, _COUNTED[policy.unlisted]
    return [
        one
        for one in signals
        if (one.role in ADVERSE if one.kind is not hearing else one.codes and gravity[one.codes] in severe)
    ]


def serious(signal: Signal, policy: Policy) -> bool:
    """Whether it is about an offence that the table marks as serious."""
    return bool(signal.codes) and policy.seriousness(signal.codes) is Seriousness.SERIOUS


def taken_back(signal: Signal, deletions: Iterable[Deletion]) -> bool:
    """Whether the court took the hearing back, at or after the time at which it said so of this appearance.

    A listing that was said later than the deletion counts again.
    """
    return signal.hearing is not None and any(
        deletion.hearing == signal.hearing and deletion.person in (None, signal.person) and deletion.said >= signal.said
        for deletion in deletions
    )


def live(signal: Signal, policy: Policy, now: datetime) -> bool:
    """Whether the news can open an escalation still: news that reaches us late counts from its receipt (P7)."""
    window = policy.hearing_live if signal.kind is SignalKind.HEARING else policy.police_live
    return max(signal.effective, signal.times.received) > now - window  # no sum: a sender may write the year 9999
