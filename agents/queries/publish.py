"""Publishes files of feed messages: refuses a bad line by its number and goes on; says what the broker took."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kafka.errors import KafkaTimeoutError

from agents.queries.feed_files import Refusal, messages
from agents.queries.writers import RecordTooLarge, Writer
from schemas import Codec

_BROKEN_OFF = (
    "from here on nothing was sent, and of what was sent last some may be missing: when the broker answers, publish "
    "the file again (what is there already changes nothing)"
)


@dataclass
class Published:
    """How many lines the broker has, and how many it will not have."""

    sent: int = 0
    refused: int = 0
    silent: bool = False  # the broker stopped answering, and what came after the last refused line was not begun


def publish(
    topic: str,
    files: Iterable[Path],
    writer: Writer,
    codec: Codec,
    *,
    moved: Callable[[int], None] = lambda _: None,
    refuse: Callable[[Path, int, str], None] = lambda *_: None,
) -> Published:
    """Send every good line of these files to a feed's topic, and wait until the broker has each of them.

    ``moved`` is told how many more bytes are done, ``refuse`` which line of which file did not go out, and why. Ends
    early, and says from which line on, when the broker stops answering. Raises Unreachable, NoTopic, OSError.
    """
    writer.check(topic)
    done = Published()
    lock = threading.Lock()  # the broker's answers come in the producer's thread

    def heard(file: Path, line: int, why: Exception | str | None) -> None:
        with lock:
            done.sent += why is None
            done.refused += why is not None
            done.silent |= isinstance(why, KafkaTimeoutError)
        if why is not None:
            refuse(file, line, _in_words(why))

    for file in files:
        for each in messages(topic, file, codec, moved=moved):
            if done.silent:
                heard(file, each.line, _BROKEN_OFF)
                return done
            if isinstance(each, Refusal):
                heard(file, each.line, each.reason)
            else:
                writer.begin(topic, each.key, each.value, partial(heard, file, each.line))
    writer.flush()
    return done


def _in_words(why: Exception | str) -> str:
    if isinstance(why, KafkaTimeoutError):
        return "the broker did not say in time that it has it; it may, or may not"
    return str(why) if isinstance(why, RecordTooLarge | str) else f"the broker refuses it ({type(why).__name__})"
