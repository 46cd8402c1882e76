"""Publishing where the broker stops answering: it ends, and says which lines may be there and which are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from kafka.errors import KafkaTimeoutError

from agents.queries.publish import _BROKEN_OFF, Published, publish
from agents.queries.writers import Writer
from agents.topics import POLICE_NOTIFICATIONS
from schemas import Codec

ARREST = {"message_id": "M1", "sender": "S", "case": {"crn": "X320741"}, "kind": "ARREST", "role": "SUSPECT"}


class Silent:
    """A writer whose broker takes two records and is then not heard of."""

    def __init__(self) -> None:
        self.begun = 0

    def check(self, _: str) -> int:
        return 1 << 20

    def begin(self, _: str, __: bytes | None, ___: bytes | None, heard: Callable[[Exception | None], None]) -> None:
        self.begun += 1
        heard(None if self.begun <= 2 else KafkaTimeoutError())

    def flush(self) -> None:
        raise AssertionError("there is nothing to wait for")


def test_where_the_broker_stops_answering_it_ends_and_says_from_which_line_on(tmp_path: Path) -> None:
    file = tmp_path / "police.jsonl"
    file.write_text(f"{json.dumps(ARREST)}\n" * 100)
    told: list[tuple[Path, int, str]] = []
    silent: Any = Silent()
    done = publish(
        POLICE_NOTIFICATIONS, [file, file], cast("Writer", silent), Codec(), refuse=lambda *why: told.append(why)
    )
    assert done == Published(sent=2, refused=2, silent=True)
    assert told == [
        (file, 3, "the broker did not say in time that it has it; it may, or may not"),
        (file, 4, _BROKEN_OFF),
    ]
