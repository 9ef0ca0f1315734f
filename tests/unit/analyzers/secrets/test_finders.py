"""What the window scan tells of assignments, and what the verifier makes of it."""

from __future__ import annotations

import pytest

from imgscan.analyzers.secrets import Secrets, finders
from imgscan.analyzers.secrets.detect import Detector
from imgscan.matching.multipattern import Expression, compile_patterns


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Secrets().detector


def _told(text: str) -> set[str]:
    names = list(finders.BY_ID)
    expressions = tuple(Expression(finders.BY_ID[name].expression, True) for name in names)
    return {names[number] for _, number in compile_patterns(expressions).new_scan()(text.encode())}


@pytest.mark.parametrize(
    "text",
    [
        'token = "nextOne"',  # shorter than a token
        'api_key: "a sentence of words"',
        "secret=shorter",
        'relative_path = "v1/projects/some/where"',  # no personal access token
        '["input_token", "marker"]',
    ],
)
def test_what_the_verifier_would_refuse_by_its_length_is_no_hit(text: str) -> None:
    assert _told(text) == set()


@pytest.mark.parametrize(
    ("text", "finder"),
    [
        ('token = "pW8fK2mQ9xLt"', "generic:quoted-token"),
        ('"encryption_key": "pW8fK2mQ9xLt"', "generic:quoted-key"),
        ("authToken=pW8fK2mQ9xLt", "generic:bare-token"),
        ("api_key=pW8fK2mQ9xLt", "generic:bare-key"),
        ('set("auth_token", "pW8fK2mQ9xLt")', "generic:call-token"),
        ('github_pat = "pW8fK2mQ9xLt"', "generic:quoted-token"),
        ('password = "q7!x"', "generic:quoted"),
        ("password=q7!x", "generic:bare"),
        ('set("password", "q7!x")', "generic:call"),
        ('"auth": "dXNlcjpw"', "generic:quoted"),
        ('"NONCE_SALT" => "a b c and so on"', "generic:quoted"),
        ('honeybadger_api_key = "1a2b3c4d"', "generic:quoted"),
    ],
)
def test_values_that_may_be_secrets_are_hits(text: str, finder: str) -> None:
    assert finder in _told(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('aws_secret_access_key = "{0}"', "aws.secret-access-key"),
        ("export DB_PASSWORD={0}", "generic.password"),
        ('define("NONCE_KEY", "{0} x y z 7{0}")', "wordpress.salt"),
        ('my_pass_token: "{0}"', "generic.password"),  # a name that both expressions tell
        ('auth-: "{0}"', "generic.token"),
    ],
)
def test_an_assignment_is_one_fact_of_its_rule(detector: Detector, text: str, rule: str) -> None:
    facts = list(detector.scan("srv/a.yaml", text.format("wJalrXUtnFEMIqK7MDENGpbPxRfiCYzEXQMPLKEY").encode()))

    assert [fact.rule for fact in facts] == [rule]


def test_each_token_of_a_list_is_found(detector: Detector) -> None:
    head, tail = "eyJhbGciOiJIUzI1NiJ9", "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV"
    tokens = [f"{head}.eyJzdWIiOiJ1c2VyMTAwMSIsIm4iOjF9.{tail}{number:04}" for number in range(60)]

    for separator in ("\n", '","', " "):
        facts = list(detector.scan("srv/tokens", separator.join(tokens).encode()))
        step = len(tokens[0]) + len(separator)
        assert [fact.offset for fact in facts if fact.rule == "jwt.token"] == [n * step for n in range(60)]


@pytest.mark.parametrize(
    "text",
    [
        "password: |\n  {0}\nother: 1\n",
        "  adminPassword: >-\n      {0}\n",
        '"db_password": |2\r\n   {0}\r\n',
        "secretKey: |\n  {0}",
    ],
)
def test_a_block_of_yaml_that_is_one_word_is_a_value(detector: Detector, text: str) -> None:
    assert len(list(detector.scan("srv/a.yaml", text.format("k7Qw2ZpXv9Lr4Tn8").encode()))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "description: |\n  k7Qw2ZpXv9Lr4Tn8\n",
        "password: |\n  ${PASSWORD}\n",
        "password: |\n  <password>\n",
        "password: |\n  the password of the user\n",
        "password: |\n\n  k7Qw2ZpXv9Lr4Tn8 and more words\n",
    ],
)
def test_another_block_of_yaml_is_none(detector: Detector, text: str) -> None:
    assert list(detector.scan("srv/a.yaml", text.encode())) == []
