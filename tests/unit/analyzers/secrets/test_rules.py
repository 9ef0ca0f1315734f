"""The shipped rules hold what they promise, for both engines."""

from __future__ import annotations

import re

import pytest

from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.check import faults
from imgscan.analyzers.secrets.examples import expand
from imgscan.analyzers.secrets.expression import _compile_re, compile_expression, compile_set
from imgscan.analyzers.secrets.foreign import read_rules
from imgscan.analyzers.secrets.rule import SecretRule, builtin_rules, parse_rules
from imgscan.errors import UsageError
from imgscan.matching.multipattern import Expression, compile_patterns

RULES = builtin_rules().rules


def test_every_shipped_rule_compiles_and_finds_its_examples() -> None:
    assert list(faults(RULES)) == []
    assert len(RULES) >= 250


def test_every_rule_has_an_example_and_a_counterexample() -> None:
    judged = [rule for rule in RULES if rule.find or rule.key]

    assert [rule.id for rule in judged if not rule.examples or not rule.counterexamples] == []


def test_the_verifier_and_its_fallback_agree_on_every_example() -> None:
    for rule in RULES:
        for template in rule.examples:
            text = expand(template, rule.id).encode()
            first, second = compile_expression(rule.expression), _compile_re(rule.expression.encode())
            spans = [[match.span() for match in engine.finditer(text)] for engine in (first, second)]
            assert spans[0] == spans[1], rule.id


def test_both_engines_take_bytes_that_are_no_utf_8() -> None:
    # RE2 read them as UTF-8 once: a token behind such a byte of a binary was none.
    for rule in RULES:
        engines = compile_expression(rule.expression), _compile_re(rule.expression.encode())
        for template in rule.examples[:1]:
            for byte in (b"\xff", b"\x80", b"\xc3"):
                text = byte + expand(template, rule.id).encode() + byte
                spans = [[match.span() for match in engine.finditer(text)] for engine in engines]
                assert spans[0] == spans[1], (rule.id, byte)


LINES_ALONE = {
    *("command.vault-unseal", "hash.des-crypt", "wireguard.private-key", "wireguard.preshared-key", "npm.auth"),
    *("setting.root-password", "hashicorp.vault-legacy-token", "stellar.seed"),
}
"""Rules of what stands alone on its line."""
WORDS = {
    *("command.sshpass", "command.htpasswd", "discord.bot-token", "dropbox.token", "dropbox.legacy-token"),
    *("facebook.access-token", "twilio.account-sid", "twitter.bearer-token", "header.bearer-field"),
    "azure.sas-signature",
}
"""Rules whose windows ask for the start of a word, or, of URLs, for their own escapes."""


def found_between(before: bytes, after: bytes) -> set[str]:
    """Return the rules whose first example is found between these bytes in a binary, of those found on a line."""
    detector = Secrets().detector
    result = set()
    for rule in RULES:
        if rule.find and rule.examples:
            text = before + expand(rule.examples[0], rule.id).encode() + after
            result |= {rule.id} & {fact.rule for fact in detector.scan("a.bin", b"text\n " + text + b" \ntext")}
    return result


def test_what_is_found_on_a_line_is_found_between_any_bytes_but_letters() -> None:
    alone = found_between(b"\n", b"\n")

    assert len(alone) > 500
    for byte in (b"\xff", b"\x80", b"\xc3\xa9"):
        assert alone - found_between(byte, byte) - LINES_ALONE == set(), byte


@pytest.mark.parametrize(
    ("before", "after"), [(rb"\n", rb"\n"), (rb"\u003d", rb"\u0026"), (b"%3D", b"%26"), (rb"\x20", rb"\x20")]
)
def test_an_escape_ahead_ends_a_word(before: bytes, after: bytes) -> None:
    assert found_between(b"\n", b"\n") - found_between(before, after) - LINES_ALONE - WORDS == set()


def test_a_letter_ahead_ends_none() -> None:
    behind_a_letter = found_between(b"n", b"\n")

    # What begins like nothing else is found there all the same.
    assert {"github.personal-token", "stripe.secret-key", "aws.access-key-id"} & behind_a_letter == set()
    assert len(behind_a_letter) < len(RULES) // 4


def test_the_window_scan_finds_each_example_wherever_it_stands() -> None:
    # The engine has missed expressions that begin with two sets of characters, from offset 32 on.
    patterns = Secrets().detector.patterns
    scan = compile_patterns(tuple(Expression(item.expression, item.ignore_case) for item in patterns)).new_scan()
    numbers = {pattern.id: number for number, pattern in enumerate(patterns)}
    missed = set()
    for rule in RULES:
        if not rule.find or not rule.examples:
            continue
        text = b"\n " + expand(rule.examples[0], rule.id).encode() + b" \n"
        slow = re.compile(rule.find.encode(), re.MULTILINE | (re.IGNORECASE if rule.ignore_case else 0))
        for filler in (b"x", b" ", b"a,"):
            for size in (0, 1, 15, 16, 31, 32, 33, 63, 64, 100):
                data = (filler * size)[:size] + text
                if slow.search(data) and not any(number == numbers[rule.id] for _, number in scan(data)):
                    missed.add(rule.id)

    assert missed == set()


def test_a_misspelt_field_is_a_usage_error_that_names_the_file() -> None:
    with pytest.raises(UsageError, match=r"own\.toml"):
        parse_rules('[[rule]]\nid = "a"\ntitle = "b"\nexpresion = "c"\n', "own.toml")


def test_gitleaks_rules_are_read() -> None:
    text = "[[rules]]\nid = 'acme'\ndescription = 'Acme'\nregex = '''acme_([0-9a-f]{16})'''\nkeywords = ['acme_']\n"

    (rule,) = read_rules(text, "gitleaks.toml")

    assert (rule.id, rule.find, rule.title) == ("acme", "acme_", "Acme")


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, ".".join("a" * 100_000) + " = 1", "a = \x07"])
def test_what_is_no_toml_or_nested_without_end_is_a_usage_error_that_names_the_file(text: str) -> None:
    with pytest.raises(UsageError, match=r"own\.toml"):
        read_rules(text, "own.toml")


def test_a_file_without_rules_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no list of rules"):
        read_rules("title = 'x'\n", "empty.toml")


def test_a_malformed_expression_of_a_file_is_a_usage_error_that_names_the_rule() -> None:
    with pytest.raises(UsageError, match="acme"):
        read_rules("[[rules]]\nid = 'acme'\nregex = '(a'\n", "bad.toml")


def test_check_tells_an_example_that_is_not_found() -> None:
    rule = SecretRule(id="a.b", title="x", expression="zz[0-9]{4}", find="zz[0-9]{4}", examples=("zzabcd",))

    assert list(faults((rule,))) == [("a.b", "example 0 is not found")]


def test_a_set_of_expressions_tells_which_are_found() -> None:
    names = compile_set(("(?i)aws", "github", "^x_"))

    assert names(b"AWS_GITHUB_github") == [0, 1]
    assert names(b"nothing") == []
    assert compile_set(())(b"anything") == []
