"""The rules that ask what has happened: R2, R3, R4, R12. Pure."""

from __future__ import annotations

from datetime import datetime

from streams import managers
from streams.case import Assessment, Item, LinkedNews, Signal, SignalKind
from streams.events import AssessmentKind
from streams.levels import State
from streams.matters import Matters
from streams.rules.picture import Fact, Picture
from streams.rules.rule import Rule
from streams.signals import live

_R2, _R3, _R4 = 1 << 2, 1 << 3, 1 << 4

# ── R2: news, and nobody is there ────────────────────────────────────────────────────────────────────────────


def _news(seen: Picture) -> tuple[Fact, ...]:
    if seen.quiet:
        return ()
    return tuple(
        signal
        for signal in seen.signals
        if live(signal, seen.policy, seen.now) and not _told_by(_R4, signal, _R2, seen)
    )


def _told_by(other: int, signal: Signal, mine: int, seen: Picture) -> bool:
    """Whether another rule has told it, and this one has not: one serious offence is one escalation."""
    return bool((signal.told | seen.told.get(signal.key, 0)) & other) and not signal.told & mine


def _news_stands(seen: Picture, item: Item) -> bool:
    return not seen.quiet and _any_stands(seen, item)


def _any_stands(_: Picture, item: Item) -> bool:
    return item.left_out > 0 or any(not joined.taken_back for joined in item.joined)


def _still_counts(seen: Picture, fact: Fact) -> bool:
    return fact in seen.signals


R2 = Rule(
    "R2",
    _R2,
    ("P3", "P4", "P7", "P13", "P15"),
    "an arrest, charge or call-out as suspect or perpetrator, or a hearing for a serious offence, "
    "while the level is raised, unknown or stale and no manager is attached",
    reads=frozenset({Matters.SIGNALS, Matters.LEVELS, Matters.HOLDERS}),
    lasting=False,
    opens=_news,
    stays=_news_stands,
    stands=_still_counts,
    unmanaged=True,
)

# ── R3: below the threshold, and on watch ────────────────────────────────────────────────────────────────────


def _watched(seen: Picture) -> tuple[Fact, ...]:
    """What puts the case on watch: each of the policy's ways, where no manager is there to be told."""
    if not seen.unmanaged or seen.raised:
        return ()
    watch = seen.policy.watch
    found: list[Fact] = list(_indicators(seen)) if watch.indicators else []
    if seen.standing.state is State.LOWER and seen.signals:
        call_outs = _together(seen, [one for one in seen.signals if one.kind is SignalKind.CALL_OUT])
        if len(call_outs) >= watch.call_outs:
            found += call_outs
        if watch.serious_charge and not seen.supervised:
            found += [one for one in seen.grave if not _told_by(_R4, one, _R3, seen)]
        if _one_below(seen):
            rising = _together(seen, list(seen.signals))
            if len(rising) >= watch.rising:
                found += rising
    return tuple({fact.key: fact for fact in found}.values())


def _indicators(seen: Picture) -> tuple[Assessment, ...]:
    """The latest screening, where it found indicators and is live and no full assessment has followed."""
    last = seen.assessed_last
    if last is None or last.kind is not AssessmentKind.SCREENING or not last.indicators:
        return ()
    return (last,) if seen.age(last) > seen.now - seen.policy.police_live else ()


def _together(seen: Picture, signals: list[Signal]) -> list[Signal]:
    """Those within the window that ends with the latest of them, if that is live still."""
    if not signals or not live(signals[-1], seen.policy, seen.now):
        return []
    latest = signals[-1].effective
    return [signal for signal in signals if latest - signal.effective < seen.policy.watch.within]


def _one_below(seen: Picture) -> bool:
    return any(not known.stale and seen.one_below(known) for known in seen.standing.known)


def _on_watch(seen: Picture, item: Item) -> bool:
    """The lower edge: of call-outs so few are left that they are none together; of anything else nothing."""
    if not seen.unmanaged or seen.raised:
        return False
    standing = [joined for joined in item.joined if not joined.taken_back]
    call_outs = sum(joined.kind == SignalKind.CALL_OUT for joined in standing)
    return item.left_out > 0 or call_outs >= seen.policy.watch.clear_below or call_outs < len(standing)


R3 = Rule(
    "R3",
    _R3,
    ("P2", "P5"),
    "below the threshold, but on watch (repeat call-outs, a serious offence before the court of somebody whom nobody "
    "supervises, adverse news one level below, or a screening that found indicators), and no manager is attached",
    reads=frozenset({Matters.SIGNALS, Matters.LEVELS, Matters.HOLDERS}),
    lasting=False,
    opens=_watched,
    stays=_on_watch,
    stands=lambda seen, fact: fact in seen.assessed if isinstance(fact, Assessment) else fact in seen.signals,
)

# ── R4: a serious offence of somebody who is supervised ──────────────────────────────────────────────────────


def _serious(seen: Picture) -> tuple[Fact, ...]:
    """While R2 is silent, and of what neither R2 nor R3 has told."""
    if not seen.quiet or not seen.supervised:
        return ()
    return tuple(one for one in seen.grave if not _told_by(_R2 | _R3, one, _R4, seen))


def _supervision_turns(seen: Picture) -> datetime | None:
    """When somebody next begins to hold the case, where there is something grave that R3 does not tell before."""
    if seen.policy.watch.serious_charge or not seen.grave:
        return None
    return managers.supervision_turns(seen.file.holders, seen.now)


R4 = Rule(
    "R4",
    _R4,
    ("P4", "P7", "P8"),
    "somebody under supervision is charged with a serious offence or before the court for one, while a manager is "
    "attached or the level is known to be lower (without either, R2 says it)",
    reads=frozenset({Matters.SIGNALS, Matters.LEVELS, Matters.HOLDERS}),
    lasting=False,
    opens=_serious,
    stays=_any_stands,
    stands=lambda seen, fact: isinstance(fact, Signal) and fact in seen.signals and seen.tried(fact),
    turns=_supervision_turns,
)

# ── R12: known to somebody whose risk was raised ─────────────────────────────────────────────────────────────


def _linked(seen: Picture) -> tuple[Fact, ...]:
    policy = seen.policy
    if not seen.file.linked_news or not seen.standard.cohorts & policy.linked_cohorts:
        return ()
    return tuple(
        news
        for news in seen.file.linked_news
        if news.relation in policy.linked_relations and seen.age(news) > seen.now - policy.police_live
    )


R12 = Rule(
    "R12",
    1 << 12,
    ("P20", "P7"),
    "a young person is known to somebody whose risk was raised",
    reads=frozenset(),
    lasting=False,
    opens=_linked,
    stays=_any_stands,
    stands=lambda seen, fact: isinstance(fact, LinkedNews) and fact in seen.file.linked_news,
)
