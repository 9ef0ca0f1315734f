from __future__ import annotations

import pytest

from imgscan.analyzers.catalog import BY_ANALYZER, RULES
from imgscan.cis.evaluate import BENCHMARK
from imgscan.cli.explain import explained
from imgscan.errors import UsageError


def test_every_rule_and_every_control_can_be_explained() -> None:
    for name in (*RULES, *(item.id for item in BENCHMARK)):
        assert explained(name).startswith(f"{name}: ")


def test_an_analyzer_is_a_line_for_each_of_its_rules() -> None:
    for analyzer, rules in BY_ANALYZER.items():
        assert explained(analyzer).count("\n") == len(rules)


def test_a_secret_rule_is_explained_too() -> None:
    assert "AKIA" in explained("secrets.aws.access-key-id") or "AWS" in explained("secrets.aws.access-key-id")


def test_what_is_nearly_a_name_is_asked_back() -> None:
    with pytest.raises(UsageError, match=r"did you mean setuid\.suid-file"):
        explained("setuid.suid-fil")
    with pytest.raises(UsageError, match=r"no rule, control or analyzer is called zzzzzz\Z"):
        explained("zzzzzz")
