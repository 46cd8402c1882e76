"""The rules that ask what is known of the level, and who oversees it: R1, R5, R6, R7, R8, R9, R13. Pure."""

from __future__ import annotations

from datetime import datetime

from streams import managers
from streams.case import Assessment, Classification, Item, Oversight, Signal
from streams.events import AssessmentKind, Domain, Setting
from streams.levels import Known, State, crosses
from streams.matters import Matters
from streams.policy import RANK, Policy
from streams.rules.picture import Fact, Picture, once
from streams.rules.rule import Rule
from streams.statements import needing_manager, says_the_same


def _known_by(known: tuple[Known, ...]) -> tuple[Assessment | Classification, ...]:
    return tuple({entry.by.key: entry.by for entry in known}.values())


# ── R1: raised, and nobody is there ──────────────────────────────────────────────────────────────────────────


def _raised_unmanaged(seen: Picture) -> tuple[Fact, ...]:
    return _known_by(seen.standing.raised) if seen.unmanaged else ()


def _still_raised(seen: Picture, item: Item) -> bool:
    """A stale level keeps up what is raised; it brings back only an item that has heard of it."""
    stale = any(item.holds or known.by.told & R1.bit for known in seen.standing.was_raised)
    return seen.unmanaged and (stale or seen.raised)


def _says_raised(seen: Picture, fact: Fact) -> bool:
    if isinstance(fact, Classification):
        by_registers = (known.by for known in seen.standing.known if known.raised)
        return any(isinstance(by, Classification) and says_the_same(by, fact) for by in by_registers)
    return (
        isinstance(fact, Assessment)
        and fact in seen.assessed
        and any(crosses(given, seen.standard.raised_from, seen.policy) for given in fact.levels)
    )


R1 = Rule(
    "R1",
    1 << 1,
    ("P1", "P7", "P13", "P15"),
    "the level known for the case is raised and no manager is attached",
    reads=frozenset({Matters.LEVELS, Matters.HOLDERS}),
    lasting=True,
    opens=_raised_unmanaged,
    stays=_still_raised,
    stands=_says_raised,
    unmanaged=True,
)

# ── R5: a classification that needs a manager ────────────────────────────────────────────────────────────────


def _classified_unmanaged(seen: Picture) -> tuple[Fact, ...]:
    if not seen.in_force or not seen.unmanaged:
        return ()
    return tuple(held for held in seen.in_force if needing_manager(held, seen.policy.needs_manager))


R5 = Rule(
    "R5",
    1 << 5,
    ("P6", "P13", "P15"),
    "a tier, MAPPA level, register or flag that by guidance needs a manager's involvement is in force, and no manager "
    "is attached",
    reads=frozenset({Matters.LEVELS, Matters.HOLDERS}),
    lasting=True,
    opens=_classified_unmanaged,
    stays=lambda seen, _: bool(_classified_unmanaged(seen)),
    stands=lambda seen, fact: (
        isinstance(fact, Classification)
        and any(says_the_same(held, fact) for held in seen.in_force)
        and needing_manager(fact, seen.policy.needs_manager)
    ),
    unmanaged=True,
)

# ── R6: lowered in the face of adverse news ──────────────────────────────────────────────────────────────────


def _lowering(seen: Picture) -> tuple[Assessment, Assessment] | None:
    """The latest assessment, and the one whose level for a counted domain it lowers: the last that gave one."""
    if len(seen.assessed) < 2:
        return None
    latest = seen.assessed[-1]
    now = _ranks(latest, seen)
    for earlier in reversed(seen.assessed[:-1]):
        before = _ranks(earlier, seen)
        if any(rank < before[domain] for domain, rank in now.items() if domain in before):
            return latest, earlier
        now = {domain: rank for domain, rank in now.items() if domain not in before}
        if not now:
            return None
    return None


def _ranks(of: Assessment, seen: Picture) -> dict[Domain, int]:
    return {
        given.domain: RANK[given.level]
        for given in of.levels
        if given.level is not None and given.setting is Setting.COMMUNITY and given.domain in seen.standard.raised_from
    }


def _unaddressed(seen: Picture, latest: Assessment, earlier: Assessment) -> tuple[Signal, ...]:
    """Adverse news since the earlier assessment, up to the later, that no manager has dealt with since."""
    addressed = (record.effective for record in seen.file.oversight if seen.manager_oversight(record))
    since = max((earlier.effective, *addressed))
    return tuple(signal for signal in seen.signals_after(since) if signal.effective <= latest.effective)


@once
def lowered(seen: Picture) -> tuple[Assessment, Assessment] | None:
    """The assessment that has lowered a level, and the one before it, while that can open the rule."""
    latest = seen.assessed_last
    if latest is None or seen.age(latest) <= seen.now - seen.policy.police_live:
        return None
    return _lowering(seen)


def _lowered(seen: Picture) -> tuple[Fact, ...]:
    found = lowered(seen) if seen.file.signals else None
    if found is None:
        return ()
    news = _unaddressed(seen, *found)
    return (found[0], *news) if news else ()


def _still_lowered(seen: Picture, item: Item) -> bool:
    """It stands until what lowered the level, or all of the news, is taken back: to deal with it is for oversight."""
    standing = {joined.kind == "assessment" for joined in item.joined if not joined.taken_back}
    return standing == {True, False}


R6 = Rule(
    "R6",
    1 << 6,
    ("P14", "P11"),
    "an assessment lowers a level though adverse news since the one before has not been addressed by a manager",
    reads=frozenset({Matters.SIGNALS, Matters.LEVELS, Matters.OVERSIGHT}),
    lasting=False,
    opens=_lowered,
    stays=_still_lowered,
    stands=lambda seen, fact: fact in seen.assessed if isinstance(fact, Assessment) else fact in seen.signals,
)

# ── R7: news, and no assessment since ────────────────────────────────────────────────────────────────────────


def review_due(age: datetime, policy: Policy) -> datetime:
    """By when news of that age is to be followed by an assessment. It never falls as the age rises."""
    return policy.hours.after(age, policy.review_after_news)


def _review_overdue(seen: Picture) -> tuple[Fact, ...]:
    since = seen.unreviewed_since
    if since is None or review_due(since, seen.policy) > seen.now:
        return ()
    return tuple(signal for signal in seen.unreviewed if review_due(seen.age(signal), seen.policy) <= seen.now)


def review_turns(seen: Picture) -> datetime | None:
    """When the next review after news is due, of those that are not overdue yet."""
    since = seen.unreviewed_since
    if since is None:
        return None
    due = review_due(since, seen.policy)
    if due > seen.now:
        return due
    ahead = (review_due(seen.age(signal), seen.policy) for signal in seen.unreviewed)
    return min((due for due in ahead if due > seen.now), default=None)


def _not_reviewed(seen: Picture, item: Item) -> bool:
    """It clears by an assessment that came after the news, or when all of it is taken back."""
    last = seen.assessed_last
    return any(
        not joined.taken_back and (last is None or joined.times.effective > last.effective) for joined in item.joined
    )


R7 = Rule(
    "R7",
    1 << 7,
    ("P11", "P3", "P4"),
    "significant news has come and the assessment has not been reviewed within the time for it",
    reads=frozenset({Matters.SIGNALS, Matters.LEVELS}),
    lasting=True,
    opens=_review_overdue,
    stays=_not_reviewed,
    stands=lambda seen, fact: fact in seen.signals,
    turns=review_turns,
)

# ── R8: stale, or a screening without its assessment ─────────────────────────────────────────────────────────


@once
def screenings(seen: Picture) -> tuple[tuple[Assessment, datetime], ...]:
    """Screenings that found indicators and no full assessment followed, with the time by which it is due."""
    if not any(held.indicators for held in seen.file.assessments):
        return ()
    full = [held for held in seen.assessed if held.kind is AssessmentKind.FULL]
    return tuple(
        (held, seen.policy.hours.after(seen.age(held), seen.policy.assess_after_screening))
        for held in seen.assessed
        if held.kind is AssessmentKind.SCREENING
        and held.indicators
        and not any(one.effective >= held.effective for one in full)
    )


def _missing(seen: Picture) -> tuple[Fact, ...]:
    stale: tuple[Fact, ...] = ()
    if seen.standing.state is State.STALE:
        stale = _known_by(tuple(known for known in seen.standing.known if known.stale and seen.counted(known)))
    overdue = tuple(held for held, due in screenings(seen) if due <= seen.now)
    return (*stale, *(held for held in overdue if held not in stale))


def _missing_turns(seen: Picture) -> datetime | None:
    return min((due for _, due in screenings(seen) if due > seen.now), default=None)


R8 = Rule(
    "R8",
    1 << 8,
    ("P5", "P1", "P11"),
    "the assessment is stale, or a screening found indicators of raised risk and no full assessment has followed "
    "within the time for it",
    reads=frozenset({Matters.LEVELS}),
    lasting=True,
    opens=_missing,
    stays=lambda seen, _: bool(_missing(seen)),
    stands=lambda seen, fact: fact in _missing(seen),
    turns=_missing_turns,
)

# ── R9: a manager is there, and has not overseen it ──────────────────────────────────────────────────────────


def overseen(seen: Picture) -> Oversight | None:
    """The latest oversight by a manager since the present raised level became known."""
    since = min((entry.by.effective for entry in seen.standing.raised), default=None)
    records = [record for record in seen.file.oversight if seen.manager_oversight(record)]
    return next((record for record in reversed(records) if since is None or record.effective >= since), None)


@once
def _oversight_due(seen: Picture) -> datetime | None:
    """Counted from when both were there, the level and a manager: a successor gets no time of their own."""
    if not seen.raised or seen.unmanaged or overseen(seen) is not None:
        return None
    raised = min(map(seen.age, _known_by(seen.standing.raised)))
    there = managers.first_there(seen.file.holders, seen.policy, seen.grades, raised, seen.now)
    return seen.policy.hours.after(there or raised, seen.policy.oversee_raised)


def _not_overseen(seen: Picture) -> tuple[Fact, ...]:
    due = _oversight_due(seen)
    return _known_by(seen.standing.raised) if due is not None and due <= seen.now else ()


def _oversight_turns(seen: Picture) -> datetime | None:
    due = _oversight_due(seen)
    return due if due is not None and due > seen.now else None


R9 = Rule(
    "R9",
    1 << 9,
    ("P9", "P8", "P11", "P19"),
    "the level is raised, a manager is attached, and within the time for it no evidence of their oversight is on "
    "record (a discussion, an observation, an assessment rolled back, word with other agencies); countersigning is not",
    reads=frozenset({Matters.LEVELS, Matters.HOLDERS, Matters.OVERSIGHT}),
    lasting=True,
    opens=_not_overseen,
    stays=lambda seen, _: seen.raised and not seen.unmanaged and overseen(seen) is None,
    stands=_says_raised,
    turns=_oversight_turns,
)

# ── R13: nothing usable is known ─────────────────────────────────────────────────────────────────────────────


@once
def _level_due(seen: Picture) -> datetime | None:
    known = seen.file.known
    if known is None or seen.standing.state is not State.UNKNOWN or seen.erased:
        return None
    return seen.policy.hours.after(known.times.received, seen.policy.level_within)


def _no_level(seen: Picture) -> tuple[Fact, ...]:
    due, known = _level_due(seen), seen.file.known
    return (known,) if due is not None and due <= seen.now and known is not None else ()


def _level_turns(seen: Picture) -> datetime | None:
    due = _level_due(seen)
    return due if due is not None and due > seen.now else None


R13 = Rule(
    "R13",
    1 << 13,
    ("P1", "P7"),
    "the case has been known for longer than the time for it and no usable level is: none, open, null, incomplete",
    reads=frozenset({Matters.LEVELS}),
    lasting=True,
    opens=_no_level,
    stays=lambda seen, _: seen.standing.state is State.UNKNOWN and not seen.erased,
    stands=lambda seen, _: seen.standing.state is State.UNKNOWN,
    turns=_level_turns,
)
