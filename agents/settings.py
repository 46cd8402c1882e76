"""The settings of the program: read from flags, environment, file and secrets, and checked all at once.

``agents.settings_table`` declares them. Of two sources that give a setting, the first of these wins: a flag; a variable
such as ``RAISED_RISK_KAFKA_BOOTSTRAP``; the settings file (``--settings``, else ``RAISED_RISK_SETTINGS``, else
``raised-risk.toml`` in the current folder), TOML with one table a section; a file in the folder that
``RAISED_RISK_SECRETS`` names, as Docker and Kubernetes mount secrets; the default. Values are frozen, and each knows
where it came from.
"""

from __future__ import annotations

import os
import ssl
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, PrivateAttr, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from agents import settings_table as table
from agents.errors import Misconfigured, Problem

PREFIX = "RAISED_RISK_"
FILE_VARIABLE = "RAISED_RISK_SETTINGS"
SECRETS_VARIABLE = "RAISED_RISK_SECRETS"
TESTS_PREFIX = "RAISED_RISK_TEST_"  # what the test suite is told that way is none of the program's
FILE_HERE = "raised-risk.toml"
MASK = "********"
DEFAULT = "default"
FLAG = "flag"
ENVIRONMENT = "environment"


class Settings(BaseModel):
    """All settings, frozen. ``load`` reads them; ``Settings()`` has the defaults, whatever the environment says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kafka: table.KafkaSettings = table.KafkaSettings()
    security: table.SecuritySettings = table.SecuritySettings()
    worker: table.WorkerSettings = table.WorkerSettings()
    breaker: table.BreakerSettings = table.BreakerSettings()
    metrics: table.MetricsSettings = table.MetricsSettings()
    registry: table.RegistrySettings = table.RegistrySettings()
    files: table.FilesSettings = table.FilesSettings()
    broker: table.BrokerSettings = table.BrokerSettings()
    logs: table.LogsSettings = table.LogsSettings()
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    def but(self, **sections: Mapping[str, Any]) -> Settings:
        """These settings with other values in some sections."""
        changed = {name: getattr(self, name).model_copy(update=values) for name, values in sections.items()}
        return self.model_copy(update=changed)

    def topic(self, name: str) -> str:
        """The topic ``name`` as this installation's cluster calls it."""
        return self.kafka.namespace + name

    def value(self, key: str) -> Any:
        """The value of ``section.name``."""
        return attrgetter(key)(self)

    def origin(self, key: str) -> str:
        """Where the value of ``section.name`` came from: flag, a variable's name, a file, or default."""
        return self._origins.get(key, DEFAULT)

    def remember(self, origins: Mapping[str, str]) -> None:
        """Keep where each value came from. For ``load`` alone."""
        self._origins.update(origins)

    def clients(self) -> dict[str, Any]:
        """What kafka-python and aiokafka alike need to reach the brokers (both take the same names).

        Raises SettingsFaults when certificate files cannot be read as such.
        """
        security = self.security
        options: dict[str, Any] = {
            "bootstrap_servers": [each.strip() for each in self.kafka.bootstrap.split(",")],
            "security_protocol": ("SASL_" if security.mechanism else "") + ("SSL" if security.tls else "PLAINTEXT"),
        }
        if security.tls:
            options["ssl_context"] = _context(security)
        if security.mechanism:
            options["sasl_mechanism"] = security.mechanism
            options["sasl_plain_username"] = security.username
            options["sasl_plain_password"] = security.password.get_secret_value()
        return options

    def variables(self) -> dict[str, str]:
        """The variables that give a child process these same settings.

        What nobody gave is left out, and what lies in the folder of secrets: the child reads it there itself, so that
        it gets into no process's environment.
        """
        given = (row for row in TABLE if self.origin(row.key) != DEFAULT or self.value(row.key) != row.default)
        return {row.variable: _text(self.value(row.key)) for row in given if self.origin(row.key) != SECRETS_VARIABLE}


class _Read(Settings, BaseSettings):
    """The settings as pydantic-settings finds them in the environment and in files of secrets."""

    # Of a variable's name the first word is the section.
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="_", env_nested_max_split=1)


class Setting(NamedTuple):
    """One row of the table. A file with the variable's name, in capitals or not, sets it in the folder of secrets."""

    key: str
    variable: str
    default: Any
    info: FieldInfo

    @property
    def form(self) -> str:
        """The form that its text must have, in words; empty: any."""
        extra = self.info.json_schema_extra
        return str(extra["form"]) if isinstance(extra, dict) else ""

    @property
    def secret(self) -> bool:
        """Whether it is never shown."""
        return self.info.annotation is SecretStr

    def shown(self, value: object) -> str:
        """The value as people see it: a secret that is set is masked."""
        return MASK if self.secret and value else _text(value)


TABLE: tuple[Setting, ...] = tuple(
    Setting(f"{section}.{name}", f"{PREFIX}{section}_{name}".upper(), info.default, info)
    for section, field in Settings.model_fields.items()
    for name, info in field.annotation.model_fields.items()  # type: ignore[union-attr]
)
"""Every setting there is, in the order of the documentation."""
_ROWS = {row.key: row for row in TABLE}
_VARIABLES = {row.variable for row in TABLE}


class SettingsFaults(Misconfigured):
    """Everything that is wrong with the settings, at once; ``rest`` has the defaults in place of what is wrong."""

    def __init__(self, faults: Iterable[Problem], rest: Settings | None = None) -> None:
        self.faults = tuple(faults)
        self.rest = rest or Settings()
        super().__init__("\n".join(f"settings: {fault}" for fault in self.faults))


def load(
    path: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    overrides: Mapping[str, str] = MappingProxyType({}),
) -> Settings:
    """Read the settings: secrets, then the file, then variables, then ``overrides`` (flags), the later winning.

    Raises SettingsFaults with all faults at once: unknown names, wrong types, bounds, files that are not there, and
    combinations that would not be safe.
    """
    ours = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    faults = [
        _problem(name, ENVIRONMENT, "no such setting", _near(name, _VARIABLES))
        for name in sorted(ours.keys() - _VARIABLES - {FILE_VARIABLE, SECRETS_VARIABLE})
        if not name.startswith(TESTS_PREFIX)
    ]
    given: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, read in _sources(path, ours, overrides):
        try:
            values = read()
        except (OSError, ValueError, SettingsError) as error:
            faults.append(_problem(origin, "source", f"cannot be read: {error}", "mend it, or name another"))
            continue
        given |= values
        origins |= {key: _ROWS[key].variable if origin == ENVIRONMENT else origin for key in values}
    try:
        settings = Settings(**_nested(given))
    except ValidationError as error:
        wrong = {".".join(map(str, each["loc"])): each for each in error.errors(include_url=False)}
        for key in [key for key in given if key in wrong or key.split(".")[0] in wrong]:
            faults.append(_fault(key, origins[key], wrong.get(key) or wrong[key.split(".")[0]]))
            del given[key]
        settings = Settings(**_nested(given))
    settings.remember({key: origins[key] for key in given})
    faults += _unsafe(settings)
    if faults:
        raise SettingsFaults(faults, settings)
    return settings


def _sources(
    path: Path | None, ours: Mapping[str, str], overrides: Mapping[str, str]
) -> Iterator[tuple[str, Callable[[], Mapping[str, Any]]]]:
    """What each place says, by ``section.name``, the one that wins last."""
    if folder := ours.get(SECRETS_VARIABLE):
        found = SecretsSettingsSource(_Read, folder)
        yield SECRETS_VARIABLE, lambda: _flat(NestedSecretsSettingsSource(found, secrets_dir_missing="error")())
    file = path or Path(ours.get(FILE_VARIABLE) or FILE_HERE)
    if path or FILE_VARIABLE in ours or file.is_file():
        # Not by pydantic-settings: it passes over a file that is not there, and this one was named.
        yield str(file), lambda: _flat(tomllib.loads(file.read_text(encoding="utf-8")))
    variables = EnvSettingsSource(_Read)
    variables.env_vars = {name.lower(): value for name, value in ours.items() if name in _VARIABLES}
    yield ENVIRONMENT, lambda: _flat(variables())
    yield FLAG, lambda: overrides


def _flat(tree: Mapping[str, Any]) -> dict[str, Any]:
    tables = ((section, values if isinstance(values, dict) else {"": values}) for section, values in tree.items())
    return {f"{section}.{name}".rstrip("."): value for section, values in tables for name, value in values.items()}


def _nested(given: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in given.items():
        section, _, name = key.partition(".")
        tree[section] = tree.get(section, {}) | {name: value} if name else value
    return tree


def _problem(key: str, origin: str, reason: str, remedy: str) -> Problem:
    """One thing that is wrong with the settings, and what to do about it. Never quotes a secret."""
    return Problem(f"{key} ({origin}): {reason}", remedy)


def _fault(key: str, origin: str, error: ErrorDetails) -> Problem:
    if key not in _ROWS:
        return _problem(key, origin, "no such setting", _near(key, _ROWS))
    row = _ROWS[key]
    if row.form:  # a password may be in it, in an address for instance
        return _problem(key, origin, "has the wrong form", f"give {row.form}")
    reason = "is refused" if row.secret else f"{_text(error['input'])!r} is refused"
    return _problem(key, origin, reason, error["msg"].replace("Input should be", "it should be"))


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.75)
    return f"did you mean {near[0]}?" if near else "`raised-risk settings` lists every setting"


def _unsafe(settings: Settings) -> Iterator[Problem]:
    of = settings.security

    def amiss(name: str, reason: str, remedy: str) -> Problem:
        return _problem(f"security.{name}", settings.origin(f"security.{name}"), reason, remedy)

    for name in ("username", "password"):
        if of.mechanism and not getattr(of, name):
            yield amiss(name, f"is empty, and {of.mechanism} needs it", f"set security.{name}")
        if not of.mechanism and getattr(of, name):
            yield amiss(name, "is set, but no mechanism uses it", "set security.mechanism as well")
    if of.mechanism and not of.tls and not of.allow_plaintext_credentials:
        # The clients would send it in the clear without a word (streaming.md, section 1).
        tls_first = "set security.tls = true (security.allow_plaintext_credentials is for tests on one machine)"
        yield amiss("mechanism", "the password would be sent without TLS", tls_first)
    for name in ("ca_file", "certificate_file", "key_file"):
        if getattr(of, name) and not of.tls:
            yield amiss(name, "is set, but TLS is off", "set security.tls = true, or empty it")
    if bool(of.certificate_file) != bool(of.key_file):
        yield amiss("certificate_file", "certificate and key come together", "set both, or neither")


def _context(security: table.SecuritySettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=security.ca_file or None)
        context.check_hostname = security.check_hostname
        if security.certificate_file:
            password = security.key_password.get_secret_value() or None
            context.load_cert_chain(security.certificate_file, security.key_file, password)
    except (OSError, ValueError) as error:
        reason = f"the certificates cannot be used ({type(error).__name__})"
        remedy = "look at security.ca_file, certificate_file, key_file and key_password"
        raise SettingsFaults([_problem("security.tls", "files", reason, remedy)]) from None
    return context


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value).lower() if isinstance(value, bool) else str(value)
