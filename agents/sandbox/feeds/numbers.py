"""Identifiers as the real systems write them: PNC ids with their check letters, CRNs, UUIDs. Invented, and seeded."""

from __future__ import annotations

from agents.sandbox.feeds.chance import Chance

_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"  # 23 of them: no I, O, S


def check_letter(year: int, serial: int) -> str:
    """The letter that closes a PNC id: two-digit year and seven-digit serial as one number, modulo 23 (feeds.md 1)."""
    return _LETTERS[(year % 100 * 10_000_000 + serial) % 23]


def pnc(chance: Chance) -> str:
    """A valid PNC id in canonical form, for example 2002/0073319Z."""
    year, serial = chance.between(1990, 2026), chance.between(1, 999_999)
    return f"{year}/{serial:07}{check_letter(year, serial)}"


def written(canonical: str, form: str) -> str | None:
    """The PNC id in one of the forms in which senders write it; None: the field is left out."""
    match form:
        case "CANONICAL":
            return canonical
        case "SHORT":
            return f"{canonical[2:4]}/{int(canonical[5:12])}{canonical[12]}"
        case "NO_SLASH":
            return canonical[:4] + canonical[5:]
        case "EMPTY":
            return ""
        case "WRONG_LETTER":
            return canonical[:-1] + _LETTERS[_LETTERS.index(canonical[-1]) - 1]
        case _:
            return None


def crn(chance: Chance, number: int, offset: int, *, two_letters: bool) -> str:
    """The CRN of case ``number``: looks drawn at random, and no two cases share one.

    Never begins with X: those are the story's. The step is coprime to a million, so numbers come round only then.
    """
    digits = (number * 7_919 + offset) % 1_000_000
    letters = "ABCDEFGHJK"[number // 1_000_000 % 10]
    return f"{letters}{'LMNPQ'[chance.below(5)] if two_letters else ''}{digits:06}"


def uuid(chance: Chance) -> str:
    """A UUID in its usual spelling, from the seed."""
    text = f"{chance.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def ident(chance: Chance, prefix: str) -> str:
    """A sender's id of a message or a thing."""
    return f"{prefix}-{chance.getrandbits(64):016x}"
