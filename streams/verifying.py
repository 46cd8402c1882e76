"""Whether a case's record is whole: its two chains, followed from the beginning (P17, P18). Pure.

The records are checked by themselves: they are numbered from 1 without a gap, each carries the hash of the one before
it, and each hash is that of what the record says. Then they are held against the log, folded again: the events' chain
comes to the very head that each record was emitted after, and in the end to the one in the case file; and the log
decides what the records say (``refolding``). Last, a head that somebody kept elsewhere must still lie on its chain: the
one check that whoever can write everything cannot undo.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from streams.case import CaseFile, Chain
from streams.refolding import LOG, Amiss, Finding, Logged, Recorded, Refolded, compare


class Head(NamedTuple):
    """The heads of a case's chains as somebody kept them: as a line they can be printed, signed, and put away."""

    case: str
    entries: int
    records: str
    events: str

    def line(self) -> str:
        """The head as a line to keep. The case comes last, for its id may hold blanks."""
        return f"{self.entries} {self.records or '-'} {self.events or '-'} {self.case}"


def head_of(line: str) -> Head | None:
    """The head that a kept line says; None for a blank line or a remark (#). Raises ValueError: it says none. Pure."""
    line = line.strip()
    if not line or line.startswith("#"):
        return None
    parts = line.split(" ", 3)
    if len(parts) < 4 or not parts[0].isdecimal():
        raise ValueError("not a head as `raised-risk record verify --heads` prints it")
    count, records, events, case = parts
    return Head(case, int(count), records.strip("-"), events.strip("-"))


def verify(
    entries: Sequence[Recorded], again: Refolded, stored: CaseFile | None, kept: Head | None = None
) -> tuple[Finding, ...]:
    """All that is amiss with one case's record, the first first. Pure.

    ``entries`` in the order of their topic, ``again`` the log folded again, ``stored`` the case file (None: there is
    none), ``kept`` a head that lay elsewhere. What the records decide is compared where the chains are whole: of a log
    or a record that was changed, all that follows would differ as well.
    """
    chained = tuple(one for one in entries[unchained(entries) :] if one.at is not None)
    chain, log = stored.chain if stored is not None else None, again.log
    chains = (
        *_unreadable(entries),
        *_records(chained),
        *_end_of_records(chained, log, chain),
        *_contents(log),
        *_events(chained, log, chain),
        *(_kept(entries, log, kept) if kept is not None else ()),
    )
    return chains or compare(chained, again)


def unchained(entries: Sequence[Recorded]) -> int:
    """How many were emitted before there was a chain: those without number and hash, at the beginning. Pure."""
    for count, one in enumerate(entries):
        if one.entry or one.hash or one.at is None:
            return count
    return len(entries)


# ── the records alone ────────────────────────────────────────────────────────────────────────────────────────

_RESTORE = "restore the topic from a copy, and find out who can write to it; what was emitted stands in the alerts, too"
_DOUBLED = (
    "the worker emits each entry once, in one transaction with the file: find out who else writes to this topic, and "
    "whether it was restored over itself"
)
_NO_FILE = "rebuild the case files from the log, and find out who can write to their changelog"


def _unreadable(entries: Sequence[Recorded]) -> Iterator[Finding]:
    for one in entries:
        if one.at is None:
            yield Finding(Amiss.UNREADABLE, one.place, "this record cannot be read", _RESTORE)


def _records(entries: Sequence[Recorded]) -> Iterator[Finding]:
    """Numbers, hashes, and each entry's word on the one before it."""
    there = {one.entry for one in entries}
    seen: set[int] = set()
    expected, head = 1, ""
    for one in entries:
        name = f"entry {one.entry}"
        if one.hash != one.digest:
            what = f"{name} was changed: its hash is not that of what it says"
            yield Finding(Amiss.CHANGED, one.place, what, _RESTORE)
        if one.entry in seen:
            yield Finding(Amiss.DOUBLED, one.place, f"{name} is there a second time", _DOUBLED)
        elif one.entry < max(expected, 1):
            what = f"{name} stands after entry {expected - 1}" if one.entry > 0 else "an entry without a number"
            yield Finding(Amiss.OUT_OF_ORDER, one.place, what, _RESTORE)
        else:
            if one.entry > expected:
                yield from _gap(one, range(expected, one.entry), there)
            elif one.previous != head:
                before = f"entry {expected - 1}" if expected > 1 else "the beginning"
                what = f"{name} does not follow {before}: one of the two was changed"
                yield Finding(Amiss.CHANGED, one.place, what, _RESTORE)
            expected, head = one.entry + 1, one.hash
        seen.add(one.entry)


def _gap(one: Recorded, between: range, there: set[int]) -> Iterator[Finding]:
    """What stands between the number that was expected and this one: gone, or elsewhere."""
    gone = [number for number in between if number not in there]
    if gone:
        yield Finding(Amiss.MISSING, one.place, f"{_numbers(gone)} missing before entry {one.entry}", _RESTORE)
    if late := [number for number in between if number in there]:
        what = f"entry {one.entry} stands before entry {late[0]}"
        yield Finding(Amiss.OUT_OF_ORDER, one.place, what, _RESTORE)


def _numbers(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"entry {numbers[0]} is"
    return f"entries {numbers[0]} to {numbers[-1]} are"


def _end_of_records(entries: Sequence[Recorded], log: Sequence[Logged], chain: Chain | None) -> Iterator[Finding]:
    """The last entries against the head in the file."""
    if chain is None:
        if entries:
            what = "there are entries, and no case file that counts them"
            yield Finding(Amiss.MISSING, entries[0].place, what, _NO_FILE)
        return
    by_number = {one.entry: one for one in reversed(entries)}
    last = max(by_number, default=0)
    place = entries[-1].place if entries else "(none is recorded)"
    since = {one.head for one in log if one.since}
    beyond = next((one for one in entries if one.entry > chain.count and one.events_head not in since), None)
    if last < chain.count:
        gone = range(last + 1, chain.count + 1)
        what = f"{_numbers(gone)} missing after this: the case file counts {chain.count}"
        yield Finding(Amiss.MISSING, place, what, _RESTORE)
    elif beyond is not None:
        what = f"entry {beyond.entry} is not counted by the case file, which counts {chain.count}"
        yield Finding(Amiss.STRANGE, beyond.place, what, _NO_FILE)
    elif (((counted := by_number.get(chain.count)) and counted.hash) or "") != chain.records:
        what = f"the head in the case file is not the hash of entry {chain.count}: one of the two was changed"
        yield Finding(Amiss.CHANGED, counted.place if counted is not None else place, what, _NO_FILE)


# ── against the log ──────────────────────────────────────────────────────────────────────────────────────────


def _contents(log: Sequence[Logged]) -> Iterator[Finding]:
    for one in log:
        if not one.sound:
            what = "this event was changed: its content id is not that of what it says"
            yield Finding(Amiss.CHANGED, one.place, what, LOG)


def _events(entries: Sequence[Recorded], log: Sequence[Logged], chain: Chain | None) -> Iterator[Finding]:
    """The head that each entry was emitted after, in the order of the log; and the head in the file."""
    at = -1  # the event whose head was met last
    numbers = {one.head: number for number, one in reversed(list(enumerate(log)))}
    for entry in entries:
        met = numbers.get(entry.events_head)
        if met is None:
            window = [one for one in log[at + 1 :] if entry.at is None or one.at <= entry.at]
            what = f"the log does not lead to the events that entry {entry.entry} ({entry.place}) was emitted after"
            yield _forked(log, at, window, what)
            return
        if met < at:
            what = f"entry {entry.entry} was emitted after events that lie before those of the entry before it"
            yield Finding(Amiss.OUT_OF_ORDER, entry.place, what, _RESTORE)
            return
        at = met
        if entry.at != log[met].at:
            what = f"entry {entry.entry} says another time than the log has for the event that it was emitted after"
            yield Finding(Amiss.CHANGED, log[met].place, what, LOG)
            return
    folded = [one for one in log if not one.since]
    if chain is not None and (folded[-1].head if folded else "") != chain.events:
        yield _forked(log, at, folded[at + 1 :], "the log does not lead to the head in the case file")


def _forked(log: Sequence[Logged], at: int, window: Sequence[Logged], what: str) -> Finding:
    after = f"after {log[at].place}" if at >= 0 else "from its beginning on"
    until = f" up to {window[-1].place}" if window else ""
    place = next((one.place for one in window if not one.sound), window[0].place if window else
                 log[at].place if at >= 0 else "(no event is there)")  # fmt: skip
    details = f"{what}: {after}{until} an event was changed, added, taken out or moved"
    return Finding(Amiss.CHANGED, place, details, LOG)


# ── against what was kept elsewhere ──────────────────────────────────────────────────────────────────────────


_KEPT = "take the topics out of use, keep them as they are, and compare them with the oldest copy there is"


def _kept(entries: Sequence[Recorded], log: Sequence[Logged], kept: Head) -> Iterator[Finding]:
    there = next((one for one in entries if one.entry == kept.entries), None)
    place = there.place if there is not None else "(the kept head)"
    if kept.entries and (there is None or there.hash != kept.records):
        amiss = Amiss.MISSING if there is None else Amiss.CHANGED
        what = f"entry {kept.entries} is not the one whose hash was kept: the record was written anew since"
        yield Finding(amiss, place, what, _KEPT)
    if kept.events and all(one.head != kept.events for one in log):
        what = "the events' head that was kept is not on the log's chain: the log was written anew since"
        yield Finding(Amiss.CHANGED, log[0].place if log else place, what, _KEPT)
