"""The rules that ask whether the assessment has followed what happened: R6, R8. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from streams import inputs, words
from streams.case import Escalation, Listed
from streams.events import AssessmentKind, Domain, Setting
from streams.facts import Assessment, Signal
from streams.levels import State
from streams.policy import RANK
from streams.rules.of_levels import known_by
from streams.rules.rule import Facts, Found, Gate, Rule, while_found
from streams.transitions import Escalations
from streams.view import CaseView, once

# ── R6: lowered in the face of adverse news ──────────────────────────────────────────────────────────────────


@once
def _lowering(view: CaseView) -> tuple[Assessment, Assessment] | None:
    """The latest assessment, and the one whose level for a counted domain it lowers: the last that gave one."""
    if len(view.assessed) < 2:
        return None
    latest = view.assessed[-1]
    now = _ranks(latest, view)
    for earlier in reversed(view.assessed[:-1]):
        before = _ranks(earlier, view)
        if any(rank < before[domain] for domain, rank in now.items() if domain in before):
            return latest, earlier
        now = {domain: rank for domain, rank in now.items() if domain not in before}
        if not now:
            return None
    return None


def _ranks(of: Assessment, view: CaseView) -> dict[Domain, int]:
    return {
        given.domain: RANK[given.level]
        for given in of.levels
        if given.level is not None and given.setting is Setting.COMMUNITY and given.domain in view.standard.raised_from
    }


def _unaddressed(view: CaseView, latest: Assessment, earlier: Assessment) -> tuple[Signal, ...]:
    """Adverse news since the earlier assessment, up to the later, that no manager has dealt with since."""
    addressed = (record.effective for record in view.file.oversight if view.manager_oversight(record))
    since = max((earlier.effective, *addressed))
    return tuple(signal for signal in view.signals_after(since) if signal.effective <= latest.effective)


def _lowered(view: CaseView, _so_far: Escalations) -> Found:
    lowering = _lowering(view) if view.file.signals else None
    if lowering is None or lowering[0].age <= view.now - view.policy.police_live:
        return (), None
    news = _unaddressed(view, *lowering)
    return (lowering[0], *news) if news else (), None


def _still_lowered(_view: CaseView, escalation: Escalation, _facts: Facts) -> bool:
    """It stands until what lowered the level, or all of the news, is taken back: to deal with it is for oversight."""
    standing = {fact.kind == "assessment" for fact in escalation.listed if not fact.taken_back}
    return standing == {True, False}


_LOWERING = Gate(16, inputs.LEVELS, lambda view: _lowering(view) is not None)

R6 = Rule(
    "R6",
    ("P14", "P11"),
    "an assessment lowers a level though adverse news since the one before has not been addressed by a manager",
    reads=inputs.ALL_NEWS | inputs.LEVELS | inputs.OVERSIGHT,
    gates=(_LOWERING,),
    lasting=False,
    finds=_lowered,
    stays=_still_lowered,
    stands=lambda view, fact: fact in view.assessed if isinstance(fact, Assessment) else fact in view.signals,
    stands_on=inputs.SERIOUS_NEWS | inputs.LEVELS,
    says=lambda view, listed, there: (
        "an assessment lowers a level, and adverse news since the one before has not been addressed by a manager; "
        f"the level is {words.level(view)}, there is: {there}"
    ),
    cleared=lambda view, there: "what opened it was taken back",
)

# ── R8: stale, or a screening without its assessment ─────────────────────────────────────────────────────────


@once
def _screenings(view: CaseView) -> tuple[tuple[Assessment, datetime], ...]:
    """Screenings that found indicators and no full assessment followed, with the time by which it is due."""
    if not any(held.indicators for held in view.file.assessments):
        return ()
    full = [held for held in view.assessed if held.kind is AssessmentKind.FULL]
    return tuple(
        (held, view.policy.hours.after(held.age, view.policy.assess_after_screening))
        for held in view.assessed
        if held.kind is AssessmentKind.SCREENING
        and held.indicators
        and not any(one.effective >= held.effective for one in full)
    )


@once
def _missing(view: CaseView) -> Found:
    stale: Facts = ()
    if view.standing.state is State.STALE:
        stale = known_by(tuple(known for known in view.standing.known if known.stale and known.counted))
    screenings = _screenings(view)
    overdue = (held for held, due in screenings if due <= view.now and held not in stale)
    return (*stale, *overdue), min((due for _, due in screenings if due > view.now), default=None)


def _what_is_missing(view: CaseView, listed: tuple[Listed, ...]) -> Iterator[str]:
    screened = {held.key for held, _ in _screenings(view)}
    if not listed or any(fact.key not in screened for fact in listed):
        yield "the assessment is stale"
    if any(fact.key in screened for fact in listed):
        yield f"no full assessment within {view.policy.assess_after_screening} of a screening that found indicators"


R8 = Rule(
    "R8",
    ("P5", "P1", "P11"),
    "the assessment is stale, or a screening found indicators of raised risk and no full assessment has followed "
    "within the time for it",
    reads=inputs.LEVELS,
    lasting=True,
    finds=lambda view, so_far: _missing(view),
    stays=while_found,
    stands=lambda view, fact: fact in _missing(view)[0],
    stands_on=inputs.LEVELS,
    says=lambda view, listed, there: (
        f"{' and '.join(_what_is_missing(view, listed))}; the level is {words.level(view)}, there is: {there}"
    ),
    cleared=lambda view, there: "an assessment has followed",
)
