"""Several analyzers run on one image, since what some conclude rests on what others observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from imgscan.analyzers.api import Analyzer
from imgscan.analyzers.golang.analyzer import Golang
from imgscan.analyzers.integrity.analyzer import Integrity
from imgscan.analyzers.packages.analyzer import Packages
from imgscan.analyzers.setuid.analyzer import Setuid
from imgscan.model.finding import Finding, Item
from imgscan.model.image import ImageConfig
from imgscan.model.ledger import Gap
from imgscan.testing import merged
from imgscan.testing.image import LayerSource

ALL: tuple[Analyzer, ...] = (Packages(), Integrity(), Setuid(), Golang())


@dataclass(frozen=True)
class Told:
    """What the analyzers said."""

    findings: tuple[Finding, ...]
    items: tuple[Item, ...]
    skips: tuple[Gap, ...]

    def rules(self, *ignored: str) -> list[tuple[str, str | None]]:
        """Return rule and path of each finding, sorted."""
        return sorted((item.rule, item.path) for item in self.findings if item.rule not in ignored)

    def finding(self, rule: str) -> Finding:
        """Return the one finding of a rule."""
        (found,) = (item for item in self.findings if item.rule == rule)
        return found

    def section(self, name: str) -> list[dict[str, Any]]:
        """Return the items of a section."""
        return [item.data for item in self.items if item.section == name]


def told(*layers: LayerSource, analyzers: tuple[Analyzer, ...] = ALL, config: ImageConfig | None = None) -> Told:
    """Return what the analyzers conclude of an image of these layers."""
    view, _ = merged(*layers, analyzers=analyzers, config=config)
    found = [item for analyzer in analyzers for item in analyzer.conclude(view)]
    return Told(
        tuple(item for item in found if isinstance(item, Finding)),
        tuple(item for item in found if isinstance(item, Item)),
        tuple(item for item in found if isinstance(item, Gap)),
    )
