"""Publishes files of feed messages: refuses a bad line by its number and goes on; says what the broker took."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kafka.errors import KafkaTimeoutError

from agents.queries.feed_files import Refusal, messages
from agents.queries.writers import RecordTooLarge, Writer
from schemas import Codec

_BROKEN_OFF = (
    "from here on nothing was sent, and of what was sent last some may be missing: when the broker answers, publish "
    "the file again (what is there already changes nothing)"
)


@dataclass(frozen=True)
class Refused:
    """A line that did not go out, and why."""

    file: Path
    line: int
    reason: str


@dataclass
class Published:
    """What has happened so far."""

    sent: int = 0
    refused: list[Refused] = field(default_factory=list)
    silent: bool = False  # the broker stopped answering, and what came after the last refused line was not begun


def publish(
    topic: str,
    files: Iterable[Path],
    writer: Writer,
    codec: Codec,
    *,
    moved: Callable[[int], None] = lambda _: None,
    refuse: Callable[[Refused], None] = lambda _: None,
) -> Published:
    """Send every good line of these files to a feed's topic, and wait until the broker has each of them.

    ``moved`` is told how many more bytes are done, ``refuse`` of each refusal. Ends early, and says from which line on,
    when the broker stops answering. Raises Unreachable, NoTopic, OSError.
    """
    writer.check(topic)
    done = Published()
    lock = threading.Lock()  # the broker's answers come in the producer's thread

    def refused(file: Path, line: int, reason: str) -> None:
        with lock:
            done.refused.append(why := Refused(file, line, reason))
        refuse(why)

    def heard(file: Path, line: int) -> Callable[[Exception | None], None]:
        def answer(error: Exception | None) -> None:
            if isinstance(error, KafkaTimeoutError):
                done.silent = True
                refused(file, line, "the broker did not say in time that it has it; it may, or may not")
                return
            if error is not None:
                why = (
                    str(error)
                    if isinstance(error, RecordTooLarge)
                    else f"the broker refuses it ({type(error).__name__})"
                )
                refused(file, line, why)
                return
            with lock:
                done.sent += 1

        return answer

    for file in files:
        for each in messages(topic, file, codec, moved=moved):
            if done.silent:
                refused(file, each.line, _BROKEN_OFF)
                return done
            if isinstance(each, Refusal):
                refused(file, each.line, each.reason)
            else:
                writer.begin(topic, each.key, each.value, heard(file, each.line))
    writer.flush()
    return done
