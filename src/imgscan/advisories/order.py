"""Versions in the order of their ecosystem. The libraries packaging and univers are wrapped here.

deb, rpm, apk, Maven's, Composer's and semantic versions are compared by keys of our own: a scan needs them by the ten
thousand, or univers orders them otherwise than the ecosystem's tool does. The others are compared by univers.
bench/version_order.py holds all against the tools that are at hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from imgscan.advisories.maven_order import maven_key

Key: TypeAlias = Any
"""What orders versions of one ecosystem: keys of one are compared with one another alone."""

_MAX_LENGTH = 300
_DIGITS = re.compile(r"(\d+)", re.ASCII)
_RPM = re.compile(r"\d+|[a-zA-Z]+|~|\^", re.ASCII)
_SEMVER = re.compile(
    r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?((?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?", re.ASCII
)
_APK_SUFFIXES = ("alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p")
_APK_SUFFIX = re.compile(rf"_({'|'.join(_APK_SUFFIXES)})(\d*)", re.ASCII)
_APK = re.compile(
    rf"(\d+(?:\.\d+)*)([a-z]?)((?:_(?:{'|'.join(_APK_SUFFIXES)})\d*)*)(?:~([0-9a-f]+))?(?:-r(\d+))?", re.ASCII
)
_COMPOSER = re.compile(
    r"v?(?:(\d{1,5}(?:\.\d+){0,3})|(\d{4}(?:[.:-]?\d{2}){1,6}(?:[.:-]?\d{1,3}){0,2}))"
    r"[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?\d+)*))?([.-]?dev)?",
    re.ASCII | re.IGNORECASE,
)
_COMPOSER_RANKS = {"a": 1, "b": 2, "r": 3, "p": 5}
"""PHP's order: dev (0), alpha, beta, RC, the release itself (4), patches."""


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
    extra = tuple(int(part) for part in match[4].split(".") if part)
    numbers = (int(match[1]), int(match[2] or 0), int(match[3] or 0), *extra)
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


def _apk(version: str) -> Key:
    """Source: apk-tools 3, src/version.c; there ``1.0_rc1`` comes before ``1.0``, which apk 2 orders the other way."""
    match = _APK.fullmatch(version)
    if match is None:
        raise UnorderedError(version)
    first, *numbers = match[1].split(".")
    # Where two versions differ in what comes next, an early release is the least, the end the next, a number the most.
    parts: list[tuple[int, int, str]] = [(7, int(first), "")]
    parts += [(7, -1, number) if number[0] == "0" else (7, int(number), "") for number in numbers]
    parts += [(6, 0, match[2])] if match[2] else []
    for name, number in _APK_SUFFIX.findall(match[3]):
        index = _APK_SUFFIXES.index(name)
        parts += [(0 if index < _APK_SUFFIXES.index("cvs") else 5, index, "")]
        parts += [(4, int(number), "")] if number else []
    parts += [(3, 0, match[4])] if match[4] else []
    parts += [(2, int(match[5]), "")] if match[5] else []
    return (*parts, (1, 0, ""))


def _composer(version: str) -> Key:
    """Source: composer/semver, VersionParser::normalize; PHP, version_compare. Branches have no order."""
    match = _COMPOSER.fullmatch(version.partition("+")[0])
    if match is None:
        raise UnorderedError(version)
    numbers = [int(part) for part in re.findall(r"\d+", match[1] or match[2])]
    if match[1]:
        numbers += [0] * (4 - len(numbers))
    word = (match[3] or "").lower()
    rank = 4 if word == "stable" else _COMPOSER_RANKS.get(word[:1], 4)
    parts = [(4, number) for number in numbers]
    if rank != 4:
        parts.append((rank, 0))
        parts += [(4, int(number)) for number in re.findall(r"\d+", match[4] or "")]
    if match[5] and word != "stable":
        parts.append((0, 0))
    return (*parts, (4, -1))


def _by_univers(name: str) -> Callable[[str], Key]:
    def make(version: str) -> Key:
        from univers import versions

        key = getattr(versions, name)(version)
        # univers takes a v off, and makes of nothing a version without a value, which compares with none.
        if not str(key.value or ""):
            raise UnorderedError(version)
        return key

    return make


_GEM, _NUGET, _ARCH = map(_by_univers, ("RubygemsVersion", "NugetVersion", "ArchLinuxVersion"))
_MAKERS: dict[str, Callable[[str], Key]] = {
    **dict.fromkeys(("Debian", "Ubuntu", "Echo"), _deb),
    **dict.fromkeys(
        ("AlmaLinux", "Rocky Linux", "Red Hat", "SUSE", "openSUSE", "Azure Linux", "Mageia", "Photon OS", "openEuler"),
        _rpm,
    ),
    **dict.fromkeys(("Alpine", "Wolfi", "Chainguard", "MinimOS", "BellSoft Hardened Containers", "Alpaquita"), _apk),
    **dict.fromkeys(("npm", "crates.io", "Hex", "Pub", "SwiftURL", "Bitnami", "Julia"), _semver),
    "Go": _go,
    "PyPI": _pypi,
    "Maven": maven_key,
    "RubyGems": _GEM,
    "NuGet": _NUGET,
    "Packagist": _composer,
    "CRAN": _rpm,
    "Arch Linux": _ARCH,
}
