"""One worker process: the Faust app with its lanes, its own folder, and an end when its supervisor ends.

Started by ``agents.worker`` as ``python -m agents.process N`` with the settings in the environment. Standard input is
a pipe that the supervisor holds: when it closes, however the supervisor ended, this process ends at once. Its open
transactions are settled by whoever claims the lanes next.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faust
import uvloop

from agents import app as apps
from agents import health, logs, member, parent, policies, settings
from agents.lane.lanes import Lanes

NOT_READY = "not every lane is open, or a source is held, or a batch failed and is to be done again"

_log = logs.get("process")


def run(index: int, lanes: type[Lanes] = Lanes) -> None:
    """Work until told to stop. Ends by SystemExit, or at once by ``os._exit``."""
    given = settings.load()
    logs.configure(given.logs.level)
    uvloop.install()  # before anybody asks for an event loop
    threading.Thread(target=parent.end_with_it, name="parent", daemon=True).start()
    with _or_end("the worker's folder cannot be used", "see that worker.data is a folder that we may write in"):
        data = member.own_folder(Path(given.worker.data), index)
    app: faust.App | None = None
    port = given.metrics.port + index if given.metrics.port else 0
    remedy = f"stop what listens on {given.metrics.host}:{port}, or set metrics.host and metrics.port"
    with _or_end("metrics and health cannot be served", remedy):
        port = health.serve(
            given.metrics.host,
            port,
            ready=lambda: None if app and app.lanes.ready() else NOT_READY,
            live=lambda: f"{what} stands still" if app and (what := app.lanes.stands_still()) else None,
        )
    name = member.name_of(data)
    with _or_end("the topic of policies cannot be read", "see that a broker answers, and: raised-risk check"):
        judging = policies.in_force(given)
    app = apps.make(given, judging, data=data, member=name, lanes=lanes)
    _log.info("worker starts", process=index, port=port, store=given.worker.store, pid=os.getpid())
    app.lanes.guard()
    worker: Any = faust.Worker(app, loglevel="WARN", redirect_stdouts=False, override_logging=False, quiet=True)
    worker.spinner = None  # it would write to standard output, terminal or not
    try:
        worker.execute_from_commandline()
    finally:
        if not app.crashed:  # else its supervisor starts it again, under the same name
            member.leave(given, app.conf.id, name)


@contextmanager
def _or_end(what: str, remedy: str) -> Iterator[None]:
    """The supervisor tries again after a pause: whoever has the port or the folder may be about to go."""
    try:
        yield
    except (OSError, policies.PolicyUnheard) as error:
        _log.error("the process cannot begin", reason=what, remedy=remedy, exc_info=error.__cause__ or error)
        sys.exit(1)
    except policies.PolicyOfAnotherRelease as error:
        _log.error("the process cannot begin", reason=str(error), remedy=error.remedy)
        sys.exit(1)


if __name__ == "__main__":
    try:
        run(int(sys.argv[1]))
    except Exception as error:  # noqa: BLE001 - a traceback would say the exception's message, which may quote a record
        _log.error("the process ends", exc_info=error)
        sys.exit(1)
