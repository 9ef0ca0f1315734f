"""Packages installed in the image: the inventory, and the databases that could not be trusted or read."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

from imgscan.analyzers.packages.development import development_packages
from imgscan.analyzers.packages.rules import ANALYZER, RULES
from imgscan.formats.packages.os_release import OsRelease
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Finding, Item, Severity
from imgscan.model.ledger import Cause, Gap
from imgscan.model.package import SYSTEM_TYPES
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView
from imgscan.system.file_items import absolute
from imgscan.system.packages.databases import database_files, is_of_database
from imgscan.system.packages.dependencies import dependency_names, package_dependencies
from imgscan.system.packages.facts import RpmAltered
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.gathered import InstalledPackage, gathered_facts
from imgscan.system.packages.installed import installed_packages
from imgscan.system.packages.items import package_item
from imgscan.system.packages.owners import Owners, owners
from imgscan.system.packages.release import EndOfLife, Phase, end_of_life, release_of, release_of_image
from imgscan.system.packages.sources import reader_of
from imgscan.wording import listed

_SHOWN = 20
"""Paths listed in one finding's evidence; their number is always told."""


class Packages:
    """Lists every package of every layer's databases, and what language packages say of themselves."""

    id = ANALYZER
    version = 5
    needs = (PackageFiles,)
    rules = RULES

    def conclude(self, view: ImageView) -> Iterator[Finding | Item | Gap]:
        """Yield an item a package, the release, and findings on databases that were rewritten or not read."""
        installed = view.derived(installed_packages)
        release = view.derived(release_of_image)
        index = view.derived(owners)
        needed = view.derived(package_dependencies)
        for number, package in enumerate(index.packages):
            owner = None if package.record.type in SYSTEM_TYPES else index.system(package.database)
            system = release if not package.root else release_of(view, package.root)
            item = package_item(view, package, system, owner)
            if needed[number]:
                item["depends"] = dependency_names(index.packages, needed[number])
            yield Item("packages", item)
        if release is not None:
            yield from _release(view, release)
        for package in installed.system:
            yield from _rewritten(view, index, package)
        yield from development_packages(view, installed)
        yield from _altered(view)
        missing = index.without_lists
        if missing:
            names = listed([package.record.name for package in missing], 5)
            why = f"their databases do not name the files of {names}; those of other packages they do"
            yield Gap(cause=Cause.MISSING, what="file lists of packages", count=len(missing), why=why)
        yield from _unread((*installed.errors, *_elsewhere(view)))


def _release(view: ImageView, release: OsRelease) -> Iterator[Finding | Item]:
    end = end_of_life(release)
    data = {"id": release.id, "version_id": release.version_id, "name": release.pretty_name}
    dates = {
        "end_of_life": end.date if end else None,
        "extended_support": (end.extended or end.contract or None) if end else None,
        "contract_support": end.contract or None if end else None,
        "phase": str(end.phase) if end else None,
        "as_of": end.table_date if end else None,
    }
    yield Item("release", {**data, **dates, "supported": not end.past if end else None})
    if end is None or not end.past:
        return
    path = next((path for path in ("etc/os-release", "usr/lib/os-release") if path in view), None)
    node = view.stat(path) if path else None
    yield Finding(
        rule="packages.end-of-life",
        analyzer=ANALYZER,
        path=path,
        layer=view.points[node.layer] if node else None,
        severity=_severity_of(end),
        message=f"{release.pretty_name or release.id}: {_ended(end)}",
        evidence={**data, **dates},
        remediation="build on a release that still gets security updates (FROM)",
        identity=f"{release.id} {release.version_id}",
    )


def _severity_of(end: EndOfLife) -> Severity:
    # Debian's ELTS is another company's, and behind two ends; Ubuntu's ESM is its maker's own, behind one.
    past = end.phase is Phase.ENDED or (end.phase is Phase.CONTRACT and end.extended)
    return Severity.HIGH if past else Severity.MEDIUM


def _ended(end: EndOfLife) -> str:
    if end.phase is Phase.LONG_TERM:
        return f"regular security updates ended on {end.date}; long-term support of some packages until {end.extended}"
    if end.phase is Phase.CONTRACT:
        last = end.extended or end.date
        return f"security updates ended on {last}, but for those with a contract, who get them until {end.contract}"
    last = max(end.date, end.extended, end.contract)
    return f"security updates ended on {end.date}" + (f", all of them on {last}" if last > end.date else "")


def _rewritten(view: ImageView, index: Owners, package: InstalledPackage) -> Iterator[Finding]:
    """Yield a finding for each layer that changed a package's list of files, but not the package."""
    for layer, recorded in package.rewritten:
        paths = sorted({index.real(path) for path in recorded})
        yield Finding(
            rule="packages.record-rewritten",
            analyzer=ANALYZER,
            severity=Severity.HIGH,
            message=f"the list of files of {package.title} was rewritten by a layer that did not install it",
            path=package.database,
            layer=view.points[layer],
            evidence={
                "package": package.title,
                "installed_in": package.layer,
                "paths": [absolute(path) for path in paths[:_SHOWN]],
                "count": len(paths),
            },
            remediation=f"install {package.record.name} again from its distribution and compare",
            identity=f"{package.title} {' '.join(paths[:_SHOWN])}",
        )


def _altered(view: ImageView) -> Iterator[Finding]:
    """Yield a finding where rpm's database has headers that are not those of their packages."""
    fact = view.derived(gathered_facts).last(RpmAltered)
    if fact is None:
        return
    names = list(fact.data.names)
    yield Finding(
        rule="packages.header-altered",
        analyzer=ANALYZER,
        severity=Severity.HIGH,
        message=f"what the database says of {listed(names, 3)} is not what the package said: its digest does not fit",
        path=fact.names[0],
        layer=fact.layer,
        evidence={"packages": names[:_SHOWN], "count": len(names)},
        remedies=(Remedy(Action.RESTORE, f"dnf reinstall -y {shlex.quote(names[0].partition(' ')[0])}"),),
        identity=" ".join(names[:_SHOWN]),
    )


def _elsewhere(view: ImageView) -> Iterator[tuple[str, str]]:
    """Yield databases whose content lies under another name: it was read there, before links were known."""
    for path in database_files():
        node = view.stat(path)
        if node is not None and node.kind is EntryKind.FILE and reader_of(node.entry.path) is None:
            yield path, "its content lies elsewhere in the image, where it was not read as a database"


_OPEN = ("packages.*", "vulnerabilities.*")
_OPEN_OF_SYSTEM = ("packages.*", "integrity.*", "vulnerabilities.*")
"""What is not known where a system's database cannot be read: also what its packages installed."""


def _unread(errors: Sequence[tuple[str, str]]) -> Iterator[Finding | Gap]:
    for path, message in errors:
        yield Finding(
            rule="packages.unreadable",
            analyzer=ANALYZER,
            severity=Severity.LOW,
            message=f"package data that cannot be read: {message}",
            path=path,
            remediation="",
            identity=message,
        )
    counts = Counter((message, is_of_database(path)) for path, message in errors)
    for (message, system), count in sorted(counts.items()):
        what, rules = ("package database", _OPEN_OF_SYSTEM) if system else ("package data", _OPEN)
        yield Gap(cause=Cause.DAMAGE, what=what, count=count, why=message, rules=rules)
