"""The one place that reads the wall clock. Everybody else is told the time, or reads it from a message."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The time, aware, UTC, cut to milliseconds (the resolution of a record's timestamp)."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def milliseconds() -> int:
    """The time in milliseconds since 1970, as Kafka writes it."""
    return int(datetime.now(UTC).timestamp() * 1000)
