"""The files that operators start from: Kubernetes by its schema, systemd by its words, the wheel by its content."""

from __future__ import annotations

import configparser
import subprocess
import sys
import zipfile
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


def test_the_wheel_carries_the_defaults_of_deploy(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    wanted = {
        "agents/_deploy/policy.toml",
        "agents/_deploy/topics.toml",
        "agents/_deploy/serious_offences.csv",
        "agents/_deploy/broker/jgo.lock.toml",
        "schemas/police_notification.avsc",
        "raised_risk-0.1.0.dist-info/licenses/LICENSE",
    }
    assert wanted <= set(names)
    assert {name.split("/")[0] for name in names} <= {"streams", "schemas", "agents", "raised_risk-0.1.0.dist-info"}
