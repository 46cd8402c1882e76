"""Brokers that are started, stopped, killed, frozen and thawed, one by one, by number."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from agents.errors import Failure
from agents.sandbox.broker import jars, watch
from agents.sandbox.broker.properties import FILES, HOST, Node, free_ports, is_free, written

_LET_GO = 2.0  # seconds for what has just been stopped to be quite gone
_GRACE = 3.0  # seconds for the workers, when we ourselves end without having stopped the brokers
# C1 alone and the serial collector: see docs/broker.md for what was measured.
_JVM = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")


class BrokerDied(Failure):
    """A broker ended by itself, or never answered; the message ends with the last lines of its log."""


class BrokerRefused(Failure):
    """Brokers cannot be started as they were asked for; the message says why, and what to do. Nothing was changed."""


class Cluster:
    """One broker or three, numbered from 1. Made by ``running``; not safe for threads."""

    def __init__(
        self,
        nodes: tuple[Node, ...],
        java: Path,
        class_path: str,
        properties: Mapping[str, str],
        grace: float,
        lock: int,
    ) -> None:
        self.nodes = nodes
        self._java = java
        self._class_path = class_path
        self._properties = properties
        self._grace = grace
        self._lock = lock
        self._watchers: dict[int, subprocess.Popen[str]] = {}
        self._pids: dict[int, int] = {}
        self._frozen: set[int] = set()

    @property
    def bootstrap(self) -> str:
        """The addresses of all brokers, for ``kafka.bootstrap``."""
        return ",".join(node.address for node in self.nodes)

    @property
    def pids(self) -> dict[int, int]:
        """The process ids of the brokers that run, by number."""
        return {number: pid for number, pid in self._pids.items() if self._watchers[number].poll() is None}

    def start(self, number: int, *, wait: bool = True) -> None:
        """Start broker ``number`` with the data it has, and wait until it answers. Raises BrokerDied."""
        node = self._node(number)
        if number in self.pids:
            raise ValueError(f"broker {number} runs already")
        if number in self._watchers:
            self._gone(number, 0)  # it ended by itself
        command = self._command(node, "kafka.Kafka", str(node.folder / "server.properties"))
        with (node.folder / "console.log").open("ab") as console:
            watcher = subprocess.Popen(
                [sys.executable, "-IS", watch.__file__, str(self._grace), str(os.getpid()), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=console,
                text=True,
                start_new_session=True,  # Ctrl-C in the terminal is for us alone: we stop the workers, then the broker
                pass_fds=(self._lock,),  # the folder is the broker's until it has ended, even when we have gone
            )
        if watcher.stdout is None or not (line := watcher.stdout.readline()):
            raise BrokerDied(f"broker {number} could not be started: {self._last_words(node)}")
        self._watchers[number] = watcher
        self._pids[number] = int(line)
        if wait:
            self.wait_ready()

    def stop(self, number: int, patience: float = 30.0) -> None:
        """SIGTERM: it hands over what it leads, closes its files, and is gone when this returns."""
        self._signal(number, signal.SIGTERM)
        self._gone(number, patience)

    def kill(self, number: int) -> None:
        """SIGKILL: gone in the middle of whatever it did, when this returns."""
        self._signal(number, signal.SIGKILL)
        self._gone(number, 10.0)

    def freeze(self, number: int) -> None:
        """SIGSTOP: there, connected, and silent."""
        self._signal(number, signal.SIGSTOP)
        self._frozen.add(number)

    def thaw(self, number: int) -> None:
        """SIGCONT: it goes on where it stood."""
        self._signal(number, signal.SIGCONT)
        self._frozen.discard(number)

    def check(self) -> None:
        """Raise BrokerDied when a broker that was started has ended without being told to."""
        for number in self._watchers:
            if number not in self.pids:
                code = self._watchers[number].returncode
                raise BrokerDied(f"broker {number} ended with {code}: {self._last_words(self._node(number))}")

    def wait_ready(self, patience: float = 120.0) -> None:
        """Wait until every broker that runs and is not frozen answers, known to the others. Raises BrokerDied."""
        until = time.monotonic() + patience
        wanted = {node.id: node for node in self.nodes if node.id in self.pids.keys() - self._frozen}
        while True:
            self.check()
            if all(map(_listens, wanted.values())) and _registered(wanted.values()) >= wanted.keys():
                return
            if time.monotonic() > until:
                words = "\n".join(self._last_words(node) for node in wanted.values())
                raise BrokerDied(f"not every broker answered within {patience:.0f} s: {words}")
            time.sleep(0.1)

    def close(self) -> None:
        """Stop every broker: SIGTERM to all at once, SIGKILL to those that are still there after ten seconds."""
        for number in self.pids:
            with suppress(ValueError, ProcessLookupError):  # it has ended meanwhile: as well
                self._signal(number, signal.SIGCONT)
                self._signal(number, signal.SIGTERM)
        for number in tuple(self._watchers):
            self._gone(number, 10.0)

    def _node(self, number: int) -> Node:
        if not 1 <= number <= len(self.nodes):
            raise ValueError(f"there is no broker {number}: they are numbered from 1 to {len(self.nodes)}")
        return self.nodes[number - 1]

    def _signal(self, number: int, what: signal.Signals) -> None:
        self._node(number)
        if (pid := self.pids.get(number)) is None:
            raise ValueError(f"broker {number} does not run")
        os.kill(pid, what)

    def _gone(self, number: int, patience: float) -> None:
        watcher = self._watchers[number]
        try:
            watcher.wait(patience)
        except subprocess.TimeoutExpired:
            with suppress(ValueError, ProcessLookupError):
                self._signal(number, signal.SIGKILL)
            watcher.wait(10)
        for pipe in (watcher.stdin, watcher.stdout):
            if pipe is not None:
                pipe.close()
        del self._watchers[number], self._pids[number]
        self._frozen.discard(number)

    def _command(self, node: Node, *main: str) -> list[str]:
        log4j = FILES / "log4j.properties"
        return [
            str(self._java),
            *_JVM,
            f"-Dlog4j.configuration={log4j.as_uri()}",
            f"-Dserver.log={node.folder / 'server.log'}",
            "-cp",
            self._class_path,
            *main,
        ]

    def _prepare(self) -> None:
        """Write what each broker is told; give new folders the identity of one new cluster."""
        base = (FILES / "server.properties").read_text(encoding="utf-8")
        for node in self.nodes:
            node.folder.mkdir(parents=True, exist_ok=True)
            (node.folder / "server.properties").write_text(written(base, node, self.nodes, self._properties))
        new = [node for node in self.nodes if not (node.folder / "data" / "meta.properties").exists()]
        if new and len(new) < len(self.nodes):
            lost = ", ".join(str(node.folder) for node in new)
            raise BrokerDied(f"the cluster has data, but not in {lost}; remove the whole folder to begin anew")
        # Random, not derived from the folder: a folder that was removed and made again is another cluster.
        identity = "r" + urlsafe_b64encode(secrets.token_bytes(16)).decode()[1:22]
        tool = ("kafka.tools.StorageTool", "format", "--ignore-formatted", "--cluster-id", identity, "--config")
        formats = [
            subprocess.Popen(
                self._command(node, *tool, str(node.folder / "server.properties")),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for node in new
        ]
        for process in formats:
            said, _ = process.communicate(timeout=120)
            if process.returncode:
                raise BrokerDied(
                    f"the data folder could not be prepared: {said or f'java ended with {process.returncode}'}"
                )

    def _last_words(self, node: Node) -> str:
        said: list[str] = []
        for name in ("server.log", "console.log"):
            file = node.folder / name
            if file.exists() and (lines := file.read_text(errors="replace").splitlines()[-15:]):
                said += [f"{file}:", *(f"  {line}" for line in lines)]
        return "\n".join(said)


@contextmanager
def running(
    data: Path,
    brokers: int = 1,
    ports: Sequence[int] | None = None,
    *,
    java: str = "",
    jar_folder: str = "",
    jar_cache: Path = Path(".data/jars"),
    properties: Mapping[str, str] | None = None,
    grace: float = _GRACE,
) -> Iterator[Cluster]:
    """Apache Kafka in ``data``, until the ``with`` is left or this process ends, however it ends.

    ``brokers`` is one or three; ``ports`` names one port for each (free ones otherwise). Data that is there is gone on
    with, with as many brokers as it was made for. ``properties`` go over everything else. ``java``, ``jar_folder``:
    broker.java and broker.jars. ``grace``: how many seconds workers have to go first when this process is killed.
    Raises BrokerDied, BrokerRefused, jars.BrokerIncomplete, OSError.
    """
    nodes = _nodes(data.resolve(), brokers, ports)
    made_of = jars.java(java), jars.class_path(jar_folder, jar_cache)
    with _alone(data.resolve()) as lock:
        cluster = Cluster(nodes, *made_of, properties or {}, grace, lock)
        cluster._prepare()  # noqa: SLF001
        try:
            for node in nodes:
                cluster.start(node.id, wait=False)
            cluster.wait_ready()
            yield cluster
        finally:
            cluster.close()


@contextmanager
def _alone(data: Path) -> Iterator[int]:
    """Nobody else's broker uses this folder, from before anything in it is touched until the last broker has ended.

    Kafka's own lock comes too late: a second broker takes over the first one's quorum log before it asks for the lock.
    """
    data.mkdir(parents=True, exist_ok=True)
    lock = os.open(data / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        until = time.monotonic() + _LET_GO
        while not _locked(lock):
            if time.monotonic() > until:
                raise BrokerRefused(
                    f"a broker runs on {data} already; stop it, or name another folder (one whose parent was killed "
                    "ends by itself within 15 seconds)"
                )
            time.sleep(0.1)
        yield lock
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _nodes(data: Path, brokers: int, ports: Sequence[int] | None) -> tuple[Node, ...]:
    if brokers not in (1, 3):
        raise BrokerRefused(f"one broker or three, not {brokers}")
    there = len(list(data.glob("broker-*")))
    if there not in (0, brokers):
        raise BrokerRefused(
            f"{data} holds the data of {there} broker(s), not {brokers}; name another folder, or remove it"
        )
    if ports is None:
        ports = free_ports(2 * brokers)
    else:
        if len(ports) != brokers:
            raise BrokerRefused(f"{brokers} broker(s) need as many ports, not {len(ports)}")
        if taken := [str(port) for port in ports if not is_free(port)]:
            raise BrokerRefused(f"port {', '.join(taken)} is in use; stop what listens there, or name another")
        ports = (*ports, *free_ports(brokers))
    return tuple(Node(n + 1, ports[n], ports[brokers + n], data / f"broker-{n + 1}") for n in range(brokers))


def _listens(node: Node) -> bool:
    try:
        socket.create_connection((HOST, node.port), timeout=1).close()
    except OSError:
        return False
    return True


def _registered(nodes: Iterable[Node]) -> set[int]:
    """The numbers of the brokers that the cluster counts as there. It is asked as any client would ask."""
    log = logging.getLogger("kafka")
    before = log.level
    log.setLevel(logging.CRITICAL)  # that a broker is not there yet is no news
    admin: Any = None
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=[node.address for node in nodes], bootstrap_timeout_ms=3000, request_timeout_ms=3000
        )
        return {broker["broker_id"] for broker in admin.describe_cluster()["brokers"]}
    except KafkaError:
        return set()
    finally:
        if admin is not None:
            admin.close()
        log.setLevel(before)
