"""``raised-risk check`` and ``raised-risk settings``: is all in order, and what is it set to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

from agents import settings as reading
from agents.cli.exits import Exit
from agents.cli.session import Session, as_json, given, line, many, say, table, text
from agents.settings import PREFIX, SettingFault, Settings, SettingsFaults

Problem = tuple[str, str]
"""What is wrong, and the remedy."""


class Note(NamedTuple):
    """What is in order for now, and what to do before it is not."""

    what: str
    remedy: str


@click.command(short_help="Everything that is wrong at once, with its remedy.")
@as_json
@given
@click.pass_context
def check(ctx: click.Context, session: Session, as_json: bool) -> None:
    """Check settings, policy, schemas, broker and topics; say everything that is wrong at once, with its remedy.

    Exit 1 if anything is.
    """
    wrong = 0
    for part, found in examined(session):
        told = list(found)
        problems = sum(not isinstance(each, Note) for each in told)
        wrong += problems
        for each in told:
            what, remedy = each
            row = {"part": part, "ok": isinstance(each, Note), "what": what, "remedy": remedy}
            line(row) if as_json else text(f"{part}: {what}; {remedy}")
        if not problems:
            line({"part": part, "ok": True}) if as_json else text(f"{part}: as it should be")
    if wrong:
        say(many(wrong, "problem"))
        ctx.exit(Exit.AMISS)


def examined(session: Session) -> Iterator[tuple[str, Iterator[Problem]]]:
    """Each part with its problems. What is set wrongly does not keep the rest from being looked at."""
    faults: tuple[SettingFault, ...] = ()
    try:
        settings = session.settings
    except SettingsFaults as error:
        faults, settings = error.faults, error.rest
    yield "settings", iter([(f"{fault.key} ({fault.origin}): {fault.reason}", fault.remedy) for fault in faults])
    for part, look in (
        ("schemas", _schemas), ("codecs", _codecs), ("policy", _policy), ("topics declaration", _declaration),
    ):  # fmt: skip
        yield part, look(settings)
    if any(fault.key.startswith(("kafka.", "security.", PREFIX + "KAFKA", PREFIX + "SECURITY")) for fault in faults):
        yield (
            "broker",
            iter([("it cannot be told which broker is meant, nor how to reach it", "mend the settings first")]),
        )
        return
    yield "broker", iter(unreachable := list(_broker(settings)))
    if not unreachable:
        yield "topics", _topics(settings)
        yield "policy in force", _policies(settings)
    if settings.registry.url:
        yield "registry", _registry(settings)


def _schemas(settings: Settings) -> Iterator[Problem]:
    del settings
    from schemas import BrokenSchema, Codec

    try:
        Codec()
    except BrokenSchema as error:
        yield str(error), "install the release again, or mend the file"


def _codecs(settings: Settings) -> Iterator[Problem]:
    del settings
    from agents import selfcheck

    yield from selfcheck.codecs()


def _policy(settings: Settings) -> Iterator[Problem]:
    from agents import bank_holidays, selfcheck, timer
    from agents.policies import MORE_HOLIDAYS

    yield from selfcheck.policy(settings)
    ahead = bank_holidays.reach(bank_holidays.england_and_wales(), timer.now().date())
    if ahead < bank_holidays.ENOUGH:
        yield Note(f"the bank holidays are known for {many(ahead.days, 'day')} more only", MORE_HOLIDAYS)


def _policies(settings: Settings) -> Iterator[Problem]:
    """What came into force and cannot be read: the last one is a problem, a former one is left out."""
    from agents.desk.readers import NoTopic, Reader, Unreachable
    from agents.policies import PolicyOfAnotherRelease, known
    from agents.topics import POLICIES

    try:
        with Reader(settings) as reader:
            found = known(reader.all(POLICIES))
    except (NoTopic, Unreachable):
        return  # told with the broker or the topics
    for version, fault in found.unreadable.items():
        if version == found.latest:
            yield str(PolicyOfAnotherRelease(version, fault)), PolicyOfAnotherRelease.remedy
        else:
            yield Note(
                f"a former policy ({version}) cannot be read by this release: {fault}",
                "nothing need be done: what is open under it is judged by the policy in force",
            )


def _declaration(settings: Settings) -> Iterator[Problem]:
    from agents.topics import TopicsFaults, declared

    try:
        declared(settings.files.topics)
    except TopicsFaults as error:
        for fault in str(error).splitlines():
            yield fault, f"mend {settings.files.topics or 'topics.toml'}"


def _broker(settings: Settings) -> Iterator[Problem]:
    from agents.desk.readers import Reader, Unreachable

    try:
        with Reader(settings):
            pass
    except Unreachable as error:
        what, _, remedy = str(error).partition("; ")
        yield what, remedy
    except SettingsFaults as error:
        for fault in error.faults:
            yield f"{fault.key}: {fault.reason}", fault.remedy


def _topics(settings: Settings) -> Iterator[Problem]:
    from kafka.errors import KafkaError

    from agents import topics

    try:
        yield from topics.check(settings)
        groups = next(each.partitions for each in topics.listed(settings) if each.spec.name == topics.ASSIGNMENTS)
        if 0 < groups < (processes := settings.worker.processes):
            yield Note(
                f"{processes} worker processes share {many(groups, 'group')} of partitions: some have nothing to do",
                f"declare {processes} or more for {topics.ASSIGNMENTS}, and: raised-risk topics apply",
            )
    except topics.TopicsFaults:
        return  # told above
    except KafkaError as error:
        yield f"the broker does not say how its topics are ({type(error).__name__})", "look at its log and its ACLs"


def _registry(settings: Settings) -> Iterator[Problem]:
    from schemas.registry import Registry, RegistryUnavailable

    look: Callable[[int], object] = Registry(settings.registry.url).look_up
    try:
        look(1)
    except RegistryUnavailable as error:
        yield error.reason, error.remedy


@click.command(short_help="Each setting, its value and where it came from.")
@as_json
@given
def settings(session: Session, as_json: bool) -> None:
    """Print each setting with its value and where it came from; secrets are masked.

    Each is set by KEY in its [section] of the settings file, by its variable, or by --set. docs/settings.md says what
    they mean; --json says it, too.
    """
    found = session.settings
    rows = [
        {
            "setting": row.key,
            "value": row.shown(found.value(row.key)),
            "origin": found.origin(row.key),
            "variable": row.variable,
            "meaning": row.rule.meaning,
        }
        for row in reading.TABLE
    ]
    if as_json:
        for each in rows:
            line(each)
    else:
        table({"setting": "Setting", "value": "Value", "origin": "From"}, rows)
        if not session.path and not Path(reading.FILE_HERE).is_file():
            say(f"no settings file: {reading.FILE_HERE} in the current folder, or --settings FILE")
