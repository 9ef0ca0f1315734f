"""What is known against the packages of an image: by the database of advisories, or by another program's report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from imgscan.model.finding import Finding
from imgscan.model.image import ImageManifest
from imgscan.model.items import PackageItem, read_items
from imgscan.model.ledger import Gap
from imgscan.model.options import ScanOptions
from imgscan.model.vulnerability import Excused, Vulnerabilities, Vulnerability
from imgscan.policy.apply import PolicyRun
from imgscan.policy.load import read_bytes
from imgscan.printable import printable
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.former import former_packages
from imgscan.system.packages.items import package_item
from imgscan.system.packages.release import release_of, release_of_image

_MAX_VEX_BYTES = 64 << 20


class Known(msgspec.Struct, frozen=True):
    """The vulnerabilities, None where nobody was asked; what of it is a finding; and what could not be matched."""

    vulnerabilities: Vulnerabilities | None = None
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()


def known_vulnerabilities(
    options: ScanOptions,
    view: ImageView,
    inventory: Mapping[str, object],
    policy: PolicyRun,
    manifest: ImageManifest,
) -> Known:
    """Return what is known; the options say of whom to ask and what to leave out.

    Raises:
        UsageError: the database or a VEX document cannot be read.
    """
    result = options.vulnerabilities
    gaps: tuple[Gap, ...] = ()
    if result is None and options.advisories is not None:
        from imgscan.advisories.database import Advisories  # nothing is paid for it where there is none
        from imgscan.advisories.matching import match_packages

        with Advisories(options.advisories) as database:
            matched = match_packages(inventory, _former(view), database, options.today, manifest.image_id)
        result, gaps = matched.vulnerabilities, matched.gaps
    if result is None:
        return Known()
    result = _excused(result, options, manifest, policy)
    if not result.is_own_database:
        return Known(result)
    from imgscan.advisories.findings import findings_of

    return Known(result, tuple(findings_of(result.items, manifest.layers)), gaps)


def _former(view: ImageView) -> tuple[PackageItem, ...]:
    """Return the packages of lower layers as the inventory would list them."""
    release = view.derived(release_of_image)
    items = [
        package_item(view, package, release_of(view, package.root) if package.root else release)
        for package in view.derived(former_packages)
    ]
    return tuple(read_items({PackageItem.section: items}, PackageItem))


def _excused(
    result: Vulnerabilities, options: ScanOptions, manifest: ImageManifest, policy: PolicyRun
) -> Vulnerabilities:
    """Return the vulnerabilities without those that a VEX document or an exception takes out, which are kept apart."""
    by_document = _by_documents(options.vex)
    kept: list[Vulnerability] = []
    excused: list[Excused] = []
    unfixed = 0
    for item in result.items:
        reason = by_document(item, manifest) or policy.excuse(item)
        if reason is not None:
            excused.append(Excused(item, reason))
        elif options.ignore_unfixed and not item.fixed_in:
            unfixed += 1
        else:
            kept.append(item)
    return msgspec.structs.replace(result, items=tuple(kept), excused=tuple(excused), unfixed_left_out=unfixed)


def _by_documents(paths: Sequence[str]) -> Callable[[Vulnerability, ImageManifest], str | None]:
    if not paths:
        return lambda item, image: None
    from imgscan.advisories.vex import excuse_of, parse_vex

    files = [(read_bytes(path, _MAX_VEX_BYTES), printable(path)) for path in paths]
    statements = [statement for data, name in files for statement in parse_vex(data, name)]
    return lambda item, image: excuse_of(statements, item, image)
