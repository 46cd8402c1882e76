"""The program's log: one JSON object a line on standard error, with keys, ids and kinds only.

Nothing personal may get in: a key must be on the list below, a value must be a plain word or number, an exception is
named by its class and place and never by its message (which may quote a record). A key that is not on the list is
left out and named under ``refused``; the tests read every log call of the program and let none such through. What the
libraries log comes as their text with everything filled in blotted out but numbers and topics.

    log = logs.get("intake")
    log.warning("record quarantined", topic=topic, partition=3, offset=17, fault="unreadable")
"""

from __future__ import annotations

import logging
import math
import sys
import time
import traceback
from collections.abc import MutableMapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, WrappedLogger

from agents import timer
from streams.faults import Fault

KEYS: dict[str, str] = {
    # which part of the program
    "step": "intake, identifiers, sightings or cases",
    "lane": "a lane, by its group of partitions",
    "processor": "a step on one partition, step-partition",
    "worker": "a worker process's number",
    "process": "a worker process's number",
    "pid": "a process id",
    "version": "of the program or of a file",
    "policy": "the policy's version",
    "store": "memory or disk",
    # what it was about: ids
    "topic": "a topic",
    "partition": "a partition",
    "partitions": "how many partitions, or which",
    "offset": "an offset",
    "end": "the offset that a log ends at",
    "path": "a part of a message, as a JSON pointer",
    "case": "a case id",
    "sighting": "a sighting id",
    "quarantine": "a quarantine id",
    "escalation": "an escalation id",
    "item": "a duty item's id",
    "hold": "a hold's id",
    "group": "a consumer group",
    "generation": "of a consumer group",
    "transaction": "a transactional id",
    "epoch": "a producer's epoch",
    "schema": "a schema's name",
    "fingerprint": "a schema's fingerprint",
    "setting": "a setting's name",
    "broker": "a broker's number or address",
    "host": "an address that we serve on",
    "port": "a port",
    "namespace": "of topics",
    # what kind of thing happened
    "feed": "a feed's name",
    "kind": "of the thing at hand",
    "state": "of the thing at hand",
    "outcome": "what became of it",
    "rule": "of the policy",
    "principle": "P1 to P19",
    "fault": "a kind of fault, or an exception's class",
    "reason": "why, in our own words, which never quote a record",
    "remedy": "what to do, in our own words",
    "at": "the place in the program where an exception was raised",
    "signal": "a signal of the operating system",
    "code": "an exit code or error number",
    # how much, how long
    "count": "how many",
    "records": "how many records",
    "bytes": "how many bytes",
    "size": "how many",
    "limit": "how many at most",
    "lag": "records not yet read",
    "attempts": "how often it was tried",
    "seconds": "how long",
    "due": "when it is due",
}
"""Every key that an event may carry, and what stands under it. None of them is a name, an address or free text."""

_OURS = {"event", "level", "time", "part", "refused", "words"}
_LONGEST = 500
_REPEATED = 10.0  # seconds between two times that a library may say the same
_REMEMBERED = 1000  # different words of libraries
_PLAIN = (str, int, float, bool, type(None))
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

Event = MutableMapping[str, Any]


@dataclass
class _Out:
    """Where lines go, and from which level on."""

    stream: TextIO | None = None  # None: standard error, whatever that is at the time
    level: int = logging.INFO

    def msg(self, line: str) -> None:
        stream = self.stream or sys.stderr
        stream.write(line + "\n")
        stream.flush()

    debug = info = warning = error = critical = msg


_OUT = _Out()


def get(name: str) -> FilteringBoundLogger:
    """The log of one part of the program. It may be bound before ``configure``: nothing gets round the list."""
    return cast(
        "FilteringBoundLogger",
        structlog.wrap_logger(
            _OUT,
            processors=[_grave_enough, _levelled, without_message, only_known, _timed, _written],
            wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
            part=name,
        ),
    )


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Say from which level on events are logged, and take over what the libraries log. Safe to repeat."""
    _OUT.level, _OUT.stream = _LEVELS[level], stream
    root = logging.getLogger()
    root.handlers = [_Libraries()]
    root.setLevel(max(_LEVELS[level], logging.WARNING))


def _grave_enough(_: WrappedLogger, method: str, event: Event) -> Event:
    if _LEVELS.get(method, logging.ERROR) < _OUT.level:
        raise structlog.DropEvent
    return event


def _levelled(_: WrappedLogger, method: str, event: Event) -> Event:
    event["level"] = method
    return event


_written = structlog.processors.JSONRenderer(ensure_ascii=False)


def without_message(_: WrappedLogger, __: str, event: Event) -> Event:
    """Turn an exception into its class and place; only a Fault, whose words are ours, says its reason as well."""
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event.update(_told(error, error.__traceback__))
    return event


def _told(error: BaseException, trace: TracebackType | None) -> dict[str, Any]:
    frames = traceback.extract_tb(trace)[-3:]
    told: dict[str, Any] = {
        "fault": type(error).__name__,
        "at": " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames)),
    }
    if isinstance(error, Fault):
        told["reason"] = error.reason
    if isinstance(error, OSError) and error.errno is not None:
        told["code"] = error.errno
    return told


def only_known(_: WrappedLogger, __: str, event: Event) -> Event:
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


def _timed(_: WrappedLogger, __: str, event: Event) -> Event:
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
        told = _told(record.exc_info[1], record.exc_info[2]) if record.exc_info and record.exc_info[1] else {}
        level = "error" if record.levelno >= logging.ERROR else "warning" if record.levelno > logging.INFO else "info"
        if times := self._times((record.name, words)):
            more = {"count": times} if times > 1 else {}
            getattr(get(record.name), level)("library", words=words, **told, **more)

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
