"""The papers for whoever works on this: they name what is there, and keep their form and their length."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from agents import topics, wire
from agents.queries import feed_files
from streams import faults
from streams.faults import Fault
from streams.rules import RULES
from tests.unit import naive_rules

ROOT = Path(__file__).parents[2]
DECISIONS = sorted(path for path in (ROOT / "docs/decisions").glob("*.md") if path.name != "README.md")
ARCHITECTURE = ROOT / "docs/architecture.md"
PAPERS = [
    *(ROOT / "CONTRIBUTING.md", ARCHITECTURE, ROOT / "docs/glossary.md", ROOT / "docs/decisions/README.md"),
    *DECISIONS,
]

README = ROOT / "README.md"
ESCALATION = ROOT / "schemas/escalation.avsc"

PRODUCT = [
    *(path for room in ("streams", "agents", "schemas") for path in sorted((ROOT / room).rglob("*.py"))),
    *sorted((ROOT / "schemas").glob("*.avsc")),  # those in schemas/past are never edited
    *(path for path in sorted((ROOT / "deploy").rglob("*")) if path.suffix in (".toml", ".yaml")),
    *(ROOT / "pyproject.toml", README, ROOT / "CHANGELOG.md"),
]
"""All that a change of the product may touch, tests and pages aside."""

CONSTANTS = {value: key for key, value in vars(topics).items() if isinstance(value, str)}
SHORT = {topic: name for name, topic in feed_files.NAMES.items()}
FEED_WORDS = {
    topic: {SHORT[topic], translate.__module__.rpartition(".")[2], CONSTANTS[topic], topic}
    for topic, translate in wire._OWN.items()
}
"""How each feed of our own is called: in the commands, by its module, its constant and its topic."""


def name(paper: Path) -> str:
    return paper.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("paper", PAPERS, ids=name)
def test_every_file_that_a_paper_names_is_there(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    links = [paper.parent / link for link in re.findall(r"\]\(([^)#:]+)\)", text)]
    named = [ROOT / path for path in re.findall(r"`((?:streams|agents|schemas|tests|docs|deploy)/[\w./-]+)`", text)]
    assert [path for path in (*links, *named) if not path.exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=name)
def test_every_command_that_a_paper_names_is_there(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    modules = [ROOT / f"{module.replace('.', '/')}.py" for module in re.findall(r"python -m (tests[\w.]+)", text)]
    assert [path for path in modules if not path.exists()] == []


@pytest.mark.parametrize("paper", DECISIONS, ids=name)
def test_a_decision_says_context_decision_and_consequence_on_one_page(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    assert re.findall(r"^#+ (.+)$", text, re.MULTILINE)[1:] == ["Context", "Decision", "Consequence"]
    assert 20 <= len(text.splitlines()) <= 60


def test_the_index_has_each_decision_in_a_line_under_its_own_title() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^- \[(.+)\]\((.+)\): .+$", index, re.MULTILINE)
    titles = {path.name: path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in DECISIONS}
    assert sorted((file, title) for title, file in lines) == sorted(titles.items())


def test_the_glossary_has_at_most_25_words_each_once_and_in_order() -> None:
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\| ([a-z ]+) \| [A-Z].+\. \|$", text, re.MULTILINE)
    assert len(words) == text.count("\n| ") - 1  # all rows but the head
    assert 0 < len(words) <= 25
    assert words == sorted(set(words))


def listed(title: str) -> set[str]:
    """The places that the architecture's page lists under a title."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    section = re.split(r"^##+ ", text.split(f"### {title}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    return {
        place
        for row in re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
        for place in re.findall(r"`([^`]+)`", row)
    }


def code(path: Path) -> str:
    """What a file says to the program: a module without comments and docstrings, TOML and YAML without comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text if path.suffix in (".md", ".avsc") else re.sub(r"#.*", "", text)
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [each for each in body if not _is_text(each)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_the_architecture_is_a_page_of_its_length_and_names_every_room() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    assert 120 <= len(text.splitlines()) <= 210
    rooms = set(re.findall(r"`([\w./]+)`", text[text.index("## The rooms") : text.index("## The way of one event")]))
    there = {path for room in ("streams", "agents") for path in (ROOT / room).glob("[!_]*")}
    assert {name(path) for path in there if path.is_dir() or path.suffix == ".py"} <= {
        room.rstrip("/") for room in rooms
    }


def test_the_list_of_places_for_a_new_rule_is_complete() -> None:
    """Wherever the program, its files or its front pages name a rule by its id, a new rule may have to be named."""
    ids = "|".join(sorted((rule.id for rule in RULES), key=len, reverse=True))
    naming = re.compile(rf"\b({ids})\b|f'R\{{")  # or where the ids are counted off
    found = {name(path) for path in PRODUCT if naming.search(code(path))}
    assert "streams/rules/__init__.py" in found
    assert found <= listed("Add a rule")
    assert set(naive_rules.NAMES) == {rule.id for rule in RULES}


NUMBERS = {12: "twelve", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen", 17: "seventeen"}


@pytest.mark.parametrize("page", [README, ARCHITECTURE], ids=name)
def test_a_page_that_counts_the_rules_counts_them_right(page: Path) -> None:
    counted = re.findall(rf"\b({'|'.join(NUMBERS.values())}) rules\b", page.read_text(encoding="utf-8"), re.IGNORECASE)
    assert [word.lower() for word in counted] == [NUMBERS[len(RULES)]]


def test_every_rule_has_its_row_in_the_readme_and_the_schema_names_the_last() -> None:
    rows = re.findall(r"^\| (R\d+(?:, R\d+)*) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    ids = [id_ for row in rows for id_ in row.split(", ")]
    assert ids == sorted((rule.id for rule in RULES), key=lambda id_: int(id_[1:]))
    assert f"R1 to {ids[-1]}." in ESCALATION.read_text(encoding="utf-8")


def test_the_list_of_places_for_a_new_feed_is_complete() -> None:
    """Wherever all feeds of our own are named, comments and help included, a new one must be named, too."""
    naming = [re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, words))})(?!\w)") for words in FEED_WORDS.values()]
    found = {name(path) for path in PRODUCT if all(each.search(path.read_text(encoding="utf-8")) for each in naming)}
    assert "agents/wire.py" in found
    assert found <= listed("Add a feed")


KINDS = [kind for kind in Fault.__subclasses__() if kind.__module__ == faults.__name__]
"""What a record can be at fault for. A defect of the program (``unexpected``) can show anywhere."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_page_says_wherever_a_record_is_found_to_be_at_fault(kind: type[Fault]) -> None:
    (row,) = re.findall(rf"^\| `{kind.__name__.lower()}` \|.*", ARCHITECTURE.read_text(encoding="utf-8"), re.MULTILINE)
    places = re.findall(r"`(\w+/[\w/.]+)`", row)
    found = [name(path) for path in PRODUCT if re.search(rf"(?<!class )\b{kind.__name__}\(", code(path))]
    assert found
    assert [path for path in found if not path.startswith(tuple(places))] == []


def test_contributing_is_read_in_one_go() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 150
