"""The life of an escalation, step by step: the whole escalation after each step, and who made it.

The tables of the rules show what is told. Here is the rest: fields that no record says, and what a step leaves alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from streams import life
from streams.acts import ActKind
from streams.case import CaseFile, Escalation
from streams.escalation import Awaits, Change, Stage
from streams.events import OversightKind, PoliceRole, Times
from streams.facts import Act, Action, Done, Oversight, Signal, SignalKind
from streams.policy import Urgency
from streams.rules import BY_ID
from streams.transitions import NOBODY, By, Transition
from streams.view import CaseView
from tests.unit.circumstance_book import CASE, POLICY, T0, day

NOW = day(10)
ACKNOWLEDGE, HOLDS_FOR, OVERSEE, REVIEW = (
    NOW + timedelta(hours=4),
    NOW + timedelta(days=3),
    NOW + timedelta(days=5),
    NOW + timedelta(days=28),
)
"""The times of the policy, from now on."""
LASTING, OF_NEWS = BY_ID["R9"], BY_ID["R2"]
RECENT = Times(NOW, NOW, NOW)
BY = By("SPO1", "SPO", "why", "how")

FRESH = Escalation(
    "R9",
    "e1",
    revision=1,
    holds=True,
    opened=T0,
    known_since=T0,
    listed=(),
    policy=POLICY.version,
    urgency=Urgency.SOON,
    next_at=day(11),
    oversee_by=day(12),
    since=T0,
)
SILENT = replace(
    FRESH,
    chain_step=1,
    awaits=Awaits.SUPPRESSION_END,
    next_at=day(10.1),
    suppressed=Done("PO7", "PO", day(9)),
    suppressed_until=day(10.1),
    suppress_cap=day(20),
)
ACKNOWLEDGED = replace(FRESH, stage=Stage.ACKNOWLEDGED, awaits=Awaits.OVERSIGHT, acknowledged=Done("PO7", "PO", day(9)))
OVERSEEN = replace(
    FRESH, stage=Stage.OVERSEEN, awaits=Awaits.CLEARING, overseen=Done("SPO1", "SPO", day(9), reference="o1")
)
CLOSED = replace(OVERSEEN, stage=Stage.CLOSED, awaits=Awaits.NOTHING, next_at=None, closed=day(9))


def view(*actions: Action, now: datetime = NOW) -> CaseView:
    """A case of which nothing is known but these actions."""
    return CaseView(CaseFile(None, CASE, T0, actions=actions), POLICY, now)


def anew(one: Escalation, **but: object) -> Escalation:
    """The escalation at a new beginning, now."""
    begun = replace(
        one,
        stage=Stage.RAISED,
        awaits=Awaits.ACKNOWLEDGEMENT,
        chain_step=0,
        since=NOW,
        next_at=ACKNOWLEDGE,
        oversee_by=OVERSEE,
        acknowledged=None,
        suppressed=None,
        suppressed_until=None,
        closed=None,
    )
    return replace(begun, **but)


@pytest.mark.parametrize("one", [FRESH, SILENT, ACKNOWLEDGED, OVERSEEN, CLOSED])
def test_at_a_new_beginning_nothing_is_left_of_what_was_acknowledged_suppressed_or_closed(one: Escalation) -> None:
    assert life.raised(one, view()) == anew(one)


# ── news ─────────────────────────────────────────────────────────────────────────────────────────────────────

ARREST = Signal("p1", "c1", RECENT, "", (), 0, SignalKind.ARREST, PoliceRole.SUSPECT, "force", None, ())


@pytest.mark.parametrize(
    ("one", "after"),
    [
        pytest.param(FRESH, anew(FRESH, next_at=ACKNOWLEDGE, oversee_by=day(12)), id="no more time than was left"),
        pytest.param(
            replace(FRESH, chain_step=1, next_at=day(10.1), oversee_by=None),
            anew(FRESH, chain_step=1, next_at=day(10.1)),
            id="nor down the chain",
        ),
        pytest.param(SILENT, anew(SILENT), id="a suppression ends, and all begins anew"),
        pytest.param(ACKNOWLEDGED, replace(ACKNOWLEDGED, since=NOW), id="an acknowledgement holds"),
        pytest.param(
            replace(ACKNOWLEDGED, urgency=Urgency.ROUTINE),
            anew(ACKNOWLEDGED, oversee_by=day(12)),
            id="graver news ends an acknowledgement, and gives oversight no more time",
        ),
        pytest.param(OVERSEEN, anew(OVERSEEN), id="what was overseen is unseen"),
    ],
)
def test_news_joins(one: Escalation, after: Escalation) -> None:
    under = replace(POLICY, urgency={"R2": Urgency.SOON})
    assert life.joined(one, OF_NEWS, (ARREST,), CaseView(view().file, under, NOW)) == after


# ── what a person does ───────────────────────────────────────────────────────────────────────────────────────


def act(kind: ActKind, until: datetime | None = None, *, action: str | None = None) -> Act:
    """An act of a senior probation officer, now."""
    return Act(
        "x1",
        "c1",
        RECENT,
        "",
        (),
        0,
        kind,
        BY.author or "",
        BY.grade,
        "e1",
        action,
        None,
        None,
        None,
        "why",
        "how",
        until,
    )


DONE = Done("SPO1", "SPO", NOW)
HUSHED = {"awaits": Awaits.SUPPRESSION_END, "suppressed": Done("SPO1", "SPO", NOW, reference="why")}
CAP = NOW + POLICY.suppress_at_most
ADOPTED = {"policy": "new", "chain_step": 0}
K = ActKind


@pytest.mark.parametrize(
    ("one", "did", "change", "after"),
    [
        pytest.param(
            SILENT,
            act(K.ACKNOWLEDGED),
            Change.ACKNOWLEDGED,
            replace(
                SILENT,
                stage=Stage.ACKNOWLEDGED,
                awaits=Awaits.OVERSIGHT,
                acknowledged=DONE,
                next_at=day(12),
                suppressed=None,
                suppressed_until=None,
            ),
            id="acknowledged: no longer than the time for the oversight, and no longer suppressed",
        ),
        pytest.param(
            replace(ACKNOWLEDGED, oversee_by=NOW),
            act(K.ACKNOWLEDGED),
            Change.ACKNOWLEDGED,
            replace(ACKNOWLEDGED, acknowledged=DONE, next_at=HOLDS_FOR, oversee_by=OVERSEE),
            id="acknowledged when the time for the oversight is over: it begins anew",
        ),
        pytest.param(OVERSEEN, act(K.ACKNOWLEDGED), None, None, id="acknowledged when it is overseen"),
        pytest.param(
            FRESH,
            act(K.SUPPRESSED, day(12)),
            Change.SUPPRESSED,
            replace(FRESH, **HUSHED, suppressed_until=day(12), suppress_cap=CAP, next_at=day(12)),
            id="suppressed",
        ),
        pytest.param(
            SILENT,
            act(K.SUPPRESSED, day(30)),
            Change.SUPPRESSED,
            replace(SILENT, **HUSHED, suppressed_until=day(20), next_at=day(20)),
            id="suppressed again: not beyond the cap of the first",
        ),
        pytest.param(
            FRESH,
            act(K.SUPPRESSED, NOW),
            Change.SUPPRESSION_ENDED,
            replace(FRESH, suppress_cap=CAP),
            id="suppressed until now: refused",
        ),
        pytest.param(
            SILENT,
            act(K.SUPPRESSED, NOW),
            Change.SUPPRESSION_ENDED,
            anew(SILENT, chain_step=1),
            id="suppressed again until now: it ends",
        ),
        pytest.param(CLOSED, act(K.SUPPRESSED, day(12)), None, None, id="suppressed when it is closed"),
        pytest.param(
            SILENT,
            act(K.SUPPRESSION_ENDED),
            Change.SUPPRESSION_ENDED,
            anew(SILENT, chain_step=1),
            id="a suppression ended: on the step of the chain where it was",
        ),
        pytest.param(
            replace(OVERSEEN, suppressed=DONE, suppressed_until=day(12), awaits=Awaits.SUPPRESSION_END),
            act(K.SUPPRESSION_ENDED),
            Change.SUPPRESSION_ENDED,
            replace(OVERSEEN, next_at=REVIEW),
            id="a suppression of what is overseen ended: reviewed",
        ),
        pytest.param(FRESH, act(K.SUPPRESSION_ENDED), None, None, id="a suppression ended where there is none"),
        pytest.param(OVERSEEN, act(K.REOPENED), Change.REOPENED, anew(OVERSEEN), id="reopened when it is overseen"),
        pytest.param(CLOSED, act(K.REOPENED), Change.REOPENED, anew(CLOSED), id="reopened when it is closed"),
        pytest.param(ACKNOWLEDGED, act(K.REOPENED), None, None, id="reopened when nobody has overseen it"),
        pytest.param(
            replace(FRESH, chain_step=1),
            act(K.POLICY_ADOPTED),
            Change.POLICY_ADOPTED,
            replace(FRESH, **ADOPTED, next_at=ACKNOWLEDGE, oversee_by=OVERSEE),
            id="under the policy in force: its times, and its chain, which is shorter",
        ),
        pytest.param(
            SILENT,
            act(K.POLICY_ADOPTED),
            Change.POLICY_ADOPTED,
            replace(SILENT, **ADOPTED),
            id="under the policy in force: suppressed as long",
        ),
        pytest.param(CLOSED, act(K.POLICY_ADOPTED), None, None, id="under the policy in force when it is closed"),
        pytest.param(FRESH, act(K.CLAIMED), None, None, id="a claim is about an action"),
    ],
)
def test_what_an_act_changes(one: Escalation, did: Act, change: Change | None, after: Escalation | None) -> None:
    in_force = replace(POLICY, version="new", chain=("manager",))
    expected = None if change is None or after is None else Transition(change, after, BY)
    assert life.acted(one, did, LASTING, view(), in_force) == expected


def record(
    kind: OversightKind = OversightKind.CASE_DISCUSSION, *, author: str | None = "SPO1", **says: object
) -> Oversight:
    """Oversight by a senior probation officer, now."""
    made = Oversight("o1", "c1", RECENT, "", (), 0, kind, author, None, "SPO", None, True, 0, 0, "why", "how")
    return replace(made, **says)


SEEN = {"stage": Stage.OVERSEEN, "overseen": Done("SPO1", "SPO", NOW, reference="o1")}
FREE = {"suppressed": None, "suppressed_until": None}


@pytest.mark.parametrize(
    ("one", "made", "transition"),
    [
        pytest.param(
            SILENT,
            record(),
            Transition(Change.OVERSEEN, replace(SILENT, **SEEN, **FREE, awaits=Awaits.CLEARING, next_at=REVIEW), BY),
            id="while the condition holds",
        ),
        pytest.param(
            replace(SILENT, holds=False),
            record(),
            Transition(
                Change.OVERSEEN,
                replace(SILENT, **SEEN, **FREE, holds=False, awaits=Awaits.NOTHING, next_at=None),
                BY,
            ),
            id="when it is over: closed in a second step",
        ),
        pytest.param(
            FRESH,
            record(author=None),
            Transition(
                Change.OVERSEEN,
                replace(
                    FRESH,
                    stage=Stage.OVERSEEN,
                    overseen=Done("", "SPO", NOW, reference="o1"),
                    awaits=Awaits.CLEARING,
                    next_at=REVIEW,
                ),
                By(None, "SPO", "why", "how"),
            ),
            id="by somebody unnamed",
        ),
        pytest.param(
            FRESH,
            record(escalation="e1", practice_assessed=False),
            Transition(Change.OVERSIGHT_INSUFFICIENT, FRESH, BY),
            id="not enough, and it names the escalation",
        ),
        pytest.param(FRESH, record(practice_assessed=False), None, id="not enough, and it names none"),
        pytest.param(FRESH, record(escalation="e2"), None, id="of another escalation"),
        pytest.param(CLOSED, record(escalation="e1"), None, id="when it is closed"),
        pytest.param(FRESH, record(OversightKind.REFERRAL, escalation="e1"), None, id="a referral"),
    ],
)
def test_what_oversight_changes(one: Escalation, made: Oversight, transition: Transition | None) -> None:
    assert life.overseen(one, made, LASTING, view()) == transition


AHEAD = day(12)


def action(
    due: datetime = AHEAD, claimed: Done | None = None, confirmed: Done | None = None, name: str = "a1"
) -> Action:
    """An action that the escalation's oversight asked for."""
    return Action(name, "c1", RECENT, "", (), 0, name, "o1", "visit", "PO7", "PO", due, "e1", claimed, confirmed)


OTHER = Done("PO7", "PO", day(9))


@pytest.mark.parametrize(
    ("held", "kind", "change"),
    [
        (action(claimed=DONE), K.CLAIMED, Change.ACTION_CLAIMED),
        (action(claimed=OTHER), K.CLAIMED, None),
        (action(confirmed=DONE), K.CONFIRMED, Change.ACTION_CONFIRMED),
        (action(), K.CONFIRMED, Change.CONFIRMATION_REFUSED),
        (action(confirmed=OTHER), K.CONFIRMED, None),
        (replace(action(confirmed=DONE), record="o2"), K.CONFIRMED, Change.ACTION_CONFIRMED),
        (replace(action(confirmed=DONE), escalation="e2", record="o2"), K.CONFIRMED, None),
    ],
)
def test_what_a_claim_or_a_confirmation_does(held: Action, kind: ActKind, change: Change | None) -> None:
    found = life.done(OVERSEEN, act(kind, action="a1"), view(held))
    assert found == (None if change is None else Transition(change, OVERSEEN, BY))


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "change", "after"),
    [
        pytest.param(replace(FRESH, next_at=NOW + timedelta(milliseconds=1)), None, None, id="1 ms before it"),
        pytest.param(
            replace(FRESH, next_at=NOW),
            Change.OVERDUE,
            replace(FRESH, chain_step=1, next_at=ACKNOWLEDGE),
            id="nobody has seen it: a step up",
        ),
        pytest.param(
            replace(FRESH, next_at=NOW, chain_step=1),
            Change.OVERDUE,
            replace(FRESH, chain_step=1, next_at=REVIEW),
            id="at the head of the chain: at each review",
        ),
        pytest.param(
            replace(ACKNOWLEDGED, next_at=NOW),
            Change.ACKNOWLEDGEMENT_EXPIRED,
            anew(ACKNOWLEDGED, chain_step=1, since=T0, oversee_by=day(12)),
            id="an acknowledgement: told anew, of the same news, with the time for the oversight that was left",
        ),
        pytest.param(
            replace(ACKNOWLEDGED, next_at=NOW, oversee_by=NOW),
            Change.OVERDUE,
            anew(ACKNOWLEDGED, chain_step=1, since=T0),
            id="an acknowledgement, and the time for the oversight: told anew, of the same news",
        ),
        pytest.param(
            replace(SILENT, next_at=NOW),
            Change.SUPPRESSION_ENDED,
            anew(SILENT, chain_step=1),
            id="a suppression",
        ),
        pytest.param(
            replace(OVERSEEN, next_at=NOW),
            Change.OVERDUE,
            replace(OVERSEEN, chain_step=1, next_at=REVIEW),
            id="a review: a step up",
        ),
    ],
)
def test_what_a_deadline_changes_when_it_passes(
    one: Escalation, change: Change | None, after: Escalation | None
) -> None:
    expected = None if change is None or after is None else Transition(change, after, NOBODY)
    assert life.overdue(one, view()) == expected


CONFIRMING = replace(OVERSEEN, awaits=Awaits.CONFIRMATION)
LATE = action(due=NOW)


@pytest.mark.parametrize(
    ("one", "actions", "after"),
    [
        pytest.param(ACKNOWLEDGED, (), ACKNOWLEDGED, id="not overseen"),
        pytest.param(
            replace(OVERSEEN, suppressed=DONE), (), replace(OVERSEEN, suppressed=DONE), id="overseen and suppressed"
        ),
        pytest.param(OVERSEEN, (), OVERSEEN, id="it holds, and the review is ahead"),
        pytest.param(replace(OVERSEEN, next_at=NOW), (), replace(OVERSEEN, next_at=REVIEW), id="the review is now"),
        pytest.param(replace(OVERSEEN, next_at=day(9)), (), replace(OVERSEEN, next_at=REVIEW), id="the review was"),
        pytest.param(CONFIRMING, (), replace(OVERSEEN, next_at=REVIEW), id="it holds, and all is confirmed"),
        pytest.param(
            replace(CONFIRMING, holds=False),
            (),
            replace(CONFIRMING, holds=False, stage=Stage.CLOSED, awaits=Awaits.NOTHING, next_at=None, closed=NOW),
            id="it is over: closed",
        ),
        pytest.param(
            OVERSEEN,
            (action(day(13)), action(day(12), name="a2")),
            replace(CONFIRMING, next_at=day(12)),
            id="actions ahead: the first",
        ),
        pytest.param(OVERSEEN, (LATE,), replace(CONFIRMING, next_at=REVIEW), id="one that is late: at the review"),
        pytest.param(CONFIRMING, (LATE,), CONFIRMING, id="one that is late: at the review that was set"),
        pytest.param(
            replace(CONFIRMING, next_at=NOW),
            (LATE, action(day(20), name="a2")),
            replace(CONFIRMING, next_at=day(20)),
            id="one that is late, and one ahead of the review",
        ),
        pytest.param(
            replace(CONFIRMING, next_at=day(12)),
            (LATE, action(day(20), name="a2")),
            replace(CONFIRMING, next_at=day(12)),
            id="one that is late, and one after the review",
        ),
        pytest.param(
            replace(OVERSEEN, holds=False),
            (action(confirmed=DONE),),
            replace(OVERSEEN, holds=False, stage=Stage.CLOSED, awaits=Awaits.NOTHING, next_at=None, closed=NOW),
            id="what is confirmed is not outstanding",
        ),
    ],
)
def test_what_an_overseen_escalation_waits_for(one: Escalation, actions: tuple[Action, ...], after: Escalation) -> None:
    assert life.settled(one, LASTING, view(*actions)) == after
