"""The table of settings: every one is declared here once, and nowhere else.

A field is the whole declaration: its section and name, its type, default and meaning, its bounds, and whether it is a
secret. ``agents.settings`` reads them; ``docs/settings.md`` is written from them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, SecretStr, field_validator
from pydantic_core import PydanticCustomError

_ADDRESS = r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):\d{1,5}"


class Section(BaseModel):
    """One section of the settings: frozen, and without a name that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        """Take what TOML has typed as the text that a variable would have. Else a whole number could be ``true``."""
        return str(value) if isinstance(value, bool | int | float) else value


def says(default: Any, meaning: str, *, form: str = "", **more: Any) -> Any:
    """Declare a setting: its default and its meaning; ``form`` is its pattern in words, ``more`` as pydantic has it."""
    return Field(default, description=meaning, json_schema_extra={"form": form}, **more)


def _there(file: str) -> str:
    if file and not Path(file).is_file():
        raise PydanticCustomError("no_file", "name a file that is there, or leave it empty")
    return file


OwnFile = Annotated[str, AfterValidator(_there)]
"""The path of a file that is there; empty: none."""


class KafkaSettings(Section):
    """Which cluster, and which part of it is ours."""

    bootstrap: str = says(
        "127.0.0.1:9092",
        "Brokers to ask first, host:port, with commas between them.",
        pattern=rf"^{_ADDRESS}(\s*,\s*{_ADDRESS})*$",
        form="host:port, with commas between several",
    )
    namespace: str = says(
        "",
        "Set in front of every topic, consumer group and transactional id: several installations may share a cluster.",
        pattern=r"^[A-Za-z0-9._-]{0,60}$",
        form="at most 60 of letters, digits, dot, dash and underscore",
    )


class SecuritySettings(Section):
    """How we prove who we are to the brokers, and they to us."""

    tls: bool = says(False, "Speak TLS with the brokers.")
    ca_file: OwnFile = says("", "Certificates of the authorities we trust (PEM); empty: those of the system.")
    certificate_file: OwnFile = says("", "Our own certificate (PEM), where brokers ask for one.")
    key_file: OwnFile = says("", "The key of our own certificate (PEM).")
    key_password: SecretStr = says(SecretStr(""), "What opens the key.")
    check_hostname: bool = says(True, "Refuse a broker whose certificate names another host.")
    mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = says(
        "", "SASL mechanism; empty: no user name and password."
    )
    username: str = says("", "SASL user name.")
    password: SecretStr = says(SecretStr(""), "SASL password.")
    allow_plaintext_credentials: bool = says(False, "Send a SASL password without TLS. For tests on one machine only.")


class WorkerSettings(Section):
    """How the work is done."""

    processes: int = says(1, "Worker processes that one supervisor keeps running.", ge=1, le=64)
    store: Literal["memory", "disk"] = says(
        "memory", "Where states are held between runs: memory, rebuilt from the log at a start, or on disk as well."
    )
    data: str = says(".data", "Folder of the store on disk, and of locks that tell one machine's processes apart.")
    run: int = says(1000, "Records of each step in one transaction at most.", ge=1, le=100_000)
    linger_ms: int = says(
        8, "After a small transaction: how long records gather for the next, in milliseconds.", ge=0, le=10_000
    )
    patience_s: FiniteFloat = says(60.0, "A worker that makes no progress for this many seconds ends itself.", ge=1.0)
    session_s: FiniteFloat = says(
        10.0, "A worker unheard of for this many seconds loses its partitions to others.", ge=6.0, le=300.0
    )


class BreakerSettings(Section):
    """When a feed that turns bad is held, position unmoved, until a person says go on."""

    run: int = says(250, "Bad records in a row that hold their source.", ge=1)
    share: FiniteFloat = says(0.5, "Share of bad records in the window that holds their source.", ge=0.01, le=1.0)
    window: int = says(1000, "Records over which the share is taken.", ge=1)


class MetricsSettings(Section):
    """Where Prometheus and the health checks look."""

    host: str = says("127.0.0.1", "Address that metrics and health are served on.")
    port: int = says(9808, "Port of metrics and health; each further process takes the next one.", ge=0, le=65_535)


class RegistrySettings(Section):
    """The schema registry, where there is one."""

    url: str = says(
        "",
        "Schema registry; empty: none, and records carry Avro single-object encoding.",
        pattern=r"^((https?|mock)://[^\s@]+)?$",
        form="an http or https address without a password in it",
    )


class FilesSettings(Section):
    """Files of the operator's own in place of the defaults that travel with the program."""

    policy: OwnFile = says("", "The policy file.")
    offences: OwnFile = says("", "The table of serious offences (CSV).")
    topics: OwnFile = says("", "The declaration of topics.")


class BrokerSettings(Section):
    """The broker that ``raised-risk broker`` starts for demo, tests and laptops."""

    data: str = says(".data/kafka", "Folder of its logs and data.")
    java: str = says("", "The java program to run it with; empty: the one that pip brought.")
    jars: str = says("", "Folder of Kafka's jars; empty: fetched once, held to the locked checksums.")


class LogsSettings(Section):
    """What the program says on standard error."""

    level: Literal["debug", "info", "warning", "error"] = says("info", "The least serious events that are logged.")
