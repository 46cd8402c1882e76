"""Who a worker process is in the consumer group: a name that it has again after a restart.

With a name, a process that was killed and is back within its session is given its groups again at once; without one,
the group would wait until the session of the dead member is over. The price: a member with a name that only goes
away is waited for as well. So a process that ends in good order says that it leaves.
"""

from __future__ import annotations

import fcntl
import os
import socket
from hashlib import blake2b
from pathlib import Path

from agents import logs
from agents.settings import Settings

PATIENCE_MS = 3000  # for each answer of the broker, when we leave: whoever stops us does not wait for long

_log = logs.get("member")


def own_folder(data: Path, index: int) -> Path:
    """The folder of this process, for its stores and its name: the first from ``index`` on that nobody holds.

    A process that is frozen, or stopping slowly, keeps its own; the lock goes with the process, however it ends.
    Raises OSError.
    """
    while True:
        folder = data / f"worker-{index}"
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)  # stays open as long as we live
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            index += 1
            continue
        return folder


def name_of(folder: Path) -> str:
    """The name of the process that has this folder: no two that run have the same.

    Of two machines with the same host name and the same path, the later process ends the earlier, again and again;
    nothing is lost or doubled by that.
    """
    place = blake2b(str(folder.parent.resolve()).encode(), digest_size=4).hexdigest()
    return f"{socket.gethostname()}-{place}-{folder.name}"


def leave(settings: Settings, group: str, name: str) -> None:
    """Tell the consumer group that this member does not come back, so that others take its work at once."""
    from kafka.admin import MemberToRemove
    from kafka.errors import KafkaError

    from agents.topics.cluster import admin

    quick = {"bootstrap_timeout_ms": PATIENCE_MS, "request_timeout_ms": PATIENCE_MS}
    try:
        with admin({**settings.clients(), **quick}) as client:
            client.remove_group_members(group, [MemberToRemove(group_instance_id=name)])
    except (KafkaError, OSError) as error:  # then they wait until our session is over
        _log.warning("the consumer group does not know that we leave", exc_info=error)
