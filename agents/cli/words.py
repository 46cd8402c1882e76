"""Escalations and case facts in words, as the commands print them. Nothing here reads or decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

import msgspec

from agents.cli.session import when
from streams.case import CaseFile, Item
from streams.events import (
    Allocation,
    AppearanceDeleted,
    Assessed,
    CourtAppearance,
    DeadlinePassed,
    DomainLevel,
    Fact,
    Oversight,
    PoliceContact,
    Restored,
    Withheld,
)


def named(value: Any) -> Any:
    """A value of ours with its field names, for JSON: on the wire it is an array."""
    if isinstance(value, msgspec.Struct):
        kind = value.__struct_config__.tag
        fields = {name: named(getattr(value, name)) for name in value.__struct_fields__}
        return {"is": kind, **fields} if kind else fields
    if isinstance(value, tuple | list | frozenset):
        return [named(each) for each in value]
    return value


def escalation(told: Mapping[str, Any]) -> Iterator[str]:
    """An escalation record, as a manager would want to read it. Its reason names signals, manager and referral."""
    change = told["change"].replace("_", " ").lower()
    principles = ", ".join(told["principles"])
    yield f"{when(told['at'])}  {change.upper()}  {told['case_id']} ({told['cohort']})  {told['rule']} [{principles}]"
    yield f"  {told['reason']}"
    yield f"  levels: {'; '.join(told['levels']) or 'none known'}"
    for note in told["notes"]:
        yield f"  note: {note}"
    yield f"  escalation {told['escalation_id']}, revision {told['revision']}, policy {told['policy_version']}"


def file(of: CaseFile) -> Iterator[str]:
    """What a case's file holds: levels, holders, signals, open items, what is withheld."""
    cohorts = " and ".join(sorted(of.cohorts))
    also = f", also known as {', '.join(of.also_known)}" if of.also_known else ""
    yield f"{of.case} ({cohorts}{also}), {of.events} events, changed last {when(of.at)}"
    if of.due:
        yield f"  looked at again {when(of.due)}"
    yield from _part("assessments", (
        f"{when(each.completed or each.times.effective)}  {each.kind}, {each.status}: {levels(each.levels)}"
        for each in of.assessments
    ))  # fmt: skip
    yield from _part("holders", (
        f"{when(each.effective)}  {each.role} {each.staff or '(nobody named)'}, grade {each.grade or 'not known'}, "
        f"{each.state}{', placeholder' if each.placeholder_name else ''}, "
        f"{'attached' if each.attached else 'detached'}{f', ended {when(each.ended)}' if each.ended else ''}"
        for each in of.holders
    ))  # fmt: skip
    yield from _part("signals", (
        f"{when(each.effective)}  {each.kind}{f' as {each.role}' if each.role else ''}"
        f"{f', {each.place}' if each.place else ''}{f', {each.what}' if each.what else ''}"
        for each in of.signals
    ))  # fmt: skip
    yield from _part("oversight", (
        f"{when(each.effective)}  {each.kind}{f' by {each.author}' if each.author else ''}" for each in of.oversight
    ))  # fmt: skip
    yield from _part("open items", (item(each) for each in of.items))
    yield from _part("withheld (raised-risk quarantine show ID)", (
        f"{each.quarantine}  in {each.step}: {each.reason}" for each in of.withheld
    ))  # fmt: skip
    if of.withheld_more:
        yield f"    and {of.withheld_more} more"


def _part(name: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    yield f"  {name}:" if found else f"  {name}: none"
    yield from (f"    {each}" for each in found)


def item(of: Item) -> str:
    """An open item in one line."""
    condition = "holds" if of.holds else "is cleared"
    signals = len(of.joined) + of.left_out
    return (
        f"{of.rule} {of.id}, revision {of.revision}: opened {when(of.opened)}, known since {when(of.known_since)}, "
        f"the condition {condition}, {signals} signals"
    )


def levels(given: tuple[DomainLevel, ...]) -> str:
    """Levels in words; one that was not given is said to be not known, never left out."""
    return (
        "; ".join(
            f"{each.domain} {each.level or 'not known'}{' (custody)' if each.setting == 'custody' else ''}"
            for each in given
        )
        or "no levels"
    )


def fact(of: Fact) -> str:
    """A fact in one line, without names."""
    match of:
        case PoliceContact():
            return f"{of.kind} as {of.role}, {of.force}"
        case CourtAppearance():
            what = of.application or of.kind or "hearing"
            return f"hearing, {what}{f', {of.court}' if of.court else ''}, {len(of.offences)} offences"
        case AppearanceDeleted():
            return f"hearing {of.hearing} taken back"
        case Assessed():
            return f"assessment, {of.kind}, {of.status}: {levels(of.levels)}"
        case Allocation():
            done = "attached" if of.attached else "detached"
            return f"{of.role} {of.staff or '(nobody named)'}, grade {of.grade or 'not known'}, {done}"
        case Oversight():
            return f"oversight, {of.kind}{f' by {of.author}' if of.author else ''}"
        case DeadlinePassed():
            return f"deadline passed: {when(of.due)}"
        case Withheld():
            return f"in quarantine ({of.step}): {of.reason}"
        case Restored():
            return "out of quarantine again"
        case _:
            assert_never(of)
