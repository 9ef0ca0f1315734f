"""What controls are judged from: everything that was concluded on one image, and what was not read of it."""

from __future__ import annotations

from typing import Any

import msgspec

from imgscan.model.finding import Finding
from imgscan.model.image import ImageManifest
from imgscan.model.policy import Policy
from imgscan.model.problem import Problem


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One image as the analyzers left it.

    ``ran`` are the ids of the analyzers that concluded without raising: what another one would have said is unknown.
    ``complete`` is whether every layer was read whole and merged; ``verified`` maps "digest" and "diff_id" to what
    came of checking it, layer by layer (true, false, None for nothing to compare with).
    """

    manifest: ImageManifest
    findings: tuple[Finding, ...]
    inventory: dict[str, tuple[dict[str, Any], ...]]
    problems: tuple[Problem, ...]
    complete: bool
    verified: tuple[dict[str, bool | None], ...]
    ran: frozenset[str]
    policy: Policy = Policy()

    def items(self, section: str) -> tuple[dict[str, Any], ...]:
        """Return the inventory's items of one section, empty when there are none."""
        return self.inventory.get(section, ())

    def of(self, *rules: str) -> tuple[Finding, ...]:
        """Return the findings of these rules; one that ends with a dot names all rules below it."""
        exact = frozenset(rules)
        prefixes = tuple(rule for rule in rules if rule.endswith("."))
        return tuple(item for item in self.findings if item.rule in exact or item.rule.startswith(prefixes or ("\0",)))
