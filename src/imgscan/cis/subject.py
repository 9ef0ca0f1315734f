"""What controls are judged from: everything that was concluded on one image, and what was not read of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from imgscan.model.finding import Finding, Skip
from imgscan.model.image import ImageManifest
from imgscan.model.policy import Policy
from imgscan.model.problem import Level, Problem

_FILE = frozenset({"path"})
_KEYS = {
    "base": frozenset({"evidence", "lines", "layers", "name", "digest"}),
    "config": frozenset({"user", "healthcheck", "created", "created_meaningful"}),
    "daemons": _FILE | {"status"},
    "history": frozenset({"line", "instruction", "layer", "dialect"}),
    "integrity": frozenset({"type"}),
    "packages": frozenset({"type", "name", "version", "database"}),
    "release": frozenset({"id", "version_id", "name", "end_of_life"}),
    "write_surface": frozenset({"uid", "everything"}),
    **dict.fromkeys(("shells", "package_managers", "container_tools", "capabilities", "setgid_directories"), _FILE),
}
"""What items must have to be judged: an analyzer of somebody else's may put others into the same section."""


class Subject(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One image as the analyzers left it, without what no report may show.

    ``ran`` are the ids of the analyzers that concluded without raising: what another one would have said is unknown.
    ``complete`` is whether every layer was read whole and merged; ``verified`` maps "digest" and "diff_id" to what
    came of checking it, layer by layer (true, false, None for nothing to compare with). ``artifacts`` are the kinds of
    the archive's manifests that are no images (signatures, attestations); ``skipped`` is what analyzers did not look
    at; ``today`` an ISO date, None without a clock.
    """

    manifest: ImageManifest
    findings: tuple[Finding, ...]
    inventory: Mapping[str, tuple[dict[str, Any], ...]]
    problems: tuple[Problem, ...]
    complete: bool
    verified: tuple[dict[str, bool | None], ...]
    ran: frozenset[str]
    policy: Policy = Policy()
    artifacts: tuple[str, ...] = ()
    skipped: tuple[Skip, ...] = ()
    today: str | None = None

    def items(self, section: str) -> tuple[dict[str, Any], ...]:
        """Return the inventory's items of one section that have what judges ask for, empty when there are none."""
        needed = _KEYS.get(section, frozenset())
        return tuple(item for item in self.inventory.get(section, ()) if needed <= item.keys())

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
        found: dict[str, list[Finding]] = {}
        for finding in self.findings:
            found.setdefault(finding.rule, []).append(finding)
        return found

    @property
    def config(self) -> dict[str, Any] | None:
        """What was concluded on the whole config, None where it was not."""
        return next(iter(self.items("config")), None)

    def lacking(self, *analyzers: str, config: bool = False, history: bool = False) -> str:
        """Return why silence of these analyzers proves nothing; empty where it does.

        ``config`` and ``history`` say that these are needed too: of the history, which line made which layer.
        """
        missing = [analyzer for analyzer in analyzers if analyzer not in self.ran]
        if missing:
            return f"the analyzer {' and '.join(missing)} did not run, or did not finish"
        settings = self.manifest.config
        if (config or history) and not settings.present:
            return "the source has no config: it is a root filesystem"
        if history and not settings.history:
            return "the config has no history"
        if history and self.of("history.layers-unknown"):
            return "history and layers do not match in number"
        if settings.os == "windows":
            return "the image is one of Windows, whose files and accounts are not judged"
        return self._unread()

    def unread_packages(self) -> str:
        """Return that packages may be missing from the inventory, empty where all data on them could be read."""
        found = self.of("packages.unreadable")
        return f"the data on packages in /{found[0].path} cannot be read" if found else ""

    def _unread(self) -> str:
        if self.complete:
            return ""
        first = next((problem.message for problem in self.problems if problem.level is Level.ERROR), "")
        return "the image was not read whole, or does not verify" + (f" ({first[:200]})" if first else "")
