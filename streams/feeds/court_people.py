"""The people of a Common Platform hearing: where they stand in it, by what they are known, and who is the same person.

People stand in two places. ``prosecutionCases[].defendants[]`` are charged with offences; the parties of
``courtApplications[]`` (subject, applicant, respondents, third parties) are before the court on an application: a
breach, a review. Other services read only the first, and miss every breach of an order.

Names and dates of birth serve here, in memory, to tell two people apart who carry one id, and go no further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from msgspec import Struct

from streams.events import Offence
from streams.feeds.json_fields import WrongTypeError, as_object, entries, fields, flag, text, words
from streams.identity import Identifier, IdentifierKind, identifier, opaque


class Person(Struct, gc=False):
    """One person at one place of a message."""

    path: str
    container: str  # the prosecution case or application: its id, or its path where it has none
    container_id: str
    application: str | None
    identifiers: list[Identifier]  # strongest first
    traits: tuple[str | None, str | None, str | None]  # first name, last name, date of birth; never leave this module
    offences: tuple[Offence, ...] = ()
    resulted: bool | None = None  # True: there are judicial results
    remanded: bool | None = None  # True: in custody; False: on bail; None: the results do not say
    is_youth: bool | None = None
    same_as: str | None = None  # the path where this person was seen before, in the same case or application


class Organisation(Struct, frozen=True, gc=False):
    """A party that is not a person, and the ids of a defendant that it carries."""

    path: str
    identifiers: tuple[Identifier, ...] = ()


class Bad(Struct, frozen=True, gc=False):
    """A place that cannot be read, or a person by whom nobody could be found."""

    path: str
    reason: str
    person: Person | None = None  # whose it is, where that much can be read


Found = Person | Organisation | Bad
_Object = dict[str, Any]
_Read = Callable[[str, _Object], Iterator[Found]]

_PARTIES = ("subject", "applicant"), ("respondents", "thirdParties")  # one, many; whom it is about comes first
_ORGANISATIONS = "organisation", "prosecutingAuthority"
_UNNAMED = "of no stated type"  # an application without its type is one all the same
_NO_IDENTIFIER = "a person without a usable defendant id, master defendant id or PNC id"
_IN_CUSTODY = "remanded in custody", "remand in custody", "remanded to youth detention", "remanded into youth detention"
"""How labels of judicial results begin that leave a person in custody. The first is what the probation integration
service acts on (FIFOHandler.kt); the others are its near relations."""

_STRENGTH = {kind: strength for strength, kind in enumerate(IdentifierKind)}


def people(hearing: _Object) -> tuple[list[Found], frozenset[Identifier]]:
    """Everybody in the hearing, cases before applications, and the ids that two different people carry.

    Linear in the size of the message. A place that is not of the right type is Bad, alone. Pure.
    """
    found = [
        *_each(hearing, "prosecutionCases", "/hearing", _in_case),
        *_each(hearing, "courtApplications", "/hearing", _in_application),
    ]
    persons = [each for each in found if isinstance(each, Person)]
    if len(found) == 1:
        return found, frozenset()  # the most frequent message by far: nobody else to be taken for
    unread = [each.person for each in found if isinstance(each, Bad) and each.person is not None]
    doubtful = _carried_by_two([*persons, *unread], [each for each in found if isinstance(each, Organisation)])
    _recognise(persons, doubtful)
    return found, doubtful


def _each(owner: _Object, key: str, path: str, read: _Read) -> Iterator[Found]:
    """What stands in the list under the key; what is no list is Bad, and nothing beside it."""
    try:
        places = entries(owner, key, path)
    except WrongTypeError as error:
        yield Bad(error.path, str(error))
    else:
        yield from _at(places, read)


def _at(places: Iterable[tuple[str, Any]], read: _Read) -> Iterator[Found]:
    """What stands at the places; a place that is not of the right type is Bad, alone."""
    for path, value in places:
        try:
            yield from read(path, as_object(value, path))
        except WrongTypeError as error:
            yield Bad(path, str(error))


# ── where they stand ─────────────────────────────────────────────────────────────────────────────────────────


def _in_case(path: str, case: _Object) -> Iterator[Found]:
    case_id = opaque(text(case, "id", path)) or ""
    for found in _at(entries(case, "defendants", path), _defendant):
        if isinstance(found, Person):
            found.container, found.container_id = case_id or path, case_id
        yield found


def _defendant(path: str, defendant: _Object) -> Iterator[Found]:
    yield _described(path, defendant, path, _known_by(defendant, path, (defendant, path, "id")), None)


def _in_application(path: str, application: _Object) -> Iterator[Found]:
    application_id = opaque(text(application, "id", path)) or ""
    kind = fields(application, "type", path) or {}
    title = words(kind, "type", f"{path}/type") or words(kind, "code", f"{path}/type") or _UNNAMED
    resulted, remanded = _came_of_it(_labels(application, "judicialResults", path))
    alone = [(f"{path}/{key}", value) for key in _PARTIES[0] if (value := application.get(key)) is not None]
    together = (_each(application, key, path, _party) for key in _PARTIES[1])
    for found in chain(_at(alone, _party), *together):
        if isinstance(found, Person):
            found.container, found.container_id = application_id or path, application_id
            found.application, found.resulted, found.remanded = title, resulted, remanded
        yield found


def _party(path: str, party: _Object) -> Iterator[Found]:
    master = fields(party, "masterDefendant", path)
    own = fields(party, "personDetails", path)
    if master is not None:
        below = f"{path}/masterDefendant"
        cases = [(as_object(case, at), at, "defendantId") for at, case in entries(master, "defendantCase", below)]
        yield _described(path, master, below, _known_by(master, below, *cases), own)
    elif own is not None:
        yield Bad(path, _NO_IDENTIFIER)
    elif any(fields(party, key, path) is not None for key in _ORGANISATIONS):
        yield Organisation(path)
    else:
        yield Bad(path, "a party that is described neither as a person nor as an organisation")


def _described(path: str, owner: _Object, below: str, known_by: list[Identifier], own: _Object | None) -> Found:
    """Who is at the place, by what ``owner`` (at ``below``) says of them; ``own``: what the place says itself."""
    person = fields(owner, "personDefendant", below)
    if person is None and own is None and fields(owner, "legalEntityDefendant", below) is not None:
        return Organisation(path, tuple(known_by))
    if not known_by:
        return Bad(path, _NO_IDENTIFIER)
    details = None if person is None else fields(person, "personDetails", f"{below}/personDefendant")
    found = Person(path, "", "", None, known_by, _traits(details or own, path))
    try:
        if below == path:  # a defendant, and no party of an application
            _charge(found, owner)
        found.is_youth = flag(owner, "isYouth", below)
    except WrongTypeError as error:
        return Bad(path, str(error), found)
    return found


def _charge(person: Person, defendant: _Object) -> None:
    """Read what the defendant is charged with, and what came of it."""
    path = person.path
    offences: list[Offence] = []
    results = [*_labels(defendant, "judicialResults", path), *_labels(defendant, "defendantCaseJudicialResults", path)]
    for place, value in entries(defendant, "offences", path):
        offence = as_object(value, place)
        offences.append(Offence(words(offence, "offenceCode", place), words(offence, "offenceTitle", place)))
        results += _labels(offence, "judicialResults", place)
    person.offences = tuple(offences)
    person.resulted, person.remanded = _came_of_it(results)


# ── by what they are known ───────────────────────────────────────────────────────────────────────────────────


def _known_by(person: _Object, path: str, *defendant_ids: tuple[_Object, str, str]) -> list[Identifier]:
    """The usable identifiers, strongest first and each once; what is not well formed is none."""
    usable = {
        identifier(IdentifierKind.MASTER_DEFENDANT, text(person, "masterDefendantId", path)),
        identifier(IdentifierKind.PNC, text(person, "pncId", path)),
        *(identifier(IdentifierKind.DEFENDANT, text(owner, key, place)) for owner, place, key in defendant_ids),
    }
    return _strongest_first([each for each in usable if each is not None])


def _strongest_first(found: list[Identifier]) -> list[Identifier]:
    return found if len(found) == 1 else sorted(found, key=lambda each: (_STRENGTH[each.kind], each.value))


def _labels(owner: _Object, key: str, path: str) -> list[str]:
    """The labels of the judicial results under the key."""
    read = [text(as_object(value, place), "label", place) for place, value in entries(owner, key, path)]
    return [label or "" for label in read]


def _came_of_it(results: list[str]) -> tuple[bool | None, bool | None]:
    """Whether there are results, and whether they remand: in custody, or (False) on bail."""
    labels = [label.casefold() for label in results]
    if any(label.startswith(_IN_CUSTODY) for label in labels):
        return True, True
    on_bail = any(label.startswith("remand") and "bail" in label for label in labels)
    return (True if results else None), (False if on_bail else None)


# ── who is the same person ───────────────────────────────────────────────────────────────────────────────────


def _traits(details: _Object | None, path: str) -> tuple[str | None, str | None, str | None]:
    first, last, born = (text(details or {}, key, path) for key in ("firstName", "lastName", "dateOfBirth"))
    return first and " ".join(first.casefold().split()), last and " ".join(last.casefold().split()), born and born[:10]


def _carried_by_two(persons: list[Person], organisations: list[Organisation]) -> frozenset[Identifier]:
    """The ids carried by people whose names or dates of birth differ, or by an organisation too.

    A trait that is missing contradicts nothing.
    """
    known: dict[Identifier, list[str | None]] = {}
    doubtful = {each for organisation in organisations for each in organisation.identifiers}
    for person in persons:
        for each in person.identifiers:
            traits = known.setdefault(each, [None, None, None])
            for position, trait in enumerate(person.traits):
                if trait is not None and traits[position] not in (None, trait):
                    doubtful.add(each)
                traits[position] = traits[position] or trait
    return frozenset(doubtful)


def _recognise(persons: list[Person], doubtful: frozenset[Identifier]) -> None:
    """Mark a person who stands twice in one case or application, for the same thing, and unite what is known of them.

    The subject of an application is usually its respondent too. A defendant listed twice with different offences stays
    two appearances: neither may hide the other. Under a doubtful id only the same traits are the same person.
    """
    things: dict[object, int] = {}
    first: dict[tuple[int, Identifier, object], Person] = {}
    again: list[tuple[Person, Person]] = []
    for person in persons:
        thing = person.container, person.application, person.offences, person.resulted, person.remanded
        number = things.setdefault(thing, len(things))
        told_by = person.traits if any(person.traits) else person.path
        places = [(number, each, told_by if each in doubtful else None) for each in person.identifiers]
        known = next((first[place] for place in places if place in first), person)
        if known is not person:
            person.same_as = known.path
            again.append((known, person))
        for place in places:
            first.setdefault(place, known)
    for known, person in again:
        known.identifiers += person.identifiers
        known.is_youth = person.is_youth if known.is_youth is None else known.is_youth
    for known in {known.path: known for known, _ in again}.values():
        known.identifiers = _strongest_first([*set(known.identifiers)])
