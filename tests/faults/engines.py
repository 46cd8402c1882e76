"""What is put to the test: our worker, and three that must not pass.

exact      the program
unfenced   our lanes without the claim            } variant_process.py
unrefusing our lanes, claiming their group only   }
unplaced   our lanes without position             }
plain      Faust as its own guide shows           plain_process.py
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import plain_process
import verifier
from crew import python
from reading import Watcher
from scenarios import Plan, Scenario
from verifier import Record, Verdict

from schemas import Codec
from streams.policy import Policies

VARIANTS = {Scenario.RECOVERY_KILLED: "recovers", Scenario.AGENTS_RAISE: "clumsy"}
HERE = Path(__file__).parent


class Engine:
    """The program itself, in its variants."""

    whole = True  # the whole way, hearings and bad records included
    scenario: str | None = None  # the one in which its fault shows
    topics: Sequence[str] = verifier.READ

    def __init__(self, lacks: str = "", scenario: str | None = None) -> None:
        self._lacks, self.scenario = lacks, scenario

    def prepare(self, bootstrap: str, namespace: str) -> None:
        """Nothing to make beside the topics."""

    def command(self, plan: Plan, environment: Mapping[str, str]) -> list[str]:
        """What starts one worker, its number aside."""
        words = [word for word in (self._lacks, "slow" if plan.pace == "slow" else "") if word]
        words += [word for scenario, word in VARIANTS.items() if scenario is plan.scenario]
        if plan.scenario is Scenario.SUPERVISOR_KILLED:
            # A supervisor takes no number: the crew's goes unread.
            script = "import sys; from agents import settings, worker; sys.exit(worker.main(settings.load(), {}))"
            process = python(HERE / "variant_process.py", ",".join(words)) if words else None
            return python("-c", script.format(process))
        if words:
            return python(HERE / "variant_process.py", ",".join(words))
        return python("-m", "agents.process")

    def drained(self, watcher: Watcher, patience: float, tick: Callable[[], None]) -> str | None:
        """Wait until nothing is left to do."""
        return watcher.drained(patience, tick)

    def verify(
        self, logs: dict[str, list[Record]], counts: dict[str, int], codec: Codec, policies: Policies, until: datetime,
        *, two_versions: bool = False,
    ) -> Verdict:  # fmt: skip
        """What the books say. ``two_versions``: two revisions of the program wrote them, one after the other."""
        return verifier.verify(logs, counts, codec, policies, until, two_versions=two_versions)


class Plain(Engine):
    """Feeds, case events, files and escalations, on a Faust table."""

    whole = False
    topics = plain_process.TOPICS

    def command(self, plan: Plan, environment: Mapping[str, str]) -> list[str]:
        return python(HERE / "plain_process.py", plan.pace)

    def drained(self, watcher: Watcher, patience: float, tick: Callable[[], None]) -> str | None:
        return watcher.quiet(12, patience, tick)

    def verify(
        self, logs: dict[str, list[Record]], counts: dict[str, int], codec: Codec, policies: Policies, until: datetime,
        *, two_versions: bool = False,
    ) -> Verdict:  # fmt: skip
        return verifier.verify_cases(plain_process.in_our_words(logs), codec, policies)


ENGINES: Mapping[str, Engine] = {
    "exact": Engine(),
    "unfenced": Engine("unfenced", Scenario.FROZEN_WORKER),
    "unrefusing": Engine("unrefusing", Scenario.REGROUPED),
    "unplaced": Engine("unplaced", Scenario.KILLS),
    "plain": Plain("", Scenario.KILLS),
}
