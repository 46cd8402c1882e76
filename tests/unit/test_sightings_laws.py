"""Laws of identification, whatever the order in which messages of different keys are handled, and whatever comes twice.

The world of these tests is the one of the lanes: a log for each key, read from its head; a step takes one message,
keeps the state and appends what is said, all at once. Which log moves next is drawn. States and messages go through
their bytes at every step.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.events import AppearanceDeleted, CaseEvent, CaseId, CourtAppearance, Origin, Times
from streams.identifiers import Book, fold_identifier
from streams.identity import Identifier, IdentifierKind
from streams.resolution import SightingFile, State, fold_sighting
from streams.sightings import (
    Answer,
    Chosen,
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
    ToIdentifiers,
    ToSightings,
    ask,
    key_of,
)

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
CASES = [CaseId(f"crn:A00000{n}") for n in range(3)]
IDENTIFIERS = [
    Identifier(kind, f"{kind[0]}{n}")
    for kind in (IdentifierKind.DEFENDANT, IdentifierKind.MASTER_DEFENDANT, IdentifierKind.PNC)
    for n in range(2)
]
HEARINGS = ["h0", "h1"]

_wire = msgspec.msgpack.Encoder().encode
_to_identifier = msgspec.msgpack.Decoder(ToIdentifiers).decode
_to_sighting = msgspec.msgpack.Decoder(ToSightings).decode
_book = msgspec.msgpack.Decoder(Book).decode
_file = msgspec.msgpack.Decoder(SightingFile).decode


class World:
    """The two lanes, with nothing but the folds in them."""

    def __init__(self) -> None:
        self.books: dict[bytes, bytes] = {}
        self.files: dict[bytes, bytes] = {}
        self.logs: dict[tuple[str, bytes], deque[bytes]] = defaultdict(deque)
        self.sent: list[ToIdentifiers | ToSightings] = []
        self.events: list[CaseEvent] = []
        self.outcomes: dict[str, Outcome | None] = {}
        self.items: dict[str, DutyItem] = {}

    def send(self, *messages: ToIdentifiers | ToSightings) -> None:
        for message in messages:
            log = "identifier" if isinstance(message, LookUp | Link | Settled) else "sighting"
            self.logs[log, key_of(message)].append(_wire(message))
            self.sent.append(message)

    def step(self, draw: int) -> bool:
        """Handle the head of one of the logs that have one."""
        ready = [place for place, log in self.logs.items() if log]
        if not ready:
            return False
        kind, key = ready[draw % len(ready)]
        value = self.logs[kind, key].popleft()
        if kind == "identifier":
            book, answers = fold_identifier(self._read(_book, self.books, key), _to_identifier(value))
            self._keep(self.books, key, book)
            self.send(*answers)
            return True
        file, decisions = fold_sighting(self._read(_file, self.files, key), _to_sighting(value))
        self._keep(self.files, key, file)
        for said in decisions:
            match said:
                case CaseEvent():
                    self.events.append(said)
                case Outcome() | Resolved():
                    self.outcomes[str(said.origin)] = said if isinstance(said, Outcome) else None
                case DutyItem():
                    self.items[said.sighting] = said
                case Settled():
                    self.send(said)
        return True

    def settle(self, draws: Sequence[int] = ()) -> None:
        """Go on until nothing is left to handle, in the drawn order as far as it goes."""
        for number in range(20_000):
            if not self.step(draws[number % len(draws)] if draws else number):
                return
        raise AssertionError("the two lanes keep each other busy for ever")

    def file(self, sighting: Sighting) -> SightingFile:
        return _file(self.files[sighting.id.encode()])

    def book(self, identifier: Identifier) -> Book:
        return self._read(_book, self.books, str(identifier).encode()) or Book()

    @staticmethod
    def _read(decode, store, key):  # type: ignore[no-untyped-def]
        return decode(store[key]) if key in store else None

    @staticmethod
    def _keep(store, key, state) -> None:  # type: ignore[no-untyped-def]
        if state is None:
            store.pop(key, None)
        else:
            store[key] = _wire(state)


def appearance(number: int, firm: frozenset[Identifier], doubtful: frozenset[Identifier], hearing: str) -> Sighting:
    return Sighting(
        Origin("court.hearings.v1", 0, number, "/hearing/prosecutionCases/0/defendants/0"),
        tuple(sorted(firm, key=IDENTIFIERS.index)),
        tuple(sorted(doubtful - firm, key=IDENTIFIERS.index)),
        f"{hearing}/{number}",
        Times(T0, None, T0),
        CourtAppearance(hearing, str(number), None, None),
    )


def deletion(number: int, hearing: str) -> Sighting:
    asked = (Identifier(IdentifierKind.HEARING, hearing),)
    origin = Origin("court.hearings.v1", 1, number)
    return Sighting(origin, asked, (), f"{hearing}/deleted", Times(T0, T0, T0), AppearanceDeleted(hearing))


some_identifiers = st.frozensets(st.sampled_from(IDENTIFIERS), max_size=3)
many_sightings = st.lists(
    st.tuples(some_identifiers, some_identifiers, st.sampled_from(HEARINGS)).filter(lambda drawn: drawn[0] | drawn[1]),
    min_size=1,
    max_size=5,
).map(lambda drawn: [appearance(number, *each) for number, each in enumerate(drawn)])
many_links = st.lists(
    st.builds(
        lambda identifier, case, held, hours: Link(
            identifier, case, held, T0 + timedelta(hours=hours), Origin("a", 0, 0)
        ),
        st.sampled_from(IDENTIFIERS),
        st.sampled_from(CASES),
        st.booleans(),
        st.integers(0, 3),
    ),
    max_size=10,
)
many_deletions = st.lists(st.sampled_from(HEARINGS), max_size=2).map(
    lambda hearings: [deletion(number, hearing) for number, hearing in enumerate(hearings)]
)
draws = st.lists(st.integers(0, 1_000), min_size=1, max_size=60)
laws = settings(max_examples=150, deadline=None)


def linked(links: list[Link]) -> dict[Identifier, set[CaseId]]:
    """An oracle of its own for what the links say in the end."""
    latest: dict[tuple[Identifier, CaseId], tuple[datetime, bool]] = {}
    for link in links:
        word = (link.as_of, not link.held)
        latest[link.identifier, link.case] = max(word, latest.get((link.identifier, link.case), word))
    cases: dict[Identifier, set[CaseId]] = defaultdict(set)
    for (identifier, case), (_, withdrawn) in latest.items():
        if not withdrawn:
            cases[identifier].add(case)
    return cases


def due(sighting: Sighting, cases: dict[Identifier, set[CaseId]]) -> tuple[State, set[CaseId], str | None]:
    """An oracle of its own for the rule, all links known."""
    firm = set[CaseId]().union(*(cases[each] for each in sighting.identifiers))
    doubtful = set[CaseId]().union(*(cases[each] for each in sighting.doubtful))
    if len(firm) == 1:
        return State.DECIDED, firm, next(each.kind for each in sighting.identifiers if cases[each])
    if firm or doubtful:
        return State.AMBIGUOUS, firm | doubtful, None
    return State.PARKED, set(), None


def check(world: World, sightings: list[Sighting], deletions: list[Sighting]) -> None:
    """What must hold whenever nothing is left to handle."""
    events = defaultdict(list)
    for event in world.events:
        events[str(event.origin)].append(event)
    reached = defaultdict(set)
    for sighting in sightings:
        file, said = world.file(sighting), world.outcomes.get(sighting.id)
        item = world.items.get(sighting.id)
        asked = (*sighting.identifiers, *sighting.doubtful)
        waits_in = [sighting.id in world.book(identifier).waiting for identifier in asked]
        match file.state:
            case State.DECIDED:
                assert [event.case for event in events[sighting.id]] == list(file.cases)
                assert (len(file.cases), said, any(waits_in)) == (1, None, False)
                # Settled without a case: what made it ambiguous was withdrawn, and a link decided it later.
                assert item is None or item.state is DutyState.SETTLED
                assert item is None or item.settled_case in (None, file.cases[0])
                reached[sighting.fact.hearing].add(file.cases[0])
            case State.PARKED | State.AMBIGUOUS:
                assert events[sighting.id] == []
                assert all(waits_in)
                kind = OutcomeKind.PARKED if file.state is State.PARKED else OutcomeKind.AMBIGUOUS
                assert said is not None
                assert said.kind is kind
                open_item = item is not None and item.state is DutyState.OPEN
                assert open_item == (kind is OutcomeKind.AMBIGUOUS)
                assert not open_item or (item is not None and item.possible_cases == file.cases)
            case State.WAITING:
                raise AssertionError("a sighting waits, and nobody will answer")
    for each in deletions:
        cases = Counter(event.case for event in events[each.id])
        assert cases == Counter(reached[each.fact.hearing])
        nothing = world.outcomes.get(each.id)
        assert (nothing is not None) == (not cases)


@laws
@given(many_sightings, many_links, draws, st.randoms(use_true_random=False))
def test_when_the_final_links_are_known_first_every_order_decides_as_the_rule_says(
    sightings: list[Sighting], links: list[Link], order: list[int], random: object
) -> None:
    world = World()
    world.send(*links, *links[::2])
    world.settle(order)
    for sighting in sightings:
        world.send(*ask(sighting))
    world.settle(order)
    cases = linked(links)
    for sighting in sightings:
        state, expected, by = due(sighting, cases)
        file = world.file(sighting)
        assert (file.state, set(file.cases)) == (state, expected)
        assert [event.matched_by for event in world.events if event.origin == sighting.origin] == ([by] if by else [])
    check(world, sightings, [])


@laws
@given(many_sightings, st.data(), draws)
def test_links_that_agree_find_the_case_whether_they_come_before_or_after(
    sightings: list[Sighting], data: st.DataObject, order: list[int]
) -> None:
    # Each identifier belongs to one case, and a sighting's identifiers to one person: nothing can disagree.
    owners = {identifier: CASES[int(identifier.value[-1])] for identifier in IDENTIFIERS}
    agreeing = [
        appearance(
            number, frozenset(each for each in IDENTIFIERS if owners[each] == CASES[number % 2]), frozenset(), "h0"
        )
        for number, _ in enumerate(sightings)
    ]
    links = [Link(identifier, case, True, T0, Origin("a", 0, 0)) for identifier, case in owners.items()]
    starts: list[Sequence[ToIdentifiers | ToSightings]] = [
        *(ask(each) for each in agreeing),
        *([each] for each in links),
    ]
    world = World()
    for start in data.draw(st.permutations(starts)):
        world.send(*start)
        for number in data.draw(st.lists(st.integers(0, 100), max_size=6)):
            world.step(number)
    world.settle(order)
    assert {event.origin.offset: event.case for event in world.events} == {
        number: CASES[number % 2] for number in range(len(agreeing))
    }
    check(world, agreeing, [])


@laws
@given(many_sightings, many_links, many_deletions, st.data(), draws)
def test_in_any_order_and_with_anything_twice_nobody_is_forgotten_and_nobody_decided_twice(
    sightings: list[Sighting],
    links: list[Link],
    deletions: list[Sighting],
    data: st.DataObject,
    order: list[int],
) -> None:
    world = World()
    chosen = [
        Chosen(sighting.id, data.draw(st.sampled_from(CASES)), "N07A001", T0, "")
        for sighting in sightings
        if data.draw(st.integers(0, 5)) == 0
    ]
    starts: list[Sequence[ToIdentifiers | ToSightings]] = [
        *(ask(each) for each in (*sightings, *deletions)),
        *([each] for each in links),
        *([each] for each in chosen),
    ]
    for start in data.draw(st.permutations(starts)):
        world.send(*start)
        for number in data.draw(st.lists(st.integers(0, 100), max_size=5)):
            world.step(number)
        if world.sent and data.draw(st.integers(0, 3)) == 0:
            again = data.draw(st.sampled_from(world.sent))
            world.send(*(ask(again.sighting) if isinstance(again, Seen) else (again,)))
    world.settle(order)
    check(world, sightings, deletions)
    before = list(world.events)
    world.send(*(each for each in world.sent if isinstance(each, LookUp | Link | Settled | Answer)))
    world.settle(order)
    assert world.events == before
    check(world, sightings, deletions)


@laws
@given(many_sightings, many_links, many_deletions, draws, draws)
def test_a_deletion_reaches_the_same_cases_before_and_after_its_hearing(
    sightings: list[Sighting], links: list[Link], deletions: list[Sighting], one: list[int], other: list[int]
) -> None:
    ends = []
    for first, second in ((sightings, deletions), (deletions, sightings)):
        world = World()
        world.send(*links)
        world.settle(one)
        for group in (first, second):
            for sighting in group:
                world.send(*ask(sighting))
            world.settle(other)
        check(world, sightings, deletions)
        ends.append(Counter((event.case, event.origin) for event in world.events))
    assert ends[0] == ends[1]
