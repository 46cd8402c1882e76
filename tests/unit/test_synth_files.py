"""The synthetic feeds as files: what is written is what ``publish`` reads, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents import topics
from agents.queries import feed_files
from agents.sandbox.feeds import files
from agents.sandbox.feeds.synth import Options, Synth
from schemas import Codec

CODEC = Codec()


def read(folder: Path, topic: str) -> list[feed_files.FeedMessage | feed_files.Refusal]:
    return list(feed_files.messages(topic, folder / files.NAMES[topic], CODEC, moved=lambda _: None))


def test_publish_reads_every_line_as_the_very_message_that_was_meant(tmp_path: Path) -> None:
    written = files.write(tmp_path, 7, 100, messages=1000)
    meant: dict[str, list[bytes | None]] = {topic: [] for topic in topics.FEEDS}
    for message in Synth(7, 100, options=Options(spoilt=0)).messages(1000):
        meant[message.topic].append(message.value)
    found = {topic: [getattr(each, "value", each) for each in read(tmp_path, topic)] for topic in topics.FEEDS}
    assert found == meant
    assert written == {files.NAMES[topic]: len(values) for topic, values in meant.items() if values}


def test_days_are_counted_in_the_time_that_the_messages_speak_of(tmp_path: Path) -> None:
    written = files.write(tmp_path, 7, 50, days=1, options=Options(rate=0.01, late=0, duplicates=0, corrections=0))
    assert sum(written.values()) == 864


@pytest.mark.parametrize(("messages", "days"), [(None, None), (10, 1.0)], ids=["neither", "both"])
def test_one_of_messages_and_days_must_be_said(tmp_path: Path, messages: int | None, days: float | None) -> None:
    with pytest.raises(ValueError, match="one of the two"):
        files.write(tmp_path, 7, 50, messages=messages, days=days)
