"""What a rule means, for formats that describe each rule once."""

from __future__ import annotations

import msgspec

from imgscan.model.finding import Severity


class RuleText(msgspec.Struct, frozen=True):
    """A rule's texts: ``title`` a few words, ``description`` sentences, ``remediation`` what to do, or empty."""

    id: str
    title: str
    description: str
    severity: Severity
    remediation: str = ""


def rule_text(rule_id: str) -> RuleText:
    """Return what a rule means; for one that nobody describes, what its id says."""
    title = rule_id.replace(".", ": ", 1).replace("-", " ")
    return RuleText(rule_id, title, "A rule of imgscan or of an analyzer that another package brings.", Severity.MEDIUM)
