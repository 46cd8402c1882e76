"""Writes the values whose bytes are kept in tests/golden/structs (python -m tests.unit.golden_structs), never anew.

A release's bytes stay readable: where the shape of a value grows, the old bytes stay and are read by the new code, and
the new shape gets a file of its own (``….2.msgpack``). Beside each stands what it says, as JSON.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from streams.acts import ActKind, Evidence
from streams.case import CaseFile
from streams.circumstances import (
    ClassificationKind,
    ClassificationState,
    Classified,
    ComesOfAge,
    Erased,
    GivenBack,
    Linked,
    LinkedNews,
    Merged,
    Relation,
    Service,
    ServiceState,
    TakenOver,
    Unmerged,
)
from streams.events import (
    Assessed,
    AssessmentKind,
    AssessmentStatus,
    CaseEvent,
    CaseId,
    Cohort,
    OversightKind,
    PoliceKind,
    Restored,
    Withheld,
)
from streams.events import Oversight as OversightFact
from tests.unit.casebook import (
    SERIOUS,
    T0,
    YOUTH,
    act,
    all_low,
    assessed,
    day,
    deleted,
    event,
    hearing,
    holder,
    levels,
    overseen,
    oversight,
    passed,
    police,
    required,
    run,
)

FOLDER = Path(__file__).parent.parent / "golden" / "structs"
SHAPE = 5
"""Raised by whoever appends a field; what it does not change is not written again. 2: the judgement; facts of
circumstances, acts and the whole life of an escalation. 3: when each rule turns, and the edition of the rules. 4: the
schedule, in place of that.
"""


def latest(name: str) -> Path:
    """The golden bytes of that name that were written last."""
    return max(FOLDER.glob(f"{name}.[0-9]*.msgpack"), key=lambda path: int(path.name.split(".")[1]))


OTHER, THIRD, SIBLING = CaseId("crn:X320742"), CaseId("crn:X320743"), CaseId("youth:leeds/4712")


def _other_file() -> bytes:
    """The file of the case that is taken over: it brings a signal and an open escalation."""
    file, _ = run((police(day(7), name="other", case=OTHER),))
    return msgspec.msgpack.encode(file)


_SCREENED = Assessed(
    "screening-1",
    AssessmentKind.SCREENING,
    Cohort.ADULT,
    "RSR",
    AssessmentStatus.COMPLETE,
    day(1),
    day(1),
    levels(public="medium"),
    ("DOMESTIC_ABUSE", "SAFEGUARDING"),
)
_FOUND = OversightFact(
    "s1",
    OversightKind.CASE_DISCUSSION,
    "N07B123",
    "SPO",
    decision="PLAN_REVISED",
    practice_assessed=True,
    deficits=("PLAN_OUT_OF_DATE",),
    actions=(required("a1", day(12)),),
    variance="LATE_BY_A_DAY",
)
_REGISTER = Classified(
    "reg-1",
    ClassificationKind.REGISTER,
    "RVHR",
    "RSKV",
    "M2",
    ClassificationState.IN_FORCE,
    started=day(1),
    ended=day(300),
    review_due=day(90),
)

EVENTS: dict[str, CaseEvent] = {
    "case-event-assessed": assessed(T0, all_low(public="high", staff_custody="very-high", children=None), also=YOUTH),
    "case-event-allocation": holder(ended=day(30)),
    "case-event-oversight": oversight(forum="MARAC"),
    "case-event-court": hearing(T0, SERIOUS, None, application="Breach", remanded=True),
    "case-event-assessed-screening": event(_SCREENED, day(1), "assessments/rsr/s1"),
    "case-event-police": police(recorded=day(1), received=day(2)),
    "case-event-withheld": event(Withheld("q1", "intake", "bad dates"), day(2), "q1"),
    "case-event-restored": event(Restored("q1"), day(3), "q1"),
    "case-event-court-deleted": deleted(day(3), person="person-1"),
    "case-event-oversight-found": event(_FOUND, day(4), "oversight/delius/s1"),
    "case-event-act": act(
        day(5),
        ActKind.CLAIMED,
        action="a1",
        author="N07A001",
        grade="PO",
        evidence=Evidence.DOCUMENT,
        reason="DONE",
        until=day(6),
    ),
    "case-event-classified": event(_REGISTER, day(5), "circumstances/delius/reg-1"),
    "case-event-service": event(
        Service("srv-1", "BBR", ServiceState.REQUESTED, "PROVIDER_7", day(40)), day(6), "circumstances/delius/srv-1"
    ),
    "case-event-linked": event(
        Linked("link-1", SIBLING, Relation.SIBLING, held=True), day(6), "circumstances/d/link-1"
    ),
    "case-event-linked-news": event(
        LinkedNews(SIBLING, Relation.SIBLING, ("harm: high",), day(7)), day(7), f"linked-news/{SIBLING}"
    ),
    "case-event-comes-of-age": event(ComesOfAge(day(200)), day(7), "circumstances/delius/age"),
    "case-event-taken-over": event(TakenOver(OTHER, _other_file()), day(8), f"taken-over/{OTHER}"),
    "case-event-given-back": event(GivenBack(OTHER), day(20), f"given-back/{OTHER}"),
    "case-event-deadline": passed(day(30)),
    "case-event-merged": event(Merged(THIRD), day(32), "circumstances/delius/merged"),
    "case-event-unmerged": event(Unmerged(THIRD), day(33), "circumstances/delius/unmerged"),
    "case-event-forwarded": msgspec.structs.replace(
        police(day(34), name="p34"), matched_by="PNC", forwarded=(OTHER, SIBLING)
    ),
    "case-event-erased": event(Erased("N07B900", "ART_17"), day(400), "circumstances/delius/erased"),
}
"""One of every kind of fact, and more where a kind has fields that one alone would not show; in a history's order."""

_LIVING = tuple(
    one
    for name, one in EVENTS.items()
    if name not in ("case-event-given-back", "case-event-merged", "case-event-erased")
)


def _history() -> tuple[CaseEvent, ...]:
    """What the case file is the fold of: the golden events, and what else makes lists of it."""
    correction = police(kind=PoliceKind.CHARGE, recorded=day(3))
    late = assessed(day(4), (), status=AssessmentStatus.OPEN, name="a2")
    held = event(Withheld("q2", "cases", "another reason"), day(5), "q2")
    early = event(Merged(THIRD), day(9), "circumstances/delius/merged-early")
    undone = event(Unmerged(THIRD), day(10), "circumstances/delius/unmerged-early")
    answered = overseen(day(11), name="s2")
    history = (*_LIVING, correction, late, held, early, undone, answered)
    return tuple(sorted(history, key=lambda one: one.times.received))


def case_file() -> CaseFile:
    """A file with something in every list, and in every field of an escalation, but for what a merged case alone
    has.
    """
    file, _ = run(_history())
    open_escalations = {escalation.rule: escalation.id for escalation in file.open}
    answers = (
        act(day(34.1), ActKind.ACKNOWLEDGED, open_escalations["R1"]),
        act(day(34.2), ActKind.SUPPRESSED, open_escalations["R2"], reason="ABROAD", until=day(35)),
        overseen(day(34.3), escalation=open_escalations["R5"], name="s3"),
    )
    file, _ = run(answers, file=file)
    return file


def merged_file() -> CaseFile:
    """The same case merged into another: its open escalations lie frozen."""
    file, _ = run((event(Merged(THIRD), day(35), "circumstances/delius/merged"),), file=case_file())
    return file


def main() -> None:
    """Write what is not there yet."""
    values: dict[str, CaseEvent | CaseFile] = {
        **EVENTS,
        "case-file": case_file(),
        "case-file-merged": merged_file(),
    }
    for name, value in values.items():
        path, written = FOLDER / f"{name}.{SHAPE}.msgpack", msgspec.msgpack.encode(value)
        known = [*FOLDER.glob(f"{name}.[0-9]*.msgpack")] and latest(name).read_bytes()
        if written != known and not path.exists():
            path.write_bytes(written)
            path.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(value)) + b"\n")


if __name__ == "__main__":
    main()
