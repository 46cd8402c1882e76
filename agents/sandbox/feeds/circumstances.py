"""Classifications, services, links between persons, birthdays, merges, erasures: the case circumstances feed.

What was said is remembered, so that a registration ends that was made, a service is delivered that was asked for, and
a merge is undone that there was. All of it from dice of its own: where no circumstances are asked for, none are thrown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from agents import topics
from agents.sandbox.feeds import numbers, officers, rates
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.population import Case, Draft, Record, named

FIELDS = ("classification", "service", "link", "coming_of_age", "merge", "unmerge", "erasure")
"""What one record can tell of: one of these, the others are null."""

_REMEMBERED = 128  # of each kind of thing: what is older stays as it is
_REGISTERS = (("RVHR", None), ("RHRH", None), ("RCPR", None), ("ALSH", None), ("RTAO", "RSKM"), ("ASFO", "RSKH"))
_FLAGS = ("WEAPON", "STALKING", "ARSON")
_SERVICES = ("ACCOMMODATION", "DRUG_TREATMENT", "INTERPRETER", "ACCREDITED_PROGRAMME", "MENTAL_HEALTH")
_PROVIDERS = ("Northshire Homes", "Westmere Recovery", "Eastvale Trust", None)


class Circumstances:
    """What has been said of each case so far, and what is said next."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._classifications: deque[tuple[Case, Record]] = deque(maxlen=_REMEMBERED)  # in force
        self._services: deque[tuple[Case, Record]] = deque(maxlen=_REMEMBERED)  # asked for
        self._links: deque[tuple[Case, Record]] = deque(maxlen=_REMEMBERED)  # held
        self._into: dict[int, Case] = {}  # number of a merged case to the one that it lives on in
        self._merged: list[tuple[Case, datetime]] = []  # those cases, and when

    def circumstance(self, cases: Sequence[Case], at: datetime, soon: datetime | None = None) -> Draft:
        """One thing of one of these cases; where only one is open, nothing that needs two.

        ``soon``: when a classification ends, or a service should be there, where something should happen soon.
        """
        case = self._chance.among(cases)
        match rates.CIRCUMSTANCE.pick(self._chance):
            case "SERVICE":
                return self._service(case, at, soon)
            case "LINK" if len(cases) > 1:
                return self._link(case, cases, at)
            case "MERGE" if len(cases) > 1:
                return self._merge(case, cases, at)
            case "COMING_OF_AGE":
                return self._draft(case, at, "coming_of_age", {"turns_18_on": _noon(_turns_18(case.person.born))})
            case "ERASURE":
                author = officers.manager(self._chance, case.area, "REAL").code
                return self._draft(case, at, "erasure", {"author_staff_code": author, "ground": "ART17_1_B"})
            case _:
                return self._classification(case, at, soon)

    # ── each thing ───────────────────────────────────────────────────────────────────────────────────────────

    def _classification(self, case: Case, at: datetime, soon: datetime | None) -> Draft:
        chance, state = self._chance, rates.CLASSIFICATION_STATE.pick(self._chance)
        if state != "IN_FORCE" and self._classifications:
            case, said = self._taken(self._classifications, keep=state == "REVISED")
            if state == "REVISED":
                said |= {"review_due_at": at + timedelta(days=chance.between(30, 180))}
            else:
                said |= {"state": state, "ended_at": at if state == "ENDED" else said["ended_at"]}
            return self._draft(case, at, "classification", said)
        said = {
            "classification_id": numbers.ident(chance, "CLS"),
            **_classes(chance, rates.CLASSIFICATION.pick(chance)),
            "state": "IN_FORCE",
            "started_at": at - timedelta(days=chance.between(1, 700)),
            "ended_at": soon,
            "review_due_at": at + timedelta(days=chance.between(1, 180)) if chance.random() < 0.5 else None,
        }
        self._classifications.append((case, said))
        return self._draft(case, at, "classification", said)

    def _service(self, case: Case, at: datetime, soon: datetime | None) -> Draft:
        chance, state = self._chance, rates.SERVICE.pick(self._chance)
        if state != "REQUESTED" and self._services:
            case, said = self._taken(self._services)
            return self._draft(case, at, "service", said | {"state": state})
        said = {
            "service_id": numbers.ident(chance, "SVC"),
            "what": chance.among(_SERVICES),
            "state": "REQUESTED",
            "provider": chance.among(_PROVIDERS),
            "due_at": soon or (at + timedelta(days=chance.between(5, 60)) if chance.random() < 0.5 else None),
        }
        self._services.append((case, said))
        return self._draft(case, at, "service", said)

    def _link(self, case: Case, cases: Sequence[Case], at: datetime) -> Draft:
        chance = self._chance
        if rates.LINK.pick(chance) == "ENDED" and self._links:
            case, said = self._taken(self._links)
            return self._draft(case, at, "link", said | {"held": False})
        relation = rates.RELATION.pick(chance)
        said = {
            "link_id": numbers.ident(chance, "LNK"),
            "other": self._another(case, cases).reference,
            "relation": relation,
            "relation_back": _BACK.get(relation, relation) if rates.TOLD_TO_BOTH.happens(chance) else None,
            "held": True,
        }
        self._links.append((case, said))
        return self._draft(case, at, "link", said)

    def _merge(self, case: Case, cases: Sequence[Case], at: datetime) -> Draft:
        """A merge of two cases, neither of which lives in the other; or of one that was merged, what becomes of it."""
        said = rates.MERGE.pick(self._chance)
        if said != "MERGED" and self._merged:
            place = self._chance.below(len(self._merged))
            case, before = self._merged.pop(place)
            # Its merge must be older, or what is said now would be history.
            occurred = max(before + timedelta(milliseconds=1), at - timedelta(seconds=1))
            if said == "UNDONE":
                return self._draft(case, occurred, "unmerge", {"out_of": self._into.pop(case.number).reference}, at)
            del self._into[case.number]
        elif case.number in self._into:
            return self._classification(case, at, None)
        else:
            occurred = at - timedelta(seconds=1)
        into = self._another(case, cases)
        if self._lives_in(into).number == case.number:
            return self._classification(case, at, None)
        self._into[case.number] = into
        self._merged.append((case, occurred))
        return self._draft(case, occurred, "merge", {"into": into.reference}, at)

    def _lives_in(self, case: Case) -> Case:
        while case.number in self._into:
            case = self._into[case.number]
        return case

    # ── what all of them need ────────────────────────────────────────────────────────────────────────────────

    def _another(self, case: Case, cases: Sequence[Case]) -> Case:
        """Another one of the cases, of which there must be two."""
        others = self._chance.below(len(cases) - 1)
        return cases[others] if cases[others] is not case else cases[-1]

    def _taken(self, said: deque[tuple[Case, Record]], *, keep: bool = False) -> tuple[Case, Record]:
        """Something that was said, for its next state; it is remembered no more unless ``keep``."""
        place = self._chance.below(len(said))
        case, record = said[place]
        if not keep:
            del said[place]
        return case, dict(record)

    def _draft(self, case: Case, occurred: datetime, field: str, said: Record, at: datetime | None = None) -> Draft:
        sent = at or occurred
        record: Record = {
            "message_id": numbers.ident(self._chance, "CIR"),
            "sender": case.sender,
            "case": named(self._chance, case),
            **dict.fromkeys(FIELDS),
            field: said,
            "occurred_at": occurred,
            "recorded_at": sent,
        }
        return Draft(topics.CASE_CIRCUMSTANCES, case.key, record, sent)


_BACK = {"PARENT": "CHILD_OF_HOUSEHOLD", "CHILD_OF_HOUSEHOLD": "PARENT"}
"""What the person is to the other, where that is not the same."""


def corrected(record: Record, chance: Chance) -> Record | None:
    """The record as its sender has it after a correction; None: of this one there is nothing to be corrected."""
    field = next(field for field in FIELDS if record[field] is not None)
    change = _CORRECTED.get(field)
    return None if change is None else record | {field: record[field] | change(chance)}


_CORRECTED: dict[str, Callable[[Chance], Record]] = {
    "classification": lambda chance: {"review_due_at": None, "category": chance.among(("M1", "M2", "M4"))},
    "service": lambda chance: {"what": chance.among(_SERVICES), "provider": "Southmoor Trust"},
    "link": lambda _: {"relation": "OTHER"},
    "erasure": lambda _: {"ground": "ART17_1_D"},
}


def _classes(chance: Chance, kind: str) -> Record:
    code, level, category = "", None, None
    match kind:
        case "REGISTER":
            code, level = chance.among(_REGISTERS)
        case "MAPPA":
            code, level, category = "MAPP", chance.among(("M1", "M2", "M3")), chance.among(("M1", "M2", "M3", "X9"))
        case "TIER":
            code = f"{chance.among('ABCD')}{chance.below(4)}"
        case _:
            code = chance.among(_FLAGS)
    return {"kind": kind, "code": code, "level": level, "category": category}


def _turns_18(born: date) -> date:
    if (born.month, born.day) == (2, 29):  # eighteen years later there is none
        return date(born.year + 18, 3, 1)
    return born.replace(year=born.year + 18)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
