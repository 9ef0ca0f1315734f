"""What two reports differ in, as one value; everything in it is a function of the two."""

from __future__ import annotations

import msgspec

from imgscan.compare.controls import ControlChange, compare_controls, same_controls
from imgscan.compare.findings import FindingChanges, compare_findings
from imgscan.compare.inventory import PackageChanges, SectionChange, compare_packages, compare_sections
from imgscan.compare.side import Side
from imgscan.compare.sizes import Amount, SharedLayers, compare_layers, compare_sizes
from imgscan.compare.vulnerabilities import VulnerabilityChanges, compare_vulnerabilities
from imgscan.model.control import Status
from imgscan.model.finding import Severity


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Image ``a`` (before) against image ``b`` (after).

    ``controls`` are those whose result is another one, ``same_controls`` counts the others. ``sections`` are lists
    of the inventory, also those without a change.
    """

    a: Side
    b: Side
    sizes: tuple[Amount, ...]
    layers: SharedLayers
    controls: tuple[ControlChange, ...]
    same_controls: int
    findings: FindingChanges
    sections: tuple[SectionChange, ...]
    packages: PackageChanges
    vulnerabilities: VulnerabilityChanges | None

    @property
    def complete(self) -> bool:
        """Whether both images were read whole: only then what is missing in one is not there."""
        return self.a.coverage.complete and self.b.coverage.complete

    def exit_code(self, fail_on: Severity | None = None, new: bool = False) -> int:
        """Return the exit code of the command line: 1 for what counts, 4 for an image read in part, 0 else.

        What counts are findings and failed controls of ``b`` from ``fail_on`` on that no exception covers; with
        ``new`` only those that ``a`` has not, or has less severe or excepted.
        """
        if fail_on is not None and (self._counts_new(fail_on) if new else self._counts(fail_on)):
            return 1
        return 0 if self.complete else 4

    def _counts(self, fail_on: Severity) -> bool:
        severities = [item.severity for item in self.b.findings if not item.suppressed]
        failed = [item for item in self.b.controls if item.status is Status.FAIL and not item.suppressed]
        return any(_at(name, fail_on) for name in (*severities, *(item.severity for item in failed)))

    def _counts_new(self, fail_on: Severity) -> bool:
        severities = [item.severity for item in self.findings.new if not item.suppressed]
        for change in self.findings.changed:
            if not change.after.suppressed and (change.before.suppressed or not _at(change.before.severity, fail_on)):
                severities.append(change.after.severity)
        failed = [item.severity for item in self.controls if item.failed_now]
        return any(_at(name, fail_on) for name in (*severities, *failed))


def _at(name: str, fail_on: Severity) -> bool:
    return name in Severity.__members__ and Severity[name] >= fail_on


def compare(a: Side, b: Side) -> Comparison:
    """Return what changed from ``a`` to ``b``."""
    return Comparison(
        a=a,
        b=b,
        sizes=compare_sizes(a, b),
        layers=compare_layers(a, b),
        controls=compare_controls(a, b),
        same_controls=same_controls(a, b),
        findings=compare_findings(a, b),
        sections=compare_sections(a, b),
        packages=compare_packages(a, b),
        vulnerabilities=compare_vulnerabilities(a, b),
    )
