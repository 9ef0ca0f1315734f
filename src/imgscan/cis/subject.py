"""What controls are judged from: everything that was concluded on one image, and what was not read of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TypeVar

import msgspec

from imgscan.model.finding import Finding
from imgscan.model.image import ImageManifest
from imgscan.model.items import ConfigItem, Readable, read_items
from imgscan.model.ledger import Cause, Gap
from imgscan.model.policy import Policy
from imgscan.model.problem import Problem
from imgscan.model.vulnerability import Vulnerabilities

ItemT = TypeVar("ItemT", bound=Readable)


class Subject(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One image as the analyzers left it, without what no report may show.

    ``complete`` is whether every layer was read whole and merged; ``verified`` maps "digest" and "diff_id" to what
    came of checking it, layer by layer (true, false, None for nothing to compare with). ``artifacts`` are the kinds of
    the archive's manifests that are no images (signatures, attestations); ``ledger`` is all that is not known, which
    the gate holds against each control; ``today`` an ISO date, None without a clock; ``vulnerabilities`` what another
    program's report says.
    """

    manifest: ImageManifest
    findings: tuple[Finding, ...]
    inventory: Mapping[str, tuple[dict[str, object], ...]]
    problems: tuple[Problem, ...]
    complete: bool
    verified: tuple[dict[str, bool | None], ...]
    policy: Policy = Policy()
    artifacts: tuple[str, ...] = ()
    ledger: tuple[Gap, ...] = ()
    today: str | None = None
    vulnerabilities: Vulnerabilities | None = None

    def items(self, shape: type[ItemT], section: str = "") -> tuple[ItemT, ...]:
        """Return the items of a section (that of ``shape`` where it has one) that have its fields."""
        kept: dict[tuple[type, str], tuple[object, ...]] = self._items
        if (shape, section) not in kept:
            kept[shape, section] = tuple(read_items(self.inventory, shape, section))
        return kept[shape, section]  # type: ignore[return-value]  # by shape

    def item(self, shape: type[ItemT]) -> ItemT | None:
        """Return the one item of a section that has one, None where it is not there."""
        return next(iter(self.items(shape)), None)

    @cached_property
    def _items(self) -> dict[tuple[type, str], tuple[object, ...]]:
        """The items that were asked for: every control asks for packages."""
        return {}

    def of(self, *rules: str) -> tuple[Finding, ...]:
        """Return the findings of these rules; one that ends with a dot names all rules below it."""
        chosen: list[Finding] = []
        for rule in rules:
            names = [name for name in self._by_rule if name.startswith(rule)] if rule.endswith(".") else [rule]
            for name in names:
                chosen += self._by_rule.get(name, ())
        return tuple(chosen)

    @cached_property
    def _by_rule(self) -> dict[str, list[Finding]]:
        """Findings by rule: judges ask a hundred times, and a hostile image has a million of them."""
        result: dict[str, list[Finding]] = {}
        for finding in self.findings:
            result.setdefault(finding.rule, []).append(finding)
        return result

    @property
    def config(self) -> ConfigItem | None:
        """What was concluded on the whole config, None where it was not."""
        return self.item(ConfigItem)

    def is_open(self, *rules: str) -> bool:
        """Whether something of the ledger leaves one of these rules or families open."""
        return any(gap.opens(rules) for gap in self.ledger)

    def not_run(self, analyzer: str) -> bool:
        """Whether an analyzer was not chosen."""
        return any(gap.cause is Cause.NOT_RUN and gap.opens((f"{analyzer}.*",)) for gap in self.ledger)
