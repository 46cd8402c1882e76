"""The policies that are measured, one or two, on the same feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from agents import deployed
from agents.policies import given
from agents.sandbox.load.feed import laid
from agents.sandbox.load.run import Measured, measured
from agents.settings import Settings
from streams.policy import Policy


def policies(settings: Settings, files: Sequence[Path]) -> Mapping[str, Policy]:
    """The policies of these files by their names; without any, the one that the settings name.

    Offences and bank holidays are those of the settings. Raises PolicyFaults, FileUnreadable.
    """
    if not files:
        return {settings.files.policy or "the shipped one": given(settings).parsed()}
    texts = given(settings)
    return {str(file): replace(texts, policy=deployed.text("policy.toml", str(file))).parsed() for file in files}


def compared(
    read: Mapping[str, Policy],
    *,
    seed: int,
    cases: int,
    weeks: int,
    per_case_week: float,
    progress: Callable[[str], None],
) -> tuple[Mapping[str, Measured], Mapping[str, Any]]:
    """What each policy comes to, by its version, on the same feeds; and what was simulated."""
    feed = laid(seed, cases, per_case_week, weeks, progress)
    found = {policy.version: measured(policy, feed, cases, weeks, seed, progress) for policy in read.values()}
    about = {"per_case_week": per_case_week, "cases": cases, "weeks": weeks, "seed": seed, "messages": feed.messages}
    return found, about


def heading(read: Mapping[str, Policy], about: Mapping[str, Any]) -> Iterator[str]:
    """What was simulated, and under which policies, for people."""
    yield (
        f"{about['cases']:,} cases, {about['weeks']} weeks, {about['per_case_week']:g} feed messages a case and week "
        f"({about['messages']:,} in all), seed {about['seed']}"
    )
    for letter, (name, policy) in zip("AB", read.items(), strict=False):
        yield f"{f'{letter}: ' if len(read) > 1 else ''}policy {policy.version}, {name}"
