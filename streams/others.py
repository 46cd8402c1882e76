"""What an event of one case means for other cases: events to be sent to them. Pure, and the same again on a replay.

- Linked people (P20): each time that a case's level is raised, every case that it is linked to hears of it, and so does
  one that is linked to it later, while it is raised still. That news changes no level, so it leads to no further news.
- Merges: the case that lives on takes over the other's file; it gives it back when the merge is undone, or when the
  other is merged elsewhere.
- What comes to a case that lives on elsewhere goes on to there, too; it stays in its own file as well, for the day on
  which the merge is undone. So does an erasure: it is one person. It reaches the cases that were merged into this one,
  which hold what the person's data were before.

An event passes through no case twice, and through at most ``HOPS``: cases merged in a ring do not keep it going.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec.structs import replace

from streams.case import CaseFile, Schedule
from streams.circumstances import Erased, GivenBack, LinkedNews, Merged, TakenOver, Unmerged
from streams.events import CaseEvent, DeadlinePassed, Fact, Restored, Times, Withheld, content_of
from streams.policy import Policy
from streams.primitives import CaseId
from streams.statements import held_links
from streams.view import CaseView

HOPS = 8
"""Through how many cases an event goes on."""

_STAYS = (Merged, Unmerged, DeadlinePassed, Withheld, Restored)
"""What speaks of this case alone, wherever it lives on."""

_encode = msgspec.msgpack.Encoder().encode


def tells_others(
    before: CaseFile, after: CaseFile, event: CaseEvent, now: datetime, policy: Policy
) -> tuple[CaseEvent, ...]:
    """The events for other cases that follow from one event of this case.

    Their ids are made of what happened, so that a second delivery is known as such. Safe to repeat.
    """
    return (
        *_linked(before, after, event, now, policy),
        *_merged(before, after, event, now),
        *_forwarded(before, after, event),
    )


def _linked(before: CaseFile, after: CaseFile, event: CaseEvent, now: datetime, policy: Policy) -> Iterator[CaseEvent]:
    raised = after.raised
    if raised is None or after.merged_into is not None or not after.links:
        return
    known = CaseView(after, policy, now).standing.raised
    levels = tuple(f"{each.given.domain}: {each.given.level}" for each in known)
    told = {absorbed.source for absorbed in after.absorbed}  # the same person
    if before.raised == raised:
        told.update(link.other for link in held_links(before))
    for link in sorted(held_links(after), key=lambda link: (link.other, link.effective, link.key)):
        if link.other in told:
            continue
        told.add(link.other)
        news = LinkedNews(after.case, link.relation, levels, raised)
        name = f"linked-news/{after.case}/{raised.isoformat()}"
        yield _told(link.other, name, news, event, raised, now)


def _merged(before: CaseFile, after: CaseFile, event: CaseEvent, now: datetime) -> Iterator[CaseEvent]:
    was = before.merged_into
    if was == after.merged_into:
        return
    at = event.times.effective
    if was is not None:
        yield _told(was, f"given-back/{after.case}/{event.content_id}", GivenBack(after.case), event, at, now)
    if after.merged_into is not None:
        # The escalations as they were told to have moved.
        whole = replace(
            before,
            open=after.suspended,
            suspended=(),
            closed=after.closed,
            merged_into=None,
            merges=(),
            schedule=Schedule(),
        )
        taken = TakenOver(after.case, _encode(whole))
        yield _told(after.merged_into, f"taken-over/{after.case}/{event.content_id}", taken, event, at, now)


def _told(case: CaseId, sender_id: str, fact: Fact, event: CaseEvent, occurred: datetime, now: datetime) -> CaseEvent:
    return CaseEvent(case, event.origin, sender_id, content_of(fact, occurred), Times(occurred, None, now), fact)


def _forwarded(before: CaseFile, after: CaseFile, event: CaseEvent) -> Iterator[CaseEvent]:
    if isinstance(event.fact, _STAYS):
        return
    path = (*event.forwarded, event.case)
    if len(path) > HOPS:
        return
    to = [] if after.merged_into is None else [after.merged_into]
    if isinstance(event.fact, Erased):
        to += [absorbed.source for absorbed in before.absorbed if absorbed.through is None]
    for case in to:
        if case not in path:
            yield replace(event, case=case, forwarded=path)
