"""``raised-risk demo``: the whole way on one machine: synthetic feeds, a story, and a view of what becomes of them.

Ends by itself after the minutes given, or on Ctrl-C; either way cleanly, with 0. With minutes it waits until all that
was published is accounted for, and its last line is one line of JSON with the sums; 1 when they do not add up.
"""

from __future__ import annotations

import json
import math
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any

from rich.console import Console

from agents import timer
from agents.errors import Failure
from agents.queries.readers import Reader
from agents.queries.writers import Writer
from agents.sandbox.demo import environment, story, sums
from agents.sandbox.demo.board import Board
from agents.sandbox.demo.environment import Environment
from agents.sandbox.demo.live import Face, face
from agents.sandbox.feeds.synth import Message, Options, Synth
from agents.settings import Settings
from agents.topics import ESCALATIONS
from schemas import Codec

_STORY = 30.0  # seconds, where there is time for it
_STORY_SHARE = 0.5  # of a shorter demo
_TICK = 0.05
_CASES_PER_RATE = 8  # so that a case is heard of every few seconds
_DRAINED_WITHIN = 120.0


class NotSent(Failure):
    """The broker refused a message of the demo's, or did not take it in time."""


def main(minutes: float | None, rate: float, seed: int, settings: Settings) -> int:
    """Run the demo; the exit code: 0 when it ended as it should, or by Ctrl-C; 1 when something did not add up.

    Raises what stands in the way: environment.NotReady, NotSent, BrokerDied, BrokerIncomplete, KafkaError, Unreachable.
    """
    board = Board()
    found: dict[str, Any] | None = None
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a SIGTERM ends it as Ctrl-C does
    with face(board, Console()) as view:
        try:
            view.say("starting Apache Kafka and the worker")
            with environment.built(settings, timer.now()) as built:
                found = _Performance(built, board, view, _listen()).play(minutes, rate, seed)
                view.say("stopping: the worker first, then Kafka")
            view.say("ended" if found is not None else "ended by Ctrl-C")
        except KeyboardInterrupt:  # before the performance began: what was up by then has been taken down
            view.say("ended by Ctrl-C")
    if found is None:
        return 0
    print(json.dumps(found), flush=True)
    return 0 if found["adds_up"] else 1


def _listen() -> threading.Event:
    """From here on Ctrl-C and SIGTERM interrupt nothing: they are requests, heard at the next tick."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: asked.set())
    return asked


class _Performance:
    """One run in an environment that is up: publish, watch, wait until all has arrived."""

    def __init__(self, built: Environment, board: Board, view: Face, asked_to_end: threading.Event) -> None:
        self._built, self._board, self._view, self._asked = built, board, view, asked_to_end
        self._settings = built.settings
        self._codec = Codec(built.settings.registry.url)
        self._done = threading.Event()
        self._failed: list[Exception] = []

    def play(self, minutes: float | None, rate: float, seed: int) -> dict[str, Any] | None:
        """Publish for so long, wait for everything to arrive, and give the sums; None when it was asked to end."""
        lasting = math.inf if minutes is None else minutes * 60
        start = timer.now()
        steps = story.tell(start, self._codec.encode, timedelta(seconds=min(_STORY, lasting * _STORY_SHARE)))
        cases = max(50, int(rate * _CASES_PER_RATE))
        synth = Synth(seed, cases, start=start, options=Options(rate=rate), encode=self._codec.encode)
        with self._beside(self._show_escalations), self._beside(self._show_metrics):
            self._view.say(f"publishing {rate:g} messages a second, seed {seed}; Ctrl-C ends it")
            self._publish(steps, synth, lasting)
            if self._asked.is_set():
                return None
            self._view.say("waiting until everything that was published is accounted for")
            return self._drained()

    def _publish(self, steps: Sequence[story.StoryStep], synth: Synth, lasting: float) -> None:
        """Send the story and the background, each message when its time has come. Raises NotSent, Unreachable."""
        refused: list[Exception] = []
        coming, background = deque(steps), synth.messages()

        def heard(why_not: Exception | None) -> None:
            if why_not is not None:
                refused.append(why_not)

        def send(message: Message) -> None:
            writer.begin(message.topic, message.key, message.value, heard)
            self._board.sent[message.topic] += 1
            if message.spoilt is not None:
                self._board.bad[message.spoilt] += 1

        with Writer(self._settings) as writer:
            began, count = time.monotonic(), 0
            while (elapsed := time.monotonic() - began) < lasting and not self._asked.wait(_TICK):
                while coming and coming[0].at <= synth.start + timedelta(seconds=elapsed):
                    step = coming.popleft()
                    self._view.caption(step.case, step.caption)
                    send(step.message)
                due = int(elapsed * synth.options.rate) - count
                for message in islice(background, due):
                    send(message)
                count += due
                if refused:
                    raise NotSent(f"the broker refused a message ({type(refused[0]).__name__}: {refused[0]})")
                self._check()
            writer.flush()

    def _drained(self) -> dict[str, Any] | None:
        """The sums once they add up and the view has seen every escalation, or as they are when patience ends."""
        until = time.monotonic() + _DRAINED_WITHIN
        while True:
            found = sums.taken(self._settings, self._codec, self._board)
            if found["adds_up"] and found["escalations"] == self._board.changes.total():
                return found
            if time.monotonic() > until:
                self._view.say(f"not everything is accounted for; the worker's last words:\n{self._built.last_words()}")
                return found
            self._check()
            if self._asked.wait(1):
                return None

    @contextmanager
    def _beside(self, work: Callable[[], None]) -> Iterator[None]:
        """Do this in a thread until the ``with`` is left; what ends it early, ``_check`` raises."""

        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - handed over to the main thread, which raises it
                self._failed.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join(10)

    def _check(self) -> None:
        if self._failed:
            raise self._failed[0]

    def _show_escalations(self) -> None:
        """Show each escalation as a reader of committed records sees it."""
        with Reader(self._settings) as reader:
            for record in reader.follow(ESCALATIONS, from_start=True):
                if self._done.is_set():
                    return
                if record is not None and record.value is not None:
                    escalation = self._codec.decode("escalation", record.value)
                    self._view.escalation(escalation)
                    self._board.heard(escalation)

    def _show_metrics(self) -> None:
        """Bring the board up to date, twice a second."""
        while not self._done.wait(0.5):
            self._board.measured(self._built.pages())
            self._view.refresh()
