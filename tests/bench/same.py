"""Whether this checkout emits the same escalations as an earlier revision: over a simulated year, record by record.

    python tests/bench/same.py --events 20000

The synthetic feeds, with links, merges, erasures and acts among them, are laid over a year and folded by both trees.
Every second case hears of its deadlines in time, the others with their next event. A person answers about half of
what is raised: acknowledges, puts aside, oversees with and without actions, claims, confirms, reopens. What cases tell
each other goes back into the log. Records are compared in every field but those in ``LEFT``, files in every field but
those in ``APART``. The two trees never see each other's code: each writes hashes, and these are compared. The older one
is compared with its named defects mended (``mends.py``); how many cases each of them touched is said.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from heapq import heapify, heappop, heappush
from itertools import count, islice
from pathlib import Path
from typing import Any

import click
import msgspec
from judging import judging
from msgspec.structs import replace
from trees import HERE, WORKTREES, Tree, both

from agents import wire
from agents.bank_holidays import england_and_wales
from agents.topics import CASE_ACTS, OVERSIGHT_RECORDS
from streams.acts import Act, ActKind, Evidence, RequiredAction
from streams.circumstances import GivenBack, TakenOver
from streams.events import CaseEvent, CaseId, DeadlinePassed, Fact, Origin, Oversight, OversightKind, Times, content_of
from streams.faults import Unfoldable
from streams.step import step

LEFT = frozenset({"reason", "notes", "entry", "previous", "hash", "events_head"})
"""Fields of a record that follow from its words, or from the schedule in the file by way of the chains."""
APART = frozenset({"brief", "schedule", "chain", "closed", "events"})
"""What stands otherwise in a file: the schedule, the heads of the chains, until when the file remembers a closed
escalation that can be reopened no more, and how many events have changed it (a deadline at which nothing was due is no
longer set)."""
JUMP = 160
"""What an escalation of d77cc08 jumped in its revision, or a multiple, each time that it moved with its case.

Now it goes on by one, and where its case lives again it has a new id (``Escalation.formerly`` has those of before). So
revisions are compared without the jumps, and ids as the first one was; people answer under that first one, which both
trees know.
"""
NOW_CALLED = {"items": "open", "floors": "watermarks", "frozen": "suspended"}
START, YEAR, A_PART = datetime(2025, 10, 1, 8, tzinfo=UTC), timedelta(days=365), 10_000


def made(events: int) -> Iterator[list[CaseEvent]]:
    """Parts of the year, each of cases of its own, in the order of their receipt."""
    from load import from_feeds  # of this checkout alone: the older revision has no such room
    from year import laid_out

    for part in range(-(-events // A_PART)):
        few = list(islice(from_feeds(11 + part, A_PART, circumstances=0.12, acts=0.03), min(A_PART, events)))
        whole = laid_out(few, START, len(few))
        yield sorted((event for case in whole.values() for _, event in case), key=lambda one: one.times.received)


def number_of(*parts: object) -> int:
    """A number that looks random and is the same in both trees."""
    return int.from_bytes(blake2b("/".join(map(str, parts)).encode(), digest_size=5).digest())


def answers(record: Any, first: str, at: datetime) -> Iterator[CaseEvent]:
    """What a person does about a record, by a number that both trees agree about.

    ``first``: its escalation's first id.
    """
    revision = record.revision % JUMP
    kind = number_of(record.case_id, record.rule, revision) % 12
    name, hours = f"{record.rule}.{revision}.{at:%m%d%H%M%S%f}", timedelta(hours=1 + kind * 7)
    origin = Origin(CASE_ACTS, 0, number_of(record.case_id, name))

    def said(fact: Fact, when: datetime, what: str) -> CaseEvent:
        times = Times(when, when, when)
        return CaseEvent(CaseId(record.case_id), origin, f"{what}/{name}", content_of(fact, when), times, fact)

    def acted(what: ActKind, when: datetime, by: str = "N07B777", **more: Any) -> CaseEvent:
        return said(Act(f"{what}/{name}", what, by, "SPO", first, **more), when, what)

    if kind >= 6:
        return
    at += hours
    if kind == 0:
        yield acted(ActKind.SUPPRESSED, at, reason="AWAITING_TRANSFER", until=at + timedelta(days=5))
        at += timedelta(days=12)
    yield acted(ActKind.ACKNOWLEDGED, at)
    if kind == 1:
        return
    at += hours
    asked = (RequiredAction("a1", "REVIEW", "N07A001", "PO", at + timedelta(days=9)),) if kind in (2, 3) else ()
    seen = Oversight(
        name, OversightKind.CASE_DISCUSSION, "N07B777", "SPO", escalation=first,
        practice_assessed=True, actions=asked, none_needed=None if asked else "PLAN_IN_PLACE",
    )  # fmt: skip
    yield replace(said(seen, at, "oversight"), origin=replace(origin, topic=OVERSIGHT_RECORDS))
    if asked:
        yield acted(ActKind.CLAIMED, at + timedelta(days=4), "N07A001", action="a1")
        yield acted(ActKind.CONFIRMED, at + timedelta(days=5), action="a1", evidence=Evidence.DOCUMENT)
    if kind == 4:
        yield acted(ActKind.REOPENED, at + timedelta(days=3), reason="NEW_CONCERN")


def hashed(value: Any) -> str:
    return blake2b(msgspec.json.encode(msgspec.to_builtins(value), order="sorted"), digest_size=8).hexdigest()


def as_before(name: str, value: Any, first: dict[str, str]) -> Any:
    """A field of a file with its escalations under their first ids, and their revisions without jumps."""
    if name in ("open", "items", "suspended", "frozen"):
        return [_as_before(one, first) for one in value]
    if name == "absorbed":
        return [_absorbed_before(*msgspec.to_builtins(one), first=first) for one in value]
    return value


def _absorbed_before(source: str, keys: list[str], ids: list[str], *more: Any, first: dict[str, str]) -> list[Any]:
    return [source, keys, [first.get(each, each) for each in ids], *more]


def _as_before(one: Any, first: dict[str, str]) -> list[Any]:
    said: list[Any] = msgspec.to_builtins(replace(one, id=first.get(one.id, one.id), revision=one.revision % JUMP))
    return said[:-1] if hasattr(one, "formerly") else said


class Families:
    """Cases that were merged, with one another; and whether a merge among them was undone."""

    def __init__(self) -> None:
        self._of: dict[str, set[str]] = {}
        self._undone: set[str] = set()

    def note(self, event: CaseEvent) -> None:
        """Note what an event says of them."""
        if isinstance(event.fact, (TakenOver, GivenBack)):
            both = self.of(event.case) | self.of(event.fact.source)
            self._of.update(dict.fromkeys(both, both))
            if isinstance(event.fact, GivenBack):
                self._undone.add(event.case)

    def of(self, case: str) -> set[str]:
        """A case and all that it was merged with."""
        return self._of.get(case, {case})

    def undone(self) -> list[str]:
        """The cases in whose family a merge was undone: from then on d77cc08 counted one escalation in two cases."""
        return sorted({case for one in self._undone for case in self.of(one)})


Folded = tuple[list[tuple[str, str, str, str]], dict[str, dict[str, str]], list[str], dict[str, set[str]]]
"""Case, hash, name and words of every record; hashes of the fields of every file; ``Families.undone``; and for each
defect that was mended the cases that it touched."""


def folded(events: list[CaseEvent], *, mend: bool = False) -> Folded:
    """What the imported tree makes of the events; ``mend``: it is the older one, and its named defects are mended."""
    touched: dict[str, set[str]] = {}
    if mend:
        from mends import mended  # of the older revision alone: it names what only that one has

        touched = mended()
    policies, files, records, ties = judging(england_and_wales()), dict[str, Any](), [], count()
    log = [(event.times.received, next(ties), event) for event in events]
    due: dict[str, datetime | None] = {}
    first: dict[str, str] = {}
    families = Families()
    heapify(log)

    def take(event: CaseEvent, at: datetime) -> None:
        try:
            done = step(files.get(event.case), event, policies, at)
        except Unfoldable:
            return
        families.note(event)
        files[event.case] = done.file
        if number_of(event.case) % 2 and done.file.due is not None and due.get(event.case) != done.file.due:
            when, fact = done.file.due, DeadlinePassed(done.file.due)
            passed = CaseEvent(
                event.case, Origin("deadline", 0, int(when.timestamp() * 1000)), f"deadline:{when.isoformat()}",
                content_of(fact, when), Times(when, None, when), fact,
            )  # fmt: skip
            heappush(log, (when, next(ties), passed))
        due[event.case] = done.file.due
        for one in (*done.file.closed, *getattr(done.file, "open", ()), *getattr(done.file, "suspended", ())):
            if formerly := getattr(one, "formerly", ()):
                first[one.id] = formerly[0]
        for record in done.escalations:
            id_ = first.get(record.escalation_id, record.escalation_id)
            said = {**record.record(), "escalation_id": id_, "revision": record.revision % JUMP}
            name = f"{record.case_id} {record.rule} {record.revision % JUMP} {record.change}"
            # What lives on in another case is told to be erased there alone (docs/decisions/one-case-counts.md).
            if record.change != "ERASED" or done.file.merged_into is None:
                hash_ = hashed({key: each for key, each in said.items() if key not in LEFT})
                records.append((record.case_id, hash_, name, record.reason))
            if at < START + YEAR and record.change in ("RAISED", "REOPENED", "CONDITION_RETURNED"):
                for answer in answers(record, id_, at):
                    heappush(log, (answer.times.received, next(ties), answer))
        for other in done.others:
            heappush(log, (at, next(ties), other))

    last = max(event.times.received for event in events)
    while log and log[0][0] <= last:
        at, _, event = heappop(log)
        if not isinstance(event.fact, DeadlinePassed) or due.get(event.case) == event.fact.due:
            take(event, at)
    made_of = {
        case: {
            NOW_CALLED.get(name, name): hashed(as_before(name, getattr(file, name), first))
            for name in file.__struct_fields__
        }
        for case, file in files.items()
    }
    return records, made_of, families.undone(), touched


def fold_in(tree: Tree, events: Path) -> Any:
    """The same, by a process that imports that tree."""
    out = events.with_suffix(f".{tree.name}")
    command = [sys.executable, str(HERE / "same.py"), "--fold", str(events), "--out", str(out)]
    command += ["--mend"] if tree.prefix else []
    subprocess.run(command, env=tree.environment({}), check=True)
    return msgspec.msgpack.decode(out.read_bytes())


@click.command()
@click.option("--events", default=20_000, help="How many, in parts of ten thousand with cases of their own.")
@click.option("--part", "parts", type=int, multiple=True, help="Only this part, the first being 0; may be repeated.")
@click.option("--fold", "path", type=click.Path(path_type=Path), hidden=True)
@click.option("--mend", is_flag=True, hidden=True)
@click.option("--out", type=click.Path(path_type=Path), hidden=True)
def main(events: int, parts: tuple[int, ...], path: Path | None, out: Path | None, *, mend: bool) -> None:
    """Compare, part by part; exit 1 where anything differs."""
    if path is not None and out is not None:
        some = [wire.case_event(value) for value in msgspec.msgpack.decode(path.read_bytes())]
        out.write_bytes(wire.encode(folded(some, mend=mend)))
        return
    found: dict[str, Counter[str]] = {"differences": Counter(), "where a merge was undone": Counter()}
    compared, aside, words, mended = 0, 0, Counter[str](), Counter[str]()
    for number, part in enumerate(made(events)):
        if parts and number not in parts:
            continue
        file = WORKTREES / f"same-{number}.events"
        now, was = both()
        file.write_bytes(wire.encode([wire.encode(event) for event in part]))
        records, files, undone, _ = fold_in(now, file)
        records_was, files_was, undone_was, touched = fold_in(was, file)
        apart = {*undone, *undone_was}
        mended.update({name: len(set(cases) - apart) for name, cases in touched.items()})
        by_case, by_case_was = of_each(records), of_each(records_was)
        compared, aside = compared + len(records_was), aside + len(apart)
        for case in sorted(files.keys() | files_was.keys()):
            differing = found["where a merge was undone" if case in apart else "differences"]
            ours, theirs = by_case.get(case, []), by_case_was.get(case, [])
            if [one[1] for one in ours] != [one[1] for one in theirs]:
                differing["records of a case"] += 1
                where = next(
                    (one[2] for one, other in zip(ours, theirs, strict=False) if one[1] != other[1]), "the end"
                )
                if case not in apart:
                    click.echo(f"  part {number}: {case}: {len(theirs)} records, now {len(ours)}; from {where} on")
            else:
                for one, before in zip(ours, theirs, strict=True):
                    words[one[2].split()[-3] + " " + one[2].split()[-1]] += one[3] != before[3]
            for name in files_was.get(case, {}).keys() | files.get(case, {}).keys():
                if name not in APART and files.get(case, {}).get(name) != files_was.get(case, {}).get(name):
                    differing[f"file: {name}"] += 1
                    if case not in apart:
                        click.echo(f"  part {number}: {case}: {name} in the file")
        click.echo(
            f"part {number}: {len(part):,} events, {len(records_was):,} records, {len(files_was):,} files, "
            f"{len(apart)} of them where a merge was undone"
        )
    if not compared:
        raise click.UsageError("nothing was compared: the parts are numbered from 0, ten thousand events each")
    click.echo(f"{compared:,} records compared; reasons in other words: {dict(+words)}")
    click.echo(f"cases of d77cc08 in which a named defect was mended: {dict(mended) or 'none'}")
    for what, many in found.items():
        click.echo(f"{what}{f' ({aside} cases)' if what != 'differences' else ''}: {dict(many) or 'none'}")
    sys.exit(1 if found["differences"] else 0)


def of_each(records: list[tuple[str, str, str, str]]) -> dict[str, list[tuple[str, str, str, str]]]:
    """The records of each case, in their order: of two cases those that are due at one moment may come either way."""
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for one in records:
        found.setdefault(one[0], []).append(one)
    return found


if __name__ == "__main__":
    main()
