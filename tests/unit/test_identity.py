"""Identifiers: what is read as one, what is not, and in which form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.events import CaseId
from streams.faults import Untranslatable
from streams.identity import Identifier, IdentifierKind, case_ids, identifier, joined, opaque, pnc

PNC_TABLE = [
    # The vectors of the person record service's own tests.
    ("81/34U", "1981/0000034U"),
    ("02/73319Z", "2002/0073319Z"),
    ("20020073319Z", "2002/0073319Z"),
    ("00/223R", "2000/0000223R"),
    ("79/163001B", "1979/0163001B"),
    ("033Y", "2003/0000003Y"),
    ("67/9893091D", "1967/9893091D"),
    ("20030011985Z", None),
    ("20120052494O", None),
    ("20230583843N", None),
    ("2001/0171310S", None),
    # Four-digit year and unpadded serial: that service loses it.
    ("2002/73319Z", "2002/0073319Z"),
    ("2002/0073319Z", "2002/0073319Z"),
    ("  02/73319z ", "2002/0073319Z"),
    # The pivot of two-digit years does not move with the calendar.
    ("49/1W", "2049/0000001W"),
    ("50/1L", "1950/0000001L"),
    # Real test data is dirty.
    ("2004/0012345U", None),
    ("2004/0012345D", "2004/0012345D"),
    ("PNC-ID1", None),
    ("", None),
    ("   ", None),
    (None, None),
    ("0000/0000000Z", None),
    ("00/0Z", None),
    ("1881/0000034U", None),
    ("200/273319Z", None),
    ("200273319Z", None),
    ("2002/00733190Z", None),
    ("2002/0073319", None),
    ("2002/0073319ZZ", None),
    ("٢٠٠٢/0073319Z", None),
]


@pytest.mark.parametrize(("text", "canonical"), PNC_TABLE, ids=[repr(text) for text, _ in PNC_TABLE])
def test_a_pnc_is_read_into_its_canonical_form_or_not_at_all(text: str | None, canonical: str | None) -> None:
    assert pnc(text) == canonical


@given(st.integers(1900, 2099), st.integers(1, 9_999_999))
def test_every_spelling_of_a_pnc_is_the_same_pnc(year: int, serial: int) -> None:
    letter = "ZABCDEFGHJKLMNPQRTUVWXY"[int(f"{year % 100:02}{serial:07}") % 23]
    canonical = f"{year}/{serial:07}{letter}"
    spellings = [canonical, f"{year}{serial:07}{letter}", f"{year}/{serial}{letter}", canonical.lower()]
    if 1950 <= year <= 2049:
        spellings += [f"{year % 100:02}/{serial}{letter}", f"{year % 100:02}/{serial:07}{letter}"]
    assert {pnc(spelling) for spelling in spellings} == {canonical}
    assert pnc(pnc(canonical)) == canonical


@given(st.integers(1900, 2099), st.integers(1, 9_999_999), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_only_one_letter_is_right(year: int, serial: int, letter: str) -> None:
    right = "ZABCDEFGHJKLMNPQRTUVWXY"[int(f"{year % 100:02}{serial:07}") % 23]
    assert (pnc(f"{year}/{serial:07}{letter}") is not None) == (letter == right)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("E10E3EF3-8637-40E3-BDED-8ED104A380AC", "e10e3ef3-8637-40e3-bded-8ed104a380ac"),
        (" e10e3ef3-8637-40e3-bded-8ed104a380ac\n", "e10e3ef3-8637-40e3-bded-8ed104a380ac"),
        ("6789", "6789"),
        ("|REPLACEMEID|", "|REPLACEMEID|"),
        ("CID-a", "CID-a"),  # opaque text keeps its case: only a UUID is known to have none
        ("", None),
        ("  ", None),
        (None, None),
        ("a\x00b", None),
        ("a\ud800", None),
        ("x" * 100, "x" * 100),
        ("x" * 101, None),
    ],
    ids=repr,
)
def test_a_sender_s_id_is_exact_text_and_never_empty(text: str | None, read: str | None) -> None:
    assert opaque(text) == read


NIL = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (IdentifierKind.DEFENDANT, "6789", "defendant:6789"),
        (IdentifierKind.MASTER_DEFENDANT, "ABC", "master-defendant:ABC"),
        (IdentifierKind.PNC, "02/73319Z", "pnc:2002/0073319Z"),
        (IdentifierKind.PNC, "02/73319A", None),
        (IdentifierKind.DEFENDANT, NIL, None),
        (IdentifierKind.MASTER_DEFENDANT, NIL, None),
        (IdentifierKind.HEARING, NIL, f"hearing:{NIL}"),
        (IdentifierKind.DEFENDANT, "", None),
    ],
)
def test_an_identifier_is_its_kind_and_its_canonical_value(
    kind: IdentifierKind, text: str, expected: str | None
) -> None:
    found = identifier(kind, text)
    assert (str(found) if found else None) == expected
    if found:
        assert found == Identifier(kind, found.value)


def test_kinds_stand_in_order_of_strength() -> None:
    assert list(IdentifierKind) == ["defendant", "master-defendant", "pnc", "hearing"]


@pytest.mark.parametrize(
    ("crn", "youth", "issuer", "expected"),
    [
        ("X320741", None, None, ("crn:X320741", None)),
        ("AB123456", "", "", ("crn:AB123456", None)),
        (" X320741 ", None, None, ("crn:X320741", None)),
        (None, "Y-17", "leeds-yjs", ("youth:leeds-yjs/Y-17", None)),
        ("", "Y-17", "leeds-yjs", ("youth:leeds-yjs/Y-17", None)),
        ("X320741", "Y-17", "leeds-yjs", ("crn:X320741", "youth:leeds-yjs/Y-17")),
        ("X320741", None, "leeds-yjs", ("crn:X320741", None)),
        (None, "b/c", "a", ("youth:a/b%2Fc", None)),
        (None, "c", "a/b", ("youth:a%2Fb/c", None)),
    ],
)
def test_a_record_names_its_case(
    crn: str | None, youth: str | None, issuer: str | None, expected: tuple[str, str | None]
) -> None:
    assert case_ids(crn, youth, issuer) == expected


@pytest.mark.parametrize(
    ("crn", "youth", "issuer", "case"),
    [
        ("X08770", None, None, None),
        ("CRN40", None, None, None),
        ("x320741", None, None, None),
        ("ABC123456", None, None, None),
        ("X3207411", None, None, None),
        ("X32074\uff11", None, None, None),
        (None, None, None, None),
        ("", " ", None, None),
        (None, "Y-17", None, None),
        (None, None, "leeds-yjs", None),
        ("X08770", "Y-17", "leeds-yjs", "youth:leeds-yjs/Y-17"),
        ("X320741", "Y-17", " ", "crn:X320741"),
        ("X320741", "a\x07", "leeds-yjs", "crn:X320741"),
    ],
)
def test_anything_else_is_refused_and_says_whose_it_seems_to_be(
    crn: str | None, youth: str | None, issuer: str | None, case: str | None
) -> None:
    with pytest.raises(Untranslatable) as refused:
        case_ids(crn, youth, issuer)
    assert refused.value.case == case
    assert refused.value.remedy


def test_an_escape_that_a_part_already_holds_stays_its_own() -> None:
    assert joined("a/b", "c%2Fd") == "a%2Fb/c%252Fd"


ids = st.text(st.sampled_from("ab/%2F"), min_size=1, max_size=6)


@given(st.lists(ids, min_size=1, max_size=3), st.lists(ids, min_size=1, max_size=3))
def test_no_two_lists_of_parts_are_joined_to_the_same_text(one: list[str], other: list[str]) -> None:
    assert (joined(*one) == joined(*other)) == (one == other)


@given(ids, ids, ids, ids)
def test_two_youth_cases_never_share_an_id(id1: str, issuer1: str, id2: str, issuer2: str) -> None:
    first: CaseId = case_ids(None, id1, issuer1)[0]
    assert (first == case_ids(None, id2, issuer2)[0]) == ((id1, issuer1) == (id2, issuer2))
