"""A small TCP proxy in front of one broker, which can slow Produce down, or take it and lose the answer.

The broker advertises the proxy's address, so every client comes through here. Only the head of each request is
looked at: four bytes of length, two of API key.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from random import Random
from typing import Self

PRODUCE, END_TXN = 0, 26


class SlowBroker(threading.Thread):
    """Forwards ``port`` to ``broker``. ``delay`` seconds before each Produce; ``lose``: share of Produce and EndTxn
    requests that reach the broker, and whose answer does not come back: the connection ends instead.
    """

    def __init__(self, port: int, broker: int, seed: int = 0) -> None:
        super().__init__(name="proxy", daemon=True)
        self.port, self._broker, self._chance = port, broker, Random(seed)
        self.delay, self.lose = 0.0, 0.0
        self.slowed = self.lost = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._client, "127.0.0.1", self.port))
        self._ready.set()
        self._loop.run_forever()

    def __enter__(self) -> Self:
        self.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self.join(10)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream, downstream = await asyncio.open_connection("127.0.0.1", self._broker)
        except OSError:
            writer.close()
            return
        answers = asyncio.create_task(_copy(upstream, writer))
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(6)
                size, key = int.from_bytes(head[:4]), int.from_bytes(head[4:])
                rest = await reader.readexactly(size - 2)
                if key == PRODUCE and self.delay:
                    self.slowed += 1
                    await asyncio.sleep(self.delay * self._chance.random() * 2)
                lose = key in (PRODUCE, END_TXN) and self._chance.random() < self.lose
                if lose:
                    answers.cancel()  # what the broker says from here on is not heard
                downstream.write(head + rest)
                await downstream.drain()
                if lose:
                    self.lost += 1
                    await asyncio.sleep(0.3)  # the broker has it, and does it
                    break
        answers.cancel()
        downstream.close()
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
        writer.close()
