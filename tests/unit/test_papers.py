"""The papers for whoever works on this: they name what is there, and keep their form and their length."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = sorted(path for path in (ROOT / "docs/decisions").glob("*.md") if path.name != "README.md")
PAPERS = [ROOT / "CONTRIBUTING.md", ROOT / "docs/glossary.md", ROOT / "docs/decisions/README.md", *DECISIONS]


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


def test_contributing_is_read_in_one_go() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 150
