"""Rules as reporting descriptors. Source: SARIF 2.1.0, section 3.49 "reportingDescriptor object"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from imgscan.analyzers.catalog import rule_of
from imgscan.model.control import CHECKLIST
from imgscan.printable import printable
from imgscan.report.markup import markdown
from imgscan.report.shown import ShownControl, ShownFinding

LEVELS = {"CRITICAL": "error", "HIGH": "error", "MEDIUM": "warning", "LOW": "note", "INFO": "note"}
"""Severities as SARIF's levels (3.27.10)."""

_SCORES = {"CRITICAL": "9.5", "HIGH": "8.0", "MEDIUM": "5.5", "LOW": "2.0"}
"""Severities as code scanning's scores: over 9.0 critical, 7.0 high, 4.0 medium, 0.1 low; without one no alert of
security."""

_CIS = "CIS-Docker-1.6.0"
"""The edition of the numbers that a rule names (``Rule.controls``), as a tag has it."""

_MAX_LENGTH = 1000
"""Characters of a description: code scanning takes 1,024."""


class Rules:
    """The rules that some findings, given as plain values, name: each once a severity, in the order of their ids.

    Code scanning ranks an alert by its rule's ``security-severity``, whatever the result says: findings of another
    severity than is usual for their rule have a rule of their own. Its id depends on the finding alone, so that an
    alert stays the same one when other findings come and go.
    """

    def __init__(self, findings: Sequence[ShownFinding], controls: Sequence[ShownControl], max_tags: int) -> None:
        self._rules: dict[str, tuple[str, str]] = {}
        self._analyzers: dict[str, str] = {}
        named: dict[str, str] = {}
        for item in findings:
            rule = item.rule
            self._rules[self.id_of(item)] = rule, item.severity
            self._analyzers.setdefault(rule, item.analyzer)
            named[item.fingerprint] = rule
        self._tags: dict[str, list[str]] = defaultdict(list)
        for rule in self._analyzers:
            self._tags[rule] += [f"{_CIS}/{number}" for number in rule_of(rule).controls]
        for control in controls:
            for rule in sorted({named[mark] for mark in control.findings if mark in named}):
                self._tags[rule].append(_tag(control))
        self._max_tags = max_tags
        self._index = {identifier: number for number, identifier in enumerate(sorted(self._rules))}

    def id_of(self, item: ShownFinding) -> str:
        """Return the id of a finding's rule; hierarchical (3.27.5) where its severity is not the usual one."""
        rule, severity = item.rule, item.severity
        return str(rule) if _usual(rule) == severity else f"{rule}/{severity.lower()}"

    def index(self, item: ShownFinding) -> int:
        """Return the place of a finding's rule among the descriptors."""
        return self._index[self.id_of(item)]

    def descriptors(self) -> list[dict[str, object]]:
        """Return the descriptors of all rules."""
        return [self._descriptor(identifier, *self._rules[identifier]) for identifier in self._index]

    def _descriptor(self, identifier: str, rule: str, severity: str) -> dict[str, object]:
        text = rule_of(rule)
        title, description, remedy = (printable(item) for item in (text.title, text.description, text.remediation))
        properties: dict[str, object] = {
            "tags": ["security", self._analyzers[rule], *dict.fromkeys(self._tags[rule])][: self._max_tags]
        }
        if severity in _SCORES:
            properties["security-severity"] = _SCORES[severity]
        return {
            "id": identifier,
            "shortDescription": {"text": title[:_MAX_LENGTH]},
            "fullDescription": {"text": description[:_MAX_LENGTH]},
            "help": {
                "text": "\n\n".join(filter(None, (description, remedy and f"What to do: {remedy}"))),
                "markdown": "\n\n".join(
                    filter(None, (markdown(description), remedy and f"**What to do:** {markdown(remedy)}"))
                ),
            },
            "defaultConfiguration": {"level": LEVELS[severity]},
            "properties": properties,
        }


@cache
def _usual(rule: str) -> str:
    return rule_of(rule).severity.name


def _tag(control: ShownControl) -> str:
    edition = "imgscan" if control.edition == CHECKLIST else control.edition
    return "/".join((edition, control.id)).replace(" ", "-")
