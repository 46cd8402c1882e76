"""Lanes: exactly once from topic to topic. ``lane`` states the protocol; read it first.

``lanes`` opens the lanes of the groups that a worker is assigned, and watches them; what they share is in ``context``.
A lane makes its ``claim``, then does the ``reading`` for its ``processor``s (one for each step and partition), which
hand ``batches`` to their agents, and writes what came of them as one ``transaction``. ``changelog`` is what a lane
writes of its own beside the states, ``store`` where states are kept, ``gauges`` counts them, ``due`` finds deadlines,
``breaker`` says when a source is to be held, ``clients`` are those of Kafka.
"""
