"""How often things happen in the synthetic feeds, and whose word that is: one table, printed in docs/demo.md.

A number with a source was read there; one marked "assumed" is ours, chosen so that every way through the program is
walked within a minute. Shapes (what a placeholder's staff code looks like, which traps hearings hold) come from the
pages that the rows name; "feeds.md" is the project's page of facts about the real feeds, by section.
"""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import Generic, TypeVar

from agents.sandbox.feeds.chance import Chance

T = TypeVar("T")

ASSUMED = "assumed"


class Rate:
    """The share of something, 0 to 1: what it counts, the share, its source."""

    __slots__ = ("of", "share", "source")

    def __init__(self, of: str, share: float, source: str = ASSUMED) -> None:
        self.of, self.share, self.source = of, share, source

    def happens(self, chance: Chance) -> bool:
        """Throw the dice once."""
        return chance.random() < self.share

    @property
    def shares(self) -> str:
        """The share as the table prints it."""
        return f"{self.share:.1%}"


class Mix(Generic[T]):
    """What there is of several kinds; the shares sum to one. ``pick`` costs one throw, whatever the number of kinds."""

    __slots__ = ("_edges", "_kinds", "of", "parts", "source")

    def __init__(self, of: str, parts: dict[T, float], source: str = ASSUMED) -> None:
        if abs(sum(parts.values()) - 1) > 1e-9:
            raise ValueError(f"{of}: the shares sum to {sum(parts.values())}, not to 1")
        self.of, self.parts, self.source = of, parts, source
        self._kinds = tuple(parts)
        self._edges = tuple(accumulate(parts.values()))[:-1]

    def pick(self, chance: Chance) -> T:
        """One of the kinds, by its share."""
        return self._kinds[bisect(self._edges, chance.random())]

    @property
    def shares(self) -> str:
        """The shares as the table prints them."""
        return ", ".join(f"{_word(kind)} {share:.0%}" for kind, share in self.parts.items())


def _word(kind: object) -> str:
    if kind is None:
        return "none"
    return str(kind).lower().replace("_", " ")


# ── who is there ─────────────────────────────────────────────────────────────────────────────────────────────
YOUTH = Rate("cases that are a young person's", 0.12)
TWO_LETTER_CRN = Rate("CRNs of two letters", 0.1, "shapes: feeds.md 1 (HIA accepts both); share assumed")
DA_PERPETRATOR = Rate(
    "adult cases of a current or past domestic abuse perpetrator",
    0.30,
    "HM Inspectorate of Probation, domestic abuse thematic, 4 July 2023 (feeds.md 5)",
)
DA_ASSESSED = Rate(
    "of those, adequately assessed for it (the others: a screening, or nothing complete)",
    0.28,
    "the same thematic (feeds.md 5)",
)
SAME_PERSON = Rate(
    "cases of somebody who has another case too: the identifiers name both", 0.01, "feeds.md 2.4; assumed"
)

# ── how the case is held ─────────────────────────────────────────────────────────────────────────────────────
MANAGER = Mix(
    "what there is in the role of manager",
    {
        "REAL": 0.82,
        "NOBODY": 0.06,
        "PLACEHOLDER": 0.05,
        "INACTIVE_PLACEHOLDER": 0.01,
        "LEAVER": 0.02,
        "ENDED": 0.02,
        "JUNIOR": 0.02,
    },
    "shapes: feeds.md 5 (staff codes ending in U and IAVU); shares assumed",
)
GRADE = Mix(
    "grades of case managers",
    {"PO": 0.55, "PSO": 0.25, "PQiP": 0.12, "TPO": 0.06, "DMY": 0.02},
    "names: feeds.md 4; shares assumed",
)
MANAGER_GRADE = Mix("grades of managers, probation", {"SPO": 0.92, "ACO": 0.08}, "names: feeds.md 4, 5; shares assumed")
YOUTH_GRADE = Mix("grades of case managers, youth justice", {"YJ OFFICER": 0.8, "SENIOR PRACTITIONER": 0.2})
YOUTH_MANAGER_GRADE = Mix(
    "grades of managers, youth justice",
    {"TEAM MANAGER": 0.8, "OPERATIONS MANAGER": 0.2},
    "names: the policy file, to be agreed with each service; shares assumed",
)
OVERSEEN = Rate(
    "cases that need oversight and have a manager's record of it",
    0.28,
    "management oversight insufficient in 72 %: SPO thematic, 18 January 2024 (feeds.md 5)",
)
LATE_LINK = Rate("cases whose identifiers are told only later: hearings are parked until then", 0.15)

# ── assessments ──────────────────────────────────────────────────────────────────────────────────────────────
STATE = Mix(
    "state of an assessment",
    {"COMPLETE": 0.78, "STALE": 0.06, "OPEN": 0.07, "LOCKED_INCOMPLETE": 0.04, "WITHDRAWN": 0.02, "NULLS": 0.03},
    "states: feeds.md 3.4 and 8 (OASys timeline); stale is past 55 weeks; shares assumed",
)
SCREENING = Rate("assessments that are an initial screening", 0.2)
ADULT_LEVEL = Mix("adults' highest level", {"LOW": 0.32, "MEDIUM": 0.46, "HIGH": 0.19, "VERY_HIGH": 0.03})
YOUTH_LEVEL = Mix(
    "young people's level, each domain",
    {"LOW": 0.5, "MEDIUM": 0.35, "HIGH": 0.12, "VERY_HIGH": 0.03},
    "domains: feeds.md 3.9 (AssetPlus); shares assumed",
)
CUSTODY_ONLY = Rate(
    "raised adult levels that hold in custody only",
    0.05,
    "shape: feeds.md 3.4 (ordsAssessmentRoshSummary); share assumed",
)

# ── what comes in, once a case is open ───────────────────────────────────────────────────────────────────────
OPENING = Rate("new messages that open a case, until all are open", 0.12)
CONTACT = Mix(
    "messages about open cases",
    {"POLICE": 0.34, "HEARING": 0.26, "APPEARANCE": 0.10, "ASSESSMENT": 0.13, "ALLOCATION": 0.10, "OVERSIGHT": 0.07},
)
POLICE_KIND = Mix("police contacts", {"CALL_OUT": 0.5, "ARREST": 0.32, "CHARGE": 0.18})
CALL_OUT_ROLE = Mix(
    "role in a call-out, domestic abuse perpetrators",
    {"PERPETRATOR": 0.6, "SUSPECT": 0.15, "VICTIM": 0.15, "CHILD_PRESENT": 0.1},
    "roles: feeds.md 3.8; shares assumed",
)
OTHER_CALL_OUT_ROLE = Mix(
    "role in a call-out, others", {"VICTIM": 0.4, "SUSPECT": 0.25, "PERPETRATOR": 0.2, "CHILD_PRESENT": 0.15}
)
CALL_OUT_GRADE = Mix(
    "grade of a call-out",
    {"STANDARD": 0.52, "MEDIUM": 0.26, "HIGH": 0.14, None: 0.08},
    "grades: feeds.md 3.8 (DASH); shares assumed",
)
TOOL = Mix("tool of the grade", {"DASH": 0.8, "DARA": 0.2}, "some forces use DARA: feeds.md 3.8; shares assumed")
CHILDREN = Mix("children present at a call-out", {0: 0.45, 1: 0.2, 2: 0.12, 3: 0.05, None: 0.18})
SERIOUS = Rate("offences on the serious further offence list", 0.12, "the list: feeds.md 4; share assumed")
REMANDED = Rate("resulted hearings with a remand in custody", 0.15)

# ── Common Platform hearings ─────────────────────────────────────────────────────────────────────────────────
HEARING = Mix(
    "hearing messages",
    {"PROSECUTION": 0.82, "APPLICATION": 0.10, "EMPTY": 0.03, "DELETED": 0.05},
    "shapes: feeds.md 2.7 and 3.1, the samples; shares assumed",
)
ENVELOPE = Rate("hearings in their SNS envelope, the others bare", 0.5, "shapes: feeds.md 3.1; share assumed")
DEFENDANTS = Mix("defendants in a hearing", {1: 0.8, 2: 0.14, 3: 0.06})
ORGANISATION = Rate("defendants that are organisations", 0.03)
STRANGER = Rate("defendants who are no case of anybody's: parked for good", 0.12)
PNC_WRITTEN = Mix(
    "how the PNC is written in a hearing",
    {"CANONICAL": 0.4, "SHORT": 0.15, "NO_SLASH": 0.15, "ABSENT": 0.15, "EMPTY": 0.05, "WRONG_LETTER": 0.1},
    "forms: feeds.md 1 (check letters of sample data are mostly wrong); shares assumed",
)
NEW_COURT_CASE = Rate("defendants under a new defendant id: only the master id and the PNC find the case", 0.25)
IS_YOUTH_TEXT = Rate('isYouth written as the text "true" or "false"', 0.1, "feeds.md 8; share assumed")

# ── circumstances and acts, where they are asked for (``Options``): by default there are none ────────────────
CIRCUMSTANCE = Mix(
    "circumstances, where they are asked for",
    {"CLASSIFICATION": 0.3, "SERVICE": 0.22, "LINK": 0.3, "MERGE": 0.12, "COMING_OF_AGE": 0.05, "ERASURE": 0.01},
)
CLASSIFICATION = Mix(
    "classifications",
    {"REGISTER": 0.4, "MAPPA": 0.2, "TIER": 0.25, "FLAG": 0.15},
    "kinds: docs/schemas.md (nDelius, hmpps-tier); shares assumed",
)
CLASSIFICATION_STATE = Mix(
    "what is said of a classification", {"IN_FORCE": 0.62, "REVISED": 0.12, "ENDED": 0.2, "DELETED": 0.06}
)
SERVICE = Mix("what is said of a service", {"REQUESTED": 0.55, "DELIVERED": 0.38, "CANCELLED": 0.07})
LINK = Mix("what is said of a link between two persons", {"HELD": 0.8, "ENDED": 0.2})
RELATION = Mix(
    "what the other is to the person",
    {"CO_DEFENDANT": 0.25, "PARTNER": 0.2, "SIBLING": 0.15, "PARENT": 0.1, "CHILD_OF_HOUSEHOLD": 0.1, "PEER": 0.2},
    "relations: P20; shares assumed",
)
TOLD_TO_BOTH = Rate("links that both cases are told of", 0.6)
MERGE = Mix("what is said of merging two cases", {"MERGED": 0.55, "UNDONE": 0.35, "MERGED_ELSEWHERE": 0.1})
ACT = Mix(
    "what is asked for and done, where it is asked for",
    {"ASKED": 0.4, "CLAIMED": 0.27, "CONFIRMED": 0.28, "UNKNOWN_ESCALATION": 0.05},
    "actions that are asked for, claimed, confirmed: P10; shares assumed",
)
RECORD_NAMED = Rate("claims and confirmations that name the oversight record as well", 0.5)
CONFIRMS_ITSELF = Rate("confirmations by whoever was to do it: they do not count", 0.1, "P10; share assumed")

# ── how messages travel ──────────────────────────────────────────────────────────────────────────────────────
DUPLICATE = Rate("messages sent again, unchanged", 0.02)
CORRECTION = Rate("messages sent again under the same id with other content", 0.01)
LATE = Rate("messages overtaken by up to 60 later ones", 0.03)
SPOILT = Rate("bad records, beside the good ones", 0.005)
BOTH_IDS = Rate("messages about a young person that name a CRN as well", 0.01, "to be flagged: issue 3; share assumed")

TABLE: tuple[Rate | Mix[str] | Mix[int] | Mix[str | None] | Mix[int | None], ...] = tuple(
    row for row in list(globals().values()) if isinstance(row, Rate | Mix)
)
"""Every row, in the order above."""


def table() -> str:
    """The rows as a Markdown table, as docs/demo.md prints them."""
    lines = ["| what | share | source |", "|---|---|---|"]
    lines += [f"| {row.of} | {row.shares} | {row.source} |" for row in TABLE]
    return "\n".join(lines) + "\n"
