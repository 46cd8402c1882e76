"""A case's record, tampered with in every way that there is a name for, and in those that Hypothesis finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.acts import ActKind
from streams.case import CaseFile, Chain
from streams.events import CaseEvent, Origin, PoliceContact, content_of
from streams.policy import only
from streams.record import digest
from streams.step import step
from streams.verifying import Amiss, Finding, Head, Logged, head_of, is_sound, told, unchained, verify
from tests.unit import casebook as book

_NEWS = book.police(book.day(0.02), name="p2")
EVENTS = (
    book.assessed(book.day(0), book.all_low(public="high")),
    book.police(book.day(0.01), name="p1"),
    _NEWS,
    replace(_NEWS, origin=Origin("feed.v1", 0, 7)),  # a second delivery: it is no entry of the chain
    book.hearing(book.day(0.03), book.SERIOUS),
    book.holder(book.day(0.04)),
    book.overseen(book.day(0.05)),
)
AGAIN = 3  # which of them is the second delivery


class Kept(NamedTuple):
    """What lies in the three topics about one case."""

    log: tuple[CaseEvent, ...]
    records: tuple[dict[str, Any] | None, ...]
    chain: Chain


@cache
def _whole() -> Kept:
    file, escalations = book.run(EVENTS)
    return Kept(EVENTS, tuple(one.record() for one in escalations), file.chain)


def _log(events: Sequence[CaseEvent], since: int | None = None, later: Sequence[timedelta] = ()) -> tuple[Logged, ...]:
    """The log folded again, as the command does. ``since``: the first event that came after the file was read;
    ``later``: by how much the log's time of each event was changed.
    """
    file: CaseFile | None = None
    logged: list[Logged] = []
    for number, event in enumerate(events):
        at = event.times.received + (later[number] if later else timedelta())
        file = step(file, event, only(book.POLICY), at).file
        sound = content_of(event.fact, event.times.occurred) == event.content_id
        late = since is not None and number >= since
        logged.append(Logged(f"case.events.v1/0/{number}", file.at, file.chain.events, sound, late))
    return tuple(logged)


def _found(kept: Kept, head: Head | None = None) -> tuple[Finding, ...]:
    entries = tuple(told(f"escalations.v1/0/{number}", record) for number, record in enumerate(kept.records))
    return verify(entries, _log(kept.log), kept.chain, head)


def _first(kept: Kept) -> tuple[Amiss, str, str]:
    first = _found(kept)[0]
    return first.amiss, first.place, first.what


def test_a_record_that_nobody_touched_is_whole() -> None:
    assert len(_whole().records) > 4, "an example that shows something"
    assert _found(_whole()) == ()


def test_a_case_of_which_nothing_was_ever_told_is_whole() -> None:
    quiet = (book.holder(),)
    file, escalations = book.run(quiet)
    assert escalations == ()
    assert _found(Kept(quiet, (), file.chain)) == ()


# ── the table of tampering ───────────────────────────────────────────────────────────────────────────────────

Tamper = Callable[[Kept], Kept]


def _with(records: Sequence[Any], number: int, **changes: Any) -> tuple[Any, ...]:
    return (*records[:number], {**records[number], **changes}, *records[number + 1 :])


def _forged(kept: Kept) -> Kept:
    """One word changed, and the entry's own hash with it."""
    records = _with(kept.records, 1, reason="all is well")
    return kept._replace(records=_with(records, 1, hash=digest(records[1])))


def _forged_last(kept: Kept) -> Kept:
    last = len(kept.records) - 1
    records = _with(kept.records, last, reason="all is well")
    return kept._replace(records=_with(records, last, hash=digest(records[last])))


def _swapped(kept: Kept) -> Kept:
    one, two, three, *rest = kept.records
    return kept._replace(records=(one, three, two, *rest))


def _without_event(number: int) -> Tamper:
    return lambda kept: kept._replace(log=kept.log[:number] + kept.log[number + 1 :])


def _event(number: int, change: Callable[[CaseEvent], CaseEvent]) -> Tamper:
    return lambda kept: kept._replace(log=(*kept.log[:number], change(kept.log[number]), *kept.log[number + 1 :]))


def _moved(event: CaseEvent) -> CaseEvent:
    return replace(event, times=replace(event.times, recorded=event.times.received - timedelta(hours=5)))


def _another_role(event: CaseEvent) -> CaseEvent:
    assert isinstance(event.fact, PoliceContact)
    return replace(event, fact=replace(event.fact, force="another force"))


def _another_role_and_id(event: CaseEvent) -> CaseEvent:
    changed = _another_role(event)
    return replace(changed, content_id=content_of(changed.fact, changed.times.occurred))


COUNT = len(_whole().records)
TAMPERING: dict[str, tuple[Tamper, Amiss, str, str]] = {
    "one field of a record changed": (
        lambda kept: kept._replace(records=_with(kept.records, 1, manager="N07B123 (SPO)")),
        Amiss.CHANGED, "escalations.v1/0/1", "entry 2 was changed: its hash is not that of what it says",
    ),
    "a record changed, and its hash": (
        _forged, Amiss.CHANGED, "escalations.v1/0/2", "entry 3 does not follow entry 2: one of the two was changed",
    ),
    "the last record changed, and its hash": (
        _forged_last, Amiss.CHANGED, f"escalations.v1/0/{COUNT - 1}",
        f"the head in the case file is not the hash of entry {COUNT}: one of the two was changed",
    ),
    "the first record removed": (
        lambda kept: kept._replace(records=kept.records[1:]),
        Amiss.MISSING, "escalations.v1/0/0", "entry 1 is missing before entry 2",
    ),
    "a record in the middle removed": (
        lambda kept: kept._replace(records=kept.records[:2] + kept.records[3:]),
        Amiss.MISSING, "escalations.v1/0/2", "entry 3 is missing before entry 4",
    ),
    "the last record removed": (
        lambda kept: kept._replace(records=kept.records[:-1]),
        Amiss.MISSING, f"escalations.v1/0/{COUNT - 2}",
        f"entry {COUNT} is missing after this: the case file counts {COUNT}",
    ),
    "all records removed": (
        lambda kept: kept._replace(records=()),
        Amiss.MISSING, "(none was told)", f"entries 1 to {COUNT} are missing after this: the case file counts {COUNT}",
    ),
    "two records swapped": (
        _swapped, Amiss.OUT_OF_ORDER, "escalations.v1/0/1", "entry 3 stands before entry 2",
    ),
    "a record doubled": (
        lambda kept: kept._replace(records=(*kept.records[:2], kept.records[1], *kept.records[2:])),
        Amiss.DOUBLED, "escalations.v1/0/2", "entry 2 is there a second time",
    ),
    "a record that cannot be read": (
        lambda kept: kept._replace(records=(*kept.records[:2], None, *kept.records[3:])),
        Amiss.UNREADABLE, "escalations.v1/0/2", "what was told here cannot be read",
    ),
    "a record that is in no chain": (
        lambda kept: kept._replace(records=(*kept.records, {**(kept.records[0] or {}), "entry": 0, "hash": ""})),
        Amiss.CHANGED, f"escalations.v1/0/{COUNT}", "entry 0 was changed: its hash is not that of what it says",
    ),
    "an event changed": (
        _event(1, _another_role),
        Amiss.CHANGED, "case.events.v1/0/1", "this event was changed: its content id is not that of what it says",
    ),
    "an event changed, and its content id": (
        _event(2, _another_role_and_id), Amiss.CHANGED, "case.events.v1/0/2", "",
    ),
    "an event's time changed": (_event(1, _moved), Amiss.CHANGED, "case.events.v1/0/1", ""),
    "the first event removed": (_without_event(0), Amiss.CHANGED, "", ""),
    "an event in the middle removed": (_without_event(2), Amiss.CHANGED, "", ""),
    "the last event removed": (_without_event(len(EVENTS) - 1), Amiss.CHANGED, "", ""),
    "an event added": (
        lambda kept: kept._replace(log=(*kept.log, book.police(book.day(0.06), name="p9"))),
        Amiss.CHANGED, f"case.events.v1/0/{len(EVENTS)}", "",
    ),
    "the events' head in the file changed": (
        lambda kept: kept._replace(chain=replace(kept.chain, events="0" * 32)), Amiss.CHANGED, "", "",
    ),
    "the records' head in the file changed": (
        lambda kept: kept._replace(chain=replace(kept.chain, records="0" * 32)), Amiss.CHANGED, "", "",
    ),
    "the file counts fewer": (
        lambda kept: kept._replace(chain=replace(kept.chain, count=COUNT - 1)), Amiss.STRANGE, "", "",
    ),
    "the file is another, empty one": (lambda kept: kept._replace(chain=Chain()), Amiss.STRANGE, "", ""),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "amiss", "place", "what"), TAMPERING.values(), ids=TAMPERING.keys())
def test_what_was_tampered_with_is_found_and_named(tamper: Tamper, amiss: Amiss, place: str, what: str) -> None:
    found, where, words = _first(tamper(_whole()))
    assert found is amiss
    assert where == (place or where)
    assert words == (what or words)


def test_every_finding_says_what_to_do() -> None:
    for tamper, *_ in TAMPERING.values():
        assert all(each.remedy and each.place for each in _found(tamper(_whole())))


def test_a_case_without_its_file_is_not_whole() -> None:
    whole = _whole()
    entries = tuple(told("here", record) for record in whole.records)
    assert verify(entries, _log(whole.log), None)[0].amiss is Amiss.MISSING


def test_a_head_names_between_which_events_the_log_was_changed() -> None:
    (finding,) = _found(_without_event(2)(_whole()))[:1]
    assert "after case.events.v1/0/1 up to case.events.v1/0/" in finding.what


def test_what_came_after_the_file_was_read_is_no_fault_of_the_record() -> None:
    before, _ = book.run(EVENTS[:5])
    entries = tuple(told("here", record) for record in _whole().records)
    assert before.chain.count < len(entries), "the example tells something more"
    assert verify(entries, _log(EVENTS, since=5), before.chain) == ()


def test_a_time_of_the_log_that_was_changed_is_found() -> None:
    entries = tuple(told("here", record) for record in _whole().records)
    later = [timedelta(), timedelta(seconds=1), *[timedelta()] * (len(EVENTS) - 2)]
    (finding,) = verify(entries, _log(EVENTS, later=later), _whole().chain)
    assert finding.amiss is Amiss.CHANGED
    assert finding.place.startswith("case.events.v1/0/")


def test_what_was_told_before_there_was_a_chain_is_counted_and_not_judged() -> None:
    old = {**(_whole().records[0] or {}), "entry": 0, "hash": "", "previous": "", "events_head": ""}
    entries = tuple(told("here", record) for record in (old, old, *_whole().records))
    assert unchained(entries) == 2
    assert verify(entries, _log(EVENTS), _whole().chain) == ()


# ── the law ──────────────────────────────────────────────────────────────────────────────────────────────────


def _other(value: Any) -> Any:
    match value:
        case None:
            return "said"
        case bool():
            return not value
        case int():
            return value + 1
        case datetime():
            return value + timedelta(milliseconds=1)
        case str():
            return value + "x" if value else "x"
        case list():
            return value[:-1] if value else ["x"]
        case _:
            return None


@settings(deadline=None)
@given(st.data())
def test_any_change_of_any_field_of_any_record_is_found(data: st.DataObject) -> None:
    whole = _whole()
    number = data.draw(st.integers(0, COUNT - 1))
    record = whole.records[number] or {}
    name = data.draw(st.sampled_from(sorted(record)))
    changed = _with(whole.records, number, **{name: _other(record[name])})
    if data.draw(st.booleans()) and name != "hash":  # a forger who knows how a hash is made
        changed = _with(changed, number, hash=digest(changed[number]))
    assert _found(whole._replace(records=changed)) != ()


def _paths(built: Any, *path: int) -> list[tuple[int, ...]]:
    """The places of all single values in an event as it is written."""
    if isinstance(built, list):
        return [found for at, each in enumerate(built) for found in _paths(each, *path, at)] or [path]
    return [path]


def _set(built: list[Any], path: tuple[int, ...]) -> None:
    *way, last = path
    for at in way:
        built = built[at]
    value = built[last]
    built[last] = [] if isinstance(value, list) else _other(value)


@settings(deadline=None)
@given(st.data())
def test_any_change_of_any_field_of_any_event_of_the_chain_is_found(data: st.DataObject) -> None:
    whole = _whole()
    number = data.draw(st.integers(0, len(EVENTS) - 1).filter(lambda at: at != AGAIN))
    built = msgspec.to_builtins(EVENTS[number], builtin_types=(datetime,))
    built = msgspec.msgpack.decode(msgspec.msgpack.encode(built))
    path = data.draw(st.sampled_from(_paths(built)))
    _set(built, path)
    try:
        changed = msgspec.msgpack.decode(msgspec.msgpack.encode(built), type=CaseEvent)
    except msgspec.ValidationError:
        return  # no event any more: it is found as any that cannot be read
    if changed == EVENTS[number]:
        return  # an empty list stayed one
    if changed.case != EVENTS[number].case:
        return  # another case's: the step refuses it
    assert _found(whole._replace(log=(*EVENTS[:number], changed, *EVENTS[number + 1 :]))) != ()


@settings(deadline=None)
@given(st.lists(st.integers(0, len(EVENTS) - 1), min_size=1, max_size=3, unique=True))
def test_events_taken_out_are_found_unless_they_were_second_deliveries(gone: list[int]) -> None:
    left = tuple(event for number, event in enumerate(EVENTS) if number not in gone)
    assert bool(_found(_whole()._replace(log=left))) is (gone != [AGAIN])


# ── contents as they were written ────────────────────────────────────────────────────────────────────────────


def test_a_content_is_that_of_the_bytes_as_they_were_written() -> None:
    event = book.police()
    value = msgspec.msgpack.encode(event)
    assert is_sound(value, event)
    forged = replace(event, fact=replace(event.fact, force="x"))
    assert not is_sound(msgspec.msgpack.encode(forged), forged)


def test_an_event_of_a_release_that_knew_fewer_fields_is_sound_still() -> None:
    event = book.oversight()
    parts = msgspec.msgpack.decode(msgspec.msgpack.encode(event))
    parts[5] = parts[5][:-4]  # without the last fields, which all have their defaults
    parts[3] = content_of(parts[5], event.times.occurred)
    value = msgspec.msgpack.encode(parts)
    read = msgspec.msgpack.decode(value, type=CaseEvent)
    assert read.content_id != content_of(read.fact, read.times.occurred), "its fields are more now"
    assert is_sound(value, read)


# ── heads that were kept elsewhere ───────────────────────────────────────────────────────────────────────────


def _head(kept: Kept) -> Head:
    return Head(book.CASE, kept.chain.count, kept.chain.records, kept.chain.events)


@pytest.mark.parametrize("head", [Head("youth:a/b c", 3, "a" * 32, "b" * 32), Head("crn:X1", 0, "", "b" * 32)])
def test_a_head_is_kept_as_a_line(head: Head) -> None:
    assert head_of(head.line() + "\n") == head


def test_remarks_and_blank_lines_among_kept_heads_say_nothing() -> None:
    assert (head_of("# kept on Monday"), head_of("  \n")) == (None, None)


@pytest.mark.parametrize("line", ["x", "1 a b", "one a b crn:X1"])
def test_a_line_that_is_no_head_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a head"):
        head_of(line)


def test_a_kept_head_is_still_on_the_chain_when_the_record_has_grown() -> None:
    before, _ = book.run(EVENTS[:5])
    kept = Head(book.CASE, before.chain.count, before.chain.records, before.chain.events)
    assert _found(_whole(), kept) == ()
    assert _found(_whole(), _head(_whole())) == ()


def test_a_record_written_anew_from_end_to_end_is_seen_by_a_head_that_was_kept() -> None:
    events = _event(1, _another_role_and_id)(_whole()).log
    file, escalations = book.run(events)
    anew = Kept(events, tuple(one.record() for one in escalations), file.chain)
    assert _found(anew) == (), "whoever can write everything can make it whole again"
    found = _found(anew, _head(_whole()))
    assert [one.amiss for one in found] == [Amiss.CHANGED, Amiss.CHANGED]
    assert "was kept" in found[0].what


def test_an_act_of_a_person_is_an_entry_like_any_other() -> None:
    file, escalations = book.run(EVENTS[:2])
    acknowledged = book.act(book.day(0.015), ActKind.ACKNOWLEDGED, escalations[0].escalation_id)
    events = (*EVENTS[:2], acknowledged)
    file, escalations = book.run(events)
    kept = Kept(events, tuple(one.record() for one in escalations), file.chain)
    assert _found(kept) == ()
    assert _found(_event(2, lambda one: replace(one, fact=replace(one.fact, author="N99")))(kept)) != ()
