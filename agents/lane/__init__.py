"""Lanes: exactly once from topic to topic. ``lane`` states the protocol; read it first.

``lanes`` shares them out and watches them; a lane hands ``runs`` to its agent and writes each as one ``transaction``.
``changelog`` is what it writes of its own, ``store`` where its states are, ``due`` its deadlines, ``breaker`` when a
source is held.
"""
