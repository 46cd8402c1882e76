"""The policy: every number that a rule reads, each with its source and date; read whole, all faults told at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b

from msgspec import Struct

from streams.events import Cohort, Domain, Level
from streams.policy_table import Table

RANK: Mapping[Level, int] = {level: rank for rank, level in enumerate(Level)}
"""Levels from low to very high, as numbers that can be compared."""


class Unlisted(StrEnum):
    """What a hearing does whose offence the table does not list, so that its seriousness is unknown."""

    NOTED = "noted"  # named in the notes of an open item, and opens none by itself
    COUNTS = "counts"  # opens one as a serious hearing would; the reason says that its seriousness is unknown


class Seriousness(StrEnum):
    """Of an offence, by the table."""

    SERIOUS = "serious"
    NOT_SERIOUS = "not serious"
    UNKNOWN = "seriousness unknown"


class Standard(Struct, frozen=True):
    """What counts for one mixture of cohorts: from where a domain's level is raised, and when the picture is whole."""

    cohorts: frozenset[Cohort]
    raised_from: Mapping[Domain, int]
    pictures: tuple[tuple[frozenset[Domain], ...], ...]  # for each cohort, the sets of which one must be known
    grades: frozenset[str]


class Policy(Struct, frozen=True, dict=True):
    """What the rules read. ``version`` is a hash of the texts, so that a decision can name what it was made under."""

    version: str
    thresholds: Mapping[Cohort, Mapping[Domain, Level]]
    pictures: Mapping[Cohort, tuple[frozenset[Domain], ...]]
    stale_after: timedelta
    manager_grades: Mapping[Cohort, frozenset[str]]
    placeholder_endings: tuple[str, ...]
    inactive_endings: tuple[str, ...]
    police_live: timedelta
    hearing_live: timedelta
    horizon: timedelta
    unlisted: Unlisted
    offences: Mapping[str, bool]

    def standard(self, cohorts: frozenset[Cohort]) -> Standard:
        """What counts for a case of these cohorts. Pure.

        For two at once: of each domain the lower threshold, both cohorts' pictures must be whole, and a manager of
        either service is a manager.
        """
        return self._standards[cohorts]

    @cached_property
    def _standards(self) -> Mapping[frozenset[Cohort], Standard]:
        mixtures = (*(frozenset({cohort}) for cohort in Cohort), frozenset(Cohort))
        return {mixture: self._mixed(mixture) for mixture in mixtures}

    def _mixed(self, cohorts: frozenset[Cohort]) -> Standard:
        raised_from: dict[Domain, int] = {}
        for cohort in cohorts:
            for domain, level in self.thresholds[cohort].items():
                raised_from[domain] = min(RANK[level], raised_from.get(domain, RANK[level]))
        return Standard(
            cohorts,
            raised_from,
            tuple(self.pictures[cohort] for cohort in sorted(cohorts)),
            frozenset().union(*(self.manager_grades[cohort] for cohort in cohorts)),
        )

    def seriousness(self, codes: tuple[str, ...]) -> Seriousness:
        """How serious offences with these codes are together (empty text: one without a code). Pure.

        One that is serious makes it serious; otherwise one that the table does not list leaves it unknown; with no
        offence at all there is nothing serious.
        """
        found = [self.offences.get(code) for code in codes]
        if True in found:
            return Seriousness.SERIOUS
        return Seriousness.UNKNOWN if None in found else Seriousness.NOT_SERIOUS


# ── reading it ───────────────────────────────────────────────────────────────────────────────────────────────

_CODE = re.compile(r"[A-Z0-9]{4,8}")
_SHOWN = 5  # faults of one kind in the offence table; a table in the wrong format has a thousand


class PolicyFaults(Exception):
    """The policy cannot be used: ``faults`` has each with its key and what to do."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def parse(text: str, offences_csv: str) -> Policy:
    """The policy that ``policy.toml`` and the offence table say. Raises PolicyFaults with all faults at once. Pure.

    Its version is a hash of both texts, whatever the line endings: a comment is part of what was agreed.
    """
    faults: list[str] = []
    try:
        tables = Table("", tomllib.loads(text), faults)
    except tomllib.TOMLDecodeError as error:
        raise PolicyFaults((f"policy.toml: it is not TOML: {error}; correct that place first",)) from error
    threshold, picture, manager, live = (tables.table(key) for key in ("threshold", "picture", "manager", "live"))
    thresholds = {cohort: _thresholds(threshold.table(cohort)) for cohort in Cohort}
    stale, placeholder, horizon, offence = (tables.table(key) for key in ("stale", "placeholder", "horizon", "offence"))
    policy = Policy(
        version=_version(text, offences_csv),
        thresholds=thresholds,
        pictures={cohort: _picture(picture.table(cohort), thresholds[cohort]) for cohort in Cohort},
        stale_after=stale.sourced().duration("after"),
        manager_grades={cohort: frozenset(manager.table(cohort).sourced().words("grades")) for cohort in Cohort},
        placeholder_endings=placeholder.sourced().words("endings"),
        inactive_endings=placeholder.words("inactive"),
        police_live=live.table("police").sourced().duration("for"),
        hearing_live=live.table("hearing").sourced().duration("for"),
        horizon=horizon.sourced().duration("after"),
        unlisted=offence.sourced().word("unlisted", Unlisted) or Unlisted.NOTED,
        offences=_offences(offences_csv, faults),
    )
    for key, window in (("live.police.for", policy.police_live), ("live.hearing.for", policy.hearing_live)):
        if window > policy.horizon > timedelta():
            faults.append(f"policy.toml: {key} ({window.days} days) must not be longer than horizon.after; shorten it")
    tables.finish()
    if faults:
        raise PolicyFaults(tuple(faults))
    return policy


def _version(text: str, offences_csv: str) -> str:
    both = "\0".join("\n".join(part.splitlines()) for part in (text, offences_csv))
    return blake2b(both.encode(), digest_size=8).hexdigest()


def _thresholds(table: Table) -> Mapping[Domain, Level]:
    found: dict[Domain, Level] = {}
    for key in sorted(table.sourced().values.keys() - {"source", "date"}):
        if key not in set(Domain):
            continue  # finish() names it
        if key == Domain.REOFFENDING:
            table.fault(key, "can have no threshold", "take it out: P1 speaks of harm and vulnerability")
        level = table.word(key, Level)
        if level is not None:
            found[Domain(key)] = level
    if table.values and not found:
        table.fault("", "names no domain", f"write at least one of {', '.join(Domain)}")
    return found


def _picture(table: Table, thresholds: Mapping[Domain, Level]) -> tuple[frozenset[Domain], ...]:
    remedy = 'write lists of domains, as [["harm"], ["children", "public"]]'
    sets = table.sourced().get("sets", remedy) if table.values else None
    if sets is None:
        return ()
    if not isinstance(sets, list) or not sets or not all(isinstance(one, list) and one for one in sets):
        table.fault("sets", "is not a list of lists", remedy)
        return ()
    for domain in sorted({str(domain) for one in sets for domain in one} - set(thresholds)):
        table.fault("sets", f"names {domain!r}, which has no threshold", "give it one, or take it out")
    return tuple(frozenset(Domain(domain) for domain in one if domain in set(Domain)) for one in sets)


def _offences(text: str, faults: list[str]) -> Mapping[str, bool]:
    found: dict[str, bool] = {}
    bad: list[str] = []
    rows = [
        (number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"
    ]
    if not rows or rows[0][1] != "offence_code,sfo_flag":
        faults.append("serious_offences.csv: the first row must be offence_code,sfo_flag; add it")
    for number, row in rows[1:]:
        code, _, flag = row.partition(",")
        if not _CODE.fullmatch(code) or flag not in ("TRUE", "FALSE"):
            bad.append(f"line {number}: write a code of 4 to 8 capital letters and digits, a comma, TRUE or FALSE")
        elif found.setdefault(code, flag == "TRUE") != (flag == "TRUE"):
            bad.append(f"line {number}: {code} is listed as both TRUE and FALSE; keep the one that is right")
    faults.extend(f"serious_offences.csv: {fault}" for fault in bad[:_SHOWN])
    if len(bad) > _SHOWN:
        faults.append(f"serious_offences.csv: and {len(bad) - _SHOWN} more bad lines; correct those first")
    if not found:
        faults.append("serious_offences.csv: it lists no offence; use the table that comes with the program")
    return found
