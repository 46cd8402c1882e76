"""Whose work we stand on, and under which licences: the page is that of what is installed."""

from __future__ import annotations

import tomllib

import pytest

from tests.unit import notices_page
from tests.unit.notices_page import ROOT


def test_the_notices_are_those_of_what_is_installed() -> None:
    assert notices_page.PAGE.read_text(encoding="utf-8") == notices_page.text(), (
        "run: python -m tests.unit.notices_page"
    )


def test_a_group_of_jars_whose_licence_nobody_has_looked_up_is_no_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(notices_page._JARS, "org.yaml")
    with pytest.raises(KeyError, match=r"org\.yaml"):
        notices_page.text()


def test_the_licence_is_the_one_that_the_package_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "MIT"
    assert (
        (ROOT / "LICENSE")
        .read_text(encoding="utf-8")
        .startswith("MIT License\n\nCopyright (c) 2026 the raised-risk authors")
    )
