"""Reads the policy: its texts whole, all faults named at once, each with its line and what to do."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Meta

from streams.circumstances import Relation
from streams.events import Cohort, Domain, Level
from streams.policy import NeedsManager, Pace, Policy, RegisterLevel, Unlisted, Urgency, Watch
from streams.policy.table import CLOCK, CODES, DURATION, SPAN, TEXTS, ZONE, Faults, Kind, Table, one_of
from streams.policy.toml_lines import lines_of
from streams.policy.working_time import Counting, Span, WorkingTime

T = TypeVar("T")

_OFFENCE = re.compile(r"[A-Z0-9]{4,8}")
_REGISTER = re.compile(r"[A-Z0-9]{2,8}")
_SHOWN = 5  # faults of one kind in the offence table; a table in the wrong format has a thousand
_MONDAY = date(2026, 6, 1)  # the start of a week without a bank holiday


_Custody = StrEnum("_Custody", ["SHOWN", "COUNTS"])
"""What a level does that holds in custody alone."""

_Day = StrEnum("_Day", ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"])
"""A day of the week, in the order of ``date.weekday``."""

_LEVEL = one_of(Level)
_SETS = Kind[tuple[tuple[str, ...], ...]](
    "a list of lists of domains",
    '[["harm"], ["children", "public"]]',
    Annotated[tuple[Annotated[tuple[str, ...], Meta(min_length=1)], ...], Meta(min_length=1)],
    (),
)


class PolicyFaults(Exception):
    """The policy cannot be used: ``faults`` has each with its line, its key and what to do."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def parse(text: str, offences_csv: str, rules: Iterable[str], holidays: Iterable[date] = ()) -> Policy:
    """The policy that ``policy.toml``, the offence table and the bank holidays say. Pure.

    It gives each of the ``rules`` (their ids) its urgency, and names no other. Raises PolicyFaults with all faults at
    once: those of the file from its top down, then those of the offence table. Its version is a hash of both texts,
    whatever the line endings (a comment is part of what was agreed), and of the bank holidays.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyFaults((f"policy.toml: it is not TOML: {error}; correct that place first",)) from error
    faults = Faults(lines_of(text))
    tables = Table((), values, faults)
    offences, offence_faults = _offences(offences_csv)
    closed = frozenset(holidays)
    policy = _policy(tables, _version(text, offences_csv, closed), offences, rules, closed)
    _compare(policy, faults)
    tables.finish()
    told = faults.told() + offence_faults
    if told:
        raise PolicyFaults(told)
    return policy


def _version(text: str, offences_csv: str, holidays: frozenset[date]) -> str:
    texts = ("\n".join(part.splitlines()) for part in (text, offences_csv))
    whole = "\0".join((*texts, *(day.isoformat() for day in sorted(holidays))))
    return blake2b(whole.encode(), digest_size=8).hexdigest()


def _policy(
    tables: Table, version: str, offences: Mapping[str, bool], rules: Iterable[str], holidays: frozenset[date]
) -> Policy:
    """What the tables say, with stand-ins where they are faulty."""
    threshold, picture = tables.table("threshold"), tables.table("picture")
    thresholds = {cohort: _thresholds(threshold.table(cohort).sourced()) for cohort in Cohort}
    manager, holder, live, pace = (tables.table(key) for key in ("manager", "holder", "live", "pace"))
    placeholder, assessment = tables.table("placeholder").sourced(), tables.table("assessment").sourced()
    urgency, suppression, linked = (tables.table(key).sourced() for key in ("urgency", "suppression", "linked"))
    degree, unlisted = one_of(Urgency), one_of(Unlisted)
    return Policy(
        version=version,
        thresholds=thresholds,
        pictures={cohort: _picture(picture.table(cohort).sourced(), thresholds[cohort]) for cohort in Cohort},
        custody_crosses=tables.table("custody").sourced().value("levels", one_of(_Custody)) is _Custody.COUNTS,
        stale_after=tables.table("stale").sourced().value("after", DURATION),
        manager_grades={cohort: _grades(manager.table(cohort).sourced()) for cohort in Cohort},
        holder_grades={cohort: _grades(holder.table(cohort).sourced()) for cohort in Cohort},
        placeholder_endings=tuple(sorted(placeholder.some("endings", CODES))),
        inactive_endings=tuple(sorted(placeholder.some("inactive", CODES))),
        police_live=live.table("police").sourced().value("for", DURATION),
        hearing_live=live.table("hearing").sourced().value("for", DURATION),
        horizon=tables.table("horizon").sourced().value("after", DURATION),
        unlisted=tables.table("offence").sourced().value("unlisted", unlisted) or Unlisted.NOTED,
        offences=offences,
        registers=_registers(tables.table("register").sourced(), thresholds),
        register_levels=_register_levels(tables.table("register-level").sourced()),
        needs_manager=tables.table("needs-manager").sourced().struct(NeedsManager),
        watch=tables.table("watch").sourced().struct(Watch),
        review_after_news=assessment.value("review-after-news", SPAN),
        assess_after_screening=assessment.value("full-after-screening", SPAN),
        level_within=assessment.value("level-within", SPAN),
        oversee_raised=tables.table("oversight").sourced().value("raised-level-within", SPAN),
        act_within=tables.table("action").sourced().value("within", SPAN),
        deliver_within=tables.table("service").sourced().value("within", SPAN),
        hours=_hours(tables.table("hours").sourced(), holidays),
        urgency={rule: urgency.value(rule, degree) or Urgency.ROUTINE for rule in rules},
        urgency_serious=urgency.value("serious-offence", degree) or Urgency.ROUTINE,
        urgency_very_high=urgency.value("very-high", degree) or Urgency.ROUTINE,
        pace={each: pace.table(each).sourced().struct(Pace) for each in Urgency},
        chain=_chain(tables.table("chain").sourced()),
        suppress_at_most=suppression.value("at-most", DURATION),
        suppress_unmanaged_at_most=suppression.value("unmanaged-at-most", DURATION),
        reopen_within=tables.table("reopen").sourced().value("within", DURATION),
        self_confirming=tables.table("confirmation").sourced().value("self", CODES),
        linked_cohorts=linked.members("cohorts", Cohort),
        linked_relations=linked.members("relations", Relation),
    )


# ── one table each ───────────────────────────────────────────────────────────────────────────────────────────


def _named(table: Table, what: str, example: str, read: Callable[[str], T | None]) -> dict[str, T]:
    """What stands under each key of a table whose keys are names; a table that names nothing is a fault."""
    names = sorted(table.values.keys() - {"source", "date"})
    found = {name: value for name in names if (value := read(name)) is not None}
    if table.there and not found:
        table.fault("", f"names no {what}", f"write at least one, as {example}")
    return found


def _thresholds(table: Table) -> Mapping[Domain, Level]:
    def level(key: str) -> Level | None:
        if key not in set(Domain):
            return None  # finish() names it
        if key == Domain.REOFFENDING:
            table.fault(key, "can have no threshold", "take it out: P1 speaks of harm and vulnerability")
        return table.value(key, _LEVEL)

    return {Domain(key): found for key, found in _named(table, "domain", 'harm = "high"', level).items()}


def _picture(table: Table, thresholds: Mapping[Domain, Level]) -> tuple[frozenset[Domain], ...]:
    sets = table.value("sets", _SETS)
    for domain in sorted({domain for one in sets for domain in one} - set(thresholds)):
        table.fault("sets", f"names {domain!r}, which has no threshold", "give it one, or take it out")
    return tuple(frozenset(Domain(domain) for domain in one if domain in set(Domain)) for one in sets)


def _grades(table: Table) -> Mapping[Level, frozenset[str]]:
    """Those of ``grades`` for every level, but for a level that names its own."""
    every = table.some("grades", CODES)
    own = {level: f"grades-{level}" for level in Level}
    return {level: table.some(key, CODES) if key in table.values else every for level, key in own.items()}


def _registers(table: Table, thresholds: Mapping[Cohort, Mapping[Domain, Level]]) -> Mapping[str, RegisterLevel]:
    def register(code: str) -> RegisterLevel | None:
        if not _REGISTER.fullmatch(code):
            table.fault(code, "is not the code of a register", "write it in capitals and digits, as RVHR")
        says = table.table(code)
        domain = says.value("domain", one_of(Domain))
        level = says.value("level", _LEVEL) if "level" in says.values else None
        if domain is None:
            return None
        if not any(domain in one for one in thresholds.values()):
            says.fault("domain", f"({domain.value!r}) has no threshold", "give it one, or take the register out")
        return RegisterLevel(domain, level)

    return _named(table, "register", 'RVHR = { domain = "harm", level = "very-high" }', register)


def _register_levels(table: Table) -> Mapping[str, Level]:
    return _named(table, "level", 'RSKH = "high"', lambda code: table.value(code, _LEVEL))


def _hours(table: Table, holidays: frozenset[date]) -> WorkingTime:
    days = table.members("days", _Day, none=False)
    return WorkingTime(
        zone=table.value("zone", ZONE),
        weekdays=frozenset(number for number, day in enumerate(_Day) if day in days),
        opens=table.value("opens", CLOCK),
        closes=table.value("closes", CLOCK._replace(instead=time.max)),
        holidays=holidays,
    )


def _chain(table: Table) -> tuple[str, ...]:
    steps = table.some("steps", TEXTS)
    for step in sorted({step for step in steps if steps.count(step) > 1}):
        table.fault("steps", f"names {step!r} more than once", "keep one: whose turn it is must be plain")
    return steps


# ── what must agree with each other ──────────────────────────────────────────────────────────────────────────


def _compare(policy: Policy, faults: Faults) -> None:
    """Note the numbers that contradict each other. A stand-in is nought, and contradicts nothing."""
    unmanaged = policy.suppress_unmanaged_at_most
    for key, length, other, most in (
        ("live.police.for", policy.police_live, "horizon.after", policy.horizon),
        ("live.hearing.for", policy.hearing_live, "horizon.after", policy.horizon),
        ("watch.within", policy.watch.within, "horizon.after", policy.horizon),
        ("suppression.unmanaged-at-most", unmanaged, "suppression.at-most", policy.suppress_at_most),
    ):
        if length > most > timedelta():
            what = f"({Span(Counting.CLOCK, length)}) must not be longer than {other}"
            faults.note(tuple(key.split(".")), what, "shorten it")
    watch = policy.watch
    if watch.clear_below > watch.call_outs > 0:
        what = f"({watch.clear_below}) must not be above watch.call-outs ({watch.call_outs})"
        faults.note(("watch", "clear-below"), what, "lower it: it is the edge at which a watch ends")
    hours = policy.hours
    if hours.opens >= hours.closes:
        what = f"({hours.closes:%H:%M}) must be after hours.opens ({hours.opens:%H:%M})"
        faults.note(("hours", "closes"), what, "write a later time of the same day")
    elif hours.weekdays:
        for degree, pace in policy.pace.items():
            if not _sooner(pace.acknowledge, pace.oversee, hours):
                what = f"({pace.acknowledge}) can end as late as pace.{degree}.oversee ({pace.oversee})"
                faults.note(("pace", degree, "acknowledge"), what, "shorten it, or give the oversight longer")


def _sooner(first: Span, second: Span, hours: WorkingTime) -> bool:
    """Whether the first is over before the second, whenever in an ordinary week both begin; so of any two countings."""
    if not (second.length or second.days):
        return True
    zone = ZoneInfo(hours.zone)
    moments = (time.min, hours.opens, time.max)
    starts = [
        datetime.combine(_MONDAY + timedelta(days=day), moment, zone).astimezone(UTC)
        for day in range(7)
        for moment in moments
    ]
    return all(hours.after(start, first) < hours.after(start, second) for start in starts)


# ── the offence table ────────────────────────────────────────────────────────────────────────────────────────


def _offences(text: str) -> tuple[Mapping[str, bool], tuple[str, ...]]:
    """By code, whether it is serious; and what is wrong with the table. A remark begins with a #."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line[:1] != "#"]
    rows = [(number, row) for number, row in lines if row]
    faults: list[str] = []
    if not rows or rows[0][1] != "offence_code,sfo_flag":
        faults.append("the first row must be offence_code,sfo_flag; add it")
    found: dict[str, bool] = {}
    bad: list[str] = []
    for number, row in rows[1:]:
        code, _, flag = row.partition(",")
        if not _OFFENCE.fullmatch(code) or flag not in ("TRUE", "FALSE"):
            bad.append(f"line {number}: write a code of 4 to 8 capital letters and digits, a comma, TRUE or FALSE")
        elif found.setdefault(code, flag == "TRUE") != (flag == "TRUE"):
            bad.append(f"line {number}: {code} is listed as both TRUE and FALSE; keep the one that is right")
    faults += bad[:_SHOWN]
    if len(bad) > _SHOWN:
        faults.append(f"and {len(bad) - _SHOWN} more bad lines; correct those first")
    if not found:
        faults.append("it lists no offence; use the table that comes with the program")
    return found, tuple(f"serious_offences.csv: {fault}" for fault in faults)
