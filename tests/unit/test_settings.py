"""Settings: who wins, what is refused and with which remedy, and that no secret is shown."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from pydantic import ValidationError

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
        (
            {"worker.run": "many"},
            "worker.run (flag): 'many' is refused; it should be a valid integer, unable to parse string as an integer",
        ),
        ({"worker.run": "0"}, "worker.run (flag): '0' is refused; it should be greater than or equal to 1"),
        ({"worker.processes": "65"}, "worker.processes (flag): '65' is refused; it should be less than or equal to 64"),
        ({"worker.patience_s": "nan"}, "worker.patience_s (flag): 'nan' is refused; it should be a finite number"),
        (
            {"security.tls": "maybe"},
            "security.tls (flag): 'maybe' is refused; it should be a valid boolean, unable to interpret input",
        ),
        ({"worker.store": "Disk"}, "worker.store (flag): 'Disk' is refused; it should be 'memory' or 'disk'"),
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
            "files.policy (flag): 'gone.toml' is refused; name a file that is there, or leave it empty",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_value_is_refused_with_its_remedy(overrides: dict[str, str], fault: str) -> None:
    assert _faults(overrides=overrides) == [fault]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "[worker]\nrun = true\n",
            "worker.run (raised-risk.toml): 'True' is refused; it should be a valid integer, "
            "unable to parse string as an integer",
        ),
        ('[worker]\nrun = "7"\n', ""),
        ("[worker]\npatience_s = 7\n", ""),
        (
            "[kafka]\nbootstrap = 9092\n",
            "kafka.bootstrap (raised-risk.toml): has the wrong form; give host:port, with commas between several",
        ),
        (
            "run = 7\n",
            "run (raised-risk.toml): no such setting; `raised-risk settings` lists every setting",
        ),
        (
            "[worker\n",
            "raised-risk.toml (source): cannot be read: Expected ']' at the end of a table declaration "
            "(at line 1, column 8); mend it, or name another",
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
    with pytest.raises(ValidationError):
        found.kafka.namespace = "other."  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(found)) == found
    assert load(environ=found.variables()).model_dump() == found.model_dump()


def _secrets(**files: str) -> dict[str, str]:
    folder = Path("secrets")
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return {"RAISED_RISK_SECRETS": str(folder)}


def test_a_secret_may_lie_in_a_file_which_gives_way_to_everything_but_the_default() -> None:
    environ = _secrets(
        raised_risk_security_password="open sesame\n", RAISED_RISK_SECURITY_USERNAME="us", raised_risk_worker_run="5",
        somebody_elses="left alone",
    )  # fmt: skip
    _file('[security]\ntls = true\nmechanism = "PLAIN"\n[worker]\nrun = 6\n')
    found = load(environ=environ)
    assert (found.clients()["sasl_plain_username"], found.clients()["sasl_plain_password"]) == ("us", "open sesame")
    assert (found.worker.run, found.origin("worker.run")) == (6, "raised-risk.toml")
    assert found.origin("security.password") == "RAISED_RISK_SECRETS"
    assert "sesame" not in repr(found)


def test_a_default_that_was_given_wins_in_a_child_too() -> None:
    environ = {"RAISED_RISK_WORKER_RUN": "7"}
    found = load(environ=environ, overrides={"worker.run": "1000"})
    assert load(environ={**environ, **found.variables()}).worker.run == 1000


def test_a_child_reads_what_lies_in_the_folder_of_secrets_itself() -> None:
    environ = _secrets(raised_risk_security_password="open sesame")
    found = load(environ=environ, overrides={**SASL, "security.tls": "true"} | {"security.password": "from a flag"})
    assert found.variables()["RAISED_RISK_SECURITY_PASSWORD"] == "from a flag"
    given = {key: value for key, value in SASL.items() if key != "security.password"}
    found = load(environ=environ, overrides={**given, "security.tls": "true"})
    assert "sesame" not in " ".join(found.variables().values())
    assert load(environ={**environ, **found.variables()}).model_dump() == found.model_dump()


def test_what_is_wrong_with_secrets_is_told_without_quoting_them() -> None:
    told = _faults(environ={**_secrets(raised_risk_security_pasword="open sesame", raised_risk_worker_run="0")})
    assert told == [
        "security.pasword (RAISED_RISK_SECRETS): no such setting; did you mean security.password?",
        "worker.run (RAISED_RISK_SECRETS): '0' is refused; it should be greater than or equal to 1",
    ]
    [missing] = _faults(environ={"RAISED_RISK_SECRETS": "nowhere"})
    assert missing.startswith("RAISED_RISK_SECRETS (source): cannot be read: directory ")
    assert missing.endswith("; mend it, or name another")


def test_the_default_settings_read_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAISED_RISK_WORKER_RUN", "7")
    assert settings.Settings().worker.run == 1000


def test_every_setting_says_what_it_means_and_has_a_default_that_passes_its_own_check() -> None:
    for row in settings.TABLE:
        assert row.info.description.endswith("."), row.key
        assert load(environ={row.variable: settings._text(row.default)}).value(row.key) == row.default
