"""The program's log: one JSON object a line on standard error, with keys, ids and kinds only.

Nothing personal may get in: a key must be on the list below, a value must be a plain word or number, an exception is
named by its class and place and never by its message (which may quote a record). A key that is not on the list is
left out and named under ``refused``; the tests read every log call of the program and let none such through. What the
libraries log comes as their text with everything filled in blotted out but numbers and topics.

    log = logs.get("lane")
    log.warning("source goes on", lane="lane-0-of-1", topic=topic, offset=17)
"""

from __future__ import annotations

import logging
import math
import sys
import time
import traceback
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from agents import timer
from streams.faults import Fault

KEYS: dict[str, str] = {
    # which part of the program
    "lane": "a lane, by its group of partitions",
    "processor": "a step on one partition, step-partition",
    "process": "a worker process's number",
    "pid": "a process id",
    "version": "of the program or of a file",
    "policy": "the policy's version",
    "store": "memory or disk",
    # what it was about: ids
    "topic": "a topic",
    "partitions": "how many partitions, or which",
    "offset": "an offset",
    "hold": "a hold's id",
    "transaction": "a transactional id",
    "broker": "a broker's number or address",
    "port": "a port",
    # what kind of thing happened
    "fault": "a kind of fault, or an exception's class",
    "reason": "why, in our own words, which never quote a record",
    "remedy": "what to do, in our own words",
    "at": "the place in the program where an exception was raised",
    "signal": "a signal of the operating system",
    "code": "an exit code or error number",
    # how much, how long
    "count": "how many",
    "seconds": "how long",
}
"""Every key that an event may carry, and what stands under it. None of them is a name, an address or free text."""

_OURS = {"event", "level", "time", "part", "refused", "words"}
_LONGEST = 500
_REPEATED = 10.0  # seconds between two times that a library may say the same
_REMEMBERED = 1000  # different words of libraries
_PLAIN = (str, int, float, bool, type(None))


def get(name: str) -> FilteringBoundLogger:
    """The log of one part of the program. It may be bound before ``configure``: nothing gets round the list."""
    return cast("FilteringBoundLogger", structlog.get_logger(part=name))


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Say from which level on events are logged, and take over what the libraries log. Safe to repeat."""
    least = logging.getLevelNamesMapping()[level.upper()]
    _write_lines(least, stream)
    root = logging.getLogger()
    root.handlers = [_Libraries()]
    root.setLevel(max(least, logging.WARNING))


def _write_lines(level: int, stream: TextIO | None) -> None:
    """From ``level`` on, to ``stream``; None: standard error, whatever that is at the time."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, without_message, only_known, _timed, _as_json],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(stream or sys.stderr),
    )


_as_json = structlog.processors.JSONRenderer(ensure_ascii=False)


def without_message(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Turn an exception into its class and place; only a Fault, whose words are ours, says its reason as well."""
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event.update(_told(error))
    return event


def _told(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    told: dict[str, Any] = {
        "fault": type(error).__name__,
        "at": " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames)),
    }
    if isinstance(error, Fault):
        told["reason"] = error.reason
    if isinstance(error, OSError) and error.errno is not None:
        told["code"] = error.errno
    return told


def only_known(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Leave out, and name, every key that is not on the list and every value that is no plain word or number."""
    refused = sorted(key for key in event if key not in KEYS and key not in _OURS)
    for key in refused:
        del event[key]
    for key, value in event.items():
        event[key] = _plain(value)
    if refused:
        event["refused"] = refused
    return event


def _plain(value: object) -> Any:
    if isinstance(value, str):
        return str(value)[:_LONGEST]
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, tuple | list | set | frozenset):
        return [_plain(each) for each in list(value)[:50]]
    return f"<{type(value).__name__}>"


def _timed(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {"time": timer.now().isoformat(timespec="milliseconds"), **event}


class _Blotted:
    """Stands for a value that a library wanted to write."""

    def __str__(self) -> str:
        return "…"

    __repr__ = __str__


class _Libraries(logging.Handler):
    """Events of the libraries, with nothing filled in but numbers and what names a topic's partition.

    The same words come once in ten seconds at most, and the next time say how often they came meanwhile: while no
    broker answers, aiokafka says so seven hundred times a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], tuple[float, int]] = {}  # when last, and how often since

    def emit(self, record: logging.LogRecord) -> None:
        given = record.args if isinstance(record.args, tuple) else ()
        try:
            words = str(record.msg) % tuple(map(_harmless, given)) if given else str(record.msg)
        except (TypeError, ValueError):
            words = str(record.msg)
        told = _told(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}
        level = min(max(record.levelno // 10 * 10, logging.INFO), logging.ERROR)
        if times := self._times((record.name, words)):
            more = {"count": times} if times > 1 else {}
            get(record.name).log(level, "library", words=words, **told, **more)

    def _times(self, said: tuple[str, str]) -> int:
        """How often this was said since it was last let through, this time included; 0: not now."""
        now, (last, since) = time.monotonic(), self._said.get(said, (-math.inf, 0))
        if now - last < _REPEATED:
            self._said[said] = last, since + 1
            return 0
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said[said] = now, 0
        return since + 1


def _harmless(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    # A place in a topic, whichever library names it: no content.
    return value if getattr(value, "_fields", None) == ("topic", "partition") else _Blotted()


_write_lines(logging.INFO, None)  # what is said before ``configure`` keeps to the list as well
