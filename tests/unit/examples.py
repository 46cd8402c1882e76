"""How many generated cases a law is shown. ``make hunt`` multiplies them, to look for what the tests do not find."""

from __future__ import annotations

import os

from hypothesis import settings

TIMES = int(os.environ.get("RAISED_RISK_EXAMPLES", "1"))

law = settings(max_examples=300 * TIMES, deadline=None)
"""A law of histories: with the laws of one module it is shown thousands of them."""

law_of_steps = settings(max_examples=100 * TIMES, deadline=None)
"""A law that looks at each step of a long history: there are thousands of steps in these, too."""
