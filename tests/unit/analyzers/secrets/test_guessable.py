"""Passwords that anybody can guess are passwords; what is to be filled in is none."""

from __future__ import annotations

import pytest

from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.guessable import is_default, is_set_password
from imgscan.model.finding import Finding
from imgscan.model.image import HistoryItem, ImageConfig
from imgscan.testing import conclude, merged

SECRETS = Secrets()


def of_env(*variables: str, history: tuple[HistoryItem, ...] = ()) -> list[Finding]:
    config = ImageConfig(present=True, env=variables, history=history)
    view, _ = merged({"a": b""}, analyzers=(SECRETS,), config=config)
    return [item for item in SECRETS.conclude(view) if isinstance(item, Finding)]


@pytest.mark.parametrize(
    "variable",
    [
        "MYSQL_ROOT_PASSWORD=changeme",
        "POSTGRES_PASSWORD=postgres",
        "ADMIN_PASSWORD=admin",
        "GRAFANA_PASSWORD=grafana",
        "RABBITMQ_DEFAULT_PASS=guest",
        "MONGO_INITDB_ROOT_PASSWORD=example",
        "ROOT_PASSWORD=123456",
        "JWT_SECRET=secret",
        "DB_PWD=abc",
    ],
)
def test_a_default_in_the_environment_is_low_and_says_why(variable: str) -> None:
    (finding,) = of_env(variable)

    assert finding.severity.name == "LOW"
    assert "guess" in finding.evidence["ranked_low"]


@pytest.mark.parametrize(
    "variable",
    [
        "DB_PASSWORD=",
        "DB_PASSWORD=${DB_PASSWORD}",
        "DB_PASSWORD=<your-password>",
        "DB_PASSWORD=your-password-here",
        "DB_PASSWORD=xxxxxxxx",
        "DB_PASSWORD_FILE=/run/secrets/db",
        "DB_PASSWORD=/run/secrets/db",
        "PASSWORD_HASH_ROUNDS=12",
        "ALLOW_EMPTY_PASSWORD=yes",
        "MYSQL_RANDOM_ROOT_PASSWORD=true",
        "DB_PASSWORD=0",
        "COMPASS=north",
        "KEYBOARD=postgres",
    ],
)
def test_what_sets_no_password_is_none(variable: str) -> None:
    assert of_env(variable) == []


@pytest.mark.parametrize(
    "line",
    [
        "/bin/sh -c #(nop)  ENV MYSQL_ROOT_PASSWORD=changeme",
        "|1 DB_PASSWORD=admin /bin/sh -c make",
        "ARG ROOT_PASS=toor",
    ],
)
def test_a_default_in_the_history_is_one_too(line: str) -> None:
    assert [item.severity.name for item in of_env(history=(HistoryItem(line, False),))] == ["LOW"]


def test_a_default_in_a_file_of_settings_is_low_and_one_of_a_comment_or_an_address_is_none() -> None:
    def found(text: str) -> list[str]:
        return [item.severity.name for item in conclude(SECRETS, {"srv/app.env": text.encode()}).findings]

    assert found("DB_PASSWORD=changeme\n") == ["LOW"]
    assert found("# DB_PASSWORD=changeme\n") == []
    assert found("URL=https://h.test/?user=a&password=123456\n") == []


def test_the_last_word_of_a_name_says_what_it_is_of() -> None:
    assert is_default("DB_PASSWORD", "changeme")
    assert not is_default("PASSWORD_POLICY", "default")
    assert is_set_password("DB_PASS", "sommer")
    assert not is_set_password("DB_PASS", "false")
