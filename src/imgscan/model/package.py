"""What a package database, or a package itself, says of an installed package."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class PackageType(StrEnum):
    """Kinds of packages; the values are those of package URLs (purl-spec, PURL-TYPES)."""

    DEB = "deb"
    APK = "apk"
    RPM = "rpm"
    ALPM = "alpm"
    PYPI = "pypi"
    NPM = "npm"
    GEM = "gem"
    GOLANG = "golang"
    MAVEN = "maven"
    BITNAMI = "bitnami"
    BREW = "brew"
    CARGO = "cargo"
    COMPOSER = "composer"
    CONDA = "conda"
    CPAN = "cpan"
    CRAN = "cran"
    EBUILD = "ebuild"
    FLATPAK = "flatpak"
    GENERIC = "generic"
    HEX = "hex"
    JULIA = "julia"
    LUAROCKS = "luarocks"
    NIX = "nix"
    NUGET = "nuget"
    OPKG = "opkg"
    OTP = "otp"
    SNAP = "snap"
    SWIFT = "swift"
    WORDPRESS_PLUGIN = "wordpress-plugin"
    WORDPRESS_THEME = "wordpress-theme"


SYSTEM_TYPES = frozenset(
    {
        PackageType.DEB,
        PackageType.APK,
        PackageType.RPM,
        PackageType.ALPM,
        PackageType.OPKG,
        PackageType.EBUILD,
    }
)
"""Those of the distribution: only their databases say which files the system ought to have."""


class PackageFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One file as its package records it.

    ``path`` is relative to the image root, cleaned, links not followed. ``digest`` is ``algorithm:value``, the value
    in hex, or in the base64 of its database; empty where none is recorded. ``mode`` is the low 12 bits of st_mode,
    None where the database has no modes. ``owner`` is ``user:group``, names or numbers as recorded. ``flags``: ``c``
    configuration, ``d`` documentation, ``g`` ghost (not shipped), ``v`` content not to be verified, ``l`` symlink.
    """

    path: str
    digest: str = ""
    mode: int | None = None
    owner: str = ""
    flags: str = ""


class PackageRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One installed package; unknown strings are empty. ``source`` names what it was built from.

    ``namespace`` is a purl's: a Maven group, a module's path, an npm scope. ``build`` tells apart two builds of one
    version where the database does, ``module`` is the stream of an rpm (``nodejs:18``). ``depends`` are names of
    packages, of what they provide, or paths, alternatives separated by ``|``; ``provides`` what it is called beside its
    name.
    """

    type: PackageType
    name: str
    version: str
    arch: str = ""
    namespace: str = ""
    source: str = ""
    source_version: str = ""
    license: str = ""
    supplier: str = ""
    epoch: str = ""
    build: str = ""
    module: str = ""
    files: tuple[PackageFile, ...] = ()
    depends: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
