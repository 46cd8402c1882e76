"""One sighting and its identifiers, step by step: each rule of identification as a table of what is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import asdict

from schemas import decode, encode
from streams.events import AppearanceDeleted, CaseEvent, CaseId, CourtAppearance, Origin, Times, content_of
from streams.faults import Unfoldable
from streams.identifiers import LINKS_AT_MOST, REACHED_AT_MOST, WAITING_AT_MOST, Book, Held, fold_identifier
from streams.identity import Identifier, IdentifierKind
from streams.resolution import SightingFile, State, fold_sighting
from streams.sightings import (
    Answer,
    Chosen,
    Decision,
    DutyItem,
    DutyState,
    Link,
    LookUp,
    Outcome,
    OutcomeKind,
    Resolved,
    Seen,
    Settled,
    Sighting,
    ToSightings,
    ask,
    key_of,
)

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
ORIGIN = Origin("court.hearings.v1", 0, 7, "/hearing/prosecutionCases/0/defendants/0")
DEFENDANT = Identifier(IdentifierKind.DEFENDANT, "d1")
MASTER = Identifier(IdentifierKind.MASTER_DEFENDANT, "m1")
PNC = Identifier(IdentifierKind.PNC, "2002/0073319Z")
HEARING = Identifier(IdentifierKind.HEARING, "h1")
A, B = CaseId("crn:A000001"), CaseId("crn:B000002")
APPEARANCE = CourtAppearance("h1", "d1", "B10JQ", "Sentence")
PERSON = Sighting(ORIGIN, (DEFENDANT, PNC), (), "h1/c1/d1", Times(T0, None, T0), APPEARANCE)
SHARED = Sighting(ORIGIN, (PNC,), (DEFENDANT,), "h1/c1/d1", Times(T0, None, T0), APPEARANCE)
DELETED = AppearanceDeleted("h1")
DELETION = Sighting(Origin("court.hearings.v1", 0, 9), (HEARING,), (), "h1/deleted", Times(T0, T0, T0), DELETED)
OPENED = "its identifiers name more than one case: "


def event(case: CaseId, by: str, sighting: Sighting = PERSON) -> CaseEvent:
    content = content_of(sighting.fact, sighting.times.occurred)
    return CaseEvent(case, sighting.origin, sighting.sender_id, content, sighting.times, sighting.fact, matched_by=by)


def answer(identifier: Identifier, *cases: CaseId, version: int = 0, sighting: Sighting = PERSON) -> Answer:
    return Answer(sighting.id, identifier, cases, version)


def settled(case: CaseId | None, *identifiers: Identifier, sighting: Sighting = PERSON) -> list[Decision]:
    return [Settled(each, sighting.id, case) for each in identifiers]


@dataclass
class Desk:
    """A sighting's file under test: what it says to each message."""

    file: SightingFile | None = None
    said: list[Decision] = field(default_factory=list)

    def tell(self, *messages: ToSightings) -> list[Decision]:
        self.said = []
        for message in messages:
            self.file, said = fold_sighting(self.file, message)
            self.said.extend(said)
        return self.said

    @property
    def state(self) -> State | None:
        return self.file and self.file.state


DECISIONS = [
    ("the strongest names the case", PERSON, [answer(DEFENDANT, A), answer(PNC, A)], State.DECIDED, [A], "defendant"),
    ("any order of answers", PERSON, [answer(PNC, A), answer(DEFENDANT, A)], State.DECIDED, [A], "defendant"),
    ("only the weaker knows", PERSON, [answer(DEFENDANT), answer(PNC, A)], State.DECIDED, [A], "pnc"),
    ("nobody knows", PERSON, [answer(DEFENDANT), answer(PNC)], State.PARKED, [], None),
    ("not all have answered", PERSON, [answer(DEFENDANT, A)], State.WAITING, [], None),
    ("they disagree", PERSON, [answer(DEFENDANT, A), answer(PNC, B)], State.AMBIGUOUS, [A, B], None),
    ("one names two", PERSON, [answer(DEFENDANT, A, B), answer(PNC)], State.AMBIGUOUS, [A, B], None),
    ("one names two, one of them", PERSON, [answer(DEFENDANT, A), answer(PNC, A, B)], State.AMBIGUOUS, [A, B], None),
    ("the doubtful alone", SHARED, [answer(DEFENDANT, A), answer(PNC)], State.AMBIGUOUS, [A], None),
    ("the doubtful do not count", SHARED, [answer(DEFENDANT, B), answer(PNC, A)], State.DECIDED, [A], "pnc"),
    ("the doubtful are awaited", SHARED, [answer(PNC, A)], State.WAITING, [], None),
    ("the doubtful know nobody", SHARED, [answer(DEFENDANT), answer(PNC)], State.PARKED, [], None),
    ("firm disagree, doubtful adds", SHARED, [answer(DEFENDANT, CaseId("crn:C000003")), answer(PNC, A, B)],
     State.AMBIGUOUS, [A, B, CaseId("crn:C000003")], None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sighting", "answers", "state", "cases", "by"), [row[1:] for row in DECISIONS], ids=[row[0] for row in DECISIONS]
)
def test_the_answers_decide(
    sighting: Sighting, answers: list[Answer], state: State, cases: list[CaseId], by: str | None
) -> None:
    desk = Desk()
    said = desk.tell(Seen(sighting), *answers)
    assert desk.file is not None
    assert (desk.file.state, list(desk.file.cases)) == (state, cases)
    assert [each for each in said if isinstance(each, CaseEvent)] == ([event(cases[0], by, sighting)] if by else [])


def test_a_decision_names_the_case_and_settles_every_identifier_and_the_hearing() -> None:
    desk = Desk()
    said = desk.tell(Seen(PERSON), answer(DEFENDANT, A), answer(PNC))
    assert said == [event(A, "defendant"), *settled(A, DEFENDANT, PNC, HEARING)]
    assert desk.file == SightingFile(State.DECIDED, cases=(A,))


def test_a_parked_sighting_says_so_once_and_is_released_by_a_later_link() -> None:
    desk = Desk()
    parked = Outcome(ORIGIN, OutcomeKind.PARKED, "not linked to a case yet: defendant, pnc")
    assert desk.tell(Seen(PERSON), answer(DEFENDANT), answer(PNC)) == [parked]
    assert desk.tell(answer(DEFENDANT), answer(PNC)) == []
    assert desk.tell(answer(PNC, A, version=1)) == [
        event(A, "pnc"),
        Resolved(ORIGIN),
        *settled(A, DEFENDANT, PNC, HEARING),
    ]


def test_an_ambiguous_sighting_is_an_item_of_its_own_and_in_no_case_s_file() -> None:
    desk = Desk()
    reason = f"{OPENED}defendant says {A}; pnc says {B}"
    said = desk.tell(Seen(PERSON), answer(DEFENDANT, A), answer(PNC, B))
    item = DutyItem(said[1].item_id, DutyState.OPEN, "ambiguous-sighting", PERSON.id, reason, (A, B), None, T0)  # type: ignore[union-attr]
    assert said == [Outcome(ORIGIN, OutcomeKind.AMBIGUOUS, reason), item]
    assert len(item.item_id) == 32


def test_corrected_links_settle_it() -> None:
    desk = Desk()
    opened = desk.tell(Seen(PERSON), answer(DEFENDANT, A), answer(PNC, B))
    said = desk.tell(answer(PNC, version=1))
    assert isinstance(opened[1], DutyItem)
    words = "its links were corrected: defendant names the case"
    item = DutyItem(opened[1].item_id, DutyState.SETTLED, "ambiguous-sighting", PERSON.id, words, (A, B), A, T0)
    assert said == [event(A, "defendant"), Resolved(ORIGIN), item, *settled(A, DEFENDANT, PNC, HEARING)]


def test_withdrawn_links_park_it_again_and_take_the_item_off_the_desk() -> None:
    desk = Desk()
    desk.tell(Seen(PERSON), answer(DEFENDANT, A, B), answer(PNC))
    said = desk.tell(answer(DEFENDANT, version=2))
    assert desk.state is State.PARKED
    assert isinstance(said[0], Outcome)
    assert isinstance(said[1], DutyItem)
    assert (said[0].kind, said[1].state, said[1].settled_case) == (OutcomeKind.PARKED, DutyState.SETTLED, None)


def test_other_possible_cases_renew_the_same_item() -> None:
    desk = Desk()
    first = desk.tell(Seen(PERSON), answer(DEFENDANT, A), answer(PNC, B))
    second = desk.tell(answer(PNC, B, CaseId("crn:C000003"), version=1))
    items = [each for each in (*first, *second) if isinstance(each, DutyItem)]
    assert [(item.state, len(item.possible_cases)) for item in items] == [(DutyState.OPEN, 2), (DutyState.OPEN, 3)]
    assert items[0].item_id == items[1].item_id


@pytest.mark.parametrize("answers", [[], [answer(DEFENDANT), answer(PNC)], [answer(DEFENDANT, A), answer(PNC, B)]])
def test_a_person_may_choose_at_any_time_before_the_decision(answers: list[Answer]) -> None:
    desk = Desk()
    desk.tell(Seen(PERSON), *answers)
    said = desk.tell(Chosen(PERSON.id, B, "N07A001", T0, "asked the court"))
    assert said[0] == event(B, "chosen")
    items = [each for each in said if isinstance(each, DutyItem)]
    assert [(item.state, item.settled_case, item.reason) for item in items] == [
        (DutyState.SETTLED, B, "chosen by N07A001: asked the court")
    ]
    assert (Resolved(ORIGIN) in said) == bool(answers)
    assert desk.tell(Chosen(PERSON.id, A, "N07A001", T0, "no, the other"), answer(DEFENDANT, A, version=9)) == [
        Settled(DEFENDANT, PERSON.id, None)
    ]


def test_a_choice_for_nobody_and_for_a_deletion_changes_nothing() -> None:
    assert fold_sighting(None, Chosen("x", A, "N07A001", T0, "")) == (None, ())
    file, _ = fold_sighting(None, Seen(DELETION))
    assert fold_sighting(file, Chosen(DELETION.id, A, "N07A001", T0, "")) == (file, ())


def test_what_comes_again_after_the_decision_makes_no_second_event() -> None:
    desk = Desk()
    messages = Seen(PERSON), answer(DEFENDANT, A), answer(PNC)
    desk.tell(*messages)
    again = desk.tell(*messages, answer(DEFENDANT, B, version=5))
    assert again == settled(None, DEFENDANT, PNC, DEFENDANT)
    assert desk.file == SightingFile(State.DECIDED, cases=(A,))


def test_older_answers_and_answers_that_nobody_asked_for_change_nothing() -> None:
    desk = Desk()
    desk.tell(Seen(PERSON), answer(DEFENDANT, version=3), answer(DEFENDANT, A, version=2), answer(PNC))
    assert desk.state is State.PARKED
    assert desk.tell(answer(MASTER, A)) == settled(None, MASTER)
    assert Desk().tell(answer(MASTER, A)) == settled(None, MASTER)


def test_an_identifier_that_too_many_wait_for_is_a_matter_for_a_person() -> None:
    desk = Desk()
    said = desk.tell(Seen(PERSON), Answer(PERSON.id, DEFENDANT, (), 0, crowded=True), answer(PNC))
    assert isinstance(said[1], DutyItem)
    assert said[1].reason == "too many others carry the same id, and none is linked (defendant)"
    # One that the identifier remembers after all is released like any other; an old word that it was not is only old.
    assert desk.state is State.AMBIGUOUS
    remembered = desk.tell(answer(DEFENDANT))
    assert isinstance(remembered[0], Outcome)
    assert remembered[0].kind is OutcomeKind.PARKED
    assert desk.tell(Answer(PERSON.id, DEFENDANT, (), 0, crowded=True)) == []
    assert desk.tell(answer(PNC, A, version=1))[0] == event(A, "pnc")


# ── deletions ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_deletion_follows_its_hearing_into_each_case_once() -> None:
    desk = Desk()
    nothing = Outcome(DELETION.origin, OutcomeKind.NOTHING_TO_DO, "the deleted hearing has reached no case")
    assert desk.tell(Seen(DELETION)) == []
    assert desk.tell(answer(HEARING, sighting=DELETION)) == [nothing]
    assert desk.tell(answer(HEARING, A, version=1, sighting=DELETION)) == [
        event(A, "hearing", DELETION),
        Resolved(DELETION.origin),
    ]
    assert desk.tell(answer(HEARING, A, B, version=2, sighting=DELETION)) == [event(B, "hearing", DELETION)]
    assert desk.tell(answer(HEARING, A, version=1, sighting=DELETION)) == []


def test_a_deletion_of_a_known_hearing_is_said_to_all_its_cases_at_once() -> None:
    said = Desk().tell(Seen(DELETION), answer(HEARING, A, B, sighting=DELETION))
    assert said == [event(A, "hearing", DELETION), event(B, "hearing", DELETION)]


# ── an identifier's book ─────────────────────────────────────────────────────────────────────────────────────


def link(case: CaseId, *, held: bool = True, hours: int = 0, identifier: Identifier = DEFENDANT) -> Link:
    return Link(identifier, case, held, T0 + timedelta(hours=hours), ORIGIN)


LINKS = [
    ("held", [link(A)], (A,)),
    ("two cases", [link(B), link(A)], (A, B)),
    ("withdrawn later", [link(A), link(A, held=False, hours=1)], ()),
    ("withdrawn later, heard first", [link(A, held=False, hours=1), link(A)], ()),
    ("at the same time the withdrawal wins", [link(A), link(A, held=False)], ()),
    ("at the same time, heard first", [link(A, held=False), link(A)], ()),
    ("held again", [link(A), link(A, held=False, hours=1), link(A, hours=2)], (A,)),
    ("one of two withdrawn", [link(A), link(B), link(A, held=False, hours=1)], (B,)),
]


@pytest.mark.parametrize(("links", "cases"), [row[1:] for row in LINKS], ids=[row[0] for row in LINKS])
def test_the_latest_word_on_each_case_stands(links: list[Link], cases: tuple[CaseId, ...]) -> None:
    book: Book | None = None
    for each in (*links, *links):
        book, said = fold_identifier(book, each)
        assert said == ()
    _, said = fold_identifier(book, LookUp(DEFENDANT, "s1"))
    assert [each.cases for each in said] == [cases]


def test_a_look_up_is_answered_at_once_and_again_when_the_answer_changes_until_it_is_settled() -> None:
    book, said = fold_identifier(None, LookUp(DEFENDANT, "s1"))
    assert said == (Answer("s1", DEFENDANT, (), 0),)
    book, said = fold_identifier(book, link(A))
    assert said == (Answer("s1", DEFENDANT, (A,), 1),)
    book, said = fold_identifier(book, link(A, hours=1))
    assert said == ()
    book, said = fold_identifier(book, link(A, held=False, hours=2))
    assert said == (Answer("s1", DEFENDANT, (), 2),)
    book, said = fold_identifier(book, Settled(DEFENDANT, "s1", A))
    assert (book, said) == (Book(links=(Held(A, False, T0 + timedelta(hours=2)),), version=2), ())
    assert fold_identifier(book, link(B))[1] == ()


def test_a_book_of_which_nothing_is_left_is_gone() -> None:
    book, _ = fold_identifier(None, LookUp(DEFENDANT, "s1"))
    assert fold_identifier(book, Settled(DEFENDANT, "s1", A)) == (None, ())


def test_a_hearing_s_book_remembers_where_it_went_and_tells_deletions() -> None:
    book, _ = fold_identifier(None, LookUp(HEARING, "deletion"))
    book, said = fold_identifier(book, Settled(HEARING, "s1", B))
    assert said == (Answer("deletion", HEARING, (B,), 1),)
    book, said = fold_identifier(book, Settled(HEARING, "s2", B))
    assert said == ()
    book, said = fold_identifier(book, Settled(HEARING, "s3", A))
    assert said == (Answer("deletion", HEARING, (A, B), 2),)
    assert book == Book(reached=(B, A), waiting=("deletion",), version=2)


def test_the_limits_of_a_book() -> None:
    times = T0
    full = Book(links=tuple(Held(CaseId(f"crn:A{n:06}"), True, times) for n in range(LINKS_AT_MOST)))
    with pytest.raises(Unfoldable) as refused:
        fold_identifier(full, link(B))
    assert refused.value.case == B
    assert fold_identifier(full, link(CaseId("crn:A000000"), held=False))[0] is not None

    gone = Book(reached=tuple(CaseId(f"crn:A{n:06}") for n in range(REACHED_AT_MOST)))
    with pytest.raises(Unfoldable):
        fold_identifier(gone, Settled(HEARING, "s1", B))

    crowd = Book(waiting=tuple(f"s{n}" for n in range(WAITING_AT_MOST)))
    assert fold_identifier(crowd, LookUp(DEFENDANT, "one more")) == (
        crowd,
        (Answer("one more", DEFENDANT, (), 0, crowded=True),),
    )
    assert fold_identifier(crowd, LookUp(DEFENDANT, "s0")) == (crowd, (Answer("s0", DEFENDANT, (), 0),))


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_message_goes_where_its_state_is() -> None:
    assert [key_of(each) for each in ask(SHARED)] == [
        PERSON.id.encode(),
        b"pnc:2002/0073319Z",
        b"defendant:d1",
    ]
    sighting = b"court.hearings.v1/0/7#/hearing/prosecutionCases/0/defendants/0"
    assert key_of(Seen(PERSON)) == sighting == key_of(answer(PNC)) == key_of(Resolved(ORIGIN))
    assert key_of(Outcome(ORIGIN, OutcomeKind.EMPTY, "")) == sighting == key_of(Chosen(PERSON.id, A, "", T0, ""))
    assert key_of(link(A)) == b"defendant:d1" == key_of(Settled(DEFENDANT, "s", None))
    assert key_of(event(A, "pnc")) == b"crn:A000001"
    item = DutyItem("42", DutyState.OPEN, "ambiguous-sighting", "s", "", (A,), None, T0)
    assert key_of(item) == b"42"
    assert decode("duty_item", encode("duty_item", asdict(item))) == {
        "item_id": "42",
        "state": "OPEN",
        "kind": "ambiguous-sighting",
        "sighting": "s",
        "reason": "",
        "possible_cases": ["crn:A000001"],
        "settled_case": None,
        "received_at": T0,
    }
