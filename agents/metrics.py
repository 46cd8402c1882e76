"""Every metric, with its type, labels and meaning. Served from a thread of its own (agents.health).

Labels are closed sets (step, feed, outcome, kind, partition): never a case, a person or a text.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60)
_SLOW = (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)

EVENTS = Counter(
    "raised_risk_events_total", "What came of records; at intake of their parts.", ["step", "source", "outcome"]
)  # fmt: skip
DELAY = Histogram(
    "raised_risk_delay_seconds",
    "From the feed record's broker time to its folding into the case: the oldest event of each batch.",
    buckets=_FAST,
)
LAG = Gauge(
    "raised_risk_lag_records", "Records committed in a step's sources and not yet worked on.", ["step", "partition"]
)
QUARANTINED = Counter("raised_risk_quarantined_total", "Records put in quarantine.", ["step", "source", "fault"])
RAISED = Counter("raised_risk_escalations_total", "Escalation records written.", ["rule", "change"])
OPEN = Gauge(
    "raised_risk_open_escalations", "Open escalations on this worker's partitions.", ["rule", "condition", "age"]
)
WAITING = Gauge("raised_risk_waiting_sightings", "Sightings that wait: parked or ambiguous.", ["kind"])
LANES_OPEN = Gauge("raised_risk_lanes_open", "Lanes that are open on this worker.")
LANES_WANTED = Gauge("raised_risk_lanes_wanted", "Lanes of the groups that this worker is assigned.")
LANES_BEGUN_ANEW = Counter("raised_risk_lanes_begun_anew_total", "Lanes that failed and began anew.")
LANES_REFUSED = Counter(
    "raised_risk_lanes_refused_total", "Writes refused because another worker had claimed the lane."
)
BATCHES_FAILED = Counter(
    "raised_risk_batches_failed_total",
    "Batches that an agent could not do; they are done again after a rest.",
    ["step"],
)
RECOVERY = Histogram("raised_risk_recovery_seconds", "From the claim of a lane to its being open.", buckets=_SLOW)
TRANSACTION = Histogram("raised_risk_transaction_seconds", "Time of one transaction.", buckets=_FAST)
TRANSACTION_RECORDS = Counter("raised_risk_transaction_records_total", "Source records of the transactions.")
HELD = Gauge(
    "raised_risk_held_sources", "Sources that stand still until a person says go on.", ["source", "partition", "kind"]
)
DEADLINES = Counter("raised_risk_deadlines_total", "Events emitted to say that a deadline has passed.")
READY = Gauge("raised_risk_ready", "1 when all lanes of this worker are open and none is held.")


def gauge(of: Gauge, counts: Mapping[tuple[str, ...], int]) -> None:
    """Set a gauge by its labels; what was set before and is no longer there goes to nought."""
    before = {tuple(sample.labels.values()): 0 for metric in of.collect() for sample in metric.samples}
    for labels, number in {**before, **counts}.items():
        of.labels(*labels).set(number)
