"""What registers say of a level, beside the assessments (P1, P6)."""

from __future__ import annotations

from streams.circumstances import ClassificationState
from streams.events import CaseEvent
from tests.unit.casebook import MS, T0, all_low, assessed, day, levels, passed, police
from tests.unit.table_book import ARREST, CLEARED1, HIGH, LOW, R1, R2, WEEKS_55, classified
from tests.unit.tables.shape import Example, Table, Told, pairs

RHRH = classified(T0, "RHRH")
TWO_ARRESTS = (ARREST, police(day(2), name="p2"))
R3 = pairs("R3", "RAISED")
_ALL_LOW = tuple(classified(T0, code, level="RSKL") for code in ("RCHD", "REG15", "REG17", "AV2S"))


def _group(code: str, domain: str) -> Example:
    return Example(
        f"register {code} with level code RSKH says that the risk to {domain.replace('-', ' ')} is high",
        (classified(T0, code, level="RSKH"),),
        (R1,),
        levels=(f"{domain}: high, register {code} of 2026-03-02",),
    )


def _says(
    says: str, *events: CaseEvent, told: Told = (), level: str | None = None, notes: str | None = None
) -> Example:
    return Example(says, events, told, levels=(level,) if level else (), notes=(notes,) if notes else ())


REGISTERS = Table(
    "Registers say a level, too",
    ("P1", "P6"),
    "A registration in force says the level of a domain. Where it disagrees with an assessment, the higher counts and "
    "both are shown. One that says that the risk is raised stands whatever its review date; one that says that it is "
    "lower says so until its review is due.",
    (
        _says("RHRH: harm is high", RHRH, told=(R1,), level="harm: high, register RHRH of 2026-03-02"),
        _says(
            "RVHR: harm is very high",
            classified(T0, "RVHR"),
            told=(R1,),
            level="harm: very-high, register RVHR of 2026-03-02",
        ),
        _says(
            "RMRH: harm is medium, which is known to be lower: an arrest is not told", classified(T0, "RMRH"), ARREST
        ),
        _says(
            "RMRH: one below the threshold, so two arrests are rising", classified(T0, "RMRH"), *TWO_ARRESTS, told=R3
        ),
        _says("RLRH: harm is low, which is known to be lower: an arrest is not told", classified(T0, "RLRH"), ARREST),
        _says("RLRH: two below the threshold, so two arrests are not rising", classified(T0, "RLRH"), *TWO_ARRESTS),
        _group("RCHD", "children"),
        _group("REG15", "known-adult"),
        _group("REG16", "prisoners"),
        _group("REG17", "public"),
        _group("AV2S", "staff"),
        _says(
            "level code RSKV: very high",
            classified(T0, "REG17", level="RSKV"),
            told=(R1,),
            level="public: very-high, register REG17 of 2026-03-02",
        ),
        _says(
            "level code RSKM: medium, which is one below the threshold",
            LOW,
            classified(T0, "REG17", level="RSKM"),
            *TWO_ARRESTS,
            told=R3,
        ),
        _says("level code RSKL of all four groups: the picture is whole and low", *_ALL_LOW, *TWO_ARRESTS),
        _says("a register by group without a level code says no level", classified(T0, "REG17"), ARREST, told=(R2,)),
        _says("the register HREG of what once was says no level", classified(T0, "HREG"), ARREST, told=(R2,)),
        _says("a register of something else says no level", classified(T0, "ALSH"), ARREST, told=(R2,)),
        _says(
            "an assessment says low and RHRH says high: the higher counts, and that they disagree is noted",
            assessed(T0, levels(harm="low")),
            RHRH,
            told=(R1,),
            notes="assessment and register disagree about harm: the higher counts",
        ),
        _says(
            "an assessment says high and RLRH says low: the higher counts",
            classified(T0, "RLRH"),
            assessed(T0, levels(harm="high")),
            told=(R1,),
            notes="disagree",
        ),
        _says(
            "an assessment that is silent lowers no register", RHRH, assessed(day(1), levels(public=None)), told=(R1,)
        ),
        _says(
            "a low assessment does not lower a register that is in force", RHRH, assessed(day(1), all_low()), told=(R1,)
        ),
        _says(
            "RHRH whose review is long overdue stands",
            classified(T0, "RHRH", review_due=day(1)),
            passed(day(500)),
            told=(R1,),
        ),
        _says(
            "RLRH 1 ms before its review is due is known",
            classified(T0, "RLRH", review_due=day(9)),
            police(day(9) - MS),
        ),
        _says(
            "RLRH whose review is due says nothing any more",
            classified(T0, "RLRH", review_due=day(9)),
            police(day(9)),
            told=(R2,),
        ),
        _says(
            "RLRH without a review date turns stale as an assessment does",
            classified(T0, "RLRH"),
            police(T0 + WEEKS_55),
            told=(R2,),
        ),
        _says(
            "RHRH that was ended clears R1",
            RHRH,
            classified(day(1), "RHRH", state=ClassificationState.ENDED),
            told=(R1, CLEARED1),
        ),
        _says(
            "RHRH that was deleted clears R1",
            RHRH,
            classified(day(1), "RHRH", state=ClassificationState.DELETED),
            told=(R1, CLEARED1),
        ),
        _says(
            "RHRH that was deleted leaves the level unknown, not low",
            RHRH,
            classified(day(1), "RHRH", state=ClassificationState.DELETED),
            police(day(2)),
            told=(R1, CLEARED1, R2),
        ),
        _says(
            "RHRH ended, told the other way round", classified(day(1), "RHRH", state=ClassificationState.ENDED), RHRH
        ),
        _says("RHRH joins what an assessment raised", HIGH, RHRH, told=(R1, ("R1", "JOINED"))),
        _says("RHRH 1 ms before its end stands", classified(T0, "RHRH", ended=day(5)), passed(day(5) - MS), told=(R1,)),
        _says("RHRH at its end clears R1", classified(T0, "RHRH", ended=day(5)), passed(day(5)), told=(R1, CLEARED1)),
    ),
    ("R1", "R2", "R3"),
)
