"""The table of settings: every one is declared here once, and nowhere else.

A field is the whole declaration: its section and name, its type, default and bounds, whether it is a secret, and in the
docstring below it what it means. ``agents.settings`` reads them; ``docs/settings.md`` is written from them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, SecretStr, field_validator
from pydantic_core import PydanticCustomError

_ADDRESS = r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):\d{1,5}"


class Section(BaseModel):
    """One section of the settings: frozen, and without a name that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @field_validator("*", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        """Take what TOML has typed as the text that a variable would have. Else a whole number could be ``true``."""
        return str(value) if isinstance(value, bool | int | float) else value


def _formed(pattern: str, form: str) -> Any:
    """A text that has this pattern, which ``form`` says in words: what is refused is not quoted."""
    return Field(pattern=pattern, json_schema_extra={"form": form})


Brokers = Annotated[str, _formed(rf"^{_ADDRESS}(\s*,\s*{_ADDRESS})*$", "host:port, with commas between several")]
Prefix = Annotated[str, _formed(r"^[A-Za-z0-9._-]{0,60}$", "at most 60 of letters, digits, dot, dash and underscore")]
Address = Annotated[str, _formed(r"^((https?|mock)://[^\s@]+)?$", "an http or https address without a password in it")]


def _there(file: str) -> str:
    if file and not Path(file).is_file():
        raise PydanticCustomError("no_file", "name a file that is there, or leave it empty")
    return file


OwnFile = Annotated[str, AfterValidator(_there)]
"""The path of a file that is there; empty: none."""


class KafkaSettings(Section):
    """Which cluster, and which part of it is ours."""

    bootstrap: Brokers = "127.0.0.1:9092"
    """Brokers to ask first, host:port, with commas between them."""
    namespace: Prefix = ""
    """Set in front of every topic, consumer group and transactional id: several installations may share a cluster."""


class SecuritySettings(Section):
    """How we prove who we are to the brokers, and they to us."""

    tls: bool = False
    """Speak TLS with the brokers."""
    ca_file: OwnFile = ""
    """Certificates of the authorities we trust (PEM); empty: those of the system."""
    certificate_file: OwnFile = ""
    """Our own certificate (PEM), where brokers ask for one."""
    key_file: OwnFile = ""
    """The key of our own certificate (PEM)."""
    key_password: SecretStr = SecretStr("")
    """What opens the key."""
    check_hostname: bool = True
    """Refuse a broker whose certificate names another host."""
    mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = ""
    """SASL mechanism; empty: no user name and password."""
    username: str = ""
    """SASL user name."""
    password: SecretStr = SecretStr("")
    """SASL password."""
    allow_plaintext_credentials: bool = False
    """Send a SASL password without TLS. For tests on one machine only."""


class WorkerSettings(Section):
    """How the work is done."""

    processes: int = Field(default=1, ge=1, le=64)
    """Worker processes that one supervisor keeps running."""
    store: Literal["memory", "disk"] = "memory"
    """Where states are held between runs: memory, rebuilt from the log at a start, or on disk as well."""
    data: str = ".data"
    """Folder of the store on disk, and of locks that tell one machine's processes apart."""
    run: int = Field(default=1000, ge=1, le=100_000)
    """Records of each step in one transaction at most."""
    linger_ms: int = Field(default=8, ge=0, le=10_000)
    """After a small transaction: the least time until the next, in milliseconds. Records gather meanwhile."""
    patience_s: FiniteFloat = Field(default=60.0, ge=1.0)
    """A worker that makes no progress for this many seconds ends itself."""
    session_s: FiniteFloat = Field(default=10.0, ge=6.0, le=300.0)
    """A worker unheard of for this many seconds loses its partitions to others."""


class BreakerSettings(Section):
    """When a feed that turns bad is held, position unmoved, until a person says go on."""

    run: int = Field(default=250, ge=1)
    """Bad records in a row that hold their source."""
    share: FiniteFloat = Field(default=0.5, ge=0.01, le=1.0)
    """Share of bad records in the window that holds their source."""
    window: int = Field(default=1000, ge=1)
    """Records over which the share is taken."""


class MetricsSettings(Section):
    """Where Prometheus and the health checks look."""

    host: str = "127.0.0.1"
    """Address that metrics and health are served on."""
    port: int = Field(default=9808, ge=0, le=65_535)
    """Port of metrics and health; each further process takes the next one."""


class RegistrySettings(Section):
    """The schema registry, where there is one."""

    url: Address = ""
    """Schema registry; empty: none, and records carry Avro single-object encoding."""


class FilesSettings(Section):
    """Files of the operator's own in place of the defaults that travel with the program."""

    policy: OwnFile = ""
    """The policy file."""
    offences: OwnFile = ""
    """The table of serious offences (CSV)."""
    topics: OwnFile = ""
    """The declaration of topics."""


class BrokerSettings(Section):
    """The broker that ``raised-risk broker`` starts for demo, tests and laptops."""

    data: str = ".data/kafka"
    """Folder of its logs and data."""
    java: str = ""
    """The java program to run it with; empty: the one that pip brought."""
    jars: str = ""
    """Folder of Kafka's jars; empty: fetched once, held to the locked checksums."""


class LogsSettings(Section):
    """What the program says on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least serious events that are logged."""
