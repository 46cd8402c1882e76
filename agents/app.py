"""The worker's Faust app: the four steps of the way, each a named agent on its lanes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faust

from agents import state_gauges, wire
from agents.cases import cases, deadline
from agents.identifiers import IDENTIFIERS
from agents.intake import intake
from agents.lane.lanes import Lanes
from agents.settings import Settings
from agents.sightings import sightings
from schemas import Codec
from streams.policy import Policies

NAME = "raised-risk"  # begins the transactional ids

GROUP = "raised-risk.workers"
"""The consumer group. Workers of revision d77cc08, one lane a partition, are in the group ``NAME``: one of them that is
left over must not be assigned groups, which it cannot work on."""


def faust_app(settings: Settings, member: str = "") -> faust.App:
    """Faust as we use it: it shares out groups, and runs agents on channels. No tables, no topics of its own.

    ``member``: this process's name in the consumer group, the same after a restart; empty: it has none. With a name,
    a process that was killed is given its groups again as soon as it is back.
    """
    clients = settings.clients()
    context, mechanism = clients.get("ssl_context"), clients.get("sasl_mechanism")
    credentials: Any = faust.SSLCredentials(context=context) if context else None
    if mechanism:
        user = {"username": clients["sasl_plain_username"], "password": clients["sasl_plain_password"]}
        credentials = faust.SASLCredentials(**user, mechanism=mechanism, ssl_context=context)
    return faust.App(
        settings.topic(GROUP),
        broker=[f"kafka://{each}" for each in clients["bootstrap_servers"]],
        broker_credentials=credentials,
        broker_session_timeout=settings.worker.session_s,
        broker_heartbeat_interval=min(2.0, settings.worker.session_s / 3),
        broker_rebalance_timeout=30,
        broker_request_timeout=max(30.0, settings.worker.session_s + 10),
        # aiokafka leaves the group when nobody polls for so long, and then waits for a poll to join again; Faust polls
        # only while it is in the group: both would wait for ever. A worker at a standstill is for the watch to see.
        broker_max_poll_interval=86_400,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=member or None,
        consumer_metadata_max_age_ms=15_000,  # so long may it take until groups that were added are assigned
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        store="memory://",
        datadir=str(Path(settings.worker.data).absolute() / "faust"),  # it makes a folder, and keeps nothing there
    )


def make(
    settings: Settings, policies: Policies, *, data: Path | None = None, member: str = "", lanes: type[Lanes] = Lanes
) -> faust.App:
    """The app with its four steps. ``policies`` judge; ``data``: this process's own folder for stores on disk."""
    codec = Codec(settings.registry.url or None)
    app = faust_app(settings, member)
    way = lanes(app, settings.topic(NAME), settings, data=data)
    waiting, escalations = state_gauges.waiting(), state_gauges.open_escalations()
    way.step("intake", intake(codec))
    way.step("identifiers", IDENTIFIERS.agent(codec))
    way.step("sightings", sightings(waiting).agent(codec), gauges=waiting)
    agent = cases(codec, policies, escalations)
    way.step("cases", agent, due_of=wire.due_of, deadline=deadline, gauges=escalations)
    app.lanes = way
    return app
