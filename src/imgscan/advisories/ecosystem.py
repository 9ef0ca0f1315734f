"""Under which name and of which release an ecosystem's advisories speak of an installed package.

Source: OSV schema, "affected[].package", the table of defined ecosystems; each distribution's own advisories.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from imgscan.model.items import PackageItem, ReleaseItem


class Subject(msgspec.Struct, frozen=True):
    """A package as advisories name it; ``fits`` says whether those of a release are about it.

    ``release`` is that release in words, empty where the ecosystem has none; ``stream`` that of the package's module.
    ``selective`` is an ecosystem that knows some such packages only: of one without any advisory nothing is known.
    """

    ecosystem: str
    name: str
    version: str
    release: str = ""
    fits: Callable[[str], bool] = lambda release: True
    stream: str = ""
    selective: bool = False


_LANGUAGES = {
    "pypi": "PyPI",
    "npm": "npm",
    "gem": "RubyGems",
    "golang": "Go",
    "maven": "Maven",
    "cargo": "crates.io",
    "composer": "Packagist",
    "nuget": "NuGet",
    "hex": "Hex",
    "cran": "CRAN",
    "cpan": "CPAN",
    "julia": "Julia",
    "swift": "SwiftURL",
    "bitnami": "Bitnami",
}
_PROGRAMS = "Bitnami"
"""Whose advisories are about releases of servers and runtimes as their projects number them, whoever built them."""
_PROGRAM_NAMES = {"httpd": "apache", "go": "golang"}
_BY_SOURCE = {
    "debian": "Debian",
    "ubuntu": "Ubuntu",
    "alpine": "Alpine",
    "wolfi": "Wolfi",
    "chainguard": "Chainguard",
    "minimos": "MinimOS",
}
_RPM = {
    "almalinux": "AlmaLinux",
    "rocky": "Rocky Linux",
    "rhel": "Red Hat",
    "opensuse-leap": "openSUSE",
    "opensuse-tumbleweed": "openSUSE",
    "sles": "SUSE",
    "sled": "SUSE",
    "sle_hpc": "SUSE",
    "azurelinux": "Azure Linux",
    "mariner": "Azure Linux",
    "mageia": "Mageia",
    "photon": "Photon OS",
    "openEuler": "openEuler",
}


def subjects_of(package: PackageItem, release: ReleaseItem | None) -> tuple[Subject, ...]:
    """Return how advisories name a package; nothing where no ecosystem that is known has it.

    Distributions of rpm packages speak of what is installed or of the source package, some of both.
    """
    ecosystem = _LANGUAGES.get(package.type)
    if ecosystem is not None:
        name = package.name
        if ecosystem == "Maven":
            group, _, artifact = name.rpartition("/")
            name = f"{group}:{artifact}"
        return (Subject(ecosystem, normal_name(ecosystem, name), package.version),)
    if package.type == "generic":
        name = _PROGRAM_NAMES.get(package.name, package.name)
        return (Subject(_PROGRAMS, name, package.version, selective=True),)
    if release is None:
        return ()
    version_id = release.version_id or ""
    if package.type in ("deb", "apk") and release.id in _BY_SOURCE:
        ecosystem = _BY_SOURCE[release.id]
        version = package.source_version or package.version
        fits = _fits(ecosystem, version_id)
        bound = version_id if ecosystem in ("Debian", "Ubuntu", "Alpine") else ""
        return (Subject(ecosystem, package.source or package.name, version, bound, fits),)
    if package.type == "rpm" and release.id in _RPM:
        ecosystem = _RPM[release.id]
        epoch, colon, _ = package.version.partition(":")
        fits = _fits_rpm(ecosystem, release)
        versions = {package.name: package.version}
        if package.source:
            versions.setdefault(package.source, package.source_version or package.version)
        return tuple(
            Subject(
                ecosystem,
                name,
                version if ":" in version or not colon else f"{epoch}:{version}",
                version_id,
                fits,
                package.module or "",
            )
            for name, version in versions.items()
        )
    if package.type == "alpm" and release.id == "arch":
        return (Subject("Arch Linux", package.name, package.version),)
    return ()


def normal_name(ecosystem: str, name: str) -> str:
    """Return a package's name in the one spelling that its ecosystem takes for it and for all that are the same."""
    if ecosystem == "PyPI":  # PEP 503
        return re.sub(r"[-_.]+", "-", name).lower()
    return name.lower() if ecosystem in ("NuGet", "Packagist") else name


def _fits(ecosystem: str, version: str) -> Callable[[str], bool]:
    if ecosystem == "Debian":
        return lambda release: release in ("", version.partition(".")[0])
    if ecosystem == "Ubuntu":  # 22.04:LTS; with "Pro:" ahead what a subscription alone brings
        return lambda release: release.partition(":")[0] == version
    if ecosystem == "Alpine":
        return lambda release: release in ("", "v" + ".".join(version.split(".")[:2]))
    return lambda release: True


def _fits_rpm(ecosystem: str, release: ReleaseItem) -> Callable[[str], bool]:
    version = release.version_id or ""
    major = version.partition(".")[0]
    if ecosystem == "Red Hat":  # enterprise_linux:9::baseos, rhel_eus:9.2::appstream
        return lambda text: re.search(rf"enterprise_linux:{re.escape(major)}(?:\D|$)", text) is not None
    if ecosystem == "SUSE":  # Linux Enterprise Server 15 SP5
        number, _, pack = version.partition(".")
        words = f"{number} SP{pack}" if pack else number
        return lambda text: re.search(rf"\b{re.escape(words)}(?:\D|$)", text) is not None
    if ecosystem == "openSUSE":
        return lambda text: text == (f"Leap {version}" if release.id == "opensuse-leap" else "Tumbleweed")
    if ecosystem in ("Photon OS", "openEuler"):
        return lambda text: text.startswith(version)
    return lambda text: text == major
