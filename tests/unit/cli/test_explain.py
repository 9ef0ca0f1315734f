from __future__ import annotations

import pytest

from imgscan.analyzers.builtin import BUILTIN
from imgscan.analyzers.catalog import BY_ANALYZER, RULES
from imgscan.cis.checklist import CHECKS
from imgscan.cis.evaluate import BENCHMARK
from imgscan.cli.explain import explained
from imgscan.errors import UsageError


def test_every_rule_and_every_control_can_be_explained() -> None:
    for name in (*RULES, *(item.id for item in BENCHMARK)):
        assert explained(name).startswith(f"{name}: ")


def test_an_analyzer_says_what_it_does_and_has_a_line_for_each_of_its_rules() -> None:
    for analyzer in BUILTIN:
        text, _, lines = explained(analyzer.id).rpartition("\n\n")
        rules = BY_ANALYZER.get(analyzer.id, {})
        assert text.startswith(f"{analyzer.id}: an analyzer")
        assert text.count("\n\n") >= 1
        assert [line.split()[0] for line in lines.splitlines()] == [*rules] or not rules


def test_the_analyzer_of_secrets_is_explained_with_all_its_rules() -> None:
    assert explained("secrets").count("\nsecrets.") > 500


def test_an_analyzer_without_rules_says_so() -> None:
    assert any("It has no rules" in explained(analyzer.id) for analyzer in BUILTIN)


def test_every_control_says_why_what_to_do_and_what_it_rests_on() -> None:
    for item in (*BENCHMARK, *CHECKS):
        text = explained(item.id)
        assert "\n\nwhy: " in text
        assert "\n\nremedy: " in text
        assert ("\n\nevidence: " in text) == bool(item.rests)


def test_a_secret_rule_is_explained_too() -> None:
    assert "AKIA" in explained("secrets.aws.access-key-id") or "AWS" in explained("secrets.aws.access-key-id")


def test_what_is_nearly_a_name_is_asked_back() -> None:
    with pytest.raises(UsageError, match=r"did you mean setuid\.suid-file"):
        explained("setuid.suid-fil")
    with pytest.raises(UsageError, match=r"no rule, control or analyzer is called zzzzzz\Z"):
        explained("zzzzzz")
