"""The rules on a policy's own exceptions; no analyzer has them: ``imgscan.policy`` makes their findings."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

RULES: Rules = table(
    Rule(
        "policy.expired-exception",
        "the last day of a documented exception has passed",
        "An exception of the policy that speaks of this image holds no more: what it excused counts again.",
        Severity.MEDIUM,
        "renew it with a new reason and date, or remove it",
    ),
    Rule(
        "policy.unused-exception",
        "a documented exception fits nothing in the image",
        "An exception of the policy speaks of this image, and nothing in it is what it describes.",
        Severity.INFO,
        "remove it: what it excused is gone",
    ),
)
