"""``raised-risk check`` and ``raised-risk settings``: is all in order, and what is it set to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path

import click
from kafka.errors import KafkaError

from agents import bank_holidays, selfcheck, timer
from agents import settings as reading
from agents.cli.session import Session, many, say, shows
from agents.errors import Failure, Problem
from agents.policies import MORE_HOLIDAYS, PolicyOfAnotherRelease, known
from agents.queries.readers import NoTopic, Reader, Unreachable
from agents.settings import PREFIX, Settings, SettingsFaults
from agents.topics import ASSIGNMENTS, POLICIES, cluster
from agents.topics.declaration import TopicsFaults, declared
from schemas import BrokenSchema, Codec
from schemas.registry import Registry, RegistryUnavailable


class Note(Problem):
    """What is in order for now, and what to do before it is not."""


@click.command()
@shows
def check(session: Session) -> None:
    """Check settings, policy, schemas, broker and topics; say everything that is wrong at once, with its remedy.

    Exit 1 if anything is.
    """
    wrong = 0
    for part, found in examined(session):
        problems = list(found)
        amiss = sum(not isinstance(each, Note) for each in problems)
        wrong += amiss
        rows = [{"ok": isinstance(each, Note), "what": each.what, "remedy": each.remedy} for each in problems]
        lines = [str(each) for each in problems]
        if not amiss:
            rows, lines = [*rows, {"ok": True}], [*lines, "as it should be"]
        session.show(({"part": part, **row} for row in rows), (f"{part}: {each}" for each in lines))
    if wrong:
        raise Failure(many(wrong, "problem"))


def examined(session: Session) -> Iterator[tuple[str, Iterator[Problem]]]:
    """Each part with its problems. What is set wrongly does not keep the rest from being looked at."""
    faults: tuple[Problem, ...] = ()
    try:
        settings = session.settings
    except SettingsFaults as error:
        faults, settings = error.faults, error.rest
    yield "settings", iter(faults)
    yield "schemas", _amiss(Codec)
    yield "codecs", iter(selfcheck.codecs())
    yield "policy", _policy(settings)
    own_topics = settings.files.topics
    yield "topics declaration", _amiss(lambda: declared(own_topics), f"mend {own_topics or 'topics.toml'}")
    if any(fault.what.startswith(("kafka.", "security.", PREFIX + "KAFKA", PREFIX + "SECURITY")) for fault in faults):
        what = "it cannot be told which broker is meant, nor how to reach it"
        yield "broker", iter([Problem(what, "mend the settings first")])
        return
    unreachable = list(_amiss(lambda: Reader(settings).close()))
    yield "broker", iter(unreachable)
    if not unreachable:
        yield from _cluster(settings)
        yield "policy in force", _policies(settings)
    if settings.registry.url:
        yield "registry", _amiss(lambda: Registry(settings.registry.url).look_up(1))


def _amiss(look: Callable[[], object], remedy: str = "") -> Iterator[Problem]:
    """What keeps this from being done. ``remedy`` is for faults in a file of one's own."""
    try:
        look()
    except SettingsFaults as error:
        yield from error.faults
    except TopicsFaults as error:
        yield from (Problem(fault, remedy) for fault in error.faults)
    except (BrokenSchema, RegistryUnavailable, Unreachable) as error:
        what, _, what_to_do = str(error).rpartition("; ")
        yield Problem(what, what_to_do)


def _policy(settings: Settings) -> Iterator[Problem]:
    yield from selfcheck.policy(settings)
    ahead = bank_holidays.reach(bank_holidays.england_and_wales(), timer.now().date())
    if ahead < bank_holidays.ENOUGH:
        yield Note(f"the bank holidays are known for {many(ahead.days, 'day')} more only", MORE_HOLIDAYS)


def _policies(settings: Settings) -> Iterator[Problem]:
    """What came into force and cannot be read: the last one is a problem, a former one is left out."""
    try:
        with Reader(settings) as reader:
            found = known(reader.all(POLICIES))
    except (NoTopic, Unreachable):
        return  # told with the broker or the topics
    for version, fault in found.unreadable.items():
        if version == found.latest:
            yield Problem(str(PolicyOfAnotherRelease(version, fault)), PolicyOfAnotherRelease.remedy)
        else:
            yield Note(
                f"a former policy ({version}) cannot be read by this release: {fault}",
                "nothing need be done: what is open under it is judged by the policy in force",
            )


def _cluster(settings: Settings) -> Iterator[tuple[str, Iterator[Problem]]]:
    try:
        seen = selfcheck.look(settings)
    except TopicsFaults:
        return  # told above
    except KafkaError as error:
        what = f"the broker does not say how its topics are ({type(error).__name__})"
        yield "topics", iter([Problem(what, "look at its log and its ACLs")])
        return
    yield "topics", chain(cluster.differences(seen.topics, settings.topic), _idle(seen, settings))
    yield "brokers", selfcheck.brokers(seen, timedelta(seconds=settings.worker.session_s))


def _idle(seen: selfcheck.Seen, settings: Settings) -> Iterator[Problem]:
    """Worker processes for which there is no group of partitions."""
    groups = next(each.partitions for each in seen.topics if each.spec.name == ASSIGNMENTS)
    if 0 < groups < (processes := settings.worker.processes):
        yield Note(
            f"{processes} worker processes share {many(groups, 'group')} of partitions: some have nothing to do",
            f"declare {processes} or more for {ASSIGNMENTS}, and: raised-risk topics apply",
        )


@click.command()
@shows
def settings(session: Session) -> None:
    """Print each setting with its value and where it came from; secrets are masked.

    Each is set by KEY in its [section] of the settings file, by its variable, or by --set. docs/settings.md says what
    they mean; --json says it, too.
    """
    found = session.settings
    shown = [
        {
            "setting": row.key,
            "value": row.shown(found.value(row.key)),
            "origin": found.origin(row.key),
            "variable": row.variable,
            "meaning": row.info.description,
        }
        for row in reading.TABLE
    ]
    session.show_table(shown, {"setting": "Setting", "value": "Value", "origin": "From"})
    if not session.as_json and not session.path and not Path(reading.FILE_HERE).is_file():
        say(f"no settings file: {reading.FILE_HERE} in the current folder, or --settings FILE")
