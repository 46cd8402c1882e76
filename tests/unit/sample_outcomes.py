"""Samples of the field's systems, and what the rules make of each: test_judgement_samples checks it.

Real ones lie beside the checkout (``../shared``) or not at all, and docs/rules.md is written without them: so the
outcomes stand here. Ours (``tests/samples``) are invented, in the same formats and with traps of the same kinds.
"""

from __future__ import annotations

from typing import NamedTuple


class Sample(NamedTuple):
    """A sample, what it says, and all that is raised: at once, and by time alone, as (rule, change, UTC minute)."""

    read: str  # the name of its reader in test_judgement_samples
    file: str
    says: str
    told: tuple[tuple[str, str, str], ...]
    reason: tuple[tuple[str, str], ...] = ()  # (rule, words of its first reason)
    manager: str | None = None  # who the last record says is there
    arrests: tuple[str, ...] = ()  # told beside it: London time


REAL: tuple[Sample, ...] = (
    Sample(
        "registrations",
        "court-case-service/GET_registrations_X320741.json",
        "Self-harm (ALSH), domestic abuse perpetrator (ADVP), medium risk of harm (RMRH), and a risk to staff (AV2S) "
        "that ended: known to be medium, and no manager needed; an arrest is not told. Once the review of RMRH is "
        "overdue, on 14 October 2020, it says nothing of now, which is not low",
        (
            ("R2", "RAISED", "2020-10-13 23:00"),
            ("R8", "RAISED", "2020-10-13 23:00"),
            ("R2", "JOINED", "2020-10-15 11:00"),
            ("R7", "RAISED", "2020-10-21 16:00"),
            ("R7", "JOINED", "2020-10-29 17:00"),
        ),
        (("R2", "the level is stale"),),
        "nobody",
        arrests=(
            "2020-10-07 12:00",
            "2020-10-15 12:00",
        ),
    ),
    Sample(
        "mappa_and_rosh",
        "make-recall-decision-api/mappa-and-rosh-history.json",
        "Very high risk of harm (RVHR), and MAPPA level 1, category to be determined: raised, and a classification "
        "that needs a manager, both urgent; MAPPA level 1 adds nothing",
        (("R1", "RAISED", "2021-01-30 00:00"), ("R5", "RAISED", "2021-01-30 00:00")),
        (("R1", "harm: very-high, register RVHR of 2021-01-30"), ("R5", "register RVHR")),
        "nobody",
    ),
    Sample(
        "registration_added",
        "hmpps-domain-events/registration-added.yaml",
        "High risk of harm (RHRH), with dates as Java writes them: raised",
        (("R1", "RAISED", "2024-06-14 08:06"),),
        (("R1", "harm: high, register RHRH of 2024-06-14"),),
        "nobody",
    ),
    Sample(
        "contact_history",
        "make-recall-decision-api/contact-history.json",
        "No level in all these contacts; MAPPA level 3, category 3, typed in two months late, and then tier A-2; the "
        "responsible officer is Unallocated; a Management Oversight contact that says nothing of what was found "
        "attaches and ends nothing",
        (
            ("R13", "RAISED", "2021-09-02 16:00"),
            ("R5", "RAISED", "2022-05-05 16:45"),
            ("R5", "JOINED", "2022-05-05 16:45"),
        ),
        (("R5", "mappa MAPP (M3, M3)"), ("R13", "no assessment")),
        "a placeholder as case manager",
    ),
    Sample(
        "offender_managers",
        "court-case-service/GET_offender_managers_X320741.json",
        "A community offender manager, and a prison offender manager who is unallocated (BEDUATU): neither is a "
        "manager, and no level is known: an arrest is told",
        (
            ("R13", "RAISED", "2018-05-29 16:00"),
            ("R2", "RAISED", "2019-01-02 11:00"),
            ("R7", "RAISED", "2019-01-16 17:00"),
        ),
        (("R2", "the level is unknown and no manager is attached"),),
        "a placeholder as case manager (BEDUATU); a case manager alone (SH0007)",
        arrests=("2019-01-02 11:00",),
    ),
    Sample(
        "allocation",
        "hmpps-probation-integration-services/reallocation-event-allocation-body-spo-oversight.json",
        "A practitioner and the SPO who signed the allocation, on the day on which a high level was assessed: a "
        "manager is attached; the SPO's notes on the allocation are no oversight of the level",
        (("R9", "RAISED", "2022-08-11 16:00"),),
        (("R9", "the countersignature of 2022-07-28 is none"),),
        "SPO N02ABSX",
    ),
    Sample(
        "open_assessment",
        "hmpps-probation-integration-services/A000021-risk-change-medium-rosh.json",
        "An open assessment that says medium: it sets no level, and unknown is not low: an arrest is told",
        (
            ("R2", "RAISED", "2023-12-06 12:00"),
            ("R7", "RAISED", "2023-12-20 17:00"),
            ("R13", "RAISED", "2023-12-28 17:00"),
        ),
        (("R13", "the latest assessment (2023-12-05, open) gives none"),),
        "nobody",
        arrests=("2023-12-06 12:00",),
    ),
    Sample(
        "summary",
        "hmpps-assess-risks-and-needs/ordsAssessmentRoshSummary.json",
        "High risk to staff in the community, very high in custody: raised by what holds in the community",
        (("R1", "RAISED", "2024-12-19 16:57"),),
        (("R1", "the level is raised (staff: high, assessed 2024-12-19)"),),
        "nobody",
    ),
    Sample(
        "same_day_pair",
        "hmpps-assess-risks-and-needs/ordsAssessmentTimeline.json",
        "Two assessments of one day, the later locked incomplete and all null: the complete one counts, in any order",
        (("R1", "RAISED", "2022-06-09 23:00"),),
        (("R1", "harm: high, assessed 2022-06-09"),),
        "nobody",
    ),
)

OWN: tuple[Sample, ...] = (
    Sample(
        "registrations",
        "registrations.json",
        "Vulnerable (RVLN), weapons (WEAP), low risk of harm (RLRH), and a high one (RHRH) that ended: known to be "
        "low, and an arrest is not told. Once the review of RLRH is overdue, on 5 January 2026, it says nothing of now",
        (
            ("R2", "RAISED", "2026-01-05 00:00"),
            ("R8", "RAISED", "2026-01-05 00:00"),
            ("R2", "JOINED", "2026-01-10 12:00"),
            ("R7", "RAISED", "2026-01-13 17:00"),
            ("R7", "JOINED", "2026-01-23 17:00"),
        ),
        (("R2", "the level is stale"),),
        "nobody",
        ("2025-12-29 12:00", "2026-01-10 12:00"),
    ),
    Sample(
        "mappa_and_rosh",
        "mappa-and-rosh.json",
        "High risk of harm (RHRH) after a very high one (RVHR) that ended on the same day: raised as high; MAPPA level "
        "2 a fortnight later: a classification that needs a manager",
        (("R1", "RAISED", "2026-01-19 00:00"), ("R5", "RAISED", "2026-02-02 00:00")),
        (("R1", "harm: high, register RHRH of 2026-01-19"), ("R5", "mappa MAPP (M2, M2)")),
        "nobody",
    ),
    Sample(
        "registration_added",
        "registration-added.yaml",
        "Very high risk of harm (RVHR), with dates as Java writes them in winter: raised, and needs a manager",
        (("R1", "RAISED", "2026-01-13 16:17"), ("R5", "RAISED", "2026-01-13 16:17")),
        (("R1", "harm: very-high, register RVHR of 2026-01-13"), ("R5", "register RVHR")),
        "nobody",
    ),
    Sample(
        "contact_history",
        "contact-history.json",
        "No level in all these contacts; the responsible officer is Unallocated; MAPPA level 2, typed in two months "
        "late, and tier A-1; a note of oversight that only speaks of a tier sets none, and ends nothing",
        (
            ("R13", "RAISED", "2025-10-28 17:00"),
            ("R5", "RAISED", "2026-02-02 10:05"),
            ("R5", "JOINED", "2026-02-02 10:06"),
        ),
        (("R5", "mappa MAPP (M2, M1)"), ("R13", "no assessment")),
        "a placeholder as case manager",
    ),
    Sample(
        "offender_managers",
        "offender-managers.json",
        "A community offender manager who is unallocated (…U), a prison offender manager, and an inactive code "
        "(…IAVU): none is a manager, and no level is known: an arrest is told",
        (
            ("R13", "RAISED", "2025-12-01 17:00"),
            ("R2", "RAISED", "2025-12-09 11:00"),
            ("R7", "RAISED", "2025-12-23 17:00"),
        ),
        (("R2", "the level is unknown and no manager is attached"),),
        "an inactive placeholder as case manager (Z99IAVU); a case manager alone (Z99P001); a placeholder as case "
        "manager (Z99UATU)",
        ("2025-12-09 11:00",),
    ),
    Sample(
        "allocation",
        "allocation-with-spo-oversight.json",
        "A practitioner and the SPO who signed the allocation, half an hour before a high level is assessed: a manager "
        "is attached; the SPO's notes on the allocation are no oversight of the level",
        (("R9", "RAISED", "2026-01-27 17:00"),),
        (("R9", "the countersignature of 2026-01-13 is none"),),
        "SPO Z99B009",
    ),
    Sample(
        "open_assessment",
        "open-assessment-high.json",
        "An open assessment that says high: it sets no level, neither raised nor low; an arrest is told",
        (
            ("R2", "RAISED", "2026-01-13 12:00"),
            ("R7", "RAISED", "2026-01-27 17:00"),
            ("R13", "RAISED", "2026-02-02 17:00"),
        ),
        (("R13", "the latest assessment (2026-01-12, open) gives none"),),
        "nobody",
        ("2026-01-13 12:00",),
    ),
    Sample(
        "summary",
        "rosh-summary.json",
        "Very high risk to children in the community, and to staff in custody alone: raised by the first",
        (("R1", "RAISED", "2026-01-14 15:16"),),
        (("R1", "the level is raised (children: very-high, assessed 2026-01-14)"),),
        "nobody",
    ),
    Sample(
        "summary",
        "rosh-summary-custody-alone.json",
        "Low and medium in the community, high and very high in custody alone: known to be lower, an arrest is not "
        "told, and asks for a review",
        (("R7", "RAISED", "2026-01-29 17:00"),),
        arrests=("2026-01-15 12:00",),
    ),
    Sample(
        "summary",
        "rosh-summary-all-null.json",
        "All null: no level, so that an arrest is told",
        (
            ("R2", "RAISED", "2026-01-15 12:00"),
            ("R7", "RAISED", "2026-01-29 17:00"),
            ("R13", "RAISED", "2026-02-04 17:00"),
        ),
        (("R2", "the level is unknown"),),
        "nobody",
        ("2026-01-15 12:00",),
    ),
    Sample(
        "same_day_pair",
        "assessment-timeline.json",
        "Two assessments of one day, the later locked incomplete and all null: the complete one counts, in any order",
        (("R1", "RAISED", "2025-12-02 00:00"),),
        (("R1", "harm: high, assessed 2025-12-01"),),
        "nobody",
    ),
)
