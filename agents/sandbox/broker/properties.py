"""What each broker is told: its server.properties. Pure, but for finding ports that are free."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

HOST = "127.0.0.1"
FILES = Path(__file__).resolve().parent / "files"
"""What the brokers are started from: locked jars, base settings, the settings of their logs."""


class Node(NamedTuple):
    """One broker, which is a controller too: its number (from 1), its two ports, its folder."""

    id: int
    port: int
    controller: int
    folder: Path

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"{HOST}:{self.port}"


def written(base: str, node: Node, nodes: tuple[Node, ...], more: Mapping[str, str]) -> str:
    """The server.properties of ``node`` among ``nodes``: ``base``, then what is its own, then ``more``. Pure.

    A key that comes twice counts as it comes last (Java's rule). One broker keeps each record once; three keep it
    three times and ask two of them before they say so, as production does.
    """
    copies, asked = (3, 2) if len(nodes) >= 3 else (1, 1)
    own = {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "controller.quorum.voters": ",".join(f"{other.id}@{HOST}:{other.controller}" for other in nodes),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENTS",
        "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listeners": f"CLIENTS://{node.address},CONTROLLER://{HOST}:{node.controller}",
        "advertised.listeners": f"CLIENTS://{node.address}",
        "log.dirs": node.folder / "data",
        "default.replication.factor": copies,
        "min.insync.replicas": asked,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": asked,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": asked,
    }
    return base + "".join(f"{key}={value}\n" for key, value in {**own, **more}.items())


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> tuple[int, ...]:
    """Ports on which nobody listens, below those that the system gives to outgoing connections.

    A broker that is down for a while wants its own port back, and a client's connection may have taken any of those.
    Where we begin to look depends on our process, so that two that look at once seldom meet.
    """
    with contextlib.ExitStack() as held:
        found: list[int] = []
        for port in range(20_000 + os.getpid() * 16 % 12_000, 32_768):
            probe = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind((HOST, port))
                found.append(port)
                if len(found) == count:
                    return tuple(found)
    raise OSError(f"{count} free ports were not found below 32768")
