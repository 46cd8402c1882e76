"""The rules that ask what has happened: R2, R3, R4, R7, R12. Pure."""

from __future__ import annotations

from datetime import datetime

from streams import inputs, managers, words
from streams.case import Escalation
from streams.events import AssessmentKind, Times
from streams.facts import Assessment, LinkedNews, Signal, SignalKind
from streams.levels import State
from streams.policy import Policy
from streams.rules.gates import NO_MANAGER, NOT_LOWER, NOT_RAISED, why_manager_or_level
from streams.rules.rule import Facts, Found, Rule, any_stands
from streams.transitions import Escalations
from streams.view import TRIED, CaseView, Fact

_R2, _R3, _R4 = 1 << 2, 1 << 3, 1 << 4


def _told_by(others: int, signal: Signal, mine: int, so_far: Escalations) -> bool:
    """Whether another rule's escalation has listed it, and none of this rule: one serious offence is one escalation."""
    return bool((signal.heard_by | so_far.heard.get(signal.key, 0)) & others) and not signal.heard_by & mine


def _counts_still(view: CaseView, fact: Fact) -> bool:
    return fact in view.signals


# ── R2: news, and nobody is there ────────────────────────────────────────────────────────────────────────────


def _is_silent(view: CaseView) -> bool:
    """Whether no news can open R2: a manager is attached, or the level is known to be lower."""
    return not view.unmanaged or view.standing.state is State.LOWER


def _news(view: CaseView, so_far: Escalations) -> Found:
    if _is_silent(view):
        return (), None
    policy, now = view.policy, view.now
    return tuple(one for one in view.signals if one.live(policy, now) and not _told_by(_R4, one, _R2, so_far)), None


R2 = Rule(
    "R2",
    ("P3", "P4", "P7", "P13", "P15"),
    "an arrest, charge or call-out as suspect or perpetrator, or a hearing for a serious offence, "
    "while the level is raised, unknown or stale and no manager is attached",
    reads=inputs.ALL_NEWS,
    gates=(NO_MANAGER, NOT_LOWER),
    lasting=False,
    finds=_news,
    stays=lambda view, escalation, facts: not _is_silent(view) and any_stands(view, escalation, facts),
    stands=_counts_still,
    stands_on=inputs.SERIOUS_NEWS,
    says=lambda view, listed, there: (
        f"{words.kinds(listed)} while the level is {words.level(view)} and {words.nobody(view, there)}"
    ),
    cleared=why_manager_or_level("what opened it was taken back"),
    unmanaged=True,
)

# ── R3: below the threshold, and on watch ────────────────────────────────────────────────────────────────────


def _watched(view: CaseView, so_far: Escalations) -> Found:
    """What puts the case on watch: each of the policy's ways, where no manager is there to be told.

    A serious charge of somebody who is supervised is found once supervision has ended, if it is live then.
    """
    if not view.unmanaged or view.raised:
        return (), None
    watch, changes_at = view.policy.watch, None
    found: list[Fact] = list(_indicators(view)) if watch.indicators else []
    if view.standing.state is State.LOWER and view.signals:
        call_outs = _together(view, [one for one in view.signals if one.kind is SignalKind.CALL_OUT])
        if len(call_outs) >= watch.call_outs:
            found += call_outs
        tried = view.tried if watch.serious_charge else ()
        ahead = managers.supervision_changes_at(view.file.holders, view.now) if tried else None
        if ahead is not None and any(one.live(view.policy, ahead) for one in tried):
            changes_at = ahead
        if not view.supervised:
            found += [one for one in tried if not _told_by(_R4, one, _R3, so_far)]
        if any(not known.stale and view.one_below(known) for known in view.standing.known):
            rising = _together(view, list(view.signals))
            if len(rising) >= watch.rising:
                found += rising
    return tuple({fact.key: fact for fact in found}.values()), changes_at


def _indicators(view: CaseView) -> tuple[Assessment, ...]:
    """The latest screening, where it found indicators and is live and no full assessment has followed."""
    if not any(held.indicators for held in view.file.assessments):
        return ()
    last = view.assessed_last
    if last is None or last.kind is not AssessmentKind.SCREENING or not last.indicators:
        return ()
    return (last,) if last.age > view.now - view.policy.police_live else ()


def _together(view: CaseView, signals: list[Signal]) -> list[Signal]:
    """Those within the window that ends with the latest of them, if that is live still."""
    if not signals or not signals[-1].live(view.policy, view.now):
        return []
    latest = signals[-1].effective
    return [signal for signal in signals if latest - signal.effective < view.policy.watch.within]


def _on_watch(view: CaseView, escalation: Escalation, _facts: Facts) -> bool:
    """The lower edge: of call-outs so few are left that they are none together; of anything else nothing."""
    if not view.unmanaged or view.raised:
        return False
    standing = [fact for fact in escalation.listed if not fact.taken_back]
    call_outs = sum(fact.kind == SignalKind.CALL_OUT for fact in standing)
    return escalation.left_out > 0 or call_outs >= view.policy.watch.clear_below or call_outs < len(standing)


def _why_not_on_watch(view: CaseView, there: str) -> str:
    if not view.unmanaged:
        return f"a manager is attached ({there})"
    return "the level is now raised, which is another rule's" if view.raised else "what opened it was taken back"


R3 = Rule(
    "R3",
    ("P2", "P5"),
    "below the threshold, but on watch (repeat call-outs, a serious offence before the court of somebody whom nobody "
    "supervises, adverse news one level below, or a screening that found indicators), and no manager is attached",
    reads=inputs.ALL_NEWS | inputs.LEVELS | inputs.HOLDERS,
    gates=(NO_MANAGER, NOT_RAISED),
    lasting=False,
    finds=_watched,
    stays=_on_watch,
    stands=lambda view, fact: fact in view.assessed if isinstance(fact, Assessment) else fact in view.signals,
    stands_on=inputs.SERIOUS_NEWS | inputs.LEVELS,
    says=lambda view, listed, there: (
        f"on watch for {words.kinds(listed)}: the level is {words.level(view)} and {words.nobody(view, there)}"
    ),
    cleared=_why_not_on_watch,
)

# ── R4: a serious offence of somebody who is supervised ──────────────────────────────────────────────────────


def _serious(view: CaseView, so_far: Escalations) -> Found:
    """What no escalation of R2 or R3 has listed, while R2 finds nothing and somebody holds the case.

    If somebody begins to hold it later, it is found then, unless R3 lists it before.
    """
    if not view.tried:
        return (), None
    told_before = view.policy.watch.serious_charge
    changes_at = None if told_before else managers.supervision_changes_at(view.file.holders, view.now)
    if not _is_silent(view) or not view.supervised:
        return (), changes_at
    return tuple(one for one in view.tried if not _told_by(_R2 | _R3, one, _R4, so_far)), changes_at


R4 = Rule(
    "R4",
    ("P4", "P7", "P8"),
    "somebody under supervision is charged with a serious offence or before the court for one, while a manager is "
    "attached or the level is known to be lower (without either, R2 says it)",
    reads=inputs.SERIOUS_NEWS | inputs.LEVELS | inputs.HOLDERS,
    lasting=False,
    finds=_serious,
    stays=any_stands,
    stands=lambda view, fact: (
        isinstance(fact, Signal) and fact in view.signals and fact.kind in TRIED and fact.serious(view.policy)
    ),
    stands_on=inputs.SERIOUS_NEWS,
    says=lambda view, listed, there: (
        f"{words.kinds(listed)} for a serious offence under supervision; the level is {words.level(view)}, "
        f"there is: {there}"
    ),
    cleared=lambda view, there: "what opened it was taken back",
)

# ── R7: news, and no assessment since ────────────────────────────────────────────────────────────────────────


def _review_overdue(view: CaseView, _so_far: Escalations) -> Found:
    """The adverse news since the last complete assessment that was to be reviewed by now.

    The later its ``OnFile.age``, the later it is due, or at the same time: nothing is overdue before the oldest of it.
    """
    hours, within = view.policy.hours, view.policy.review_after_news
    last = view.assessed_last if view.file.assessments else None
    unreviewed = view.signals if last is None else view.signals_after(last.effective)
    if not unreviewed:
        return (), None
    times = [news.times for news in unreviewed]  # the least age, spelt out for speed
    age = min([max(each.occurred or each.recorded or each.received, each.received) for each in times])
    first = hours.after(age, within)
    if first > view.now:
        return (), first
    due = [(hours.after(news.age, within), news) for news in unreviewed]
    ahead = min((time for time, _ in due if time > view.now), default=None)
    return tuple(news for time, news in due if time <= view.now), ahead


def _not_reviewed(view: CaseView, escalation: Escalation, _facts: Facts) -> bool:
    """It clears by an assessment that came after the news, or when all of it is taken back."""
    last = view.assessed_last
    return any(
        not fact.taken_back and (last is None or fact.times.effective > last.effective) for fact in escalation.listed
    )


def _sooner(times: Times, due: datetime, policy: Policy) -> bool:
    return policy.hours.after(max(times.effective, times.received), policy.review_after_news) < due


R7 = Rule(
    "R7",
    ("P11", "P3", "P4"),
    "significant news has come and the assessment has not been reviewed within the time for it",
    reads=inputs.ALL_NEWS | inputs.LEVELS,
    lasting=True,
    finds=_review_overdue,
    sooner=_sooner,
    stays=_not_reviewed,
    stands=lambda view, fact: fact in view.signals,
    stands_on=inputs.SERIOUS_NEWS,
    says=lambda view, listed, there: (
        f"{words.kinds(listed)}, and no assessment has been completed since, within {view.policy.review_after_news}; "
        f"the level is {words.level(view)}, there is: {there}"
    ),
    cleared=lambda view, there: "the assessment has been reviewed since, or the news was taken back",
)

# ── R12: known to somebody whose risk was raised ─────────────────────────────────────────────────────────────


def _linked(view: CaseView, _so_far: Escalations) -> Found:
    policy = view.policy
    if not view.file.linked_news or not view.standard.cohorts & policy.linked_cohorts:
        return (), None
    return tuple(
        news
        for news in view.file.linked_news
        if news.relation in policy.linked_relations and news.age > view.now - policy.police_live
    ), None


R12 = Rule(
    "R12",
    ("P20", "P7"),
    "a young person is known to somebody whose risk was raised",
    reads=inputs.LINKED_NEWS,
    lasting=False,
    finds=_linked,
    stays=any_stands,
    stands=lambda view, fact: isinstance(fact, LinkedNews) and fact in view.file.linked_news,
    stands_on=inputs.LINKED_NEWS,
    says=lambda view, listed, there: (
        f"a young person is known to somebody whose risk was raised; the level is {words.level(view)}, "
        f"there is: {there}"
    ),
    cleared=lambda view, there: "what opened it was taken back",
)
