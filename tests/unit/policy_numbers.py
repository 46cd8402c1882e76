"""Every number and word of the policy, one change of each, and the example of the tables that notices it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

from streams.policy.toml_lines import lines_of
from tests.unit.casebook import POLICY_TEXT


class Number(NamedTuple):
    """One number or word of the policy file: where it stands, what stands there, what instead, and who notices."""

    key: str  # "watch.call-outs"
    old: str  # as the line has it
    new: str
    principle: str
    says: str  # the example that comes out otherwise
    word: str | None = None  # of a list: which of its words

    @property
    def id(self) -> str:
        """``watch.call-outs (P2)``."""
        return f"{self.key}{f' {self.word}' if self.word else ''} ({self.principle})"

    def changed(self) -> str:
        """The policy file with this one number changed. Raises AssertionError where it is not as it says."""
        lines = POLICY_TEXT.split("\n")
        at = lines_of(POLICY_TEXT)[tuple(self.key.split("."))] - 1
        assert lines[at].count(self.old) == 1, f"{self.key} is not {self.old} any more: name it in CHANGELOG.md"
        lines[at] = lines[at].replace(self.old, self.new)
        return "\n".join(lines)


def words(values: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, str | None]]:
    """Each number, and each word of each list, that the policy file holds; sources and dates are no numbers."""
    for key, value in values.items():
        path = (*above, key)
        if isinstance(value, dict):
            yield from words(value, path)
        elif isinstance(value, list):
            flat = [one for each in value for one in (each if isinstance(each, list) else [each])]
            yield from ((".".join(path), one) for one in flat)
            if not flat:
                yield ".".join(path), None
        elif key not in ("source", "date"):
            yield ".".join(path), None


def in_file() -> frozenset[tuple[str, str | None]]:
    """All of them."""
    return frozenset(words(tomllib.loads(POLICY_TEXT)))


def _quoted(key: str, old: str, new: str, principle: str, says: str) -> Number:
    return Number(key, f'"{old}"', f'"{new}"', principle, says)


def _out(key: str, word: str, principle: str, says: str) -> Number:
    """A word of a list, which gives way to one that means nothing."""
    return Number(key, f'"{word}"', '"ZZZZ"', principle, says, word)


def _thresholds() -> Iterator[Number]:
    said = {"children": "who is a high risk to children", "public": "at high", "staff": "who is a high risk to staff"}
    said |= {"known-adult": "who is a high risk to a known adult", "prisoners": "who is a high risk to prisoners"}
    for domain, who in said.items():
        yield _quoted(f"threshold.adult.{domain}", "high", "very-high", "P1", f"an adult {who} is raised")
    yield _quoted("threshold.adult.harm", "high", "very-high", "P1", "an overall high level of harm is raised too")
    for domain in ("harm", "vulnerability"):
        who = f"a young person at medium for {domain} is raised"
        yield _quoted(f"threshold.youth.{domain}", "medium", "high", "P1", who)
    for domain in ("children", "public", "known-adult", "staff", "prisoners"):
        who = f"a medium risk to {domain.replace('-', ' ')} raises a young person"
        yield _quoted(f"threshold.youth.{domain}", "medium", "high", "P1", who)


def _known() -> Iterator[Number]:
    custody = "a level that is very high in custody only is shown and does not cross"
    yield _quoted("custody.levels", "shown", "counts", "P1", custody)
    sets = '[["harm"], ["children", "public", "known-adult", "staff"]]'
    harm = sets.replace('["harm"], ', "")
    yield Number("picture.adult.sets", sets, harm, "P1", "an overall low level of harm is a whole picture too", "harm")
    for domain in ("children", "public", "known-adult", "staff"):
        less = sets.replace(f'"{domain}", ', "").replace(f', "{domain}"', "")
        says = f"an adult's picture without a level for {domain.replace('-', ' ')} is unknown"
        yield Number("picture.adult.sets", sets, less, "P1", says, domain)
    both = '[["harm", "vulnerability"]]'
    for domain, other in (("harm", "vulnerability"), ("vulnerability", "harm")):
        says = f"a young person's picture of {other} alone is unknown"
        yield Number("picture.youth.sets", both, f'[["{other}"]]', "P1", says, domain)
    yield _quoted("stale.after", "55 weeks", "56 weeks", "P1", "at 55 weeks it is stale")


def _registers() -> Iterator[Number]:
    for code, level, says in (
        ("RLRH", "low", "RLRH: two below the threshold, so two arrests are not rising"),
        ("RMRH", "medium", "RMRH: one below the threshold, so two arrests are rising"),
        ("RHRH", "high", "RHRH: harm is high"),
        ("RVHR", "very-high", "RVHR: harm is very high"),
    ):
        other = "medium" if level != "medium" else "low"
        yield Number(f"register.{code}.domain", 'domain = "harm"', 'domain = "vulnerability"', "P1", says)
        yield Number(f"register.{code}.level", f'level = "{level}"', f'level = "{other}"', "P1", says)
    groups = {"RCHD": "children", "REG15": "known-adult", "REG16": "prisoners", "REG17": "public", "AV2S": "staff"}
    for code, domain in groups.items():
        says = f"register {code} with level code RSKH says that the risk to {domain.replace('-', ' ')} is high"
        yield _quoted(f"register.{code}.domain", domain, "harm", "P1", says)
    low = "level code RSKL of all four groups: the picture is whole and low"
    medium = "level code RSKM: medium, which is one below the threshold"
    yield _quoted("register-level.RSKL", "low", "medium", "P1", low)
    yield _quoted("register-level.RSKM", "medium", "low", "P1", medium)
    high = "register RCHD with level code RSKH says that the risk to children is high"
    yield _quoted("register-level.RSKH", "high", "medium", "P1", high)
    yield _quoted("register-level.RSKV", "very-high", "high", "P1", "level code RSKV: very high")


def _classifications() -> Iterator[Number]:
    yield _out("needs-manager.tiers", "A", "P6", "tier A3 needs a manager")
    yield _out("needs-manager.mappa-levels", "M2", "P6", "MAPPA level 2 needs a manager")
    yield _out("needs-manager.mappa-levels", "M3", "P6", "MAPPA level 3 needs a manager")
    yield _out("needs-manager.mappa-categories", "M4", "P6", "MAPPA category 4 needs a manager at level 1, too")
    for code, what in (
        ("RVHR", "very high risk of harm"),
        ("ASFO", "a serious further offence"),
        ("RTAO", "terrorism"),
        ("RCPR", "child protection"),
    ):
        yield _out("needs-manager.registers", code, "P6", f"register {code} needs a manager ({what})")
    yield Number("needs-manager.flags", "[]", '["RVHR"]', "P6", "no flag needs one")


def _watch() -> Iterator[Number]:
    yield Number("watch.call-outs", "3", "4", "P2", "the third call-out puts a low case on watch")
    edge = "one of three call-outs turns out to be a victim's: two are left, and the watch stands"
    yield Number("watch.clear-below", "2", "3", "P2", edge)
    window = "three call-outs, of which the first is 28 days back"
    yield _quoted("watch.within", "28 days", "29 days", "P2", window)
    yield Number("watch.rising", "2", "3", "P2", "a second arrest one level below the threshold is told")
    charged = "a serious charge, known to be low, held by nobody: on watch, R3"
    yield Number("watch.serious-charge", "true", "false", "P2", charged)
    yield Number("watch.indicators", "true", "false", "P5", "a screening that found an indicator, and sets no level")


def _grades() -> Iterator[Number]:
    for grade in ("SPO", "ACO", "HEAD OF PDU"):
        yield _out("manager.adult.grades", grade, "P13", f"an adult's manager of grade {grade} is one")
    for grade in ("TEAM MANAGER", "OPERATIONS MANAGER", "SERVICE MANAGER", "HEAD OF SERVICE"):
        yield _out("manager.youth.grades", grade, "P13", f"a young person's manager of grade {grade} is one")
    senior = ("SOCIAL WORKER", "PO", "SENIOR PRACTITIONER", "TEAM MANAGER")
    for whose, cohort, levels in (
        ("an adult's", "adult", (("PSO", "PQIP", "TPO", "PO", "SPO"), ("PO", "SPO"), ("PO", "SPO"))),
        ("a young person's", "youth", (("YJ SUPPORT WORKER", "YJ OFFICER", *senior), ("YJ OFFICER", *senior), senior)),
    ):
        keys = (("grades", "unknown"), ("grades-high", "high"), ("grades-very-high", "very high"))
        for (key, level), grades in zip(keys, levels, strict=True):
            for grade in grades:
                says = f"{grade} may hold {whose} case of level {level}"
                yield _out(f"holder.{cohort}.{key}", grade, "P13", says)
    yield _out("placeholder.endings", "U", "P13", "a placeholder by its code")
    yield _out("placeholder.inactive", "IAVU", "P13", "an inactive placeholder")


def _news() -> Iterator[Number]:
    yield _quoted("live.police.for", "28 days", "29 days", "P3", "at 28 days it can open none any more")
    yield _quoted("live.hearing.for", "28 days", "29 days", "P4", "a hearing of 28 days ago opens none any more")
    yield _quoted("horizon.after", "365 days", "366 days", "P3", "news of a year ago is history")
    unlisted = "an offence that the table does not list is unknown: it is noted, and opens nothing by itself"
    yield _quoted("offence.unlisted", "noted", "counts", "P4", unlisted)


def _duties() -> Iterator[Number]:
    ten, nine = "10 working days", "9 working days"
    review = "an arrest on a Monday: 1 ms before the office closes ten working days later"
    full = "a screening that found indicators: 1 ms before the fifteenth working day ends"
    level = "a case that is known by its allocation: 1 ms before the fifteenth working day ends"
    yield _quoted("assessment.review-after-news", ten, nine, "P11", review)
    yield _quoted("assessment.full-after-screening", "15 working days", "14 working days", "P5", full)
    yield _quoted("assessment.level-within", "15 working days", "14 working days", "P1", level)
    yield _quoted(
        "oversight.raised-level-within", ten, nine, "P9", "no oversight, 1 ms before the tenth working day ends"
    )
    action = "an action without a time: 1 ms before the tenth working day ends"
    yield _quoted("action.within", ten, nine, "P10", action)
    service = "a service without a time: 1 ms before the twentieth working day ends, in summer time"
    yield _quoted("service.within", "20 working days", "19 working days", "P12", service)


def _hours() -> Iterator[Number]:
    yield _quoted(
        "hours.zone", "Europe/London", "UTC", "P11", "an arrest on the Friday before the change to summer time"
    )
    for day, says in (
        ("monday", "an arrest on a Monday morning"),
        ("tuesday", "an arrest on a Tuesday at 16:00"),
        ("wednesday", "an arrest on a Wednesday at 16:00"),
        ("thursday", "an arrest on a Wednesday at 16:00"),
        ("friday", "an arrest on a Friday at 16:00, across the weekend"),
    ):
        yield Number("hours.days", f'"{day}"', '"sunday"', "P11", says, day)
    yield _quoted("hours.opens", "09:00", "08:00", "P11", "an arrest before the office opens")
    yield _quoted(
        "hours.closes",
        "17:00",
        "16:00",
        "P11",
        "an arrest on a Monday: 1 ms before the office closes ten working days later",
    )


_URGENCY = {
    "R1": ("urgent", "R1, a high level: urgent"),
    "R2": ("soon", "R2, an arrest, level unknown: soon"),
    "R3": ("routine", "R3, three call-outs: routine"),
    "R5": ("soon", "R5, a serious further offence on the register: soon"),
    "R6": ("soon", "R6, lowered after an arrest: soon"),
    "R7": ("routine", "R7, a review is overdue: routine"),
    "R8": ("routine", "R8, a full assessment is overdue: routine"),
    "R9": ("routine", "R9, oversight is overdue: routine"),
    "R10": ("soon", "R10, an action is overdue: soon"),
    "R11": ("routine", "R11, a service is overdue: routine"),
    "R12": ("urgent", "R12, a sibling was raised: urgent"),
    "R13": ("routine", "R13, no level is known: routine"),
    "serious-offence": ("urgent", "R2, a serious charge, level unknown: urgent"),
    "very-high": ("urgent", "R5, very high on the register: urgent"),
}


def _pace() -> Iterator[Number]:
    for key, (urgency, says) in _URGENCY.items():
        principle = "P2" if key == "R3" else "P11"
        other = "soon" if urgency == "routine" else "routine"
        yield _quoted(f"urgency.{key}", urgency, other, principle, says)
    for key, old, new, says in (
        ("urgent.acknowledge", "1 hour", "2 hours", "when the first hour is over"),
        ("urgent.acknowledged-for", "4 hours", "3 hours", "acknowledged after half an hour, by name"),
        ("urgent.oversee", "24 hours", "23 hours", "acknowledged late in the 24 hours: not beyond them"),
        ("urgent.review", "24 hours", "23 hours", "at the head it is told again at the pace of the review"),
        ("soon.acknowledge", "4 working hours", "3 working hours", "an arrest on a Monday morning"),
        (
            "soon.acknowledged-for",
            "1 working day",
            "4 working hours",
            "soon, acknowledged: until the next working day ends",
        ),
        (
            "soon.oversee",
            "1 working day",
            "2 working days",
            "soon, acknowledged on the next working day: the oversight is due that evening",
        ),
        (
            "soon.review",
            "2 working days",
            "1 working day",
            "soon, overseen, and nobody attached yet: looked at again after two working days",
        ),
        ("routine.acknowledge", "1 working day", "2 working days", "routine: until the office closes on the Tuesday"),
        (
            "routine.acknowledged-for",
            "3 working days",
            "2 working days",
            "routine, acknowledged: for three working days",
        ),
        (
            "routine.oversee",
            "5 working days",
            "4 working days",
            "routine, acknowledged on the Thursday: not beyond the fifth working day after it was raised",
        ),
        (
            "routine.review",
            "10 working days",
            "9 working days",
            "routine, at the head: ten working days later, in summer time",
        ),
    ):
        yield _quoted(f"pace.{key}", old, new, "P11", says)
    for step, says in (
        ("case manager's manager", "raised"),
        ("on-call manager", "when the first hour is over"),
        ("head of unit", "when the second hour is over"),
    ):
        yield _out("chain.steps", step, "P12", says)


def _closing() -> Iterator[Number]:
    month = "a serious charge silenced for three months, it is 28 days"
    yield _quoted("suppression.at-most", "28 days", "27 days", "P18", month)
    two = "no manager: silenced for a month, it is two days"
    yield _quoted("suppression.unmanaged-at-most", "2 days", "1 days", "P18", two)
    again = "a second serious charge 28 days after it was closed: a new escalation"
    yield _quoted("reopen.within", "28 days", "29 days", "P11", again)
    yield Number("confirmation.self", "[]", '["SPO"]', "P10", "confirmed by whoever claimed it: refused")
    yield Number("linked.cohorts", '["youth"]', '["adult"]', "P20", "a sibling's risk was raised", "youth")
    for relation in ("sibling", "child-of-household", "parent", "partner", "co-defendant", "victim", "peer"):
        says = f"a young person who is the {relation.replace('-', ' ')} of somebody raised is told"
        yield Number("linked.relations", f'"{relation}"', '"other"', "P20", says, relation)


NUMBERS: tuple[Number, ...] = (
    *(*_thresholds(), *_known(), *_registers(), *_classifications(), *_watch(), *_grades()),
    *(*_news(), *_duties(), *_hours(), *_pace(), *_closing()),
)

EXCEPTIONS: dict[tuple[str, str | None], str] = {
    ("urgency.R4", None): "R4 speaks of serious offences alone, so urgency.serious-offence says it at least as high",
}
"""The numbers that no example depends on, each with the reason."""
