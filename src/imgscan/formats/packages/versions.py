"""Versions of packages in order: which of two is the newer one, by the rules of their packaging.

Sources: deb-version(7), "Sorting algorithm"; rpm's ``rpmvercmp`` (docs/man/rpm-version.7), which
vercmp(8) of pacman follows; Python's version specifiers, "Version epochs"; semver.org 2.0 section 11.
"""

from __future__ import annotations

import re
from itertools import zip_longest

_DIGITS = re.compile(r"(\d+)", re.ASCII)
_RPM = re.compile(r"\d+|[a-zA-Z]+|~|\^", re.ASCII)
_BEFORE = re.compile(r"[-._]?(?=(?:a|b|c|rc|pre|dev|alpha|beta|preview|snapshot)(?![a-z]))", re.ASCII | re.IGNORECASE)
_MAX_CHARACTERS = 200


def newer(kind: str, old: str, new: str) -> bool | None:
    """Return whether ``new`` is the later version, None where neither is or the rules of ``kind`` do not say.

    ``kind`` is the package's type (``deb``, ``rpm``, ``apk``, ``pypi``, ``npm`` ...); pacman compares as rpm
    does, Python has epochs (``1!2.0``); of the others only the usual part is known: numbers in order, a pre-release
    before its release.
    """
    old, new = old[:_MAX_CHARACTERS], new[:_MAX_CHARACTERS]
    if kind in ("rpm", "alpm"):
        order = _by_parts(old, new, _rpm)
    elif kind == "deb":
        order = _by_parts(old, new, _deb)
    else:
        epochs = (_python_epoch(old), _python_epoch(new)) if kind == "pypi" else ("0", "0")
        order = _deb(*epochs) or _deb(_usual(old), _usual(new))
    return order < 0 if order else None


def _python_epoch(version: str) -> str:
    epoch, mark, _ = version.partition("!")
    return epoch if mark and epoch.isdecimal() else "0"


def _usual(version: str) -> str:
    """Return a version in Debian's words: a pre-release has ~ in front, what is behind + does not count."""
    return _BEFORE.sub("~", version.partition("+")[0].rpartition("!")[2].removeprefix("v"))


def _by_parts(old: str, new: str, compare: object) -> int:
    """Compare epoch, version and release, each by ``compare``."""
    assert callable(compare)
    for one, other in zip(_parts(old), _parts(new), strict=True):
        order = int(compare(one, other))
        if order:
            return order
    return 0


def _parts(version: str) -> tuple[str, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, release = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return epoch, upstream, release


def _deb(one: str, other: str) -> int:
    """Compare by turns what is no digit, ~ before the end before letters before the rest, and numbers."""
    for text, against in zip_longest(_DIGITS.split(one), _DIGITS.split(other), fillvalue=""):
        if text.isdigit() or against.isdigit():
            left, right = _number(text), _number(against)
        else:
            left, right = [*map(_weight, text), 0], [*map(_weight, against), 0]
        if left != right:
            return -1 if left < right else 1
    return 0


def _weight(char: str) -> int:
    return -1 if char == "~" else ord(char) if char.isalpha() else ord(char) + 0x110000


def _number(digits: str) -> list[int]:
    """Return what orders numbers of any length as their value does; int() would refuse the longest."""
    plain = digits.lstrip("0")
    return [len(plain), *map(ord, plain)]


def _rpm(one: str, other: str) -> int:
    for text, against in zip_longest(_RPM.findall(one), _RPM.findall(other), fillvalue=""):
        if text == against:
            continue
        left, right = _rpm_weight(text), _rpm_weight(against)
        if left == right:
            return 0
        return -1 if left < right else 1
    return 0


def _rpm_weight(part: str) -> tuple[int, list[int]]:
    """~ comes before the end, the end before ^, that before letters, letters before numbers."""
    if part.isdigit():
        return 4, _number(part)
    if part.isalpha():
        return 3, [*map(ord, part)]
    return {"~": 0, "": 1, "^": 2}[part], []
