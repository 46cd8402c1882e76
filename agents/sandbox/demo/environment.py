"""What the demo stands on: a broker of its own or an existing cluster, its topics, and the worker, in that order.

Taken down the other way round: the workers first, then the broker (a single broker that goes first may leave a
transaction half done, KAFKA-20734).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agents.errors import Failure
from agents.sandbox import broker
from agents.sandbox.broker.properties import free_ports
from agents.settings import DEFAULT, Settings
from agents.topics.cluster import admin, apply

WORKER = (sys.executable, "-m", "agents.cli", "worker")
_READY_WITHIN = 90.0  # seconds; on two busy cores the lanes are open after about ten
_STOPPED_WITHIN = 30.0


class NotReady(Failure):
    """The demo cannot begin: another one runs here, or the worker ended, or its lanes did not open in time."""


@dataclass(frozen=True)
class Environment:
    """Everything is up: the settings that lead to it, and the worker."""

    settings: Settings
    worker: subprocess.Popen[bytes]
    log: Path

    def pages(self, path: str = "metrics") -> list[str]:
        """What each worker process answers under ``path``; those that do not answer, or not with 200, are left out."""
        metrics = self.settings.metrics
        found = []
        for number in range(self.settings.worker.processes):
            url = f"http://{metrics.host}:{metrics.port + number}/{path}"
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    found.append(answer.read().decode())
            except (OSError, urllib.error.HTTPError):
                continue
        return found

    def wait_ready(self) -> None:
        """Wait until every lane is open. Raises NotReady."""
        until = time.monotonic() + _READY_WITHIN
        while len(self.pages("ready")) < self.settings.worker.processes:
            if self.worker.poll() is not None:
                raise NotReady(f"the worker ended with {self.worker.returncode}:\n{self.last_words()}")
            if time.monotonic() > until:
                raise NotReady(f"not every lane was open within {_READY_WITHIN:.0f} s:\n{self.last_words()}")
            time.sleep(0.2)

    def last_words(self) -> str:
        """The end of the worker's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


@contextmanager
def built(settings: Settings, start: datetime) -> Iterator[Environment]:
    """Broker, topics and worker, until the ``with`` is left.

    Everything on disk is in ``<worker.data>/demo``, emptied first. Where ``kafka.bootstrap`` was set, that cluster is
    used, under a namespace of this run's own, and its topics are left there. Raises NotReady, and what broker and
    topics raise.
    """
    folder = Path(settings.worker.data) / "demo"
    with ExitStack() as stack:
        stack.enter_context(_alone(folder))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        own = settings.origin("kafka.bootstrap") == DEFAULT
        if own:
            cluster = stack.enter_context(
                broker.running(folder / "kafka", java=settings.broker.java, jar_folder=settings.broker.jars)
            )
            kafka = {"bootstrap": cluster.bootstrap}
        else:
            kafka = {"namespace": f"{settings.kafka.namespace}demo-{start:%Y%m%d-%H%M%S}."}
        settings = settings.but(
            kafka=kafka, worker={"data": str(folder / "worker")}, metrics={"port": free_ports(1)[0]}
        )
        apply(settings, single=_one_broker(settings), feeds=True)
        log = folder / "worker.log"
        environment = Environment(settings, stack.enter_context(_worker(settings, log)), log)
        environment.wait_ready()
        yield environment


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else's demo uses this folder. The lock goes with the process, however it ends."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise NotReady(f"another demo runs in {folder}; end it, or set worker.data to another folder") from None
        yield


def _one_broker(settings: Settings) -> bool:
    """Whether the cluster has one broker only, so that nothing can be kept twice: ours, or a laptop's."""
    with admin(settings.clients()) as client:
        return len(client.describe_cluster()["brokers"]) == 1


@contextmanager
def _worker(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        process = subprocess.Popen(
            WORKER,
            stdin=subprocess.PIPE,  # its closing ends the worker, even when we are killed
            stdout=out,
            stderr=out,
            env={**os.environ, **settings.variables()},
            start_new_session=True,  # Ctrl-C is for us alone: we stop publishing first
        )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
