from __future__ import annotations

import msgspec
import pytest

from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.facts import SecretFact
from imgscan.kept.secrecy import Secrecy, SecretKeeper, text_of, text_of_entries
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.fact import Fact

TOKEN = "ghp_a8Kd93jXb2LqPz7RtYwE5nMv1cUo4sGh6FiT"
PASSWORD = "Xk9vQ2mLp8wT4zRb"


class Line(msgspec.Struct, frozen=True):
    name: str
    items: tuple[str, ...] = ()
    raw: bytes = b""
    nested: dict[str, object] = {}


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def secrecy(secrets: Secrets) -> Secrecy:
    return Secrecy([secrets])


def test_the_analyzer_of_secrets_is_who_knows_them(secrets: Secrets) -> None:
    assert isinstance(secrets, SecretKeeper)


def test_without_anybody_who_knows_secrets_no_text_is_admitted() -> None:
    assert not Secrecy([]).admits(b"")


@pytest.mark.parametrize(
    "data",
    [
        Line(TOKEN),
        Line("a", (f"--token={TOKEN}",)),
        Line("a", raw=TOKEN.encode()),
        Line("a", nested={"deep": [{"deeper": (TOKEN,)}]}),
        Line("a", nested={TOKEN: 1}),
        Line("a", nested={"DB_PASSWORD": PASSWORD}),
        Line(f"https://user:{PASSWORD}@example.com/"),
        Line(f"mount -o password={PASSWORD}"),
        {"password": PASSWORD},
    ],
)
def test_a_text_with_a_secret_is_not_admitted(secrecy: Secrecy, data: object) -> None:
    assert not secrecy.admits(text_of(data))


@pytest.mark.parametrize(
    "data",
    [Line("a"), Line(PASSWORD), Line("https://example.com/"), Line("", ("sha256", "0" * 64)), {"password": ""}, []],
)
def test_a_text_without_one_is(secrecy: Secrecy, data: object) -> None:
    assert secrecy.admits(text_of(data))


def test_each_text_stands_on_a_line_of_its_own() -> None:
    assert text_of([Line("a", ("b",), b"c", {"d": "e", "f": 1}), "g\udcff", None, 2]).split(b"\n") == [
        *(b"a", b"b", b"c", b"d=e", b"d", b"e", b"f"),
        "g\udcff".encode("utf-8", "surrogatepass"),
    ]


def test_entries_say_their_names_targets_and_attributes() -> None:
    entry = Entry("etc/a", EntryKind.SYMLINK, 0, 0, 0, 0, 0, 0, "target", None, {"user.key": b"value"})

    assert text_of_entries([entry]) == b"etc/a\ntarget\nuser.key=value"


def secret_in(secrets: Secrets, text: bytes) -> list[SecretFact]:
    return list(secrets.detector.scan("app/.env", text))


@pytest.mark.parametrize("text", [f"DB_PASSWORD={PASSWORD}\n", f"GITHUB_TOKEN={TOKEN}\n"])
def test_a_fact_that_quotes_the_secret_of_its_file_is_not_admitted(
    secrets: Secrets, secrecy: Secrecy, text: str
) -> None:
    value = text.strip().partition("=")[2]
    of_file = [Fact("secrets", 3, fact) for fact in secret_in(secrets, text.encode())]
    known = secrecy.secrets_of({"secrets": of_file, "other": [Fact("other", 3, Line("x"))]})

    assert of_file
    for quoting in (
        Line(value),
        Line("a", (f'"{value}"',)),
        Line(f"a {value} b"),
        Line(f"x={value};"),
        Line(f"\n{value}\n"),
    ):
        assert not secrecy.admits_of([Fact("other", 3, quoting)], known)
        assert secrecy.admits_of([Fact("other", 4, quoting)], known), "of another file: nobody knows it there"
    assert secrecy.admits_of([Fact("other", 3, Line("something", ("else",)))], known)


def test_only_facts_on_secrets_are_asked(secrecy: Secrecy, secrets: Secrets) -> None:
    assert not secrets.quotes_secret(b"a", [Line("a")])
    assert secrecy.is_keeper("secrets")
    assert not secrecy.is_keeper("other")
