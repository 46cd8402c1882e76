"""Lanes: exactly once from topic to topic. ``lane`` states the protocol; read it first.

``lanes`` shares them out and watches them; a lane reads for its ``station``s, one a step, which hand ``runs`` to their
agents, and writes what became of them as one ``transaction``. ``changelog`` is what it writes of its own, ``store``
where the states of a station are, ``due`` its deadlines, ``breaker`` when a source is held.
"""
