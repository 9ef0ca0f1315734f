"""Findings and items as they come, up to the bounds of a report; what is beyond them is counted, never just dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from imgscan.model.finding import Finding, Item, Severity
from imgscan.model.limits import Limits
from imgscan.model.problem import Level, Problem
from imgscan.wording import counted


class Gathering:
    """Keeps the first ``limits.findings_per_rule`` findings of each rule and severity, and the first
    ``limits.items_per_section`` items of each section of the inventory.

    By severity, so that a flood of harmless findings does not push out a critical one of the same rule.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._told: Counter[tuple[str, Severity]] = Counter()
        self._listed: Counter[str] = Counter()
        self._authors: dict[str, set[str]] = {}
        self.findings: list[Finding] = []
        self.inventory: dict[str, list[dict[str, object]]] = {}

    def add(self, result: Finding | Item, analyzer: str) -> None:
        """Take one more, which ``analyzer`` concluded."""
        if isinstance(result, Item):
            self._listed[result.section] += 1
            self._authors.setdefault(result.section, set()).add(analyzer)
            if self._listed[result.section] <= self._limits.items_per_section:
                self.inventory.setdefault(result.section, []).append(result.data)
            return
        kind = (result.rule, result.severity)
        self._told[kind] += 1
        if self._told[kind] <= self._limits.findings_per_rule:
            self.findings.append(result)

    def problems(self) -> Iterator[Problem]:
        """Yield what was counted only: one problem a rule and severity, and one a section."""
        for (rule, severity), count in self._told.items():
            left_out = count - self._limits.findings_per_rule
            if left_out > 0:
                text = (
                    f"{counted(left_out, 'finding')} {rule} of severity {severity.name} beyond limits.findings_per_rule"
                )
                yield _cut("too-many-findings", text, (rule,))
        for section, count in self._listed.items():
            left_out = count - self._limits.items_per_section
            if left_out > 0:
                text = f"{left_out} more items of {section} than limits.items_per_section allows"
                yield _cut("too-many-items", text, tuple(sorted(f"{name}.*" for name in self._authors[section])))


def _cut(code: str, text: str, rules: tuple[str, ...]) -> Problem:
    message = f"{text}; they are counted alone"
    return Problem(level=Level.ERROR, stage="analyzer", code=code, message=message, rules=rules)
