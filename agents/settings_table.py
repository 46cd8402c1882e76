"""The table of settings: every one is declared here once, and nowhere else.

A field is the whole declaration: its section and name, its type, default and meaning, its bounds, and whether it is a
secret. ``agents.settings`` reads and checks them; ``docs/settings.md`` is written from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

T = TypeVar("T")
_ADDRESS = r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):\d{1,5}"


@dataclass(frozen=True)
class Rule:
    """What is said of a setting beside its name, type and default."""

    meaning: str
    secret: bool = False
    least: float | None = None
    most: float | None = None
    shape: str = ""
    shaped: str = ""  # the shape in words
    is_file: bool = False


def says(default: T, meaning: str, **more: Any) -> T:
    """Declare a setting: its default and its meaning; ``more`` are the other fields of ``Rule``."""
    rule = Rule(meaning, **more)
    return field(default=default, repr=not rule.secret, metadata={"rule": rule})


@dataclass(frozen=True)
class Kafka:
    """Which cluster, and which part of it is ours."""

    bootstrap: str = says(
        "127.0.0.1:9092",
        "Brokers to ask first, host:port, with commas between them.",
        shape=rf"{_ADDRESS}(\s*,\s*{_ADDRESS})*",
        shaped="host:port, with commas between several",
    )
    namespace: str = says(
        "",
        "Set in front of every topic, consumer group and transactional id: several installations may share a cluster.",
        shape=r"[A-Za-z0-9._-]{0,60}",
        shaped="at most 60 of letters, digits, dot, dash and underscore",
    )


@dataclass(frozen=True)
class Security:
    """How we prove who we are to the brokers, and they to us."""

    tls: bool = says(False, "Speak TLS with the brokers.")
    ca_file: str = says("", "Certificates of the authorities we trust (PEM); empty: those of the system.", is_file=True)
    certificate_file: str = says("", "Our own certificate (PEM), where brokers ask for one.", is_file=True)
    key_file: str = says("", "The key of our own certificate (PEM).", is_file=True)
    key_password: str = says("", "What opens the key.", secret=True)
    check_hostname: bool = says(True, "Refuse a broker whose certificate names another host.")
    mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = says(
        "", "SASL mechanism; empty: no user name and password."
    )
    username: str = says("", "SASL user name.")
    password: str = says("", "SASL password.", secret=True)
    allow_plaintext_credentials: bool = says(False, "Send a SASL password without TLS. For tests on one machine only.")


@dataclass(frozen=True)
class Worker:
    """How the work is done."""

    processes: int = says(1, "Worker processes that one supervisor keeps running.", least=1, most=64)
    store: Literal["memory", "disk"] = says(
        "memory", "Where states are held between runs: memory, rebuilt from the log at a start, or on disk as well."
    )
    data: str = says(".data", "Folder of the store on disk, and of locks that tell one machine's processes apart.")
    run: int = says(1000, "Records of each step in one transaction at most.", least=1, most=100_000)
    linger_ms: int = says(
        8, "After a small transaction: how long records gather for the next, in milliseconds.", least=0, most=10_000
    )
    patience_s: float = says(60.0, "A worker that makes no progress for this many seconds ends itself.", least=1.0)
    session_s: float = says(
        10.0, "A worker unheard of for this many seconds loses its partitions to others.", least=6.0, most=300.0
    )


@dataclass(frozen=True)
class Breaker:
    """When a feed that turns bad is held, position unmoved, until a person says go on."""

    run: int = says(250, "Bad records in a row that hold their source.", least=1)
    share: float = says(0.5, "Share of bad records in the window that holds their source.", least=0.01, most=1.0)
    window: int = says(1000, "Records over which the share is taken.", least=1)


@dataclass(frozen=True)
class Metrics:
    """Where Prometheus and the health checks look."""

    host: str = says("127.0.0.1", "Address that metrics and health are served on.")
    port: int = says(9808, "Port of metrics and health; each further process takes the next one.", least=0, most=65_535)


@dataclass(frozen=True)
class Registry:
    """The schema registry, where there is one."""

    url: str = says(
        "",
        "Schema registry; empty: none, and records carry Avro single-object encoding.",
        shape=r"((https?|mock)://[^\s@]+)?",
        shaped="an http or https address without a password in it",
    )


@dataclass(frozen=True)
class Files:
    """Files of the operator's own in place of the defaults that travel with the program."""

    policy: str = says("", "The policy file.", is_file=True)
    offences: str = says("", "The table of serious offences (CSV).", is_file=True)
    topics: str = says("", "The declaration of topics.", is_file=True)


@dataclass(frozen=True)
class Broker:
    """The broker that ``raised-risk broker`` starts for demo, tests and laptops."""

    data: str = says(".data/kafka", "Folder of its logs and data.")
    java: str = says("", "The java program to run it with; empty: the one that pip brought.")
    jars: str = says("", "Folder of Kafka's jars; empty: fetched once, held to the locked checksums.")


@dataclass(frozen=True)
class Logs:
    """What the program says on standard error."""

    level: Literal["debug", "info", "warning", "error"] = says("info", "The least serious events that are logged.")
