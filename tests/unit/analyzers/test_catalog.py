"""The catalog has every rule that the analyzers' code can emit, and none besides."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import imgscan.analyzers
from imgscan.advisories import rules as advisories
from imgscan.analyzers.catalog import BY_ANALYZER, RULES, rule_of
from imgscan.analyzers.permissions.regions import Region
from imgscan.analyzers.secrets.rule import builtin_rules
from imgscan.model.finding import Severity
from imgscan.model.image import DisagreementClass
from imgscan.model.rule import Rule
from imgscan.policy import rules as policy

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SOURCE = Path(imgscan.analyzers.__path__[0])
WITHOUT_PREFIX = {"config_finding": "config", "Admission": "history"}
"""Functions whose first argument is a rule without its analyzer's name."""
BY_VARIABLE = {
    "permissions": {
        *(f"{how}-{region}" for region in Region for how in ("user-writes", "root-uses")),
        *("world-writable-directory", "world-writable-file", "unknown-owner", "unknown-group"),
    },
    "oddities": {
        *("device", "pipe", "name", "host-link", "negative-time", "sparse-file", "setuid-link", "future-time"),
        *map(str, DisagreementClass),
    },
    "leftovers": {rule.partition(".")[2] for rule in BY_ANALYZER["leftovers"]},
    "verification": {rule.partition(".")[2] for rule in BY_ANALYZER["verification"]},
    "accounts": {"duplicate-uid", "duplicate-gid", "duplicate-user-name"},
    "history": {rule.partition(".")[2] for rule in BY_ANALYZER["history"]},
    "bills": {"listed-and-absent", "present-and-not-listed"},
}
"""Rules that the code puts together of parts: their last part must stand in it all the same, or be made of names."""


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if not {"rules", "secrets"} & set(path.relative_to(SOURCE).parts):
            yield path, ast.parse(path.read_text())


def written_rules() -> Iterator[tuple[str, str]]:
    """Yield each rule that is written out in the code, and where."""
    for path, tree in sources():
        for node in ast.walk(tree):
            place = f"{path.name}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                analyzer, dot, rest = node.value.partition(".")
                if dot and analyzer in BY_ANALYZER and NAME.fullmatch(rest) and rest != "toml":
                    yield node.value, place
            if isinstance(node, ast.Call):
                prefix = WITHOUT_PREFIX.get(getattr(node.func, "id", ""))
                if prefix and node.args and isinstance(node.args[0], ast.Constant):
                    yield f"{prefix}.{node.args[0].value!s}", place


def test_every_rule_that_the_code_names_is_in_the_catalog() -> None:
    found = [*written_rules()]

    assert len(found) > 60
    assert [(rule, place) for rule, place in found if rule not in RULES] == []


def test_every_rule_of_the_catalog_is_one_that_the_code_names_or_puts_together() -> None:
    written = {rule for rule, _ in written_rules()}
    made = {f"{analyzer}.{name}" for analyzer, names in BY_VARIABLE.items() for name in names}

    assert (
        set(RULES)
        - set(policy.RULES)
        - set(advisories.RULES)
        - written
        - made
        - {"permissions.sensitive-mode", "oddities.case-clash"}
        == set()
    )


def test_each_rule_is_of_the_analyzer_that_its_id_names() -> None:
    wrong = [rule for name, rules in BY_ANALYZER.items() for rule in rules if rule.partition(".")[0] != name]

    assert wrong == []
    assert len(RULES) == sum(map(len, BY_ANALYZER.values())) + len(policy.RULES) + len(advisories.RULES)  # no id twice


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_is_told_in_a_phrase_and_in_sentences(rule: Rule) -> None:
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.description.endswith(".")
    assert len(rule.description) < 1000
    assert isinstance(rule.severity, Severity)
    assert rule.severity is Severity.INFO or rule.remediation


def test_a_rule_on_secrets_is_found_with_what_to_do() -> None:
    some = builtin_rules().rules[0]

    found = rule_of(f"secrets.{some.id}")

    assert found.title == some.title
    assert found.remediation
    assert found.controls == ("4.10",)


@pytest.mark.parametrize("name", ["secrets.my-own", "other.thing", "no-dot", ""])
def test_an_unknown_rule_has_an_answer_too(name: str) -> None:
    assert rule_of(name).id == name
