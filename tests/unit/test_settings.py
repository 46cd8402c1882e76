"""Settings: who wins, what is refused and with which remedy, and that no secret is shown."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import pytest

from agents import settings
from agents.settings import SettingsFaults, load


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _file(text: str, name: str = "raised-risk.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def _faults(**given: object) -> list[str]:
    with pytest.raises(SettingsFaults) as caught:
        load(**{"environ": {}, **given})  # type: ignore[arg-type]
    return [str(fault) for fault in caught.value.faults]


def test_without_anything_given_every_setting_is_its_default() -> None:
    assert load(environ={}) == settings.Settings()


def test_a_flag_wins_over_a_variable_over_the_file_over_the_default() -> None:
    _file('[kafka]\nbootstrap = "file:1"\nnamespace = "file."\n[worker]\nrun = 7\n')
    found = load(
        environ={"RAISED_RISK_KAFKA_BOOTSTRAP": "variable:2", "RAISED_RISK_KAFKA_NAMESPACE": "variable."},
        overrides={"kafka.bootstrap": "flag:3"},
    )
    assert (found.kafka.bootstrap, found.kafka.namespace, found.worker.run, found.worker.linger_ms) == (
        "flag:3",
        "variable.",
        7,
        8,
    )
    assert [found.origin(f"{key}") for key in ("kafka.bootstrap", "kafka.namespace", "worker.run", "metrics.port")] == [
        "flag",
        "RAISED_RISK_KAFKA_NAMESPACE",
        "raised-risk.toml",
        "default",
    ]


def test_a_file_is_named_by_flag_else_by_variable_else_found_in_the_current_folder() -> None:
    here, variable, flag = (_file(f"[worker]\nrun = {n}\n", f"{n}.toml") for n in (1, 2, 3))
    here.rename("raised-risk.toml")
    environ = {"RAISED_RISK_SETTINGS": str(variable)}
    assert [load(environ={}).worker.run, load(environ=environ).worker.run, load(flag, environ).worker.run] == [1, 2, 3]


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        ({"kafka.bootstrp": "a:1"}, "kafka.bootstrp (flag): no such setting; did you mean kafka.bootstrap?"),
        ({"colour": "red"}, "colour (flag): no such setting; `raised-risk settings` lists every setting"),
        ({"worker.run": "many"}, "worker.run (flag): is not a whole number; give a whole number"),
        ({"worker.run": "0"}, "worker.run (flag): 0 is too small; give at least 1"),
        ({"metrics.port": "65536"}, "metrics.port (flag): 65536 is too large; give at most 65535"),
        ({"worker.patience_s": "nan"}, "worker.patience_s (flag): nan is no number to live by; give a number"),
        ({"security.tls": "maybe"}, "security.tls (flag): is not true or false; give true or false"),
        ({"worker.store": "Disk"}, "worker.store (flag): 'Disk' is not known; give one of memory, disk"),
        (
            {"kafka.bootstrap": "localhost"},
            "kafka.bootstrap (flag): has the wrong form; give host:port, with commas between several",
        ),
        (
            {"registry.url": "https://me:word@registry"},
            "registry.url (flag): has the wrong form; give an http or https address without a password in it",
        ),
        (
            {"files.policy": "gone.toml"},
            "files.policy (flag): there is no file gone.toml; name a file that is there, or leave it empty",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_value_is_refused_with_its_remedy(overrides: dict[str, str], fault: str) -> None:
    assert _faults(overrides=overrides) == [fault]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[worker]\nrun = true\n", "worker.run (raised-risk.toml): is not a whole number; give a whole number"),
        ('[worker]\nrun = "7"\n', ""),
        ("[worker]\npatience_s = 7\n", ""),
        (
            "[kafka]\nbootstrap = 9092\n",
            "kafka.bootstrap (raised-risk.toml): is not text; give text",
        ),
        (
            "run = 7\n",
            "run (raised-risk.toml): stands outside a section; put it in its [section]; "
            "`raised-risk settings` lists them",
        ),
        (
            "[worker\n",
            "raised-risk.toml (file): is not TOML: Expected ']' at the end of a table declaration "
            "(at line 1, column 8); mend that line",
        ),
    ],
)
def test_the_file_is_held_to_the_declared_types(text: str, fault: str) -> None:
    _file(text)
    if fault:
        assert _faults() == [fault]
    else:
        load(environ={})


def test_a_variable_that_sets_nothing_is_a_fault_and_not_a_silence() -> None:
    assert _faults(environ={"RAISED_RISK_KAFKA_BOOTSTRAPS": "a:1"}) == [
        "RAISED_RISK_KAFKA_BOOTSTRAPS (environment): no such setting; did you mean RAISED_RISK_KAFKA_BOOTSTRAP?"
    ]


def test_all_faults_are_told_at_once() -> None:
    _file("[worker]\nrun = 0\n[kafak]\nbootstrap = 'a:1'\n")
    assert [
        fault.split(" ")[0] for fault in _faults(overrides={"metrics.port": "x", "security.mechanism": "PLAIN"})
    ] == [
        "worker.run",
        "kafak.bootstrap",
        "metrics.port",
        "security.username",
        "security.password",
        "security.mechanism",
    ]


SASL = {"security.mechanism": "SCRAM-SHA-512", "security.username": "us", "security.password": "open sesame"}


def test_a_password_without_tls_is_refused_unless_allowed_by_name() -> None:
    assert _faults(overrides=SASL) == [
        "security.mechanism (flag): the password would be sent without TLS; set security.tls = true "
        "(security.allow_plaintext_credentials is for tests on one machine)"
    ]
    allowed = load(environ={}, overrides={**SASL, "security.allow_plaintext_credentials": "yes"})
    assert allowed.clients() == {
        "bootstrap_servers": ["127.0.0.1:9092"],
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "us",
        "sasl_plain_password": "open sesame",
    }


def test_clients_with_tls_get_a_context_that_checks_the_broker() -> None:
    options = load(environ={}, overrides={**SASL, "security.tls": "true"}).clients()
    assert (options["security_protocol"], options["ssl_context"].check_hostname) == ("SASL_SSL", True)


def test_a_secret_is_in_no_text_of_the_settings_nor_of_their_faults() -> None:
    found = load(environ={}, overrides={**SASL, "security.tls": "true"})
    row = next(row for row in settings.TABLE if row.key == "security.password")
    assert row.shown(found.security.password) == settings.MASK
    assert "sesame" not in repr(found)
    assert "sesame" not in " ".join(_faults(overrides={"security.password": "open sesame"}))


def test_settings_are_frozen_and_travel_to_a_child_process() -> None:
    found = load(
        environ={}, overrides={**SASL, "security.tls": "true", "worker.patience_s": "7", "kafka.namespace": "t."}
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.kafka.namespace = "other."  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(found)) == found
    assert load(environ=found.variables()) == found


def test_every_setting_says_what_it_means_and_has_a_default_that_passes_its_own_check() -> None:
    for row in settings.TABLE:
        assert row.rule.meaning.endswith("."), row.key
        assert load(environ={row.variable: str(row.default)}).value(row.key) == row.default
