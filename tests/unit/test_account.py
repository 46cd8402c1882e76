"""The account: one current outcome for each sighting, and every way in which that may not be so is named."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.queries.account import EXAMPLES, Account, FeedAccount, Finding, Heard, Ledger, Outcome, outcomes
from agents.queries.readers import Span
from streams.events import Origin

POLICE, HEARINGS = "police.notifications.v1", "court.hearings.v1"
PERSON = "/hearing/prosecutionCases/0/defendants/0"
PLACES = {(POLICE, 0): Span(5, 10), (HEARINGS, 0): Span(0, 3)}
READ = {(POLICE, 0): 10, (HEARINGS, 0): 3}


def _account(*heard: tuple[Origin, Heard | Outcome], positions: dict[tuple[str, int], int] = READ) -> Account:
    ledger = Ledger(PLACES)
    for origin, what in heard:
        ledger.hear(origin, what)
    return ledger.account(positions)


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ({Heard.CASE_FOLDED}, (Outcome.FOLDED,)),
        ({Heard.CASE_DUPLICATE}, (Outcome.DUPLICATE,)),
        ({Heard.CASE_FOLDED, Heard.CASE_DUPLICATE}, (Outcome.FOLDED,)),
        ({Heard.CASE_QUARANTINED, Heard.CASE_FOLDED}, (Outcome.QUARANTINED,)),
        ({Heard.CASE_AHEAD}, ()),
        ({Heard.CASE_AHEAD, Heard.CASE_FOLDED}, (Outcome.FOLDED,)),
        ({Outcome.PARKED}, (Outcome.PARKED,)),
        ({Outcome.AMBIGUOUS}, (Outcome.AMBIGUOUS,)),
        ({Outcome.DUPLICATE}, (Outcome.DUPLICATE,)),
        ({Outcome.NOTHING_TO_DO}, (Outcome.NOTHING_TO_DO,)),
        ({Outcome.ORGANISATION}, (Outcome.ORGANISATION,)),
        ({Outcome.EMPTY}, (Outcome.EMPTY,)),
        ({Outcome.QUARANTINED}, (Outcome.QUARANTINED,)),
        ({Heard.STUCK}, (Outcome.QUARANTINED,)),
        ({Heard.STUCK, Outcome.PARKED}, (Outcome.PARKED,)),
        ({Outcome.PARKED, Heard.CASE_FOLDED}, (Outcome.PARKED, Outcome.FOLDED)),
        ({Outcome.QUARANTINED, Heard.CASE_DUPLICATE}, (Outcome.QUARANTINED, Outcome.DUPLICATE)),
        (set(), ()),
    ],
    ids=lambda value: "+".join(each.name for each in value) if isinstance(value, set) else "",
)
def test_what_was_heard_of_a_sighting_is_its_outcome(heard: set[Heard | Outcome], found: tuple[Outcome, ...]) -> None:
    assert outcomes(frozenset(heard)) == found
    assert outcomes(frozenset({*heard, Heard.CAME})) == found


def test_what_came_in_and_what_became_of_it_add_up() -> None:
    ledger = Ledger(PLACES)
    for offset in (5, 6, 9):  # offsets have gaps
        ledger.record(POLICE)
        ledger.hear(Origin(POLICE, 0, offset), Heard.CAME)
        ledger.hear(Origin(POLICE, 0, offset), Heard.CASE_DUPLICATE if offset == 9 else Heard.CASE_FOLDED)
    ledger.record(HEARINGS)
    for path, heard in (("", Outcome.EMPTY), (PERSON, Outcome.PARKED)):
        ledger.hear(Origin(HEARINGS, 0, 2, path), Heard.CAME, heard)
    account = ledger.account(READ)
    assert account == Account(
        (
            FeedAccount(POLICE, Counter(records=3, sightings=3, folded=2, duplicate=1)),
            FeedAccount(HEARINGS, Counter(records=1, sightings=2, empty=1, parked=1)),
        )
    )
    assert account.adds_up
    assert account.total == FeedAccount(
        "all", Counter(records=4, sightings=5, folded=2, duplicate=1, empty=1, parked=1)
    )


SEEN = Origin(HEARINGS, 0, 2, PERSON)
WHOLE = Origin(HEARINGS, 0, 2)


@pytest.mark.parametrize(
    ("heard", "read", "count", "what"),
    [
        ({Heard.CAME}, 3, "on_the_way", "was read by intake, and nothing has become of it yet"),
        ({Heard.CAME}, 2, "not_read", "was not read by intake yet"),
        ({Heard.CAME, Heard.CASE_AHEAD}, 3, "on_the_way", "lies in the cases' log, and is not folded yet"),
        (
            {Heard.CAME, Outcome.PARKED, Heard.CASE_FOLDED},
            3,
            "twice",
            "has more than one outcome: parked, folded",
        ),
        ({Heard.CASE_FOLDED}, 3, "strangers", "has an outcome (folded), and never came in"),
        ({Heard.CASE_AHEAD}, 3, "strangers", "has an outcome (on its way), and never came in"),
    ],
    ids=["lost or on its way", "not read", "ahead of the fold", "two outcomes", "a stranger", "a stranger on its way"],
)
def test_a_sighting_that_is_not_as_it_should_be_is_named(
    heard: set[Heard | Outcome], read: int, count: str, what: str
) -> None:
    account = _account(*((SEEN, each) for each in heard), positions={(HEARINGS, 0): read})
    assert not account.adds_up
    assert account.findings == (Finding(str(SEEN), what),)
    assert account.total.counts[count] == 1


def test_a_sighting_of_the_whole_record_and_one_of_a_part_are_two() -> None:
    account = _account((WHOLE, Heard.CAME), (WHOLE, Outcome.EMPTY), (SEEN, Heard.CAME))
    assert account.findings == (Finding(str(SEEN), "was read by intake, and nothing has become of it yet"),)


def test_an_outcome_on_the_topic_of_outcomes_replaces_the_one_before_it() -> None:
    ledger = Ledger(PLACES)
    ledger.hear(SEEN, Heard.CAME)
    for kind in ("parked", "ambiguous"):
        ledger.hear_outcome(SEEN, kind)
    assert ledger.account(READ).total.outcomes == {Outcome.AMBIGUOUS: 1}
    ledger.hear_outcome(SEEN, None)
    ledger.hear(SEEN, Heard.CASE_FOLDED)
    assert ledger.account(READ).total.outcomes == {Outcome.FOLDED: 1}


def test_what_is_said_of_records_outside_the_span_is_left_alone_and_what_the_feed_lost_is_counted() -> None:
    account = _account(
        (Origin(POLICE, 0, 4), Heard.CASE_FOLDED),
        (Origin(POLICE, 0, 10), Heard.CASE_FOLDED),
        (Origin(POLICE, 7, 0), Heard.CASE_FOLDED),
    )
    assert (account.gone, account.total.counts, account.adds_up) == (2, Counter(), True)


def test_examples_are_few_and_counts_are_whole() -> None:
    ledger = Ledger({(POLICE, 0): Span(0, 1000)})
    for offset in range(1000):
        ledger.hear(Origin(POLICE, 0, offset), Heard.CAME)
    account = ledger.account({(POLICE, 0): 1000})
    assert (account.total.counts["on_the_way"], len(account.findings)) == (1000, EXAMPLES)


ORIGINS = st.builds(
    Origin,
    st.just(HEARINGS),
    st.just(0),
    st.integers(0, 2),
    st.sampled_from(["", PERSON, "/hearing/courtApplications/0/subject"]),
)


@settings(deadline=None)  # a full machine is no fault
@given(
    st.lists(st.tuples(ORIGINS, st.sampled_from([*Heard, *Outcome])), max_size=30), st.randoms(use_true_random=False)
)
def test_the_order_in_which_the_sides_are_heard_changes_nothing(heard, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(heard)
    random.shuffle(shuffled)
    one, other = _account(*heard), _account(*shuffled)
    assert (one.feeds, set(one.findings)) == (other.feeds, set(other.findings))


@settings(deadline=None)  # a full machine is no fault
@given(st.lists(st.tuples(ORIGINS, st.sampled_from([*Heard, *Outcome])), max_size=30))
def test_every_sighting_is_counted_once_in_an_outcome_or_in_what_is_amiss(heard) -> None:  # type: ignore[no-untyped-def]
    total = _account(*heard).total
    amiss = sum(total.counts[name] for name in ("not_read", "on_the_way", "twice"))
    came = {origin for origin, what in heard if what is Heard.CAME}
    assert total.counts["sightings"] == len(came)
    assert sum(total.outcomes.values()) + amiss == len(came)
