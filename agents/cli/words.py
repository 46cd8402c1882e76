"""Escalations and case facts in words, as the commands print them. Nothing here reads or decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, assert_never

import msgspec

from agents.cli.session import when
from streams.acts import Act
from streams.case import CaseFile, Escalation
from streams.circumstances import (
    Classified,
    ComesOfAge,
    Erased,
    GivenBack,
    Linked,
    LinkedNews,
    Merged,
    Service,
    TakenOver,
    Unmerged,
)
from streams.escalation import Awaits
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
from streams.facts import Act as ActOnFile
from streams.facts import Action
from streams.levels import cohorts


def named(value: Any) -> Any:
    """A value of ours with its field names, for JSON: on the wire it is an array."""
    if isinstance(value, msgspec.Struct):
        kind = value.__struct_config__.tag
        fields = {name: named(getattr(value, name)) for name in value.__struct_fields__}
        return {"is": kind, **fields} if kind else fields
    if isinstance(value, tuple | list | frozenset):
        return [named(each) for each in value]
    if isinstance(value, bytes):
        return f"{len(value)} bytes"  # the file of a case that was merged: its own log says what is in it
    if isinstance(value, timedelta):
        return value.total_seconds()
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
    for action in told.get("actions", ()):
        yield f"  required: {required(action)}"
    if told.get("variance"):
        yield f"  variance from procedure: {told['variance']}"
    yield f"  escalation {told['escalation_id']}, revision {told['revision']}, policy {told['policy_version']}"


def required(action: Mapping[str, Any]) -> str:
    """A required action of an escalation record, and how far it has come."""
    what = f"{action['what']} of {action['owner'] or 'nobody named'}, due {when(action['due'])}"
    if action["confirmed_at"]:
        evidence = f" ({action['evidence']})" if action["evidence"] else ""
        return f"{what}, confirmed {when(action['confirmed_at'])} by {action['confirmed_by']}{evidence}"
    if action["claimed_at"]:
        return f"{what}, said to be done {when(action['claimed_at'])} by {action['claimed_by']}, not confirmed"
    return f"{what}, not confirmed"


def file(of: CaseFile) -> Iterator[str]:
    """What a case's file holds: levels, holders, signals, open items, what is withheld; and, where there are any,
    classifications, services, linked people, what people did, closed items.
    """
    judged_as = " and ".join(sorted(cohorts(of, of.at)))
    also = f", also known as {', '.join(of.also_known)}" if of.also_known else ""
    yield f"{of.case} ({judged_as}{also}), {of.events} events, changed last {when(of.at)}"
    if of.erased:
        yield f"  erased {when(of.erased)}: what the file held is gone; what was decided stands in the record"
    if of.merged_into:
        yield f"  merged into {of.merged_into}, where it goes on"
    for absorbed in of.absorbed:
        yield f"  {absorbed.source} was merged into it"
    if of.comes_of_age:
        yield f"  turns 18, or turned so, {when(of.comes_of_age)}"
    if of.due:
        yield f"  looked at again {when(of.due)}"
    yield from _part("assessments", (
        f"{when(each.completed or each.times.effective)}  {each.kind}, {each.status}: {levels(each.levels)}"
        f"{f', {each.indicators} indicators' if each.indicators else ''}"
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
        f"{when(each.effective)}  {each.kind}{f' by {each.author}' if each.author else ''}"
        f"{'' if each.substantive else ', which ends nothing'}"
        for each in of.oversight
    ))  # fmt: skip
    yield from _circumstances(of)
    yield from _part("open items", (item(each) for each in of.open))
    yield from _some("closed items, which may be reopened", (item(each) for each in of.closed))
    yield from _some("items that went to another case with this one", (item(each) for each in of.suspended))
    yield from _part("withheld (raised-risk quarantine show ID)", (
        f"{each.quarantine}  in {each.step}: {each.reason}" for each in of.withheld
    ))  # fmt: skip
    if of.withheld_more:
        yield "    and more than these"


def _circumstances(of: CaseFile) -> Iterator[str]:
    yield from _some("classifications", (
        f"{when(each.effective)}  {each.kind} {_classified(each)}, {each.state}"
        f"{f', ended {when(each.ended)}' if each.ended else ''}"
        f"{f', to be reviewed {when(each.review_due)}' if each.review_due else ''}"
        for each in of.registers
    ))  # fmt: skip
    yield from _some("services", (
        f"{when(each.effective)}  {each.what} by {each.provider or '(nobody named)'}, {each.state}"
        for each in of.services
    ))  # fmt: skip
    yield from _some("linked people", (
        f"{when(each.effective)}  {each.relation} {each.other}{'' if each.held else ', no longer'}" for each in of.links
    ))  # fmt: skip
    yield from _some("news of linked people", (
        f"{when(each.effective)}  {each.relation} {each.source} was raised: {'; '.join(each.levels)}"
        for each in of.linked_news
    ))  # fmt: skip
    yield from _some("required actions", map(_action, of.actions))
    yield from _some("acts", (f"{when(each.effective)}  {_act(each)}" for each in of.acts))


def _classified(of: Any) -> str:
    details = ", ".join(part for part in (of.level, of.category) if part)
    return f"{of.code}{f' ({details})' if details else ''}"


def _action(of: Action) -> str:
    text = f"{of.action}: {of.what} of {of.owner or '(nobody named)'}, due {when(of.due)}"
    if of.confirmed:
        return f"{text}, confirmed {when(of.confirmed.at)} by {of.confirmed.by}"
    if of.claimed:
        return f"{text}, said to be done {when(of.claimed.at)} by {of.claimed.by}, not confirmed"
    return f"{text}, not confirmed"


def _act(of: Act | ActOnFile) -> str:
    grade = of.author_grade if isinstance(of, Act) else of.grade
    about = of.escalation or (f"action {of.action}" if of.action else "")
    parts = (
        f"{of.kind} by {grade + ' ' if grade else ''}{of.author}",
        about and f"of {about}",
        of.evidence and f"evidence {of.evidence}{f' ({of.reference})' if of.reference else ''}",
        of.until and f"until {when(of.until)}",
        of.reason and f"reason: {of.reason}",
        of.variance and f"variance: {of.variance}",
    )
    return ", ".join(part for part in parts if part)


def _part(name: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    yield f"  {name}:" if found else f"  {name}: none"
    yield from (f"    {each}" for each in found)


def _some(name: str, lines: Iterable[str]) -> Iterator[str]:
    """As ``_part``, of what most cases have none of: then nothing is said."""
    found = list(lines)
    if found:
        yield from _part(name, found)


def item(of: Escalation) -> str:
    """An open or closed item in one line."""
    condition = "holds" if of.holds else "is cleared"
    signals = len(of.listed) + of.left_out
    ended = f", closed {when(of.closed)}" if of.closed else f", {awaited(of.awaits, of.next_at)}"
    return (
        f"{of.rule} {of.id}, revision {of.revision}: {of.urgency}, {of.stage.lower()}, opened {when(of.opened)}, "
        f"known since {when(of.known_since)}, the condition {condition}, {signals} signals{ended}"
    )


_AWAITED = {
    Awaits.ACKNOWLEDGEMENT: "to be acknowledged by",
    Awaits.OVERSIGHT: "to be overseen by",
    Awaits.CONFIRMATION: "its actions to be confirmed by",
    Awaits.CLEARING: "overseen, looked at again",
    Awaits.SUPPRESSION_END: "suppressed until",
}


def awaited(awaits: Awaits, by: datetime | None) -> str:
    """What an item waits for, and by when."""
    return f"{_AWAITED[awaits]} {when(by)}" if awaits in _AWAITED else "nothing is awaited"


def span(of: timedelta) -> str:
    """A length of time as people say it, in its two largest units: 2 d 3 h. Cut, not rounded."""
    seconds = int(abs(of).total_seconds())
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


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
            required = f", {len(of.actions)} actions required" if of.actions else ""
            none = f", no action needed: {of.none_needed}" if of.none_needed else ""
            return f"oversight, {of.kind}{f' by {of.author}' if of.author else ''}{required}{none}"
        case Act():
            return _act(of)
        case Classified():
            return f"{of.kind} {_classified(of)}, {of.state}"
        case Service():
            return f"service {of.what} by {of.provider or '(nobody named)'}, {of.state}"
        case Linked():
            return f"{of.relation} {of.other}{'' if of.held else ', no longer'}"
        case LinkedNews():
            return f"{of.relation} {of.source} was raised: {'; '.join(of.levels)}"
        case ComesOfAge():
            return f"turns 18, or turned so, {when(of.on)}"
        case Merged():
            return f"merged into {of.into}"
        case Unmerged():
            return f"no longer merged into {of.out_of}"
        case TakenOver():
            return f"what {of.source} held is taken over"
        case GivenBack():
            return f"what {of.source} held is given back"
        case Erased():
            return f"erased on request by {of.author} ({of.ground})"
        case DeadlinePassed():
            return f"deadline passed: {when(of.due)}"
        case Withheld():
            return f"in quarantine ({of.step}): {of.reason}"
        case Restored():
            return "out of quarantine again"
        case _:
            assert_never(of)
