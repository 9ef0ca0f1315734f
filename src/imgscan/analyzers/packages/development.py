"""Packages that serve to build, to debug or to read about programs, told by the names that distributions give them."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator

from imgscan.analyzers.packages.rules import ANALYZER
from imgscan.model.finding import Finding, Severity
from imgscan.model.package import PackageType
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.gathered import InstalledPackage
from imgscan.system.packages.installed import Installed
from imgscan.wording import counted, listed

_NAME = re.compile(
    r".*-(?:dev|devel|headers|static|dbg|dbgsym|debuginfo|debugsource|doc|docs)|build-essential|build-base|base-devel|"
    r"linux-headers-.*"
)
_MAX_NAMES = 200
_PURGE = {
    PackageType.DEB: "apt-get purge -y --auto-remove",
    PackageType.APK: "apk del",
    PackageType.RPM: "dnf remove -y",
    PackageType.ALPM: "pacman -Rns --noconfirm",
}


def development_packages(view: ImageView, installed: Installed) -> Iterator[Finding]:
    """Yield one finding on all such packages of one kind."""
    by_type: dict[PackageType, list[InstalledPackage]] = {}
    for package in installed.system:
        if package.visible and _NAME.fullmatch(package.record.name):
            by_type.setdefault(package.record.type, []).append(package)
    for kind, packages in by_type.items():
        yield _finding(view, kind, packages)


def _finding(view: ImageView, kind: PackageType, packages: list[InstalledPackage]) -> Finding:
    names = sorted({package.record.name for package in packages})
    layer, _ = Counter(package.layer for package in packages).most_common(1)[0]
    words = " ".join(shlex.quote(name) for name in names[:20])
    return Finding(
        rule="packages.development",
        analyzer=ANALYZER,
        severity=Severity.LOW,
        message=f"{counted(len(names), 'package')} to build, debug or document programs: {listed(names, 5)}",
        path=packages[0].database,
        layer=view.points[layer],
        evidence={"count": len(names), "packages": names[:_MAX_NAMES]},
        remedies=(Remedy(Action.REMOVE_PACKAGES, f"{_PURGE[kind]} {words}"),),
        identity=" ".join(names[:_MAX_NAMES]),
    )
