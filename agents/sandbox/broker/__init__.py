"""Apache Kafka as a child process, for the demo, the tests and a laptop: one broker or three, on 127.0.0.1 only.

Production has a cluster of its own, named by ``kafka.bootstrap``; nothing here runs there.

    with running(Path(".data/kafka"), brokers=3) as cluster:
        cluster.bootstrap, cluster.kill(2), cluster.start(2)

Rooms, each standing only on those after it: ``serve`` (the command), ``cluster`` (brokers that are stopped, killed,
frozen and started again), ``properties`` (what each of them is told), ``jars`` (what they are made of, held to their
locked sha256), ``watch`` (the small process between us and each broker, so that it ends when we do).
"""

from agents.sandbox.broker.cluster import BrokerDied, BrokerRefused, Cluster, running
from agents.sandbox.broker.jars import BrokerIncomplete
from agents.sandbox.broker.serve import serve

__all__ = ["BrokerDied", "BrokerIncomplete", "BrokerRefused", "Cluster", "running", "serve"]
