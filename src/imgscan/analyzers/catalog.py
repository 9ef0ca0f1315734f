"""Every kind of finding in one place: what ``imgscan explain``, SARIF and the documentation are made of."""

from __future__ import annotations

from imgscan.advisories import rules as advisories
from imgscan.analyzers.builtin import BUILTIN
from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules
from imgscan.policy import rules as policy

__all__ = ["BY_ANALYZER", "RULES", "Rule", "rule_of"]

BY_ANALYZER: dict[str, Rules] = {analyzer.id: analyzer.rules for analyzer in BUILTIN if analyzer.rules}
"""The rules of the built-in analyzers but ``secrets``, whose rules are files of their own (``imgscan rules``)."""

RULES: Rules = {
    rule.id: rule for rules in (*BY_ANALYZER.values(), advisories.RULES, policy.RULES) for rule in rules.values()
}
"""All of them by id, those on known vulnerabilities, and the rules on a policy's exceptions."""

_SECRETS = "secrets."
_ON_SECRETS = (
    "A secret in a file of any layer, deleted ones too, in the config or in the history. Its value is in no output: "
    "the finding has place, length and a keyed hash."
)


def rule_of(rule_id: str) -> Rule:
    """Return the rule of a finding: a built-in one, one on secrets, or for another package's what the id says."""
    if rule_id in RULES:
        return RULES[rule_id]
    if rule_id.startswith(_SECRETS):
        return _secret_rule(rule_id)
    words = rule_id.replace(".", ": ", 1).replace("-", " ")
    return Rule(rule_id, words, "A rule of an analyzer that another package brings.", Severity.MEDIUM)


def _secret_rule(rule_id: str) -> Rule:
    # The rules are hundreds, in files: read where one is asked for.
    from imgscan.analyzers.secrets.rule import builtin_rules

    known = builtin_rules()
    name = rule_id.removeprefix(_SECRETS)
    result = next((rule for rule in known.rules if rule.id == name), None)
    if result is None:
        title = name.replace(".", ": ", 1).replace("-", " ")
        return Rule(rule_id, title, _ON_SECRETS, Severity.HIGH, "Revoke it and issue a new one.", ("4.10",))
    severity = Severity[result.severity.upper()]
    return Rule(rule_id, result.title, _ON_SECRETS, severity, known.remediation(result), ("4.10",))
