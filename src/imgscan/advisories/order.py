"""Versions in the order of their ecosystem. The libraries packaging and univers are wrapped here.

deb, rpm and semantic versions are compared by keys of our own, which a scan needs by the ten thousand; the others by
univers, which agrees with the ecosystems' tools (bench/version_order.py holds all against those that are at hand).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

Key: TypeAlias = Any
"""What orders versions of one ecosystem: keys of one are compared with one another alone."""

_MAX_LENGTH = 300
_DIGITS = re.compile(r"(\d+)", re.ASCII)
_RPM = re.compile(r"\d+|[a-zA-Z]+|~|\^", re.ASCII)
_SEMVER = re.compile(
    r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?((?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?", re.ASCII
)


class UnorderedError(ValueError):
    """A text that is no version of its ecosystem."""


@lru_cache(maxsize=200_000)
def key_of(ecosystem: str, version: str) -> Key:
    """Return what orders a version of an ecosystem (``Debian``, ``PyPI``).

    Raises:
        UnorderedError: it is no version there, or the ecosystem has no order that is known.
    """
    maker = _MAKERS.get(ecosystem)
    text = version.strip()
    if maker is None or not text or len(text) > _MAX_LENGTH:
        raise UnorderedError(version)
    try:
        return maker(text)
    except UnorderedError:
        raise
    except Exception as error:
        raise UnorderedError(version) from error


def is_ordered(ecosystem: str) -> bool:
    """Whether versions of an ecosystem can be compared."""
    return ecosystem in _MAKERS


def _deb(version: str) -> Key:
    """Source: deb-version(7), "Sorting algorithm"."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    if not epoch.isdigit():
        raise UnorderedError(version)
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch), _deb_part(upstream), _deb_part(revision)


def _deb_part(text: str) -> tuple[object, ...]:
    # Letters before the rest, ~ before the end: the end is 0. Texts and numbers take turns, so that like meets like.
    parts: list[object] = []
    words = _DIGITS.split(text)
    if len(words) > 1 and not words[-1]:  # the text ends with a number
        words.pop()
    for index, part in enumerate(words):
        parts.append(int(part) if index % 2 else (*map(_deb_weight, part), 0))
    if len(parts) % 2:
        parts.append(0)
    return (*parts, (0,))


def _deb_weight(char: str) -> int:
    return -1 if char == "~" else ord(char) if char.isalpha() else ord(char) + 0x110000


def _rpm(version: str) -> Key:
    """Source: rpm-version(7); ``rpmvercmp``."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    if not epoch.isdigit():
        raise UnorderedError(version)
    upstream, _, release = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch), _rpm_part(upstream), _rpm_part(release)


def _rpm_part(text: str) -> tuple[tuple[int, int, str], ...]:
    # ~ before the end, the end before ^, that before letters, letters before numbers.
    parts = [
        (4, int(part), "") if part.isdigit() else (3, 0, part) if part.isalpha() else ({"~": 0, "^": 2}[part], 0, "")
        for part in _RPM.findall(text)
    ]
    return (*parts, (1, 0, ""))


def _semver(version: str) -> Key:
    """Source: semver.org 2.0, section 11; fewer than three numbers are filled up with zeros, more are compared, too."""
    match = _SEMVER.fullmatch(version)
    if match is None:
        raise UnorderedError(version)
    more = tuple(int(part) for part in match[4].split(".") if part)
    numbers = (int(match[1]), int(match[2] or 0), int(match[3] or 0), *more)
    while len(numbers) > 3 and not numbers[-1]:
        numbers = numbers[:-1]
    if match[5] is None:
        return numbers, (1,)
    words = tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in match[5].split("."))
    return numbers, (0, words)


def _go(version: str) -> Key:
    """Go's own releases are ``1.21rc2``; modules have semantic versions."""
    text = version.removeprefix("go").removeprefix("v")
    match = re.fullmatch(r"(\d+(?:\.\d+)*)(rc|beta|alpha)(\d+)", text, re.ASCII)
    return _semver(f"{match[1]}-{match[2]}.{match[3]}" if match else text.removesuffix("+incompatible"))


def _pypi(version: str) -> Key:
    from packaging.version import Version

    return Version(version)


def _by_univers(name: str, lower: bool = False) -> Callable[[str], Key]:
    def make(version: str) -> Key:
        from univers import versions

        return getattr(versions, name)(version.lower() if lower else version)

    return make


_APK, _MAVEN, _GEM = map(_by_univers, ("AlpineLinuxVersion", "MavenVersion", "RubygemsVersion"))
_NUGET, _ARCH = map(_by_univers, ("NugetVersion", "ArchLinuxVersion"))
_COMPOSER = _by_univers("ComposerVersion", lower=True)  # RC, Beta: PHP's version_compare takes them as rc, beta
_MAKERS: dict[str, Callable[[str], Key]] = {
    **dict.fromkeys(("Debian", "Ubuntu", "Echo"), _deb),
    **dict.fromkeys(
        ("AlmaLinux", "Rocky Linux", "Red Hat", "SUSE", "openSUSE", "Azure Linux", "Mageia", "Photon OS", "openEuler"),
        _rpm,
    ),
    **dict.fromkeys(("Alpine", "Wolfi", "Chainguard", "MinimOS", "BellSoft Hardened Containers", "Alpaquita"), _APK),
    **dict.fromkeys(("npm", "crates.io", "Hex", "Pub", "SwiftURL", "Bitnami", "Julia"), _semver),
    "Go": _go,
    "PyPI": _pypi,
    "Maven": _MAVEN,
    "RubyGems": _GEM,
    "NuGet": _NUGET,
    "Packagist": _COMPOSER,
    "CRAN": _rpm,
    "Arch Linux": _ARCH,
}
