"""Metrics, readiness and liveness over HTTP, from a thread of its own so that a busy worker still answers.

/metrics  for Prometheus.
/ready    200 when groups are assigned, and every lane is open and works on all its sources; else 503 with why not.
/live     200 while the watch is content; 503 when something stands still (the worker is about to end itself).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

Probe = Callable[[], str | None]
"""Why not, in a sentence; None when all is well."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Scrapes are not worth a log line."""


def serve(host: str, port: int, ready: Probe, live: Probe) -> int:
    """Begin to serve; the port (a free one where ``port`` is 0). Raises OSError when the port is taken."""
    metrics = make_wsgi_app()
    probes = {"/ready": ready, "/live": live}

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        probe = probes.get(environ.get("PATH_INFO", ""))
        if probe is None:
            page: Iterable[bytes] = metrics(environ, start)
            return page
        why_not = probe()
        status = "200 OK" if why_not is None else "503 Service Unavailable"
        start(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [(why_not or "ok").encode() + b"\n"]

    server = make_server(host, port, app, server_class=ThreadingWSGIServer, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return int(server.server_port)
