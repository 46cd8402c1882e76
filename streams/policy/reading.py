"""Reads the policy: its texts whole, all faults named at once, each with its line and what to do."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import blake2b
from zoneinfo import ZoneInfo

from streams.circumstances import Relation
from streams.events import Cohort, Domain, Level
from streams.policy import NeedsManager, Pace, Policy, RegisterLevel, Unlisted, Urgency, Watch
from streams.policy.table import Faults, Table
from streams.policy.toml_lines import lines_of
from streams.policy.working_time import Counting, Span, WorkingTime

RULES = tuple(f"R{number}" for number in range(1, 14))
"""The ids of the rules; the policy gives each its urgency and names no other."""

_OFFENCE = re.compile(r"[A-Z0-9]{4,8}")
_REGISTER = re.compile(r"[A-Z0-9]{2,8}")
_SHOWN = 5  # faults of one kind in the offence table; a table in the wrong format has a thousand
_MONDAY = date(2026, 6, 1)  # the start of a week without a bank holiday


class _Custody(StrEnum):
    """What a level does that holds in custody alone."""

    SHOWN = "shown"
    COUNTS = "counts"


class _Day(StrEnum):
    """A day of the week, in the order of ``date.weekday``."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class PolicyFaults(Exception):
    """The policy cannot be used: ``faults`` has each with its line, its key and what to do."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def parse(text: str, offences_csv: str, holidays: Iterable[date] = ()) -> Policy:
    """The policy that ``policy.toml``, the offence table and the bank holidays say. Pure.

    Raises PolicyFaults with all faults at once: those of the file from its top down, then those of the offence
    table. Its version is a hash of both texts, whatever the line endings (a comment is part of what was agreed), and
    of the bank holidays.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyFaults((f"policy.toml: it is not TOML: {error}; correct that place first",)) from error
    faults = Faults(lines_of(text))
    tables = Table((), values, faults)
    closed = frozenset(holidays)
    policy = _policy(tables, offences_csv, closed, _version(text, offences_csv, closed))
    _compare(policy, faults)
    tables.finish()
    told = faults.told() + tuple(_offence_faults(offences_csv))
    if told:
        raise PolicyFaults(told)
    return policy


def _version(text: str, offences_csv: str, holidays: frozenset[date]) -> str:
    texts = ("\n".join(part.splitlines()) for part in (text, offences_csv))
    whole = "\0".join((*texts, *(day.isoformat() for day in sorted(holidays))))
    return blake2b(whole.encode(), digest_size=8).hexdigest()


def _policy(tables: Table, offences_csv: str, holidays: frozenset[date], version: str) -> Policy:
    """What the tables say, with stand-ins where they are faulty."""
    threshold, picture = tables.table("threshold"), tables.table("picture")
    thresholds = {cohort: _thresholds(threshold.table(cohort)) for cohort in Cohort}
    manager, holder, live, pace = (tables.table(key) for key in ("manager", "holder", "live", "pace"))
    placeholder, assessment = tables.table("placeholder").sourced(), tables.table("assessment").sourced()
    urgency, suppression, linked = (tables.table(key).sourced() for key in ("urgency", "suppression", "linked"))
    return Policy(
        version=version,
        thresholds=thresholds,
        pictures={cohort: _picture(picture.table(cohort), thresholds[cohort]) for cohort in Cohort},
        custody_crosses=tables.table("custody").sourced().word("levels", _Custody) is _Custody.COUNTS,
        stale_after=tables.table("stale").sourced().duration("after"),
        manager_grades={cohort: _grades(manager.table(cohort).sourced()) for cohort in Cohort},
        holder_grades={cohort: _grades(holder.table(cohort).sourced()) for cohort in Cohort},
        placeholder_endings=placeholder.words("endings"),
        inactive_endings=placeholder.words("inactive"),
        police_live=live.table("police").sourced().duration("for"),
        hearing_live=live.table("hearing").sourced().duration("for"),
        horizon=tables.table("horizon").sourced().duration("after"),
        unlisted=tables.table("offence").sourced().word("unlisted", Unlisted) or Unlisted.NOTED,
        offences=_offences(offences_csv),
        registers=_registers(tables.table("register").sourced(), thresholds),
        register_levels=_register_levels(tables.table("register-level").sourced()),
        needs_manager=_needs_manager(tables.table("needs-manager").sourced()),
        watch=_watch(tables.table("watch").sourced()),
        review_after_news=assessment.span("review-after-news"),
        assess_after_screening=assessment.span("full-after-screening"),
        level_within=assessment.span("level-within"),
        oversee_raised=tables.table("oversight").sourced().span("raised-level-within"),
        act_within=tables.table("action").sourced().span("within"),
        deliver_within=tables.table("service").sourced().span("within"),
        hours=_hours(tables.table("hours").sourced(), holidays),
        urgency={rule: urgency.word(rule, Urgency) or Urgency.ROUTINE for rule in RULES},
        urgency_serious=urgency.word("serious-offence", Urgency) or Urgency.ROUTINE,
        urgency_very_high=urgency.word("very-high", Urgency) or Urgency.ROUTINE,
        pace={degree: _pace(pace.table(degree).sourced()) for degree in Urgency},
        chain=_chain(tables.table("chain").sourced()),
        suppress_at_most=suppression.duration("at-most"),
        suppress_unmanaged_at_most=suppression.duration("unmanaged-at-most"),
        reopen_within=tables.table("reopen").sourced().duration("within"),
        self_confirming=frozenset(tables.table("confirmation").sourced().words("self", empty=True)),
        linked_cohorts=linked.members("cohorts", Cohort),
        linked_relations=linked.members("relations", Relation),
    )


# ── one table each ───────────────────────────────────────────────────────────────────────────────────────────


def _named(table: Table) -> list[str]:
    """The keys of a table whose keys are names, those of its source left out."""
    return sorted(table.values.keys() - {"source", "date"})


def _thresholds(table: Table) -> Mapping[Domain, Level]:
    found: dict[Domain, Level] = {}
    for key in _named(table.sourced()):
        if key not in set(Domain):
            continue  # finish() names it
        if key == Domain.REOFFENDING:
            table.fault(key, "can have no threshold", "take it out: P1 speaks of harm and vulnerability")
        level = table.word(key, Level)
        if level is not None:
            found[Domain(key)] = level
    if table.there and not found:
        table.fault("", "names no domain", f"write at least one of {', '.join(Domain)}")
    return found


def _picture(table: Table, thresholds: Mapping[Domain, Level]) -> tuple[frozenset[Domain], ...]:
    remedy = 'write lists of domains, as [["harm"], ["children", "public"]]'
    sets = table.sourced().get("sets", remedy)
    if sets is None:
        return ()
    if not isinstance(sets, list) or not sets or not all(isinstance(one, list) and one for one in sets):
        table.fault("sets", "is not a list of lists", remedy)
        return ()
    named = [[str(domain) for domain in one] for one in sets]
    for domain in sorted({domain for one in named for domain in one} - set(thresholds)):
        table.fault("sets", f"names {domain!r}, which has no threshold", "give it one, or take it out")
    return tuple(frozenset(Domain(domain) for domain in one if domain in set(Domain)) for one in named)


def _grades(table: Table) -> Mapping[Level, frozenset[str]]:
    """Those of ``grades`` for every level, but for a level that names its own."""
    every = frozenset(table.words("grades"))
    own = {level: f"grades-{level}" for level in Level}
    return {level: frozenset(table.words(key)) if key in table.values else every for level, key in own.items()}


def _registers(table: Table, thresholds: Mapping[Cohort, Mapping[Domain, Level]]) -> Mapping[str, RegisterLevel]:
    found: dict[str, RegisterLevel] = {}
    for code in _named(table):
        if not _REGISTER.fullmatch(code):
            table.fault(code, "is not the code of a register", "write it in capitals and digits, as RVHR")
        says = table.table(code)
        domain = says.word("domain", Domain)
        level = says.word("level", Level) if "level" in says.values else None
        if domain is not None:
            found[code] = RegisterLevel(domain, level)
            if not any(domain in one for one in thresholds.values()):
                says.fault("domain", f"({domain.value!r}) has no threshold", "give it one, or take the register out")
    if table.there and not found:
        table.fault("", "names no register", 'write at least one, as RVHR = { domain = "harm", level = "very-high" }')
    return found


def _register_levels(table: Table) -> Mapping[str, Level]:
    found = {code: table.word(code, Level) for code in _named(table)}
    if table.there and not found:
        table.fault("", "names no level", 'write at least one, as RSKH = "high"')
    return {code: level for code, level in found.items() if level is not None}


def _needs_manager(table: Table) -> NeedsManager:
    keys = ("tiers", "mappa-levels", "mappa-categories", "registers", "flags")
    return NeedsManager(*(frozenset(table.words(key, empty=True)) for key in keys))


def _watch(table: Table) -> Watch:
    return Watch(
        call_outs=table.number("call-outs"),
        clear_below=table.number("clear-below"),
        within=table.duration("within"),
        rising=table.number("rising"),
        serious_charge=table.truth("serious-charge"),
        indicators=table.truth("indicators"),
    )


def _hours(table: Table, holidays: frozenset[date]) -> WorkingTime:
    zone = table.get("zone", 'write a time zone, as "Europe/London"')
    if zone is not None and not _is_zone(zone):
        table.fault("zone", f"({zone!r}) is not a time zone", 'write it as "Europe/London"')
        zone = None
    days = table.texts("days")
    order = list(_Day)
    for day in days:
        if day not in order:
            table.fault("days", f"names {day!r}, which is not a day", f"write some of {', '.join(_Day)}")
    return WorkingTime(
        zone=zone or "UTC",
        weekdays=frozenset(order.index(_Day(day)) for day in days if day in order),
        opens=table.clock("opens", time.min),
        closes=table.clock("closes", time.max),
        holidays=holidays,
    )


def _is_zone(name: object) -> bool:
    try:
        return isinstance(name, str) and ZoneInfo(name) is not None
    except (OSError, ValueError, KeyError):  # a folder, a path out of the database, no such zone
        return False


def _pace(table: Table) -> Pace:
    keys = ("acknowledge", "acknowledged-for", "oversee", "review")
    return Pace(*(table.span(key) for key in keys))


def _chain(table: Table) -> tuple[str, ...]:
    steps = table.texts("steps")
    for step in sorted({step for step in steps if steps.count(step) > 1}):
        table.fault("steps", f"names {step!r} more than once", "keep one: whose turn it is must be plain")
    return steps


# ── what must agree with each other ──────────────────────────────────────────────────────────────────────────


def _compare(policy: Policy, faults: Faults) -> None:
    """Note the numbers that contradict each other. A stand-in is nought, and contradicts nothing."""
    windows = (
        (("live", "police", "for"), policy.police_live),
        (("live", "hearing", "for"), policy.hearing_live),
        (("watch", "within"), policy.watch.within),
    )
    for at, window in windows:
        if window > policy.horizon > timedelta():
            faults.note(at, f"({_days(window)}) must not be longer than horizon.after", "shorten it")
    watch = policy.watch
    if watch.clear_below > watch.call_outs > 0:
        what = f"({watch.clear_below}) must not be above watch.call-outs ({watch.call_outs})"
        faults.note(("watch", "clear-below"), what, "lower it: it is the edge at which a watch ends")
    most, unmanaged = policy.suppress_at_most, policy.suppress_unmanaged_at_most
    if unmanaged > most > timedelta():
        what = f"({_days(unmanaged)}) must not be longer than suppression.at-most"
        faults.note(("suppression", "unmanaged-at-most"), what, "shorten it")
    hours = policy.hours
    if hours.opens >= hours.closes:
        what = f"({hours.closes:%H:%M}) must be after hours.opens ({hours.opens:%H:%M})"
        faults.note(("hours", "closes"), what, "write a later time of the same day")
    elif hours.weekdays:
        for degree, pace in policy.pace.items():
            if not _sooner(pace.acknowledge, pace.oversee, hours):
                what = f"({pace.acknowledge}) can end as late as pace.{degree}.oversee ({pace.oversee})"
                faults.note(("pace", degree, "acknowledge"), what, "shorten it, or give the oversight longer")


def _days(length: timedelta) -> str:
    return str(Span(Counting.CLOCK, length))


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


def _rows(text: str) -> list[tuple[int, str]]:
    """The rows that say something, with their lines."""
    return [
        (number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"
    ]


def _offences(text: str) -> Mapping[str, bool]:
    """By code, whether it is serious; of a faulty table what can be read of it."""
    found: dict[str, bool] = {}
    for _, row in _rows(text)[1:]:
        code, _, flag = row.partition(",")
        found.setdefault(code, flag == "TRUE")
    return found


def _offence_faults(text: str) -> Iterator[str]:
    rows = _rows(text)
    if not rows or rows[0][1] != "offence_code,sfo_flag":
        yield "serious_offences.csv: the first row must be offence_code,sfo_flag; add it"
    found: dict[str, str] = {}
    bad: list[str] = []
    for number, row in rows[1:]:
        code, _, flag = row.partition(",")
        if not _OFFENCE.fullmatch(code) or flag not in ("TRUE", "FALSE"):
            bad.append(f"line {number}: write a code of 4 to 8 capital letters and digits, a comma, TRUE or FALSE")
        elif found.setdefault(code, flag) != flag:
            bad.append(f"line {number}: {code} is listed as both TRUE and FALSE; keep the one that is right")
    yield from (f"serious_offences.csv: {fault}" for fault in bad[:_SHOWN])
    if len(bad) > _SHOWN:
        yield f"serious_offences.csv: and {len(bad) - _SHOWN} more bad lines; correct those first"
    if not found:
        yield "serious_offences.csv: it lists no offence; use the table that comes with the program"
