"""What a person does about an escalation: acknowledges, claims, confirms, reopens, suppresses (P10, P11, P18).

Overseeing is no act of this kind: it is an oversight record (``events.Oversight``), whoever's system it comes from.
Every act has an author, a time (of its event) and, where it departs from what was asked, a reason and the variance.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from streams.primitives import Time


class RequiredAction(Struct, frozen=True, array_like=True, gc=False):
    """What an oversight record asks for. Asking is not enough: somebody confirms that it was done (P10)."""

    action: str  # unique in its oversight record
    what: str  # a code of the sender's, never free text about a person
    owner: str | None  # staff code
    owner_grade: str | None = None
    due: Time | None = None  # None: the policy's time from the record on


class ActKind(StrEnum):
    """What was done."""

    ACKNOWLEDGED = "acknowledged"
    CLAIMED = "claimed"  # the owner says that an action is done
    CONFIRMED = "confirmed"  # somebody has seen that it is
    REOPENED = "reopened"
    SUPPRESSED = "suppressed"
    SUPPRESSION_ENDED = "suppression-ended"
    POLICY_ADOPTED = "policy-adopted"  # a person moves an open escalation to the policy in force


class Evidence(StrEnum):
    """How it was confirmed that an action was done (P10, P19)."""

    CASE_RECORD = "case-record"
    DOCUMENT = "document"
    DIRECT_OBSERVATION = "direct-observation"
    CASE_DISCUSSION = "case-discussion"
    PARTNER_AGENCY = "partner-agency"


class Act(Struct, frozen=True, array_like=True, tag="act", gc=False):
    """One act of one person on one escalation of ours, or on one required action."""

    act: str  # the sender's id of it
    kind: ActKind
    author: str  # staff code: nobody acts unnamed
    author_grade: str | None
    escalation: str | None  # None: an act on an action that belongs to no escalation
    action: str | None = None  # of which required action; with ``record`` where the id alone is not unique
    record: str | None = None  # the oversight record that asked for it
    evidence: Evidence | None = None
    reference: str | None = None  # where the evidence lies
    reason: str | None = None  # a code or a short text about the decision, never about a person
    variance: str | None = None
    until: Time | None = None  # the end of a suppression
