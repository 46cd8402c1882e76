"""What managers ask for, and what other staff claim and confirm: oversight records with actions, and the acts feed.

``act`` and ``asked`` write down what any person does, for whoever knows an escalation's id; ``Acts`` does it on its
own, from dice of its own, for actions that answer no escalation, and for escalations that nobody knows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from agents import topics
from agents.sandbox.feeds import numbers, officers, rates
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.officers import Officer
from agents.sandbox.feeds.population import Case, Draft, Record, named

EVIDENCE = ("CASE_RECORD", "DOCUMENT", "DIRECT_OBSERVATION", "CASE_DISCUSSION", "PARTNER_AGENCY")
_WHAT = ("HOME_VISIT", "MARAC_REFERRAL", "REVIEW_PLAN", "SAFEGUARDING_CHECK", "LICENCE_RECALL_CONSIDERED")
_DEFICITS = ("NO_HOME_VISIT", "LEVEL_NOT_REVIEWED", "NO_CONTACT_WITH_POLICE")
_REMEMBERED = 128  # actions that nobody has confirmed yet


def act(chance: Chance, case: Record, sender: str, kind: str, author: Officer, at: datetime, **said: Any) -> Record:
    """A record of the acts feed: what somebody did. ``case`` as a message names it; ``said``: fields of the schema."""
    blank = dict.fromkeys(("escalation_id", "action_id", "record_id", "evidence", "evidence_reference", "reason"))
    return {
        "message_id": numbers.ident(chance, "ACT"),
        "sender": sender,
        "case": case,
        "kind": kind,
        "author_staff_code": author.code,
        "author_grade": author.grade,
        **blank,
        "variance": None,
        "until_at": None,
        "occurred_at": at,
        "recorded_at": at,
        **said,
    }


def asked(
    chance: Chance, case: Record, sender: str, manager: Officer, at: datetime, actions: list[Record],
    escalation: str | None = None,
) -> Record:  # fmt: skip
    """A manager's discussion of a case that says what was found, and what must be done: an oversight record."""
    return {
        "message_id": numbers.ident(chance, "OVR"),
        "sender": sender,
        "case": case,
        "kind": "CASE_DISCUSSION",
        "author_staff_code": manager.code,
        "author_grade": manager.grade,
        "forum": None,
        "decision": "ACTIONS_SET",
        "escalation_id": escalation,
        "practice_assessed": True,
        "deficits": chance.sample(_DEFICITS, chance.below(3)),
        "actions": actions,
        "none_needed": None if actions else "PLAN_IS_SOUND",
        "variance": None,
        "occurred_at": at,
        "recorded_at": at,
    }


def action(chance: Chance, owner: Officer, due: datetime | None) -> Record:
    """One thing that must be done, and by whom."""
    return {
        "action_id": numbers.ident(chance, "DO"),
        "what": chance.among(_WHAT),
        "owner_staff_code": owner.code,
        "owner_grade": owner.grade,
        "due_at": due,
    }


class _Wanted(Struct, frozen=True, gc=False):
    """An action that was asked for."""

    case: Case
    record: str
    action: str
    owner: Officer


class Acts:
    """What was asked for so far, and what is done about it next."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._asked: deque[_Wanted] = deque(maxlen=_REMEMBERED)
        self._claimed: deque[_Wanted] = deque(maxlen=_REMEMBERED)

    def act(self, cases: Sequence[Case], at: datetime, soon: datetime | None = None) -> Draft:
        """An oversight record with actions, a claim, a confirmation, or an act on an escalation that nobody knows.

        ``soon``: by when the actions are due, where something should happen soon.
        """
        chance = self._chance
        match rates.ACT.pick(chance):
            case "CLAIMED" if self._asked:
                wanted = self._asked.popleft()
                self._claimed.append(wanted)
                return self._of(wanted, "CLAIMED", wanted.owner, at)
            case "CONFIRMED" if self._claimed:
                wanted = self._claimed.popleft()
                itself = rates.CONFIRMS_ITSELF.happens(chance)
                by = wanted.owner if itself else officers.manager(chance, wanted.case.area, "REAL")
                evidence = {"evidence": chance.among(EVIDENCE), "evidence_reference": numbers.ident(chance, "DOC")}
                return self._of(wanted, "CONFIRMED", by, at, **evidence)
            case "UNKNOWN_ESCALATION":
                return self._of_nobody(chance.among(cases), at)
            case _:
                return self._asks(chance.among(cases), at, soon)

    def _asks(self, case: Case, at: datetime, soon: datetime | None) -> Draft:
        chance = self._chance
        manager = case.manager or officers.manager(chance, case.area, "REAL")
        owner = officers.case_manager(chance, case.area)
        dues = [soon or (at + timedelta(days=chance.between(3, 30)) if chance.random() < 0.5 else None), None]
        actions = [action(chance, owner, due) for due in dues[: chance.between(1, 3)]]
        record = asked(chance, named(chance, case), case.sender, manager, at, actions)
        self._asked.extend(_Wanted(case, record["message_id"], each["action_id"], owner) for each in actions)
        return Draft(topics.OVERSIGHT_RECORDS, None, record, at)

    def _of(self, wanted: _Wanted, kind: str, by: Officer, at: datetime, **said: Any) -> Draft:
        record = wanted.record if rates.RECORD_NAMED.happens(self._chance) else None
        said |= {"action_id": wanted.action, "record_id": record}
        return self._draft(wanted.case, kind, by, at, said)

    def _of_nobody(self, case: Case, at: datetime) -> Draft:
        said: Record = {"escalation_id": f"{self._chance.getrandbits(128):032x}"}
        kind = self._chance.among(("ACKNOWLEDGED", "REOPENED", "SUPPRESSED", "SUPPRESSION_ENDED", "POLICY_ADOPTED"))
        if kind in ("REOPENED", "SUPPRESSED"):
            said["reason"] = "NEW_INFORMATION"
        if kind == "SUPPRESSED":
            said["until_at"] = at + timedelta(days=3)
        return self._draft(case, kind, officers.manager(self._chance, case.area, "REAL"), at, said)

    def _draft(self, case: Case, kind: str, by: Officer, at: datetime, said: Record) -> Draft:
        record = act(self._chance, named(self._chance, case), case.sender, kind, by, at, **said)
        return Draft(topics.CASE_ACTS, case.key, record, at)


def corrected(record: Record, chance: Chance) -> Record:
    """The act as its sender has it after a correction: where the evidence lies, or from what it departs."""
    if record["kind"] == "CONFIRMED":
        return record | {"evidence_reference": numbers.ident(chance, "DOC")}
    return record | {"variance": chance.among(("OUT_OF_HOURS", "COVERING_MANAGER"))}
