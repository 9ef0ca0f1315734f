"""Secrets in files, archives, encodings, config and history: found, told with their life, and their twins not."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile

import pytest

from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.examples import expand
from imgscan.model.finding import Finding, Severity, State
from imgscan.model.image import HistoryItem, ImageConfig
from imgscan.testing import conclude

SECRETS = Secrets()
PASSWORD = expand("<<A-Za-z0-9|14>>", "password")
TOKEN = expand("ghp_<<0-9A-Za-z|30>><<crc>>", "token")


def found(*layers: dict[str, bytes], config: ImageConfig | None = None) -> tuple[Finding, ...]:
    return conclude(SECRETS, *layers, config=config).findings


def rules(path: str, content: bytes) -> list[str]:
    return [finding.rule.removeprefix("secrets.") for finding in found({path: content})]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/.env", "DB_PASSWORD={}"),
        ("app/a.yml", "password: {}"),
        ("app/a.json", '{{"password": "{}"}}'),
        ("app/a.toml", 'password = "{}"'),
        ("app/a.ini", "password = {}"),
        ("app/a.xml", "<password>{}</password>"),
        ("app/b.xml", '<add key="DbPassword" value="{}"/>'),
        ("app/a.tf", 'db_password = "{}"'),
        ("app/a.properties", "spring.datasource.password={}"),
        ("app/a.py", 'PASSWORD = "{}"'),
        ("app/a.sh", "run --password {}"),
        ("app/a.php", "define('DB_PASSWORD', '{}');"),
        ("app/c.yml", "- name: DB_PASSWORD\n  value: {}"),
        ("app/.netrc", "machine h login bob password {}"),
    ],
)
def test_a_password_is_found_in_every_syntax(path: str, text: str) -> None:
    assert "generic.password" in rules(path, text.format(PASSWORD).encode())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/.env", "DB_PASSWORD=${DB_PASSWORD}"),
        ("app/a.yml", "password: <your password>"),
        ("app/a.json", '{"password": "xxxxxxxxxxxx"}'),
        ("app/a.tf", "db_password = var.db_password"),
        ("app/a.py", 'password = getpass("Password: ")'),
        ("app/a.py", 'password = os.environ["DB_PASSWORD"]'),
        ("app/a.js", 'passwordLabel: "Enter your password"'),
        ("app/a.sh", "run --password $PASSWORD"),
        ("app/a.yml", "password_file: /run/secrets/db"),
        ("app/key.pem", "-----BEGIN PRIVATE KEY-----\nanything\n-----END PRIVATE KEY-----\n"),
        ("app/key.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJb1xUq0 bob"),
    ],
)
def test_what_stands_for_a_password_is_none(path: str, text: str) -> None:
    assert rules(path, text.encode()) == []


def test_a_token_with_its_checksum_is_sure_and_one_without_is_not() -> None:
    right, wrong = TOKEN, TOKEN[:-1] + ("a" if TOKEN[-1] != "a" else "b")

    sure, unsure = found({"app/a": right.encode()}), found({"app/a": wrong.encode()})
    source = found({"app/a.py": f"token = '{wrong}'".encode()})

    assert [finding.evidence["confidence"] for finding in (*sure, *unsure, *source)] == ["high", "medium", "low"]
    assert (sure[0].severity, unsure[0].severity) == (Severity.CRITICAL, Severity.MEDIUM)


def test_a_binary_is_searched_for_tokens_but_not_for_assignments() -> None:
    content = b"\x7fELF\0\1\2\0" + TOKEN.encode() + b"\0\xff\0password=" + PASSWORD.encode() + b"\0\1\xfe"

    assert rules("bin/tool", content) == ["github.personal-token"]


def test_line_and_offset_are_those_of_the_value() -> None:
    (finding,) = found({"app/.env": b"A=1\nB=2\nDB_PASSWORD=" + PASSWORD.encode() + b"\n"})

    assert (finding.line, finding.evidence["offset"]) == (3, 20)


def test_a_sample_is_ranked_low_with_its_reason_and_not_dropped() -> None:
    (finding,) = found({"app/tests/conf.env": b"DB_PASSWORD=" + PASSWORD.encode()})

    assert (finding.severity, finding.evidence["confidence"]) == (Severity.LOW, "low")
    assert "test" in finding.evidence["ranked_low"]


def places(finding: Finding) -> list[tuple[object, ...]]:
    keys = ("path", "where", "line", "state", "layer", "removed_in")
    return [tuple(place[key] for key in keys if key in place) for place in finding.evidence["places"]]


def env(value: str) -> bytes:
    return f"DB_PASSWORD={value}\n".encode()


OTHER = expand("<<A-Za-z0-9|15>>", "other")


def test_a_deleted_secret_is_told_with_the_layers_that_added_and_deleted_it() -> None:
    (finding,) = found({"x": b""}, {"b/.env": env(PASSWORD)}, {"b/.wh..env": b""})

    assert (finding.state, finding.path) == (State.DELETED, "b/.env")
    assert finding.layer is not None
    assert finding.removed_in is not None
    assert (finding.layer.index, finding.removed_in.index) == (1, 2)
    assert finding.evidence["show"] == "imgscan cat IMAGE /b/.env --layer 1"


def test_a_secret_that_another_overwrote_is_told_and_so_is_the_other() -> None:
    old, new = sorted(found({"a/.env": env(PASSWORD)}, {"a/.env": env(OTHER)}), key=lambda item: item.state)

    assert (old.state, new.state) == (State.OVERWRITTEN, State.VISIBLE)
    assert old.evidence["replaced_by_another"]
    assert "another value took its place" in old.message
    assert "replaced_by_another" not in new.evidence


def test_a_secret_that_its_like_overwrote_is_one_that_is_visible() -> None:
    (finding,) = found({"a/.env": env(PASSWORD)}, {"a/.env": b"# again\n" + env(PASSWORD)})

    assert finding.state is State.VISIBLE
    assert places(finding) == [("/a/.env", 2, "visible", 1), ("/a/.env", 1, "overwritten", 0, 1)]


def test_a_file_that_is_overwritten_without_a_secret_does_not_speak_of_another() -> None:
    (finding,) = found({"a/.env": env(PASSWORD)}, {"a/.env": b"nothing\n"})

    assert finding.state is State.OVERWRITTEN
    assert "replaced_by_another" not in finding.evidence


def test_one_value_in_several_places_is_one_secret_with_its_places() -> None:
    below = {"a/.env": env(PASSWORD), "b/.env": b"\n" + env(PASSWORD)}
    config = ImageConfig(present=True, env=(f"DB_PASSWORD={PASSWORD}",))

    (finding,) = found(below, {"a/.wh..env": b""}, config=config)

    assert (finding.path, finding.state) == ("b/.env", State.VISIBLE)
    assert places(finding) == [
        ("/b/.env", 2, "visible", 0),
        ("env DB_PASSWORD", "config"),
        ("/a/.env", 1, "deleted", 0, 1),
    ]
    assert finding.evidence["places_count"] == 3
    assert "also in 2 other places" in finding.message


def test_two_values_are_two_secrets() -> None:
    assert len(found({"a/.env": env(PASSWORD), "b/.env": env(OTHER)})) == 2


def test_places_are_listed_up_to_a_bound_and_counted() -> None:
    (finding,) = found({f"srv/{number:02}.env": env(PASSWORD) for number in range(30)})

    assert len(finding.evidence["places"]) == 20
    assert finding.evidence["places_count"] == 30


def _zip(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "chain"),
    [
        ("app/a.jar", _zip("in/app.properties", TOKEN.encode()), "!/in/app.properties"),
        ("app/a.war", _zip("lib/b.jar", _zip("c.yml", TOKEN.encode())), "!/lib/b.jar!/c.yml"),
        ("app/a.gz", gzip.compress(TOKEN.encode(), mtime=0), "!"),
        ("app/a.txt", b"\xff\xfe" + f"token {TOKEN} ".encode("utf-16-le"), "!utf-16"),
        ("app/a.xml", f'<?xml version="1.0"?><token>{TOKEN}</token>'.encode("utf-16-be"), "!utf-16"),
        ("app/a.json", f'{{"token": "{TOKEN}"}}'.encode("utf-16-le"), "!utf-16"),
        ("app/a.yml", b"data: " + base64.b64encode(TOKEN.encode() + b" and more of it"), "!base64"),
    ],
)
def test_what_is_packed_or_encoded_is_found_with_its_chain(name: str, content: bytes, chain: str) -> None:
    (finding,) = found({name: content})

    assert (finding.rule, finding.evidence["inside"]) == ("secrets.github.personal-token", chain)


@pytest.mark.parametrize("name", ["srv/infra/prod.tfvars", "srv/infra/terraform.tfstate", "root/.mylogin.cnf"])
def test_a_file_that_usually_holds_secrets_is_hinted_at_where_nothing_in_it_is_recognised(name: str) -> None:
    (finding,) = found({name: b"MODE=fast\n"})

    assert (finding.rule, finding.severity, finding.evidence["confidence"]) == (
        "secrets.file.hint",
        Severity.LOW,
        "low",
    )


def test_the_name_of_a_file_says_nothing_where_a_secret_was_found_in_it_or_it_is_empty() -> None:
    (finding,) = found({"srv/a.tfvars": f'a = "{TOKEN}"\n'.encode(), "srv/b.tfvars": b"", "srv/.env": b"MODE=fast\n"})

    assert finding.rule == "secrets.github.personal-token"


def test_a_damaged_archive_is_no_fault() -> None:
    assert conclude(SECRETS, {"app/a.jar": _zip("a", TOKEN.encode())[:40]}).problems == ()


def _config() -> ImageConfig:
    return ImageConfig(
        present=True,
        env=("PATH=/bin", f"MYSQL_PASSWORD={PASSWORD}"),
        labels={"note": f"postgres://bob:{PASSWORD}@db.test/x"},
        cmd=("sh", "-c", f"mysql -uroot -p{PASSWORD} app"),
        history=(HistoryItem(f"RUN |1 NPM_PASSWORD={PASSWORD} /bin/sh -c make", True),),
        raw={"Healthcheck": {"Test": ["CMD-SHELL", f"curl -u bob:{PASSWORD} http://localhost/"]}},
    )


def test_config_and_history_are_searched() -> None:
    findings = found({"a": b""}, config=_config())

    where = {place["where"] for finding in findings for place in finding.evidence["places"]}
    assert where == {"env MYSQL_PASSWORD", "label note", "cmd", "history 0", "healthcheck"}


def test_a_config_without_secrets_gives_none() -> None:
    config = ImageConfig(present=True, env=("PATH=/usr/bin:/bin", "GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568"))

    assert found({"a": b""}, config=config) == ()
