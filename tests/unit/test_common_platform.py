"""The Common Platform's hearings: what is read, what is refused and why, person by person."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from streams.events import AppearanceDeleted, CourtAppearance, Offence, Origin, Times
from streams.faults import Fault, Unreadable, Untranslatable
from streams.feeds.common_platform import translate
from streams.sightings import BadPart, Outcome, OutcomeKind, Sighting

RECEIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
ORIGIN = Origin("court.hearings.v1", 2, 41)
FIRST = "/hearing/prosecutionCases/0/defendants/0"
SECOND = "/hearing/prosecutionCases/0/defendants/1"
APPLICATION = "/hearing/courtApplications/0"
ABSENT = object()


def details(
    first: str | None = "Ada", last: str | None = "Invented", born: str | None = "1990-01-01"
) -> dict[str, Any]:
    return {"personDetails": {"firstName": first, "lastName": last, "dateOfBirth": born}}


def defendant(**changes: Any) -> dict[str, Any]:
    plain = {
        "id": "d1",
        "offences": [{"offenceCode": "TH68001", "offenceTitle": "Theft"}],
        "personDefendant": details(),
    }
    return {key: value for key, value in {**plain, **changes}.items() if value is not ABSENT}


def hearing(*defendants: Any, **changes: Any) -> dict[str, Any]:
    plain = {
        "id": "h1",
        "courtCentre": {"code": "B01LY00"},
        "type": {"description": "First hearing"},
        "hearingDays": [{"sittingDay": "2026-03-02T10:00:00.000Z"}],
        "prosecutionCases": [{"id": "c1", "defendants": list(defendants)}],
    }
    return {"hearing": {key: value for key, value in {**plain, **changes}.items() if value is not ABSENT}}


def application(**parties: Any) -> dict[str, Any]:
    return {"id": "a1", "type": {"type": "Breach of a community order"}, **parties}


def party(master: str | None = "m1", *defendant_ids: str, person: Any = None, **changes: Any) -> dict[str, Any]:
    known = {"masterDefendantId": master, "defendantCase": [{"defendantId": each} for each in defendant_ids]}
    return {"masterDefendant": {**known, "personDefendant": person or details(), **changes}}


def envelope(body: Any, **changes: Any) -> dict[str, Any]:
    names = {"messageType": "COMMON_PLATFORM_HEARING", "hearingEventType": "ConfirmedOrUpdated"}
    attributes = {**names, **changes.pop("attributes", {})}
    plain = {
        "Type": "Notification",
        "Message": body if isinstance(body, str) else json.dumps(body),
        "Timestamp": "2026-03-01T17:30:00.250Z",
        "MessageAttributes": {
            name: {"Type": "String", "Value": value} for name, value in attributes.items() if value is not ABSENT
        },
    }
    return {key: value for key, value in {**plain, **changes}.items() if value is not ABSENT}


def read(message: Any, path: str = "") -> tuple[Sighting | Outcome | BadPart, ...]:
    value = message if isinstance(message, bytes) else json.dumps(message).encode()
    return translate(value, Origin(ORIGIN.topic, ORIGIN.partition, ORIGIN.offset, path), RECEIVED)


def only(message: Any) -> Sighting:
    (part,) = read(message)
    assert isinstance(part, Sighting)
    return part


def appearance(message: Any) -> CourtAppearance:
    fact = only(message).fact
    assert isinstance(fact, CourtAppearance)
    return fact


def known_by(part: Sighting | Outcome | BadPart) -> tuple[list[str], list[str]]:
    assert isinstance(part, Sighting)
    return [str(each) for each in part.identifiers], [str(each) for each in part.doubtful]


def summary(parts: tuple[Sighting | Outcome | BadPart, ...]) -> list[tuple[str, str]]:
    return [
        (part.path, "bad")
        if isinstance(part, BadPart)
        else (part.origin.path, part.kind.value if isinstance(part, Outcome) else "sighting")
        for part in parts
    ]


def refused(message: Any, path: str = "") -> Fault:
    with pytest.raises(Fault) as fault:
        read(message, path)
    assert fault.value.remedy
    assert fault.value.reason.encode()  # it goes into a record
    return fault.value


# ── one person ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_defendant_becomes_a_sighting() -> None:
    ids = {"id": "D1B9B3A6-0000-4000-8000-000000000001", "masterDefendantId": "m1", "pncId": "02/73319Z"}
    message = hearing(defendant(**ids, isYouth=False))
    sighting = only(message)
    assert known_by(sighting) == (
        ["defendant:d1b9b3a6-0000-4000-8000-000000000001", "master-defendant:m1", "pnc:2002/0073319Z"],
        [],
    )
    person = "d1b9b3a6-0000-4000-8000-000000000001"
    assert sighting == Sighting(
        Origin("court.hearings.v1", 2, 41, FIRST),
        sighting.identifiers,
        (),
        f"h1/c1/{person}",
        Times(DAY, None, RECEIVED),
        CourtAppearance("h1", person, "B01LY", "First hearing", (Offence("TH68001", "Theft"),), is_youth=False),
    )


def test_nothing_personal_is_kept() -> None:
    secret = "Unmistakable"
    person = details(secret, secret, secret)
    person["personDetails"]["address"] = {"address1": secret}
    message = hearing(
        defendant(personDefendant=person, croNumber=secret, offences=[{"offenceCode": "TH68001", "wording": secret}]),
        defendant(id="d1", personDefendant=details("Other", secret), pncId=secret),
        defendant(id="", personDefendant=person),
        defendant(id="d3", isYouth=secret),
        courtApplications=[
            application(subject=party(person=person), applicant={"personDetails": person["personDetails"]})
        ],
    )
    assert secret not in repr(read(message))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), (None, None), (ABSENT, None), ("true", True), (" FALSE ", False), ("", None)],
    ids=repr,
)
def test_is_youth_is_read_in_all_its_spellings(value: Any, expected: bool | None) -> None:
    assert appearance(hearing(defendant(isYouth=value))).is_youth is expected


@pytest.mark.parametrize(
    ("offence", "expected"),
    [
        ({"offenceCode": "TH68001", "offenceTitle": "Theft"}, Offence("TH68001", "Theft")),
        ({"offenceTitle": "Theft"}, Offence(None, "Theft")),
        ({"offenceCode": " ", "offenceTitle": "Theft", "wording": ""}, Offence(None, "Theft")),
        ({"offenceCode": " TH68001 "}, Offence("TH68001", None)),
    ],
)
def test_an_offence_without_a_code_keeps_its_title(offence: dict[str, Any], expected: Offence) -> None:
    assert appearance(hearing(defendant(offences=[offence]))).offences == (expected,)


@pytest.mark.parametrize(
    ("labels", "remanded"),
    [
        ([], None),
        (["Adjournment"], None),
        (["Remanded in custody"], True),
        (["Adjournment", "REMANDED IN CUSTODY with bail direction"], True),
        (["Remanded to youth detention accommodation"], True),
        (["Remanded on conditional bail"], False),
        (["Remanded on conditional bail", "Remanded in custody"], True),
        (["Time spent remanded in custody to count"], None),
        ([None], None),
    ],
)
def test_remand_is_read_from_the_results(labels: list[str | None], remanded: bool | None) -> None:
    results = [{"label": label} for label in labels]
    assert appearance(hearing(defendant(offences=[{"judicialResults": results}]))).remanded is remanded
    assert appearance(hearing(defendant(judicialResults=results))).remanded is remanded
    listed = application(subject=party(), judicialResults=results)
    assert appearance(hearing(courtApplications=[listed])).remanded is remanded


@pytest.mark.parametrize(
    ("event", "shared", "results", "resulted"),
    [
        (ABSENT, ABSENT, [], None),
        (ABSENT, False, [], False),
        (ABSENT, True, [], True),
        (ABSENT, ABSENT, [{"label": "Adjournment"}], True),
        ("ConfirmedOrUpdated", ABSENT, [], False),
        ("ConfirmedOrUpdated", True, [], True),
        ("Resulted", ABSENT, [], True),
        ("Resulted", False, [], True),
        ("Unknown", ABSENT, [], None),
    ],
)
def test_whether_it_is_resulted(event: Any, shared: Any, results: list[Any], resulted: bool | None) -> None:
    body = hearing(defendant(judicialResults=results), hasSharedResults=shared)
    assert appearance(envelope(body, attributes={"hearingEventType": event})).resulted is resulted


@pytest.mark.parametrize("name", ["Value", "StringValue"])
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"messageType": "COMMON_PLATFORM_HEARING", "hearingEventType": "Resulted"}, True),
        ({"messageType": "COMMON_PLATFORM_HEARING", "hearingEventType": "ConfirmedOrUpdated"}, False),
        ({"messageType": "COMMON_PLATFORM_HEARING_DELETED", "hearingEventType": "Deleted"}, None),
    ],
)
def test_an_attribute_is_read_by_the_name_that_subscribers_or_that_publishers_give_its_value(
    attributes: dict[str, str], expected: bool | None, name: str
) -> None:
    written = {key: {"DataType": "String", name: value} for key, value in attributes.items()}
    fact = only(envelope(hearing(defendant()), MessageAttributes=written)).fact
    if expected is None:
        assert fact == AppearanceDeleted("h1")
    else:
        assert isinstance(fact, CourtAppearance)
        assert fact.resulted is expected


@pytest.mark.parametrize(
    ("code", "court"), [("B01LY00", "B01LY"), ("B43KB", "B43KB"), (" ", None), (None, None), ("X", "X")]
)
def test_the_court_is_the_first_five_characters_of_its_code(code: str | None, court: str | None) -> None:
    assert appearance(hearing(defendant(), courtCentre={"code": code})).court == court


def test_court_kind_and_days_may_be_missing() -> None:
    assert appearance(hearing(defendant(), courtCentre=ABSENT, type=None, hearingDays=ABSENT)) == CourtAppearance(
        "h1", "d1", None, None, (Offence("TH68001", "Theft"),)
    )


def test_no_word_of_the_sender_s_is_kept_beyond_the_length_of_a_title() -> None:
    long = "x" * 100_000
    offences = [{"offenceCode": long, "offenceTitle": long}]
    fact = appearance(hearing(defendant(offences=offences), type={"description": long}, courtCentre={"code": long}))
    assert fact == CourtAppearance("h1", "d1", "x" * 5, "x" * 300, (Offence("x" * 300, "x" * 300),))


# ── times ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days", "occurred"),
    [
        ([{"sittingDay": "2026-03-03T10:00:00Z"}, {"sittingDay": "2026-03-02T10:00:00.000Z"}], DAY),
        ([{"listedDurationMinutes": 60}, {"sittingDay": None}, {"sittingDay": "2026-03-02T10:00:00Z"}], DAY),
        ([{"sittingDay": "2026-03-01T10:00:00Z", "isCancelled": True}, {"sittingDay": "2026-03-02T10:00:00Z"}], DAY),
        ([{"sittingDay": "2026-03-02T10:00:00"}], DAY),
        ([{"sittingDay": "2026-07-02T11:00:00"}], datetime(2026, 7, 2, 10, tzinfo=UTC)),
        ([{"sittingDay": "2026-03-02T11:00:00.123999999+01:00"}], DAY.replace(microsecond=123_000)),
        ([{"sittingDay": "2026-03-02"}], datetime(2026, 3, 2, tzinfo=UTC)),
        ([], None),
        ([{}], None),
        (None, None),
    ],
)
def test_it_occurs_on_the_earliest_day_that_stands(days: Any, occurred: datetime | None) -> None:
    assert only(hearing(defendant(), hearingDays=days)).times == Times(occurred, None, RECEIVED)


@pytest.mark.parametrize(
    "day",
    [
        "2026-02-30T10:00:00Z",
        "tomorrow",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59-12:00",
        "Fri Jun 14 09:06:52 BST 2024",
    ],
)
def test_a_day_that_is_no_day_is_refused_and_not_guessed(day: str) -> None:
    fault = refused(hearing(defendant(), hearingDays=[{}, {"sittingDay": day}]))
    assert isinstance(fault, Untranslatable)
    assert fault.reason == "/hearing/hearingDays/1/sittingDay is not a time"


def test_it_is_recorded_when_the_envelope_says() -> None:
    recorded = datetime(2026, 3, 1, 17, 30, 0, 250_000, tzinfo=UTC)
    assert only(envelope(hearing(defendant()))).times == Times(DAY, recorded, RECEIVED)
    assert only(envelope(hearing(defendant()), Timestamp=ABSENT)).times == Times(DAY, None, RECEIVED)


# ── who is who ───────────────────────────────────────────────────────────────────────────────────────────────


def test_each_of_several_people_in_several_cases_goes_on_alone() -> None:
    cases = [
        {"id": "c1", "defendants": [defendant(), defendant(id="d2")]},
        {"id": "c2", "defendants": [defendant(), defendant(id="d4", personDefendant=None, legalEntityDefendant={})]},
        {"id": "c3", "defendants": None},
        {"id": "", "defendants": [defendant(id="d5")]},
    ]
    parts = read(hearing(prosecutionCases=cases))
    assert [part.sender_id for part in parts if isinstance(part, Sighting)] == [
        "h1/c1/d1",
        "h1/c1/d2",
        "h1/c2/d1",
        "h1//d5",
    ]
    assert summary(parts)[3] == ("/hearing/prosecutionCases/1/defendants/1", "organisation")


def test_an_id_that_two_people_carry_is_doubtful_for_both() -> None:
    one, two = read(hearing(defendant(pncId="02/73319Z"), defendant(personDefendant=details("Ben"))))
    assert known_by(one) == (["pnc:2002/0073319Z"], ["defendant:d1"])
    assert known_by(two) == ([], ["defendant:d1"])
    assert isinstance(one, Sighting)
    assert isinstance(two, Sighting)
    assert (one.sender_id, two.sender_id) == ("h1/c1/2002%2F0073319Z", "h1/c1/d1")


@pytest.mark.parametrize(
    ("other", "doubtful"),
    [
        (details(), False),
        (details("ADA ", " invented"), False),
        (details(None), False),
        (details(None, None, None), False),
        (None, False),
        (details(born="1990-01-01T00:00:00Z"), False),
        (details("Ben"), True),
        (details(last="Other"), True),
        (details(born="1990-01-02"), True),
    ],
)
def test_two_people_differ_when_their_names_or_birthdays_do(other: Any, doubtful: bool) -> None:
    parts = read(hearing(defendant(), defendant(offences=[], personDefendant=other)))
    assert [known_by(part)[1] != [] for part in parts] == [doubtful, doubtful]


def test_an_id_that_an_organisation_carries_too_is_doubtful() -> None:
    person, other = read(hearing(defendant(), defendant(personDefendant=None, legalEntityDefendant={})))
    assert known_by(person) == ([], ["defendant:d1"])
    assert isinstance(other, Outcome)


@pytest.mark.parametrize(
    "other",
    [
        defendant(personDefendant=details("Ben"), offences="x"),
        defendant(personDefendant=details("Ben"), isYouth="perhaps"),
        defendant(personDefendant=details("Ben"), judicialResults=[7]),
    ],
)
def test_an_id_that_somebody_carries_who_cannot_be_read_is_doubtful_too(other: Any) -> None:
    one, bad = read(hearing(defendant(pncId="02/73319Z"), other))
    assert known_by(one) == (["pnc:2002/0073319Z"], ["defendant:d1"])
    assert isinstance(bad, BadPart)
    listed = application(subject=party(), respondents=[party(person=details("Ben"), isYouth=7)])
    one, bad = read(hearing(courtApplications=[listed]))
    assert known_by(one) == ([], ["master-defendant:m1"])
    assert isinstance(bad, BadPart)


def test_three_defendants_with_one_id_are_told_apart_by_who_they_are() -> None:
    parts = read(
        hearing(defendant(), defendant(personDefendant=details("Ben")), defendant(personDefendant=details("Cy")))
    )
    assert [part.sender_id for part in parts if isinstance(part, Sighting)] == ["h1/c1/d1", "h1/c1/d1/2", "h1/c1/d1/3"]
    assert [known_by(part) for part in parts] == [([], ["defendant:d1"])] * 3


def test_the_same_defendant_twice_is_a_duplicate_unless_it_is_for_something_else() -> None:
    other = [{"offenceCode": "CD71039"}]
    parts = read(hearing(defendant(), defendant(), defendant(offences=other)))
    assert summary(parts) == [(FIRST, "sighting"), (SECOND, "duplicate"), (FIRST[:-1] + "2", "sighting")]
    assert isinstance(parts[1], Outcome)
    assert parts[1].detail == f"the same person as at {FIRST}"
    assert isinstance(parts[2], Sighting)
    assert parts[2].sender_id == "h1/c1/d1/2"


def test_a_second_appearance_is_no_more_doubled_than_the_first() -> None:
    other = defendant(offences=[{"offenceCode": "CD71039"}])
    parts = read(hearing(defendant(), other, other, defendant()))
    assert [kind for _, kind in summary(parts)] == ["sighting", "sighting", "duplicate", "duplicate"]
    assert [part.detail for part in parts if isinstance(part, Outcome)] == [
        f"the same person as at {SECOND}",
        f"the same person as at {FIRST}",
    ]


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [("c1", "c1", "duplicate"), ("C1", "c1", "sighting"), ("c1", "c2", "sighting"), ("", None, "sighting")],
)
def test_a_case_that_is_listed_twice_is_one_case(first: Any, second: Any, kind: str) -> None:
    cases = [{"id": each, "defendants": [defendant()]} for each in (first, second)]
    assert [kind for _, kind in summary(read(hearing(prosecutionCases=cases)))] == ["sighting", kind]


def test_an_application_that_is_listed_twice_is_one_application() -> None:
    listed = [application(subject=party()), application(subject=party()), application(type=None, subject=party())]
    cases = [{"id": "a1", "defendants": [defendant(masterDefendantId="m1", offences=[])]}]
    parts = read(hearing(courtApplications=listed, prosecutionCases=cases))
    assert [kind for _, kind in summary(parts)] == ["sighting", "sighting", "duplicate", "sighting"]


def test_the_subject_of_an_application_is_found_and_its_respondent_is_the_same_person() -> None:
    listed = application(
        subject=party("m1", "d2", "d1"),
        applicant={"organisation": {"name": "Invented"}},
        respondents=[party("m1", person=details("ADA"), pncId="02/73319Z", isYouth=True)],
        thirdParties=[{"prosecutingAuthority": {}}],
    )
    parts = read(hearing(courtApplications=[listed], prosecutionCases=[]))
    assert summary(parts) == [
        (f"{APPLICATION}/subject", "sighting"),
        (f"{APPLICATION}/applicant", "organisation"),
        (f"{APPLICATION}/respondents/0", "duplicate"),
        (f"{APPLICATION}/thirdParties/0", "organisation"),
    ]
    assert known_by(parts[0]) == (["defendant:d1", "defendant:d2", "master-defendant:m1", "pnc:2002/0073319Z"], [])
    assert isinstance(parts[0], Sighting)
    assert parts[0].sender_id == "h1/a1/d1"
    assert parts[0].fact == CourtAppearance(
        "h1", "d1", "B01LY", "First hearing", application="Breach of a community order", is_youth=True
    )


def test_a_respondent_of_another_name_under_the_same_id_is_another_person() -> None:
    listed = application(subject=party(), respondents=[party(person=details("Ben"))])
    parts = read(hearing(courtApplications=[listed]))
    assert [known_by(part) for part in parts] == [([], ["master-defendant:m1"])] * 2


def test_the_same_person_in_two_applications_appears_in_both() -> None:
    parts = read(hearing(courtApplications=[application(subject=party()), {"id": "a2", "subject": party()}]))
    assert [part.sender_id for part in parts if isinstance(part, Sighting)] == ["h1/a1/m1", "h1/a2/m1"]
    fact = parts[1].fact if isinstance(parts[1], Sighting) else None
    assert isinstance(fact, CourtAppearance)
    assert fact.application == "of no stated type"


def test_placeholders_and_wrong_check_letters_are_no_identifiers() -> None:
    nil = "00000000-0000-0000-0000-000000000000"
    parts = read(hearing(defendant(id=nil, pncId="2004/0012345U", masterDefendantId="m1"), defendant(id=nil)))
    assert known_by(parts[0]) == (["master-defendant:m1"], [])
    assert isinstance(parts[1], BadPart)


@pytest.mark.parametrize("cases", [[], None, ABSENT, [{"id": "c1"}], [{"defendants": []}]], ids=repr)
def test_a_message_with_nobody_in_it_is_empty(cases: Any) -> None:
    assert read(hearing(prosecutionCases=cases)) == (Outcome(ORIGIN, OutcomeKind.EMPTY, "nobody in it"),)


# ── bad parts ────────────────────────────────────────────────────────────────────────────────────────────────

BAD = [
    ("no identifier", defendant(id="", pncId="PNC-ID1"), "a person without a usable"),
    ("not an object", "Ada", f"{SECOND} is not an object"),
    ("null", None, f"{SECOND} is not an object"),
    ("id is a number", defendant(id=7), f"{SECOND}/id is not text"),
    ("youth is a number", defendant(isYouth=1), f"{SECOND}/isYouth is not true or false"),
    ("youth is a word", defendant(isYouth="perhaps"), f"{SECOND}/isYouth is not true or false"),
    ("offences are no list", defendant(offences={}), f"{SECOND}/offences is not a list"),
    ("an offence is no object", defendant(offences=[7]), f"{SECOND}/offences/0 is not an object"),
    ("a code is a list", defendant(offences=[{"offenceCode": []}]), f"{SECOND}/offences/0/offenceCode is not text"),
    ("a person is text", defendant(personDefendant="x"), f"{SECOND}/personDefendant is not an object"),
]


@pytest.mark.parametrize(("other", "reason"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_person_keeps_nobody_else(other: Any, reason: str) -> None:
    parts = read(hearing(defendant(), other, defendant(id="d3")))
    assert [kind for _, kind in summary(parts)] == ["sighting", "bad", "sighting"]
    assert isinstance(parts[1], BadPart)
    assert parts[1].path == SECOND
    assert parts[1].reason.startswith(reason)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"prosecutionCases": {}}, "/hearing/prosecutionCases"),
        ({"prosecutionCases": [7]}, "/hearing/prosecutionCases/0"),
        ({"prosecutionCases": [{"id": 7}]}, "/hearing/prosecutionCases/0"),
        ({"prosecutionCases": [{"defendants": 7}]}, "/hearing/prosecutionCases/0"),
        ({"courtApplications": "x"}, "/hearing/courtApplications"),
        ({"courtApplications": [{"respondents": 7}]}, f"{APPLICATION}/respondents"),
        ({"courtApplications": [{"subject": []}]}, f"{APPLICATION}/subject"),
        ({"courtApplications": [{"subject": {}}]}, f"{APPLICATION}/subject"),
        ({"courtApplications": [{"subject": {"personDetails": {}}}]}, f"{APPLICATION}/subject"),
        ({"courtApplications": [{"subject": party(None)}]}, f"{APPLICATION}/subject"),
        ({"courtApplications": [{"type": "Breach", "subject": party()}]}, APPLICATION),
    ],
)
def test_a_bad_place_is_named_by_its_path(changes: dict[str, Any], path: str) -> None:
    parts = read(hearing(**{"prosecutionCases": [], **changes}))
    assert summary(parts) == [(path, "bad")]


@pytest.mark.parametrize(("ids", "kind"), [(49, "sighting"), (50, "bad")])
def test_a_person_has_fifty_ids_at_most(ids: int, kind: str) -> None:
    listed = application(subject=party("m1", *(f"d{number}" for number in range(ids))))
    assert summary(read(hearing(courtApplications=[listed]))) == [(f"{APPLICATION}/subject", kind)]


def test_a_part_is_translated_alone() -> None:
    message = hearing(defendant(), defendant(personDefendant=details("Ben")), "bad")
    whole = read(message)
    for part, (path, _) in zip(whole, summary(whole), strict=True):
        assert read(message, path) == (part,)
    assert read(message, "/hearing/prosecutionCases/0") == whole
    assert read(message, "/hearing/prosecutionCases") == whole
    many = hearing(*[defendant(id=f"d{number}") for number in range(11)])
    assert summary(read(many, SECOND)) == [(SECOND, "sighting")]  # and not the one at …/10


@pytest.mark.parametrize("path", ["/hearing/prosecutionCases/0/defendants/10", f"{FIRST}/offences", "nowhere"])
def test_a_part_that_is_not_there_is_refused(path: str) -> None:
    assert (
        refused(hearing(*[defendant(id=f"d{n}") for n in range(3)]), path).reason
        == "there is nothing at this path of the message"
    )


# ── whole messages ───────────────────────────────────────────────────────────────────────────────────────────

UNREADABLE = [
    (b"", "empty"),
    (b"\xff\xfe{}", "not UTF-8 at byte 0"),
    (b'{"hearing": ', "not JSON: Expecting value (character 12)"),
    (b'{"hearing": {}} trailing', "not JSON: Extra data (character 16)"),
    (b'{"hearing": {"id": NaN}}', "NaN is not a JSON number"),
    (b'{"hearing": {"id": -Infinity}}', "-Infinity is not a JSON number"),
    (b'{"hearing": {"id": "h1", "id": "h2"}}', "a key stands twice in one object, at /hearing/id"),
    (b'{"a": [{}, {"b/c": {"d": 1, "d": 1}}]}', "a key stands twice in one object, at /a/1/b~1c/d"),
    (b'{"a": "\\ud800"}', "half a surrogate pair in a text"),
    (b'{"a": ' + b"9" * 5_000 + b"}", "a number beyond all measure"),
    (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
    (b"[]", "the message is not a JSON object"),
    (b"null", "the message is not a JSON object"),
    (b'"hearing"', "the message is not a JSON object"),
    (b"\xef\xbb\xbf{}", "not JSON: Expecting value (character 0)"),
    (b'{"a": {"b": 1, "b": 1}, ', "not JSON: Expecting property name enclosed in double quotes (character 24)"),
    (b'{"a": {"b": 1, "b": 1}}}', "not JSON: Extra data (character 23)"),
    (b'{"a": {"b": 1, "b": 1}, "c": ' + b"[" * 100_000, "nested too deep"),
    (b'{"a": {"b": 1, "b": 1}, "c": ' + b"9" * 5_000 + b"}", "a number beyond all measure"),
    (b'{"a": {"b": 1, "b": 1}, "c": NaN}', "a key stands twice in one object, at /a/b"),
    (b'{"\\ud800": {"b": 1, "b": 1}}', "a key stands twice in one object, at /(unprintable)/b"),
    (b'{"a": {"\\n": 1, "\\n": 1}}', "a key stands twice in one object, at /a/(unprintable)"),
    (b'{"' + b"a" * 5_000 + b'": {"b": 1, "b": 1}}', f"a key stands twice in one object, at /{'a' * 60}/b"),
    (b'{"a": ' * 99 + b'{"b": 1, "b": 1}' + b"}" * 99,
     "a key stands twice in one object, at /a/a/a/a/a/…/a/a/a/a/b"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "reason"), UNREADABLE, ids=[reason for _, reason in UNREADABLE])
def test_what_is_not_strict_json_is_unreadable(value: bytes, reason: str) -> None:
    fault = refused(value)
    assert isinstance(fault, Unreadable)
    assert fault.reason == reason


def test_a_doubled_key_is_found_in_one_go_however_many_places_come_before_it() -> None:
    lists = b"[" + b"{}," * 200_000 + b'{"b": 1, "b": 1}]'
    message = b'{"' + b"a" * 200_000 + b'": ' + lists + b"}"
    assert refused(message).reason == f"a key stands twice in one object, at /{'a' * 60}/200000/b"


def test_the_message_inside_the_envelope_is_read_as_strictly() -> None:
    fault = refused(envelope('{"hearing": {"id": "h1", "id": "h1"}}'))
    assert fault.reason == "a key stands twice in one object, at /Message/hearing/id"
    assert isinstance(fault, Unreadable)
    assert isinstance(refused(envelope("7")), Unreadable)


POINTER = ["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "b", "s3Key": "k"}]
UNTRANSLATABLE = [
    ("no hearing", {}, "a message without a hearing"),
    ("no hearing id", hearing(defendant(), id=ABSENT), "the hearing has no usable id"),
    ("empty hearing id", hearing(defendant(), id=" "), "the hearing has no usable id"),
    ("hearing id is a number", hearing(defendant(), id=7), "/hearing/id is not text"),
    ("hearing is a list", {"hearing": []}, "/hearing is not an object"),
    ("court is text", hearing(defendant(), courtCentre="x"), "/hearing/courtCentre is not an object"),
    ("type is text", hearing(defendant(), type="x"), "/hearing/type is not an object"),
    ("days are no list", hearing(defendant(), hearingDays={}), "/hearing/hearingDays is not a list"),
    ("a day is text", hearing(defendant(), hearingDays=["x"]), "/hearing/hearingDays/0 is not an object"),
    ("Libra", {"caseId": 1, "caseNo": "1"}, "another sender's format (a Libra case)"),
    ("Libra in an envelope", envelope({}, attributes={"messageType": "LIBRA_COURT_CASE"}),
     "another sender's format, by its messageType"),
    ("Libra in an old envelope", envelope({"caseNo": "1"}, MessageAttributes=ABSENT),
     "another sender's format (a Libra case)"),
    ("unknown event", envelope(hearing(), attributes={"hearingEventType": "Cancelled"}),
     "a hearingEventType that we do not know"),
    ("a subscription", envelope({}, Type="SubscriptionConfirmation"), "an SNS message that is no notification"),
    ("empty envelope", envelope("", Message=None), "an envelope with nothing in it"),
    ("message is an object", envelope("", Message={}), "/Message is not text"),
    ("bad timestamp", envelope(hearing(), Timestamp="now"), "/Timestamp is not a time"),
    ("attributes are text", envelope(hearing(), MessageAttributes="x"), "/MessageAttributes is not an object"),
    ("a pointer", POINTER, "the body is kept elsewhere, and this is a pointer to it"),
    ("a pointer in an envelope", envelope(POINTER), "the body is kept elsewhere, and this is a pointer to it"),
    ("deleted or not", envelope(hearing(defendant()), attributes={"hearingEventType": "Deleted"}),
     "the attributes disagree whether the hearing was deleted"),
    ("a deletion of nothing", envelope({}, attributes={"messageType": "COMMON_PLATFORM_HEARING_DELETED",
     "hearingEventType": ABSENT}), "a deletion that does not name one hearing"),
    ("a deletion of two", envelope({"hearingId": "h1", "hearing": {"id": "h2"}}, attributes={
     "messageType": "COMMON_PLATFORM_HEARING_DELETED", "hearingEventType": "Deleted"}),
     "a deletion that does not name one hearing"),
    ("an id that is no deletion", envelope({"hearingId": "h1"}), "a message without a hearing"),
    ("Libra with a hearing id", {"caseId": 1, "caseNo": "1", "hearingId": "h1"},
     "another sender's format (a Libra case)"),
    ("Libra with a hearing id, in an old envelope",
     envelope({"caseNo": "1", "hearingId": "h1"}, MessageAttributes=ABSENT), "another sender's format (a Libra case)"),
    ("an id among other things", {"hearingId": "h1", "defendants": []}, "a message without a hearing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "reason"), [row[1:] for row in UNTRANSLATABLE], ids=[row[0] for row in UNTRANSLATABLE]
)
def test_what_cannot_be_told_of_anybody_is_refused_whole(message: Any, reason: str) -> None:
    fault = refused(message)
    assert isinstance(fault, Untranslatable)
    assert fault.reason == reason


RECORDED = datetime(2026, 3, 1, 17, 30, 0, 250_000, tzinfo=UTC)
GONE = {"messageType": "COMMON_PLATFORM_HEARING_DELETED", "hearingEventType": "Deleted"}


@pytest.mark.parametrize(
    ("message", "recorded"),
    [
        ({"hearingId": "H1"}, None),
        (envelope({"hearingId": "H1"}, attributes=GONE), RECORDED),
        (envelope({"hearingId": "H1"}, attributes={**GONE, "messageType": ABSENT}), RECORDED),
        (envelope({"hearingId": "H1"}, attributes={**GONE, "hearingEventType": ABSENT}), RECORDED),
        (envelope(hearing(defendant(), id="H1"), attributes=GONE), RECORDED),
        (envelope({"hearingId": "H1"}, MessageAttributes=ABSENT), RECORDED),
        (
            envelope(
                {"hearingId": "H1"},
                MessageAttributes={"eventType": {"Type": "String", "Value": "commonplatform.case.deleted"}},
            ),
            RECORDED,
        ),
    ],
)
def test_a_deletion_looks_for_its_hearing(message: Any, recorded: datetime | None) -> None:
    sighting = only(message)
    assert known_by(sighting) == (["hearing:H1"], [])
    assert sighting == Sighting(
        ORIGIN, sighting.identifiers, (), "H1/deleted", Times(recorded, recorded, RECEIVED), AppearanceDeleted("H1")
    )
