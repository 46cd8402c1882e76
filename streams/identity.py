"""Who is meant: identifiers in their canonical form, so that equal text means the same person or case.

Only exact identifiers find a case here; names and dates of birth never do. What is not certainly well formed is
not an identifier at all (None): a person then waits without that link, which is visible, while a wrong link would put
one person's hearing in another's file. Formats and test values: the domain paper on feeds, section 1.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

from streams.events import CaseId
from streams.faults import Untranslatable

LONGEST = 100
"""Characters of an id that we take. Ids become keys; a longer text is a mistake of the sender, not an id."""


class IdentifierKind(StrEnum):
    """What an identifier names, strongest first. The order is the order of decision."""

    DEFENDANT = "defendant"  # one person in one court case
    MASTER_DEFENDANT = "master-defendant"  # the same person across court cases, as the courts believe
    PNC = "pnc"  # the police's number for a person
    HEARING = "hearing"  # ours: finds where a hearing's people went, for a deletion names nobody


class Identifier(Struct, frozen=True, array_like=True, gc=False):
    """One identifier in canonical form; as text it is the key under which links and look-ups meet."""

    kind: IdentifierKind
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def identifier(kind: IdentifierKind, text: str | None) -> Identifier | None:
    """The identifier that a sender's text is, or None where it is absent or not certainly well formed. Pure."""
    value = pnc(text) if kind is IdentifierKind.PNC else opaque(text)
    if value is None or (value == _NIL and kind is not IdentifierKind.HEARING):
        return None
    return Identifier(kind, value)


# ── PNC ──────────────────────────────────────────────────────────────────────────────────────────────────────

# The slash may be left out only where the digits can be read in one way: YYYY with all seven digits, or YY.
_PNC = re.compile(r"(?:((?:19|20)[0-9]{2})(?:/?([0-9]{7})|/([0-9]{1,7}))|([0-9]{2})/?([0-9]{1,7}))([A-Z])")
_CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"  # 23 letters, without I, O, S; remainder 0 is Z
_LAST_SHORT_YEAR_OF_THIS_CENTURY = 49


def pnc(text: str | None) -> str | None:
    """The PNC id as ``YYYY/NNNNNNNL``, or None: absent, another shape, serial nought, or a wrong check letter. Pure.

    Long and short form, with or without slash, blanks around it and lower case are read; so is a four-digit year with
    an unpadded serial, which the person record service loses. The check letter is
    ``ZABC…[int(YY + serial of seven digits) mod 23]``. It does not cover the century, so two-digit years need a
    rule: up to 49 means 20yy, later 19yy. The pivot is fixed, and not the current year as in other services: the same
    text must give the same key today and in a replay ten years on, or a stored link would no longer be found.
    """
    if not text:
        return None
    found = _PNC.fullmatch(text.strip().upper())
    if found is None:
        return None
    year, padded, unpadded, short_year, short_serial, letter = found.groups()
    if year is None:
        year = f"{'20' if int(short_year) <= _LAST_SHORT_YEAR_OF_THIS_CENTURY else '19'}{short_year}"
    serial = (padded or unpadded or short_serial).zfill(7)
    if serial == "0000000" or _CHECK_LETTERS[int(year[2:] + serial) % 23] != letter:
        return None
    return f"{year}/{serial}{letter}"


# ── ids that a sender made up ────────────────────────────────────────────────────────────────────────────────

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NIL = "00000000-0000-0000-0000-000000000000"  # a placeholder in test and default data: it names nobody


def opaque(text: str | None) -> str | None:
    """A sender's own id in canonical form, or None where it cannot be one. Pure.

    A UUID is lower-cased (both cases of the same one are seen). Anything else stays exactly as written, blanks around
    it aside: real messages carry ids such as ``6789``, equal text still means the same thing to the sender, and
    guessing at more could join two people. Empty, unprintable or over-long text is no id.
    """
    if not text:
        return None
    text = text.strip()
    if not text or len(text) > LONGEST or not text.isprintable():
        return None
    return text.lower() if _UUID.fullmatch(text) else text


def joined(*parts: str) -> str:
    """The parts with ``/`` between them, ``%`` and ``/`` escaped: no two lists of parts give the same text. Pure."""
    return "/".join(
        part.replace("%", "%25").replace("/", "%2F") if "/" in part or "%" in part else part for part in parts
    )


# ── case ids ─────────────────────────────────────────────────────────────────────────────────────────────────

_CRN = re.compile(r"[A-Z]{1,2}[0-9]{6}")


def case_ids(crn: str | None, youth_case_id: str | None, youth_case_issuer: str | None) -> tuple[CaseId, CaseId | None]:
    """The case that a record names, and a second one where it names both (CRN first). Pure.

    A CRN is one or two capital letters and six digits, blanks around it aside; lower case is refused like any other
    shape, for a CRN that somebody typed by hand is not to be trusted silently. A youth case id is opaque text, unique
    per issuing service only. Raises Untranslatable when no case is named, or one of the two is named badly; its
    ``case`` is then the other.
    """
    crn, youth_case_id, issuer = ((text or "").strip() for text in (crn, youth_case_id, youth_case_issuer))
    adult = CaseId(f"crn:{crn}") if _CRN.fullmatch(crn) else None
    known_id, known_issuer = opaque(youth_case_id), opaque(issuer)
    youth = CaseId(f"youth:{joined(known_issuer, known_id)}") if known_id and known_issuer else None
    if crn and adult is None:
        raise Untranslatable(
            "the CRN is not of either known shape",
            "send one or two capital letters and six digits, or no CRN",
            case=youth,
        )
    if youth_case_id and youth is None:
        raise Untranslatable(
            "the youth case id or its issuer is missing or not usable as an id",
            f"send both, each printable and of at most {LONGEST} characters",
            case=adult,
        )
    if adult is not None:
        return adult, youth
    if youth is not None:
        return youth, None
    raise Untranslatable("the record names no case", "send a CRN, or a youth case id with its issuer")
