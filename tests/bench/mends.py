"""The named defects of d77cc08 that show in what ``same.py`` compares, mended in it while it is compared.

Each is a difference that we meant to make, so that whatever follows from it is one, too. Mended, the older revision is
the same as ours, to the last field; how many cases each mend touched is counted, under the name of the defect. The
page docs/decisions/compared-with-d77cc08.md says what they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from streams import judge, life, step

Touched = dict[str, set[str]]
"""By the name of a defect: the cases in which mending it changed something."""

GRAVER = "graver news put off the oversight"
FORGOTTEN = "what could be reopened no more went along in a merge"


def mended() -> Touched:
    """Mend the imported d77cc08, and say what is touched as events are folded."""
    touched: Touched = defaultdict(set)
    life.joined = _no_more_time(life.joined, touched)
    step.judge = _forgets_when_merged(judge.judge, touched)
    return touched


def _no_more_time(was: Callable[..., Any], touched: Touched) -> Callable[..., Any]:
    """News that ends an acknowledgement does not put off the time by which the escalation is to be overseen."""

    def joined(item: Any, rule: Any, news: Any, seen: Any) -> Any:
        anew = was(item, rule, news, seen)
        acknowledged = item.stage is life.Stage.ACKNOWLEDGED and item.suppressed is None
        if acknowledged and item.oversee_by is not None and anew.oversee_by > item.oversee_by:
            touched[GRAVER].add(seen.file.case)
            return replace(anew, oversee_by=item.oversee_by)
        return anew

    return joined


def _forgets_when_merged(was: Callable[..., Any], touched: Touched) -> Callable[..., Any]:
    """A case that is merged lets go what was closed too long ago to be reopened, as any other does."""

    def judged(file: Any, policies: Any, now: Any, *args: Any, **more: Any) -> Any:
        after, told = was(file, policies, now, *args, **more)
        if after.merged_into is None:
            return after, told
        closed = tuple(one for one in after.closed if not life.forgotten(one, policies.in_force(now), now))
        if len(closed) < len(after.closed):
            touched[FORGOTTEN].add(after.case)
            after = replace(after, closed=closed)
        return after, told

    return judged
