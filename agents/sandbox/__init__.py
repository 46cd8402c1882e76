"""What a laptop, the demo and the tests need and no worker does: synthetic feeds, the demo, Apache Kafka as a child.

It is a distribution of its own (``raised-risk-sandbox``, agents/sandbox/pyproject.toml): the wheel of ``raised-risk``
leaves it out, and nothing of the worker's imports it. Rooms: ``demo`` stands on ``broker`` and ``feeds``.
"""
