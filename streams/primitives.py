"""What every fact needs: a case's id, and times that know their zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NewType

import msgspec

CaseId = NewType("CaseId", str)
"""``crn:X320741`` (an adult's) or ``youth:<issuer>/<id>`` (a young person's, unique per issuing service only)."""

Time = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time as it is read from our topics: aware. One without a zone cannot be compared, so it is not decoded."""
