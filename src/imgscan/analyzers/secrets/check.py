"""Whether rules hold what they promise: expressions compile for both engines, examples are found, the others not."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.secrets.detect import Detector
from imgscan.analyzers.secrets.examples import expand
from imgscan.analyzers.secrets.expression import compile_expression
from imgscan.analyzers.secrets.rule import RuleSet, SecretRule, make_rule_set
from imgscan.analyzers.secrets.structure import CHECKS
from imgscan.matching.multipattern import Expression, compile_patterns

_BARE = ("generic.", "key.", "file.", "kubernetes.secret-value")


def faults(rules: tuple[SecretRule, ...]) -> Iterator[tuple[str, str]]:
    """Yield id and fault of every rule that does not hold; nothing when all do."""
    seen: set[str] = set()
    sound = []
    for rule in rules:
        if rule.id in seen:
            yield rule.id, "its id is not the only one"
        seen.add(rule.id)
        faults_of_rule = list(_faults(rule))
        yield from ((rule.id, text) for text in faults_of_rule)
        if not faults_of_rule:
            sound.append(rule)
    yield from _examples(make_rule_set(tuple(sound), {}))


def _faults(rule: SecretRule) -> Iterator[str]:
    if not rule.find and not rule.key and not rule.id.startswith(_BARE):
        yield "neither find nor key: it would never be asked"
    if rule.check and rule.check not in CHECKS:
        yield f"no structure check {rule.check}"
    for text in (rule.expression, *rule.allow, *((rule.key,) if rule.key else ())):
        try:
            compile_expression(text)
        except ValueError as error:
            yield f"its expression is malformed for the verifier: {error}"
    if rule.find:
        try:
            compile_patterns((Expression(rule.find, rule.ignore_case),))
        except ValueError as error:
            yield f"its find is malformed for the window scan: {error}"


def _examples(rules: RuleSet) -> Iterator[tuple[str, str]]:
    detector = Detector(rules)
    for rule in rules.rules:
        if rule.id.startswith(_BARE):
            continue
        for number, template in enumerate(rule.examples):
            if rule.id not in _rules_in(detector, template, f"{rule.id}{number}"):
                yield rule.id, f"example {number} is not found"
        for number, template in enumerate(rule.counterexamples):
            if rule.id in _rules_in(detector, template, f"{rule.id}-{number}"):
                yield rule.id, f"counterexample {number} is found"


def _rules_in(detector: Detector, template: str, seed: str) -> set[str]:
    text = f"\n{expand(template, seed)}\n".encode()
    return {fact.rule for fact in detector.scan("srv/settings.conf", text)}
