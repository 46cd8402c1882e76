"""The program itself (``python -m agents.process``) with a meter, under whichever tree ``PYTHONPATH`` names.

It touches nothing of the program's own but ``streams.step.step``, which it counts. The rest it sees in the library:
records as the worker takes them from aiokafka, and each transaction as it is committed.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any

import aiokafka
from meter import Meter

import streams.step

METER = Meter()
_step = streams.step.step
_getmany, _commit = aiokafka.AIOKafkaConsumer.getmany, aiokafka.AIOKafkaProducer.commit_transaction
_stepped = _taken = 0


def _counted(*given: Any, **more: Any) -> Any:
    global _stepped
    _stepped += 1
    return _step(*given, **more)


async def _taking(consumer: Any, *given: Any, **more: Any) -> Any:
    global _taken
    found = await _getmany(consumer, *given, **more)
    _taken += sum(map(len, found.values()))
    return found


async def _committing(producer: Any) -> Any:
    done = await _commit(producer)
    METER.mark(_stepped, _taken)
    return done


if __name__ == "__main__":
    streams.step.step = _counted
    aiokafka.AIOKafkaConsumer.getmany = _taking
    aiokafka.AIOKafkaProducer.commit_transaction = _committing
    sys.argv = ["agents.process", "0"]
    runpy.run_module("agents.process", run_name="__main__", alter_sys=True)
