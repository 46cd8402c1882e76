"""The synthetic feeds as files that ``raised-risk publish`` reads: a folder with one file for each feed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import msgspec

from agents.queries import feed_files
from agents.sandbox.feeds.synth import START, Options, Synth

NAMES = {topic: f"{name}.jsonl" for name, topic in feed_files.NAMES.items()}
"""The file of each feed, after the short name by which ``publish`` knows it: ``police.jsonl``, ``hearings.jsonl``."""


def write(
    folder: Path,
    seed: int,
    cases: int,
    *,
    messages: int | None = None,
    days: float | None = None,
    start: datetime = START,
    options: Options = Options(),  # noqa: B008 - frozen
    progress: Callable[[int], None] = lambda _: None,
) -> Mapping[str, int]:
    """Write so many messages, or those of so many days, one a line; say how many each file has.

    Records have the schema's field names and ISO times; a hearing is the JSON that its sender writes. With ``days``,
    the rate in ``options`` says how many that is. Bad records are left out: most cannot be written down as lines.
    Raises ValueError when neither or both are given, OSError when the folder cannot be written.
    """
    if (messages is None) == (days is None):
        raise ValueError("say how many messages, or how many days: one of the two")
    end = start + timedelta(days=days) if days is not None else None
    as_line = msgspec.json.Encoder().encode
    written: Counter[str] = Counter()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        open_files: dict[str, IO[bytes]] = {
            topic: stack.enter_context((folder / NAMES[topic]).open("wb")) for topic in NAMES
        }
        for number, draft in enumerate(Synth(seed, cases, start=start, options=options).records(messages), start=1):
            if end is not None and draft.at >= end:
                break
            open_files[draft.feed].write(as_line(draft.record) + b"\n")
            written[NAMES[draft.feed]] += 1
            if number % 1000 == 0:
                progress(number)
    return written
