"""The rules that ask what is known of the level, and who oversees it: R1, R5, R9, R13. Pure."""

from __future__ import annotations

from streams import inputs, managers, words
from streams.case import Escalation
from streams.events import OversightKind
from streams.facts import Assessment, Classification, Oversight
from streams.levels import Known, State, crosses
from streams.rules.gates import NO_MANAGER, RAISED, why_manager_or_level
from streams.rules.rule import Facts, Found, Rule, while_found
from streams.statements import needing_manager, says_the_same
from streams.transitions import Escalations
from streams.view import CaseView, Fact


def known_by(known: tuple[Known, ...]) -> tuple[Assessment | Classification, ...]:
    """The assessments and registers that give these levels, each once."""
    return tuple({entry.by.key: entry.by for entry in known}.values())


# ── R1: raised, and nobody is there ──────────────────────────────────────────────────────────────────────────


def _raised_unmanaged(view: CaseView, _so_far: Escalations) -> Found:
    return known_by(view.standing.raised) if view.unmanaged else (), None


def _still_raised(view: CaseView, escalation: Escalation, _facts: Facts) -> bool:
    """A stale level keeps up what is raised; it brings back only an escalation that has heard of it."""
    stale = any(escalation.holds or known.by.heard_by & R1.bit for known in view.standing.was_raised)
    return view.unmanaged and (stale or view.raised)


def _says_raised(view: CaseView, fact: Fact) -> bool:
    if isinstance(fact, Classification):
        by_registers = (known.by for known in view.standing.known if known.raised)
        return any(isinstance(by, Classification) and says_the_same(by, fact) for by in by_registers)
    return (
        isinstance(fact, Assessment)
        and fact in view.assessed
        and any(crosses(given, view.standard.raised_from, view.policy) for given in fact.levels)
    )


R1 = Rule(
    "R1",
    ("P1", "P7", "P13", "P15"),
    "the level known for the case is raised and no manager is attached",
    reads=inputs.LEVELS | inputs.HOLDERS,
    gates=(NO_MANAGER,),
    lasting=True,
    finds=_raised_unmanaged,
    stays=_still_raised,
    stands=_says_raised,
    stands_on=inputs.LEVELS,
    says=lambda view, listed, there: f"the level is {words.level(view)} and {words.nobody(view, there)}",
    cleared=why_manager_or_level("what opened it was taken back"),
    unmanaged=True,
)

# ── R5: a classification that needs a manager ────────────────────────────────────────────────────────────────


def _classified_unmanaged(view: CaseView, _so_far: Escalations) -> Found:
    if not view.in_force or not view.unmanaged:
        return (), None
    return tuple(held for held in view.in_force if needing_manager(held, view.policy.needs_manager)), None


R5 = Rule(
    "R5",
    ("P6", "P13", "P15"),
    "a tier, MAPPA level, register or flag that by guidance needs a manager's involvement is in force, and no manager "
    "is attached",
    reads=inputs.REGISTERS | inputs.LEVELS | inputs.HOLDERS,
    gates=(NO_MANAGER,),
    lasting=True,
    finds=_classified_unmanaged,
    stays=while_found,
    stands=lambda view, fact: (
        isinstance(fact, Classification)
        and any(says_the_same(held, fact) for held in view.in_force)
        and needing_manager(fact, view.policy.needs_manager)
    ),
    stands_on=inputs.REGISTERS,
    says=lambda view, listed, there: (
        f"a classification in force needs a manager's involvement, and {words.nobody(view, there)}; "
        f"the level is {words.level(view)}"
    ),
    cleared=lambda view, there: (
        "no such classification is in force any more" if view.unmanaged else f"a manager is attached ({there})"
    ),
    unmanaged=True,
)

# ── R9: a manager is there, and has not overseen it ──────────────────────────────────────────────────────────


def overseen(view: CaseView) -> Oversight | None:
    """The latest oversight by a manager since the present raised level became known."""
    since = min((entry.by.effective for entry in view.standing.raised), default=None)
    records = [record for record in view.file.oversight if view.manager_oversight(record)]
    return next((record for record in reversed(records) if since is None or record.effective >= since), None)


def _not_overseen(view: CaseView, _so_far: Escalations) -> Found:
    """Counted from when both were there, the level and a manager: a successor gets no time of their own."""
    if not view.raised or view.unmanaged or overseen(view) is not None:
        return (), None
    sources = known_by(view.standing.raised)
    raised = min(by.age for by in sources)
    there = managers.first_there(view.file.holders, view.policy, view.grades, raised, view.now)
    due = view.policy.hours.after(there or raised, view.policy.oversee_raised)
    return (sources, None) if due <= view.now else ((), due)


def _no_oversight(view: CaseView, there: str) -> str:
    bare = [record for record in view.file.oversight if record.kind is OversightKind.COUNTERSIGNATURE]
    countersigned = f"; the countersignature of {words.day(bare[-1].effective)} is none" if bare else ""
    return (
        f"the level is {words.level(view)}, and {there} has not overseen it within {view.policy.oversee_raised}"
        f"{countersigned}"
    )


R9 = Rule(
    "R9",
    ("P9", "P8", "P11", "P19"),
    "the level is raised, a manager is attached, and within the time for it no evidence of their oversight is on "
    "record (a discussion, an observation, an assessment rolled back, word with other agencies); countersigning is not",
    reads=inputs.LEVELS | inputs.HOLDERS | inputs.OVERSIGHT,
    gates=(RAISED,),
    lasting=True,
    finds=_not_overseen,
    stays=lambda view, escalation, facts: view.raised and not view.unmanaged and overseen(view) is None,
    stands=_says_raised,
    stands_on=inputs.LEVELS,
    says=lambda view, listed, there: _no_oversight(view, there),
    cleared=lambda view, there: "it has been overseen, or the level or the manager has changed",
)

# ── R13: nothing usable is known ─────────────────────────────────────────────────────────────────────────────


def _no_level(view: CaseView, _so_far: Escalations) -> Found:
    known = view.file.known
    if known is None or view.standing.state is not State.UNKNOWN or view.erased:
        return (), None
    due = view.policy.hours.after(known.times.received, view.policy.level_within)
    return ((known,), None) if due <= view.now else ((), due)


R13 = Rule(
    "R13",
    ("P1", "P7"),
    "the case has been known for longer than the time for it and no usable level is: none, open, null, incomplete",
    reads=inputs.LEVELS | inputs.KNOWN,
    lasting=True,
    finds=_no_level,
    stays=lambda view, escalation, facts: view.standing.state is State.UNKNOWN and not view.erased,
    stands=lambda view, fact: view.standing.state is State.UNKNOWN,
    stands_on=inputs.LEVELS | inputs.KNOWN,
    says=lambda view, listed, there: (
        f"no usable level is known {view.policy.level_within} after the case became known, for "
        f"{words.why_unknown(view)}; unknown is not low, and there is: {there}"
    ),
    cleared=lambda view, there: "a level is known",
)
