"""``raised-risk broker``: the brokers as a command, until somebody says stop."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from pathlib import Path

from agents.sandbox.broker.cluster import BrokerDied, running


def serve(data: Path, brokers: int = 1, port: int = 9092, *, java: str = "", jars: str = "") -> int:
    """Run one broker or three on ``port`` and those after it until Ctrl-C or SIGTERM; returns the exit code.

    0 when it was told to stop, 1 when a broker ended by itself. Says on standard error where it listens and logs.
    Raises what ``running`` raises when it cannot begin.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with running(data, brokers, range(port, port + brokers), java=java, jar_folder=jars) as cluster:
            _say(f"Apache Kafka answers on {cluster.bootstrap}; Ctrl-C stops it")
            for node in cluster.nodes:
                _say(f"broker {node.id} writes its log to {node.folder / 'server.log'}")
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    cluster.check()
                    time.sleep(0.5)
            _say("stopping")
    except KeyboardInterrupt:  # before it was ready
        return 0
    except BrokerDied as died:
        _say(str(died))
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
