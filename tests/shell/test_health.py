"""Readiness, liveness and metrics over HTTP."""

from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import urlopen

from agents import health, metrics  # noqa: F401 - the metrics are registered


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.read().decode()


def test_ready_and_live_say_why_not_and_metrics_are_served_beside_them() -> None:
    said: dict[str, str | None] = {"ready": None, "live": "intake-0 stands still"}
    port = health.serve("127.0.0.1", 0, ready=lambda: said["ready"], live=lambda: said["live"])
    assert get(port, "/ready") == (200, "ok\n")
    assert get(port, "/live") == (503, "intake-0 stands still\n")
    said.update(ready="not every lane is open", live=None)
    assert get(port, "/ready") == (503, "not every lane is open\n")
    assert get(port, "/live") == (200, "ok\n")
    status, page = get(port, "/metrics")
    assert status == 200
    assert "raised_risk_lanes_open" in page
