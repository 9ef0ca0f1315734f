"""Rules as reporting descriptors. Source: SARIF 2.1.0, section 3.49 "reportingDescriptor object"."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from imgscan.analyzers.catalog import rule_of
from imgscan.model.control import CHECKLIST
from imgscan.model.finding import Severity
from imgscan.printable import printable
from imgscan.report.markup import markdown

LEVELS = {"CRITICAL": "error", "HIGH": "error", "MEDIUM": "warning", "LOW": "note", "INFO": "note"}
"""Severities as SARIF's levels (3.27.10)."""

_SCORES = {"CRITICAL": "9.5", "HIGH": "8.0", "MEDIUM": "5.5", "LOW": "2.0"}
"""Severities as code scanning's scores: over 9.0 critical, 7.0 high, 4.0 medium, 0.1 low; without one no alert of
security."""

_CIS = "CIS-Docker-1.6.0"
"""The edition of the numbers that a rule names (``Rule.controls``), as a tag has it."""

_LONGEST = 1000
"""Characters of a description: code scanning takes 1,024."""


class Rules:
    """The rules that some findings, given as plain values, name: each once, in the order of their ids."""

    def __init__(self, findings: list[dict[str, Any]], controls: list[dict[str, Any]], most_tags: int) -> None:
        self._worst: dict[str, Severity] = {}
        self._analyzers: dict[str, str] = {}
        named: dict[str, str] = {}
        for item in findings:
            rule = item["rule"]
            self._worst[rule] = max(Severity[item["severity"]], self._worst.get(rule, Severity.INFO))
            self._analyzers.setdefault(rule, item["analyzer"])
            named[item["fingerprint"]] = rule
        self._tags: dict[str, list[str]] = defaultdict(list)
        for rule in self._worst:
            self._tags[rule] += [f"{_CIS}/{number}" for number in rule_of(rule).controls]
        for control in controls:
            for rule in sorted({named[mark] for mark in control["findings"] if mark in named}):
                self._tags[rule].append(_tag(control))
        self._most_tags = most_tags
        self._index = {rule: number for number, rule in enumerate(sorted(self._worst))}

    def index(self, rule: str) -> int:
        """Return a rule's place among the descriptors."""
        return self._index[rule]

    def descriptors(self) -> list[dict[str, Any]]:
        """Return the descriptors of all rules."""
        return [self._descriptor(rule) for rule in self._index]

    def _descriptor(self, rule: str) -> dict[str, Any]:
        text = rule_of(rule)
        worst = self._worst[rule].name
        title, description, remedy = (printable(item) for item in (text.title, text.description, text.remediation))
        properties: dict[str, Any] = {
            "tags": ["security", self._analyzers[rule], *dict.fromkeys(self._tags[rule])][: self._most_tags]
        }
        if worst in _SCORES:
            properties["security-severity"] = _SCORES[worst]
        return {
            "id": rule,
            "shortDescription": {"text": title[:_LONGEST]},
            "fullDescription": {"text": description[:_LONGEST]},
            "help": {
                "text": "\n\n".join(filter(None, (description, remedy and f"What to do: {remedy}"))),
                "markdown": "\n\n".join(
                    filter(None, (markdown(description), remedy and f"**What to do:** {markdown(remedy)}"))
                ),
            },
            "defaultConfiguration": {"level": LEVELS[worst]},
            "properties": properties,
        }


def _tag(control: dict[str, Any]) -> str:
    edition = "imgscan" if control["edition"] == CHECKLIST else control["edition"]
    return "/".join((edition, control["id"])).replace(" ", "-")
