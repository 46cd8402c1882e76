"""A case explained: what is shown of each escalation, now and at a time, and in which words (P7, P8, P18)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

import msgspec
import pytest
from msgspec.structs import replace

from agents import wire
from agents.cli import explained, words
from agents.cli.case import moment
from agents.queries.case_reading import KnownCase
from agents.queries.explaining import Explained, explain
from schemas import decode, encode
from streams import facts
from streams.acts import Act, ActKind, Evidence
from streams.case import CaseFile
from streams.circumstances import (
    ClassificationKind,
    ClassificationState,
    Classified,
    ComesOfAge,
    Erased,
    GivenBack,
    Linked,
    LinkedNews,
    Merged,
    Relation,
    Service,
    ServiceState,
    TakenOver,
    Unmerged,
)
from streams.escalation import EscalationRecord
from streams.events import CaseEvent, Fact
from streams.policy import Policies, only
from streams.policy.reading import parse
from streams.rules import BY_ID
from streams.step import step
from tests.unit import casebook as book

POLICIES = only(book.POLICY)
OTHER = parse(book.POLICY_TEXT + "\n# a remark makes it another version\n", book.OFFENCES_TEXT, BY_ID)


@dataclass
class Line:
    """A record of the log, as the broker keeps it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    topic: str = "case.events.v1"
    partition: int = 0


def _known(events: Iterable[CaseEvent], policies: Policies = POLICIES, folded: int | None = None) -> KnownCase:
    """What lies in the topics after these events, each in the log when it was received."""
    file: CaseFile | None = None
    told: list[EscalationRecord] = []
    log: list[Line] = []
    for offset, event in enumerate(events):
        at = event.times.received
        log.append(Line(offset, int(at.timestamp() * 1000), event.case.encode(), wire.encode(event)))
        if folded is None or offset < folded:
            done = step(file, event, policies, at)
            file = done.file
            told += done.escalations
    records = tuple(
        msgspec.convert(decode("escalation", encode("escalation", one.record())), EscalationRecord) for one in told
    )
    return KnownCase(book.CASE, file, records, tuple(log), len(log) if folded is None else folded)


RAISED = book.assessed(book.day(0), book.all_low(public="high"))
ID = _known([RAISED]).records[0].escalation_id
ACKNOWLEDGED = book.act(book.day(0.01), ActKind.ACKNOWLEDGED, ID, reason="on my way")
OVERSEEN = replace(
    book.overseen(book.day(0.02), book.required()),
    fact=replace(book.overseen(book.day(0.02), book.required()).fact, variance="by telephone, no room was free"),
)
HISTORY = (
    RAISED,
    ACKNOWLEDGED,
    OVERSEEN,
    book.oversight(book.day(0.03)),
    book.holder(book.day(0.05)),
)


def _item(found: Explained, rule: str = "R1") -> str:
    """What is printed of one escalation."""
    printed = "\n".join(explained.lines(found))
    return next(part for part in printed.split("\n\n") if part.startswith(f"{rule} "))


def test_an_explanation_has_rule_principles_reason_signals_and_what_is_awaited() -> None:
    known = _known([RAISED])
    printed = _item(explain(known, POLICIES))
    told = known.records[0]
    assert f"R1 {ID} (open)" in printed
    assert f"  why: {told.reason}" in printed
    assert "  P1: Managers oversee cases of medium or higher risk" in printed
    assert "  P7: Where systems could have shown the need" in printed
    assert f"  turn: {told.turn}, to be acknowledged by 2026-03-02 10:00:00Z" in printed
    assert f"policy {book.POLICY.version}" in printed
    assert "occurred 2026-03-02 09:00:00Z, recorded 2026-03-02 09:00:00Z, received 2026-03-02 09:00:00Z" in printed
    assert f"manager: {told.manager}" in printed
    assert f"levels: {'; '.join(told.levels)}" in printed


def test_the_life_of_an_item_has_who_when_decision_and_variance() -> None:
    printed = _item(explain(_known(HISTORY), POLICIES))
    assert "1. RAISED" in printed
    assert "2. ACKNOWLEDGED by SPO N07B123; decision: on my way" in printed
    assert "OVERSEEN by SPO N07B123; variance: by telephone, no room was free" in printed
    assert "required: HOME_VISIT of N07A001, due " in printed
    assert ", not confirmed" in printed


def test_whether_and_when_the_case_was_referred_stands_beside_when_it_was_known() -> None:
    printed = _item(explain(_known(HISTORY), POLICIES))
    assert "  known since 2026-03-02 09:00:00Z, emitted 2026-03-02 09:00:00Z, 0 s later" in printed
    assert "  referred: 2026-03-02 09:43:12Z by N07A001" in printed
    assert "43 min 12 s after it was known here (P7)" in printed
    assert "referred: by nobody, which excuses nothing (P7)" in _item(explain(_known([RAISED]), POLICIES))


def test_what_is_not_known_of_an_alert_is_said_to_be_not_known() -> None:
    printed = "\n".join(explained.lines(explain(_known([RAISED]), POLICIES)))
    assert "delivered: not known yet; seen: not known yet; acknowledged: by nobody" in printed


def test_as_at_shows_the_case_as_it_was_and_nothing_that_was_told_later() -> None:
    known = _known(HISTORY)
    for at, expected in (
        (book.day(0.01) - book.MS, ["RAISED"]),
        (book.day(0.01), ["RAISED", "ACKNOWLEDGED"]),
        (book.day(0.015), ["RAISED", "ACKNOWLEDGED"]),
        (book.day(0.02), ["RAISED", "ACKNOWLEDGED", "OVERSEEN"]),
    ):
        found = explain(known, POLICIES, at)
        item = next(one for one in found.escalations if one.rule == "R1")
        assert [one.change.value for one in item.life] == expected
        assert found.file == book.run([one for one in HISTORY if one.times.received <= at])[0]
        assert found.differences == ()


def test_before_anything_was_known_there_is_nothing_to_explain() -> None:
    found = explain(_known(HISTORY), POLICIES, book.T0 - book.MS)
    assert (found.file, found.escalations, found.timeline.entries) == (None, (), ())


def test_as_at_is_judged_under_the_policies_in_force_then() -> None:
    since = book.day(0.015)
    policies = Policies(
        {book.POLICY.version: book.POLICY, OTHER.version: OTHER},
        ((book.T0 - timedelta(days=1), book.POLICY.version), (since, OTHER.version)),
    )
    known = _known(HISTORY, policies)
    before, after = explain(known, policies, book.day(0.01)), explain(known, policies, since)
    assert (before.policy_version, before.policy_in_force_since) == (book.POLICY.version, book.T0 - timedelta(days=1))
    assert (after.policy_version, after.policy_in_force_since) == (OTHER.version, since)
    assert before.differences == after.differences == ()


def test_what_was_told_and_what_the_log_comes_to_agree() -> None:
    assert explain(_known(HISTORY), POLICIES).differences == ()


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (lambda told: told[1:], f"R1 {ID}, revision 1 (RAISED) follows from the log and is not recorded"),
        (
            lambda told: (replace(told[0], manager="another"), *told[1:]),
            f"R1 {ID}, revision 1 (RAISED): the log folded again says otherwise of manager",
        ),
        (
            lambda told: (*told, replace(told[0], revision=99)),
            f"R1 {ID}, revision 99 (RAISED) is recorded, and the log folded again does not emit it",
        ),
    ],
    ids=["untold", "otherwise", "not from the log"],
)
def test_where_they_disagree_it_is_said(tamper, says: str) -> None:  # type: ignore[no-untyped-def]
    known = _known(HISTORY)
    changed = KnownCase(known.case, known.file, tamper(known.records), known.log, known.folded)
    assert says in explain(changed, POLICIES).differences


def test_a_file_that_is_not_what_the_log_folds_to_is_said_field_by_field() -> None:
    known = _known(HISTORY)
    assert known.file is not None
    other = KnownCase(known.case, replace(known.file, holders=()), known.records, known.log, known.folded)
    assert explain(other, POLICIES).differences == ("the case file is not what the log folds to: holders",)


def test_what_the_worker_has_not_folded_yet_is_counted_and_not_explained() -> None:
    found = explain(_known(HISTORY, folded=2), POLICIES)
    assert (found.events, found.not_folded, found.differences) == (2, 3, ())


def test_the_rows_for_programs_have_all_of_it() -> None:
    rows = list(explained.rows(explain(_known(HISTORY), POLICIES)))
    assert [row["what"] for row in rows].count("timeline") == len(HISTORY)
    item = next(row for row in rows if row["what"] == "escalation" and row["rule"] == "R1")
    assert [one["change"] for one in item["life"]][:3] == ["RAISED", "ACKNOWLEDGED", "OVERSEEN"]
    assert item["principles"]["P7"].startswith("Where systems")
    assert item["aware"]["told_after_seconds"] == 0.0
    first = next(row for row in rows if row["what"] == "timeline")
    assert first["told"][0]["delivered"] is None, "not known, never no"


# ── after an erasure ─────────────────────────────────────────────────────────────────────────────────────────

ERASED_AT = book.day(0.07)
ERASURE = book.event(Erased("N07B999", "GDPR-17"), ERASED_AT, "circumstances/delius/e1")
SINCE = book.police(book.day(0.08), name="since")


@pytest.mark.parametrize("at", [None, book.day(0.02)], ids=["now", "as it was before"])
def test_what_was_erased_is_shown_to_nobody_and_that_decisions_were_made_stays(at: datetime | None) -> None:
    known = _known((*HISTORY, ERASURE, SINCE))
    assert known.erased == ERASED_AT
    found = explain(known, POLICIES, at)
    printed = "\n".join(explained.lines(found)) + str(list(explained.rows(found)))
    assert "public" not in printed.replace("show", ""), "no level"
    assert "HOME_VISIT" not in printed
    assert "2. ACKNOWLEDGED by SPO N07B123; decision: on my way" in printed
    assert "what came before 2026-03-02 10:40:48Z is erased" in printed
    assert [entry.event for entry in found.timeline.entries] == ([SINCE] if at is None else [])


def test_the_history_of_a_case_begins_anew_after_an_erasure() -> None:
    known = _known((*HISTORY, ERASURE, SINCE))
    assert [event for _, event in known.latest(20)] == [SINCE]
    assert [one.rule for one in known.escalations] == ["R2"], "what the news since has opened, and nothing of before"


# ── the facts in words ───────────────────────────────────────────────────────────────────────────────────────

AT = book.T0
FACTS: tuple[tuple[Fact, str], ...] = (
    (Classified("c1", ClassificationKind.MAPPA, "MAPP", "M2", "M1", ClassificationState.IN_FORCE),
     "mappa MAPP, level M2, category M1, in-force"),
    (Classified("c2", ClassificationKind.TIER, "A2", None, None, ClassificationState.ENDED), "tier A2, ended"),
    (Service("s1", "ACCOMMODATION", ServiceState.REQUESTED, "P1"), "service ACCOMMODATION by P1, requested"),
    (Service("s1", "ACCOMMODATION", ServiceState.DELIVERED), "service ACCOMMODATION by (nobody named), delivered"),
    (Linked("l1", book.YOUTH, Relation.SIBLING, held=True), "sibling youth:leeds/4711"),
    (Linked("l1", book.YOUTH, Relation.SIBLING, held=False), "sibling youth:leeds/4711, no longer"),
    (LinkedNews(book.YOUTH, Relation.SIBLING, ("harm: high",), AT), "sibling youth:leeds/4711 was raised: harm: high"),
    (ComesOfAge(AT), "turns 18, or turned so, 2026-03-02 09:00:00Z"),
    (Merged(book.YOUTH), "merged into youth:leeds/4711"),
    (Unmerged(book.YOUTH), "no longer merged into youth:leeds/4711"),
    (TakenOver(book.YOUTH, b"file"), "what youth:leeds/4711 held is taken over"),
    (GivenBack(book.YOUTH), "what youth:leeds/4711 held is given back"),
    (Erased("N07B999", "GDPR-17"), "erased on request by N07B999 (GDPR-17)"),
    (Act("k1", ActKind.CONFIRMED, "N07B123", "SPO", None, "a1", None, Evidence.DOCUMENT, "D-1", variance="late"),
     "confirmed by SPO N07B123, of action a1, evidence document (D-1), variance: late"),
    (Act("k2", ActKind.SUPPRESSED, "N07B123", None, "e1", reason="HOLIDAY", until=AT),
     "suppressed by N07B123, of e1, until 2026-03-02 09:00:00Z, reason: HOLIDAY"),
    (book.overseen(AT, book.required()).fact, "oversight, case-discussion by N07B123, 1 actions required"),
    (book.overseen(AT).fact, "oversight, case-discussion by N07B123, no action needed: PLAN_IN_PLACE"),
)  # fmt: skip


@pytest.mark.parametrize(("fact", "said"), FACTS, ids=[said for _, said in FACTS])
def test_every_new_kind_of_fact_has_its_words(fact: Fact, said: str) -> None:
    assert words.fact(fact) == said


ON_FILE = (
    facts.Assessment,
    facts.Holder,
    facts.Signal,
    facts.Oversight,
    facts.Classification,
    facts.Service,
    facts.Link,
    facts.LinkedNews,
    facts.Act,
    facts.Action,
)


@pytest.mark.parametrize("kind", [*get_args(Fact), *ON_FILE], ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_kind_of_fact_has_a_template_of_fields_that_it_has(kind: type[msgspec.Struct]) -> None:
    assert words.said(words.TEMPLATES[kind], Nothing(kind))


class Nothing:
    """A value of this kind, all of whose fields are empty."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def __getattr__(self, name: str) -> object:
        getattr(self._kind, name)  # raises AttributeError: there is no such field
        return ()


def test_the_bytes_of_a_file_that_was_taken_over_are_counted_and_not_shown() -> None:
    assert words.named(TakenOver(book.YOUTH, b"file"))["file"] == "4 bytes"


def test_a_case_file_is_shown_with_what_is_known_besides() -> None:
    events = [
        book.event(fact, book.day(number / 100), f"circumstances/delius/{number}")
        for number, (fact, _) in enumerate(FACTS[:1] + FACTS[2:3] + FACTS[4:5], start=1)
    ]
    file, _ = book.run([RAISED, *events])
    printed = "\n".join(words.file(file))
    assert "  classifications:\n    2026-03-02 09:14:24Z  mappa MAPP, level M2, category M1, in-force" in printed
    assert "  services:\n    2026-03-02 09:28:48Z  service ACCOMMODATION by P1, requested" in printed
    assert "  linked people:\n    2026-03-02 09:43:12Z  sibling youth:leeds/4711" in printed
    assert "urgent, raised, opened 2026-03-02 09:00:00Z" in printed
    assert "to be acknowledged by 2026-03-02" in printed
    assert "services" not in "\n".join(words.file(book.run([RAISED])[0])), "nothing is said of what there is none of"


# ── a time as people write it ────────────────────────────────────────────────────────────────────────────────

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-03-02", datetime(2026, 3, 2, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("2026-06-02", datetime(2026, 6, 2, 22, 59, 59, 999_000, tzinfo=UTC)),  # summer time
        ("2026-03-29", datetime(2026, 3, 29, 22, 59, 59, 999_000, tzinfo=UTC)),  # the day on which it begins
        ("2026-07-01", NOW),  # today, as far as it is known
        ("2026-06-02T14:30", datetime(2026, 6, 2, 13, 30, tzinfo=UTC)),
        ("2026-03-02 14:30:05", datetime(2026, 3, 2, 14, 30, 5, tzinfo=UTC)),
        ("2026-06-02T14:30Z", datetime(2026, 6, 2, 14, 30, tzinfo=UTC)),
        ("2026-06-02T14:30+05:30", datetime(2026, 6, 2, 9, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_that_of_the_clock_in_london(written: str, at: datetime) -> None:
    assert moment(written, NOW) == at


@pytest.mark.parametrize("written", ["yesterday", "2026-13-01", "", "14:30"])
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid|month"):
        moment(written, NOW)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=59, milliseconds=999), "59 s"),
        (timedelta(minutes=1), "1 min 0 s"),
        (timedelta(hours=1), "1 h 0 min"),
        (timedelta(days=1, hours=1, minutes=59), "1 d 1 h"),
        (-timedelta(hours=2), "2 h 0 min"),
    ],
    ids=str,
)
def test_a_length_of_time_is_said_in_its_two_largest_units(length: timedelta, said: str) -> None:
    assert words.span(length) == said
