"""Escalations and case facts in words, as the commands print them. Nothing here reads or decides.

Most is said by templates, which ``said`` fills.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from string import Formatter
from typing import Any

import msgspec

from agents.cli.session import when
from streams import acts, circumstances, events, facts
from streams.case import Absorbed, CaseFile, Escalation, Withheld
from streams.escalation import Awaits, Change, EscalationAction, EscalationRecord, EscalationSignal, Stage
from streams.levels import cohorts
from streams.timeline import Referral
from streams.words import AWAITS, short


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


# ── templates ────────────────────────────────────────────────────────────────────────────────────────────────


class _Filled(Formatter):
    """Fills a template with the fields of one value."""

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """A field of the value, or a property."""
        return getattr(args[0], str(key))

    def format_field(self, value: Any, format_spec: str) -> str:
        """A field in words."""
        if "/" in format_spec:
            yes, no = format_spec.split("/")
            return yes if value else no
        if format_spec == "n":
            return str(value if isinstance(value, int) else len(value))
        match value:
            case None:
                return format_spec or "not known"
            case datetime():
                return when(value)
            case timedelta():
                return span(value)
            case tuple():
                return "; ".join(self.format_field(each, "") for each in value) or "none"
            case Awaits():
                return AWAITS[value]
            case Change() | Stage():
                return short(value)
            case msgspec.Struct():
                return said(TEMPLATES[type(value)], value)
        return str(value)


def said(template: str, of: object) -> str:
    """The template, filled with the fields of ``of``. What is not known is said to be so, or as ``{field:so}``.

    What stands in brackets is left out where one of its fields is empty or not known. ``{field:yes/no}`` says one thing
    or the other, by whether the field says anything; ``{field:n}`` says how many.
    """

    def kept(part: re.Match[str]) -> str:
        return part[1] if all(getattr(of, name) for name in re.findall(r"{(\w+)", part[1])) else ""

    return _Filled().format(re.sub(r"\[([^]]*)]", kept, template), of)


_HOLDER = (
    "{role} {staff:(nobody named)}, grade {grade}, {state}{placeholder_name:, placeholder/}"
    ", {attached:attached/detached}[, ended {ended}]"
)
_ACT = (
    "{kind} by [{grade} ]{author}[, of {escalation}][, of action {action}][, evidence {evidence}][ ({reference})]"
    "[, until {until}][, reason: {reason}][, variance: {variance}]"
)
_OVERSIGHT = "{kind}[ by {author}][, {actions:n} actions required][, no action needed: {none_needed}]"
_CLASSIFIED = (
    "{kind} {code}[, level {level}][, category {category}], {state}[, ended {ended}][, to be reviewed {review_due}]"
)
_ASSESSED = "{kind} assessment, {status}: {levels}[, {indicators:n} indicators]"
_SERVICE = "service {what} by {provider:(nobody named)}, {state}"
_LINKED = "{relation} {other}{held:/, no longer}"
_LINKED_NEWS = "{relation} {source} was raised: {levels}"

TEMPLATES: Mapping[type, str] = {
    events.DomainLevel: "{domain} {level} ({setting})",
    # What somebody said.
    events.PoliceContact: "{kind} as {role}, {force}",
    events.CourtAppearance: "hearing[, {kind}][, {application}][, {court}], {offences:n} offences",
    events.AppearanceDeleted: "hearing {hearing} taken back",
    events.Assessed: _ASSESSED,
    events.Allocation: _HOLDER,
    events.Oversight: "oversight, " + _OVERSIGHT,
    acts.Act: _ACT.replace("{grade}", "{author_grade}"),
    circumstances.Classified: _CLASSIFIED,
    circumstances.Service: _SERVICE,
    circumstances.Linked: _LINKED,
    circumstances.LinkedNews: _LINKED_NEWS,
    circumstances.ComesOfAge: "turns 18, or turned so, {on}",
    circumstances.Merged: "merged into {into}",
    circumstances.Unmerged: "no longer merged into {out_of}",
    circumstances.TakenOver: "what {source} held is taken over",
    circumstances.GivenBack: "what {source} held is given back",
    circumstances.Erased: "erased on request by {author} ({ground})",
    events.DeadlinePassed: "deadline passed: {due}",
    events.Withheld: "in quarantine ({step}): {reason}",
    events.Restored: "out of quarantine again",
    # The same, and more, as a case's file holds it.
    facts.Assessment: "{effective}  " + _ASSESSED,
    facts.Holder: "{effective}  " + _HOLDER,
    facts.Signal: "{effective}  {kind}[ as {role}][, {place}][, {what}]",
    facts.Oversight: "{effective}  " + _OVERSIGHT + "{substantive:/, which ends nothing}",
    facts.Classification: "{effective}  " + _CLASSIFIED,
    facts.Service: "{effective}  " + _SERVICE,
    facts.Link: "{effective}  " + _LINKED,
    facts.LinkedNews: "{effective}  " + _LINKED_NEWS,
    facts.Act: "{effective}  " + _ACT,
    facts.Action: (
        "{action}: {what} of {owner:(nobody named)}, due {due}[, said to be done {claimed.at} by {claimed.by}]"
        "[, confirmed {confirmed.at} by {confirmed.by}]{confirmed:/, not confirmed}"
    ),
    Absorbed: "{source}",
    Escalation: (
        "{rule} {id}, revision {revision}: {urgency}, {stage}, opened {opened}, known since {known_since}, "
        "the condition {holds:holds/is cleared}, {listed:n} signals[ and {left_out} that are only counted]"
        "[, {awaits} {next_at}][, closed {closed}]"
    ),
    Withheld: "{quarantine}  in {step}: {reason}",
    events.Times: "occurred {occurred}, recorded {recorded}, received {received}",
    Referral: "{at} by {by:somebody unnamed} (received {received})",
    EscalationSignal: "{summary} (occurred {occurred_at}, recorded {recorded_at}, received {received_at}; {sighting})",
    EscalationAction: (
        "{what} of {owner:(nobody named)}, due {due}[, said to be done {claimed_at} by {claimed_by}]"
        "[, confirmed {confirmed_at} by {confirmed_by}][ ({evidence})]{confirmed_at:/, not confirmed}"
    ),
}
"""How each kind of value reads in one line."""


def fact(of: msgspec.Struct) -> str:
    """A fact in one line, as it came or as a case's file holds it; or another value that has a template."""
    return said(TEMPLATES[type(of)], of)


# ── escalations and files ────────────────────────────────────────────────────────────────────────────────────


def escalation(record: EscalationRecord) -> Iterator[str]:
    """An escalation record, as a manager would want to read it. Its reason names signals, manager and referral."""
    change, principles = short(record.change).upper(), ", ".join(record.principles)
    yield f"{when(record.at)}  {change}  {record.case_id} ({record.cohort})  {record.rule} [{principles}]"
    yield f"  {record.reason}"
    yield from (f"  {each}" for each in details(record))
    yield said("[  variance from procedure: {variance}\n]  escalation {escalation_id}, revision {revision}", record)


def details(record: EscalationRecord, before: EscalationRecord | None = None) -> Iterator[str]:
    """What was known and asked for at a change, where that was not so at the change before."""
    parts = {
        "levels": [f"levels: {'; '.join(record.levels) or 'none known'}"],
        "manager": [f"manager: {record.manager}"],
        "notes": [f"note: {note}" for note in record.notes],
        "policy_version": [f"policy {record.policy_version}"],
        "actions": [f"required: {fact(action)}" for action in record.actions],
    }
    for field, lines in parts.items():
        if before is None or getattr(record, field) != getattr(before, field):
            yield from lines


_OF_THE_CASE = (
    "[\n  also known as {also_known}]"
    "[\n  erased {erased}: what the file held is gone; what was decided stands in the record]"
    "[\n  merged into {merged_into}, where it goes on]"
    "[\n  merged into this one: {absorbed}]"
    "[\n  turns 18, or turned so, {comes_of_age}]"
    "[\n  looked at again {due}]"
)

_ALWAYS = {"assessments", "holders", "signals", "oversight", "open escalations", "withheld (raised-risk quarantine)"}
"""The parts of a file of which it is said that there are none. Most cases have none of the others."""


def file(of: CaseFile) -> Iterator[str]:
    """What a case's file holds: levels, holders, signals, escalations, what is withheld, and all else there is."""
    spoken = " and ".join(sorted(cohorts(of, of.at)))
    yield f"{of.case} ({spoken}), {of.events} events, changed last {when(of.at)}{said(_OF_THE_CASE, of)}"
    parts: Mapping[str, Sequence[msgspec.Struct]] = {
        "assessments": of.assessments,
        "holders": of.holders,
        "signals": of.signals,
        "oversight": of.oversight,
        "classifications": of.registers,
        "services": of.services,
        "linked people": of.links,
        "news of linked people": of.linked_news,
        "required actions": of.actions,
        "acts": of.acts,
        "open escalations": of.open,
        "closed escalations, which may be reopened": of.closed,
        "escalations that went to another case with this one": of.suspended,
        "withheld (raised-risk quarantine)": of.withheld,
    }
    for title, found in parts.items():
        if found or title in _ALWAYS:
            yield f"  {title}:" if found else f"  {title}: none"
        yield from (f"    {fact(each)}" for each in found)
    if of.withheld_more:
        yield "    and more than these"


def span(of: timedelta) -> str:
    """A length of time as people say it, in its two largest units: 2 d 3 h. Cut, not rounded."""
    seconds = int(abs(of).total_seconds())
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
