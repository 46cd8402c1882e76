"""The settings of the program: read from file, environment and flags, and checked all at once.

``agents.settings_table`` declares them. The file (``--settings``, else ``RAISED_RISK_SETTINGS``, else
``raised-risk.toml`` in the current folder) is TOML with one table a section; a variable such as
``RAISED_RISK_KAFKA_BOOTSTRAP`` wins over it, a flag over both. Values are frozen, and each knows where it came from.
"""

from __future__ import annotations

import math
import os
import re
import ssl
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

from agents.settings_table import Breaker, Broker, Files, Kafka, Logs, Metrics, Registry, Rule, Security, Worker

PREFIX = "RAISED_RISK_"
FILE_VARIABLE = "RAISED_RISK_SETTINGS"
TESTS_PREFIX = "RAISED_RISK_TEST_"  # what the test suite is told that way is none of the program's
FILE_HERE = "raised-risk.toml"
MASK = "********"
DEFAULT = "default"
FLAG = "flag"

_YES_NO = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True)
class Settings:
    """All settings, frozen. ``load`` makes them."""

    kafka: Kafka = field(default_factory=Kafka)
    security: Security = field(default_factory=Security)
    worker: Worker = field(default_factory=Worker)
    breaker: Breaker = field(default_factory=Breaker)
    metrics: Metrics = field(default_factory=Metrics)
    registry: Registry = field(default_factory=Registry)
    files: Files = field(default_factory=Files)
    broker: Broker = field(default_factory=Broker)
    logs: Logs = field(default_factory=Logs)
    origins: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)

    def topic(self, name: str) -> str:
        """The topic ``name`` as this installation's cluster calls it."""
        return self.kafka.namespace + name

    def value(self, key: str) -> Any:
        """The value of ``section.name``."""
        section, name = key.split(".")
        return getattr(getattr(self, section), name)

    def origin(self, key: str) -> str:
        """Where the value of ``section.name`` came from: default, the file, a variable's name, or flag."""
        return dict(self.origins).get(key, DEFAULT)

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
            options["sasl_plain_password"] = security.password
        return options

    def variables(self) -> dict[str, str]:
        """Every value that is not its default, as the variables that give a child process these same settings."""
        return {row.variable: _text(self.value(row.key)) for row in TABLE if self.value(row.key) != row.default}


@dataclass(frozen=True)
class Setting:
    """One row of the table."""

    key: str
    kind: Any  # the declared type, as typing gives it
    default: Any
    rule: Rule

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.key.replace(".", "_").upper()

    def shown(self, value: object) -> str:
        """The value as people see it: a secret that is set is masked."""
        return MASK if self.rule.secret and value else _text(value)


@dataclass(frozen=True)
class SettingFault:
    """One thing that is wrong with the settings, and what to do about it. Never quotes a secret."""

    key: str
    origin: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key} ({self.origin}): {self.reason}; {self.remedy}"


class SettingsFaults(Exception):
    """Everything that is wrong with the settings, at once; ``rest`` has the defaults in place of what is wrong."""

    def __init__(self, faults: Iterable[SettingFault], rest: Settings | None = None) -> None:
        self.faults = tuple(faults)
        self.rest = rest or Settings()
        super().__init__("\n".join(map(str, self.faults)))


def _table() -> Iterator[Setting]:
    for name, section in get_type_hints(Settings).items():
        if name != "origins":
            kinds = get_type_hints(section)
            for each in fields(section):
                yield Setting(f"{name}.{each.name}", kinds[each.name], each.default, each.metadata["rule"])


TABLE: tuple[Setting, ...] = tuple(_table())
"""Every setting there is, in the order of the documentation."""
_ROWS = {row.key: row for row in TABLE}
_VARIABLES = {row.variable: row.key for row in TABLE}


def load(
    path: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    overrides: Mapping[str, str] = MappingProxyType({}),
) -> Settings:
    """Read the settings: file, then variables, then ``overrides`` (flags), the later winning.

    Raises SettingsFaults with all faults at once: unknown names, wrong types, bounds, files that are not there, and
    combinations that would not be safe.
    """
    faults: list[SettingFault] = []
    given: dict[str, tuple[Any, str]] = {}
    named = path or (Path(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else None)
    file = named or Path(FILE_HERE)
    if named or file.is_file():
        given |= {key: (value, str(file)) for key, value in _file(file, faults)}
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and variable != FILE_VARIABLE and not variable.startswith(TESTS_PREFIX):
            if variable in _VARIABLES:
                given[_VARIABLES[variable]] = (environ[variable], variable)
            else:
                faults.append(_unknown(variable, "environment", _VARIABLES))
    given |= {key: (value, FLAG) for key, value in overrides.items()}

    values: dict[str, Any] = {row.key: row.default for row in TABLE}
    for key, (value, origin) in given.items():
        row = _ROWS.get(key)
        if row is None:
            faults.append(_unknown(key, origin, _ROWS))
            continue
        try:
            values[key] = _read(row, value)
        except ValueError as wrong:
            reason, remedy = wrong.args
            faults.append(SettingFault(key, origin, reason, remedy))
    origins = {key: origin for key, (_, origin) in given.items()}
    faults += _unsafe(values, origins)
    hints = get_type_hints(Settings)
    sections = {
        name: hints[name](**{key.split(".")[1]: value for key, value in values.items() if key.startswith(name + ".")})
        for name in dict.fromkeys(row.key.split(".")[0] for row in TABLE)
    }
    settings = Settings(**sections, origins=tuple(origins.items()))
    if faults:
        raise SettingsFaults(faults, settings)
    return settings


def _file(path: Path, faults: list[SettingFault]) -> Iterator[tuple[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = f"cannot be read ({type(error).__name__})"
        faults.append(SettingFault(str(path), "file", reason, "name a readable file"))
        return
    except tomllib.TOMLDecodeError as error:
        faults.append(SettingFault(str(path), "file", f"is not TOML: {error}", "mend that line"))
        return
    for section, table in tables.items():
        if isinstance(table, dict):
            yield from ((f"{section}.{name}", value) for name, value in table.items())
        else:
            remedy = "put it in its [section]; `raised-risk settings` lists them"
            faults.append(SettingFault(section, str(path), "stands outside a section", remedy))


def _unknown(name: str, origin: str, known: Iterable[str]) -> SettingFault:
    near = get_close_matches(name, list(known), n=1, cutoff=0.75)
    remedy = f"did you mean {near[0]}?" if near else "`raised-risk settings` lists every setting"
    return SettingFault(name, origin, "no such setting", remedy)


def _read(row: Setting, value: object) -> Any:
    """The value in its declared type. Raises ValueError(reason, remedy)."""
    rule, kind = row.rule, row.kind
    choices = get_args(kind)  # of a Literal
    wanted = "one of " + ", ".join(each or '""' for each in choices) if choices else _NAMES[kind]
    try:
        read = _typed(str if choices else kind, value)
    except (ValueError, TypeError):
        raise ValueError(f"is not {wanted}", f"give {wanted}") from None
    if isinstance(read, float) and not math.isfinite(read):
        raise ValueError(f"{read} is no number to live by", f"give {wanted}")
    if choices and read not in choices:
        raise ValueError(f"{row.shown(read)!r} is not known", f"give {wanted}")
    if rule.least is not None and read < rule.least:
        raise ValueError(f"{read} is too small", f"give at least {rule.least:g}")
    if rule.most is not None and read > rule.most:
        raise ValueError(f"{read} is too large", f"give at most {rule.most:g}")
    if rule.shape and not re.fullmatch(rule.shape, read):
        raise ValueError("has the wrong form", f"give {rule.shaped}")
    if rule.is_file and read and not Path(read).is_file():
        raise ValueError(f"there is no file {read}", "name a file that is there, or leave it empty")
    return read


_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _typed(kind: type, value: object) -> Any:
    if isinstance(value, str):
        if kind is bool:
            return _YES_NO[value.strip().lower()] if value.strip().lower() in _YES_NO else _refuse()
        return kind(value)
    if kind is float and type(value) is int:
        return float(value)
    return value if type(value) is kind else _refuse()  # type(): a bool is an int to isinstance


def _refuse() -> Any:
    raise ValueError


def _unsafe(values: Mapping[str, Any], origins: Mapping[str, str]) -> Iterator[SettingFault]:
    def fault(key: str, reason: str, remedy: str) -> SettingFault:
        return SettingFault(key, origins.get(key, DEFAULT), reason, remedy)

    mechanism = values["security.mechanism"]
    if mechanism:
        for name in ("username", "password"):
            if not values[f"security.{name}"]:
                yield fault(f"security.{name}", f"is empty, and {mechanism} needs it", f"set security.{name}")
        if not values["security.tls"] and not values["security.allow_plaintext_credentials"]:
            # The clients would send the password in the clear without a word (streaming.md, section 1).
            remedy = "set security.tls = true (security.allow_plaintext_credentials is for tests on one machine)"
            yield fault("security.mechanism", "the password would be sent without TLS", remedy)
    else:
        for name in ("username", "password"):
            if values[f"security.{name}"]:
                yield fault(f"security.{name}", "is set, but no mechanism uses it", "set security.mechanism as well")
    if not values["security.tls"]:
        for name in ("ca_file", "certificate_file", "key_file"):
            if values[f"security.{name}"]:
                yield fault(f"security.{name}", "is set, but TLS is off", "set security.tls = true, or empty it")
    if bool(values["security.certificate_file"]) != bool(values["security.key_file"]):
        yield fault("security.certificate_file", "certificate and key come together", "set both, or neither")


def _context(security: Security) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=security.ca_file or None)
        context.check_hostname = security.check_hostname
        if security.certificate_file:
            context.load_cert_chain(security.certificate_file, security.key_file, security.key_password or None)
    except (OSError, ValueError) as error:
        reason = f"the certificates cannot be used ({type(error).__name__})"
        remedy = "look at security.ca_file, certificate_file, key_file and key_password"
        raise SettingsFaults([SettingFault("security.tls", "files", reason, remedy)]) from None
    return context


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
